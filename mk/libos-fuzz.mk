# SPDX-License-Identifier: MIT
# Random system calls from a guest: `make fuzz` makes them for SECONDS, from a seed of the moment; `make test` briefly, from fixed ones.
# And random writes to what processes share, which `make fuzz` makes only, since what they meet depends on the moment.

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

libos_scribble := build/libos-fuzz/scribble
libos_scribbled := $(addprefix $(libos_test_dir)/static/,process_fifo process_locks process_pty process_rights process_tmpfs_churn \
                   process_events ipc_msg ipc_sem unix_process trace_basic)
$(libos_scribble): LibOS/test/fuzz/scribble.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $< -o $@

fuzz: libos-fuzz libos-scribble
libos-fuzz: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_fuzz)
	LibOS/test/fuzz/run.sh $(libos_fuzz) $(SECONDS)
libos-scribble: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_scribble) $(libos_scribbled)
	LibOS/test/fuzz/scribble.sh $(libos_scribble) $(SECONDS) $(libos_scribbled)

.PHONY: libos-fuzz libos-scribble
