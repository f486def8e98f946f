#!/bin/sh
# SPDX-License-Identifier: MIT
# libos-test.sh name seconds program...: run the variants of one guest program (build/guest/VARIANT/NAME) natively and
# under pal-Linux; each is one TAP test.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../LibOS/test/lib.sh"

guest=$1 seconds=$2
shift 2
# Those that talk to themselves by the network may use all of it.
case $guest in
net_*) keys=$network_keys ;;
esac
for program; do
    variant=${program%/*}
    same "$guest, ${variant##*/}" "$(realpath "$program")"
done
finish
