#!/bin/sh
# SPDX-License-Identifier: MIT
# check-artefacts.sh file...: what was linked keeps the promises that its source cannot show. Each file is a loader
# (pal-*), the stub of the ABI (libpal.abi.so), the library OS (libsysdb.so), or a program for the ABI. A fault is a line with the file and the rule.
set -eu
cd "$(dirname "$0")/.."

size_limit=$((300 * 1024)) # bytes of pal-Linux, stripped
work=$(mktemp -d "${TMPDIR:-/tmp}/check-artefacts.XXXXXX")
trap 'rm -rf "$work"' EXIT
faults=0

fault() {
    printf '%s: %s\n' "$file" "$1"
    faults=1
}

# never|needs pattern rule: what readelf says has no such line, or has one
never() {
    ! grep -q -E -e "$1" "$work/elf" || fault "$2"
}

needs() {
    grep -q -E -e "$1" "$work/elf" || fault "$2"
}

check_segments() {
    never '^ +LOAD .* RWE ' 'a segment is writable and executable'
    never '^ +INTERP ' 'it names an interpreter'
    needs '^ +GNU_STACK .* RW +0x' 'its stack is not said to be without execution'
}

check_relocations() {
    needs '^ +GNU_RELRO ' 'nothing is read-only after relocation'
    needs 'BIND_NOW' 'it is not bound when it is loaded'
    never 'TEXTREL' 'its text has relocations'
    never 'R_X86_64_COPY' 'it copies data of a library'
}

# check_libraries names: it needs exactly these
check_libraries() {
    found=$(sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' "$work/elf" | paste -s -d ' ')
    [ "$found" = "$1" ] || fault "it needs ${found:-no library} instead of ${1:-none}"
}

# The address of a symbol, as nm prints it; nothing if there is none.
address() {
    nm "$file" 2>/dev/null | sed -n "s/ [a-zA-Z] $1\$//p"
}

# Instructions that call the host kernel may stand between two symbols, if the file has them, and nowhere else.
check_system_calls() {
    objdump --disassemble --no-show-raw-insn --wide "$file" >"$work/code"
    stray=$(awk -v "start=$(address linux_syscall_start)" -v "end=$(address linux_syscall_end)" '
        /\t(syscall|sysenter|int +\$0x80)/ {
            address = substr("0000000000000000" $1, length($1))
            sub(/:$/, "", address)
            if (address < start || address >= end)
                print address
        }' "$work/code" | paste -s -d ' ')
    [ -z "$stray" ] || fault "system call instructions where none may be: $stray"
}

check_exports() {
    nm --dynamic --defined-only --format=posix "$file" | cut -d ' ' -f 1 | LC_ALL=C sort >"$work/exports"
    cmp -s "$work/exports" "$work/names" || fault 'its exports are not the names in pal.abi'
}

check_imports() {
    nm --dynamic --undefined-only --format=posix "$file" | cut -d ' ' -f 1 | LC_ALL=C sort >"$work/imports"
    foreign=$(LC_ALL=C comm -23 "$work/imports" "$work/names" | paste -s -d ' ')
    [ -z "$foreign" ] || fault "it wants symbols that are not in pal.abi: $foreign"
}

check_size() {
    strip -o "$work/stripped" "$file"
    size=$(wc -c <"$work/stripped")
    [ "$size" -lt "$size_limit" ] || fault "$size bytes without symbols, the limit is $size_limit"
}

awk '!/^#/ && NF { print $1 }' Pal/include/pal.abi | LC_ALL=C sort >"$work/names"
for file in "$@"; do
    readelf --wide --segments --dynamic --relocs "$file" >"$work/elf"
    check_segments
    case ${file##*/} in
    pal-Linux)
        check_relocations
        check_libraries ''
        check_exports
        check_system_calls
        [ -n "$(address linux_syscall_start)" ] || fault 'it has no linux_syscall_start'
        check_size
        ;;
    pal-*)
        # Linked with the C library of the machine that builds it, which makes system calls of its own.
        check_relocations
        check_libraries ''
        check_exports
        ;;
    libsysdb.so)
        # The library OS reaches the world through the ABI only.
        check_relocations
        check_libraries libpal.so
        check_system_calls
        check_imports
        ;;
    libpal.abi.so)
        # Names only: it is never loaded, and has nothing to relocate.
        check_libraries ''
        check_exports
        check_system_calls
        ;;
    *)
        check_relocations
        check_libraries libpal.so
        check_system_calls
        ;;
    esac
done

# Generic objects know no host: none has read a file of one.
depends=$(find build/generic -name '*.d' -exec grep -l 'host/' {} +) || true
file=build/generic
[ -z "$depends" ] || fault "made from files of a host: $depends"
exit $faults
