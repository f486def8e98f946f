# SPDX-License-Identifier: MIT
# Random system calls from a guest: `make fuzz` makes them for SECONDS, from a seed of the moment; `make test` briefly, from fixed ones.

libos_fuzz := build/libos-fuzz/syscalls
libos_fuzz_sources := $(addprefix LibOS/test/fuzz/,syscalls.c values.c world.c)

build/libos-fuzz/fuzz_calls.h: LibOS/src/entry/syscalls.tbl LibOS/test/fuzz/calls.awk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f LibOS/test/fuzz/calls.awk $< > $@
$(libos_fuzz): $(libos_fuzz_sources) LibOS/test/fuzz/fuzz.h build/libos-fuzz/fuzz_calls.h build/flags
	$(say) GUEST $@
	$(quiet)$(CC) $(libos_test_flags) -Wno-unused-result -static -Ibuild/libos-fuzz $(libos_fuzz_sources) -o $@

# Among the guest programs.
libos_test_lines += $(call libos_test_line,libos/fuzz,Tools/tap.sh fuzz LibOS/test/fuzz/run.sh $(libos_fuzz) 6 1,120)
libos_test_needed += $(libos_fuzz)
libos-test-run: $(libos_fuzz)

fuzz: libos-fuzz
libos-fuzz: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_fuzz)
	LibOS/test/fuzz/run.sh $(libos_fuzz) $(SECONDS)

.PHONY: libos-fuzz
