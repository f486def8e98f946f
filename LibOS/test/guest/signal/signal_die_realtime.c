// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "34"
#include "signal_die.h"
