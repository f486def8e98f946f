// SPDX-License-Identifier: MIT
// Directories: listing, small buffers, positions, rewinding, names that come and go meanwhile.
#include "fs_report.h"
#include <dirent.h>

#define COUNT 300

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(DIR *dir)
{
    static char *names[COUNT + 10];
    int count = 0;
    struct dirent *entry;
    errno = 0;
    while ((entry = readdir(dir)) && count < COUNT + 10)
        names[count++] = strdup(entry->d_name);
    qsort(names, count, sizeof(names[0]), compare);
    printf("%d entries, first %s, last %s: %s\n", count, count ? names[0] : "", count ? names[count - 1] : "",
           strerror(errno));
    for (int i = 0; i < count; i++)
        free(names[i]);
}

struct entry64 {
    unsigned long ino;
    long off;
    unsigned short size;
    unsigned char type;
    char name[];
};

static long entries(int fd, void *buffer, size_t size)
{
    return syscall(SYS_getdents64, fd, buffer, size);
}

// Go through it in small steps, and from each place to the next.
static void steps(int fd)
{
    char buffer[512];
    long size, count = 0, wrong = 0;
    R(lseek(fd, 0, SEEK_SET));
    while ((size = entries(fd, buffer, 120)) > 0) {
        for (long at = 0; at < size;) {
            struct entry64 *entry = (struct entry64 *)(buffer + at);
            at += entry->size;
            count++;
        }
    }
    printf("%ld entries, last %ld\n", count, size);
    // Each cookie leads to the entry behind.
    static struct {
        long off;
        char name[32];
    } all[COUNT + 10];
    char large[32768];
    count = 0;
    lseek(fd, 0, SEEK_SET);
    while ((size = entries(fd, large, sizeof(large))) > 0) {
        for (long at = 0; at < size;) {
            struct entry64 *entry = (struct entry64 *)(large + at);
            all[count].off = entry->off;
            strncpy(all[count++].name, entry->name, 31);
            at += entry->size;
        }
    }
    for (int i = 0; i + 1 < count; i += 7) {
        if (lseek(fd, all[i].off, SEEK_SET) != all[i].off || entries(fd, buffer, 120) <= 0 ||
            strcmp(((struct entry64 *)buffer)->name, all[i + 1].name) != 0)
            wrong++;
    }
    printf("%ld entries, %ld wrong\n", count, wrong);
    R(lseek(fd, all[count - 1].off, SEEK_SET) == all[count - 1].off);
    R(entries(fd, buffer, sizeof(buffer)));
}

int main(void)
{
    char name[32], buffer[1024];
    R(mkdir("dir", 0755));
    DIR *dir = opendir("dir");
    list(dir);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "dir/file%03d", i);
        make_file(name, "x");
    }
    rewinddir(dir);
    list(dir);
    list(dir);
    rewinddir(dir);
    for (int i = 0; i < 10; i++)
        readdir(dir);
    long place = telldir(dir);
    struct dirent *entry = readdir(dir);
    strcpy(name, entry->d_name);
    for (int i = 0; i < 200; i++)
        readdir(dir);
    seekdir(dir, place);
    entry = readdir(dir);
    printf("the same: %d\n", strcmp(name, entry->d_name) == 0);
    rewinddir(dir);
    list(dir);
    closedir(dir);

    int fd = open("dir", O_RDONLY | O_DIRECTORY);
    steps(fd);
    R(lseek(fd, 0, SEEK_SET));
    R(entries(fd, buffer, 10));
    R(entries(fd, buffer, 0));
    R(entries(fd, WILD, 1024));
    R(entries(-1, buffer, 1024));
    R(entries(fd, buffer, 24));
    R(lseek(fd, -1, SEEK_SET));
    R(lseek(fd, 0, 17));
    close(fd);
    // Nobody says that it is a directory.
    fd = open("dir", O_RDONLY);
    steps(fd);
    int file = openat(fd, "file000", O_RDONLY);
    R(read(file, buffer, 10));
    R(entries(file, buffer, 1024));
    close(file);
    close(fd);
    fd = open("dir", O_RDONLY);
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "file%03d", i);
        if (unlinkat(fd, name, 0) < 0)
            printf("unlink %s: %s\n", name, strerror(errno));
    }
    R(rmdir("dir"));
    R(entries(fd, buffer, 1024));
    RFD(openat(fd, "x", O_RDWR | O_CREAT, 0600));
    close(fd);
    return 0;
}
