# SPDX-License-Identifier: MIT
# The contract tests of the Skeleton host: hosted tests with the very objects of pal-Skeleton. Its main, and for the
# core's test the memory that it has not got, give way to the test's own.

contract_dir := build/contract
contract_main := $(contract_dir)/db_main.o
contract_memory := $(contract_dir)/db_memory.o
contract_objects := $(generic_objects) $(contract_main) \
                    $(filter-out build/host/Skeleton/db_main.o build/host/Skeleton/db_memory.o,$(objects.Skeleton))

$(contract_dir)/skeleton_%.o: Pal/test/contract/skeleton_%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(depend) $(core_include) -c $< -o $@

$(contract_main) $(contract_memory): $(contract_dir)/%.o: build/host/Skeleton/%.o
	$(quiet)mkdir -p $(@D)
	$(quiet)objcopy --redefine-sym main=skeleton_main --redefine-sym _DkInternalAlloc=skeleton_DkInternalAlloc $< $@

$(contract_dir)/skeleton_contract: $(contract_dir)/skeleton_contract.o $(contract_memory) $(contract_objects)
	$(say) LINK $@
	$(quiet)$(CC) $^ -lcmocka -o $@

$(contract_dir)/skeleton_host: $(contract_dir)/skeleton_host.o build/host/Skeleton/db_memory.o $(contract_objects)
	$(say) LINK $@
	$(quiet)$(CC) $^ -lcmocka -o $@

contract: $(contract_dir)/skeleton_contract $(contract_dir)/skeleton_host Runtime/pal-Skeleton
	$(contract_dir)/skeleton_contract
	$(contract_dir)/skeleton_host Runtime/pal-Skeleton

# Every host that was built, the contract, Skeleton and its test agree on what a host is.
check-contract: $(foreach h,$(HOSTS),$(objects.$h)) $(contract_dir)/skeleton_host.o
	Tools/check-contract.sh $(HOSTS)

.PHONY: contract check-contract
-include $(wildcard $(contract_dir)/*.d)
