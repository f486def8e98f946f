# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh uses and sets them
# SPDX-License-Identifier: MIT
# The standard library's own tests, for programs/python_*.sh: sourced after lib.sh. A module's result, which has to be the same
# natively and under pal-Linux, is how many tests ran, how many were skipped, and the names of those that did not succeed.
seconds=150
prepare=driver

# The tree may lie where the programs do not see it.
driver() {
    cp "$root/LibOS/test/programs/python_tests.py" .
}

# The totals without the time they took.
normalise() {
    grep -a -E '^(ERROR|FAIL): |^Ran [0-9]+ test|^(OK|FAILED)|^Fatal' | sed 's/ in [0-9.]*s$//'
}

# module name [option]...: options are those of `python3 -m test`; -i leaves out tests
module() {
    name=$1
    shift
    same "python3 -m test $name" /usr/bin/python3 python_tests.py -v --tempdir . "$name" "$@"
}

modules() {
    for name; do
        module "$name"
    done
}
