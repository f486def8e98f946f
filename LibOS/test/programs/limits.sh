#!/bin/sh
# SPDX-License-Identifier: MIT
# Limits that a manifest sets, which the library OS keeps: there is nothing to compare with natively.
# shellcheck source=/dev/null disable=SC2154 # lib.sh
. "$(dirname "$0")/../lib.sh"

# limited name wanted key=value python-program
limited() {
    if [ ! -x /usr/bin/python3 ]; then
        skip "$1" 'there is no python3'
        return
    fi
    timeout -k 2 "$seconds" "$pal_loader" -k "$3" -- /usr/bin/python3 -S -c "$4" >"$work/out" 2>"$work/err"
    if [ "$(cat "$work/out")" = "$2" ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}

processes='
import os
children, (end, start) = [], os.pipe()
def more():
    try:
        child = os.fork()
    except OSError as error:
        return error.strerror
    if child == 0:
        if waiting:
            os.close(start)
            os.read(end, 1)
        os._exit(0)
    children.append(child)
waiting = True
while (failed := more()) is None:
    pass
print(len(children), failed)
os.close(start)
waiting = False
for child in children:
    os.waitpid(child, 0)
print("then", more())
'
programs='
import os
for i in range(600):
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
print(i + 1)
'
threads='
import threading
go, made = threading.Event(), []
try:
    while True:
        thread = threading.Thread(target=go.wait)
        thread.start()
        made.append(thread)
except RuntimeError as error:
    print(len(made), error)
go.set()
for thread in made:
    thread.join()
thread = threading.Thread(target=go.wait)
thread.start()
thread.join()
print("then one more")
'
limited 'processes' '4 Resource temporarily unavailable
then None' sys.processes.max=5 "$processes"
limited 'threads' '4 can'"'"'t start new thread
then one more' sys.processes.max=5 "$threads"
# The first 16 GiB are addresses of memory that processes share.
limited 'memory does not grow with each program' 600 sys.memory.max=16460M "$programs"
limited 'open files' '[Errno 24] Too many open files' sys.files.max=20 '
import os
try:
    for i in range(20):
        os.dup(0)
except OSError as error:
    print(error)
'
# The host's soft limit is not the program's, which raises its own.
# shellcheck disable=SC3045 # dash and bash have it
soft=$(ulimit -S -n) && ulimit -S -n 64
limited 'more open files than the host lets programs have that do not ask' '200 then 300' loader.stats=false '
import os, resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
def fill():
    try:
        while True:
            last = os.open("/", os.O_RDONLY)
    except OSError:
        return last + 1
first = fill()
resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
print(first, "then", fill())
'
# shellcheck disable=SC3045
ulimit -S -n "$soft"
limited 'more processes than the instance can have' '4 None' sys.processes.max=1000000 '
import os
children = [os.fork() or os._exit(0) for _ in range(4)]
print(len(children), [os.waitpid(child, 0) for child in children].clear())
'

# wrong key=value text: the program is not started, and one line says why
wrong() {
    if ! "$pal_loader" -k "$1" -- /bin/true >"$work/out" 2>"$work/err" && [ "$(wc -l <"$work/err")" = 1 ] && grep -q -F -e "$2" "$work/err"; then
        result ok "$1 is refused"
    else
        result 'not ok' "$1 is refused"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}
wrong sys.processes.max=0 'expected more than 0'
wrong sys.files.max=0 'expected more than 0'
wrong sys.memory.max=0 'expected more than 0'
wrong net.port.rebase_on_lo=1 'expected 0'
wrong loader.env_host=A=B 'names separated by commas'

# Limits of the host, which leave less of it: ulimit option, value
under_limit() {
    (
        ulimit "$1" "$2" || exit
        mkdir -p "$work/below" && cd "$work/below" || exit
        "$pal_loader" -- /bin/sh -c 'seq 1000 | sort -n | tail -n 1; seq 9 >/tmp/nine; wc -l </tmp/nine'
    ) >"$work/out" 2>"$work/err"
    if [ "$(paste -s -d, "$work/out")" = 1000,9 ]; then
        result ok "ulimit $1 $2"
    else
        result 'not ok' "ulimit $1 $2"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}
under_limit -n 32
under_limit -v 4000000
under_limit -v 500000
under_limit -f 4000000
finish
