# SPDX-License-Identifier: MIT
# From LibOS/src/entry/syscalls.tbl: the calls for the fuzzer, {number, whether it does something, "name", {{"type", "argument"}, ...}}.
BEGIN { FS = " *; *" }
/^#/ || NF < 3 { next }
{
    number = $1
    sub(/^-? */, "", number)
    gsub(/ /, "", $3)
    printf "{%d, %s, \"%s\", {", number, /^-/ || $2 == "none" || $2 == "refused" ? "false" : "true", $3
    count = NF > 3 ? split($4, arguments, / *, */) : 0
    for (i = 1; i <= count; i++) {
        split(arguments[i], words, " ")
        printf "{\"%s\", \"%s\"}, ", words[1], words[2]
    }
    print "}},"
}
