#!/bin/sh
# SPDX-License-Identifier: MIT
# What cannot be executed: broken and foreign programs, interpreters and scripts, once as the first program, where one line names
# what is wrong, and once by execve from a running one, which learns the same error as natively and goes on.
# shellcheck source=/dev/null disable=SC2034,SC2154 # lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
python=/usr/bin/python3

# Programs: /bin/true with some bytes changed; scripts of all sorts.
cat >"$work/make.py" <<'END'
import os, struct

good = open(os.path.realpath("/bin/true"), "rb").read()
phoff, = struct.unpack_from("<Q", good, 32)
phnum, = struct.unpack_from("<H", good, 56)
heads = [(phoff + 56 * i, struct.unpack_from("<IIQQQQQQ", good, phoff + 56 * i)) for i in range(phnum)]
interp, head = next((at, head) for at, head in heads if head[0] == 3)
loads = [(at, head) for at, head in heads if head[0] == 1]

def make(name, data):
    with open(name, "wb") as out:
        out.write(data)
    os.chmod(name, 0o755)

def patch(name, *changes):
    data = bytearray(good)
    for at, form, value in changes:
        struct.pack_into(form, data, at, value)
    make(name, bytes(data))

def interpreter(name, path):
    data = bytearray(good)
    at = len(data)
    struct.pack_into("<Q", data, interp + 8, at)
    struct.pack_into("<Q", data, interp + 32, len(path))
    make(name, bytes(data) + path)

make("empty", b"")
make("three", good[:3])
make("magic", good[:4])
make("half_header", good[:40])
make("header", good[:64])
make("half_segments", good[:phoff + 56])
patch("class32", (4, "B", 1))
patch("class9", (4, "B", 9))
patch("big_endian", (5, "B", 2))
patch("version", (20, "<I", 7))
patch("i386", (4, "B", 1), (18, "<H", 3))
patch("aarch64", (18, "<H", 183))
patch("relocatable", (16, "<H", 1))
patch("core", (16, "<H", 4))
patch("no_segments", (56, "<H", 0))
patch("many_segments", (56, "<H", 65535))
patch("more_segments", (56, "<H", 1000))
patch("segment_size", (54, "<H", 55))
patch("segments_behind", (32, "<Q", len(good)))
patch("segments_far", (32, "<Q", 2**63))
patch("segments_wrap", (32, "<Q", 2**64 - 8))
patch("file_size", (loads[0][0] + 32, "<Q", loads[0][1][6] + 4096))
patch("size_wraps", (loads[0][0] + 40, "<Q", 2**64 - 1))
patch("size_huge", (loads[0][0] + 40, "<Q", 2**62))
patch("address_high", (loads[-1][0] + 16, "<Q", 0x7ffffffff000))
patch("address_kernel", (loads[-1][0] + 16, "<Q", 0xffffffff80000000))
patch("unaligned", (loads[0][0] + 8, "<Q", loads[0][1][2] + 1))
patch("interpreter_size0", (interp + 32, "<Q", 0))
patch("interpreter_size1", (interp + 32, "<Q", 1))
patch("interpreter_size_huge", (interp + 32, "<Q", 5000))
patch("interpreter_behind", (interp + 8, "<Q", len(good) + 4096))
interpreter("interpreter_unterminated", b"/lib64/ld-linux-x86-64.so.2")
interpreter("interpreter_empty", b"\0\0")
interpreter("interpreter_missing", b"/no/such/ld.so\0")
interpreter("interpreter_directory", b"/usr/lib\0")
interpreter("interpreter_text", b"/etc/passwd\0")
for name in ["empty", "half_header", "i386", "aarch64", "no_segments", "relocatable", "segments_behind"]:
    interpreter("interpreter_is_" + name, os.path.abspath(name).encode() + b"\0")

make("script_bare", b"#!")
make("script_blank", b"#! \t \n")
make("script_newline", b"#!\n")
make("script_missing", b"#!/no/such/interpreter\n")
make("script_directory", b"#!/usr/lib\n")
make("script_text", b"#!/etc/passwd\n")
make("script_carriage", b"#!/bin/sh\r\necho x\n")
make("script_self", b"#!" + os.path.abspath("script_self").encode() + b"\n")
make("script_of_empty", b"#!" + os.path.abspath("empty").encode() + b"\n")
make("script_of_i386", b"#!" + os.path.abspath("i386").encode() + b"\n")
make("script_long", b"#!/" + b"x" * 300 + b"\n")
make("script_long_blank", b"#!" + b" " * 300 + b"/bin/sh\n")
make("script_long_argument", b"#!/bin/echo " + b"y" * 300 + b"\n")
make("script_relative", b"#!no_such\n")
make("script_zero", b"#!/bin/sh\0x\necho zero\n")
make("script_no_newline", b"#!/bin/echo end")
make("text", b"echo no interpreter\n")
make("zeros", b"\0" * 8192)
before = "/bin/echo"
for depth in range(1, 7):
    make("chain%d" % depth, b"#!" + before.encode() + b" %d\n" % depth)
    before = os.path.abspath("chain%d" % depth)
END
bad_files() {
    "$python" "$work/make.py" && printf 'x\n' >plain && chmod 644 plain && mkdir directory
}
mkdir bad && (cd bad && bad_files) || exit 1
prepare=bad_files

# From a running program. Linux does not look at everything: of these some run, and others come so far that the program that
# called is lost. Here they are refused.
odd=' address_high address_kernel size_wraps size_huge file_size unaligned interpreter_is_relocatable big_endian class32 class9 version '
# And these are refused there with another error.
odd="$odd interpreter_behind interpreter_empty interpreter_is_empty interpreter_is_half_header script_bare "
exec='import errno, os, sys
try:
    os.execv(sys.argv[1], ["zero", "one"])
except OSError as error:
    print(errno.errorcode[error.errno])'
for file in "$work"/bad/* none plain/x /dev/null /proc/self/status; do
    name=${file##*/bad/}
    case $odd in
    *" $name "*) ;;
    *) same "execve of $name" "$python" -S -c "$exec" "$name" ;;
    esac
done

# As the first program.
# ended what: the last one failed but did not crash, printed nothing, and said one line with this in it
ended() {
    [ "$code" -gt 0 ] && [ "$code" -le 127 ] && [ "$(wc -l <err)" = 1 ] && grep -q -F -e "$1" err && [ ! -s out ]
}

report() { # ok|not ok, name
    result "$@"
    [ "$1" = ok ] || printf 'exit code %s\n%s\n' "$code" "$(head -n 5 err)" | sed 's/^/# /'
}

first() {
    "$pal_loader" -- "bad/$1" >out 2>err </dev/null
    code=$?
    if ended "$1" && [ "$code" -ge 126 ]; then report ok "$1 as the first program"; else report 'not ok' "$1 as the first program"; fi
}
for file in bad/*; do
    case ${file#bad/} in
    chain[1-5] | script_long_argument | script_no_newline | script_zero | interpreter_unterminated) ;;
    *) first "${file#bad/}" ;;
    esac
done

# The loader's own files.
runtime=$(dirname "$pal_loader")
mkdir loader && cp "$runtime/pal-Linux" "$runtime/pal_loader" loader || exit 1
own() { # name
    loader/pal_loader -- /bin/true >out 2>err </dev/null
    code=$?
    if ended libsysdb.so; then report ok "$1"; else report 'not ok' "$1"; fi
}
own 'libsysdb.so is missing'
for size in 0 10 64 5000 200000; do
    head -c "$size" "$runtime/libsysdb.so" >loader/libsysdb.so
    own "libsysdb.so of $size bytes"
done

# Manifests.
manifest() { # name, text, line...
    name=$1 text=$2
    shift 2
    {
        printf 'loader.preload = file:libsysdb.so\nfs.root.uri = file:/\nfs.root.mode = ro\nfs.root.type = chroot\n'
        printf '%s\n' "$@"
    } >app.manifest
    "$pal_loader" app.manifest >out 2>err </dev/null
    code=$?
    if ended "$text"; then report ok "manifest: $name"; else report 'not ok' "manifest: $name"; fi
}
run='loader.exec = file:/bin/true'
manifest 'no program' loader.exec 'fs.start_dir = /'
manifest 'a program in a missing directory' /no/such/program 'loader.exec = file:/no/such/program'
manifest 'a program that is a directory' /usr/lib 'loader.exec = file:/usr/lib'
manifest 'a program that is no file: URI' loader.exec 'loader.exec = pipe:x'
manifest 'a mount without a type' fs.mount.x "$run" 'fs.mount.x.path = /x'
manifest 'a mount without a path' fs.mount.x "$run" 'fs.mount.x.type = tmpfs'
manifest 'a mount of an unknown type' fs.mount.x "$run" 'fs.mount.x.type = nfs' 'fs.mount.x.path = /x'
manifest 'a mount without a uri' fs.mount.x "$run" 'fs.mount.x.type = chroot' 'fs.mount.x.path = /x'
manifest 'a mount with a relative path' fs.mount.x "$run" 'fs.mount.x.type = tmpfs' 'fs.mount.x.path = x'
manifest 'a mount of a missing directory' /no/such/place "$run" 'fs.mount.x.type = chroot' 'fs.mount.x.path = /x' 'fs.mount.x.uri = file:/no/such/place'
manifest 'a mount with a mode of its own' fs.mount.x.mode "$run" 'fs.mount.x.type = chroot' 'fs.mount.x.path = /x' 'fs.mount.x.uri = file:/usr' 'fs.mount.x.mode = rwx'
manifest 'a start directory that is missing' /no/such "$run" 'fs.start_dir = /no/such'
manifest 'a start directory that is a file' /etc/passwd "$run" 'fs.start_dir = /etc/passwd'
finish
