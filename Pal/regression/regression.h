/* SPDX-License-Identifier: MIT */
/* What every regression program uses: TAP lines on the console, and the failures that calls raise. Stands on the Host ABI
 * alone, so the same programs run on every host.
 *
 * A program is a function regression_main that makes checks; a failed check is reported and the program goes on. */
#ifndef PAL_REGRESSION_REGRESSION_H
#define PAL_REGRESSION_REGRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pal.h"

/* The tests of a program; arguments as of main. */
void regression_main(int argc, char **argv, char **envp);

/* One TAP line: "ok N - name", or "not ok N - name" with file and line. name is a format with arguments. Any thread. */
#define check(condition, ...) check_at((condition), __FILE__, __LINE__, __VA_ARGS__)
bool check_at(bool condition, const char *file, int line, const char *name, ...) __attribute__((format(printf, 4, 5)));

/* "ok N - name # SKIP reason". */
void skip(const char *name, const char *reason);

/* A comment line in the output. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The code of the last PAL_EVENT_FAILURE of this thread since the last call of failure(), 0 = none; forgets it.
 * Threads that a program makes call regression_thread_init() first. */
int failure(void);
void regression_thread_init(void);

/* Check that an expression's call has failed with a code: check_failure(DkStreamOpen(...), 0, PAL_ERROR_INVAL). The value
 * must be the sentinel. */
#define check_failure(expression, sentinel, code)                                                                      \
    check_failed((uint64_t)(expression), (uint64_t)(sentinel), (code), #expression, __FILE__, __LINE__)
bool check_failed(uint64_t value, uint64_t sentinel, int code, const char *text, const char *file, int line);

/* Check that a call without a result has failed with a code, or with 0 not at all. */
#define check_void(call, code) ((void)failure(), (void)(call), check_failed(0, 0, (code), #call, __FILE__, __LINE__))

/* A random number, and text made by format into one of a few static buffers of 4 KiB: names of files and the like. */
uint64_t random_number(void);
const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "file:" or "dir:" and a path in the test's own directory (environment variable REGRESSION_DIR), which is empty at the
 * start and removed afterwards. */
const char *scratch(const char *scheme, const char *name);

/* Whether a stream tells this URI as its name. */
bool has_name(PAL_HANDLE stream, const char *expected);

/* A variable of the environment, NULL if unset. */
const char *environment(const char *name);

/* End at once with a message, when it makes no sense to go on. */
void bail_out(const char *reason) __attribute__((noreturn));

/* Strings and memory, as everywhere. */
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
