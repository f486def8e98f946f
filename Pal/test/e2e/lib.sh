# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the end-to-end tests have in common; sourced by them. A test runs a command with `run`, then says what is to be so
# with `expect`, `refused` or `check`, each of which is one line of TAP. `finish` comes last.
#
# $root is the tree, $pal its Linux loader, $guests its guests, $work a directory for this run alone.
set -u
export LC_ALL=C
umask 022 # some become another user

root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
pal=$root/Runtime/pal-Linux
guests=$root/build/e2e
hello=$root/Pal/test/HelloWorld
number=0 failed=0 command='' code=0 seconds=90

if [ ! -x "$pal" ] || [ ! -x "$hello" ] || [ ! -x "$guests/pair_main" ]; then
    echo "Bail out! nothing to test; make e2e builds it"
    exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/pal-e2e.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
cd "$work" || exit 1
touch out err

result() { # ok|not ok, name
    number=$((number + 1))
    [ "$1" = ok ] || failed=$((failed + 1))
    echo "$1 $number - $2"
}

# Say what happened, below the result.
tell() {
    printf 'command:%s\nexit code %s\nstdout:\n%s\nstderr:\n%s\n' "$command" "$code" "$(head -c 2000 out)" \
        "$(head -c 2000 err)" | sed 's/^/# /'
}

skip() { # name, reason
    result ok "$1 # SKIP $2"
}

# run command...: leaves its exit code in $code, its output in the files out and err; 124 if it takes more than $seconds.
run() {
    command=$(printf " '%s'" "$@" | head -c 1000)
    timeout -k 1 "$seconds" "$@" >out 2>err
    code=$?
}

# check name test...: whether a command succeeds
check() {
    name=$1
    shift
    if "$@" >check.out 2>&1; then
        result ok "$name"
    else
        result 'not ok' "$name"
        printf '%s\n' "failed: $*" | head -c 2000 | sed 's/^/# /'
        sed 's/^/# /' check.out
        tell
    fi
}

# expect name code stdout: the last run gave this code, this text, and nothing on stderr
expect() {
    if [ "$code" -eq "$2" ] && [ "$(cat out)" = "$3" ] && [ ! -s err ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        printf 'expected exit code %s and stdout:\n%s\n' "$2" "$3" | sed 's/^/# /'
        tell
    fi
}

# refused name text...: the last run ended with an error and no crash, and said why in one line with all of these texts
refused() {
    name=$1
    shift
    why=
    [ "$code" -gt 0 ] && [ "$code" -lt 124 ] || why="; the exit code is not that of an error"
    [ ! -s out ] || why="$why; there is output"
    [ "$(wc -l <err)" -eq 1 ] && [ "$(grep -c '^pal: ' err)" -eq 1 ] || why="$why; stderr is not one line of ours"
    for text; do
        grep -q -F -e "$text" err || why="$why; stderr does not say '$text'"
    done
    if [ -z "$why" ]; then
        result ok "$name"
    else
        result 'not ok' "$name"
        echo "# ${why#; }"
        tell
    fi
}

# has line...: the last run printed each of these lines
has() {
    for line; do
        grep -q -x -F -e "$line" out || { echo "no line '$line'" && return 1; }
    done
}

# manifest file line...: write a manifest
manifest() {
    file=$1
    shift
    printf '%s\n' "$@" >"$file"
}

# feed file pipe: write a file into a FIFO, in the background; gives up if nobody reads
feed() {
    # shellcheck disable=SC2016 # the inner shell expands them
    timeout -k 1 "$seconds" sh -c 'cat <"$1" >"$2"' sh "$1" "$2" 2>/dev/null &
}

finish() {
    echo "1..$number"
    exit $((failed > 0))
}
