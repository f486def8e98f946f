#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of modules that use the system: files, threads, signals, time, waiting.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

# Setting a clock that cannot be set is refused for another reason than on Linux.
module test_time -i test_monotonic_settime
module test_pathlib -i test_is_socket_true
# A socket that is bound to a name on the host shows as a file there (test_pathlib, test_stat).
module test_stat -i test_socket
# There are no signals for changes of a directory.
module test_fcntl -i test_fcntl_64_bit
modules test_tempfile test_fileio test_file test_glob test_posixpath \
    test_genericpath test_fnmatch test_mmap test_resource test_locale test_sched \
    test_select test_threadsignals test_threading_local test_threadedtempfile test_getpass test_mailbox \
    test_queue test_openpty
# The host ABI has no extended attributes, and its filter no set-id bits.
keys=$network_keys
module test_epoll
module test_os -i ExtendedAttributeTests -i test_exist_ok_s_isgid_directory
module test_shutil -i 'test_copy*xattr*'
# The time these take, rather than what they do, is left out.
module test_io -i 'test_*interrupted*' -i 'test_nonblock_pipe*'
module test_poll -i test_poll2
module test_threading -i 'test_*fork*'
module test_thread -i 'test_fork*'
module test_signal -i 'StressTest' -i 'test_itimer_*prof' -i 'SiginterruptTest' -i test_pidfd_send_signal
# The host changes owners of what is open only, which a link cannot be.
# The first process's parent is nobody here. (One test of posix_spawnp fails among the others only, and is looked into.)
module test_posix -i test_lchown -i test_get_and_set_scheduler_and_param -i test_posix_spawnp
finish
