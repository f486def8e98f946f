# SPDX-License-Identifier: MIT
# syscalls-doc.awk: syscalls.tbl as the table of docs/security.md. A call that may be made in several ways has a line for
# each.

BEGIN {
    print "| call | when | arguments | what for |"
    print "|---|---|---|---|"
}

/^#/ || NF == 0 { next }

{
    split($0, field, / *; */)
    reason = $0
    for (i = 1; i <= 3; i++)
        sub(/^[^;]*; */, "", reason)
    rule = field[3] == "-" ? "" : "`" field[3] "`"
    gsub(/\|/, "\\|", rule)
    printf "| %s | %s | %s | %s |\n", field[1], field[2], rule, reason
}
