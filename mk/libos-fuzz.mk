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

# Sequences of calls that must do the same natively: a few seeds that do, and with `make compare` as many as there is time for.
libos_same := build/libos-fuzz/same
libos_same_sources := $(addprefix LibOS/test/fuzz/,same.c same_world.c same_names.c same_descriptors.c same_files.c same_memory.c)
$(libos_same): $(libos_same_sources) LibOS/test/fuzz/same.h build/flags
	$(say) GUEST $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(libos_test_flags) -Wno-unused-result -static $(libos_same_sources) -o $@

libos_test_lines += $(call libos_test_line,libos/same,Tools/tap.sh -k 6.18. same LibOS/test/fuzz/same.sh $(libos_same) 100 1 15,300)
libos_test_needed += $(libos_same)
libos-test-run: $(libos_same)

libos_scribble := build/libos-fuzz/scribble
libos_scribbled := $(addprefix $(libos_test_dir)/static/,process_fifo process_locks process_pty process_rights process_tmpfs_churn \
                   process_events ipc_msg ipc_sem unix_process trace_basic)
$(libos_scribble): LibOS/test/fuzz/scribble.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $< -o $@

fuzz: libos-fuzz libos-scribble
compare: libos-same
libos-fuzz: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_fuzz)
	LibOS/test/fuzz/run.sh $(libos_fuzz) $(SECONDS)
libos-same: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_same)
	LibOS/test/fuzz/same.sh $(libos_same) $(SECONDS)
libos-scribble: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_scribble) $(libos_scribbled)
	LibOS/test/fuzz/scribble.sh $(libos_scribble) $(SECONDS) $(libos_scribbled)

.PHONY: compare libos-fuzz libos-same libos-scribble
