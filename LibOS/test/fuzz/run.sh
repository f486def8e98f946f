#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh program seconds [seed]: random system calls under pal-Linux for so long, with seeds that count up from the given one (by
# default the time). Fails with the seed and what was printed when a program hangs, ends in an unexpected way or keeps memory, or
# when the library OS or the loader complains.
program=$(realpath "$1") seconds=$2 seed=${3:-$(date +%s)}
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/libos-fuzz.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
slice=3 grace=15 memory_kb=65536
# shellcheck disable=SC3045 # every sh of Debian knows -S
ulimit -S -c 0

# fail reason
fail() {
    echo "seed $seed, $threads threads: $1"
    echo "again: Runtime/pal_loader -- $program $seed $((slice * 1000)) $threads"
    head -n 40 "$work/err" | cut -c 1-300
    exit 1
}

# The end of process $1, or 137 if that takes too long; $peak is the most memory it had.
watch_over() {
    ticks=$(((slice + grace) * 5)) peak=0
    while kill -0 "$1" 2>/dev/null; do
        ticks=$((ticks - 1))
        [ "$ticks" -gt 0 ] || kill -KILL "$1"
        now=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status" 2>/dev/null)
        [ "${now:-0}" -le "$peak" ] || peak=$now
        sleep 0.2
    done
    wait "$1"
    code=$?
}

end=$(($(date +%s) + seconds)) runs=0
while [ "$(date +%s)" -lt "$end" ]; do
    threads=$((runs % 4 + 1))
    mkdir "$work/cwd"
    (cd "$work/cwd" && exec "$root/Runtime/pal_loader" -k loader.log_level=error -- "$program" "$seed" $((slice * 1000)) $threads) \
        </dev/null >"$work/out" 2>"$work/err" &
    watch_over $!
    case $code in
    0) ;;
    137) fail "it hangs" ;;
    159) fail "a call that the host's filter forbids" ;;
    *) if [ $((seed % 4)) != 0 ] || [ "$code" -le 128 ]; then # wild ones may die of what they did
        fail "exit code $code"
    fi ;;
    esac
    ! grep -q 'inside the library OS\|inside the PAL\|^pal: ' "$work/err" || fail "a fault of ours"
    [ "$peak" -le "$memory_kb" ] || fail "$peak KiB of memory"
    chmod -R u+rwx "$work/cwd" && rm -rf "$work/cwd"
    seed=$((seed + 1)) runs=$((runs + 1))
done
echo "$runs runs"
