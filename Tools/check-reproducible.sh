#!/bin/sh
# SPDX-License-Identifier: MIT
# check-reproducible.sh file...: a copy of the tree, in a directory of a very different name, builds the same files. The copy is
# first built for a host of its own, a mere copy of Skeleton: a port takes nothing but its directory, and generic objects
# are the same whatever host they are made for.
set -eu
cd "$(dirname "$0")/.."

copy=$(mktemp -d "${TMPDIR:-/tmp}/somebody's \"copy\" for \$PATH, ä.XXXXXX")
trap 'rm -rf "$copy"' EXIT
faults=0

# build [variable]: make, in the copy, silent unless it fails
build() {
    log=$(env -u MAKEFLAGS -u MAKELEVEL make -j2 -C "$copy" "$@" 2>&1) || {
        printf '%s\n' "$log"
        exit 1
    }
}

# same file...: the copy has the same
same() {
    for file in "$@"; do
        cmp "$file" "$copy/$file" || faults=1
    done
}

tar --create --exclude=./.git --exclude=./build --exclude=./Runtime . | tar --extract --directory="$copy"
(cd "$copy" && rm -f "$@" && cp -R Pal/src/host/Skeleton Pal/src/host/Newhost)
build PAL_HOST=Newhost
if [ ! -x "$copy/Runtime/pal-Newhost" ]; then
    echo 'make PAL_HOST=Newhost made no Runtime/pal-Newhost'
    exit 1
fi
# shellcheck disable=SC2046 # no name has a blank
same $(find build/generic -name '*.o')

build
same "$@"
exit $faults
