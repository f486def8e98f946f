# SPDX-License-Identifier: MIT
# Host calls that fail one at a time (Pal/test/faults): the Linux loader with something in front of its door to the kernel, a
# guest that makes every call of the Host ABI, and what runs the two again and again. And a loader that takes its kernel for an
# older one, which programs with processes are tried with, too.

faults_dir := build/faults
faults_wrap := -Wl,--wrap=linux_syscall,--wrap=linux_syscall_blocking

$(faults_dir)/inject.o $(faults_dir)/older.o: $(faults_dir)/%.o: Pal/test/faults/%.c build/flags $(guard_filter)
	$(call compile,$(core_include) -IPal/src/host/Linux)
$(faults_dir)/pal-faults: $(faults_dir)/inject.o $(generic_objects) $(objects.Linux) $(abi_dir)/pal.map
	$(say) LINK $@
	$(quiet)$(CC) $(LDFLAGS.Linux) $(link_loader) $(faults_wrap) $(filter %.o,$^) -o $@

$(faults_dir)/pal-older: $(faults_dir)/older.o $(generic_objects) $(objects.Linux) $(abi_dir)/pal.map
	$(say) LINK $@
	$(quiet)$(CC) $(LDFLAGS.Linux) $(link_loader) -Wl,--wrap=linux_kernel_version $(filter %.o,$^) -o $@

$(faults_dir)/%.o: Pal/test/faults/%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(depend) $(e2e_include) -IPal/test/e2e -c $< -o $@
$(faults_dir)/walk: $(addprefix $(faults_dir)/,walk.o walk_streams.o walk_processes.o) $(e2e_libs)
	$(e2e_link)

$(faults_dir)/drive: Pal/test/faults/drive.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) -D_GNU_SOURCE $(depend) -MF $@.d $< -o $@

faults_programs := $(addprefix $(faults_dir)/,pal-faults pal-older walk drive)
older_tests := Processes ProcessCopy ProcessStress Threads
older_test = $(call test,older/$1,Tools/regression.sh $(faults_dir)/pal-older $(regression_dir)/$1,180)
e2e test-run: $(faults_programs)
-include $(wildcard $(faults_dir)/*.d)
