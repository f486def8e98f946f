/* SPDX-License-Identifier: MIT */
/* Names that guests use and that the linker, the start code, another object or nobody defines. Knows no guest. */
#ifndef PAL_TEST_E2E_SYMBOLS_H
#define PAL_TEST_E2E_SYMBOLS_H

#define HIDDEN  __attribute__((visibility("hidden")))
#define VISIBLE __attribute__((visibility("default")))

/***** The linker and the start code *****/

extern HIDDEN const char __ehdr_start[];
HIDDEN void _start(void);

/***** bss.S *****/

extern HIDDEN char bss_start[], bss_end[];

/***** Nobody *****/

VISIBLE __attribute__((weak)) int absent_function(void);
extern VISIBLE __attribute__((weak)) int absent_data;

/***** pair_*.c: two preloads and an executable that refer to each other; all three define shared_name *****/

VISIBLE int left_add(int value);
VISIBLE int right_add(int value);
VISIBLE int main_add(int value);
extern VISIBLE int left_data, right_data, main_data;
VISIBLE const char *shared_name(void);

#endif
