# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh uses and sets them
# SPDX-License-Identifier: MIT
# The standard library's own tests, for programs/python_*.sh: sourced after lib.sh. A module's result, which has to be the same
# natively and under pal-Linux, is how many tests ran, how many were skipped, and the names of those that did not succeed.
seconds=600
prepare=driver

# The tree may lie where the programs do not see it.
driver() {
    cp "$root/LibOS/test/programs/python_tests.py" .
}

# The totals without the time they took. Tests that are skipped because a name is too long for a socket do not count: names have
# process ids in them, which are longer natively.
normalise() {
    awk '/skipped .*too long/ { long++ }
        /^(ERROR|FAIL): |^Ran [0-9]+ test|^(OK|FAILED)|^Fatal/ {
            sub(/ in [0-9.]*s$/, "")
            if (long && match($0, /skipped=[0-9]+/)) {
                count = substr($0, RSTART + 8, RLENGTH - 8) - long
                $0 = substr($0, 1, RSTART + 7) count substr($0, RSTART + RLENGTH)
            }
            print
        }'
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
