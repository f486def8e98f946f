/* SPDX-License-Identifier: MIT */
/* A program that makes every call of the Host ABI, in most of its ways, and goes on whatever fails. */
#ifndef PAL_TEST_FAULTS_WALK_H
#define PAL_TEST_FAULTS_WALK_H

#include <stdbool.h>
#include "guest.h"

/* What is to be so if nothing has been made to fail. */
#define expect(condition) expect_at((condition), __FILE__, __LINE__)
bool expect_at(bool condition, const char *file, int line);

/* Whether a handle becomes ready within a time that is long for everything here: nobody blocks without asking first. */
bool is_ready(PAL_HANDLE handle);

/* Close what may be none. */
void drop(PAL_HANDLE handle);

/* Write and read one byte between two ends of something, which may be one. */
void pass_byte(PAL_HANDLE from, PAL_HANDLE to);

void walk_memory(void);
void walk_files(void);
void walk_streams(void);
void walk_sockets(void);
void walk_threads(void);
void walk_processes(void);
void walk_channels(void);

/* What a child does, by the name in its arguments. */
int play(const char *role);

#endif
