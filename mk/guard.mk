# SPDX-License-Identifier: MIT
# The host's guard: from syscalls.tbl to the system call filters of pal-Linux (docs/security.md), and its tests.

guard_dir := build/guard
guard_table := Pal/src/host/Linux/syscalls.tbl
guard_filter := build/host/Linux/linux_filter.h
guard_include := -ITools -IPal/src/host/Linux -IPal/src -IPal/src/arch/$(arch) -IPal/lib -IPal/include

$(guard_dir)/syscall_rules.c: Tools/syscalls-rules.c.awk $(guard_table) | build/dirs
	$(say) RULES $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f $< $(guard_table) > $@

# The constants are those of the headers that the loader is compiled with.
$(guard_dir)/syscall_rules.o: $(guard_dir)/syscall_rules.c build/flags
	$(say) CC $@
	$(quiet)$(CC) $(hosted) $(depend) $(guard_include) -c $< -o $@

$(guard_dir)/seccomp-compile: Tools/seccomp-compile.c Tools/bpf-graph.c Tools/bpf-tree.c Tools/bpf-graph.h $(guard_dir)/syscall_rules.o
	$(say) CC $@
	$(quiet)$(CC) $(hosted) -D_GNU_SOURCE $(depend) -MF $@.d $(guard_include) $(filter %.c %.o,$^) -o $@

$(guard_filter): $(guard_dir)/seccomp-compile
	$(say) FILTER $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$< > $@

build/host/Linux/linux_guard.o: $(guard_filter)

# The program that tries to get out (Pal/test/e2e/escape.sh), and what waits for it outside.
$(e2e_dir)/escape $(e2e_dir)/tighten: %: %.o $(e2e_libs)
	$(e2e_link)
$(e2e_dir)/outside: Pal/test/guard/outside.c build/flags | build/dirs
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) -D_GNU_SOURCE $(depend) -MF $@.d $< -o $@

guard_programs := $(addprefix $(e2e_dir)/,escape tighten outside)
e2e test-run: $(guard_programs)

# The table, the code and the document agree.
check-syscalls:
	$(say) CHECK syscalls
	$(quiet)Tools/check-syscalls.sh
check-run: check-syscalls
.PHONY: check-syscalls

# Hosted tests: the filters against the table that they come from, Landlock against a kernel of any level, the memory
# channel and handles on their way against a hostile peer.
guard_units := $(addprefix $(unit_dir)/,test_filter test_landlock test_channel test_cargo)
unit_tests += test_filter test_landlock test_channel test_cargo
guard_objects := $(addprefix $(guard_dir)/,linux_landlock.o linux_error.o)
guard_channel := $(addprefix $(guard_dir)/,db_ipc.o linux_batch.o linux_rights.o linux_error.o)
guard_cargo := $(addprefix $(guard_dir)/,linux_cargo.o linux_rights.o linux_error.o)

$(sort $(guard_channel) $(guard_cargo) $(guard_objects)): $(guard_dir)/%.o: Pal/src/host/Linux/%.c build/flags | build/dirs
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) $(guard_include) -c $< -o $@

$(unit_dir)/test_filter: Pal/test/guard/test_filter.c $(guard_filter) $(guard_dir)/syscall_rules.o
	$(say) UNIT $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) -MF $@.d -ITools -Ibuild/host/Linux $< $(guard_dir)/syscall_rules.o -lcmocka -o $@

$(unit_dir)/test_landlock: Pal/test/guard/test_landlock.c $(guard_objects) $(hosted_lib) $(hosted_src)
	$(say) UNIT $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) -MF $@.d $(guard_include) $< $(guard_objects) $(hosted_lib) $(hosted_src) \
	    -lcmocka -o $@

$(unit_dir)/test_channel: Pal/test/guard/test_channel.c $(guard_channel) $(hosted_lib)
	$(say) UNIT $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) -D_GNU_SOURCE $(sanitise) $(depend) -MF $@.d $(guard_include) $< $(guard_channel) $(hosted_lib) -lcmocka -o $@

$(unit_dir)/test_cargo: Pal/test/guard/test_cargo.c $(guard_cargo)
	$(say) UNIT $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) -D_GNU_SOURCE $(sanitise) $(depend) -MF $@.d $(guard_include) $< $(guard_cargo) -lcmocka -o $@

unit: $(guard_units)
-include $(wildcard $(guard_dir)/*.d)
