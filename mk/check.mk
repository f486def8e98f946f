# SPDX-License-Identifier: MIT
# `make check`: one goal for each step, so that each can be run alone. The slow ones look only at files that have changed.

check_dir := build/check
CLANG_TIDY ?= clang-tidy
CLANG_FORMAT ?= clang-format

check_steps := check-tidy check-analyzer check-compilers check-reproducible check-artefacts check-contract \
               check-cppcheck check-layers check-syscalls check-documents check-source check-format check-shell
check-run: $(check_steps)
	@echo 'check: nothing found'

# What runs under the Host ABI and in the loaders, and the library OS. Not the hosted tests, which prove themselves under the
# sanitizers, nor Skeleton, whose functions have one line each.
checked_pal := $(addprefix Pal/lib/,$(lib_sources)) $(addprefix Pal/src/,$(filter %.c,$(src_sources))) \
               $(sort $(wildcard Pal/src/host/Linux/*.c)) $(test_programs:%=Pal/test/%.c)
checked_libos := $(addprefix LibOS/src/,$(filter %.c,$(libos_sources)))
checked_sources := $(checked_pal) $(checked_libos)
checked_pal_include := $(core_include) -IPal/src/host/Linux -Ibuild/host/Linux
checked_include = $(if $(filter LibOS/%,$<),$(libos_include),$(checked_pal_include))
checked_flags = $(filter-out -Werror $(warnings.gcc) $(by_words.gcc),$(freestanding)) $(guarded) $(checked_include)

analyzer_stamps := $(checked_sources:%=$(check_dir)/analyzer/%.ok)
tidy_stamps := $(checked_sources:%=$(check_dir)/tidy/%.ok)
check-analyzer: $(analyzer_stamps)
check-tidy: $(tidy_stamps)

$(check_dir)/analyzer/%.ok: % build/flags
	$(say) ANALYZE $<
	$(quiet)mkdir -p $(@D)
	$(quiet)gcc $(checked_flags) -fanalyzer -Werror -MMD -MP -MF $(@:.ok=.d) -MT $@ -c $< -o /dev/null
	$(quiet)touch $@

$(check_dir)/tidy/%.ok: % build/flags .clang-tidy
	$(say) TIDY $<
	$(quiet)mkdir -p $(@D)
	$(quiet)gcc $(checked_flags) -MM -MP -MF $(@:.ok=.d) -MT $@ $<
	$(quiet)$(CLANG_TIDY) --quiet $< -- $(checked_flags) >$(@:.ok=.log) 2>&1 || \
	    { grep -v 'warnings* generated' $(@:.ok=.log); exit 1; }
	$(quiet)touch $@

# Some headers are generated.
$(foreach s,analyzer tidy,$(checked_pal:%=$(check_dir)/$s/%.ok)): | all
$(foreach s,analyzer tidy,$(checked_libos:%=$(check_dir)/$s/%.ok)): | $(libos_dir)/syscalls.h
check-layers: all build/libos-fuzz/fuzz_calls.h $(regression_dir)/documented.h

-include $(wildcard $(analyzer_stamps:.ok=.d) $(tidy_stamps:.ok=.d))

check-cppcheck:
	$(say) CHECK cppcheck
	$(quiet)cppcheck --quiet --enable=warning,portability --std=c11 --platform=unix64 --inline-suppr \
	    --error-exitcode=1 $(checked_pal_include) $(checked_pal)
	$(quiet)cppcheck --quiet --enable=warning,portability --std=c11 --platform=unix64 --inline-suppr \
	    --error-exitcode=1 $(libos_include) $(checked_libos)

# What is made from the table is in the tree, for readers.
docs/syscalls.md: LibOS/src/entry/syscalls.tbl Tools/libos-syscalls.awk
	$(say) GEN $@
	$(quiet)awk -v want=document -f Tools/libos-syscalls.awk $< > $@
check-documents:
	$(say) CHECK documents
	$(quiet)awk -v want=document -f Tools/libos-syscalls.awk LibOS/src/entry/syscalls.tbl | cmp - docs/syscalls.md || \
	    { echo 'docs/syscalls.md is not what its table says: make docs/syscalls.md'; exit 1; }
	$(quiet)twice=$$(sed -n 's/^\*\*\([0-9]*\)\.\*\* .*/\1/p' docs/choices.md | sort | uniq -d); \
	    [ -z "$$twice" ] || { echo "docs/choices.md has two choices of a number:" $$twice; exit 1; }

check-layers check-source: check-%:
	$(say) CHECK $*
	$(quiet)Tools/check-$*.sh

artefacts = $(loaders) Runtime/libpal.abi.so Runtime/pal_crt.o Runtime/libsysdb.so $(programs)
check-artefacts: all
	$(say) CHECK artefacts
	$(quiet)Tools/check-artefacts.sh $(filter-out %.o,$(artefacts))

check-reproducible: all
	$(say) CHECK reproducible
	$(quiet)Tools/check-reproducible.sh $(artefacts)

check-compilers:
	$(say) CHECK compilers
	$(quiet)Tools/check-compilers.sh gcc clang

check-shell:
	$(say) CHECK shell
	$(quiet)shellcheck $(sort $(wildcard Tools/*.sh Pal/test/e2e/*.sh Pal/test/faults/*.sh Pal/regression/*.sh LibOS/test/*.sh LibOS/test/programs/*.sh \
	    LibOS/test/fuzz/*.sh bench/*.sh .ci/run))

check-format:
	$(say) CHECK format
	$(quiet)find . \( -name .git -o -name build \) -prune -o -name '*.[ch]' -exec $(CLANG_FORMAT) --dry-run -Werror {} +

.PHONY: check-run $(check_steps)
