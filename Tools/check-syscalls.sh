#!/bin/sh
# SPDX-License-Identifier: MIT
# check-syscalls.sh [--write]: syscalls.tbl, the code of the Linux host and the table in docs/security.md name the same
# system calls, in the filter at most 50 of them for every program and 60 in all. With --write what docs/security.md says of
# them is made anew.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

host=Pal/src/host/Linux
table=$host/syscalls.tbl
document=docs/security.md
most=60 most_always=50
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fault() {
    echo "check-syscalls: $*" >&2
    failed=1
}

# only WANTED GOT MESSAGE: a fault for each line that only WANTED has
only() {
    comm -23 "$1" "$2" >"$work/difference"
    while read -r name; do
        fault "$name: $3"
    done <"$work/difference"
}

##### The code #####

rows() { # pattern of the times
    awk -F ' *; *' -v times="$1" '!/^#/ && NF && $2 ~ "^(" times ")$" { print $1 }' "$table" | sort -u
}
rows '.*' >"$work/all"
rows kernel >"$work/kernel"
comm -23 "$work/all" "$work/kernel" >"$work/made"
rows 'always|tcp|serve|udp|modes' >"$work/filtered"
rows always >"$work/always"

# Assembly has numbers.
echo '#include <asm/unistd.h>' | "${CC:-cc}" -E -dM - | sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p' |
    sort >"$work/names"
sed -n 's/^ *movl \$\([0-9]*\), %eax.*/\1/p' "$host"/*.S | sort -u | join - "$work/names" | cut -d ' ' -f 2 >"$work/used"
grep -o -h -E '\b(SYS|BLOCKING)[0-6]\([a-z0-9_]+' "$host"/sys_*.h | sed 's/.*(//' | grep -v -x name >>"$work/used"
sort -u "$work/used" >"$work/code"

only "$work/code" "$work/made" "is called, but not in $table"
only "$work/made" "$work/code" "in $table, but not called"
# What is called before the filter only has a header of its own.
rows 'always|kernel|tcp|serve|udp|modes' >"$work/later"
grep -o -h -E '\b(SYS|BLOCKING)[0-6]\([a-z0-9_]+' "$host"/sys_start.h | sed 's/.*(//' | sort -u >"$work/early"
late=$(comm -12 "$work/early" "$work/later")
[ -z "$late" ] || fault "in sys_start.h, but $table has them for later, too: $(echo "$late" | tr "\n" " ")"
others=$(grep -l -E '\blinux_syscall(_blocking)?\(' "$host"/*.[ch] | grep -v -x -e "$host/sys_linux.h" -e "$host/db_exception.c" || :)
[ -z "$others" ] || fault "system calls are made by sys_*.h, not by $others"
[ "$(grep -c -h 'linux_syscall(' "$host/db_exception.c")" -le 1 ] || fault "$host/db_exception.c makes system calls"

count=$(wc -l <"$work/filtered")
[ "$count" -le "$most" ] || fault "$count system calls in the filter, at most $most are wanted"
always=$(wc -l <"$work/always")
[ "$always" -le "$most_always" ] || fault "$always system calls for every program, at most $most_always are wanted"

##### The document #####

awk -f Tools/syscalls-doc.awk "$table" >"$work/table"
sentence="The filter has $count system calls, $always of them for every program and the others for what its manifest grants."
begin='<!-- from syscalls.tbl; Tools/check-syscalls.sh --write -->'
if [ "${1:-}" = --write ]; then
    awk -v begin="$begin" -v table="$work/table" -v sentence="$sentence" '
        /^The filter has [0-9]* system calls/ { print sentence; next }
        $0 == begin { print; skip = 1; while ((getline line < table) > 0) print line; next }
        skip && /^\|/ { next }
        { skip = 0; print }' "$document" >"$work/document"
    cat "$work/document" >"$document"
fi
awk -v begin="$begin" '$0 == begin { on = 1; next } on && !/^\|/ { exit } on { print }' "$document" >"$work/documented"
cmp -s "$work/table" "$work/documented" || fault "$document has another table; Tools/check-syscalls.sh --write makes it anew"
grep -q -F -x "$sentence" "$document" || fault "$document does not say: $sentence"

exit "$failed"
