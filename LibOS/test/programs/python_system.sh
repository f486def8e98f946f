#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of modules that use the system: files, threads, signals, time, waiting.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

# test_monotonic_settime sets the machine's clock if it may, which natively root does.
module test_time -i test_monotonic_settime
# There are no signals for changes of a directory (F_NOTIFY).
module test_fcntl -i test_fcntl_64_bit
modules test_tempfile test_fileio test_file test_glob test_posixpath \
    test_genericpath test_fnmatch test_mmap test_resource test_locale test_sched \
    test_select test_threadsignals test_threading_local test_threadedtempfile test_getpass test_mailbox \
    test_queue test_openpty test_pty test_pathlib test_stat
# The processor time that these measure passes more slowly on a busy machine, and then they are skipped.
module test_signal -i 'test_itimer_*prof' -i test_itimer_virtual
# The host changes owners of what is open only, which a link cannot be.
module test_posix -i test_lchown
# These make processes: python_processes.sh has them.
module test_threading -i 'test_*fork*'
module test_thread -i 'test_fork*'
# It watches a process for ten seconds.
module test_poll -i test_poll2
# What waits for a signal in the middle of a call, 20 seconds in all, is in signal_restart.c and pipe_basic.c.
module test_io -i 'test_*interrupted*' -i 'test_nonblock_pipe*'
# The Host ABI has no extended attributes, and its filter no set-id bits.
keys=$network_keys
unreadable test_os -i ExtendedAttributeTests -i test_exist_ok_s_isgid_directory
unreadable test_shutil -i 'test_copy*xattr*'
module test_epoll
finish
