// SPDX-License-Identifier: MIT
// Message queues of System V: types, sizes, waiting, what is told of a queue, removal, processes.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "show.h"

static key_t g_key;
static int g_id;

struct message {
    long type;
    char text[9000];
};

static long put(long type, const char *text, int flags)
{
    struct message message = {.type = type};
    strcpy(message.text, text);
    return msgsnd(g_id, &message, strlen(text), flags);
}

static void take(const char *what, size_t size, long type, int flags)
{
    struct message message = {.type = -7};
    const long got = show(what, msgrcv(g_id, &message, size, type, flags));
    if (got >= 0)
        printf("  type %ld: %.*s\n", message.type, (int)got, message.text);
    fflush(stdout);
}

static void show_queue(const char *what)
{
    struct msqid_ds data;
    if (show(what, msgctl(g_id, IPC_STAT, &data)) < 0)
        return;
    printf("  mode %o, %lu messages, %lu of %lu bytes, sender %d, receiver %d, times %d %d %d\n", data.msg_perm.mode,
           (unsigned long)data.msg_qnum, (unsigned long)data.__msg_cbytes, (unsigned long)data.msg_qbytes,
           data.msg_lspid == getpid(), data.msg_lrpid == getpid(), data.msg_stime != 0, data.msg_rtime != 0,
           data.msg_ctime != 0);
}

static void making(void)
{
    show_id("no such key", msgget(g_key, 0600));
    g_id = msgget(g_key, IPC_CREAT | IPC_EXCL | 0640);
    show_id("made", g_id);
    show_id("again", msgget(g_key, IPC_CREAT | IPC_EXCL | 0640));
    printf("the same: %d\n", msgget(g_key, 0) == g_id);
    show_queue("stat");
    show("stat wild", msgctl(g_id, IPC_STAT, (void *)8));
    show("unknown", msgctl(g_id, 99, NULL));
    show("negative", msgctl(-1, IPC_STAT, NULL));
}

static void messages(void)
{
    struct message message = {.type = 1};
    show("type 0", put(0, "x", 0));
    show("type -1", put(-1, "x", 0));
    show("too large", msgsnd(g_id, &message, 8193, 0));
    show("wild", msgsnd(g_id, (void *)8, 1, 0));
    show("id", msgsnd(-1, &message, 1, 0));
    show("empty", put(5, "", 0));
    take("receive the empty one", 100, 0, 0);
    take("none", 100, 0, IPC_NOWAIT);
    put(3, "three", 0);
    put(1, "one", 0);
    put(2, "two", 0);
    put(1, "one again", 0);
    put(3, "three again", 0);
    show_queue("stat");
    take("of a type", 100, 2, 0);
    take("of a type that is not there", 100, 2, IPC_NOWAIT);
    take("lowest", 100, -2, 0);
    take("lowest", 100, -3, 0);
    take("lowest of none", 100, -2, IPC_NOWAIT);
    put(7, "seven", 0);
    take("except", 100, 3, MSG_EXCEPT);
    take("too small", 4, 0, 0);
    take("cut off", 4, 0, MSG_NOERROR);
    take("rest", 100, 0, 0);
    take("negative size", (size_t)-1, 0, IPC_NOWAIT);
    put(1, "lost", 0);
    show("receive wild", msgrcv(g_id, (void *)8, 10, 0, 0));
    take("it is gone", 10, 0, IPC_NOWAIT);
    int count = 0;
    while (msgsnd(g_id, &message, 1000, IPC_NOWAIT) == 0)
        count++;
    printf("full after %d: %s\n", count, strerror(errno));
    show_queue("stat");
    while (msgrcv(g_id, &message, 1000, 0, IPC_NOWAIT) >= 0)
        ;
    struct msqid_ds data;
    msgctl(g_id, IPC_STAT, &data);
    data.msg_qbytes = 100;
    show("set", msgctl(g_id, IPC_SET, &data));
    show("fits", msgsnd(g_id, &message, 100, IPC_NOWAIT));
    show("does not fit", msgsnd(g_id, &message, 1, IPC_NOWAIT));
    take("receive", 100, 0, MSG_NOERROR);
    data.msg_qbytes = 16384;
    show("set", msgctl(g_id, IPC_SET, &data));
}

static void *put_later(void *arg)
{
    wait_ms(30);
    put((long)arg, "later", 0);
    return NULL;
}

static void on_alarm(int signal)
{
    (void)signal;
}

static void waiting(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval timer = {{0, 30000}, {0, 30000}}; // again and again, so that none comes too early
    pthread_t thread;
    pthread_create(&thread, NULL, put_later, (void *)4);
    take("wait", 100, 4, 0);
    pthread_join(thread, NULL);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    take("interrupted", 100, 4, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0}}, NULL);
}

static void processes(void)
{
    if (fork() == 0) {
        struct message message;
        for (int i = 0; i < 200; i++) {
            if (msgrcv(g_id, &message, sizeof(message.text), 1, 0) < 0)
                _exit(1);
            message.type = 2;
            msgsnd(g_id, &message, 8, 0);
        }
        _exit(0);
    }
    long sum = 0;
    for (long i = 0; i < 200; i++) {
        struct message message = {.type = 1};
        memcpy(message.text, &i, sizeof(i));
        msgsnd(g_id, &message, 8, 0);
        msgrcv(g_id, &message, 8, 2, 0);
        long back;
        memcpy(&back, message.text, sizeof(back));
        sum += back;
    }
    int status;
    wait(&status);
    printf("sum %ld, child %#x\n", sum, (unsigned)status);
    fflush(stdout);
    // One that is full.
    if (fork() == 0) {
        struct message message = {.type = 1};
        int sent = 0;
        while (sent < 100 && msgsnd(g_id, &message, 1000, 0) == 0)
            sent++;
        _exit(sent);
    }
    struct message message;
    for (int i = 0; i < 100; i++)
        msgrcv(g_id, &message, 1000, 0, 0);
    wait(&status);
    printf("child sent %d\n", WEXITSTATUS(status));
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        take("child waits", 100, 9, 0);
        _exit(0);
    }
    wait_asleep(child, 20);
    const int removed = msgctl(g_id, IPC_RMID, NULL);
    wait(NULL);
    show("removed", removed);
    show("send", put(1, "x", 0));
    show("remove", msgctl(g_id, IPC_RMID, NULL));
}

int main(void)
{
    g_key = 0x5c000000 + getpid() * 4;
    making();
    messages();
    waiting();
    processes();
    return 0;
}
