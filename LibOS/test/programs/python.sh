#!/bin/sh
# SPDX-License-Identifier: MIT
# python3 at small jobs; python_tests.sh has the standard library's own tests.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files
python=/usr/bin/python3

script() {
    same "python3: $1" "$python" -c "$2"
}

script 'nothing' 'pass'
script 'hello' 'print("hello", 2 ** 100, "äöü", [x * x for x in range(5)])'
script 'exit code' 'import sys; sys.exit(42)'
script 'an error' 'import sys; sys.stderr.write("err\n"); {}["missing"]'
script 'a syntax error' 'if:'
script 'loop' 'print(sum(i * i % 7 for i in range(500000)))'
script 'standard modules' 'import json, re, math, random, collections, itertools, functools, decimal, fractions, statistics, hashlib, zlib, base64, struct, datetime, heapq; random.seed(1); print(json.dumps({"a": [1, None, 2.5]}), re.sub(r"(\w+) (\w+)", r"\2 \1", "one two"), math.pi, random.random(), decimal.Decimal(1) / 7, hashlib.sha256(b"x").hexdigest(), zlib.crc32(b"abc"), struct.pack("<id", 1, 2.5), datetime.date(2024, 2, 29) + datetime.timedelta(366))'
script 'files' 'import os, shutil
os.makedirs("d/e"); open("d/f", "w").write("text\n" * 1000); print(os.path.getsize("d/f"), sorted(os.listdir("d")))
shutil.copytree("d", "copy"); os.rename("d/f", "g"); os.symlink("g", "s"); print(os.readlink("s"), os.path.realpath("s") == os.path.abspath("g"))
with open("g", "r+b") as f: f.seek(10); f.write(b"XYZ"); f.truncate(20); f.seek(0); print(f.read())
shutil.rmtree("copy"); print([sorted(x[1] + x[2]) for x in os.walk(".")][0])
for name in "missing", "tree":
    try: open(name)
    except OSError as e: print(type(e).__name__, e.errno)'
script 'mmap' 'import mmap
with open("numbers", "r+b") as f:
    m = mmap.mmap(f.fileno(), 0); print(m.find(b"4999"), m[:10]); m[0:1] = b"X"; m.flush(); m.close()
print(open("numbers").read(5)); a = mmap.mmap(-1, 1 << 20); a[12345] = 7; print(sum(a))'
script 'threads' 'import threading, queue
q, out, lock, n = queue.Queue(), [], threading.Lock(), 0
def work():
    global n
    while (x := q.get()) is not None:
        with lock: n += x
ts = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in ts]; [q.put(i) for i in range(2000)]; [q.put(None) for _ in ts]; [t.join() for t in ts]; print(n)
e = threading.Event(); threading.Timer(0.05, e.set).start(); print(e.wait(100)); b = threading.Barrier(3); [threading.Thread(target=b.wait).start() for _ in range(2)]; b.wait(); print("barrier")'
script 'a thread pool' 'from concurrent.futures import ThreadPoolExecutor as P
with P(4) as p: print(sum(p.map(lambda x: x * x, range(1000))), p.submit(lambda: 1 / 1).result())'
script 'signals' 'import signal, os, time
signal.signal(signal.SIGUSR1, lambda s, f: print("signal", s)); os.kill(os.getpid(), signal.SIGUSR1)
signal.signal(signal.SIGALRM, lambda s, f: (_ for _ in ()).throw(TimeoutError("alarm"))); signal.setitimer(signal.ITIMER_REAL, 0.05)
try: time.sleep(5)
except TimeoutError as e: print(e)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); os.kill(os.getpid(), signal.SIGTERM); print(signal.sigpending(), signal.sigtimedwait([signal.SIGTERM], 1).si_signo)'
script 'killed by a signal' 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'
script 'a fault' 'import ctypes; ctypes.string_at(0)'
script 'KeyboardInterrupt' 'import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(1)'
script 'asyncio' 'import asyncio
async def tick(n, d): return [await asyncio.sleep(d, (n, i)) for i in range(3)]
async def main():
    print(await asyncio.gather(tick("a", .02), tick("b", .2))); q = asyncio.Queue(3)
    async def put(): [await q.put(i) for i in range(10)]
    t = asyncio.create_task(put()); print([await q.get() for _ in range(10)]); await t
    try: await asyncio.wait_for(asyncio.sleep(5), .02)
    except asyncio.TimeoutError: print("timeout")
    print(await asyncio.to_thread(lambda: "thread"))
asyncio.run(main())'
script 'pipes and select' 'import os, select, selectors
r, w = os.pipe(); print(select.select([r], [w], [], 0)[0] == []); os.write(w, b"data"); print(select.select([r], [], [], 1)[0] == [r], os.read(r, 10))
s = selectors.EpollSelector(); s.register(r, selectors.EVENT_READ); print(s.select(0.01)); os.write(w, b"x"); print(len(s.select(1))); p = select.poll(); p.register(r); os.close(w); print(p.poll(0)[0][1] & select.POLLHUP > 0, os.read(r, 9), os.read(r, 9))'
script 'sqlite3' 'import sqlite3
c = sqlite3.connect("db"); c.execute("CREATE TABLE t(a, b)"); c.executemany("INSERT INTO t VALUES(?, ?)", ((i, str(i)) for i in range(10000))); c.commit(); print(c.execute("SELECT sum(a), count(DISTINCT b) FROM t").fetchone())'
script 'compression' 'import gzip, bz2, lzma, zipfile, tarfile, io
d = open("numbers", "rb").read()
for m in gzip, bz2, lzma: assert m.decompress(m.compress(d)) == d; print(m.__name__)
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z: z.write("words"); print(z.namelist(), z.testzip())
with tarfile.open("t.tar.gz", "w:gz") as t: t.add("tree")
with tarfile.open("t.tar.gz") as t: print(sorted(t.getnames()))
import os; os.remove("z.zip"); os.remove("t.tar.gz")'
script 'temporary files' 'import tempfile, os
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "f"); open(p, "w").write("x"); print(os.listdir(d))
with tempfile.NamedTemporaryFile() as f: f.write(b"abc"); f.flush(); print(os.path.getsize(f.name))
with tempfile.TemporaryFile() as f: f.write(b"abc"); f.seek(1); print(f.read())
print(os.path.exists(d), tempfile.gettempdir())'
script 'resources and the system' 'import os, resource, time, sys, locale, pwd
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0, os.cpu_count() >= len(os.sched_getaffinity(0)), len(os.sched_getaffinity(0)), os.uname().sysname, sys.maxsize, sys.getrecursionlimit(), pwd.getpwuid(os.getuid()).pw_name, sys.flags.hash_randomization, time.tzname)
print(os.getppid() > 0, os.nice(0) >= 0, os.get_terminal_size.__name__, os.isatty(0), os.getcwd() == os.path.abspath("."), os.access("words", os.W_OK), os.umask(0o22) >= 0)'
script 'much memory' 'a = bytearray(300 << 20); a[::4096] = b"x" * len(a[::4096]); print(a.count(b"x")); b = [i for i in range(1000000)]; del a; print(sum(b))'
script 'deep recursion' 'import sys; sys.setrecursionlimit(20000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(15000))
try:
    sys.setrecursionlimit(1000); f(10000)
except RecursionError as e: print("too deep")'
script 'ctypes' 'import ctypes; c = ctypes.CDLL(None); print(c.strlen(b"four"), c.abs(-5)); F = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)); a = (ctypes.c_int * 5)(5, 1, 4, 2, 3); c.qsort(a, 5, 4, F(lambda x, y: x[0] - y[0])); print(list(a))'
script 'locks of files' 'import fcntl, os
f = open("words", "r+"); fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0); fcntl.flock(f, fcntl.LOCK_EX); print("locked"); fcntl.flock(f, fcntl.LOCK_UN); print(fcntl.fcntl(f, fcntl.F_GETFL) & os.O_RDWR)'
script 'eventfd, memfd, sendfile, copy_file_range' 'import os
e = os.eventfd(3); print(os.eventfd_read(e)); m = os.memfd_create("m"); os.write(m, b"memory"); os.lseek(m, 0, 0); print(os.read(m, 99)); a = os.open("words", os.O_RDONLY); b = os.open("new", os.O_WRONLY | os.O_CREAT, 0o600); print(os.sendfile(b, a, 0, 7), os.copy_file_range(a, b, 5, 7)); print(open("new").read())'
script 'exec' 'import os; print("before", flush=True); os.execv("/bin/echo", ["echo", "after"])'
input=$root/LICENSE
same 'python3: a script that reads stdin' "$python" -c 'import sys; print(sum(len(l) for l in sys.stdin), sys.stdin.fileno())'
same 'python3: a module' "$python" -m json.tool --sort-keys /dev/null
same 'python3: compileall' "$python" -S -E -m calendar 2024 2
same 'python3: isolated' "$python" -I -S -c 'import sys; print(sys.flags.isolated, len(sys.argv))'
same 'python3: a missing script' "$python" missing.py
finish
