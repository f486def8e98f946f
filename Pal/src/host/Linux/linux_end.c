/* SPDX-License-Identifier: MIT */
/* How a child has ended. Knows no handle. */
#include "linux_end.h"
#include <asm/poll.h>
#include <linux/mman.h>
#include "linux_clock.h"
#include "linux_error.h"
#include "linux_signal.h"
#include "pal_host.h"
#include "sys_linux.h"

/* The first that tells how a process has ended which nobody waits for. */
#define VERSION_THAT_TELLS 0x060f00

/* What wait(2) has in one word. */
#define WAIT_SIGNAL 0x7f
#define WAIT_CODE   8

/* A last word is not 0, which is silence. */
#define CODE_MASK 0xffu
#define IS_SAID   0x100u

/* Between the end of a process and the last trace of it is a moment; or as long as a debugger takes. */
#define TRACE_LIMIT_S 10

/* Where this process's goes. */
static uint32_t *g_last_word;

/***** The parent *****/

int linux_end_expect(uint32_t **out_word)
{
    *out_word = NULL;
    if (linux_kernel_version() >= VERSION_THAT_TELLS)
        return 0;
    const long mapped = sys_mmap(NULL, sizeof(**out_word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if ((unsigned long)mapped > -4096ul)
        return -PAL_ERROR_NOMEM;
    *out_word = (void *)mapped;
    return 0;
}

void linux_end_hide(uint32_t *word)
{
    if (word)
        sys_madvise(word, sizeof(*word), MADV_DONTFORK);
}

void linux_end_forget(uint32_t *word)
{
    if (word)
        sys_munmap(word, sizeof(*word));
}

bool linux_comes_to_its_end(int fd, short events, int64_t limit_s)
{
    struct pollfd end = {.fd = fd, .events = events};
    struct __kernel_timespec limit = {.tv_sec = limit_s};
    return sys_poll_within(&end, 1, &limit) > 0 && (events == POLLIN || end.revents & POLLHUP);
}

static bool ask_kernel(int pidfd, int *out_code)
{
    struct linux_pidfd_info info = {.mask = LINUX_PIDFD_INFO_EXIT};
    if (sys_ioctl(pidfd, LINUX_PIDFD_GET_INFO, &info) < 0 || !(info.mask & LINUX_PIDFD_INFO_EXIT))
        return false;
    const int signal = info.exit_code & WAIT_SIGNAL;
    *out_code = signal ? LINUX_EXIT_SIGNAL + signal : info.exit_code >> WAIT_CODE & (int)CODE_MASK;
    return true;
}

static int said(const uint32_t *word)
{
    const uint32_t last = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    return last ? (int)(last & CODE_MASK) : LINUX_EXIT_SIGNAL + SIGKILL;
}

bool linux_end_of(int pidfd, const uint32_t *word, int *out_code)
{
    if (!word && ask_kernel(pidfd, out_code))
        return true;
    if (!linux_comes_to_its_end(pidfd, POLLIN, 0))
        return false;
    if (word)
        *out_code = said(word);
    else if (!linux_comes_to_its_end(pidfd, 0, TRACE_LIMIT_S) || !ask_kernel(pidfd, out_code))
        *out_code = LINUX_EXIT_SIGNAL + SIGKILL;
    return true;
}

/***** The child *****/

void linux_end_begin(uint32_t *word)
{
    if (!word)
        return;
    g_last_word = word;
    linux_end_hide(word);
}

void linux_end_tell(int code)
{
    if (g_last_word)
        __atomic_store_n(g_last_word, IS_SAID | ((uint32_t)code & CODE_MASK), __ATOMIC_RELEASE);
}
