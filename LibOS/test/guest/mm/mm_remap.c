// SPDX-License-Identifier: MIT
// mremap: growing, shrinking, moving, to a place and without unmapping; files, shared memory; errors.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_touch.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static char *map(size_t size)
{
    return mmap(NULL, size, RW, ANON, -1, 0);
}

static void *remap(void *old, size_t old_size, size_t new_size, int flags, void *new)
{
    return (void *)syscall(SYS_mremap, old, old_size, new_size, flags, new);
}

static void fill(char *at, size_t pages)
{
    for (size_t i = 0; i < pages; i++)
        at[i * PAGE] = (char)(i + 1);
}

static int is_filled(const char *at, size_t pages)
{
    size_t good = 0;
    for (size_t i = 0; i < pages; i++)
        good += at[i * PAGE] == (char)(i + 1);
    return good == pages;
}

static void sizes(void)
{
    puts("# sizes");
    char *room = map(64 * PAGE), *a = room + 8 * PAGE;
    munmap(room, 64 * PAGE);
    mmap(a, 8 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    fill(a, 8);
    printf("shrink: %d\n", remap(a, 8 * PAGE, 4 * PAGE, 0, 0) == a);
    printf("end: %s\n", touch(a + 4 * PAGE, 0));
    printf("the same: %d\n", remap(a, 4 * PAGE, 4 * PAGE, 0, 0) == a);
    printf("grow in place: %d\n", remap(a, 4 * PAGE, 6 * PAGE, 0, 0) == a);
    printf("kept: %d, new: %d\n", is_filled(a, 4), a[4 * PAGE]);
    mmap(a + 6 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
    show_pointer("no room", remap(a, 6 * PAGE, 8 * PAGE, 0, 0));
    char *b = show_pointer("may move", remap(a, 6 * PAGE, 20 * PAGE, MREMAP_MAYMOVE, 0));
    printf("moved: %d, kept: %d, new: %d %d\n", b != a, is_filled(b, 4), b[6 * PAGE], b[19 * PAGE]);
    printf("old: %s\n", touch(a, 0));
    printf("odd sizes: %d\n", remap(b, 19 * PAGE + 1, 17 * PAGE - 1, 0, 0) == b);
    printf("end: %s", touch(b + 16 * PAGE, 0));
    printf(", %s\n", touch(b + 17 * PAGE, 0));
    munmap(b, 20 * PAGE);
    munmap(a + 6 * PAGE, PAGE);

    puts("# parts");
    a = map(10 * PAGE);
    fill(a, 10);
    b = show_pointer("middle", remap(a + 3 * PAGE, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE, 0));
    printf("contents: %d %d %d %d\n", b[0], b[PAGE], b[2 * PAGE], b[3 * PAGE]);
    printf("around: %s ", touch(a + 2 * PAGE, 0));
    printf("%s ", touch(a + 3 * PAGE, 0));
    printf("%s\n", touch(a + 6 * PAGE, 0));
    munmap(a, 10 * PAGE);
    munmap(b, 5 * PAGE);
}

static void places(void)
{
    puts("# places");
    char *a = map(4 * PAGE), *room = map(16 * PAGE);
    fill(a, 4);
    char *b = remap(a, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 2 * PAGE);
    printf("fixed: %d, kept: %d\n", b == room + 2 * PAGE, is_filled(b, 4));
    printf("old: %s\n", touch(a, 0));
    b = remap(room + 2 * PAGE, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 10 * PAGE);
    printf("fixed and larger: %d, kept: %d, new: %d\n", b == room + 10 * PAGE, is_filled(b, 4), b[5 * PAGE]);
    char *c = remap(b, 6 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
    printf("fixed and smaller: %d, kept: %d\n", c == room, is_filled(c, 2));
    printf("rest: %s\n", touch(b + 2 * PAGE, 0));
    munmap(room, 16 * PAGE);

    a = map(4 * PAGE);
    fill(a, 4);
    b = show_pointer("do not unmap", remap(a, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
    printf("kept: %d, old is empty: %d %d\n", is_filled(b, 4), a[0], a[3 * PAGE]);
    a[0] = 9;
    printf("apart: %d %d\n", a[0], b[0]);
    munmap(a, 4 * PAGE);
    munmap(b, 4 * PAGE);
}

static void files(void)
{
    char data[4 * PAGE];
    puts("# files");
    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / PAGE + 1);
    write(fd, data, sizeof(data));
    char *a = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, PAGE);
    char *block = mmap(a + 2 * PAGE, PAGE, PROT_NONE, ANON, -1, 0);
    char *b = show_pointer("shared grows", remap(a, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE, 0));
    printf("contents: %d %d %d\n", b[0], b[PAGE], b[2 * PAGE]);
    printf("behind the file: %s\n", touch(b + 3 * PAGE, 0));
    b[1] = 77;
    pread(fd, data, 2, PAGE);
    printf("still the file: %d\n", data[1]);
    char *c = show_pointer("once more (size 0)", remap(b, 0, 2 * PAGE, MREMAP_MAYMOVE, 0));
    c[2] = 78;
    printf("the same memory: %d\n", b[2]);
    munmap(b, 4 * PAGE);
    munmap(c, 2 * PAGE);
    munmap(block, PAGE);

    a = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, fd, 0);
    a[0] = 50;
    b = show_pointer("private moves", remap(a, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(3 * PAGE)));
    printf("contents: %d %d %d\n", b[0], b[PAGE], b[2 * PAGE]);
    show_pointer("private, size 0", remap(b, 0, PAGE, MREMAP_MAYMOVE, 0));
    munmap(b, 3 * PAGE);

    a = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    a[PAGE] = 5;
    b = show_pointer("shared memory moves", remap(a, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(2 * PAGE)));
    printf("contents: %d\n", b[PAGE]);
    munmap(b, 2 * PAGE);
    close(fd);
    unlink("file");
}

static void errors(void)
{
    puts("# errors");
    char *a = map(8 * PAGE), *b = map(8 * PAGE);
    mprotect(a + 4 * PAGE, PAGE, PROT_READ);
    show_pointer("unknown flag", remap(a, PAGE, PAGE, 8, 0));
    show_pointer("fixed alone", remap(a, PAGE, PAGE, MREMAP_FIXED, b));
    show_pointer("do not unmap alone", remap(a, PAGE, PAGE, MREMAP_DONTUNMAP, 0));
    show_pointer("do not unmap, other size", remap(a, PAGE, 2 * PAGE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 0));
    show_pointer("unaligned", remap(a + 1, PAGE, PAGE, MREMAP_MAYMOVE, 0));
    show_pointer("new size 0", remap(a, PAGE, 0, MREMAP_MAYMOVE, 0));
    show_pointer("new place unaligned", remap(a, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b + 1));
    show_pointer("overlap", remap(a, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + PAGE));
    show_pointer("new place beyond", remap(a, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x7ffffffff000));
    show_pointer("not mapped", remap((void *)0x10000, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0));
    show_pointer("two mappings, growing", remap(a, 5 * PAGE, 9 * PAGE, MREMAP_MAYMOVE, 0));
    show_pointer("huge", remap(a, PAGE, 1ul << 46, MREMAP_MAYMOVE, 0));
    show_pointer("two mappings, shrinking", remap(a, 5 * PAGE, PAGE, 0, 0) == a ? a : MAP_FAILED);
    munmap(a, 8 * PAGE);
    munmap(b, 8 * PAGE);
}

static void show_pages(const char *what, const char *at, int count)
{
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d", at[(size_t)i * PAGE]);
    putchar('\n');
}

static void other_order(char *a, const char *name)
{
    printf("of %s\n", name);
    fill(a, 4);
    show("the last page first", remap_file_pages(a, PAGE, 0, 3, 0));
    show("two in the middle of the file, at the end", remap_file_pages(a + 2 * PAGE, 2 * PAGE, 0, 1, 0));
    show_pages("pages", a, 4);
    a[0] = 40;
    show("across what is in pieces now", remap_file_pages(a, 4 * PAGE, 0, 0, MAP_NONBLOCK));
    show_pages("in their order", a, 4);
    show("lengths and places are cut", remap_file_pages(a + 5, PAGE + 5, 0, 1, 0));
    show_pages("pages", a, 4);
}

static void pages_of_files(void)
{
    puts("# remap_file_pages");
    const int fd = open("file", O_RDWR | O_CREAT, 0600);
    if (ftruncate(fd, 4 * PAGE) < 0)
        perror("ftruncate");
    char *a = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    other_order(a, "a file");
    show("protection", remap_file_pages(a, PAGE, PROT_READ, 0, 0));
    show("nothing", remap_file_pages(a, 100, 0, 0, 0));
    show("a page beyond all", remap_file_pages(a, PAGE, 0, ~0ul, 0));
    mprotect(a + PAGE, PAGE, PROT_READ);
    show("two protections", remap_file_pages(a, 4 * PAGE, 0, 0, 0));
    munmap(a + 3 * PAGE, PAGE);
    show("more than is mapped", remap_file_pages(a + 2 * PAGE, 2 * PAGE, 0, 0, 0));
    show("nothing is mapped", remap_file_pages(a + 3 * PAGE, PAGE, 0, 0, 0));
    munmap(a, 3 * PAGE);
    a = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
    show("private", remap_file_pages(a, PAGE, 0, 1, 0));
    munmap(a, 4 * PAGE);
    a = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    other_order(a, "shared memory");
    munmap(a, 4 * PAGE);
    close(fd);
    unlink("file");
}

int main(void)
{
    touch_begin(0);
    sizes();
    places();
    files();
    errors();
    pages_of_files();
    return 0;
}
