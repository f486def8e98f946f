// SPDX-License-Identifier: MIT
// Limits of memory: RLIMIT_AS, RLIMIT_DATA, the number of mappings. The process goes on after each.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "mm_show.h"

static void set(int resource, unsigned long value)
{
    struct rlimit limit;
    getrlimit(resource, &limit);
    limit.rlim_cur = value;
    show("setrlimit", setrlimit(resource, &limit));
}

static void address_space(void)
{
    puts("# addresses");
    char *a = mmap(NULL, 16 * PAGE, RW, ANON, -1, 0);
    set(RLIMIT_AS, PAGE);
    show_pointer("map", mmap(NULL, PAGE, RW, ANON, -1, 0));
    show_pointer("map nothing", mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0));
    show_pointer("grow", mremap(a, 16 * PAGE, 17 * PAGE, MREMAP_MAYMOVE));
    show_pointer("shrink", mremap(a, 4 * PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    show_pointer("in place of another", mmap(a, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    show("unmap", munmap(a, 8 * PAGE));
    set(RLIMIT_AS, RLIM_INFINITY);
    show_pointer("map", mmap(NULL, PAGE, RW, ANON, -1, 0));
}

static void data(void)
{
    puts("# data");
    char *a = mmap(NULL, 16 * PAGE, PROT_READ, ANON, -1, 0);
    set(RLIMIT_DATA, PAGE);
    show_pointer("map writable", mmap(NULL, PAGE, RW, ANON, -1, 0));
    show_pointer("map read-only", mmap(NULL, PAGE, PROT_READ, ANON, -1, 0));
    show_pointer("map shared", mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    show("make writable", mprotect(a, PAGE, RW));
    set(RLIMIT_DATA, RLIM_INFINITY);
    show("make writable", mprotect(a, PAGE, RW));
}

static void count(void)
{
    static char *all[70000];
    int made = 0;
    puts("# number");
    /* Neighbours that are not alike stay apart. */
    for (; made < 70000; made++) {
        all[made] = mmap(NULL, PAGE, made & 1 ? PROT_READ : PROT_NONE, ANON, -1, 0);
        if (all[made] == MAP_FAILED)
            break;
    }
    printf("some 65,000: %d, %s\n", made > 60000 && made < 65530, strerror(errno));
    for (int i = 0; i < made; i += 3)
        munmap(all[i], PAGE);
    show_pointer("after some are unmapped", mmap(NULL, PAGE, RW, ANON, -1, 0));
    for (int i = 0; i < made; i++)
        munmap(all[i], PAGE);
    void *block = malloc(1 << 20);
    printf("goes on: %d\n", block != NULL);
    free(block);
}

int main(void)
{
    static char out[8192];
    setvbuf(stdout, out, _IOLBF, sizeof(out));
    address_space();
    data();
    count();
    return 0;
}
