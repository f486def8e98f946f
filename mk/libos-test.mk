# SPDX-License-Identifier: MIT
# Guest programs of the library OS: ordinary programs for Linux, compiled in four ways. They lie in LibOS/test/guest, those of an
# area together; LibOS/test/tests.list names them.
# `make libos-test` runs them and the programs of LibOS/test/programs; TEST=regex only those that are named so.

libos_test_dir := build/guest
libos_test_names := $(shell sed -n '/^#/d; s/[[:space:]].*//p; t; p' LibOS/test/tests.list)
libos_test_variants := dynamic static static-pie musl
MUSL_CC ?= musl-gcc

# $(call libos_test_options,name): the words after its name
libos_test_options = $(shell sed -n 's/^$1[[:space:]]\{1,\}//p' LibOS/test/tests.list)

libos_test_compile.dynamic    := $(CC)
libos_test_compile.static     := $(CC) -static
libos_test_compile.static-pie := $(CC) -static-pie
# musl's own headers come first, those of the kernel and of glibc fill the gaps.
libos_test_compile.musl       := $(MUSL_CC) -idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include
# The programs pass wrong things on purpose.
libos_test_flags := -std=gnu11 -D_GNU_SOURCE= -O1 -g -Wall -Wno-nonnull -Wno-stringop-overflow -Wno-stringop-overread -pthread

# One program: $1 is its name, $2 its options. libos_test_source.NAME is its source, libos_test_programs.NAME are its variants,
# libos_test_seconds.NAME is its limit, libos_test_since.NAME the first Linux that it is compared with.
libos_test_sources := $(wildcard LibOS/test/*.c LibOS/test/guest/*/*.c)
define libos_test_rules
libos_test_source.$1 := $(or $(filter %/$1.c,$(libos_test_sources)),$(error no LibOS/test/guest/*/$1.c))
libos_test_programs.$1 := $(addprefix $(libos_test_dir)/,$(addsuffix /$1,$(or $(patsubst only-%,%,$(filter only-%,$2)),$(filter-out $(patsubst no-%,%,$(filter no-%,$2)),$(libos_test_variants)))))
libos_test_seconds.$1 := $(or $(patsubst seconds=%,%,$(filter seconds=%,$2)),120)
libos_test_since.$1 := $(or $(patsubst since=%,%,$(filter since=%,$2)),0)
$$(libos_test_programs.$1): private libs := $(filter -l%,$2)
$$(libos_test_programs.$1): $$(libos_test_source.$1)
libos_test_programs += $$(libos_test_programs.$1)
endef
$(foreach t,$(libos_test_names),$(eval $(call libos_test_rules,$t,$(call libos_test_options,$t))))

define libos_test_rule
$(libos_test_dir)/$1/%: build/flags
	$$(say) GUEST $$@
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$$(libos_test_compile.$1) $$(libos_test_flags) $$(depend) -MF $$@.d -ILibOS/test/guest $$(libos_test_source.$$*) $$(libs) -o $$@
# What a program depends on is written with it, and is no program.
$(libos_test_dir)/$1/%.d: ;
endef
$(foreach v,$(libos_test_variants),$(eval $(call libos_test_rule,$v)))

# Programs in other languages.
$(libos_test_dir)/cxx: LibOS/test/programs/cxx.cc build/flags
	$(say) GUEST $@
	$(quiet)mkdir -p $(@D)
	$(quiet)g++ -std=c++17 -O1 -g -Wall -pthread $< -o $@
# The Go tool keeps its cache in the build directory, and asks no network for anything.
$(libos_test_dir)/go: LibOS/test/programs/goroutines.go
	$(say) GUEST $@
	$(quiet)mkdir -p $(@D)
	$(quiet)GOCACHE="$$PWD/$(libos_test_dir)/go-cache" GOFLAGS=-trimpath GOPROXY=off CGO_ENABLED=0 go build -o $@ $<
libos_test_others := $(libos_test_dir)/cxx $(libos_test_dir)/go

# The slow ones first.
libos_program_tests := $(sort $(wildcard LibOS/test/programs/*.sh))
libos_test_line = printf '%s\t%s\t%s\n' '$1' '$2' '$3';
libos_test_lines = $(foreach t,$(libos_program_tests),$(call libos_test_line,libos/$(basename $(notdir $t)),$t,2400)) \
                   $(foreach t,$(libos_test_names),$(call libos_test_line,libos/$t,Tools/libos-test.sh $t $(libos_test_seconds.$t) $(libos_test_since.$t) $(libos_test_programs.$t),2400))

libos_test_base := Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_test_others)
libos_test_needed := $(libos_test_base) $(libos_test_programs)
# For a few tests not all programs are compiled.
libos_test_chosen = $(if $(TEST),$(shell printf '%s\n' $(libos_test_names) | grep -xE '$(TEST)'),$(libos_test_names))
libos-test-run: $(libos_test_base) $(foreach t,$(libos_test_chosen),$(libos_test_programs.$t))
	@{ $(libos_test_lines) } | grep -E '^libos/($(or $(TEST),.*))	' > $(libos_test_dir)/list || \
	    { echo 'no test is named like $(TEST)'; exit 1; }
	@Tools/run-tests.sh $(libos_test_dir)/list

.PHONY: libos-test-run
-include $(wildcard $(addprefix $(libos_test_dir)/,$(addsuffix /*.d,$(libos_test_variants))))
