#!/bin/sh
# SPDX-License-Identifier: MIT
# check-compilers.sh compiler...: each builds a copy of the tree without a warning, and what it has built runs.
set -eu
cd "$(dirname "$0")/.."

copy=$(mktemp -d "${TMPDIR:-/tmp}/check-compilers.XXXXXX")
trap 'rm -rf "$copy"' EXIT
tar --create --exclude=./.git --exclude=./build --exclude=./Runtime . | tar --extract --directory="$copy"
cd "$copy"

for compiler in "$@"; do
    log=$(env -u MAKEFLAGS -u MAKELEVEL make -j2 CI=1 CC="$compiler" 2>&1) || {
        printf '%s\n' "$log"
        exit 1
    }
    output=$(Runtime/pal-Linux Pal/test/HelloWorld)
    if [ "$output" != 'Hello World' ]; then
        printf '%s: HelloWorld printed: %s\n' "$compiler" "$output"
        exit 1
    fi
    output=$(Runtime/pal_loader -- /bin/echo Hello Linux)
    if [ "$output" != 'Hello Linux' ]; then
        printf '%s: the library OS printed: %s\n' "$compiler" "$output"
        exit 1
    fi
done
