// SPDX-License-Identifier: MIT
// Shared memory of System V: keys, attaching, what is told of a segment, removal, processes.
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include "show.h"

static key_t g_key;

static void *show_attach(const char *what, int id, void *address, int flags)
{
    char *at = shmat(id, address, flags);
    if (at == (char *)-1)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %s\n", what, address == NULL || at == address ? "attached" : "attached elsewhere");
    fflush(stdout);
    return at;
}

static void show_segment(const char *what, int id)
{
    struct shmid_ds data;
    if (show(what, shmctl(id, IPC_STAT, &data)) < 0)
        return;
    printf("  key %s, mode %o, size %zu, attached %lu, creator %d, last %d, times %d %d %d\n",
           data.shm_perm.__key == g_key ? "the"
           : data.shm_perm.__key == 0   ? "0"
                                        : "other",
           data.shm_perm.mode, data.shm_segsz, (unsigned long)data.shm_nattch, data.shm_cpid == getpid(),
           data.shm_lpid == getpid(), data.shm_atime != 0, data.shm_dtime != 0, data.shm_ctime != 0);
    fflush(stdout);
}

static void making(void)
{
    show_id("no such key", shmget(g_key, 100, 0600));
    show_id("size 0", shmget(g_key, 0, IPC_CREAT | 0600));
    show_id("too large", shmget(g_key, (size_t)-1, IPC_CREAT | 0600));
    const int id = shmget(g_key, 10000, IPC_CREAT | IPC_EXCL | 0640);
    show_id("made", id);
    show_id("again", shmget(g_key, 10000, IPC_CREAT | IPC_EXCL | 0600));
    printf("the same: %d\n", shmget(g_key, 0, 0) == id);
    show_id("smaller", shmget(g_key, 5000, IPC_CREAT | 0600));
    show_id("larger", shmget(g_key, 10001, 0600));
    show_segment("stat", id);
    show("remove", shmctl(id, IPC_RMID, NULL));
    show("remove again", shmctl(id, IPC_RMID, NULL));
    show_segment("stat", id);
    show_id("no such key", shmget(g_key, 100, 0600));
    show("negative", shmctl(-1, IPC_STAT, NULL));
    show("huge", shmctl(0x7fffffff, IPC_RMID, NULL));
}

static void attaching(void)
{
    const int id = shmget(IPC_PRIVATE, 3 * 4096 - 10, 0600);
    char *a = show_attach("attach", id, NULL, 0);
    printf("zero: %d\n", a[0] == 0 && a[3 * 4096 - 1] == 0);
    strcpy(a + 5000, "hello");
    char *b = show_attach("attach, to read", id, NULL, SHM_RDONLY);
    printf("%s\n", b + 5000);
    show_segment("stat", id);
    show("mprotect", mprotect(b, 4096, PROT_READ | PROT_WRITE));
    show_attach("not aligned", id, a + 100, 0);
    show_attach("rounded onto another", id, a + 100, SHM_RND);
    show_attach("onto another", id, b, 0);
    show_attach("remap NULL", id, NULL, SHM_REMAP);
    show_attach("remap", id, b, SHM_REMAP);
    strcpy(b, "written by b");
    printf("%s\n", a);
    show_segment("stat", id);
    show("detach in the middle", shmdt(a + 4096));
    show("detach not aligned", shmdt(a + 1));
    show("detach", shmdt(a));
    show("detach again", shmdt(a));
    show("detach NULL", shmdt(NULL));
    show_segment("stat", id);
    show_attach("at the old place", id, a, 0);
    printf("%s, %s\n", a, a + 5000);
    munmap(a, 4096);
    show_segment("a part is unmapped", id);
    munmap(a + 4096, 2 * 4096);
    show_segment("all is unmapped", id);
    show("remove while attached", shmctl(id, IPC_RMID, NULL));
    show_segment("stat", id);
    printf("%s\n", b);
    show_attach("attach a removed one", id, a, 0);
    show("detach", shmdt(a));
    show("detach the last", shmdt(b));
    show_segment("stat", id);
    show_attach("attach none", id, NULL, 0);
    show_attach("negative", -1, NULL, 0);
}

static void setting(void)
{
    struct shmid_ds data;
    struct shminfo info;
    const int id = shmget(g_key, 100, IPC_CREAT | 0600);
    show("IPC_STAT wild", shmctl(id, IPC_STAT, (void *)8));
    show("stat", shmctl(id, IPC_STAT, &data));
    data.shm_perm.mode = 0666;
    show("set", shmctl(id, IPC_SET, &data));
    show_segment("stat", id);
    show("set wild", shmctl(id, IPC_SET, (void *)8));
    show("lock", shmctl(id, SHM_LOCK, NULL));
    show_segment("stat", id);
    show("unlock", shmctl(id, SHM_UNLOCK, NULL));
    show("unknown", shmctl(id, 99, NULL));
    show("info", shmctl(0, IPC_INFO, (struct shmid_ds *)&info) >= 0);
    printf("  %lu %lu\n", info.shmmin, info.shmmax);
    // Without rights.
    data.shm_perm.mode = 0;
    shmctl(id, IPC_SET, &data);
    fflush(stdout);
    if (fork() == 0) {
        if (setuid(1234) == 0) {
            show_id("get", shmget(g_key, 100, 0600));
            show_id("get 0", shmget(g_key, 100, 0));
            show_attach("attach", id, NULL, 0);
            show("stat", shmctl(id, IPC_STAT, &data));
            show("set", shmctl(id, IPC_SET, &data));
            show("remove", shmctl(id, IPC_RMID, NULL));
        }
        _exit(0);
    }
    wait(NULL);
    shmctl(id, IPC_RMID, NULL);
}

static void processes(void)
{
    const int id = shmget(g_key, 8192, IPC_CREAT | 0600);
    int *a = shmat(id, NULL, 0);
    a[0] = 1;
    if (fork() == 0) {
        struct shmid_ds data;
        shmctl(id, IPC_STAT, &data);
        printf("child: %lu attached, %d\n", (unsigned long)data.shm_nattch, a[0]);
        int *b = shmat(shmget(g_key, 0, 0), NULL, 0);
        b[1] = 2;
        shmctl(id, IPC_STAT, &data);
        printf("child: %lu attached\n", (unsigned long)data.shm_nattch);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("parent: %d %d\n", a[0], a[1]);
    show_segment("after the child", id);
    // One that is made after the fork, by the child.
    int pipe_fds[2];
    pipe(pipe_fds);
    if (fork() == 0) {
        const int other = shmget(g_key + 1, 4096, IPC_CREAT | 0600);
        strcpy(shmat(other, NULL, 0), "from the child");
        write(pipe_fds[1], "x", 1);
        wait_ms(50);
        kill(getpid(), SIGKILL);
    }
    char byte;
    read(pipe_fds[0], &byte, 1);
    const int other = shmget(g_key + 1, 0, 0);
    char *b = shmat(other, NULL, SHM_RDONLY);
    printf("%s\n", b);
    wait(NULL);
    struct shmid_ds data;
    shmctl(other, IPC_STAT, &data);
    printf("attached when the child is dead: %lu\n", (unsigned long)data.shm_nattch);
    shmctl(other, IPC_RMID, NULL);
    shmdt(b);
    show("it is gone", shmctl(other, IPC_STAT, &data));
    shmctl(id, IPC_RMID, NULL);
    shmdt(a);
    // What was used before is zero again.
    const int again = shmget(IPC_PRIVATE, 8192, 0600);
    a = shmat(again, NULL, 0);
    printf("zero: %d %d\n", a[0], a[1]);
    shmctl(again, IPC_RMID, NULL);
    shmdt(a);
}

int main(void)
{
    g_key = 0x5a000000 + getpid() * 4;
    making();
    attaching();
    setting();
    processes();
    return 0;
}
