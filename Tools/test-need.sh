#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows, in TAP, what need.sh does about a missing package, on a machine that is made of stubs: a PATH with next to
# nothing in it, where the compiler is missing.
set -u

need=$(realpath "$(dirname "$0")/need.sh")
work=$(mktemp -d "${TMPDIR:-/tmp}/test-need.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failures=0 option=
unset CC

for tool in sh awk cat env paste sort touch; do
    ln -s "$(command -v "$tool")" "$work/$tool"
done

# stub name line...: a command that is a script
stub() {
    name=$1
    shift
    { echo '#!/bin/sh' && printf '%s\n' "$@"; } >"$work/$name"
    chmod +x "$work/$name"
}

# check description status text: need.sh exits with the status, and its output is the text. $option is an option for it.
check() {
    number=$((number + 1))
    # shellcheck disable=SC2086 # a word, or none
    output=$(PATH=$work "$need" $option build 2>&1)
    status=$?
    if [ "$status" -eq "$2" ] && [ "$output" = "$3" ]; then
        echo "ok $number - $1"
    else
        printf 'not ok %s - %s\n' "$number" "$1"
        printf '%s\nexit status %s\n' "$output" "$status" | sed 's/^/# /'
        failures=$((failures + 1))
    fi
}

stub true
stub ld
stub id 'echo 1000'
advice='This needs packages that are not installed. Please run:
    sudo apt-get update && sudo apt-get install --no-install-recommends gcc'

check 'no apt-get: advice' 1 "$advice"
stub apt-get "touch '$work/called'"
check 'an ordinary user: advice' 1 "$advice"
stub sudo 'echo "a password is required"' 'exit 1'
check 'sudo wants a password: advice' 1 "$advice"
[ -e "$work/called" ] && check 'apt-get was called without a right to' 2 ''
stub id 'echo 0'
option=-n
check 'root who does not want it: advice' 1 "$advice"
[ -e "$work/called" ] && check 'apt-get was called for somebody who does not want it' 2 ''
option=
stub apt-get 'echo "E: no network"' 'exit 100'
check 'root, but apt-get fails: its output and advice' 1 "Installing gcc
E: no network
E: no network
$advice"
stub apt-get
check 'apt-get does not bring what is missing: advice' 1 "Installing gcc
$advice"
stub apt-get "cat '$work/ld' >'$work/gcc'" "PATH=/bin:/usr/bin; chmod +x '$work/gcc'"
check 'root: installed' 0 'Installing gcc'
check 'nothing missing: silent' 0 ''
export CC=clang
check 'another compiler is asked for: advice' 1 "Installing clang
$(echo "$advice" | sed 's/gcc$/clang/')"
unset CC
rm "$work/gcc"
stub id 'echo 1000'
# shellcheck disable=SC2016 # the stub expands it
stub sudo 'shift; exec "$@"'
check 'sudo without a password: installed' 0 'Installing gcc'

echo "1..$number"
[ "$failures" -eq 0 ]
