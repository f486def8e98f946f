#!/bin/sh
# SPDX-License-Identifier: MIT
# The standard library's tests of modules that compute, and of those that read and write files.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"

modules test_json test_re test_struct test_math test_random test_collections test_zlib test_hashlib test_datetime \
    test_gzip test_bz2 test_itertools test_functools test_decimal test_heapq test_base64 test_csv test_tarfile \
    test_contextlib test_array test_dict test_float test_set test_list test_string test_bytes test_long test_memoryview \
    test_ordered_dict test_unicodedata test_statistics test_configparser test_ctypes test_gc test_shelve test_dbm_dumb \
    test_filecmp test_fileinput test_linecache
skip 'python3 -m test test_sqlite3' 'Debian has left these tests out; python.sh and sqlite.sh use sqlite'
finish
