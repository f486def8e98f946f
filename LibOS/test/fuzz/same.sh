#!/bin/sh
# SPDX-License-Identifier: MIT
# same.sh program seconds [seed [runs]]: random sequences of calls, natively and under pal-Linux, for so long and so often, with
# seeds that count up from the given one (by default the time): on files of the host and on a tmpfs, as an ordinary user too, if
# run by the superuser. Fails with the fewest steps that still differ.
seconds=$2 seed=${3:-$(date +%s)} runs=${4:-1000000000} length=150 ordinary=65534
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/libos-same.XXXXXX") || exit 1
memory=$(mktemp -d /dev/shm/libos-same.XXXXXX) || exit 1
trap 'chmod -R u+rwx "$work" "$memory"; rm -rf "$work" "$memory"' EXIT
trap 'exit 130' HUP INT TERM
# shellcheck disable=SC3045 # every sh of Debian knows -S
ulimit -S -c 0
chmod 755 "$work" "$memory"
# Who is no superuser may not see the tree.
cp "$1" "$work/same" && cp -r "$root/Runtime" "$work" || exit 1

# observe which command...: what the steps print, in a fresh directory
observe() {
    which=$1
    shift
    mkdir "$work/cwd" "$memory/cwd" && chmod 777 "$work/cwd" "$memory/cwd"
    case $which,$place in
    *,host) directory=. ;;
    native,*) directory=$memory/cwd ;;
    *) directory=/dev/shm ;; # another one
    esac
    # shellcheck disable=SC2086 # $user and $steps are words
    (cd "$work/cwd" && exec timeout -k 2 60 $user "$@" "$work/same" "$directory" "$seed" $steps) </dev/null >"$work/$which" 2>&1
    echo "exit code $?" >>"$work/$which"
    chmod -R u+rwx "$work/cwd" "$memory/cwd" && rm -rf "$work/cwd" "$memory/cwd"
}

differs() {
    observe native
    observe pal "$work/Runtime/pal_loader" -k loader.log_level=error --
    ! cmp -s "$work/native" "$work/pal"
}

# A moment that is missed on a busy machine is none that counts.
differs_always() {
    differs && differs && differs
}

# The steps up to the first difference.
cut_short() {
    line=$(cmp "$work/native" "$work/pal" | sed 's/.* line //')
    last=$(head -n "$line" "$work/native" | sed -n 's/^\([0-9]*\) .*/\1/p' | tail -n 1)
    steps=$(seq "${last:-1}")
    differs || steps=$(seq $length)
}

# $steps without $2 words from the word $1 on
without() {
    echo "$steps" | sed "$1,$(($1 + $2 - 1))d"
}

# Leaves out blocks of steps, ever smaller ones, as long as there is a difference.
minimise() {
    cut_short
    block=$(echo "$steps" | wc -l)
    while [ "$block" -gt 0 ]; do
        at=1
        while [ $at -le "$(echo "$steps" | wc -l)" ]; do
            all=$steps
            steps=$(without $at "$block")
            differs || { steps=$all && at=$((at + block)); }
        done
        block=$((block / 2))
    done
    differs
}

# shellcheck disable=SC2086 # one line of words
report() {
    minimise
    echo "seed $seed, $place, ${user:-as it is}: native and pal differ in the steps" $steps
    diff -U1000 "$work/native" "$work/pal" | tail -n +3 | cut -c 1-250
}

places='host tmpfs'
[ "$(stat -f -c %T "$work")" != tmpfs ] || places=tmpfs
users='""'
[ "$(id -u)" -ne 0 ] || ! setpriv --reuid="$ordinary" --regid="$ordinary" --clear-groups true 2>/dev/null ||
    users="\"\" \"setpriv --reuid=$ordinary --regid=$ordinary --clear-groups\""
end=$(($(date +%s) + seconds)) done=0
while [ "$(date +%s)" -lt "$end" ] && [ $done -lt "$runs" ]; do
    for place in $places; do
        eval "set -- $users"
        for user; do
            steps=$(seq $length)
            if differs_always; then
                report
                [ -n "${SAME_ALL:-}" ] || exit 1
            fi
        done
    done
    seed=$((seed + 1)) done=$((done + 1))
done
echo "$done seeds"
