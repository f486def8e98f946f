#!/bin/sh
# SPDX-License-Identifier: MIT
# run-tests.sh [-j jobs] [-t seconds] [list]: run test programs that print TAP, and say how many tests passed.
#
# The list, by default stdin, has a program per line: its name, its command and, if it needs one of its own, its time
# limit in seconds, separated by tabs. Each program runs in its own session, without input and with a TMPDIR of its own.
# When it has ended, or its time is up, what is left of its session is killed. tap.awk says what counts as a
# failure; the output of programs that fail is shown. The last line is `N passed, M failed`, with `, K skipped` if K > 0.
# Exits with 1 if a test failed or none ran.
set -u

tools=$(dirname "$0")
jobs=$(nproc)
limit=900
while getopts j:t: option; do
    case $option in
    j) jobs=$OPTARG ;;
    t) limit=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

umask 022 # for tests that become another user, and then look at what they have made
work=$(mktemp -d "${TMPDIR:-/tmp}/run-tests.XXXXXX") || exit 2
chmod 711 "$work"
[ $# -eq 0 ] || exec <"$1" || exit 2

# Programs may have left directories that their owner cannot enter.
remove() {
    rm -rf "$@" 2>/dev/null || { chmod -R u+rwx "$@" && rm -rf "$@"; }
}

# Whoever has made a group of its own, as timeout(1) does, is in none that could be named; pkill finds it.
kill_session() {
    kill -s KILL -- "-$1"
    pkill -KILL -s "$1"
}

# The runners first, so that none reports the end of its program.
leave() {
    for file in "$work"/*.runner; do
        [ ! -e "$file" ] || kill -s KILL "$(cat "$file")"
    done
    for file in "$work"/*.session; do
        [ ! -e "$file" ] || kill_session "$(cat "$file")"
    done
    remove "$work"
} 2>/dev/null
trap leave EXIT
trap 'exit 130' HUP INT TERM PIPE

# Runners write the number of the program that has ended.
mkfifo "$work/ended"
exec 3<>"$work/ended"

# run number name command seconds
run() {
    began=$(date +%s)
    mkdir "$work/$1.tmp"
    TMPDIR=$work/$1.tmp setsid timeout -k 2 "$4" sh -c "$3" </dev/null >"$work/$1.out" 2>&1 3>&- &
    session=$!
    echo "$session" >"$work/$1.session"
    wait "$session"
    status=$?
    kill_session "$session"
    rm -f "$work/$1.session"
    awk -v name="$2" -v status="$status" -v seconds="$(($(date +%s) - began))" -v limit="$4" -v counts="$work/$1.counts" \
        -f "$tools/tap.awk" "$work/$1.out" >"$work/$1.report"
    remove "$work/$1.tmp" "$work/$1.out"
    echo "$1" >&3
} 2>/dev/null

# Wait for a program to end and print its report.
finish() {
    read -r ended <&3
    cat "$work/$ended.report"
    read -r passes failures skips <"$work/$ended.counts"
    passed=$((passed + passes)) failed=$((failed + failures)) skipped=$((skipped + skips))
    running=$((running - 1))
    rm -f "$work/$ended".*
}

number=0 running=0 passed=0 failed=0 skipped=0
while IFS='	' read -r name command seconds; do
    [ -n "$name" ] || continue
    [ "$running" -lt "$jobs" ] || finish
    number=$((number + 1)) running=$((running + 1))
    run "$number" "$name" "$command" "${seconds:-$limit}" &
    echo $! >"$work/$number.runner"
done
while [ "$running" -gt 0 ]; do
    finish
done

[ "$skipped" -eq 0 ] && more= || more=", $skipped skipped"
echo "$passed passed, $failed failed$more"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
