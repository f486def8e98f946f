# SPDX-License-Identifier: MIT
# `make help` lists what can be made; the rules are in mk/.

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
include mk/libos-talk.mk
include mk/test.mk
include mk/install.mk
include mk/deps.mk
include mk/bench.mk

all: $(loaders) Runtime/libpal.abi.so Runtime/pal_crt.o Runtime/libsysdb.so Runtime/pal_loader $(programs)

# Comes before all else that is built.
build/dirs:
	@Tools/need.sh -n build
	@{ mkdir -p build && mkdir -p Runtime && touch $@; } || { echo 'What is built goes into the tree: it has to be writable.' >&2; exit 1; }

# Rewritten only when compiler or flags change, so that `make CC=clang` after `make` rebuilds everything.
build/flags: FORCE | build/dirs
	@printf '%s\n' '$(CC) $(freestanding) $(hosted)' | cmp -s - $@ || printf '%s\n' '$(CC) $(freestanding) $(hosted)' > $@

define help_text
make            build loaders and library OS into Runtime/, all else into build/
make demo       install what is missing, build, and show programs at work
make test       install what is missing, build, and run every test
make libos-test the tests of the library OS; TEST=regex those that are named so
make regression the tests of the Host ABI; HOST=name on another host than Linux
make check      layers, artefacts, static analysis
make fuzz       readers of hostile input, SECONDS=10 each
make compare    random calls, natively and on the library OS, SECONDS=10 each: looks for differences
make bench      times, as ratios to the same done natively
make install    into DESTDIR= PREFIX=/usr/local; uninstall removes that
make clean      remove all that was made
CC=clang for another compiler, V=1 to see the commands, PAL_HOST=names for the hosts to build
endef
help:
	$(info $(help_text))@:

# Everything that make has made.
clean:
	rm -rf build Runtime $(programs)

FORCE:
.PHONY: all help clean FORCE unit fuzz
