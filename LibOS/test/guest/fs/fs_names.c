// SPDX-License-Identifier: MIT
// Names of host files.
#include "fs_names.h"

int main(void)
{
    names_all();
    return 0;
}
