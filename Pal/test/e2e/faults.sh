#!/bin/sh
# SPDX-License-Identifier: MIT
# End-to-end: faults that nobody handles, and what other programs ask of a guest.
# shellcheck source=Pal/test/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# faults kind code text...: the guest ends with the code, and the loader says so in one line with the texts
faults() {
    run "$pal" "$guests/fault" "$1"
    kind=$1 wanted=$2
    shift 2
    check "$kind: exit code $wanted" test "$code" -eq "$wanted"
    for text; do
        check "$kind: one line says '$text'" grep -q -e "$text" err
    done
    check "$kind: one line" test "$(wc -l <err)" -eq 1
}

faults read 139 'memory fault at address 0x123,' 'build/e2e/fault+0x'
faults jump 139 'memory fault at address 0x10008,' 'no object'
faults illegal 132 'illegal instruction' 'build/e2e/fault+0x'
faults divide 136 'arithmetic fault' 'build/e2e/fault+0x'
faults trap 133 'build/e2e/fault+0x'
faults syscall 159 'system call 39 ' 'needs a library OS'
faults stack 139 'memory fault at address 0x' 'build/e2e/fault+0x'

run "$pal" "$guests/returns"
expect "an entry that is a C function returns its value" 77 ""

# started pid: wait until the guest in the background is ready
"$pal" "$guests/fault" wishes >wishes.out 2>wishes.err &
guest=$!
for _ in $(seq 1200); do
    grep -q ready wishes.out && break
    sleep 0.05
done
for signal in TERM INT CONT; do
    kill -s "$signal" "$guest"
    sleep 0.2
done
wait "$guest"
code=$?
cp wishes.out out
cp wishes.err err
expect "QUIT, SUSPEND and RESUME arrive" 0 "ready
wish 1
wish 2
wish 3"

"$pal" "$guests/fault" wishes >/dev/null &
guest=$!
sleep 0.3
kill -KILL "$guest"
wait "$guest" 2>/dev/null
check "a guest can be killed" test $? -eq 137

finish
