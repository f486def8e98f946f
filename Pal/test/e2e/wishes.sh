#!/bin/sh
# SPDX-License-Identifier: MIT
# wishes.sh: signals of other programs for a program that watches for them, or does not, or no longer.
# shellcheck source=Pal/test/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo input

# start mode starter...: run the guest in the background, by what starts it, until it prints a line, which is in $line
start() {
    mode=$1
    shift
    : >out
    "$@" "$pal" "$guests/wishes" "$mode" <input >out 2>err &
    guest=$!
    exec 3>input
    await 1
    line=$(head -n 1 out)
    command=" guest $mode" code=0
}

# await count: wait until the guest has printed so many lines
await() {
    for _ in $(seq 1200); do
        [ "$(wc -l <out)" -ge "$1" ] && break
        sleep 0.05
    done
}

# ended: wait for the guest's end
ended() {
    wait "$guest"
    code=$?
    exec 3>&-
}

# A shell has what it starts in the background ignore INT and QUIT.
for wanted in TERM:143 INT:130 QUIT:131 HUP:129 USR1:138 USR2:140; do
    signal=${wanted%:*}
    for mode in read compute; do
        start $mode env --default-signal=INT,QUIT
        kill -s "$signal" "$guest"
        ended
        expect "$signal, which nobody watches for, in the midst of $mode" "${wanted#*:}" ready
    done
done

start wait
for _ in $(seq 60); do
    for signal in WINCH TSTP STOP CONT; do
        kill -s "$signal" "$guest"
    done
    sleep 0.05
done
(echo >&3) 2>/dev/null # it may have ended
ended
expect 'WINCH, TSTP, and CONT after STOP, which nobody watches for, end no wait' 0 'ready
event 0, failure 19, told 0
input 0, failure 19, told 0
slept 1, failure 0, told 0
read 1, failure 0, told 0'

# One without threads and without the control block, which has a handle of its thread.
"$pal" "$guests/input" <input >out 2>err &
guest=$!
exec 3>input
sleep 0.3
kill -s URG "$guest"
sleep 0.1
(echo >&3) 2>/dev/null # it may have ended
ended
expect 'URG ends no call where no thread can be resumed' 0 'read 1 bytes'

start read sh -c 'trap "" HUP TERM; exec "$@"' sh
for signal in HUP TERM INT QUIT; do
    kill -s "$signal" "$guest"
done
sleep 0.2
(echo >&3) 2>/dev/null # it may have ended
ended
expect 'what the starter ignores does nothing' 0 'ready
read 1, failure 0, told 0'

start forget
kill -s TERM "$guest"
await 3
kill -s TERM "$guest"
ended
expect 'without its handler a program ends as others do' 143 'ready
read 0, failure 13, told 1
forgotten'

start parent
kill -s TERM "$line"
ended
expect 'a child does not watch for what its parent does' 0 "$line
ended with 143, failure 0, told 0"
start parent
kill -s WINCH "$line"
kill -s TERM "$guest"
sleep 0.2
(echo >&3) 2>/dev/null # it may have ended
ended
expect 'nor the other way round' 0 "$line
read 1, failure 0, told 0
ended with 0, failure 13, told 1"
start parent sh -c 'trap "" HUP; exec "$@"' sh
kill -s HUP "$line"
sleep 0.2
kill -s TERM "$line"
ended
expect 'what the starter ignores does nothing to a child' 0 "$line
ended with 143, failure 0, told 0"

finish
