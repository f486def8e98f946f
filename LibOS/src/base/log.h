/* SPDX-License-Identifier: MIT */
/* Room base, for the boot: where the log goes. */
#ifndef LIBOS_SRC_BASE_LOG_H
#define LIBOS_SRC_BASE_LOG_H

#include "libos.h"

/* What a run ends with that could not start its program. */
#define EXIT_START_FAILED 127

/* Lines go to this stream from now on. */
void log_to(PAL_HANDLE stream);

#endif
