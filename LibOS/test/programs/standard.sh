#!/bin/sh
# SPDX-License-Identifier: MIT
# Standard descriptors that are files: their kind, positions that processes share, inside and outside; and FIFOs.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

seq 1 2000 >"$work/lines"
input=$work/lines
try wc -c
try wc
try head -n 3
try tail -n 2
try sort -n -r
try cmp - text
try stat -L -c '%F %s %a' -
try dd status=none bs=100 skip=3 count=1
try dd status=none if=words seek=1 bs=16 count=1
try sh -c 'head -n 1; echo between; tail -n 1'
try bash -c 'while read -r line && [ "$line" != 5 ]; do echo "$line"; done; (read -r line; echo "$line"); read -r line; echo "$line"'
try /usr/bin/python3 -c 'import mmap, os
map = mmap.mmap(0, 0, prot=mmap.PROT_READ)
print(len(map), map[:4], os.pread(0, 3, 2), os.lseek(0, 5, 0), os.read(0, 4), os.lseek(0, 0, 1), os.fstat(0).st_size)
print(os.lseek(0, -4, 2), os.read(0, 9), os.isatty(0), os.lseek(0, 0, os.SEEK_HOLE))
try: os.lseek(0, -1, 0)
except OSError as error: print(error)'
try /usr/bin/python3 -c 'import os
os.write(1, b"0123456789"); os.pwrite(1, b"xy", 3); os.write(1, b"abc"); os.lseek(1, 1, 0); os.write(1, b"-")
os.ftruncate(1, 12); os.fsync(1); print(os.lseek(1, 0, 2))'

printf 'echo first\nhead -n 1\nthis line is data\necho last\n' >"$work/script"
input=$work/script
try bash
printf 'import sys\nprint(sys.stdin.seekable(), len(sys.argv))\n' >"$work/script"
try /usr/bin/python3

# together: several processes, outside and inside, use the same descriptors one after the other
together() {
    for run in '' "$pal_loader"; do
        set -- ${run:+"$run"}
        (
            cd "$work" || exit
            head -n 1
            "$@" head -n 2
            "$@" bash -c 'read -r line; echo "$line"; echo b >&2'
            echo outside
            "$@" echo inside
            echo c >&2
        ) <"$work/lines" >"$work/out${run:+.pal}" 2>"$work/err${run:+.pal}"
        { echo kept >"$work/log${run:+.pal}" && "$@" echo one && echo two && "$@" echo three; } >>"$work/log${run:+.pal}"
    done
}
together
for file in out err log; do
    if [ -s "$work/$file" ] && cmp -s "$work/$file" "$work/$file.pal"; then
        result ok "positions are shared with others: $file"
    else
        result 'not ok' "positions are shared with others: $file"
        diff "$work/$file" "$work/$file.pal" | sed 's/^/# /'
    fi
done

input=/dev/null
try sh -c 'mkfifo -m 640 fifo && (echo through it >fifo &) && cat fifo && stat -c "%F %a" fifo && rm fifo && ls'
try sh -c 'mkfifo fifo; mkfifo fifo; mkfifo missing/fifo; mknod other p && ls -F'
finish
