#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: HelloWorld under pal-Linux, by itself and through a manifest, with the commands that do it.
set -eu
cd "$(dirname "$0")/.."

manifest=build/demo/hello.manifest
mkdir -p "${manifest%/*}"
cat >"$manifest" <<'END'
# what to run, and the program's own name for itself
loader.exec = file:Pal/test/HelloWorld
loader.execname = hello
END

show() {
    echo "\$ $*"
    "$@"
    echo
}

show Runtime/pal-Linux Pal/test/HelloWorld
show cat "$manifest"
show Runtime/pal-Linux "$manifest"
show Runtime/pal-Linux --explain "$manifest"
