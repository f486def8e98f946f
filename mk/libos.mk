# SPDX-License-Identifier: MIT
# The library OS: compiled once, linked against the stub of the Host ABI and nothing else.

libos_dir := build/libos
# The vDSO is linked by itself.
libos_sources := $(filter-out entry/vdso_image.S,$(patsubst LibOS/src/%,%,$(sort $(wildcard LibOS/src/*/*.[cS]))))

libos_include := -IPal/include -IPal/lib -ILibOS/include -ILibOS/src -I$(libos_dir)
# Packed relative relocations leave the values in place (and take less room); ld has them since 2.38.
libos_relr = $(if $(shell ld --help | grep pack-relative-relocs),-Wl$(comma)-z$(comma)pack-relative-relocs)
# A program, not a library, as far as ld is concerned: so it has DT_DEBUG, by which the loader tells it of its list of objects.
libos_link = -pie -nostdlib -Wl,--no-dynamic-linker -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,-z,noseparate-code -Wl,--build-id=none -Wl,-Bsymbolic \
              -Wl,--hash-style=gnu -Wl,--gc-sections $(libos_relr) -Wl,-e,_start -Wl,--fatal-warnings -Wl,-soname,libsysdb.so \
              $(link_layouts)
# What the library OS uses of Pal/lib; the linker leaves out the rest.
libos_lib_objects := $(addprefix $(generic_dir)/lib/,$(lib_sources:.c=.o))
libos_objects := $(addprefix $(libos_dir)/,$(patsubst %.S,%.o,$(libos_sources:.c=.o))) $(libos_dir)/dispatch_table.o $(libos_dir)/errno_names.o

$(libos_dir)/syscalls.h: LibOS/src/entry/syscalls.tbl Tools/libos-syscalls.awk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -v want=prototypes -f Tools/libos-syscalls.awk $< > $@
$(libos_dir)/dispatch_table.c: LibOS/src/entry/syscalls.tbl Tools/libos-syscalls.awk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -v want=dispatch -f Tools/libos-syscalls.awk $< > $@

# The vDSO is an object of its own, kept in the library OS as data.
$(libos_dir)/vdso.so: LibOS/src/entry/vdso_image.S LibOS/src/entry/vdso.lds build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -shared -nostdlib -ILibOS/include -Wl,-T,LibOS/src/entry/vdso.lds -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both \
	    -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack LibOS/src/entry/vdso_image.S -o $@
	$(quiet)test "$$(readelf -lW $@ | awk '$$1 == "LOAD" { print $$5 }')" = 0x001000
$(libos_dir)/entry/vdso_bytes.o: $(libos_dir)/vdso.so

# Names of errors, from the kernel's headers.
$(libos_dir)/errno_names.c: /usr/include/asm-generic/errno-base.h /usr/include/asm-generic/errno.h mk/libos.mk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk 'BEGIN { print "#include \"errno_names.h\"\n#include \"libos.h\"\n\nconst char *errno_name(int number)\n{\n    switch (number) {" } \
	     $$1 == "#define" && $$2 ~ /^E/ && $$3 ~ /^[0-9]+$$/ { print "    case " $$2 ":\n        return \"" $$2 "\";" } \
	     END { print "    case ERESTARTSYS:\n        return \"ERESTARTSYS\";\n    case ERESTARTNOINTR:\n        return \"ERESTARTNOINTR\";\n    case ERESTARTNOHAND:\n        return \"ERESTARTNOHAND\";\n    default:\n        return \"?\";\n    }\n}" }' $(filter %.h,$^) > $@
$(libos_dir)/errno_names.o: $(libos_dir)/errno_names.c build/flags
	$(call compile,$(libos_include))

$(libos_dir)/dispatch_table.o: $(libos_dir)/dispatch_table.c $(libos_dir)/syscalls.h build/flags
	$(call compile,$(libos_include) -ILibOS/src/entry)
$(libos_dir)/%.o: LibOS/src/%.c build/flags | $(libos_dir)/syscalls.h
	$(call compile,$(libos_include))
$(libos_dir)/%.o: LibOS/src/%.S build/flags
	$(call compile,$(libos_include))

# Linked twice: the first time with an empty table of function names, the second time with that of the first, which lies behind
# the functions and so moves none.
$(libos_dir)/no_names.S: Tools/libos-names.awk
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f $< /dev/null > $@
$(libos_dir)/names.S: $(libos_dir)/unnamed.so Tools/libos-names.awk
	$(quiet)nm -n $< | awk -f Tools/libos-names.awk > $@
$(libos_dir)/no_names.o $(libos_dir)/names.o: %.o: %.S
	$(call compile,)

libos_link_inputs := $(libos_objects) $(libos_lib_objects) Runtime/libpal.abi.so
$(libos_dir)/unnamed.so $(libos_dir)/unplaced.so: $(layouts)
$(libos_dir)/unnamed.so: $(libos_link_inputs) $(libos_dir)/no_names.o
	$(say) LINK $@
	$(quiet)$(CC) $(libos_link) $(filter-out %.lds,$^) -o $@
$(libos_dir)/unplaced.so: $(libos_link_inputs) $(libos_dir)/names.o
	$(say) LINK $@
	$(quiet)$(CC) $(libos_link) $(filter-out %.lds,$^) -o $@
# And a third time for the addresses at which loaders put it, at the end of the program's range: what is linked for the place
# where it lands needs no relative relocation, and so its tables are not copied by each process. It runs anywhere else, too:
# the linker calls what it has given addresses ET_EXEC, but all that moving it takes is in the file, and so it is ET_DYN (3).
libos_end := 0x7ef000000000
Runtime/libsysdb.so: $(libos_dir)/unplaced.so Tools/libos-place.sh
	$(say) LINK $@
	$(quiet)place=$$(Tools/libos-place.sh $(libos_end) $<) && \
	    $(CC) $(libos_link) -Wl,-Ttext-segment=$$place $(libos_link_inputs) $(libos_dir)/names.o -o $(libos_dir)/placed.so
	$(quiet)printf '\003' | dd of=$(libos_dir)/placed.so bs=1 seek=16 conv=notrunc status=none
	$(quiet)$(call put_in_one,$(libos_dir)/placed.so,$@)

# A program of the build's host without a C library, since it starts in half of the time so.
loader_sources := LibOS/tools/pal_loader.c LibOS/tools/bare.c Pal/lib/format.c Pal/lib/mem.c Pal/lib/pal_string.c
Runtime/pal_loader: $(loader_sources) LibOS/tools/bare.h build/flags
	$(say) LINK $@
	$(quiet)$(CC) $(filter-out -fPIC -Wframe-larger-than=%,$(freestanding)) -fno-pie $(unguarded) $(self_calling) -IPal/include -IPal/lib \
	    -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,noseparate-code -Wl,--gc-sections $(loader_sources) -o $@

-include $(wildcard $(libos_dir)/*.d $(libos_dir)/*/*.d)
