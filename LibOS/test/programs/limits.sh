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
    timeout -k 2 60 "$pal_loader" -k "$3" -- /usr/bin/python3 -S -c "$4" >"$work/out" 2>"$work/err"
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
        os.close(start)
        os.read(end, 1)
        os._exit(0)
    children.append(child)
while (failed := more()) is None:
    pass
print(len(children), failed)
os.close(start)
for child in children:
    os.waitpid(child, 0)
print("then", more())
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
limited 'open files' '[Errno 24] Too many open files' sys.files.max=20 '
import os
try:
    for i in range(20):
        os.dup(0)
except OSError as error:
    print(error)
'
finish
