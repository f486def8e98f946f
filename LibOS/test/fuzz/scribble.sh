#!/bin/sh
# SPDX-License-Identifier: MIT
# scribble.sh scribble seconds program...: for so long, the programs run, all at once and again and again, as processes of one
# instance, while scribble writes into what they share. Fails with the seed, and with what was said, when one of them crashes.
scribble=$(realpath "$1") seconds=$2
shift 2
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/libos-scribble.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
slice=3 seed=$(date +%s)
# shellcheck disable=SC3045 # every sh of Debian knows -S
ulimit -S -c 0

mkdir "$work/new"
for program; do
    cp "$program" "$work/new" && echo "timeout 3 ./$(basename "$program") &" >>"$work/new/all"
done
echo 'while :; do (. ./all; wait); done' >"$work/new/again"

end=$(($(date +%s) + seconds)) runs=0
while [ "$(date +%s)" -lt "$end" ]; do
    cp -r "$work/new" "$work/cwd"
    (cd "$work/cwd" && exec "$scribble" $slice "$seed" $((100 << seed % 6)) "$root/Runtime/pal_loader" -- sh ./again) || exit 1
    rm -rf "$work/cwd"
    seed=$((seed + 1)) runs=$((runs + 1))
done
echo "$runs runs"
