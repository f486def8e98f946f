#!/bin/sh
# SPDX-License-Identifier: MIT
# regression.sh LOADER PROGRAM: run a regression program (TAP) in a directory of its own, which is removed.
set -u
loader=$(realpath "$1")
program=$(realpath "$2")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$directory/files"
cat >"$directory/regression.manifest" <<EOF
loader.exec = file:$program
loader.env.REGRESSION_DIR = $directory/files
fs.root.type = chroot
fs.root.uri = file:$directory/files
fs.mount.dev.type = dev
net.allow_bind.0 = 0.0.0.0:0-65535
net.allow_peer.0 = 0.0.0.0:0-65535
EOF
cd "$directory/files" || exit 1
"$loader" "$directory/regression.manifest"
