#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of processes that talk by named sockets and send each other descriptors: managers, listeners, the
# server that forks. Those without a name are in python_processes.sh.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"
prepare=:
seconds=600
keys=$network_keys

# Here the tests may make processes.
module() {
    same "python3 -m test $*" /usr/bin/python3 -m test -v --tempdir . "$@"
}

module test_multiprocessing_fork -m 'WithManagerTest*' -m TestSyncManagerTypes
module test_multiprocessing_fork -m 'WithProcessesTestListener*' -m WithProcessesTestConnection \
    -m WithProcessesTestPicklingConnections -m WithProcessesTestSharedMemory -m WithThreadsTestListenerClient -m TestWait
module test_multiprocessing_forkserver -m WithProcessesTestProcess -m WithProcessesTestQueue -m WithProcessesTestConnection \
    -m WithProcessesTestPicklingConnections -m 'WithManagerTest[EQ]*'
module test_socket -m '*Unix*' -m '*SCM*' -m '*Passing*'
finish
