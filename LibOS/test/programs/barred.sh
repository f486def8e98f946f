#!/bin/sh
# SPDX-License-Identifier: MIT
# Files and directories that an ordinary user bars himself from opening, and what he can do with them then.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

# Nothing is barred to root, and an ordinary user may be unable to enter the tree.
ordinary='setpriv --reuid=65534 --regid=65534 --clear-groups --'
if [ "$(id -u)" -eq 0 ]; then
    if ! $ordinary true 2>/dev/null; then
        echo '1..0 # SKIP root alone is in this user namespace'
        exit 0
    fi
    mkdir "$work/Runtime"
    cp "$(dirname "$pal_loader")"/* "$work/Runtime"
    chmod 711 "$work" "$work/Runtime"
    chmod 755 "$work/Runtime"/*
    pal_loader=$work/Runtime/pal_loader as=$ordinary
    prepare=give_away
fi

give_away() {
    chown 65534:65534 .
}

script() {
    same "$1" sh -c "$2"
}

look='look() { stat -c "%a %s %n" "$@"; }'
script 'files that have been there' "$look"'
echo text >f
chmod 000 f; look f; cat f; (echo more >f)
chmod 600 f; look f; cat f
chmod 200 f; cat f; echo more >>f; chmod 400 f; cat f'
script 'files that are made so' "$look"'
umask 777; echo text >f; look f; cat f; chmod 644 f; look f; cat f'
script 'directories' "$look"'
mkdir d; echo text >d/f
chmod 000 d; look d; ls d; cat d/f; chmod 100 d; ls d; cat d/f; chmod 755 d; ls d
mkdir -m 300 e; ls e; echo text >e/f; chmod 700 e; ls e'
script 'what was made so in another process' "$look"'
(umask 777; echo text >f; mkdir d)
(chmod 640 f; chmod 750 d)
look f d'
script 'another name' "$look"'
echo one >f; echo two >g; mkdir d
chmod 000 f g d; mv f h; ln g i; mv d e; chmod 600 h i; chmod 700 e
look h g i e; cat h g'
script 'another file of that name' "$look"'
echo one >f; chmod 000 f; rm f; cat f; echo two >f; look f; cat f
echo one >g; chmod 000 g; echo two >h; mv h g; chmod 600 g; cat g; ls'
script 'times' 'echo text >f; chmod 000 f; touch -d "2001-02-03 UTC" f; stat -c "%a %Y" f; chmod 600 f; cat f'
script 'a link' "$look"'
echo text >f; ln -s f l; chmod 000 l; look -L l; cat l; chmod 600 l; cat l'
script 'trees' 'mkdir -p a/b/c; echo text >a/b/f; chmod 000 a/b/c; chmod 0 a/b; rm -r a; chmod -R u+rwX a; rm -r a; ls'
script 'archives' 'mkdir -p a/b; echo text >a/f; chmod 000 a/b; chmod 300 a/f; tar --mtime=@0 -cf t a; chmod 700 a/b; chmod 600 a/f; tar --mtime=@0 -cf t a; rm -r a
tar xf t; chmod 000 a/f a; rm -rf a; chmod 700 a; ls -R'

# A process that is alone keeps them itself, then its children have them, too.
same 'alone, and then not' perl -e '
sub say { print join(" ", @_), "\n" }
sub mode { sprintf("%o", (stat $_[0])[2] & 0777) }
sub make { open(my $f, ">", $_[0]) or die; chmod $_[1], $_[0] }
make($_, 0) for "a" .. "d";
mkdir "q", 0;
say "open", open(my $f, "<", "a") ? "yes" : $!;
say "list", opendir(my $d, "q") ? "yes" : $!;
say "chmod", chmod(0600, "a"), mode("a");
say "chmod", chmod(0600, "a"), mode("a");
say "times", utime(1, 2, "b"), (stat "b")[9];
unlink "c";
if (!fork) { say "child", chmod(0700, "b", "q"), chmod(0, "a"); exit }
wait;
say "parent", chmod(0640, "a", "b"), mode("b"), opendir($d, "q") ? "yes" : $!;
make("e", 0);
if (!fork) { say "child", chmod(0604, "d", "e"); exit }
wait;
say map { mode($_) } "a", "b", "d", "e";
'
same 'many' perl -e '
for my $i (1 .. 200) { open(my $f, ">", "f$i") or die; chmod 0, $f }
print chmod(0400, map { "f$_" } 1 .. 200), "\n";
print unlink(map { "f$_" } 1 .. 200), "\n";
for my $i (1 .. 2000) { open(my $f, ">", "f") or die $!; chmod 0, $f; unlink "f" }
open(my $f, ">", "f") or die; chmod 0, $f;
if (!fork) { print chmod(0400, "f"), "\n"; exit }
wait;
for my $i (1 .. 2000) { open(my $f, ">", "g") or die $!; chmod 0, $f; unlink "g" }
open(my $g, ">", "g") or die; chmod 0, $g; print chmod(0400, "g"), "\n";
'
finish
