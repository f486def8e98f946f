# SPDX-License-Identifier: MIT
# The goals for a fresh machine: each has what it needs installed, and runs make once more, since the variables of this
# run were set before there was a compiler.

again = +@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo:
	@Tools/need.sh build demo
	$(again) all
	@Tools/demo.sh

test:
	@Tools/need.sh build test check
	$(again) test-run

# The library OS only; TEST=regex runs the tests that are named so.
libos-test:
	@Tools/need.sh build test
	$(again) libos-test-run

check:
	@Tools/need.sh build check
	$(again) check-run

bench:
	@Tools/need.sh build bench
	$(again) bench-run

.PHONY: demo test libos-test check bench
