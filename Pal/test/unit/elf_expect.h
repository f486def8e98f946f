/* SPDX-License-Identifier: MIT */
/* Opening samples and expecting faults, for the tests of the ELF reader's memory phase. Knows no table. */
#ifndef PAL_TEST_UNIT_ELF_EXPECT_H
#define PAL_TEST_UNIT_ELF_EXPECT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_kinds.h"
#include "elf_mapped.h"

/* The last fault, for those who say what it must be. */
static struct elf_fault fault;

/* A sample, mapped; the caller closes it. */
static inline void open_sample(struct elf_mapped *mapped, const struct elf_sample *sample)
{
    unsigned char *file = malloc(sizeof(*sample));

    assert_non_null(file);
    memcpy(file, sample, sizeof(*sample));
    fault.text[0] = '\0';
    if (elf_mapped_check(mapped, file, sizeof(*sample), &fault) < 0 || elf_mapped_read(mapped, file, &fault) < 0)
        fail_msg("%s", fault.text);
    free(file);
}

static inline void expect_fault(int64_t ret, const char *text)
{
    assert_int_equal(ret, -PAL_ERROR_NOEXEC);
    if (!strstr(fault.text, text))
        assert_string_equal(fault.text, text);
}

#endif
