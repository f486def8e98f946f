/* SPDX-License-Identifier: MIT */
/* talk's message queues of POSIX, and futexes that answer at once. */
#include "talk.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAMES 2

static pid_t made_by; /* names are of this process, or its maker */

static const char *pick_name(void)
{
    static char name[64];
    const unsigned number = (unsigned)pick(NAMES);
    if (made_by == 0)
        made_by = getpid();
    say(" queue%u", number);
    snprintf(name, sizeof(name), "/talk-%d-%u", made_by, number);
    return name;
}

static void open_queue(void)
{
    static const struct word flags[] = {WORD(O_CREAT), WORD(O_CREAT), WORD(O_EXCL), WORD(O_CLOEXEC)};
    static const struct word ways[] = {WORD(O_RDWR), WORD(O_RDONLY), WORD(O_WRONLY)};
    struct mq_attr attributes = {.mq_maxmsg = (long)pick(5), .mq_msgsize = (long)pick(3) * 50};
    const char *name = pick_name();
    const bool has_attributes = one_in(2);
    if (has_attributes)
        say(" %ld %ld", attributes.mq_maxmsg, attributes.mq_msgsize);
    const int fd = mq_open(name, (int)(pick_word(ways) | pick_flags(flags, 2)) | O_NONBLOCK, 0600,
                           has_attributes ? &attributes : NULL);
    say_outcome(fd);
    keep_fd(fd);
}

static void unlink_queue(void)
{
    const char *name = pick_name();
    if (one_in(2))
        say_result(mq_unlink(name));
}

static void send_queue(void)
{
    const int fd = pick_fd();
    const size_t size = pick(5) * 25;
    const unsigned priority = one_in(20) ? 40000 : (unsigned)pick(4);
    say(" %zu %u", size, priority);
    say_result(one_in(2) ? mq_send(fd, (char *)next_bytes(size), size, priority)
                         : mq_timedsend(fd, (char *)next_bytes(size), size, priority,
                                        &(struct timespec){1, one_in(5) ? -1 : 0}));
    say_state(fd);
}

static void receive_queue(void)
{
    char bytes[8192];
    unsigned priority = 77;
    const int fd = pick_fd();
    const size_t size = one_in(3) ? pick(5) * 25 : sizeof(bytes);
    say(" %zu", size);
    const ssize_t got = mq_receive(fd, bytes, size, &priority);
    if (say_result(got) >= 0)
        say_bytes((unsigned char *)bytes, (size_t)got);
    say(" %u", priority);
    say_state(fd);
}

static void queue_state(void)
{
    struct mq_attr attributes = {0};
    struct stat status = {0};
    const int fd = pick_fd();
    if (say_result(mq_getattr(fd, &attributes)) < 0)
        return;
    say(" %#lx %ld %ld %ld", (unsigned long)attributes.mq_flags, attributes.mq_maxmsg, attributes.mq_msgsize,
        attributes.mq_curmsgs);
    attributes.mq_flags = one_in(10) ? 1 : O_NONBLOCK;
    if (one_in(2))
        say_result(mq_setattr(fd, &attributes, NULL));
    say_result(fstat(fd, &status));
    say(" %o %ld", status.st_mode, (long)status.st_size);
}

static void notify(void)
{
    struct sigevent event = {.sigev_notify = one_in(3)    ? SIGEV_NONE
                                             : one_in(10) ? 77
                                                          : SIGEV_SIGNAL,
                             .sigev_signo = one_in(10) ? 70 : SIGUSR1,
                             .sigev_value.sival_int = (int)pick(100)};
    const int fd = pick_fd();
    const bool ends = one_in(4);
    say(" %d %d %d", event.sigev_notify, event.sigev_signo, ends);
    say_result(syscall(SYS_mq_notify, fd, ends ? NULL : &event));
}

void queues_end(void)
{
    for (unsigned number = 0; number < NAMES; number++) {
        char name[64];
        snprintf(name, sizeof(name), "/talk-%d-%u", made_by, number);
        mq_unlink(name);
    }
}

static const struct step steps[] = {STEP(open_queue),  STEP(open_queue), STEP(unlink_queue),  STEP(send_queue),
                                    STEP(send_queue),  STEP(send_queue), STEP(receive_queue), STEP(receive_queue),
                                    STEP(queue_state), STEP(notify)};
const struct steps g_queue_steps = {steps, COUNT(steps)};

/***** Futexes *****/

#define NOBODY 0x31234560u /* no thread has so high an id, nor one with a bit less */

/* Nobody waits, so whatever sleeps has no time to. */
static void futex(void)
{
    static const struct word operations[] = {WORD(FUTEX_WAIT),
                                             WORD(FUTEX_WAKE),
                                             WORD(FUTEX_REQUEUE),
                                             WORD(FUTEX_CMP_REQUEUE),
                                             WORD(FUTEX_WAKE_OP),
                                             WORD(FUTEX_LOCK_PI),
                                             WORD(FUTEX_UNLOCK_PI),
                                             WORD(FUTEX_TRYLOCK_PI),
                                             WORD(FUTEX_WAIT_BITSET),
                                             WORD(FUTEX_WAKE_BITSET),
                                             WORD(FUTEX_LOCK_PI2),
                                             WORD(FUTEX_FD),
                                             WORD(77)};
    static const struct word flags[] = {WORD(FUTEX_PRIVATE_FLAG), WORD(FUTEX_CLOCK_REALTIME)};
    static uint32_t words[4];
    uint32_t *first = &words[pick(4)], *second = &words[pick(4)];
    const long operation = pick_word(operations) | pick_flags(flags, 3);
    const uint32_t expected = NOBODY + (uint32_t)pick(3), bits = one_in(4) ? 0 : (uint32_t)pick(1000),
                   coded = (uint32_t)(pick(16) << 28 | pick(6) << 24 | (0x81c + pick(4)) << 12 | pick(4));
    static const struct timespec passed = {0, 1};
    const bool is_wake = (operation & 127) == FUTEX_WAKE_OP || (operation & 127) == FUTEX_REQUEUE ||
                         (operation & 127) == FUTEX_CMP_REQUEUE;
    if ((operation & 127) == FUTEX_WAKE_OP && (*second & FUTEX_TID_MASK) != 0 &&
        *second < NOBODY) /* an id would be changed */
        return;
    say(" %zd %zd %u %#x", first - words, second - words, expected, is_wake ? coded : bits);
    uint32_t *word = one_in(30) ? (uint32_t *)((char *)first + 1) : first;
    say_result(syscall(SYS_futex, word, operation, expected, is_wake ? (void *)1 : (void *)&passed, second,
                       is_wake ? coded : bits));
    say(" ");
    for (size_t i = 0; i < 4; i++)
        say(" %x%s", words[i] & ~(uint32_t)FUTEX_TID_MASK,
            (words[i] & FUTEX_TID_MASK) == (uint32_t)gettid() ? "own" : "");
    if (one_in(4)) {
        const size_t which = pick(4);
        words[which] = one_in(3) ? 0 : NOBODY + (uint32_t)pick(3);
        say(" now %zu is %u", which, words[which]);
    }
}

static const struct step futex_steps[] = {STEP(futex)};
const struct steps g_futex_steps = {futex_steps, COUNT(futex_steps)};
