# SPDX-License-Identifier: MIT
# pal.abi -> a library of names without code. Each symbol has a byte of its own, so that no two look like aliases;
# data is protected, so that a copy relocation against it does not link.
/^#/ || NF == 0 { next }
$2 == "T" { text = text sprintf(".globl %s\n.type %s, @function\n%s: .byte 0\n.size %s, 1\n", $1, $1, $1, $1) }
$2 == "D" { data = data sprintf(".globl %s\n.protected %s\n.type %s, @object\n%s: .zero %d\n.size %s, %d\n",
                                $1, $1, $1, $1, $3, $1, $3) }
END {
    printf ".section .rodata\n%s.data\n.balign 16\n%s.section .note.GNU-stack, \"\", @progbits\n", text, data
}
