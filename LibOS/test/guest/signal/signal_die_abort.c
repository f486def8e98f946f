// SPDX-License-Identifier: MIT
// Ends as signal_die.h says.
#define HOW "abort"
#include "signal_die.h"
