/* SPDX-License-Identifier: MIT */
/* One measurement of one command. Knows nothing of rows, medians and limits. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

/* All of these run argv[0] with the arguments argv, which ends with NULL, without input and, but for the last, with its
 * output thrown away. They return 0, or -1 after a message on stderr: it cannot be started, or does not exit with 0. */

/* Time from the start of the command to the end of waiting for it.
 * out_us  microseconds */
int measure_time(char *const argv[], double *out_us);

/* Greatest resident memory of the command's own process.
 * out_kib  KiB; read from the process at its end, since what wait4(2) says is at least what the caller itself uses */
int measure_memory(char *const argv[], double *out_kib);

/* Host system calls of the command and its descendants, from the return of execve(2) on.
 * out_calls  all of them, with the one that ends the process */
int measure_calls(char *const argv[], double *out_calls);

/* The same, but only those before the first call that writes. */
int measure_calls_to_write(char *const argv[], double *out_calls);

/* The size of the file argv[0], which is not run.
 * out_kib  KiB */
int measure_size(char *const argv[], double *out_kib);

/* The number that the command prints, for what a program can measure only itself.
 * out_ns  nanoseconds, or what the command means */
int measure_printed(char *const argv[], double *out_ns);

/* The same on one processor. Of two that wake each other it is chance whether the kernel lets them share one, which makes
 * ten times the difference. */
int measure_printed_on_one(char *const argv[], double *out_ns);

/* What the command prints.
 * out_text  NUL-terminated; of a longer output the first size - 1 bytes */
int measure_output(char *const argv[], size_t size, char *out_text);

/* Say what is wrong with a command.
 * returns  -1 */
int measure_failed(const char *command, const char *what);

#endif
