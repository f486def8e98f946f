// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "thread"
#include "signal_die.h"
