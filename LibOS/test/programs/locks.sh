#!/bin/sh
# SPDX-License-Identifier: MIT
# Locks of processes that are killed from outside of the instance: nobody in it is told, and those who wait have them soon.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

# A child has a lock, and a file open that nobody else has. Its parent wants the lock, or another child does, while the parent
# waits for other things.
program='
import fcntl, os, struct, sys, time
kind, who = sys.argv[1:]
def lock(file):
    if kind == "open file":
        fcntl.fcntl(file, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)) # F_OFD_SETLKW
    else:
        (fcntl.flock if kind == "flock" else fcntl.lockf)(file, fcntl.LOCK_EX)
def child(work):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        work(w)
    os.close(w)
    return pid, r
def hold(w):
    mine = open("held", "w")
    file = open("lock", "w")
    lock(file)
    print("ready", flush=True)
    os.read(os.pipe()[0], 1)
def want(w):
    lock(open("lock", "w"))
    print("has it", flush=True)
    os._exit(0)
pid, r = child(hold)
if who == "parent":
    while not os.path.exists("killed"): time.sleep(0.01)
    want(0)
other, s = child(want)
os.read(s, 1)
print(os.WTERMSIG(os.waitpid(pid, 0)[1]), os.waitpid(other, 0)[1])'

# The process of the host that has the file "held" open, among the children of one.
holder_of() {
    for process in $(pgrep -P "$1"); do
        case $(readlink "/proc/$process/fd/"* 2>/dev/null) in
        *"$work/killing/held"*) echo "$process" ;;
        esac
    done
}

killed() { # kind, who wants it
    rm -rf "$work/killing" && mkdir "$work/killing" && cd "$work/killing" || exit 1
    : >out
    timeout "$seconds" "$pal_loader" -- python3 -c "$program" "$1" "$2" >out 2>err &
    instance=$!
    waited=0
    while ! grep -q ready out && [ $((waited += 1)) -lt 2000 ]; do
        sleep 0.05
    done
    sleep 0.2
    holder=$(holder_of "$(pgrep -P "$instance")")
    kill -s KILL "$holder"
    : >killed
    wait "$instance"
    if grep -q 'has it' out; then
        result ok "$1: the $2 has it"
    else
        result 'not ok' "$1: the $2 has it"
        sed 's/^/# /' out err
    fi
    cd "$work" || exit 1
}
for kind in process 'open file' flock; do
    killed "$kind" parent
    killed "$kind" 'other child'
done
finish
