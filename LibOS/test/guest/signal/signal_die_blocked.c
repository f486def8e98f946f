// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "blocked"
#include "signal_die.h"
