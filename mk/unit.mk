# SPDX-License-Identifier: MIT
# Hosted tests of Pal/lib and the pure parts of Pal/src: cmocka under ASan and UBSan, and libFuzzer targets.

unit_dir := build/unit
# mem.c would replace what the sanitizers intercept; its own test compiles it under other names.
hosted_lib := $(addprefix $(unit_dir)/lib/,$(patsubst %.c,%.o,$(filter-out mem.c pal_string.c,$(lib_sources))))
hosted_src := $(addprefix $(unit_dir)/src/,$(patsubst %.c,%.o,$(pure_sources)))
hosted_include := -IPal/lib -IPal/include -IPal/src -IPal/src/arch/x86_64

$(unit_dir)/lib/%.o: Pal/lib/%.c build/flags | build/dirs
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) $(hosted_include) -c $< -o $@

$(unit_dir)/src/%.o: Pal/src/%.c build/flags | build/dirs
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) $(hosted_include) -c $< -o $@

$(unit_dir)/test_%: Pal/test/unit/test_%.c $(hosted_lib) $(hosted_src)
	$(say) UNIT $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(hosted) $(sanitise) $(depend) -MF $@.d $(hosted_include) -IPal/test/unit $< \
	    $(hosted_lib) $(hosted_src) -lcmocka -lelf -o $@

.PRECIOUS: $(unit_dir)/lib/%.o $(unit_dir)/src/%.o
unit: $(addprefix $(unit_dir)/,$(unit_tests))

# libFuzzer is clang's; the objects are compiled anew with its coverage.
fuzz_dir := build/fuzz
FUZZ_CC ?= clang
fuzz_flags := -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz_sources := $(addprefix Pal/lib/,$(filter-out mem.c pal_string.c,$(lib_sources))) $(addprefix Pal/src/,$(pure_sources))

$(fuzz_dir)/%: Pal/test/fuzz/%.c $(fuzz_sources) build/flags | build/dirs
	$(say) FUZZ $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(FUZZ_CC) $(fuzz_flags) $(hosted_include) $< $(fuzz_sources) -o $@

fuzz_binaries := $(addprefix $(fuzz_dir)/,$(fuzz_targets))
SECONDS ?= 10
# New inputs are kept in build/; the corpus in the tree is only read.
fuzz: $(fuzz_binaries)
	@for target in $(fuzz_targets); do \
	    echo "== $$target"; mkdir -p $(fuzz_dir)/new/$$target && \
	    (cd $(fuzz_dir) && ./$$target -max_total_time=$(SECONDS) -print_final_stats=0 -verbosity=0 \
	        -max_len=65536 new/$$target "$$OLDPWD/Pal/test/fuzz/corpus/$$target") || exit 1; \
	done

-include $(wildcard $(unit_dir)/*.d $(unit_dir)/*/*.d)
