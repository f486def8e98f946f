#!/bin/sh
# SPDX-License-Identifier: MIT
# terminal.sh: the standard descriptors as devices, be they files, pipes or terminals, and terminals left as they were.
# shellcheck source=/dev/null disable=SC2154,SC2034 # lib.sh sets and tells them
. "$(dirname "$0")/lib.sh"

standard=$guests/standard

##### What they are #####

printf '%s' abcdefg >file
run sh -c '"$1" "$2" <file' sh "$pal" "$standard"
check 'a file as the standard input' has 'dev:stdin kind 8 size 7'
check 'and as the output' grep -q '^dev:stdout kind 8 ' out
run sh -c '{ printf abc; : >written; } | { until [ -e written ]; do sleep 0.01; done; "$1" "$2"; } | cat' sh "$pal" "$standard"
check 'a pipe as the input' has 'dev:stdin kind 1 size 3'
check 'and as the output' grep -q '^dev:stdout kind 1 ' out
run sh -c '"$1" "$2" </dev/null' sh "$pal" "$standard"
check 'a device' has 'dev:stdin kind 2 size 0'
run sh -c '"$1" "$2" read <file' sh "$pal" "$standard"
expect 'a file is read on' 0 'ab,cdefg'

##### Terminals #####

# on_terminal command: run a command of the shell in a terminal of its own; what it prints goes to the file out
on_terminal() {
    command=$1 code=0
    TERM=dumb timeout -k 1 "$seconds" script -qec "$1" /dev/null </dev/null >raw 2>err || code=$?
    tr -d '\r' <raw >out
}

if ! command -v script >/dev/null; then
    skip 'terminals' 'there is no script(1)'
    finish
fi

on_terminal "'$pal' '$standard'"
check 'a terminal' grep -q '^dev:stdin kind 2 size ' out
manifest terminal.manifest "loader.exec = file:$root/build/regression/Terminal" "loader.env.REGRESSION_DIR = $work"
on_terminal "stty -g >before; '$pal' terminal.manifest; echo code \$?; stty -g >after; stty size >size"
check 'the regression program on a terminal' has 'code 0'
check 'finds one' grep -q ' - they are set (2)$' out
check 'and nothing wrong' sh -c '! grep "^not ok" out'
check 'the settings are put back' cmp before after
check 'the size stays' grep -q '^33 99$' size
on_terminal "stty -g >before; '$pal' '$standard' echo; stty -g >after"
check 'the settings are put back when the program does not do it' cmp before after
on_terminal "stty -g >before; '$pal' '$standard' child; stty -g >after"
check 'a child sets it for all' has 'child 0 echo 0'
check 'and it is put back at the end' cmp before after
on_terminal "stty -g >before; '$pal' '$standard' child & wait; stty -g >after"
check 'also from the background' cmp before after

finish
