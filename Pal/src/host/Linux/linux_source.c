/* SPDX-License-Identifier: MIT */
/* Files of the kernel's own that are read now and then. */
#include "linux_source.h"
#include <linux/fcntl.h>
#include "pal_host.h"
#include "sys_linux.h"

/* 1 more than the descriptor; 0 = not open. Children have them, too. */
LINUX_KEPT static int g_sources[LINUX_SOURCES];

int linux_source_held(enum linux_source source)
{
    return __atomic_load_n(&g_sources[source], __ATOMIC_RELAXED) - 1;
}

int linux_source(enum linux_source source)
{
    static const char *const paths[LINUX_SOURCES] = {
        [LINUX_SOURCE_RANDOM] = "/dev/urandom", [LINUX_SOURCE_SWAPS] = "/proc/swaps"};
    int held = linux_source_held(source) + 1;
    if (held > 0)
        return held - 1;
    const int fd = sys_openat(AT_FDCWD, paths[source], O_RDONLY | O_CLOEXEC, 0);
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
