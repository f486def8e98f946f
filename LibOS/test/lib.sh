# shellcheck shell=sh disable=SC2034 # for those who source it
# SPDX-License-Identifier: MIT
# What the tests of the library OS have in common; sourced by them. Each runs programs of this machine twice, natively and
# under pal-Linux, in fresh directories of the same path, and wants the same output, exit code and files left behind.
#
# $root is the tree, $pal_loader the loader, $work a directory for this run alone.
set -u

# The programs' environment is not that of whoever runs the tests; who is no superuser has not all programs in PATH.
[ -n "${PAL_TEST_ENVIRONMENT:-}" ] ||
    exec env -i PAL_TEST_ENVIRONMENT=own LC_ALL=C SHELL=/bin/sh PATH="$PATH:/usr/sbin:/sbin" HOME="${HOME:-/}" \
        TMPDIR="${TMPDIR:-/tmp}" PAL_LOADER="${PAL_LOADER:-}" CC="${CC:-gcc}" "$0" "$@"

root=$(cd "$(dirname "$0")/.." && while [ ! -e Makefile ]; do cd .. || exit 1; done && pwd) || exit 1
pal_loader=${PAL_LOADER:-$root/Runtime/pal_loader}
number=0 failed=0 seconds=120 prepare=: input=/dev/null keys='' as=''
# shellcheck disable=SC2125 # no pattern: addresses
network_keys='-k net.allow_bind.0=0.0.0.0:0-65535 -k net.allow_bind.1=[::]:0-65535 -k net.allow_peer.0=0.0.0.0:1-65535 -k net.allow_peer.1=[::]:1-65535'

if [ ! -x "$pal_loader" ]; then
    echo "Bail out! nothing to test; make builds it"
    exit 1
fi
if ! "$pal_loader" -- /bin/true; then
    echo "Bail out! nothing can run: $pal_loader -- /bin/true fails"
    exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/libos-test.XXXXXX") || exit 1
work=$(realpath "$work")
umask 022 # some programs serve files as another user
unset TMPDIR # the /tmp that programs see under pal-Linux is another one
trap 'remove_barred "$work"' EXIT
trap 'exit 130' HUP INT TERM
# shellcheck disable=SC3045 # every sh of Debian knows -S
ulimit -S -c 0

result() { # ok|not ok, name
    number=$((number + 1))
    [ "$1" = ok ] || failed=$((failed + 1))
    echo "$1 $number - $2"
}

skip() { # name, reason
    result ok "$1 # SKIP $2"
}

finish() {
    echo "1..$number"
    exit $((failed > 0))
}

# What may differ between two native runs, too: a test that has such output puts a filter of its own here.
normalise() {
    cat
}

# What the kernel adds to nothing, and our own lines, are not the program's.
own_lines='^\(pal\|libos\): '

# What is in $work/cwd: types, modes, links, sizes, contents.
files_left() {
    cd "$work/cwd" && find . -mindepth 1 \( -type d -printf '%p %y %m\n' -o -printf '%p %y %m %n %s %l\n' \) |
        sort && find . -type f -exec cksum {} + | sort
} 2>&1

# Directories that their owner may not enter.
remove_barred() {
    chmod -R u+rwx "$1"
    rm -rf "$1"
}

# observe which command...: run a command in a fresh $work/cwd; what it printed, its exit code and its files go to
# $work/which.{out,err,code,files}
observe() {
    which=$1
    shift
    rm -rf "$work/cwd" 2>/dev/null || remove_barred "$work/cwd"
    mkdir "$work/cwd"
    (
        cd "$work/cwd" || exit 125
        "$prepare"
        exec timeout -k 2 "$seconds" "$@" <"$input" >"$work/raw.out" 2>"$work/raw.err"
    ) 2>/dev/null
    echo $? >"$work/$which.code"
    normalise <"$work/raw.out" >"$work/$which.out"
    cp "$work/raw.err" "$work/$which.messages"
    grep -a -v "$own_lines" "$work/raw.err" | normalise >"$work/$which.err"
    (files_left) >"$work/$which.files"
}

# The differences of two runs; of each kind not more than one wants to read.
differences() {
    for part in code out err files; do
        diff -a -U2 --label "native $part" --label "pal $part" "$work/native.$part" "$work/pal.$part" | cut -c 1-300 | head -n 40
    done
    grep -a "$own_lines" "$work/pal.messages" | head -n 10
}

equal() {
    for part in code out err files; do
        cmp -s "$work/native.$part" "$work/pal.$part" || return 1
    done
}

# same name command...: the command does the same natively and under pal-Linux
same() {
    name=$1
    shift
    # shellcheck disable=SC2086 # options and a command, none of which has a blank in a word
    {
        observe native $as "$@"
        observe pal $as "$pal_loader" $keys -- "$@"
    }
    if [ "$(cat "$work/native.code")" = 124 ]; then
        result 'not ok' "$name"
        echo "# it takes too long natively"
    elif equal; then
        result ok "$name"
    else
        result 'not ok' "$name"
        printf 'command: %s\n' "$*" | head -c 400 | head -n 5 | sed 's/^/# /'
        differences | sed 's/^/# /'
    fi
}

# try command...: the same, named for the command itself
try() {
    same "$(printf '%s' "$*" | tr '\n#' '  ' | cut -c 1-70)" "$@"
}

# files in the working directory of a run; tests give more with a prepare of their own
sample_files() {
    printf 'delta 4\nalpha 1\ncharlie 3\nbravo 2\nalpha 1\n' >words
    printf 'one two three four five six seven eight nine ten\n\n\tindented with a tab\nlast line without end' >text
    awk 'BEGIN { for (i = 1; i <= 5000; i++) print i, (i * 7919) % 5003, "line" }' >numbers
    mkdir -p tree/one/two
    echo content >tree/one/two/deep
    ln -s one/two/deep tree/link
    ln -s nowhere tree/dangling
    ln tree/one/two/deep tree/hard
    chmod 640 words
    touch -d '2024-02-29 12:34:56.123456789 UTC' words text numbers
    find tree -exec touch -h -d '2021-03-04 05:06:07 UTC' {} +
}
