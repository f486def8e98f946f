#!/bin/sh
# SPDX-License-Identifier: MIT
# libos-test.sh name seconds since program...: run the variants of one guest program (build/guest/VARIANT/NAME) natively and
# under pal-Linux; each is one TAP test. On a Linux from before the version `since`, which does otherwise, nothing is run.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../LibOS/test/lib.sh"

guest=$1 seconds=$2 since=$3
shift 3
if ! "$root/Tools/linux-since.sh" "$since"; then
    echo "1..0 # SKIP compared with Linux $since and later, and this is $(uname -r)"
    exit 0
fi
# Those that talk to themselves by the network may use all of it.
case $guest in
net_*) keys=$network_keys ;;
esac
for program; do
    variant=${program%/*}
    same "$guest, ${variant##*/}" "$(realpath "$program")"
done
finish
