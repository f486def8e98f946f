# SPDX-License-Identifier: MIT
# Hosted tests of the pure parts of the library OS, each with the sources that it tests: cmocka under ASan and UBSan.

libos_unit_dir := $(unit_dir)/libos
libos_unit.test_bpf := filter/bpf
libos_unit.test_heap := base/heap
libos_unit.test_image := checkpoint/image
libos_unit.test_lock_ranges := locks/lock_ranges
libos_unit.test_mappings := mm/mappings mm/map_tree
libos_unit.test_rewrite := entry/rewrite
libos_unit.test_script := elf/script
libos_unit_tests := $(patsubst libos_unit.%,%,$(filter libos_unit.test_%,$(.VARIABLES)))
unit_tests += $(sort $(libos_unit_tests:%=libos/%))
# Any of the headers may matter.
libos_unit_headers := $(wildcard Pal/include/*.h Pal/lib/*.h LibOS/include/*.h LibOS/src/*/*.h)

define libos_unit_rule
$(libos_unit_dir)/$1: LibOS/test/unit/$1.c $(libos_unit.$1:%=LibOS/src/%.c) $$(libos_unit_headers) build/flags
	$$(say) UNIT $$@
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$$(CC) $$(hosted) $$(sanitise) $$(libos_include) $$(filter %.c,$$^) -lcmocka -o $$@
endef
$(foreach t,$(libos_unit_tests),$(eval $(call libos_unit_rule,$t)))
unit: $(libos_unit_tests:%=$(libos_unit_dir)/%)
