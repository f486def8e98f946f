# SPDX-License-Identifier: MIT
# `make test`: one list of programs that print TAP, so that the last line counts everything.

test_list := build/tests
e2e_tests := $(sort $(filter-out %/lib.sh,$(wildcard Pal/test/e2e/*.sh)))
tool_tests := $(sort $(wildcard Tools/test-*.sh))
contract_tests = $(contract_dir)/skeleton_contract $(contract_dir)/skeleton_host

# $(call test,name,command,seconds): a line of the list; without seconds the limit is run-tests.sh's own.
test = printf '%s\t%s\t%s\n' '$1' '$2' '$3'; 
tap = CMOCKA_MESSAGE_OUTPUT=TAP $1
# A few seconds, the same each time; what is found new goes to a directory that is removed.
fuzz_briefly = Tools/tap.sh $1 $(fuzz_dir)/$1 -seed=1 -runs=20000 -max_total_time=4 -verbosity=0 -max_len=65536 \
               -artifact_prefix=$(fuzz_dir)/ "$$TMPDIR" Pal/test/fuzz/corpus/$1
# The checks are goals. Variables of the command line reach them through the environment; jobs are run-tests.sh's.
goal = Tools/tap.sh $1 env -u MAKEFLAGS -u MAKELEVEL $(MAKE) --no-print-directory $1

# The slow ones first. A check waits for nothing, so that only a loaded machine makes it late.
$(test_list): FORCE | build/dirs
	@{ $(foreach c,$(check_steps),$(call test,$c,$(call goal,$c),2400)) \
	   $(libos_test_lines) \
	   $(foreach t,$(fuzz_targets),$(call test,fuzz/$t,$(call fuzz_briefly,$t))) \
	   $(foreach t,$(unit_tests),$(call test,unit/$t,$(call tap,$(unit_dir)/$t))) \
	   $(foreach t,$(contract_tests),$(call test,contract/$(notdir $t),$(call tap,$t Runtime/pal-Skeleton))) \
	   $(foreach t,$(regression_names),$(call regression_test,$t)) \
	   $(foreach t,$(older_tests),$(call older_test,$t)) \
	   $(foreach t,walk start,$(call test,faults/$t,Pal/test/faults/run.sh $t,1800)) \
	   $(foreach t,$(e2e_tests),$(call test,e2e/$(basename $(notdir $t)),$t,1800)) \
	   $(foreach t,$(tool_tests),$(call test,tools/$(basename $(notdir $t)),$t)) \
	 } > $@

test-run: all $(addprefix $(unit_dir)/,$(unit_tests)) $(fuzz_binaries) $(contract_tests) $(e2e_guests) $(regression_programs) $(libos_test_needed) $(test_list)
	@Tools/run-tests.sh $(test_list)

.PHONY: test-run
