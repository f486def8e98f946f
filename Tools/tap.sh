#!/bin/sh
# SPDX-License-Identifier: MIT
# tap.sh [-k version] name command...: run a command as one TAP test, which passes if the command exits with 0. With -k, only
# on that version of Linux, from whose answers those of others may differ.
kernel=
if [ "$1" = -k ]; then
    kernel=$2
    shift 2
fi
name=$1
shift
echo 1..1
case $(uname -r) in
"$kernel"*) ;;
*)
    echo "ok 1 - $name # SKIP it compares with Linux $kernel"
    exit 0
    ;;
esac
output=$("$@" 2>&1)
status=$?
[ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/# /'
if [ "$status" -eq 0 ]; then
    echo "ok 1 - $name"
else
    echo "not ok 1 - $name: exited with $status"
fi
exit "$status"
