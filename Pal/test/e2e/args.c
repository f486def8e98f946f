/* SPDX-License-Identifier: MIT */
/* Guest: prints its arguments and its environment. */
#include "guest.h"

int main(int argc, char **argv, char **envp)
{
    say("argc %d\n", argc);
    for (int i = 0; i < argc; i++)
        say("argv %d [%s]\n", i, argv[i]);
    if (argv[argc])
        say("argv[argc] is not NULL\n");
    for (; *envp; envp++)
        say("env [%s]\n", *envp);
    return 0;
}
