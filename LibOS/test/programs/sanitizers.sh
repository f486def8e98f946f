#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that gcc's sanitizers watch. They want their memory at addresses of their own choice, terabytes of it, and look at
# where everything else lies. Who looks for leaks at the end does so as a process that shares the program's memory and attaches to its
# threads.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

# Addresses, process ids and the order of threads are not the same twice.
normalise() {
    grep -a -o -E 'ERROR: AddressSanitizer: [a-z-]+|SUMMARY: [A-Za-z]+: [a-z -]+|runtime error: [a-z ]+|[A-Za-z]+: detected memory leaks|[0-9]+ byte.s. leaked in [0-9]+ allocation|^[a-z]+ [0-9]+$'
}

cat >"$work/a.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static int g_count;

static void *work(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&g_lock);
        g_count++;
        pthread_mutex_unlock(&g_lock);
    }
    return arg;
}

static void *race(void *arg)
{
    return g_count++, arg;
}

static void run(void *(*begin)(void *))
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, begin, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void *forget(void *arg)
{
    char *volatile memory = malloc(1000);
    memory[0] = 1;
    memory = NULL;
    return arg;
}

static void *volatile g_kept;

/* It still runs when the program ends, and what it has in registers or on its stack is not lost. */
static void *keep(void *arg)
{
    char *volatile memory = malloc(2000);
    g_kept = arg;
    for (;;)
        memory[0]++;
    return NULL;
}

int main(int argc, char **argv)
{
    const char *what = argv[1];
    char *memory = malloc(10 * (size_t)argc);
    memset(memory, 'x', 20);
    run(work);
    printf("count %d\n", g_count);
    fflush(stdout);
    if (strcmp(what, "overflow") == 0)
        memory[20 * (argc - 1)] = 1;
    if (strcmp(what, "freed") == 0)
        free(memory), memory[1] = 2;
    if (strcmp(what, "shift") == 0)
        printf("shifted %d\n", argc << (31 + argc));
    if (strcmp(what, "race") == 0)
        run(race);
    if (strcmp(what, "leak") == 0)
        run(forget);
    if (strcmp(what, "kept") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, keep, argv);
        while (!g_kept)
            usleep(1000);
    }
    int status = 0;
    if (strcmp(what, "child") == 0) {
        if (fork() == 0)
            memory[-1] = 3;
        else
            wait(&status);
    }
    printf("status %d\n", status);
    if (strcmp(what, "freed") != 0)
        free(memory);
    return 0;
}
END

# watched sanitizer what...: once for each kind of fault
watched() {
    sanitizer=$1
    shift
    gcc -g -O1 -w -pthread "-fsanitize=$sanitizer" "$work/a.c" -o "$work/a" || exit 1
    for what; do
        same "$sanitizer: $what" "$work/a" "$what"
    done
}
watched address nothing overflow freed child leak kept
watched leak nothing leak kept
watched undefined nothing shift
watched thread nothing race
finish
