/* SPDX-License-Identifier: MIT */
/* Guest: says when its constructors run, and what they are given. */
#include "guest.h"

__attribute__((constructor)) static void last(int argc, char **argv, char **envp)
{
    say("constructor of %s, %d, %s\n", argv[0], argc, envp == argv + argc + 1 ? "environment" : "no environment");
}

__attribute__((constructor(200))) static void second(void)
{
    say("second constructor\n");
}

__attribute__((constructor(101))) static void first(void)
{
    say("first constructor\n");
}

int main(void)
{
    say("main\n");
    return 0;
}
