#!/bin/sh
# SPDX-License-Identifier: MIT
# regression.sh [-o] LOADER PROGRAM [MISSING...]: run a regression program (TAP) in a directory of its own, which is removed; but
# not on a host that lacks what it needs. -o is for hosts that confine nothing.
set -u
sandbox=
if [ "$1" = -o ]; then
    sandbox='loader.sandbox = off'
    shift
fi
if [ $# -gt 2 ]; then
    shift 2
    echo "1..0 # SKIP this host does not have: $*"
    exit 0
fi
loader=$(realpath "$1")
program=$(realpath "$2")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
umask 022 # what the programs make has permissions for the group
mkdir "$directory/files"
cat >"$directory/regression.manifest" <<EOF
loader.exec = file:$program
loader.env.REGRESSION_DIR = $directory/files
fs.root.type = chroot
fs.root.uri = file:$directory/files
fs.mount.dev.type = dev
net.allow_bind.0 = 0.0.0.0:0-65535
net.allow_peer.0 = 0.0.0.0:0-65535
$sandbox
EOF
# PollSets waits for 4097 entries at once, of which the host takes as many as a process may have descriptors: mostly 1024.
# shellcheck disable=SC3045 # dash has it, too
ulimit -Sn 8192
cd "$directory/files" || exit 1
"$loader" "$directory/regression.manifest"
