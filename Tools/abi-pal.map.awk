# SPDX-License-Identifier: MIT
# pal.abi -> version script of every loader: exactly these names are exported.
BEGIN { print "{\n  global:" }
/^#/ || NF == 0 { next }
{ printf "    %s;\n", $1 }
END { print "  local: *;\n};" }
