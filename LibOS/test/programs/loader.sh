#!/bin/sh
# SPDX-License-Identifier: MIT
# pal_loader: how it finds programs, what it makes visible, its options, manifests, exit codes and complaints.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
touch out err

# under [option...] -- program...: exit code in $code, output in out and err
under() {
    timeout -k 2 "$seconds" "$pal_loader" "$@" <"$input" >"$work/out" 2>"$work/err"
    code=$?
}

# expect name code [text]: what the last one exited with, and printed
expect() {
    if [ "$code" = "$2" ] && [ "$(cat out)" = "${3-}" ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        printf 'expected exit code %s and %s\nexit code %s\n%s\n' "$2" "${3-}" "$code" "$(head -c 1000 out err)" | sed 's/^/# /'
    fi
}

# holds name: the last command has succeeded
holds() {
    if [ $? = 0 ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        printf 'exit code %s\n%s\n' "$code" "$(head -c 1000 "$work/out" "$work/err")" | sed 's/^/# /'
    fi
}

# refused name code text: it ended with this code, and one line that has this text
refused() {
    if [ "$code" = "$2" ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q -F -e "$3" err; then
        result ok "$1"
    else
        result 'not ok' "$1"
        printf 'expected exit code %s and one line with: %s\nexit code %s\n%s\n' "$2" "$3" "$code" "$(head -c 1000 out err)" | sed 's/^/# /'
    fi
}

# Finding programs.
mkdir -p bin 'odd name' plain
cp /bin/echo bin/repeat
cp /bin/echo 'odd name/it'\''s "odd" # \ ä'
printf '#!/bin/sh\necho "script $0 $1"\n' >bin/script
chmod +x bin/script
echo text >plain/text
under echo a 'b c' ''
expect 'a name is looked for in PATH' 0 'a b c '
under -- echo -n x
expect 'what follows -- are the program and its options' 0 'x'
under echo -s -t
expect 'options of the program are not the loader'\''s' 0 '-s -t'
under /bin/echo x
expect 'an absolute path' 0 x
under bin/repeat x
expect 'a relative path' 0 x
under ./bin/../bin/repeat x
expect 'a relative path with dots' 0 x
under "odd name/it's \"odd\" # \\ ä" x
expect 'a name with quotes, blanks and more' 0 x
under bin/script x
expect 'a script with #!' 0 'script bin/script x'
odd=$(printf 'a "b\\"\nfs.root.mode = "rw\nfs.mount.work.mode = "ro') # as if it went on in the manifest
mkdir "$odd" && cd "$odd" && under sh -c 'test "$PWD" = "$0" && : >mine && : >/usr/mine' "$PWD"
[ "$code" != 0 ] && [ -e mine ] && grep -q 'Read-only file system' "$work/err"
holds 'a working directory with quotes and line breaks'
cd "$work" || exit 1
PATH=bin:/usr/bin under repeat x
expect 'a relative directory in PATH' 0 x
PATH=/nowhere:/usr/bin under echo x
expect 'a directory in PATH that is missing' 0 x
PATH=plain:/usr/bin under text
refused 'what cannot be executed is passed over' 127 'text'
under no-such-program
refused 'a name that is not in PATH' 127 'no-such-program'
under ./missing
refused 'a path that is missing' 127 './missing'
under ''
refused 'an empty name' 127 ''
under plain/text
refused 'a file that is not executable' 126 'plain/text'
under ./plain
refused 'a directory' 126 './plain'
chmod +x plain/text
under plain/text
refused 'a text without #!' 127 'plain/text'
head -c 100 /bin/echo >plain/cut && chmod +x plain/cut
under plain/cut
refused 'a program that is cut short' 127 'plain/cut'
printf '#!/no/such/interpreter\n' >plain/orphan && chmod +x plain/orphan
under plain/orphan
refused 'a script whose interpreter is missing' 127 'orphan'
mkfifo plain/fifo && chmod +x plain/fifo
under plain/fifo
refused 'a FIFO' 126 'plain/fifo'

# The command line.
under
refused 'no arguments' 2 'no program to run'
under -k fs.root.mode=rw -k 'loader.env.A="quoted" # \ é' sh -c 'echo "$A"'
expect '-k: a key of the default manifest, and a value with quotes' 0 '"quoted" # \ é'
under -h
[ "$code" = 0 ] && grep -q usage out
holds 'help'
under --help
[ "$code" = 0 ] && grep -q usage out
holds 'help by its long name'
under -Q x
refused 'an unknown option' 2 '-Q'
under --bogus x
refused 'an unknown long option' 2 '--bogus'
under -sk
refused 'an option without its value' 2 '-k'
under --resume
refused 'a long option without its value' 2 '--resume'
under -H Nowhere echo
refused 'an unknown host' 126 'pal-Nowhere'
PAL_HOST=Nowhere under echo
refused 'an unknown host in PAL_HOST' 126 'pal-Nowhere'
PAL_HOST=Nowhere under -H Linux echo x
expect '-H decides' 0 x
under -k nonsense echo
refused '-k without a value' 2 'nonsense'
under -s true
[ "$code" = 0 ] && [ -s err ]
holds '-s prints figures'
under -t true
[ "$code" = 0 ] && grep -q 'exit_group(0)' err
holds '-t prints system calls'

# Standard descriptors that are closed: nothing else is in their place.
"$pal_loader" -- cat <&- >out 2>err
code=$?
[ "$code" = 1 ] && [ ! -s out ] && grep -q 'Bad file descriptor' err
holds 'no standard input'
(exec >&- && "$pal_loader" -- /bin/echo x) 2>err
code=$?
[ "$code" = 1 ] && grep -q 'Bad file descriptor' err
holds 'no standard output'

# What the program sees.
under pwd
expect 'the working directory' 0 "$work"
under sh -c 'echo made >made'
[ "$(cat made)" = made ]
holds 'the working directory can be written'
under sh -c 'echo x >/usr/x'
[ "$code" = 2 ] && grep -q -i 'read-only' err
holds 'the rest is read-only'
under sh -c 'echo private >/tmp/private.$0 && read x </tmp/private.$0 && echo $x' $$
expect 'a /tmp of its own' 0 private
[ ! -e "/tmp/private.$$" ]
holds 'nothing of it on the host'
mkdir -p deep/er && cd deep/er && under pwd
cd "$work" && expect 'a working directory below /tmp' 0 "$work/deep/er" 2>/dev/null
(cd / && timeout "$seconds" "$pal_loader" /bin/pwd) >out 2>err
code=$?
expect 'the root as working directory' 0 /
ln -s deep/er alias
(cd alias && timeout "$seconds" "$pal_loader" /bin/pwd -P) >out 2>err
code=$?
expect 'a working directory reached by a link' 0 "$work/deep/er"
(cd / && timeout "$seconds" "$pal_loader" "$work/bin/repeat" x) >out 2>err
code=$?
expect 'a program below /tmp' 0 x
cp /bin/echo /tmp/pal-loader-test-$$ && (cd / && timeout "$seconds" "$pal_loader" "/tmp/pal-loader-test-$$" x) >out 2>err
code=$?
expect 'a program in /tmp itself' 0 x
ln -s "/tmp/pal-loader-test-$$" bin/linked
under bin/linked x
expect 'a link to a program in /tmp' 0 x
rm -f "/tmp/pal-loader-test-$$"
A='one two' under printenv A
expect 'the environment' 0 'one two'
env -i "$pal_loader" /usr/bin/env >out 2>err
code=$?
expect 'an empty environment' 0
under /usr/bin/python3 -c 'import socket; s = socket.socket(); s.connect(("127.0.0.1", 1))'
[ "$code" = 1 ] && grep -q 'PermissionError\|OSError' err
holds 'no network'

# How it ends.
under sh -c 'exit 77'
expect 'the exit code' 77
under sh -c 'kill -TERM $$'
expect 'the end by a signal' 143
under sh -c 'kill -SEGV $$'
expect 'the end by a fault' 139

# Manifests.
cat >app.manifest <<'END'
loader.preload = file:libsysdb.so
loader.exec = file:/bin/sh
fs.root.type = chroot
fs.root.uri = file:/
fs.root.mode = ro
loader.env.GREETING = "hello there"
END
under app.manifest -c 'echo $GREETING $1' sh more
expect 'a manifest' 0 'hello there more'
sed 's/^loader.exec.*/loader.exec = file:\/no\/such\/program/' app.manifest >missing.manifest
under missing.manifest
refused 'a manifest whose program is missing' 127 '/no/such/program'
under no-such.manifest
refused 'a manifest that is missing' 1 'no-such.manifest'
sed 's/libsysdb/no-such-library/' app.manifest >library.manifest
under library.manifest
refused 'a manifest whose library OS is missing' 1 'no-such-library'
echo 'nonsense' >>app.manifest
under app.manifest
[ "$code" != 0 ] && grep -q 'app.manifest:7' err
holds 'a manifest with an error names the line'
# The host's kernel arranges addresses otherwise then.
for size in unlimited 100000000; do
    (
        # shellcheck disable=SC3045 # every sh of Debian knows -s
        ulimit -S -s "$size" 2>/dev/null
        under -- sh -c 'seq 3 | cat'
        [ "$code $(paste -s -d, out)" = '0 1,2,3' ]
    )
    holds "the host lets stacks grow to $size"
done
# Another system below a directory. Its links are its own, and so is what it writes.
mkdir -p other/usr/bin other/home
cp "$(command -v busybox)" other/usr/bin/busybox
ldd other/usr/bin/busybox | grep -o '/[^ ]*' | while read -r library; do
    cp -L --parents "$library" other
done
ln -s /usr/bin/busybox other/usr/bin/sh
ln -s usr/bin other/bin
FROM_HOST=yes under -r other sh -c 'pwd; echo "$PATH $HOME $FROM_HOST"; echo written >/home/file; busybox ls -d /home /etc'
expect '-r: another root directory' 1 "/
/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root 
/home"
[ "$(cat other/home/file)" = written ]
holds 'which can be written'
under -rother -k fs.root.mode=ro /bin/sh -c 'echo x >/home/other'
[ "$code" != 0 ] && [ ! -e other/home/other ]
holds 'unless a key says otherwise'
under -r other bin/busybox echo x
expect 'relative paths begin at it' 0 x
under -r other echo
refused 'programs are looked for in it' 127 'echo: no such program in other'
under -r nowhere sh
refused 'a root directory that is not there' 127 'sh: no such program in nowhere'
under -r
refused '-r without a directory' 2 '-r: no such option, or one without its value'

finish
