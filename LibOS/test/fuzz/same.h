/* SPDX-License-Identifier: MIT */
/* The comparing fuzzer: what its parts share. An ordinary program for Linux, which prints what calls do. */
#ifndef LIBOS_TEST_FUZZ_SAME_H
#define LIBOS_TEST_FUZZ_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define PAGE 4096ul

/* A value that is printed by its name. */
struct word {
    const char *name;
    long value;
};

/* One kind of step: it chooses arguments, makes a call, and prints both, with the result. */
struct step {
    const char *name;
    void (*make)(void);
};

#define WORD(value) ((struct word){#value, (long)(value)})
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Descriptors of the fuzzer's own: the directory in which the names lie, /proc/self/maps and /proc/self/fd, events of inotify. */
enum { FD_BASE = 40, FD_MAPS, FD_DESCRIPTORS, FD_EVENTS, FD_LIMIT = 16 };

extern const struct step g_name_steps[], g_descriptor_steps[], g_file_steps[], g_memory_steps[];
extern const size_t g_name_steps_count, g_descriptor_steps_count, g_file_steps_count, g_memory_steps_count;

/* Choosing. All of it follows from the seed and the number of the step. */
uint64_t pick(uint64_t count);
bool once_in(uint64_t count);

/* Choosing an argument and printing it: one word, some of them, a number, a descriptor, a name, permissions. */
long ask_word(const struct word *words, size_t count);
long ask_words(const struct word *words, size_t count);
long ask_number(const long *numbers, size_t count);
long ask_size(void);
long ask_offset(void);
int ask_fd(void);
int ask_directory(void);
const char *ask_name(void);
const char *ask_short_name(void);
int ask_mode(void);
#define WORDS(list) (list), COUNT(list)

/* Printing. A step's call is said as one line; see() tells of one thing in the world, which is printed if it has changed. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_result(long result); /* of a call that sets errno */
void say_bytes(const void *bytes, long size);
void see(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *kind_of(const struct stat *status);

/* Looking at the whole world, with see(). */
void see_names(void);
void see_files(void);
void see_memory(void);

/* Making the world, and staying in it. */
void names_begin(const char *directory);
void names_keep_inside(void);
void memory_begin(void);
bool is_on_tmpfs(void);

/* What a descriptor is: a pipe without a name, one that nobody reads, one that holds much; memory without a name; a directory. */
bool is_pipe(int fd);
bool is_broken(int fd);
bool is_crowded(int fd);
bool is_memfd(int fd);
bool is_directory(int fd);

#endif
