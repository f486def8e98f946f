/* SPDX-License-Identifier: MIT */
/* Host calls that are made to fail, one at a time. What the loader under test (inject.c) and the program that runs it again
 * and again (drive.c) tell each other: a file in the current directory, in the memory of both and of all processes of
 * the instance. */
#ifndef PAL_TEST_FAULTS_FAULTS_H
#define PAL_TEST_FAULTS_FAULTS_H

#include <stdint.h>

#define FAULTS_FILE  "faults"
#define FAULTS_CALLS 16384 /* host calls of one run that are recorded at most */

/* One host call: of which process (0 = the first, then by birth), and from where in the loader. */
struct faults_call {
    uint32_t process, number;
    uint32_t argument; /* the first one */
    uint64_t site;     /* offset in the loader's image */
};

struct faults {
    /* What is to fail: the nth call, counted from 1, that a process makes from a place. 0 = none. */
    uint64_t site;
    uint32_t process, nth;
    int32_t error;
    /* Whether it has, and all that were made. */
    uint32_t failed;
    uint32_t over;      /* the first process has said something: nothing is to fail any more */
    uint32_t processes; /* that were made */
    uint32_t count;
    struct faults_call calls[FAULTS_CALLS];
};

#endif
