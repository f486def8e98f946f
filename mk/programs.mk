# SPDX-License-Identifier: MIT
# Programs for the Host ABI: compiled once, linked against the stub, run under every loader.

program_dir := build/programs
# A program's frames and stack are its own; it may use vector registers.
program_flags := $(filter-out -mgeneral-regs-only,$(freestanding)) $(unguarded)
program_link := -nostdlib -pie -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,--no-dynamic-linker \
                -Wl,--build-id=none -Wl,--hash-style=gnu -Wl,-z,noseparate-code -Wl,--fatal-warnings

$(program_dir)/%.o: Pal/test/%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(depend) -IPal/include -c $< -o $@

Pal/test/%: $(program_dir)/%.o Runtime/pal_crt.o Runtime/libpal.abi.so
	$(say) LINK $@
	$(quiet)$(CC) $(program_link) Runtime/pal_crt.o $< Runtime/libpal.abi.so -o $@

programs := $(addprefix Pal/test/,$(test_programs))
.PRECIOUS: $(program_dir)/%.o
-include $(wildcard $(program_dir)/*.d)
