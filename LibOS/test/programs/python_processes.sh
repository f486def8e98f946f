#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of what makes processes.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"
prepare=:

# How many are skipped depends on the user's rights and the host's file systems.
normalise() {
    grep -a -E '^(ERROR|FAIL): |^Ran [0-9]+ test|^(OK|FAILED)|^Fatal' | sed -e 's/ in [0-9.]*s$//' -e 's/skipped=[0-9]*/skipped/'
}

# Here the tests may make processes.
module() {
    same "python3 -m test $*" /usr/bin/python3 -m test -v --tempdir . "$@"
}

modules test_popen test_wait3 test_wait4 test_fork1 test_pipes test_cmd_line test_commands test_subprocess
# The host changes owners of what is open only, which a link cannot be.
module test_posix -i test_lchown
# What is skipped on a busy machine, for it measures processor time; and half a minute of what signal_restart.c does in less.
module test_signal -i 'test_itimer_*prof' -i test_itimer_virtual -i SiginterruptTest
module test_thread -m 'test_fork*'
module test_os -m '*Fork*' -m '*Spawn*' -m '*Wait*' -m '*Popen*' -m '*System*' -m 'KillTests' -m 'TestPosix*'
module test_threading -m 'test_*fork*'
module test_asyncio.test_subprocess -m 'SubprocessMultiLoopWatcher*' -m 'SubprocessThread*'
module test_concurrent_futures -m ProcessPoolForkAsCompletedTest -m ProcessPoolForkExecutorTest
module test_multiprocessing_fork -m WithProcessesTestPool -m WithProcessesTestQueue -m WithProcessesTestSemaphore -m WithProcessesTestLock \
    -m WithProcessesTestEvent -m WithProcessesTestBarrier -m WithProcessesTestCondition -m WithProcessesTestValue
module test_multiprocessing_fork -m WithProcessesTestConnection -m WithProcessesTestHeap
# Pseudo terminals are of one process so far.
skip 'python3 -m test test_pty' 'see above'
finish
