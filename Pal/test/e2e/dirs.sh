#!/bin/sh
# SPDX-License-Identifier: MIT
# End-to-end: directories with permissions that only an ordinary user feels.
# shellcheck source=Pal/test/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# Root may search everything, but without its capabilities.
drop=
[ "$(id -u)" -ne 0 ] || drop='setpriv --bounding-set=-all'
if ! $drop true; then
    echo '1..0 # SKIP setpriv is not allowed to drop capabilities'
    exit 0
fi

mkdir dir dir/below
touch dir/file
manifest list.manifest "loader.exec = file:$guests/list"

# listed permissions what names records file
listed() {
    chmod "$1" dir
    # shellcheck disable=SC2086 # none, or several words
    run $drop "$pal" list.manifest dir
    expect "a directory that is $2" 0 "$3 names, again $3
$4 names, again $4
file $5"
    chmod 700 dir
}
listed 500 'readable and searchable' 2 4 opens
listed 400 'readable but not searchable' 2 4 'does not open'
listed 100 'searchable but not readable' 0 0 opens
listed 000 'neither' 0 0 'does not open'
finish
