# SPDX-License-Identifier: MIT
# Regression programs: built once against the stub, run under each host that claims what they need.

regression_dir := build/regression
regression_names := $(shell sed -n '/^#/d; s/[[:space:]].*//p' Pal/regression/tests.list)
regression_programs := $(addprefix $(regression_dir)/,$(regression_names))
# The parts of Pal/lib that regression.c uses, as the loader has them, and the same memory functions.
regression_lib := $(addprefix $(program_dir)/lib/,format.o mem.o pal_string.o)

$(program_dir)/lib/%.o: Pal/lib/%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(self_calling) $(depend) -IPal/include -IPal/lib -c $< -o $@

$(regression_dir)/%.o: Pal/regression/%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(depend) -IPal/include -IPal/lib -IPal/regression -c $< -o $@

$(regression_programs): %: %.o $(regression_dir)/regression.o $(regression_lib) Runtime/pal_crt.o Runtime/libpal.abi.so
	$(say) LINK $@
	$(quiet)$(CC) $(program_link) Runtime/pal_crt.o $< $(filter-out $< Runtime/%,$(filter %.o,$^)) \
	    Runtime/libpal.abi.so -o $@

# What pal.h documents, for the program that tries it.
$(regression_dir)/documented.h: Tools/abi-errors.awk Pal/include/pal_error.h Pal/include/pal.h | build/dirs
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f Tools/abi-errors.awk Pal/include/pal_error.h Pal/include/pal.h > $@
$(regression_dir)/RandomCalls.o: private program_flags += -I$(regression_dir)
$(regression_dir)/RandomCalls.o: $(regression_dir)/documented.h

# Those that make processes.
$(addprefix $(regression_dir)/,Births Broadcast Clock Fifos Handles MemoryFiles Processes ProcessCopy ProcessFamily ProcessStress Sandbox PipeHandles): $(regression_dir)/processes.o
$(addprefix $(regression_dir)/,Events PollSets Semaphores WaitAny WakeUps): $(regression_dir)/threads.o
$(addprefix $(regression_dir)/,Tcp Udp): $(regression_dir)/sockets.o
$(addprefix $(regression_dir)/,MemoryChannel MemoryInheritance MemoryMove): $(addprefix $(regression_dir)/,channels.o processes.o)

.PRECIOUS: $(regression_dir)/%.o $(program_dir)/lib/%.o
-include $(wildcard $(regression_dir)/*.d $(program_dir)/lib/*.d)

regression_host := $(if $(filter command%,$(origin HOST)),$(HOST),Linux)
regression_has := $(has.$(regression_host))
# What a program needs and the host has not got: then it is skipped. -o: nobody confines it.
regression_missing = $(filter-out $(regression_has),$(shell sed -n 's/^$1[[:space:]]\{1,\}//p' Pal/regression/tests.list))
regression_open := $(if $(filter guard,$(regression_has)),,-o)
regression_test = printf 'regression/%s\tTools/regression.sh %s\t180\n' $1 \
                  '$(strip $(regression_open) Runtime/pal-$(regression_host) $(regression_dir)/$1 $(regression_missing))';

regression: Runtime/pal-$(regression_host) $(regression_programs)
	@{ $(foreach t,$(regression_names),$(call regression_test,$t)) } > $(regression_dir)/list
	@Tools/run-tests.sh $(regression_dir)/list

.PHONY: regression
