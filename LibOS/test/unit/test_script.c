/* SPDX-License-Identifier: MIT */
/* Tests of elf/script.c: first lines of scripts, as Linux reads them. Knows no file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "elf/script.h"

/* Parse a copy that ends where the text does. NULL, NULL = no script. */
static void expect(const char *text, size_t size, const char *interpreter, const char *argument)
{
    char *line = malloc(size + 1), *got_argument = line;
    assert_non_null(line);
    memcpy(line, text, size);
    line[size] = '\0';
    const char *got = script_parse(line, &got_argument);
    if (interpreter)
        assert_string_equal(got, interpreter);
    else
        assert_null(got);
    if (argument)
        assert_string_equal(got_argument, argument);
    else if (interpreter)
        assert_null(got_argument);
    free(line);
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *interpreter, *argument;
    } lines[] = {
        {"", NULL, NULL},
        {"#", NULL, NULL},
        {"#!", NULL, NULL},
        {"#!\n/bin/sh", NULL, NULL},
        {"#! \t \n", NULL, NULL},
        {" #!/bin/sh", NULL, NULL},
        {"\177ELF", NULL, NULL},
        {"#!a", "a", NULL},
        {"#!/bin/sh", "/bin/sh", NULL},
        {"#!/bin/sh\n", "/bin/sh", NULL},
        {"#! /bin/sh \t\nx", "/bin/sh", NULL},
        {"#!\t/bin/sh\t-e\n", "/bin/sh", "-e"},
        {"#!/usr/bin/env  python3 -u  \nimport", "/usr/bin/env", "python3 -u"},
        {"#!/bin/sh\r\n", "/bin/sh\r", NULL},
    };
    for (size_t i = 0; i < array_count(lines); i++)
        expect(lines[i].text, strlen(lines[i].text), lines[i].interpreter, lines[i].argument);
    expect("#!/bin/sh\0 -e\n", 14, "/bin/sh", NULL);
}

/* Of the bytes that count, the last one says whether a word ends there. */
static void test_long(void **state)
{
    (void)state;
    char line[SCRIPT_LINE + 1], name[SCRIPT_LINE + 1] = {0};
    memset(line, 'a', sizeof(line));
    memcpy(line, "#!", 2);
    expect(line, SCRIPT_LINE, NULL, NULL);
    memset(name, 'a', SCRIPT_LINE - 3);
    expect(line, SCRIPT_LINE - 1, name, NULL);
    line[SCRIPT_LINE - 1] = '\n';
    expect(line, SCRIPT_LINE, name, NULL);
    line[SCRIPT_LINE - 1] = ' ';
    expect(line, SCRIPT_LINE, name, NULL);

    /* An argument is cut. */
    line[SCRIPT_LINE - 1] = 'a';
    line[3] = ' ';
    name[SCRIPT_LINE - 5] = '\0';
    expect(line, SCRIPT_LINE, "a", name);
    memset(line + 2, ' ', SCRIPT_LINE - 2);
    expect(line, SCRIPT_LINE, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
