/* SPDX-License-Identifier: MIT */
/* Files of the kernel's own that are read now and then, by which system calls are saved: opened before the guard closes the
 * way to them, and left open in all processes of the instance. Knows nothing of what is in them. */
#ifndef PAL_HOST_LINUX_LINUX_SOURCE_H
#define PAL_HOST_LINUX_LINUX_SOURCE_H

enum linux_source {
    LINUX_SOURCE_RANDOM, /* /dev/urandom (random(4)), or a file that ends; to be read where the last read has ended */
    LINUX_SOURCE_SWAPS,  /* /proc/swaps (proc(5)) */
    LINUX_SOURCES
};

/* Open those that are not open yet; the guard calls it. */
void linux_sources_open(void);

/* A descriptor to read from, or -errno: the host does not have it. Opens it where no guard is. */
int linux_source(enum linux_source source);

/* The same, or -1 if it is not open. */
int linux_source_held(enum linux_source source);

/* Close it; it is opened anew when it is wanted. No other thread may use it. */
void linux_source_close(enum linux_source source);

#endif
