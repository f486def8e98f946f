#!/bin/sh
# SPDX-License-Identifier: MIT
# End-to-end: the processes of an instance as the host sees them: their descriptors, how they end, and that nothing stays.
# shellcheck source=Pal/test/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# A name that only this run's processes have on their command line.
guest=$work/process
cp "$guests/process" "$guest"
mkfifo input

# start mode: run the guest in the background until it prints a line, which is in $line; its id is $pid
start() {
    "$pal" "$guest" "$1" <input >out 2>err &
    pid=$!
    exec 3>input
    line=
    for _ in $(seq 1200); do
        line=$(head -n 1 out)
        [ -n "$line" ] && break
        sleep 0.05
    done
    command=" guest $1" code=0
}

# finish_guest: let the guest go on, and take its exit code
finish_guest() {
    (echo >&3) 2>/dev/null # it may have ended
    exec 3>&-
    wait "$pid"
    code=$?
}

# shellcheck disable=SC2317 # called by check
# none_left: wait until no process of this run is there
none_left() {
    for _ in $(seq 1200); do
        pgrep -f "$guest" >/dev/null || return 0
        sleep 0.05
    done
    pgrep -a -f "$guest"
    return 1
}

# killed signal told: what a parent is told of a child that is killed
killed() {
    start watch
    kill "-$1" "$line"
    finish_guest
    expect "a child that is killed by signal $1" 0 "$line
ended with $2"
}
loader=$pal
for pal in "$loader" "$root/build/faults/pal-older"; do
    killed 9 137
    killed 15 143
    # Kernels before 6.15 do not tell which signal it was.
    if [ "$pal" = "$loader" ] && "$root/Tools/linux-since.sh" 6.15; then
        killed 6 134
    else
        killed 6 137
    fi
done
pal=$loader

# The kernel would continue a sleep with a call of its own (restart_syscall), which is not allowed.
"$pal" "$guests/sleep" >slept 2>&1 &
sleeper=$!
sleep 0.2
kill -s STOP $sleeper
sleep 0.2
kill -s CONT $sleeper
wait $sleeper
code=$?
check 'a sleep goes on after a stop' test "$code$(cat slept)" = 0

# descriptors pid: what they are, one a line
descriptors() {
    for fd in /proc/"$1"/fd/*; do
        readlink "$fd"
    done | sed 's/:.*//' | sort | uniq -c | tr -s ' '
}

start hold
# The console's three, its executable's, the two connections with the parent, the broker's, and two files of the kernel's.
check "a child has its own descriptors and no others" [ "$(find /proc/"$line"/fd -type l | wc -l)" -eq 9 ]
check "three of them are sockets" [ "$(descriptors "$line" | grep -c '^ 3 socket$')" -eq 1 ]
broker=$(pgrep -f "$guest" | while read -r id; do
    [ "$(find /proc/"$id"/fd -type l | wc -l)" -gt 2 ] || echo "$id"
done)
check "the broker holds the hub and the server" [ "$(descriptors "$broker")" = " 2 socket" ]
finish_guest
expect "the parent ends" 0 "$line"
check "nothing is left" none_left

start crowd
for child in $line; do
    check "nor has one of a parent that opens many" [ "$(find /proc/"$child"/fd -type l | wc -l)" -eq 9 ]
done
finish_guest
expect "the parent of five ends" 0 "$line"
check "nothing is left of them" none_left

# A handle that is closed ends the stream of the child, which ends then.
start forget
for _ in $(seq 1200); do
    [ "$(pgrep -P "$pid" | wc -l)" -gt 1 ] || break
    sleep 0.05
done
check "children whose handles were closed leave no zombies" [ "$(pgrep -P "$pid" | wc -l)" -eq 1 ]
finish_guest
expect "their parent ends" 0 ready
check "nothing is left" none_left

run "$pal" "$guest" abandon
expect "a parent ends before its children" 0 ""
check "which end, too" none_left

# What a library OS asks of the host before the guard is there nobody has asked here.
manifest first.manifest "loader.exec = file:$guest" 'fs.root.uri = file:/'
manifest child.manifest "loader.preload = file:$root/Runtime/libsysdb.so" 'loader.exec = file:/bin/echo' \
    'fs.root.type = chroot' 'fs.root.uri = file:/'
run "$pal" first.manifest run file:child.manifest
expect 'a child has a library OS, and its parent has none' 0 'of a library OS'

check "all variables begin as zero" [ -z "$(readelf -SW "$pal" | grep -E ' \.(t|)data +PROGBITS')" ]

finish
