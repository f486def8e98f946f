#!/bin/sh
# SPDX-License-Identifier: MIT
# Applets of busybox, a static program.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files
input=$root/LICENSE

applet() {
    try busybox "$@"
}

applet
applet --list
applet cat words text
applet ls -la --full-time tree/one/two
applet ls -R tree
applet find . -type f -name 't*'
applet find tree -newer missing
applet grep -n -i ALPHA words
applet sed -n 's/alpha/beta/p' words
applet awk '{ s += $2 } END { print NR, s, length($0), toupper("x"), sprintf("%.3f", 1/3) }' words
applet sort -k2 -n words
applet uniq -c words
applet wc words text numbers
applet head -n 2 numbers
applet tail -n 2 numbers
applet cut -d ' ' -f 1 words
applet tr a-z A-Z
applet rev words
applet od -c text
applet hexdump -C text
applet xxd words
applet md5sum words
applet sha256sum words
applet cksum words
applet base64 words
applet uuencode name
# In a root of its own, with the libraries that it may need.
try sh -c 'program=$(command -v busybox); mkdir tree/one/up; cp "$program" tree/busybox
for library in $(ldd "$program" 2>&1 | grep -o "/lib[^ ]*"); do mkdir -p "tree/${library%/*}"; cp -L "$library" "tree/$library"; done
chroot tree /busybox sh -c "cd /one/up; pwd; echo /b*; cat /etc/passwd; /busybox sh -c \"cd ../../..; pwd; exit 3\""
echo "$?"; rm -r tree/busybox tree/lib*'
try busybox chroot tree /one
applet cp -a tree copy
applet mv words renamed
applet rm -r tree
applet mkdir -p a/b/c
applet ln -s words soft
applet touch -d '2020-01-01 00:00:00' words
applet chmod 600 words
applet stat -c '%n %s %a' words
applet readlink -f tree/link
applet realpath tree/link
applet tar cf archive.tar tree
applet tar tvf missing.tar
applet cpio -o -H newc
applet gzip -9 numbers
applet gzip -c words
applet bzip2 -c words
applet dd if=numbers of=copy bs=1k count=3
applet diff words text
applet cmp words text
applet comm words words
applet split -l 1000 numbers
applet seq 1 10
applet expr 3 + 4
applet printf '%d %s\n' 3 x
applet test -f words
applet env -i A=1 busybox printenv
applet date -u -d @1000000000
applet cal 2 2024
applet bc -e '2^100'
applet dc -e '2 3 + p'
applet factor 1234567
applet nproc
applet uname -s
applet id -u
applet whoami
applet pwd
applet basename /a/b/c
applet dirname /a/b/c
applet sleep 0
applet true
applet false
applet mktemp -u x
applet strings text
applet fold -w 10 text
applet paste words words
applet tac words
applet nl words
applet shuf -i 1-1
applet ed -s missing
applet vi --help
applet du -a tree
applet crc32 words
applet sh -c 'echo $((6 * 7)); for i in 1 2 3; do echo $i; done; f() { return 3; }; f; echo $?'
applet sh -c 'read a b <words; echo "$b-$a"; case $a in d*) echo matched;; esac; cd tree; pwd >/dev/null; echo *'
applet sh -c 'trap "echo bye" EXIT; set -e; false; echo not here'
applet sh -c 'kill -TERM $$'
applet sh -c 'exec busybox echo replaced'
applet no-such-applet
finish
