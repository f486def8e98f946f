# SPDX-License-Identifier: MIT
# pal.abi -> the names alone, sorted bytewise.
/^#/ || NF == 0 { next }
{ print $1 | "LC_ALL=C sort" }
