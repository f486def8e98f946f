/* SPDX-License-Identifier: MIT */
/* Files of the kernel's own that are read now and then. */
#include "linux_source.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include "linux_guard.h"
#include "pal_host.h"
#include "sys_linux.h"
#include "sys_start.h"

/* Bytes of random bits for an instance that cannot have more. */
#define POOL_SIZE ((size_t)256 * 1024)
#define POOL_STEP 2048

/* 1 more than the descriptor; 0 = not open. Children have them, too. */
LINUX_KEPT static int g_sources[LINUX_SOURCES];

int linux_source_held(enum linux_source source)
{
    return __atomic_load_n(&g_sources[source], __ATOMIC_RELAXED) - 1;
}

/* Without /dev/urandom, as in a bare chroot(2): a file of bits that the kernel gives now. All processes of the instance read from
 * it at one position, so that no bit is read twice. */
static int fill_pool(int fd)
{
    char bits[POOL_STEP];
    for (size_t filled = 0; filled < POOL_SIZE;) {
        const long got = sys_getrandom(bits, sizeof(bits), 0);
        const long put = got > 0 ? sys_pwrite64(fd, bits, (size_t)got, filled) : got;
        if (put < 0 && put != -EINTR)
            return (int)put;
        filled += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static int make_pool(void)
{
    const int fd = sys_memfd_create("random", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const int result = fd < 0 ? fd : fill_pool(fd);
    if (result < 0 && fd >= 0)
        sys_close(fd);
    return result < 0 ? result : fd;
}

static int open_source(enum linux_source source)
{
    static const char *const paths[LINUX_SOURCES] = {
        [LINUX_SOURCE_RANDOM] = "/dev/urandom", [LINUX_SOURCE_SWAPS] = "/proc/swaps"};
    const int fd = sys_openat(AT_FDCWD, paths[source], O_RDONLY | O_CLOEXEC, 0);
    return fd < 0 && source == LINUX_SOURCE_RANDOM && !linux_guard_is_on() ? make_pool() : fd;
}

int linux_source(enum linux_source source)
{
    int held = linux_source_held(source) + 1;
    if (held > 0)
        return held - 1;
    const int fd = open_source(source);
    if (fd < 0 ||
        __atomic_compare_exchange_n(&g_sources[source], &held, fd + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return fd;
    sys_close(fd); /* another thread was faster */
    return held - 1;
}

void linux_source_close(enum linux_source source)
{
    const int fd = linux_source_held(source);
    g_sources[source] = 0;
    if (fd >= 0)
        sys_close(fd);
}

void linux_sources_open(void)
{
    for (int source = 0; source < LINUX_SOURCES; source++)
        (void)linux_source((enum linux_source)source);
}
