#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that gcc's sanitizers watch. They want their memory at addresses of their own choice, terabytes of it, and look at
# where everything else lies.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
# Who looks for leaks at the end does so as a process that shares the memory of another and attaches to it: not here.
export ASAN_OPTIONS=detect_leaks=0

# Addresses, process ids and the order of threads are not the same twice.
normalise() {
    grep -a -o -E 'ERROR: AddressSanitizer: [a-z-]+|SUMMARY: [A-Za-z]+: [a-z -]+|runtime error: [a-z ]+|^[a-z]+ [0-9]+$'
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
    int status = 0;
    if (strcmp(what, "child") == 0) {
        if (fork() == 0)
            memory[-1] = 3;
        else
            wait(&status);
    }
    printf("status %d\n", status);
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
watched address nothing overflow freed child
watched undefined nothing shift
watched thread nothing race
finish
