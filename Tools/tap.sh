#!/bin/sh
# SPDX-License-Identifier: MIT
# tap.sh name command...: run a command as one TAP test, which passes if the command exits with 0.
name=$1
shift
echo 1..1
output=$("$@" 2>&1)
status=$?
[ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/# /'
if [ "$status" -eq 0 ]; then
    echo "ok 1 - $name"
else
    echo "not ok 1 - $name: exited with $status"
fi
exit "$status"
