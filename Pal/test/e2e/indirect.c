/* SPDX-License-Identifier: MIT */
/* Guest: lets a resolver of its own choose a function; the resolver needs relocated data and an ABI call itself. */
#include "guest.h"

static int first(void)
{
    return 1;
}

static int second(void)
{
    return 2;
}

typedef int (*choice_t)(void);
static const choice_t volatile g_choices[] = {first, second};

__attribute__((used)) static choice_t resolve(void)
{
    return g_choices[DkSystemTimeQuery() > 0 ? 1 : 0];
}

static int chosen(void) __attribute__((ifunc("resolve")));
static const choice_t volatile g_pointer = chosen;

int main(void)
{
    say("chosen %d, through a pointer %d\n", chosen(), g_pointer());
    return 0;
}
