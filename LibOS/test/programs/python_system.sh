#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of modules that use the system: files, threads, signals, time, waiting.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

modules test_tempfile test_fileio test_file test_glob test_pathlib test_stat test_posixpath \
    test_genericpath test_fnmatch test_mmap test_fcntl test_resource test_locale test_time test_sched \
    test_select test_epoll test_threadsignals test_threading_local test_threadedtempfile test_getpass test_mailbox \
    test_queue test_openpty
# The host ABI has no extended attributes, and its filter no set-id bits.
module test_os -i ExtendedAttributeTests -i test_exist_ok_s_isgid_directory
module test_shutil -i 'test_copy*xattr*'
# The time these take, rather than what they do, is left out.
module test_io -i 'test_*interrupted*' -i 'test_nonblock_pipe*'
module test_poll -i test_poll2
module test_threading -i 'test_*fork*'
module test_thread -i 'test_fork*'
module test_signal -i 'StressTest' -i 'test_itimer_*prof' -i 'SiginterruptTest'
# The host changes owners of what is open only, which a link cannot be.
module test_posix -i test_lchown
finish
