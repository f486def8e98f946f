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
$(bench_dir)/calls_native: bench/calls_native.c bench/guarded.c bench/guarded.h build/host/Linux/linux_filter.h build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) -Ibuild/host/Linux -pthread $(filter %.c,$^) -o $@
$(bench_dir)/calls_guest.o: bench/calls_guest.c build/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(program_flags) $(depend) -IPal/include -IPal/lib -IPal/test/e2e -c $< -o $@
$(bench_dir)/calls_guest: $(bench_dir)/calls_guest.o $(e2e_libs)
	$(say) LINK $@
	$(quiet)$(CC) $(program_link) $(filter %.o %.so,$^) -o $@
bench_calls := $(bench_dir)/calls_native $(bench_dir)/calls_guest

# Ordinary Linux programs, which run natively and on the library OS.
$(bench_dir)/linux_calls: bench/linux_calls.c bench/linux_operation.h build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) -Wno-unused-result -pthread $< -o $@
$(bench_dir)/hello_dynamic: bench/hello_glibc.c build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) $< -o $@
$(bench_dir)/linux_processes: bench/linux_processes.c bench/linux_operation.h build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench_flags) $< -o $@
# Four of the usual kinds of command, fifty times.
$(bench_dir)/commands.sh: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D)
	$(quiet)seq 50 | awk '{ print "a=$$(expr " $$1 " + 1)\necho $$a | sed s/1/x/\nbasename /dir/$$a.c .c\n[ -e /bin/sh ] && (exit 0)" }' > $@
# Eight small files and what links them.
$(bench_dir)/project/Makefile: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D)
	$(quiet)for n in 1 2 3 4 5 6 7 8; do printf '#include <stdio.h>\nint f%d(int x) { return printf("%%d", x); }\n' $$n > $(@D)/f$$n.c; done
	$(quiet)echo 'int main(void) { return 0; }' > $(@D)/main.c
	$(quiet)printf '%s\n' 'p: $$(patsubst %.c,%.o,$$(wildcard *.c)); $$(CC) -o $$@ $$^' > $@
# Compresses to about a third.
$(bench_dir)/100mb: | build/dirs
	$(quiet)mkdir -p $(@D)
	$(quiet)seq 1 20000000 | head -c 100000000 > $@
# $(call bench_manifest,program,arguments): as a user would write it for a program of this system.
define bench_manifest
printf '%s\n' 'loader.preload = file:libsysdb.so' 'loader.exec = file:$1' 'loader.argv.0 = $(notdir $1)' \
    'fs.root.uri = file:/' 'fs.root.mode = ro' 'fs.start_dir = /' > $@
i=1; for word in $2; do printf 'loader.argv.%d = "%s"\n' $$i "$$word" >> $@; i=$$((i + 1)); done
endef
$(bench_dir)/static.manifest: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D); $(call bench_manifest,$(CURDIR)/$(bench_dir)/hello_glibc,)
$(bench_dir)/dynamic.manifest: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D); $(call bench_manifest,$(CURDIR)/$(bench_dir)/hello_dynamic,)
$(bench_dir)/bash.manifest: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D); $(call bench_manifest,/bin/bash,-c :)
$(bench_dir)/python.manifest: mk/bench.mk | build/dirs
	$(quiet)mkdir -p $(@D); $(call bench_manifest,/usr/bin/python3,-c pass)
bench_manifests := $(addprefix $(bench_dir)/,static.manifest dynamic.manifest bash.manifest python.manifest)
bench_linux := $(bench_dir)/linux_calls $(bench_dir)/hello_dynamic $(bench_dir)/100mb $(bench_manifests) \
               $(bench_dir)/linux_processes $(bench_dir)/commands.sh $(bench_dir)/project/Makefile

# An interpreter that is about to read its input, see docs/checkpoint.md.
$(bench_dir)/python.image: bench/answer.py Runtime/libsysdb.so Runtime/pal-Linux Runtime/pal_loader
	$(quiet)mkdir -p $(@D)
	$(quiet)Runtime/pal_loader --checkpoint $@ /usr/bin/python3 $< < /dev/null > /dev/null

# A make that is measured has rules and jobs of its own.
bench-run: $(bench_dir)/python.image $(bench_calls) $(bench_linux) all $(bench_dir)/bench $(bench_natives) $(bench_dir)/pal-Linux
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(bench_dir)/bench bench/rows.txt $(BENCH_TSV)

.PHONY: bench-run
-include $(wildcard $(bench_dir)/*.d)
