# SPDX-License-Identifier: MIT
# All that is generated from Pal/include/pal.abi: the stub to link against, the version script of the loaders, the
# table by which names are resolved.

abi := Pal/include/pal.abi
abi_dir := build/abi

$(abi_dir)/%: Tools/abi-%.awk $(abi) | build/dirs
	$(say) ABI $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f $< $(abi) > $@

Runtime/libpal.abi.so: $(abi_dir)/stub.S build/flags
	$(say) LINK $@
	$(quiet)$(CC) -nostdlib -shared -Wl,-soname,libpal.so -Wl,--build-id=none -Wl,--hash-style=gnu \
	    -Wl,-z,noexecstack -Wl,-z,noseparate-code $< -o $@

# The start code of programs, with the note that says for which version of the ABI they were made.
Runtime/pal_crt.o: Pal/crt/pal_crt.S build/flags
	$(say) AS $@
	$(quiet)$(CC) -IPal/include -c $< -o $@
