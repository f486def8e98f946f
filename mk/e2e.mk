# SPDX-License-Identifier: MIT
# Guests of the end-to-end tests of the loader, built into build/e2e; Pal/test/e2e/*.sh run them.

e2e_dir := build/e2e
e2e_include := -IPal/include -IPal/lib
e2e_common := $(addprefix $(e2e_dir)/,guest.o format.o mem.o pal_string.o)
e2e_base := -nostdlib -Wl,-z,defs -Wl,-z,noexecstack -Wl,--build-id=none -Wl,--fatal-warnings
e2e_pie := -pie -Wl,-z,now -Wl,--no-dynamic-linker
e2e_fixed := -no-pie -Wl,--no-dynamic-linker
e2e_libs := $(e2e_common) Runtime/pal_crt.o Runtime/libpal.abi.so mk/e2e.mk
e2e_flags = $(e2e_pie) -Wl,-z,relro

define e2e_compile
$(say) CC $@
$(quiet)mkdir -p $(@D)
$(quiet)$(CC) $(program_flags) $(extra) $(depend) $(e2e_include) -c $< -o $@
endef

define e2e_link
$(say) LINK $@
$(quiet)$(CC) $(e2e_base) $(e2e_flags) $(filter %.o %.so,$^) -o $@
endef

$(e2e_dir)/mem.o $(e2e_dir)/pal_string.o: private extra := $(self_calling)
$(e2e_dir)/%.o: Pal/lib/%.c build/flags | build/dirs
	$(e2e_compile)
$(e2e_dir)/%.o: Pal/test/e2e/%.c build/flags | build/dirs
	$(e2e_compile)
$(e2e_dir)/%.o: Pal/test/e2e/%.S build/flags | build/dirs
	$(e2e_compile)
$(e2e_dir)/bss-%.o: Pal/test/e2e/bss.S build/flags | build/dirs
	$(say) AS $@
	$(quiet)$(CC) -DBSS_SIZE=$* -c $< -o $@

# Guests of one file, linked as programs usually are.
e2e_plain := args auxv exit deep input list relro indirect weak constructors control fault process sleep standard wishes
# ld leaves an undefined weak symbol to the loader if the program names an interpreter.
$(e2e_dir)/weak: private e2e_flags := -pie -Wl,-z,now -Wl,--dynamic-linker,/nonexistent/ld.so
$(addprefix $(e2e_dir)/,$(e2e_plain)): $(e2e_dir)/%: $(e2e_dir)/%.o $(e2e_libs)
	$(e2e_link)

# One guest with nothing of ours in it, and one compiled without -fPIC.
$(e2e_dir)/stack: private e2e_flags := -static-pie
$(e2e_dir)/stack: $(e2e_dir)/stack.o
	$(e2e_link)
$(e2e_dir)/fixed.o: private extra := -fno-pic
$(e2e_dir)/fixed: private e2e_flags := $(e2e_fixed)
$(e2e_dir)/fixed: $(e2e_dir)/fixed.o $(e2e_libs)
	$(e2e_link)

$(e2e_dir)/returns: $(e2e_dir)/returns.o Runtime/libpal.abi.so
	$(e2e_link)

$(e2e_dir)/auxv-fixed: private e2e_flags := $(e2e_fixed)
$(e2e_dir)/auxv-fixed: $(e2e_dir)/auxv.o $(e2e_libs)
	$(e2e_link)

# One guest in many layouts; ld says whether it knows packed relocations.
e2e_relr = $(if $(shell ld --help | grep pack-relative-relocs),-Wl$(comma)-z$(comma)pack-relative-relocs)
e2e_layout.tight := $(e2e_pie) -Wl,-z,noseparate-code
e2e_layout.separate := $(e2e_pie) -Wl,-z,separate-code -Wl,-z,relro
e2e_layout.norelro := $(e2e_pie) -Wl,-z,norelro
e2e_layout.lazy := -pie -Wl,-z,lazy -Wl,--no-dynamic-linker
e2e_layout.huge := $(e2e_pie) -Wl,-z,max-page-size=0x200000 -Wl,-z,relro
e2e_layout.sysv := $(e2e_pie) -Wl,--hash-style=sysv
e2e_layout.gnu := $(e2e_pie) -Wl,--hash-style=gnu
e2e_layout.relr = $(e2e_pie) $(e2e_relr)
e2e_layout.interp := -pie -Wl,-z,now -Wl,--dynamic-linker,/nonexistent/ld.so
e2e_layout.fixed := $(e2e_fixed)
e2e_layout.fixed-interp := -no-pie -Wl,--dynamic-linker,/nonexistent/ld.so
e2e_layout.fixed-tight := $(e2e_fixed) -Wl,-z,noseparate-code
e2e_layout.fixed-low := $(e2e_fixed) -Wl,-Ttext-segment=0x10000
e2e_layout.fixed-high := $(e2e_fixed) -Wl,-Ttext-segment=0x80000000000
e2e_layouts := $(patsubst e2e_layout.%,layout-%,$(filter e2e_layout.%,$(.VARIABLES)))

$(addprefix $(e2e_dir)/,$(e2e_layouts)): private e2e_flags = $(e2e_layout.$*)
$(addprefix $(e2e_dir)/,$(e2e_layouts)): $(e2e_dir)/layout-%: $(e2e_dir)/layout.o $(e2e_libs) $(e2e_dir)/bss-5000.o
	$(e2e_link)

e2e_bss := $(addprefix layout-bss-,1 4095 4096 4097 65536 67108864)
$(addprefix $(e2e_dir)/,$(e2e_bss)): $(e2e_dir)/layout-bss-%: $(e2e_dir)/layout.o $(e2e_libs) $(e2e_dir)/bss-%.o
	$(e2e_link)

# Two preloads that refer to each other and to their executable, which refers to both.
e2e_pair := $(e2e_dir)/pair_left.so $(e2e_dir)/pair_right.so
$(e2e_pair): private e2e_flags = -shared -Wl,-z,now -Wl,-z,relro -Wl,-z,undefs -Wl,-soname,$(@F)
$(e2e_pair): $(e2e_dir)/%.so: $(e2e_dir)/%.o $(e2e_dir)/preload.o $(e2e_common) Runtime/libpal.abi.so
	$(e2e_link)
$(e2e_dir)/pair_main: private e2e_flags += -Wl,-E
$(e2e_dir)/pair_main: $(e2e_dir)/pair_main.o $(e2e_libs) $(e2e_pair)
	$(e2e_link)

# A library OS, and one of a kind that nobody knows yet.
e2e_libos := $(e2e_dir)/libos.so $(e2e_dir)/libos-99.so
$(e2e_dir)/libos_note.o: private extra := -DKIND=1
$(e2e_dir)/libos_note-99.o: Pal/test/e2e/libos_note.S build/flags | build/dirs
	$(say) AS $@
	$(quiet)$(CC) -DKIND=99 -c $< -o $@
$(e2e_libos): private e2e_flags = -shared -Wl,-z,now -Wl,-z,relro -Wl,-soname,$(@F)
$(e2e_libos): $(e2e_dir)/libos%.so: $(e2e_dir)/libos.o $(e2e_dir)/libos_note%.o $(e2e_dir)/preload.o $(e2e_common) Runtime/libpal.abi.so
	$(e2e_link)

$(e2e_dir)/elf_forge: Pal/test/elf_forge.c build/flags | build/dirs
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(depend) -MF $@.d $(hosted_include) -IPal/test $< -o $@

e2e_guests := $(addprefix $(e2e_dir)/,$(e2e_plain) stack fixed auxv-fixed returns $(e2e_layouts) $(e2e_bss) pair_main elf_forge) $(e2e_libos)
e2e: $(loaders) $(programs) $(e2e_guests) build/regression/Terminal

.PHONY: e2e
.PRECIOUS: $(e2e_dir)/%.o $(e2e_dir)/bss-%.o
-include $(wildcard $(e2e_dir)/*.d)
