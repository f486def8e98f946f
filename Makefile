# SPDX-License-Identifier: MIT
# all demo test libos-test check bench fuzz regression install uninstall clean; the rules are in mk/.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
SHELL := /bin/sh
export LC_ALL := C

include mk/flags.mk
include mk/sources.mk
include mk/abi.mk
include mk/pal.mk
include mk/libos.mk
include mk/programs.mk
include mk/regression.mk
include mk/e2e.mk
include mk/unit.mk
-include mk/guard.mk
include mk/faults.mk
include mk/libos-unit.mk
include mk/contract.mk
include mk/check.mk
include mk/libos-test.mk
include mk/libos-fuzz.mk
include mk/test.mk
include mk/install.mk
include mk/deps.mk
include mk/bench.mk

all: $(loaders) Runtime/libpal.abi.so Runtime/pal_crt.o Runtime/libsysdb.so Runtime/pal_loader $(programs)

build/dirs:
	@mkdir -p build Runtime && touch $@

# Rewritten only when compiler or flags change, so that `make CC=clang` after `make` rebuilds everything.
build/flags: FORCE | build/dirs
	@printf '%s\n' '$(CC) $(freestanding) $(hosted)' | cmp -s - $@ || printf '%s\n' '$(CC) $(freestanding) $(hosted)' > $@

# Everything that make has made.
clean:
	rm -rf build Runtime $(programs)

FORCE:
.PHONY: all clean FORCE unit fuzz
