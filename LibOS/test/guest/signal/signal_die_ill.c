// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "ill"
#include "signal_die.h"
