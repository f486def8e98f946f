#!/bin/sh
# SPDX-License-Identifier: MIT
# Every program of coreutils at least once; tools.sh has those that run others.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

# Output: text in, text out.
input=$root/LICENSE
try cat words text
try cat -A -n -s text words
try cat -
try tac numbers
try head -n 3 numbers
try head -c -20 text
try tail -n 3 numbers
try tail -c +20 text
try nl -b a text
try od -A x -t x1z -v text
try od -t f8 -N 64 numbers
try base32 words
try base64 -w 20 text
try basenc --z85 -w 0 tree/one/two/deep
try basenc --base2msbf words
try fmt -w 30 text
try pr -l 20 -h title -D date numbers
try fold -w 17 text
try wc text words numbers
try wc -L text
try wc
try cksum words text
try cksum -a sm3 words
try sum words
try sum -s numbers
try md5sum words text
try sha1sum words
try sha224sum words
try sha256sum --tag words
try sha384sum words
try sha512sum numbers
try b2sum -l 128 words
try sha256sum missing
try sort words
try sort -k2,2nr -u words
try sort -R --random-source=numbers words
try sort -n -S 50% --parallel=2 -k2 numbers
try sort -o words words
try shuf --random-source=numbers words
try shuf -i 1-10 -n 0
try uniq -c words
try comm words words
try comm --total words text
try ptx words
try tsort words
try cut -d ' ' -f 2 words
try cut -c 2-5 --complement words
try paste -d , words words
try paste -s words
try join -j 2 words words
try tr a-z A-Z
try tr -cs '[:alnum:]' '\n'
try expand -t 4 text
try unexpand -a text
try split -l 2 words part-
try split -n 4 -d numbers piece
try split -b 10K numbers
try csplit numbers 10 /4999/ '{*}'
try seq -w 1 5 100
try seq -f %.3g 0 0.1 1
try numfmt --to=iec 1000000 123456789
try numfmt --from=si --format=%.2f 1.5M
try factor 1234567890 18446744073709551557
try expr 6 '*' 7
try expr abc : 'a\(.\)c'
try expr 1 / 0
try echo -e 'a\tb\0101'
try printf '%s %05d %x %.3f\n' word 42 255 3.14159
try tee copy other
try tee -a words
try yes --version

# Files.
try cp -a tree copy
try cp --sparse=always numbers sparse
try cp --reflink=auto numbers copy
try cp words missing/words
try cp -l words hard
try cp -s "$work/cwd/words" soft
try cp -n words text
try cp -u -v words text numbers tree
try cp /bin/ls ls-copy
try mv words renamed
try mv -v words text tree
try mv -n words text
try mv missing other
try rm words tree/link
try rm -r tree
try rm tree
try rm -f missing
try ln words hard
try ln -s words soft
try ln -s words text
try ln -sf words text
try ln -r -s tree/one/two/deep relative
try link words linked
try unlink words
try mkdir -p -m 700 a/b/c
try mkdir tree
try mkdir -v new
try rmdir -p tree/one/two
try rmdir tree/one/two/three
try mkfifo pipe
try mknod fifo p
try install -m 600 words installed
try install -d x/y/z
try install -D -m 755 words deep/er/words
try touch -d '2020-01-01 UTC' words
try touch -r text words
try touch -c missing
try touch new
try touch -h -d '2020-01-01 UTC' tree/link
try truncate -s 100K words
try truncate -s -4 text
try truncate -s %512 numbers
try dd if=numbers of=copy bs=100 skip=3 count=20 status=none
try dd if=numbers of=copy bs=512 seek=10 conv=notrunc,ucase status=none
try dd if=/dev/zero of=zeros bs=64K count=16 status=none oflag=append conv=notrunc
try dd if=numbers of=direct bs=4096 conv=fsync status=none
try shred -n 1 -u words
try sync words
seconds=600 # all that anybody has written
try sync
seconds=120
try chmod 600 words
try chmod -R g-w,o=r tree
try chmod -v u+x,+t words
skip "chmod u+s words" "the host refuses programs that run with the rights of their owners"
try chmod 644 missing
try chown "$(id -u):$(id -g)" words
try chgrp "$(id -g)" tree
try stat -c '%n %s %a %h %F %b %B %X %Y %y' words tree tree/link
try stat -L -c '%n %s %F' tree/link
try stat missing
try stat -f -c '%t' /proc
try ls
try ls -l --time-style=+%s tree
try ls -lAR --time-style=full-iso tree
try ls -F -i --hide='*' tree
try ls -1 -S -r
try ls --color=always -d words tree tree/link
try ls missing
try dir
try vdir --time-style=+%s
try dircolors -b
try du -a -b tree
try du -s --apparent-size .
try df --output=target /proc
try readlink tree/link
try readlink -f tree/link
try readlink -e tree/dangling
try realpath words tree/../text
try realpath --relative-to=tree words
try basename /a/b/c.txt .txt
try dirname /a/b/c
try pathchk -p 'a:b'
try pathchk "$(head -c 300 /dev/zero | tr '\0' a)"
try mktemp -u -p . XX --suffix=.x
try mktemp -d -p missing
try pwd -P
try pwd -L
try test -f words -a -d tree
try test -r words
try test -x words
try test words -nt tree
try '[' 1 -lt 2 ']'
try true
try false

# The system.
try arch
try uname -s -m -o
try nproc
# Of processors that it may not use a program here sees nothing.
[ "$(nproc)" -ne "$(nproc --all)" ] || try nproc --all
try hostid
try id
try id -u root
try id nobody
try groups
try whoami
try logname
try who -q /dev/null
try users /dev/null
try pinky -l root
try tty
try date -u -d @1000000000
try date -d '2024-02-29 +1 year' +%F
try date -r words -u
try env -i A=1 B=2 printenv
try env -u HOME printenv HOME
try printenv NOT_THERE
try sh -c 'echo "$(($(nice -n 5 nice) - $(nice))) more"' # whatever the tests have
try nohup echo words
try sleep 0.05
try sleep x
try stty -a
try stdbuf -o L cat words
try chroot --version
try chroot / true
try chroot . /missing
try chroot missing true
try runcon --version
try chcon --version
try ls --version
try dd --version

# Numbers that differ from run to run: only whether they can be had.
# shellcheck disable=SC2317 # lib.sh calls it
normalise() {
    sed 's/tmp\..*/tmp.N/; s/[0-9][0-9.,]*/N/g; s/  */ /g'
}
try uptime
try date
try mktemp -u
try wc -c /proc/self/stat

finish
