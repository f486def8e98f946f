#!/bin/sh
# SPDX-License-Identifier: MIT
# The tests of asyncio that need no socket but the pair by which a loop wakes itself.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

# parts name...: test modules of asyncio, in one run
parts() {
    name="python3 -m test test_asyncio: $*"
    for part; do
        set -- "$@" -m "test.test_asyncio.test_$part.*"
        shift
    done
    same "$name" /usr/bin/python3 python_tests.py -v --tempdir . test_asyncio "$@"
}

parts locks queues futures futures2 pep492 context protocols transports
parts tasks
parts runners taskgroups timeouts waitfor threads
finish
