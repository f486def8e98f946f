#!/bin/sh
# SPDX-License-Identifier: MIT
# newhost.sh: a copy of Skeleton is a new host, and builds by adding nothing but its directory.
# shellcheck source=/dev/null disable=SC2034,SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

if [ ! -d "$root/Pal/src/host/Skeleton" ]; then
    echo '1..0 # SKIP there is no Skeleton'
    exit 0
fi
seconds=500 # it builds everything, and not alone
mkdir tree
tar -c -f - -C "$root" --exclude=./build --exclude=./Runtime --exclude=./.git . | tar -x -f - -C tree
cp -r tree/Pal/src/host/Skeleton tree/Pal/src/host/Newhost
find tree -type f | LC_ALL=C sort >before

# The goals and variables of whoever runs this are not for this make.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES PAL_HOST
run make -C tree PAL_HOST=Newhost
check 'make PAL_HOST=Newhost' [ "$code" -eq 0 ]
[ "$code" -eq 0 ] || finish
check 'without a warning' [ ! -s err ]
check 'makes Runtime/pal-Newhost' [ -x tree/Runtime/pal-Newhost ]
check 'and no other loader' [ "$(echo tree/Runtime/pal-*)" = tree/Runtime/pal-Newhost ]
find tree -type f ! -path 'tree/build/*' ! -path 'tree/Runtime/*' ! -path tree/Pal/test/HelloWorld |
    LC_ALL=C sort >after
grep -v -x tree/Pal/test/HelloWorld before >expected
check 'and changes nothing else' cmp expected after
run "$root/Tools/check-exports.sh" loader tree/build/abi/names tree/Runtime/pal-Newhost
check 'its exports are those of the ABI' [ "$code" -eq 0 ]
run tree/Runtime/pal-Newhost tree/Pal/test/HelloWorld
check 'it fails, and does not crash' [ "$((code > 0 && code < 124))" -eq 1 ]
# What is compiled for every host names none.
run grep -r -l -i newhost tree/build/generic
check 'what all hosts share does not know it' [ ! -s out ]
run make -C tree PAL_HOST=Newhost
check 'a second make does nothing' [ "$code:$(grep -c -E 'CC|LINK' out)" = 0:0 ]

finish
