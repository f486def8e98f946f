# SPDX-License-Identifier: MIT
# awk -v want=prototypes|dispatch|document -f libos-syscalls.awk syscalls.tbl: C and Markdown from the table of system calls.
BEGIN {
    FS = " *; *"
    split("fd int dirfd int int int sig int pid int prot int mapflags int uint unsigned hex unsigned mode unsigned oflags unsigned " \
          "long long off long ulong unsigned_long addr unsigned_long size unsigned_long path const_char_* in const_void_* " \
          "out void_* ptr void_*", pairs, " ")
    for (i = 1; i in pairs; i += 2) {
        ctype[pairs[i]] = pairs[i + 1]
        gsub(/_/, " ", ctype[pairs[i]])
    }
    split("rdi rsi rdx r10 r8 r9", registers, " ")
}

function fail(text)
{
    print FILENAME ":" FNR ": " text > "/dev/stderr"
    failed = 1
    exit 1
}

# "fd fd, out buf" -> types[], names[], returns how many
function arguments(text,    parts, n, i, words)
{
    n = text == "" ? 0 : split(text, parts, / *, */)
    for (i = 1; i <= n; i++) {
        if (split(parts[i], words, " ") != 2 || !(words[1] in ctype))
            fail("argument '" parts[i] "'")
        types[i] = words[1]
        names[i] = words[2]
    }
    return n
}

/^#/ || /^ *$/ { next }

{
    done = substr($1, 1, 1) != "-"
    number = $1
    gsub(/[- ]/, "", number)
    if (number !~ /^[0-9]+$/ || $3 == "" || number in seen)
        fail("number '" number "'")
    seen[number] = 1
    if ($2 == "none")
        done = 0
    refused = $2 == "refused"
    if (refused) {
        done = 0
        refusals = refusals (refusals == "" ? "" : ", ") $3
    }
    count = arguments($4)
    implemented += done
    if (want == "prototypes") {
        if (!done)
            next
        list = ""
        for (i = 1; i <= count; i++)
            list = list (i > 1 ? ", " : "") ctype[types[i]] (ctype[types[i]] ~ /\*$/ ? "" : " ") names[i]
        printf "int64_t sys_%s(%s);\n", $3, list == "" ? "void" : list
    } else if (want == "dispatch") {
        list = shown = ""
        for (i = 1; i <= count; i++) {
            value = "regs->" registers[i]
            list = list (i > 1 ? ", " : "") "(" ctype[types[i]] ")" value
            shown = shown (i > 1 ? ", " : "") "TYPE_" toupper(types[i])
        }
        if (done)
            printf "static int64_t call_%s(const struct regs *regs)\n{\n%s    return sys_%s(%s);\n}\n\n", $3, \
                count ? "" : "    (void)regs;\n", $3, list
        table = table sprintf("    [%d] = {\"%s\", %s, %d, {%s}},\n", number, $3, done ? "call_" $3 : refused ? "call_refused" : "NULL", count, \
                              shown == "" ? "0" : shown)
        if (number + 0 > last)
            last = number + 0
    } else if (want == "document" && done) {
        list = ""
        for (i = 1; i <= count; i++)
            list = list (i > 1 ? ", " : "") names[i]
        rows = rows sprintf("| %d | %s | %s | %s |\n", number, $3, list, $2)
    }
}

BEGIN {
    if (want == "prototypes")
        print "/* Made from LibOS/src/entry/syscalls.tbl. */\n#ifndef LIBOS_SYSCALLS_H\n#define LIBOS_SYSCALLS_H\n\n#include <stdint.h>\n"
    else if (want == "dispatch")
        print "/* Made from LibOS/src/entry/syscalls.tbl. */\n#include \"dispatch.h\"\n#include \"syscalls.h\"\n\n" \
            "static int64_t call_refused(const struct regs *regs)\n{\n    (void)regs;\n    return -EPERM;\n}\n"
}

END {
    if (failed)
        exit 1
    if (want == "prototypes")
        print "\n#endif"
    else if (want == "dispatch")
        printf "const struct syscall_entry g_syscalls[SYSCALL_LIMIT] = {\n%s};\n_Static_assert(%d < SYSCALL_LIMIT, \"the table is large enough\");\n", table, last
    else if (want == "document")
        printf "%d of Linux's system calls are implemented. Some that change the machine for everybody fail with EPERM, as for a process\nthat may not: %s. Every other one fails with ENOSYS and is named once in the log.\n\n| number | name | arguments | room |\n|---|---|---|---|\n%s", implemented, refusals, rows
}
