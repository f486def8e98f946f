/* SPDX-License-Identifier: MIT */
/* A guest that sleeps for 0.9 seconds, and refers to nothing by which it could hear of others: so it handles no signal. */
#include "guest.h"

#define SLEEP_US 900000

int main(int argc, char **argv);
int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    const PAL_NUM begin = DkSystemTimeQuery();
    if (!event || DkObjectsWaitAny(1, &event, SLEEP_US))
        return 97;
    return DkSystemTimeQuery() - begin < SLEEP_US;
}
