/* SPDX-License-Identifier: MIT */
/* What mmap and mremap find fault with first. Found by random sequences of calls (test/fuzz/same.c). */
#include "report.h"
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGE  4096ul
#define PLACE ((char *)0x100000000000) /* far from all else */

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* The place relative to PLACE. */
static long map(char *address, size_t size, int flags, int fd, long offset)
{
    char *at = mmap(address, size, PROT_READ, flags, fd, offset);
    return at == MAP_FAILED ? -1 : at - PLACE;
}

static long move(char *address, size_t size, size_t new_size, int flags, char *to)
{
    char *at = mremap(address, size, new_size, flags, to);
    return at == MAP_FAILED ? -1 : at - PLACE;
}

static void on_bus(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("signal %d at %ld\n", signal, (long)((char *)info->si_addr - PLACE));
    exit(0);
}

/* Memory that is shared does not get more when a mapping of it grows, nor when its contents are dropped. */
static void grown(void)
{
    const struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    puts("-- grown");
    R(map(PLACE, PAGE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    R(move(PLACE, PAGE, 2 * PAGE, 0, NULL));
    R(mprotect(PLACE, PAGE, PROT_READ | PROT_WRITE));
    R(*(volatile char *)PLACE = 1);
    R(mprotect(PLACE, 2 * PAGE, PROT_READ | PROT_WRITE));
    R(madvise(PLACE, 2 * PAGE, MADV_REMOVE));
    R(*(volatile char *)PLACE);
    R(*(volatile char *)(PLACE + PAGE));
}

int main(void)
{
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS, fd = open("file", O_CREAT | O_RDWR, 0644);
    setvbuf(stdout, NULL, _IONBF, 0);
    puts("-- hints");
    R(map(PLACE + 100, PAGE, anonymous, -1, 0));
    R(map(PLACE + 2 * PAGE - 1, PAGE, anonymous, -1, 0));
    R(munmap(PLACE, 2 * PAGE));
    puts("-- offsets");
    R(map(PLACE, PAGE, anonymous | MAP_FIXED, -1, -4096));
    R(map(PLACE, PAGE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, -4096));
    R(map(PLACE, PAGE, MAP_SHARED | MAP_FIXED, fd, -4096));
    R(map(PLACE, PAGE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, -4096));
    R(map(PLACE, PAGE, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, -4096));
    R(map(PLACE, PAGE, MAP_SHARED_VALIDATE | MAP_FIXED_NOREPLACE, fd, 0));
    R(map(PLACE + PAGE, PAGE, MAP_SHARED_VALIDATE | MAP_FIXED_NOREPLACE, fd, 0));
    puts("-- sizes");
    R(map(PLACE, INT64_MAX, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    R(map(PLACE, INT64_MAX, anonymous, -1, 0));
    R(move(PLACE, PAGE, INT64_MAX, MREMAP_MAYMOVE, NULL));
    R(munmap(PLACE, PAGE));
    puts("-- places");
    R(move(PLACE + PAGE, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, PLACE));
    R(move(PLACE + 5 * PAGE, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, PLACE));
    R(move(PLACE + 5 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, PLACE + 1));
    grown();
    return 0;
}
