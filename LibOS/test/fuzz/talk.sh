#!/bin/sh
# SPDX-License-Identifier: MIT
# talk.sh program steps from seeds [seconds]: the program's random calls with so many seeds, natively and under pal_loader, which have
# to print the same and to end in the same way. With seconds, seeds from there on until these are over. For one that does not, the
# fewest steps that show it are looked for and printed; what differs natively from run to run is passed over.
program=$(realpath "$1") steps=$2 seed=$3 count=$4 seconds=${5:-0}
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/libos-talk.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
# shellcheck disable=SC3045 # every sh of Debian knows -S
ulimit -S -c 0

# run where command...: its output in $work/where, with its end.
run() {
    where=$1
    shift
    mkdir "$work/cwd"
    (cd "$work/cwd" && timeout -k 5 60 "$@") </dev/null >"$work/$where" 2>&1
    echo "ends with $?" >>"$work/$where"
    rm -rf "$work/cwd"
}

# same arguments...: whether both print the same. Natively that may be something else each time: then they do.
same() {
    run native "$program" "$@"
    run library "$root/Runtime/pal_loader" -k net.allow_bind.0=0.0.0.0:0-65535 -k net.allow_peer.0=0.0.0.0:1-65535 -- "$program" "$@"
    cmp -s "$work/native" "$work/library" && return
    mv "$work/native" "$work/first"
    run native "$program" "$@"
    ! cmp -s "$work/native" "$work/first"
}

# A moment that is missed on a busy machine is none that counts.
same_in_the_end() {
    same "$@" || same "$@" || same "$@"
}

# The number of the first step that differs; without one it is the end.
first_step() {
    number=$(cmp "$work/native" "$work/library" | sed 's/.*line //')
    sed -n "${number}p" "$work/native" | sed -n 's/^\([0-9][0-9]*\) .*/\1/p'
}

# Leave out whatever is not needed for the difference, and show what is.
shrink() {
    last=$(first_step) last=${last:-$steps} left_out=''
    step=$((last - 1))
    while [ "$step" -gt 0 ]; do
        # shellcheck disable=SC2086 # several numbers
        same "$seed" "$last" $left_out $step || left_out="$left_out $step"
        step=$((step - 1))
    done
    # shellcheck disable=SC2086
    same "$seed" "$last" $left_out
    echo "again: $program $seed $last$left_out"
    diff "$work/native" "$work/library"
    echo "after:"
    cut -c 1-300 "$work/native"
}

end=$(($(date +%s) + seconds)) runs=0
while [ "$runs" -lt "$count" ] || [ "$(date +%s)" -lt "$end" ]; do
    if ! same_in_the_end "$seed" "$steps"; then
        echo "seed $seed: not as natively (<) but so (>)"
        shrink
        exit 1
    fi
    seed=$((seed + 1)) runs=$((runs + 1))
done
echo "$runs runs"
