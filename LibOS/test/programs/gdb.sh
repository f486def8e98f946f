#!/bin/sh
# SPDX-License-Identifier: MIT
# A plain gdb shows the program, its interpreter, its libraries, the library OS and the loader with their symbols.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1

if ! command -v gdb >/dev/null; then
    echo '1..0 # SKIP there is no gdb'
    exit 0
fi

# debug command... --args program...: in the tree, to which the names of sources are relative, and without the settings of
# whoever runs this
debug() {
    (
        cd "$root" || exit 125
        timeout -k 2 "$seconds" env HOME="$work" DEBUGINFOD_URLS= gdb -batch -ex 'handle SIGSYS nostop noprint pass' \
            -ex 'set breakpoint pending on' "$@"
    ) >"$work/out" 2>&1 </dev/null
}

# shows name pattern: the last session printed a line like this
shows() {
    if grep -q -e "$2" out; then
        result ok "$1"
    else
        result 'not ok' "$1"
        printf 'no line like %s in\n%s\n' "$2" "$(head -c 3000 out)" | sed 's/^/# /'
    fi
}

debug -ex run --args /bin/true
if ! grep -q 'exited normally' out; then
    echo '1..0 # SKIP gdb may not run programs here'
    exit 0
fi

mkdir guest
cat >guest/program.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
static int counter = 42;
static __attribute__((noinline)) int write_line(const char *text)
{
    counter += (int)write(1, text, 6);
    return counter;
}
int main(int argc, char **argv)
{
    if (argc > 1) {
        void *library = dlopen("libm.so.6", RTLD_NOW);
        write_line("first\n");
        dlclose(library);
        write_line("again\n");
        execl(argv[0], argv[0], NULL);
    }
    return write_line("third\n");
}
END
gcc -g -O1 -fno-omit-frame-pointer -o guest/program guest/program.c
gcc -g -O1 -static -o guest/static guest/program.c 2>/dev/null
cat >program.manifest <<END
loader.preload = file:libsysdb.so
loader.exec = file:/guest/program
loader.argv.0 = /guest/program
loader.argv.1 = more
fs.root.type = chroot
fs.root.uri = file:/
fs.root.mode = ro
fs.mount.guest.type = chroot
fs.mount.guest.path = /guest
fs.mount.guest.uri = file:$work/guest
END

debug -ex 'break write_line' -ex run -ex backtrace -ex 'info sharedlibrary' -ex 'print counter' -ex 'tbreak sys_write' \
    -ex continue -ex backtrace -ex continue -ex 'info sharedlibrary libm' -ex continue -ex 'info symbol DkStreamWrite' \
    -ex continue --args Runtime/pal-Linux "$work/program.manifest"
shows 'a breakpoint in a program that is not there yet' 'Breakpoint 1, write_line (text=.*first'
shows 'backtrace' '^#1 .*main (argc=.*program.c:14'
shows 'its variables' '^.1 = 42'
for object in "$work/guest/program" ld-linux-x86-64.so.2 libc.so.6 libm.so.6 Runtime/libsysdb.so; do
    shows "symbols of ${object##*/}" "^0x.* Yes .*$object"
done
shows 'symbols of the loader' '^DkStreamWrite in section .text[.a-z]* of .*pal-Linux'
shows 'a breakpoint in the library OS' 'Temporary breakpoint [0-9.]*, sys_write (fd=1, .*io.c:'
shows 'from there back to the program' '^#[4-9] .*write_line (text=.*program.c:7'
shows 'after execve the new program' 'write_line (text=.*third'
shows 'what has been unloaded is gone' 'No shared libraries matched'
shows 'to its end' 'exited with code 060'

sed -i 's/program$/static/' program.manifest
debug -ex 'break write_line' -ex run -ex backtrace -ex 'print counter' --args Runtime/pal-Linux "$work/program.manifest"
shows 'a static program' '^#1 .*main (argc=.*program.c:14'

finish
