// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "stack"
#include "signal_die.h"
