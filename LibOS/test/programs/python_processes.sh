#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of what makes processes.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

modules test_popen test_wait3 test_wait4 test_fork1 test_pipes test_cmd_line test_posix test_pty test_signal \
    test_asyncio.test_subprocess test_commands
module test_subprocess
module test_os -m '*Fork*' -m '*Spawn*' -m '*Wait*' -m '*Popen*' -m '*System*' -m 'KillTests' -m 'TestPosix*'
module test_mmap
module test_fcntl
module test_select
module test_concurrent_futures -m '*Fork*ProcessPool*Shutdown*' -m '*ProcessPoolFork*As*'
module test_multiprocessing_fork -m 'WithProcessesTest[A-O]*' -m 'WithProcessesTestPool*'
module test_multiprocessing_fork -m 'WithProcessesTestProcess' -m 'WithProcessesTestQueue' -m 'WithProcessesTestSemaphore' -m 'WithProcessesTestSharedMemory' -m 'WithProcessesTestValue'
module test_threading -m 'test_*fork*'
module test_thread -m 'test_fork*'
finish
