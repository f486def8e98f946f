#!/bin/sh
# SPDX-License-Identifier: MIT
# Very many processes, deep trees, thousands of signals, processes killed at any moment; and nothing is left on the host.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
seconds=400

python() {
    same "$1" /usr/bin/python3 -c "$2"
}

# Processes of the host that this test has made: each has its environment.
host_processes() {
    grep -l -s -z -x "LIBOS_STRESS=$work" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
        case $(readlink "/proc/$pid/exe") in
        */pal-Linux) echo "$pid" ;;
        esac
    done
}
host_left() {
    host_processes | wc -l
    find /dev/shm "${TMPDIR:-/tmp}" -maxdepth 1 -user "$(id -u)" -name '*pal*' -newer "$work/begin" 2>/dev/null
}
export LIBOS_STRESS="$work"
: >"$work/begin"

same '3,000 forks of a shell' dash -c 'i=0; while [ $i -lt 3000 ]; do (exit 3); i=$((i + $? - 2)); done; echo $i'
python '5,000 forks' 'import os
s = 0
for i in range(5000):
    p = os.fork()
    if p == 0: os._exit(i % 7)
    s += os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])
print(s)'
python '2,000 forks by four threads' 'import os, threading
def work():
    for i in range(500):
        p = os.fork()
        if p == 0: os._exit(5)
        assert os.waitpid(p, 0) == (p, 5 << 8)
ts = [threading.Thread(target=work) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print("done")'
python '200 processes at once' 'import os
r, w = os.pipe()
ps = []
for i in range(200):
    p = os.fork()
    if p == 0:
        os.close(w); os.read(r, 1); os._exit(i % 100)
    ps.append(p)
os.close(r); os.close(w)
print(sum(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p in ps))'
python '200 programs that live on' 'import subprocess
ps = [subprocess.Popen(["sleep", "1000"]) for _ in range(200)] # each is waited for until it has been executed
for p in ps: p.kill()
print(sum(p.wait() for p in ps))'
python 'a tree 50 deep' 'import os
def go(n):
    if n == 0: return 7
    p = os.fork()
    if p == 0: os._exit(go(n - 1))
    return os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])
print(go(50))'
python 'thousands of signals' 'import os, signal
got = 0
def handler(s, f):
    global got
    got += 1
signal.signal(signal.SIGUSR1, handler)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
parent = os.getpid()
p = os.fork()
if p == 0:
    for i in range(3000):
        os.kill(parent, signal.SIGUSR1)
        signal.sigwait([signal.SIGUSR2])
    os._exit(0)
n = 0
while n < 3000:
    if got > n:
        n += 1
        os.kill(p, signal.SIGUSR2)
print(n, os.waitpid(p, 0)[1])'
python 'queued signals from several processes' 'import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
parent = os.getpid()
ps = []
for k in range(4):
    p = os.fork()
    if p == 0:
        for i in range(50): os.kill(parent, signal.SIGRTMIN)
        os._exit(0)
    ps.append(p)
n = 0
while n < 200 and signal.sigtimedwait([signal.SIGRTMIN], 60): n += 1
for p in ps: os.waitpid(p, 0)
print(n)'
python 'processes killed at any moment' 'import os, signal, random, shutil, tempfile, time
random.seed(3)
tmp = tempfile.mkdtemp(dir="/tmp")
left, held = os.pipe() # held by all
count = 0
for r in range(20):
    ps = []
    for i in range(10):
        p = os.fork()
        if p == 0:
            while True:
                q = os.fork()
                if q == 0:
                    with open("%s/f%d" % (tmp, i), "a") as f: f.write("x")
                    os._exit(0)
                os.waitpid(q, 0)
        ps.append(p)
    time.sleep(random.random() / 20)
    for p in random.sample(ps, len(ps)): os.kill(p, signal.SIGKILL)
    for p in ps: count += os.waitpid(p, 0)[1] == 9
os.close(held); os.read(left, 1) # the orphans end
shutil.rmtree(tmp)
print(count)'
python 'pipes between many' 'import os
n = 50
ends = [os.pipe() for _ in range(n + 1)]
for i in range(n):
    if os.fork() == 0:
        for j, (r, w) in enumerate(ends):
            if j != i: os.close(r)
            if j != i + 1: os.close(w)
        while d := os.read(ends[i][0], 65536): os.write(ends[i + 1][1], d)
        os._exit(0)
for j, (r, w) in enumerate(ends):
    if j: os.close(w)
    if j != n: os.close(r)
os.write(ends[0][1], b"x" * 60000); os.close(ends[0][1])
s = 0
while d := os.read(ends[n][0], 65536): s += len(d)
for i in range(n): os.wait()
print(s)'
same 'make processes until none is left' sh -c 'ulimit -u 100000; for i in 1 2 3; do (sleep 0.1 | sleep 0.1 | sleep 0.1) & done; wait; echo done'

# A child that is killed from outside, when the program has said that it is ready, is missed at what it had open with others.
killed_outside() { # name, program, what it says then
    : >"$work/out"
    "$pal_loader" -- /usr/bin/python3 -c "$2" >"$work/out" 2>&1 </dev/null &
    loader=$!
    tries=0
    while [ ! -s "$work/out" ] && [ $((tries += 1)) -lt 1000 ]; do
        sleep 0.1
    done
    youngest=$(for pid in $(host_processes); do cut -d ' ' -f 22,1 "/proc/$pid/stat"; done | sort -k 2n -k 1n | tail -n 1)
    kill -KILL "${youngest% *}"
    wait "$loader"
    said=$(tail -n +2 "$work/out")
    if [ "$said" = "$3" ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        sed 's/^/# /' "$work/out"
    fi
}
killed_outside 'a writer of a FIFO is killed from outside' 'import os, time
os.mkfifo("/tmp/f")
p = os.fork()
if p == 0:
    f = os.open("/tmp/f", os.O_WRONLY); os.write(f, b"ready"); time.sleep(300); os._exit(0)
f = os.open("/tmp/f", os.O_RDONLY)
print(os.read(f, 9).decode(), flush=True)
print(os.read(f, 9), os.waitpid(p, 0)[1])' "b'' 9"
killed_outside 'who uses a terminal is killed from outside' 'import os, pty, select, time
p, fd = pty.fork()
if p == 0:
    os.write(1, b"ready"); time.sleep(300); os._exit(0)
print(os.read(fd, 9).decode(), flush=True)
print(select.select([fd], [], [], 30)[0] == [fd])
try: os.read(fd, 9)
except OSError as e: print(e.errno, os.waitpid(p, 0)[1])' "True
5 9"
killed_outside 'who receives datagrams is killed from outside' 'import os, socket, time
r, w = os.pipe()
p = os.fork()
if p == 0: # its child has no parent then
    if os.fork() != 0: os._exit(0)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("\0box")
    os.write(w, b"ready"); time.sleep(300); os._exit(0)
os.waitpid(p, 0)
print(os.read(r, 9).decode(), flush=True)
t = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); t.connect("\0box")
try:
    for i in range(100): t.send(b"x")
except OSError as e: print(e.errno)' 111
killed_outside 'who accepts connections is killed from outside' 'import os, socket, time
r, w = os.pipe()
p = os.fork()
if p == 0:
    s = socket.socket(socket.AF_UNIX); s.bind("\0server"); s.listen(1)
    os.write(w, b"ready"); time.sleep(300); os._exit(0)
print(os.read(r, 9).decode(), flush=True)
clients = []
try:
    for i in range(5):
        clients.append(socket.socket(socket.AF_UNIX)); clients[-1].connect("\0server")
except OSError as e: print(e.errno, os.waitpid(p, 0)[1])' '111 9'
# So is one that its parent does not wait for, in whatever else that sleeps.
killed_meanwhile() { # name, what prepares, what sleeps, what it says then
    killed_outside "a child is killed from outside while its parent is in $1" "import os, select, signal, socket, time
$2
def ready(): print('ready', flush=True)
p = os.fork()
if p == 0: time.sleep(300); os._exit(0)
$3
print(os.waitpid(p, os.WNOHANG)[1])" "$4"
}
# The child may be killed before the parent sleeps: an alarm ends that, and is late if nobody has told of the child till then.
killed_meanwhile pause 'told = []
def tell(*a):
    told.append(a)
    print("SIGCHLD")
signal.signal(signal.SIGCHLD, tell)
signal.signal(signal.SIGALRM, lambda *a: told or print("late"))' 'signal.alarm(30); ready(); signal.pause()' "SIGCHLD
9"
killed_meanwhile sleep 'def stop(*a): raise KeyError
signal.signal(signal.SIGCHLD, stop)' 'try: ready(); time.sleep(30); print("over")
except KeyError: pass' 9
killed_meanwhile sigwaitinfo 'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])' \
    'ready(); print(signal.sigwaitinfo([signal.SIGCHLD]).si_status)' "9
9"
wakeup='signal.signal(signal.SIGCHLD, lambda *a: print("SIGCHLD"))
r, w = socket.socketpair()
w.setblocking(False)
signal.set_wakeup_fd(w.fileno())
'
killed_meanwhile select "$wakeup" 'ready(); select.select([r], [], [])' "SIGCHLD
9"
killed_meanwhile epoll_wait "$wakeup"'e = select.epoll()
e.register(r, 1)' 'ready(); e.poll()' "SIGCHLD
9"

# When the first process is killed from outside, the others end as far as they hang on it, here by their standard input.
mkfifo "$work/hold"
: >"$work/out"
"$pal_loader" -- sh -c 'echo ready; cat | cat | cat | cat' <"$work/hold" >"$work/out" 2>/dev/null &
exec 8>"$work/hold"
tries=0
while [ ! -s "$work/out" ] && [ $tries -lt 1000 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -KILL $!
exec 8>&-
wait 2>/dev/null
tries=0
until left=$(host_left) && [ "$left" = 0 ]; do
    [ $((tries += 1)) -lt 1000 ] || break
    sleep 0.1
done
if [ "$left" = 0 ]; then
    result ok 'nothing is left on the host'
else
    result 'not ok' 'nothing is left on the host'
    printf '%s\n' "$left" | sed 's/^/# /'
fi
finish
