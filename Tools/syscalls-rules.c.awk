# SPDX-License-Identifier: MIT
# syscalls-rules.c.awk: the rules of syscalls.tbl as C (Tools/syscall-rules.h), so that the compiler reads the constants.

function fault(text)
{
    print FILENAME ":" FNR ": " text >"/dev/stderr"
    failed = 1
    exit 1
}

# One condition, such as a1 & ~(MASK) in {X, Y}. Of i1 the upper half does not matter.
function condition(text,    arg, is_int, mask, count, values)
{
    if (text !~ /^[ai][0-5] (& ~\(.*\) )?(==|in) ./)
        fault("not a condition: " text)
    is_int = text ~ /^i/
    arg = substr(text, 2, 1)
    mask = "0"
    text = substr(text, 4)
    if (text ~ /^& ~/) {
        match(text, /^& ~\(.*\) (==|in) /)
        mask = substr(text, 4, RLENGTH - 4)
        sub(/ (==|in)$/, "", mask)
        text = substr(text, 3 + length(mask) + 2)
    }
    if (text ~ /^== /)
        values = substr(text, 4)
    else if (text ~ /^in \{.*\}$/)
        values = substr(text, 5, length(text) - 5)
    else
        fault("neither == VALUE nor in {VALUE, ...}: " text)
    if (is_int)
        mask = "(" mask ") | ~(uint64_t)UINT32_MAX"
    count = split(values, list, /, /)
    return sprintf("{%d, (uint64_t)(%s), %d, {%s}}", arg, mask, count, widen(count))
}

function widen(count,    i, text)
{
    for (i = 1; i <= count; i++)
        text = text (i > 1 ? ", " : "") "(uint64_t)(" list[i] ")"
    return text
}

# Conditions are separated by commas that are not in braces.
function conditions(rule,    text, rest, end)
{
    condition_count = 0
    if (rule == "-")
        return "{{0, 0, 0, {0}}}"
    rest = rule
    while (rest != "") {
        end = match(rest, /, [ai][0-5] /) ? RSTART : length(rest) + 1
        text = text (condition_count++ ? ", " : "") condition(substr(rest, 1, end - 1))
        rest = substr(rest, end + 2)
    }
    return "{" text "}"
}

BEGIN {
    when_names["always"] = "0"
    when_names["kernel"] = "SYSCALL_NEVER"
    when_names["tcp"] = "SYSCALL_TCP"
    when_names["serve"] = "SYSCALL_SERVE"
    when_names["udp"] = "SYSCALL_UDP"
    when_names["modes"] = "SYSCALL_MODES"
    print "/* Generated from syscalls.tbl. */"
    print "#include \"linux_socket.h\""
    print "#include \"linux_signal.h\""
    print "#include \"linux_end.h\""
    print "#include <asm/unistd.h>"
    print "#include <linux/fs.h>"
    print "#include <linux/eventpoll.h>"
    print "#include <linux/futex.h>"
    print "#include <linux/memfd.h>"
    print "#include <linux/mman.h>"
    print "#include <linux/prctl.h>"
    print "#include <linux/sched.h>"
    print "#include <linux/seccomp.h>"
    print "#include <linux/time.h>"
    print "#include \"syscall-rules.h\"\n"
    print "const struct syscall_rule syscall_rules[] = {"
}

/^#/ || NF == 0 { next }

{
    if (split($0, field, / *; */) < 4)
        fault("not name ; when ; rule ; reason")
    if (field[2] == "start")
        next
    if (!(field[2] in when_names))
        fault("no such time: " field[2])
    text = conditions(field[3])
    printf "    {\"%s\", __NR_%s, %s, %d,\n     %s},\n", field[1], field[1], when_names[field[2]], condition_count, text
}

END {
    if (failed)
        exit 1
    print "    {\"\", -1, 0, 0, {{0, 0, 0, {0}}}},"
    print "};"
}
