# SPDX-License-Identifier: MIT
# Compiler, language, warning and link flags; each group is named for its reason.

ifeq ($(origin CC),default)
CC := gcc
endif
compiler := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null | head -n 1)),clang,gcc)

optimise := -O2 -g
language := -std=c11 -ffreestanding -fno-builtin -fno-strict-aliasing -fwrapv -fno-common -fPIC \
            -fvisibility=hidden -mgeneral-regs-only -ffunction-sections -fdata-sections \
            -fno-asynchronous-unwind-tables -fcf-protection=none
# The guard lives in the thread control block that GS points to (pal.h, struct pal_tcb); FS is the guest's.
guarded  := -fstack-protector-strong -mstack-protector-guard=tls -mstack-protector-guard-reg=gs \
            -mstack-protector-guard-offset=8
unguarded := -fno-stack-protector
# The shell's name for the directory is the compiler's, and may have any characters.
reproducible := -ffile-prefix-map="$$PWD"=.

# Where in a file what is written or run in one go lies together.
comma := ,
layouts := mk/large.lds mk/near.lds
link_layouts := $(addprefix -Wl$(comma)-T$(comma),$(layouts))

warnings := -Wall -Wextra -Wshadow -Wundef -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings \
            -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
            -Wredundant-decls -Wvla -Walloca -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum -Wconversion \
            -Wsign-conversion -Wnull-dereference -Wframe-larger-than=4096
warnings.gcc := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wtrampolines
warnings += $(warnings.$(compiler))
# CI turns warnings into errors; a user's newer compiler must not stop the build.
ifdef CI
warnings += -Werror
endif

# gcc clears and copies structures with `rep stos` and `rep movs`, which take longer to begin than most of them take to be
# written word by word.
by_words := unrolled_loop:512:noalign,libcall:-1:noalign
by_words.gcc := -mmemset-strategy=$(by_words) -mmemcpy-strategy=$(by_words)
freestanding := $(optimise) $(by_words.$(compiler)) $(language) $(reproducible) $(warnings)
hosted := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(reproducible) $(warnings) -Wno-frame-larger-than
sanitise := -fsanitize=address,undefined -fno-sanitize-recover=all

# Only %.d files know which headers an object needs; V=1 shows the commands, and -s nothing.
depend = -MMD -MP
is_silent := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
ifeq ($(V),1)
quiet =
say = @:
else
quiet = @
say = @$(if $(is_silent),:,printf '  %-7s %s\n')
endif

# $(call put_in_one,FROM,TO): linkers write here and there. What is written in one go lies in large pieces in the host's page
# cache, which are mapped with fewer steps: a start takes 4 to 7 % less. Who runs it meanwhile keeps what there was.
put_in_one = cp $1 $2.new && mv $2.new $2
