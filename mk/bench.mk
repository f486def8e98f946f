# SPDX-License-Identifier: MIT
# `make bench`: bench/rows.txt says what is measured, BENCH_TSV where the figures go.

bench_dir := build/bench
BENCH_TSV ?= build/bench.tsv
bench_objects := $(addprefix $(bench_dir)/,bench.o measure.o trace.o)
bench_natives := $(bench_dir)/hello_nolibc $(bench_dir)/hello_glibc
bench_flags := -std=gnu11 -O2 -D_GNU_SOURCE $(reproducible) $(warnings) -Wno-frame-larger-than

$(bench_dir)/%.o: bench/%.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) $(depend) -c $< -o $@

$(bench_dir)/bench: $(bench_objects)
	$(say) LINK $@
	$(quiet)$(CC) $^ -o $@

# What the PAL is compared with is made as small and as fast as it goes.
$(bench_dir)/hello_nolibc: bench/hello_nolibc.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	    -nostdlib -static -s -Wl,--build-id=none -Wl,-z,noexecstack $< -o $@
$(bench_dir)/hello_glibc: bench/hello_glibc.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) -static -s $< -o $@

$(bench_dir)/pal-Linux: Runtime/pal-Linux
	$(quiet)mkdir -p $(@D)
	$(quiet)strip -o $@ $<

# The same operations natively and through the Host ABI.
$(bench_dir)/calls_native: bench/calls_native.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) -pthread $< -o $@
$(bench_dir)/calls_guest.o: bench/calls_guest.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(depend) -IPal/include -IPal/lib -IPal/test/e2e -c $< -o $@
$(bench_dir)/calls_guest: $(bench_dir)/calls_guest.o $(e2e_libs)
	$(say) LINK $@
	$(quiet)$(CC) $(program_link) $(filter %.o %.so,$^) -o $@
bench_calls := $(bench_dir)/calls_native $(bench_dir)/calls_guest

bench-run: $(bench_calls) all $(bench_dir)/bench $(bench_natives) $(bench_dir)/pal-Linux
	@$(bench_dir)/bench bench/rows.txt $(BENCH_TSV)

.PHONY: bench-run
-include $(wildcard $(bench_dir)/*.d)
