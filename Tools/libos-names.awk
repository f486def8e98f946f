# SPDX-License-Identifier: MIT
# From `nm -n` of the library OS to a table of its functions (LibOS/src/base/function_names.h). No input makes an empty
# table, with which it is linked for the first time.

function hex(text,    value, i) {
    for (i = 1; i <= length(text); i++)
        value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

$2 ~ /^[tT]$/ && $3 !~ /^\./ {
    address[count] = hex($1)
    name[count++] = $3
    if ($3 == "entry_syscall")
        anchor = hex($1)
}

END {
    print "    .section .rodata.function_names, \"a\", @progbits"
    print "    .macro OBJECT name\n    .globl \\name\n    .hidden \\name\n\\name:\n    .endm"
    print "    .balign 4"
    print "    OBJECT function_name_count\n    .long " count + 0
    print "    OBJECT function_names"
    for (i = 0; i < count; i++) {
        print "    .long " address[i] - anchor ", " offset + 0
        offset += length(name[i]) + 1
    }
    print "    OBJECT function_name_text"
    for (i = 0; i < count; i++)
        print "    .asciz \"" name[i] "\""
    print "    .section .note.GNU-stack, \"\", @progbits"
}
