#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows, in TAP, that run-tests.sh counts what it must count: each case is a list of programs and the last line that
# follows from it.
set -u

runner=$(dirname "$0")/run-tests.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/test-run-tests.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failures=0

# result description command...: one test, which passes if the command succeeds.
result() {
    number=$((number + 1)) description=$1
    shift
    if "$@"; then
        echo "ok $number - $description"
    else
        echo "not ok $number - $description"
        sed 's/^/# /' "$work/output"
        failures=$((failures + 1))
    fi
}

# gives status last-line list: run the list, of `\t` and `\n` as in printf.
gives() {
    printf '%b' "$3" | TMPDIR=$work "$runner" >"$work/output" 2>&1
    [ "$?" -eq "$1" ] && [ "$(tail -n 1 "$work/output")" = "$2" ]
}

says() {
    grep -q -e "$1" "$work/output"
}

# How long those sleep that are to be killed: this run's own numbers.
sleep_1=7654$$ sleep_2=7655$$ sleep_3=7656$$

sleeps() {
    for process in /proc/[0-9]*; do
        [ "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")" != "sleep $1 " ] || return 0
    done
    return 1
}

# Whether no process has the argument, before long, and no file is left but ours.
nothing_left() {
    tries=0
    while sleeps "$1"; do
        [ $((tries += 1)) -lt 300 ] || return 1
        sleep 0.1
    done
    [ "$(ls "$work")" = output ]
}

result 'tests that pass' \
    gives 0 '3 passed, 0 failed' 'a\techo 1..2; echo ok 1; echo ok 2 - x\nb\techo ok; echo 1..1\n'
result 'a test that fails' \
    gives 1 '1 passed, 1 failed' 'a\techo 1..2; echo ok 1; echo not ok 2\n'
result 'its output is shown' says '^    not ok 2'
result 'a test that is skipped' \
    gives 0 '1 passed, 0 failed, 1 skipped' 'a\techo 1..2; echo ok; echo "ok 2 # SKIP no such kernel"\n'
result 'its reason is shown' says 'skipped: no such kernel'
result 'cmocka calls skipped tests not ok' \
    gives 0 '0 passed, 0 failed, 1 skipped' 'a\techo 1..1; echo "not ok 1 # SKIP x"\n'
result 'a program that is skipped' \
    gives 0 '0 passed, 0 failed, 1 skipped' 'a\techo "1..0 # SKIP no host"\n'
result 'an exit status without a test that fails' \
    gives 1 '1 passed, 1 failed' 'a\techo 1..1; echo ok 1; exit 3\n'
result 'the status is told' says 'exited with 3'
result 'a program that does not exist' \
    gives 1 '0 passed, 1 failed' 'a\t/nonexistent\n'
result 'death by a signal' \
    gives 1 '1 passed, 1 failed' 'a\techo 1..2; echo ok 1; kill -s SEGV $$\n'
result 'the signal is told' says 'killed by signal 11'
result 'death after the last test' \
    gives 1 '1 passed, 1 failed' 'a\techo 1..1; echo ok 1; kill -s KILL $$\n'
result 'a program that hangs' \
    gives 1 '1 passed, 1 failed' "a\\techo 1..2; echo ok 1; sleep $sleep_1\\t3\\n"
result 'the time is told' says 'timed out after 3 s'
result 'it is killed' nothing_left "$sleep_1"
result 'a program that ignores the request to end' \
    gives 1 '0 passed, 1 failed' 'a\ttrap "" TERM; echo 1..1; while :; do sleep 0.1; done\t1\n'
result 'fewer tests than announced' \
    gives 1 '1 passed, 2 failed' 'a\techo 1..3; echo ok 1\n'
result 'more tests than announced' \
    gives 1 '2 passed, 1 failed' 'a\techo 1..1; echo ok 1; echo ok 2\n'
result 'tests without a plan' \
    gives 1 '1 passed, 1 failed' 'a\techo ok 1\n'
result 'a plan of no tests' \
    gives 1 '0 passed, 1 failed' 'a\techo 1..0\n'
result 'no output' \
    gives 1 '0 passed, 1 failed' 'a\t:\n'
result 'a program that gives up' \
    gives 1 '1 passed, 1 failed' 'a\techo 1..1; echo ok 1; echo "Bail out! no memory"\n'
result 'an empty list' gives 1 '0 passed, 0 failed' ''
result 'a program that leaves a process and files behind' \
    gives 0 '1 passed, 0 failed' "a\\tsleep $sleep_2 & touch \$TMPDIR/x; echo 1..1; echo ok\\n"
result 'both are gone' nothing_left "$sleep_2"
result 'a program that leaves a process of another group behind' \
    gives 0 '1 passed, 0 failed' "a\\ttimeout 1000 sleep $sleep_3 & echo 1..1; echo ok\\n"
result 'it is gone' nothing_left "$sleep_3"
result 'programs do not see the list' \
    gives 0 '2 passed, 0 failed' 'a\tcat; echo 1..1; echo ok\nb\techo 1..1; echo ok\n'
result 'a command as a test' \
    gives 0 '1 passed, 0 failed' "a\t$(dirname "$0")/tap.sh a sh -c 'echo not ok'\n"
result 'a command that fails' \
    gives 1 '0 passed, 1 failed' "a\t$(dirname "$0")/tap.sh a false\n"

echo "1..$number"
[ "$failures" -eq 0 ]
