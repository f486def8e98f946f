#!/bin/sh
# SPDX-License-Identifier: MIT
# gawk, sed, grep, jq, find, diff, tar, bc and others that read and write text and files.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
input=$root/LICENSE
prepare=more_files
more_files() {
    sample_files
    cp "$work/json" "$work/sums" .
}
echo '{"a": [{"c": 1.5, "e": [true, null]}, {"c": "x"}]}' >"$work/json"
echo 'scale = 40; 4 * a(1); 2 ^ 200; s = 0; for (i = 0; i < 1000; i++) s += i * i; s; quit' >"$work/sums"

try gawk '{ s += $2; c[$1]++ } END { n = asorti(c, k); for (i = 1; i <= n && i < 5; i++) print k[i], c[k[i]]; print s }' numbers
try gawk -f /dev/null words
try gawk 'BEGIN { printf "%.10f %d %s\n", atan2(1, 1) * 4, strtonum("0xff"), strftime("%F", 0, 1); exit 3 }'
try gawk '{ print > ("out-" NR % 3) } END { close("out-1"); while ((getline l < "out-1") > 0) print l }' words
try gawk -i inplace '{ print toupper($0) }' words
try gawk 'match($0, /([a-z]+) ([0-9])/, m) { print m[2], m[1], gensub(/a(.)/, "<\\1>", "g") }' words
try sed -n -e '/alpha/{=;p}' -e '$s/[a-z]/X/gp' words
try sed -E 's/([a-z]+) ([0-9])/\2 \1/; 2d; 3q5' words
try sed -i.old 's/alpha/omega/' words
try sed 's/(/' words
try sed -n '$=' numbers
try sed 'y/abc/xyz/; G; w copy' words
try grep -n alpha words
try grep -c . numbers words text
try grep -r -l content .
try grep -E -o '[0-9]{4}$' numbers missing
try grep -P '(?<=alpha )\d' words
try grep -q nothing words
try grep -v -i -x 'ALPHA 1' words
try grep -z -a one text
try grep '[' words
try jq -n '[range(1000)] | add, length, (map(select(. % 7 == 0)) | last)'
try jq -c '.a[] | {b: .c, d: (.e // "none")}' json
try jq -r --arg x y '$x, env.LC_ALL, (now | type), ([3,1,2] | sort | tostring)' -n
try jq . text
try jq -n '"é€" | length, @base64, @uri, test("é")'
try find . -printf '%p %y %s %m\n' -name 'nothing'
try find tree -type l -o -size -1k
try find . -mmin +1 -newermt 2022-01-01 -delete
try find missing
try diff words text
try diff -r -u tree tree
try diff -q words numbers
try cmp -l words text
try tar cf archive.tar --sort=name --numeric-owner --mtime=@0 tree words
try tar tf missing.tar
try tar cvf archive.tar tree
try bc -l sums
try xargs --version
try which -a ls
try file --version
try getopt -o ab: -l long -- -a -b c --long rest
try getconf PAGESIZE
try getconf NPROCESSORS_ONLN
try locale -a
try iconv -f UTF-8 -t LATIN1 words
try strings text
try nm --version
try ldconfig -p --version
try hexdump -C words
try rev words
try column -t words
try getent passwd root
try getent hosts localhost
try env
try tput -T xterm cols
try infocmp xterm
normalise() {
    sort
}
try find . -type f
try ps --version
finish
