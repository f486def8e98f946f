#!/bin/sh
# SPDX-License-Identifier: MIT
# check-contract.sh HOST...: the host contract (pal_host_api.h), the objects of each host, the Skeleton host and its
# test name the same functions and handle operations. Names each difference; the hosts have been built.
set -eu
export LC_ALL=C
api=Pal/src/pal_host_api.h
skeleton=Pal/src/host/Skeleton
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# differ WANTED GOT MESSAGE: print the message for each line that only WANTED has; %s is the line.
differ() {
    comm -23 "$1" "$2" >"$work/difference"
    while read -r name; do
        # shellcheck disable=SC2059 # the message is the format
        printf "check-contract: $3\n" "$name" >&2
        failed=1
    done <"$work/difference"
}

# The header without its comments.
awk '{ text = text $0 "\n" }
     END { while (start = index(text, "/*")) {
               rest = substr(text, start)
               text = substr(text, 1, start - 1) substr(rest, index(rest, "*/") + 2)
           }
           printf "%s", text }' "$api" >"$work/api"

{ grep -o '_Dk[A-Za-z]*' "$work/api" && echo pal_handle_ops; } | sort -u >"$work/contract"
for host in "$@"; do
    nm --defined-only --extern-only --format=posix "build/host/$host"/*.o |
        awk '$1 ~ /^_Dk/ || $1 == "pal_handle_ops" { print $1 }' | sort >"$work/defined"
    differ "$work/contract" "$work/defined" "%s: not defined by host $host"
    differ "$work/defined" "$work/contract" "%s: defined by host $host, but not in $api"
done

# Skeleton shows every operation there is; that it shows no other one is the compiler's business.
sed -n '/^struct handle_ops {/,/^};/p' "$work/api" | grep -o '(\*[a-z]*)' | tr -d '(*)' | sort >"$work/operations"
grep -oh '^ *\.[a-z]* = [a-z]*_[a-z]*' "$skeleton"/*.c | tr -d ' .' | sort >"$work/members"
cut -d = -f 1 "$work/members" | sort -u >"$work/shown"
differ "$work/operations" "$work/shown" "%s: an operation of struct handle_ops that Skeleton does not show"
differ "$work/shown" "$work/operations" "%s: an operation that Skeleton shows, but not in struct handle_ops"
# A function in the wrong place of a table would compile: file_read is to stand at .read.
awk -F = '{ name = $2; sub(/.*_/, "", name); if (name != $1) print $2 " as ." $1 }' "$work/members" >"$work/misplaced"
differ "$work/misplaced" /dev/null "%s: an operation in the wrong place of Skeleton's table"

nm --undefined-only --format=posix build/contract/skeleton_host.o | cut -d ' ' -f 1 | sort >"$work/called"
grep '^_Dk' "$work/contract" >"$work/functions"
differ "$work/functions" "$work/called" "%s: not called by the test of Skeleton"

exit "$failed"
