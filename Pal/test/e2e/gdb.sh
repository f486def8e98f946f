#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb.sh: a plain gdb shows the loaded objects with their symbols and sources.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

if ! command -v gdb >/dev/null; then
    echo '1..0 # SKIP there is no gdb'
    exit 0
fi

# debug command... --args program...: in the tree, to which the names of sources are relative, and without the settings
# of whoever runs this
debug() {
    run sh -c 'cd "$1" && shift && exec "$@"' sh "$root" env HOME="$work" DEBUGINFOD_URLS= gdb -batch "$@"
}

debug -ex run --args /bin/true
if ! grep -q 'exited normally' out; then
    echo '1..0 # SKIP gdb may not run programs here'
    exit 0
fi

debug -ex 'break main' -ex run -ex backtrace -ex 'info sharedlibrary' -ex 'info locals' -ex continue \
    --args Runtime/pal-Linux Pal/test/HelloWorld
check 'break main stops in the program' grep -q 'Breakpoint 1.*main () at Pal/test/HelloWorld.c:[0-9]' out
check 'its source is shown' grep -q 'PAL_HANDLE console = DkStreamOpen' out
check 'backtrace' grep -q '^#0 .*main () at Pal/test/HelloWorld.c:[0-9]' out
check 'backtrace ends with the start code' [ "$(sed -n 's/^#\([0-9]*\) .*/\1/p' out | tail -n 1)" -eq 1 ]
check 'info sharedlibrary' grep -q '^0x.*Yes .*Pal/test/HelloWorld$' out
check 'local variables' grep -q '^console = ' out
check 'the program goes on' grep -q '^Hello World$' out
check 'to its end' grep -q 'exited normally' out

printf 'loader.preload = file:%s, file:%s\nloader.exec = file:%s\n' "$guests/pair_left.so" "$guests/pair_right.so" \
    "$guests/pair_main" >pair.manifest
debug -ex 'set breakpoint pending on' -ex 'break right_add' -ex run -ex 'info sharedlibrary' -ex 'print left_data' \
    -ex 'print main_data' -ex backtrace --args Runtime/pal-Linux "$work/pair.manifest"
check 'a breakpoint in a preload that is not there yet' grep -q 'Breakpoint 1, right_add (' out
check 'info sharedlibrary lists preloads and executable' [ "$(grep -c '^0x.*Yes .*/pair_[a-z.]*$' out)" -eq 3 ]
check 'their variables' [ "$(grep -c -E '^.[12] = (10|1000)$' out)" -eq 2 ]
check 'backtrace through two objects' grep -q '^#1 .*main (argc=1, .*pair_left.c:[0-9]' out

finish
