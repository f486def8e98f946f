#!/bin/sh
# SPDX-License-Identifier: MIT
# make install and make uninstall: what is installed is enough to build a program and run it, far from the tree.
set -u
cd "$(dirname "$0")/../../.." || exit 1

work=$(mktemp -d "${TMPDIR:-/tmp}/install.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
prefix=/opt/a\ place
root=$work/root$prefix
number=0 failures=0

# check description command...: the output is shown if the command fails
check() {
    number=$((number + 1)) description=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok $number - $description"
    else
        echo "not ok $number - $description"
        printf '%s\n' "$output" | sed 's/^/# /'
        failures=$((failures + 1))
    fi
}

install_goal() {
    env -u MAKEFLAGS -u MAKELEVEL make "$1" PREFIX="$prefix" DESTDIR="$work/root"
}

# The compiler's line of docs and mk/programs.mk, with installed files alone.
compile() {
    cd "$work" && "${CC:-gcc}" -std=c11 -O2 -ffreestanding -fPIE -fno-stack-protector -Wall -Wextra -Werror \
        -I "$root/include/pal" program.c -nostdlib -pie -Wl,-z,defs -Wl,-z,now -Wl,--no-dynamic-linker \
        "$root/lib/pal/pal_crt.o" "$root/lib/pal/libpal.abi.so" -o program
}

says_installed() {
    cd "$work" && [ "$("$root/bin/pal-Linux" program)" = installed ]
}

exits_with_7() {
    cd "$work" || return 1
    "$root/bin/pal-Linux" program >/dev/null
    [ $? -eq 7 ]
}

nothing_left() {
    ! find "$work/root" -type f | grep .
}

cat >"$work/program.c" <<'END'
#include "pal.h"

int main(void)
{
    static char text[] = "installed\n";
    PAL_HANDLE console = DkStreamOpen("dev:tty", PAL_ACCESS_WRONLY, 0, 0, 0);
    return DkStreamWrite(console, 0, sizeof(text) - 1, text, 0) == sizeof(text) - 1 ? 7 : 1;
}
END

check 'make install' install_goal install
for file in bin/pal-Linux lib/pal/libpal.abi.so lib/pal/pal_crt.o include/pal/pal.h include/pal/pal_error.h \
    include/pal/pal.abi share/doc/pal/LICENSE; do
    check "$file" test -f "$root/$file"
done
check 'a program compiles against it' compile
check 'it runs' says_installed
check 'its exit code arrives' exits_with_7
check 'make install again' install_goal install
check 'make uninstall' install_goal uninstall
check 'no file is left' nothing_left
check 'make uninstall again' install_goal uninstall

echo "1..$number"
[ "$failures" -eq 0 ]
