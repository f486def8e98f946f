// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "segv"
#include "signal_die.h"
