# SPDX-License-Identifier: MIT
# The loaders. Generic objects are compiled once, into a directory that names no host; every directory Pal/src/host/<H>
# with a Makefile.am of assignments can become Runtime/pal-<H>: `make PAL_HOST=H`.

HOSTS := $(or $(PAL_HOST),Linux Skeleton)
# `make regression HOST=H` makes what it runs.
HOSTS += $(if $(filter command%,$(origin HOST)),$(filter-out $(HOSTS),$(HOST)))
generic_dir := build/generic
arch := x86_64

generic_objects := $(addprefix $(generic_dir)/lib/,$(lib_sources:.c=.o)) \
                   $(addprefix $(generic_dir)/src/,$(patsubst %.S,%.o,$(src_sources:.c=.o))) \
                   $(generic_dir)/src/pal_abi_table.o
core_include := -IPal/include -IPal/lib -IPal/src -IPal/src/arch/$(arch)

# gcc turns the loops of the memory functions into calls to themselves.
self_calling := $(if $(filter gcc,$(compiler)),-fno-tree-loop-distribute-patterns)
$(generic_dir)/lib/mem.o $(generic_dir)/lib/pal_string.o: private extra := $(self_calling)

define compile
$(say) CC $@
$(quiet)mkdir -p $(@D)
$(quiet)$(CC) $(freestanding) $(guarded) $(extra) $(depend) $1 -c $< -o $@
endef

$(generic_dir)/lib/%.o: Pal/lib/%.c build/flags
	$(call compile,-IPal/include -IPal/lib)
$(generic_dir)/src/pal_abi_table.o: $(abi_dir)/pal_abi_table.c build/flags
	$(call compile,$(core_include))
$(generic_dir)/src/%.o: Pal/src/%.c build/flags
	$(call compile,$(core_include))
$(generic_dir)/src/%.o: Pal/src/%.S build/flags
	$(call compile,$(core_include))

# One host: $1 is its name. Its Makefile.am may set CC CFLAGS LDFLAGS AS ASFLAGS, and names host_objs, pal and
# has: the groups of calls that the regression programs may expect.
define host_rules
host := $1
host_objs :=
has :=
CFLAGS :=
LDFLAGS :=
AS :=
ASFLAGS :=
pal := pal-$1
saved_CC := $$(CC)
include Pal/src/host/$1/Makefile.am
CC.$1 := $$(CC)
AS.$1 := $$(or $$(AS),$$(CC))
CC := $$(saved_CC)
CFLAGS.$1 := $$(CFLAGS)
LDFLAGS.$1 := $$(LDFLAGS)
ASFLAGS.$1 := $$(ASFLAGS)
pal.$1 := Runtime/$$(pal)
has.$1 := $$(has)
objects.$1 := $$(addprefix build/host/$1/,$$(host_objs))
assembled.$1 := $$(patsubst Pal/src/host/$1/%.S,build/host/$1/%.o,$$(wildcard Pal/src/host/$1/*.S))
loaders := $$(loaders) Runtime/$$(pal)

$$(filter-out $$(assembled.$1),$$(objects.$1)): private CC = $$(CC.$1)
$$(assembled.$1): private CC = $$(AS.$1)
build/host/$1/%.o: Pal/src/host/$1/%.c build/flags Pal/src/host/$1/Makefile.am
	$$(call compile,$(core_include) -IPal/src/host/$1 -Ibuild/host/$1 $$(CFLAGS.$1))
build/host/$1/%.o: Pal/src/host/$1/%.S build/flags Pal/src/host/$1/Makefile.am
	$$(call compile,$(core_include) -IPal/src/host/$1 $$(ASFLAGS.$1))

Runtime/$$(pal): $$(generic_objects) $$(objects.$1) $$(abi_dir)/pal.map $$(abi_dir)/names Tools/check-exports.sh $(layouts)
	$$(say) LINK $$@
	$$(quiet)Tools/check-exports.sh objects $$(abi_dir)/names $$(generic_objects) $$(objects.$1)
	$$(quiet)$$(CC.$1) $$(LDFLAGS.$1) $$(link_loader) $$(generic_objects) $$(objects.$1) -o build/$$(@F).linked
	$$(quiet)Tools/check-exports.sh loader $$(abi_dir)/names build/$$(@F).linked
	$$(quiet)$$(call put_in_one,build/$$(@F).linked,$$@)
endef

link_loader := -static-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,defs -Wl,-E \
               -Wl,--version-script=$(abi_dir)/pal.map -Wl,--no-undefined-version -Wl,--build-id=none \
               -Wl,--hash-style=gnu -Wl,--gc-sections -Wl,--fatal-warnings $(link_layouts)

$(foreach h,$(HOSTS),$(eval $(call host_rules,$h)))

-include $(wildcard $(generic_dir)/*/*.d $(generic_dir)/*/*/*/*.d $(foreach h,$(HOSTS),build/host/$h/*.d))
