#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh walk|start: host calls that fail one at a time. `walk` makes all calls of the Host ABI; `start` is a program that is
# confined, and so the loader's start and the guard.
set -u
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
case $1 in
walk) printf '%s\n' "loader.exec = file:$root/build/faults/walk" 'loader.sandbox = off' >program.manifest ;;
*)
    echo "loader.exec = file:$root/Pal/test/HelloWorld" >program.manifest
    ! "$root/Tools/linux-since.sh" 6.7 || echo 'net.allow_bind.0 = 0.0.0.0:8080' >>program.manifest
    ;;
esac
cp program.manifest inner.manifest
"$root/build/faults/drive" "$1" "$root/build/faults/pal-faults" program.manifest
