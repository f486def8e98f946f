// SPDX-License-Identifier: MIT
// Threads that make, rename, read and remove the same files of a tmpfs; what is left must be consistent.
#include "fs_report.h"
#include "memory_directory.h"
#include <dirent.h>
#include <pthread.h>

#define THREADS 4
#define ROUNDS  4000

static int g_wrong;

static void *work(void *arg)
{
    unsigned seed = (unsigned)(long)arg * 7919 + 1;
    char a[32], b[32], text[64];
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245 + 12345;
        snprintf(a, sizeof(a), "f%u", seed >> 16 & 7);
        snprintf(b, sizeof(b), "d/f%u", seed >> 20 & 7);
        int fd = open(a, O_RDWR | O_CREAT, 0644);
        if (fd >= 0) {
            memset(text, 'a' + (int)(seed >> 24 & 15), sizeof(text));
            if (pwrite(fd, text, sizeof(text), 0) != sizeof(text))
                __atomic_fetch_add(&g_wrong, 1, __ATOMIC_RELAXED);
            long size = pread(fd, text, sizeof(text), 0);
            if (size != sizeof(text))
                __atomic_fetch_add(&g_wrong, 1, __ATOMIC_RELAXED);
            close(fd);
        }
        if (seed >> 28 & 1)
            rename(a, b);
        else
            link(a, b);
        if (seed >> 29 & 1)
            unlink(b);
        if ((i & 63) == 0) {
            DIR *dir = opendir("d");
            while (dir && readdir(dir))
                ;
            if (dir)
                closedir(dir);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    const char *memory = enter_memory();
    R(mkdir("d", 0755));
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("wrong: %d\n", g_wrong);
    for (int i = 0; i < 8; i++) {
        char a[32];
        snprintf(a, sizeof(a), "f%d", i);
        unlink(a);
        snprintf(a, sizeof(a), "d/f%d", i);
        unlink(a);
    }
    R(rmdir("d"));
    leave_memory(memory);
    return 0;
}
