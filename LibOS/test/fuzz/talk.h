/* SPDX-License-Identifier: MIT */
/* What the parts of talk share: a program that makes random calls by which programs talk to each other and to themselves, and
 * prints what can be seen of each. With the same seed it prints the same natively and on the library OS.
 * So nothing that it prints may differ from run to run (ids, ports, addresses), and nothing that it calls may block. */
#ifndef LIBOS_TEST_FUZZ_TALK_H
#define LIBOS_TEST_FUZZ_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers that follow from the seed and the step: leaving out one step changes no other one. */
unsigned long pick(unsigned long count);
static inline bool one_in(unsigned long count)
{
    return pick(count) == 0;
}

/* A constant and how it is spelt. */
struct word {
    long value;
    const char *name;
};
#define WORD(name)                                                                                                     \
    {                                                                                                                  \
        (long)(name), #name                                                                                            \
    }
/* One of the words, or each of them with a chance of one in `rarity`; both say which. */
#define pick_word(words)          pick_one_of(words, COUNT(words))
#define pick_flags(words, rarity) pick_some_of(words, COUNT(words), rarity)
long pick_one_of(const struct word *words, size_t count);
long pick_some_of(const struct word *words, size_t count, unsigned long rarity);

/* The line of this step: what is called, then what it gave. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
long say_result(long result);
/* Only whether it worked, for results that are ids. */
long say_outcome(long result);

/* Whether steps are made by a process that has been forked: then pipes do not change their sizes. */
extern bool g_is_child;

/* One kind of step. */
struct step {
    const char *name;
    void (*make)(void);
};
#define STEP(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
struct steps {
    const struct step *steps;
    size_t count;
};
extern const struct steps g_pipe_steps, g_file_steps, g_unix_steps, g_inet_steps, g_socket_steps, g_poll_steps;
extern const struct steps g_signal_steps, g_process_steps, g_sysv_steps, g_queue_steps, g_futex_steps;

/* Descriptors that steps use. */
#define SLOTS 12
extern int g_slots[SLOTS];
int pick_fd(void);        /* one of them, and says so; rarely one that is none */
void keep_fd(int fd);     /* puts it into a slot, closes what was there, and says both; nothing if it is negative */
void keep_pair(int *fds); /* of two descriptors */
void forget_fd(int fd);   /* after a close */
/* What was told of one of which `wanted` was asked. At the end of a pipe that several processes have there is POLLIN, too. */
unsigned ready_bits(unsigned ready, unsigned wanted);
/* The end of a pipe, maybe of several processes, that is written to: what waits in it only the other end tells for sure. */
bool is_shared_end(int fd);
void say_state(int fd); /* what can be seen of it without changing it */
void say_all_states(void);
void say_bytes(const unsigned char *bytes, size_t size);
size_t pick_size(void);                 /* of something that is written or read */
unsigned char *next_bytes(size_t size); /* each byte is another one than the one before */
#define BYTES_MAX 70000

/* Addresses of sockets. */
union address {
    struct sockaddr any;
    struct sockaddr_storage room;
};
socklen_t pick_address(union address *address); /* of an AF_UNIX socket, or that of one in a slot */
void say_address(const union address *address, socklen_t size, socklen_t room);

/* Signals that steps may use, and what the handler saw since. */
extern const struct word g_signals[];
#define SIGNALS 9
void say_caught(void);
void signals_begin(void);

/* Children. */
void processes_end(void);
void say_process(pid_t pid);
void pipes_end(void);
void queues_end(void);
void ipc_end(void);

#endif
