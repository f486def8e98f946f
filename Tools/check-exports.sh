#!/bin/sh
# SPDX-License-Identifier: MIT
# check-exports.sh objects NAMES OBJECT...: no object defines a symbol of default visibility that is not in NAMES.
# check-exports.sh loader NAMES FILE: FILE exports exactly NAMES; it is removed if not.
set -eu
mode=$1 names=$2
shift 2
case $mode in
objects)
    extra=$(readelf --syms --wide "$@" | awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" { print $8 }' |
        LC_ALL=C sort -u | LC_ALL=C comm -13 "$names" -)
    if [ -n "$extra" ]; then
        printf 'exported, but not in pal.abi: %s\n' "$extra" >&2
        exit 1
    fi
    ;;
loader)
    if ! nm --dynamic --defined-only --format=posix "$1" | cut -d ' ' -f 1 | LC_ALL=C sort | diff "$names" - >&2; then
        printf '%s: its exports are not those of pal.abi\n' "$1" >&2
        rm -f "$1"
        exit 1
    fi
    ;;
esac
