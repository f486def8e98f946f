// SPDX-License-Identifier: MIT
// mmap and munmap: kinds of mappings, places, errors and their order.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_touch.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif

static void *map(unsigned long address, size_t size, int prot, int flags, int fd, off_t offset)
{
    return (void *)syscall(SYS_mmap, address, size, prot, flags, fd, offset);
}

static void anonymous(void)
{
    puts("# anonymous");
    char *a = show_pointer("3 pages", map(0, 3 * PAGE, RW, ANON, -1, 0));
    printf("zero: %d %d\n", a[0], a[3 * PAGE - 1]);
    a[0] = 1, a[2 * PAGE] = 3;
    show("unmap middle", munmap(a + PAGE, PAGE));
    printf("left: %d, right: %d\n", a[0], a[2 * PAGE]);
    printf("middle: %s\n", touch(a + PAGE, 0));
    void *again = map((unsigned long)a + PAGE, PAGE, RW, ANON, -1, 0);
    printf("hint that is free is taken: %d\n", again == a + PAGE);
    void *other = map((unsigned long)a, PAGE, RW, ANON, -1, 0);
    printf("hint that is not free is not: %d\n", other != a && other != MAP_FAILED);
    void *fixed = map((unsigned long)a + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    printf("fixed replaces: %d, %s\n", fixed == a + 2 * PAGE, touch(a + 2 * PAGE, 0));
    show_pointer("noreplace", map((unsigned long)a, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    show("unmap all", munmap(a, 3 * PAGE));
    show("unmap again", munmap(a, 3 * PAGE));
    printf("noreplace of what is free: %d\n", map((unsigned long)a, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == a);
    munmap(a, PAGE);
    munmap(other, PAGE);
    a = map(0, PAGE, PROT_NONE, ANON, -1, 0);
    printf("none: %s\n", touch(a, 0));
    munmap(a, PAGE);
    a = map(0, PAGE, PROT_READ, ANON, -1, 0);
    printf("read only: %s", touch(a, 0));
    printf(", %s\n", touch(a, 1));
    munmap(a, PAGE);
    a = map(0, 1, RW, ANON | MAP_POPULATE, -1, 0);
    printf("1 byte: %s\n", touch(a + PAGE - 1, 1));
    munmap(a, 1);
    printf("unmapped by 1 byte: %s\n", touch(a, 0));
    a = map(0, PAGE, RW, ANON | MAP_32BIT, -1, 0);
    printf("32 bit: %d\n", a != MAP_FAILED && (uintptr_t)a + PAGE <= 0x80000000ul);
    munmap(a, PAGE);
    a = map(0, 1ul << 34, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    show_pointer("16 GiB of addresses", a);
    show("a part of it", mprotect(a + (1ul << 33), PAGE, RW));
    printf("used: %s\n", touch(a + (1ul << 33), 1));
    munmap(a, 1ul << 34);
    a = map(0, 1ul << 40, RW, ANON | MAP_NORESERVE, -1, 0);
    show_pointer("1 TiB without reserve", a);
    printf("used: %s\n", touch(a + (1ul << 39), 1));
    munmap(a, 1ul << 40);
}

static void errors(int fd)
{
    puts("# errors");
    show_pointer("size 0", map(0, 0, RW, ANON, -1, 0));
    show_pointer("huge size", map(0, -1ul, RW, ANON, -1, 0));
    show_pointer("larger than addresses", map(0, 1ul << 47, RW, ANON, -1, 0));
    show_pointer("too large for its address", map(0x7ffffffff000, 1ul << 46, RW, ANON | MAP_FIXED, -1, 0));
    show_pointer("no type", map(0, PAGE, RW, MAP_ANONYMOUS, -1, 0));
    show_pointer("both types, anonymous", map(0, PAGE, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE, -1, 0));
    show_pointer("unaligned fixed", map(0x10000001, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    show_pointer("unaligned offset", map(0, PAGE, RW, MAP_PRIVATE, fd, 1));
    show_pointer("unaligned offset, anonymous", map(0, PAGE, RW, ANON, -1, 1));
    show_pointer("bad descriptor", map(0, PAGE, RW, MAP_PRIVATE, -1, 0));
    show_pointer("bad descriptor and size 0", map(0, 0, RW, MAP_PRIVATE, 999, 0));
    show_pointer("offset wraps", map(0, 2 * PAGE, RW, MAP_PRIVATE, fd, (off_t)(-1ul & ~(PAGE - 1))));
    show_pointer("grows down, shared", map(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
    show_pointer("grows down, file", map(0, PAGE, RW, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0));
    show_pointer("unknown flag, validated", map(0, PAGE, RW, MAP_SHARED_VALIDATE | 0x200000, fd, 0));
    show_pointer("unknown flag, not validated", map(0, PAGE, RW, MAP_SHARED | 0x200000, fd, 0));
    show_pointer("MAP_SYNC, validated", map(0, PAGE, RW, MAP_SHARED_VALIDATE | 0x80000, fd, 0));
    show_pointer("known flags, validated", map(0, PAGE, RW, MAP_SHARED_VALIDATE | MAP_NORESERVE, fd, 0));
    show_pointer("huge pages of a file", map(0, PAGE, RW, MAP_PRIVATE | MAP_HUGETLB, fd, 0));
    show("unmap size 0", munmap((void *)0x10000000, 0));
    show("unmap unaligned", munmap((void *)0x10000001, PAGE));
    show("unmap wraps", munmap((void *)0x10000000, -PAGE));
    show("unmap beyond", munmap((void *)0x7ffffffff000, 2 * PAGE));
    show("unmap nothing", munmap((void *)0x10000, PAGE));
}

static void files(int fd, const char *name)
{
    char data[2 * PAGE + 100];
    puts("# files");
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / PAGE + 1);
    show("write", pwrite(fd, data, sizeof(data), 0));
    char *p = show_pointer("private", map(0, 4 * PAGE, RW, MAP_PRIVATE, fd, 0));
    printf("contents: %d %d %d %d\n", p[0], p[PAGE], p[2 * PAGE + 99], p[2 * PAGE + 100]);
    printf("behind the end: %s\n", touch(p + 3 * PAGE, 0));
    char *s = show_pointer("shared", map(0, PAGE, RW, MAP_SHARED, fd, PAGE));
    s[5] = 42;
    printf("seen by private: %d\n", p[PAGE + 5]);
    p[PAGE + 5] = 43;
    printf("private stays private: %d\n", s[5]);
    s[6] = 44;
    printf("and keeps its page: %d\n", p[PAGE + 6]);
    pread(fd, data, 10, PAGE);
    printf("read from the file: %d %d\n", data[5], data[6]);
    pwrite(fd, "\x07", 1, PAGE + 7);
    printf("written to the file: %d\n", s[7]);
    show("unmap", munmap(s, PAGE));
    show("unmap", munmap(p, 4 * PAGE));

    const int reader = open(name, O_RDONLY), writer = open(name, O_WRONLY);
    show_pointer("shared writable, read-only file", map(0, PAGE, RW, MAP_SHARED, reader, 0));
    p = show_pointer("shared readable, read-only file", map(0, PAGE, PROT_READ, MAP_SHARED, reader, 0));
    show("make it writable", mprotect(p, PAGE, RW));
    show("make it executable", mprotect(p, PAGE, PROT_READ | PROT_EXEC));
    munmap(p, PAGE);
    p = show_pointer("private writable, read-only file", map(0, PAGE, RW, MAP_PRIVATE, reader, 0));
    printf("written: %s\n", touch(p, 1));
    munmap(p, PAGE);
    show_pointer("write-only file, private", map(0, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
    show_pointer("write-only file, shared", map(0, PAGE, PROT_WRITE, MAP_SHARED, writer, 0));
    const int path = open(name, O_PATH);
    show_pointer("O_PATH", map(0, PAGE, PROT_READ, MAP_PRIVATE, path, 0));
    int pipes[2];
    pipe(pipes);
    show_pointer("pipe", map(0, PAGE, PROT_READ, MAP_PRIVATE, pipes[0], 0));
    const int directory = open(".", O_RDONLY);
    show_pointer("directory", map(0, PAGE, PROT_READ, MAP_PRIVATE, directory, 0));

    p = map(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    show("shared, made writable later", mprotect(p, PAGE, RW));
    p[9] = 99;
    pread(fd, data, 10, 0);
    printf("reaches the file: %d\n", data[9]);
    close(fd);
    printf("after close: %d\n", p[9]);
    unlink(name);
    p[9] = 98;
    printf("after unlink: %d\n", p[9]);
    const int zero = open("/dev/zero", O_RDWR);
    char *z = show_pointer("/dev/zero", map(0, PAGE, RW, MAP_PRIVATE, zero, 0));
    printf("zero: %s", touch(z, 0));
    printf(", %s\n", touch(z, 1));
    close(reader), close(writer), close(path), close(pipes[0]), close(pipes[1]), close(directory), close(zero);
}

static void shared_memory(void)
{
    puts("# shared memory");
    char *a = show_pointer("shared anonymous", map(0, 3 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    printf("zero: %d\n", a[2 * PAGE]);
    a[2 * PAGE] = 5;
    show("unmap first", munmap(a, PAGE));
    printf("stays: %d\n", a[2 * PAGE]);
    show("read only", mprotect(a + PAGE, 2 * PAGE, PROT_READ));
    printf("write: %s\n", touch(a + PAGE, 1));
    munmap(a, 3 * PAGE);
}

/* Many mappings, in no order, that must not disturb each other. */
static void many(void)
{
    enum { COUNT = 2000 };
    static struct {
        unsigned char *start;
        size_t size;
        int flags;
    } all[COUNT];
    unsigned random = 1;
    unsigned long sum = 0, wrong = 0;
    puts("# many");
    for (int round = 0; round < 20000; round++) {
        random = random * 1103515245 + 12345;
        const unsigned i = random / 65536 % COUNT;
        if (all[i].start) {
            for (size_t at = 0; at < all[i].size; at += PAGE)
                wrong += all[i].start[at] != i % 251 + 1;
            munmap(all[i].start, all[i].size);
            all[i].start = NULL;
            continue;
        }
        all[i].size = (random / 7 % 9 + 1) * PAGE;
        all[i].start = map(0, all[i].size, RW, ANON | (round % 3 ? 0 : MAP_NORESERVE), -1, 0);
        if (all[i].start == MAP_FAILED) {
            show_pointer("map", MAP_FAILED);
            return;
        }
        for (size_t at = 0; at < all[i].size; at += PAGE) {
            wrong += all[i].start[at] != 0;
            all[i].start[at] = (unsigned char)(i % 251 + 1);
        }
        sum += all[i].size;
    }
    printf("wrong: %lu of %lu\n", wrong, sum / PAGE);
    for (int i = 0; i < COUNT; i++) {
        if (all[i].start)
            munmap(all[i].start, all[i].size);
    }
}

int main(void)
{
    touch_begin(0);
    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    anonymous();
    errors(fd);
    files(fd, "file");
    shared_memory();
    many();
    return 0;
}
