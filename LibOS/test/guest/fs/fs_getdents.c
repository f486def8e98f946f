// SPDX-License-Identifier: MIT
// Large directories of a tmpfs, and of host files: the old and the new form of records, names removed while they are read,
// the places that telldir tells.
#include "fs_report.h"
#include "memory_directory.h"
#include <dirent.h>
#include <stdbool.h>

struct record {
    unsigned long inode, offset;
    unsigned short size;
    char rest[];
};

// Read a directory in pieces: each name has to come exactly once, with its kind.
static void count(const char *name, int number, unsigned room, int files)
{
    static char seen[3000];
    long buffer[4096 / 8], size;
    int fd = open(name, O_RDONLY | O_DIRECTORY), entries = 0, wrong = 0;
    memset(seen, 0, sizeof(seen));
    while ((size = syscall(number, fd, buffer, room)) > 0)
        for (long at = 0; at < size;) {
            struct record *r = (struct record *)((char *)buffer + at);
            bool new = number == SYS_getdents64;
            const char *text = new ? r->rest + 1 : r->rest;
            int kind = new ? r->rest[0] : ((char *)r)[r->size - 1];
            int n = *text == 'x' ? atoi(text + 1) : -1;
            if (n >= 0)
                wrong += n >= files || seen[n]++ || kind != DT_REG;
            entries++;
            at += r->size;
        }
    printf("%s, %u: %d entries, %d wrong, end %ld\n", number == SYS_getdents64 ? "new" : "old", room, entries, wrong,
           size);
    close(fd);
}

static void places(const char *name)
{
    char first[300], again[300];
    DIR *dir = opendir(name);
    for (int i = 0; i < 700; i++)
        readdir(dir);
    long place = telldir(dir);
    strcpy(first, readdir(dir)->d_name);
    while (readdir(dir))
        ;
    seekdir(dir, place);
    strcpy(again, readdir(dir)->d_name);
    printf("the same again: %d\n", strcmp(first, again) == 0);
    closedir(dir);
}

static void all(int files)
{
    char name[64];
    R(mkdir("large", 0755));
    for (int i = 0; i < files; i++) {
        snprintf(name, sizeof(name), "large/x%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    count("large", SYS_getdents64, 4096, files);
    count("large", SYS_getdents64, 48, files);
    count("large", SYS_getdents, 4096, files);
    count("large", SYS_getdents, 48, files);
    places("large");
    DIR *dir = opendir("large");
    int removed = 0, left = 0;
    for (struct dirent *e; (e = readdir(dir));)
        removed += e->d_name[0] == 'x' && unlinkat(dirfd(dir), e->d_name, 0) == 0;
    rewinddir(dir);
    while (readdir(dir))
        left++;
    closedir(dir);
    printf("removed while reading: %d, left %d\n", removed, left);
    R(rmdir("large"));
}

int main(void)
{
    all(1000);
    const char *memory = enter_memory();
    printf("-- tmpfs\n");
    all(2000);
    leave_memory(memory);
    return 0;
}
