// SPDX-License-Identifier: MIT
// flock: shared and exclusive, converting, waiting, closing; errors. Apart from record locks.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include "interrupts.h"
#include "show.h"

static int g_fd;

static void *wait_for(void *arg)
{
    (void)arg;
    show("had it at last", flock(g_fd, LOCK_EX));
    return NULL;
}

static void *wait_interrupted(void *arg)
{
    (void)arg;
    show("interrupted", flock(g_fd, LOCK_EX));
    return NULL;
}

int main(void)
{
    const struct sigaction action = {.sa_handler = do_nothing};
    pthread_t thread;
    int a = open("file", O_RDWR | O_CREAT, 0600), b = open("file", O_RDONLY), c = open("file", O_PATH);
    show("bad descriptor", flock(-1, LOCK_SH));
    show("bad operation", flock(a, 3));
    show("no operation", flock(a, 0));
    show("only non-blocking", flock(a, LOCK_NB));
    show("bad descriptor and operation", flock(-1, 3));
    show("O_PATH", flock(c, LOCK_SH));
    show("shared", flock(a, LOCK_SH));
    show("shared, another", flock(b, LOCK_SH | LOCK_NB));
    show("exclusive", flock(a, LOCK_EX | LOCK_NB));
    show("exclusive, another", flock(b, LOCK_EX | LOCK_NB)); /* the failure before took a's lock */
    show("shared", flock(a, LOCK_SH | LOCK_NB));
    show("unlock", flock(b, LOCK_UN));
    show("unlock again", flock(b, LOCK_UN));
    show("exclusive", flock(a, LOCK_EX));
    show("exclusive again", flock(a, LOCK_EX | LOCK_NB));
    show("shared, another", flock(b, LOCK_SH | LOCK_NB));
    show("down to shared", flock(a, LOCK_SH));
    show("shared, another", flock(b, LOCK_SH | LOCK_NB));
    flock(b, LOCK_UN);

    struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    show("record lock beside it", fcntl(a, F_SETLK, &record));

    show("exclusive", flock(a, LOCK_EX));
    int copy = dup(a);
    show("by a copy", flock(copy, LOCK_EX | LOCK_NB));
    close(a);
    show("the copy still has it", flock(b, LOCK_SH | LOCK_NB));
    show("the copy unlocks", flock(copy, LOCK_UN));
    show("shared, another", flock(b, LOCK_SH | LOCK_NB));

    g_fd = copy;
    pthread_create(&thread, NULL, wait_for, NULL);
    usleep(50000);
    puts("release");
    fflush(stdout);
    close(b);
    pthread_join(thread, NULL);
    g_fd = open("file", O_RDWR);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, wait_interrupted, NULL);
    interrupt(thread);
    pthread_create(&thread, NULL, wait_for, NULL);
    usleep(50000);
    const int result = flock(copy, LOCK_UN);
    pthread_join(thread, NULL);
    show("release", result);
    unlink("file");
    return 0;
}
