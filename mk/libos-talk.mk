# SPDX-License-Identifier: MIT
# Random calls by which programs talk to each other, natively and on the library OS, which have to print the same: `make compare` makes
# them for SECONDS, from a seed of the moment; `make test` with a few fixed ones.

libos_talk := build/libos-fuzz/talk
libos_talk_sources := $(addprefix LibOS/test/fuzz/,talk.c talk_file.c talk_message.c talk_pipe.c talk_poll.c talk_process.c \
                        talk_queue.c talk_signal.c talk_slots.c talk_socket.c talk_sysv.c)

$(libos_talk): $(libos_talk_sources) LibOS/test/fuzz/talk.h build/flags
	$(say) GUEST $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(libos_test_flags) -static -ILibOS/test/guest $(libos_talk_sources) -o $@

libos_test_lines += $(call libos_test_line,libos/talk,Tools/tap.sh -k 6.18. talk LibOS/test/fuzz/talk.sh $(libos_talk) 40 1 72,300)
libos_test_needed += $(libos_talk)
libos-test-run: $(libos_talk)

compare: libos-talk
libos-talk: Runtime/pal-Linux Runtime/libsysdb.so Runtime/pal_loader $(libos_talk)
	LibOS/test/fuzz/talk.sh $(libos_talk) 60 $$(date +%s) 0 $(SECONDS)

.PHONY: libos-talk
