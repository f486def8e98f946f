#!/bin/sh
# SPDX-License-Identifier: MIT
# need.sh [-n] group...: see to it that what the groups need is installed (build, demo, test, check, bench).
#
# What is missing is installed with apt-get by root, or by who may use sudo without a password; others, and with -n
# everybody, are told what to run, and the exit status is 1. It looks for the things themselves, whoever has installed them.
set -u

# What the build compiles with; its package has its name.
compiler=${CC:-gcc}
compiler=${compiler%% *}

# group, a command or a file that is needed, the Debian package that has it
things() {
    cat <<END
build $compiler ${compiler##*/}
build ld                         binutils
build /usr/include/stdio.h       libc6-dev
build /usr/include/linux/types.h linux-libc-dev
demo  /usr/bin/python3           python3
demo  sqlite3                    sqlite3
demo  perl                       perl
demo  gcc                        gcc
test  clang                      clang
test  /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt-dev
test  /usr/include/cmocka.h      libcmocka-dev
test  /usr/include/gelf.h        libelf-dev
test  gdb                        gdb
test  strace                     strace
test  pgrep                      procps
test  ss                         iproute2
test  git                        git
test  script                     bsdutils
test  flock                      util-linux
test  g++                        g++
test  /usr/lib/x86_64-linux-gnu/libc.a libc6-dev
test  musl-gcc                   musl-tools
test  go                         golang-go
test  busybox                    busybox
test  /usr/bin/python3.11        python3
test  /usr/lib/python3.11/test/test_json/__init__.py libpython3.11-testsuite
test  perl                       perl
test  lua5.4                     lua5.4
test  sqlite3                    sqlite3
test  gawk                       gawk
test  jq                         jq
test  xz                         xz-utils
test  zstd                       zstd
test  openssl                    openssl
test  node                       nodejs
test  bc                         bc
test  tmux                       tmux
test  curl                       curl
test  redis-check-rdb            redis-tools
test  /usr/sbin/apache2          apache2-bin
test  /usr/sbin/mariadbd         mariadb-server-core
test  mariadb                    mariadb-client-core
check clang                      clang
check /usr/include/cmocka.h      libcmocka-dev
check clang-tidy                 clang-tidy
check clang-format               clang-format
check cppcheck                   cppcheck
check shellcheck                 shellcheck
bench /usr/lib/x86_64-linux-gnu/libc.a libc6-dev
END
}

present() {
    case $1 in
    /*)
        # shellcheck disable=SC2086 # a pattern
        set -- $1
        [ -e "$1" ]
        ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# missing group...: the packages, each once
missing() {
    things | while read -r group thing package; do
        case " $* " in
        *" $group "*) present "$thing" || echo "$package" ;;
        esac
    done | sort -u
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null && as_root true >/dev/null 2>&1
}

# A package list that cannot be updated may still be good enough.
install() {
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
}

installing=true
if [ "$1" = -n ]; then
    installing=false
    shift
fi
packages=$(missing "$@" | paste -s -d ' ')
[ -n "$packages" ] || exit 0

if $installing && may_install; then
    echo "Installing $packages"
    # shellcheck disable=SC2086 # one word for each package
    log=$(install $packages 2>&1) || printf '%s\n' "$log" >&2
    packages=$(missing "$@" | paste -s -d ' ')
    [ -n "$packages" ] || exit 0
fi
echo "This needs packages that are not installed. Please run:" >&2
echo "    sudo apt-get update && sudo apt-get install --no-install-recommends $packages" >&2
exit 1
