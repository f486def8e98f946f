// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "fpe"
#include "signal_die.h"
