// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "15"
#include "signal_die.h"
