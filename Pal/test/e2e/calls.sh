#!/bin/sh
# SPDX-License-Identifier: MIT
# calls.sh: how many system calls of the host a program costs before it does anything.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

if ! command -v strace >/dev/null; then
    echo '1..0 # SKIP there is no strace'
    exit 0
fi
run strace -o trace /bin/true
if [ "$code" -ne 0 ]; then
    echo '1..0 # SKIP strace may not trace programs here'
    exit 0
fi

# count name limit command...: the calls between exec and the first write
count() {
    name=$1 limit=$2
    shift 2
    run strace -o trace "$@"
    calls=$(awk '/^execve\(/ { next } /^write\(1, "Hello/ { print count; exit } { count++ }' trace)
    check "$name: ${calls:-no} calls, at most $limit" [ "${calls:-999}" -le "$limit" ]
}
# How a child ends is told by three calls more where its descriptor does not tell it.
most=40
"$root/Tools/linux-since.sh" 6.15 || most=43
manifest hello.manifest "loader.exec = file:$hello"
count 'an executable' "$most" "$pal" "$hello"
count 'a manifest and an executable' $((most + 2)) "$pal" hello.manifest

finish
