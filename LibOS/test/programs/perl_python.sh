#!/bin/sh
# SPDX-License-Identifier: MIT
# perl, python, lua and node with processes of their own.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

try perl -e 'my $p = fork; if (!$p) { print "child\n"; exit 3 } waitpid $p, 0; print $? >> 8, "\n"'
try perl -e 'print `echo backquotes`; print system("exit 4") >> 8, "\n"; print system("/bin/echo", "a b"), "\n"; my @l = `ls`; print scalar @l, "\n"'
try perl -e 'open my $f, "-|", "sort", "words" or die; print while <$f>; close $f; print $?, "\n"; open $f, "|-", "tr a-z A-Z" or die; print $f "to upper\n"; close $f; open($f, "no-such-program |") or print "no: $!\n"'
try perl -e 'open(my $f, "-|") // die or do { print "from the child\n"; exit 2 }; print <$f>; close $f; print $? >> 8, "\n"'
try perl -e 'my @p = map { my $n = $_; my $p = fork; $p || exit $n; $p } 1 .. 50; my $s = 0; for (@p) { waitpid $_, 0; $s += $? >> 8 } print "$s\n"'
try perl -e '$SIG{CHLD} = sub { $n++ while waitpid(-1, 1) > 0 }; for (1 .. 5) { fork or exit; select undef, undef, undef, 0.05 } select undef, undef, undef, 0.01 while $n < 5; print "told of $n\n"; print wait, "\n"'
try perl -e 'pipe R, W; for my $n (1 .. 20) { next if fork; syswrite W, "$n\n"; exit } close W; print sort { $a <=> $b } <R>; 1 while wait > 0'
try perl -e 'pipe R, W; my $p = fork // die; if (!$p) { $SIG{TERM} = sub { exit 9 }; close W; sleep 1 while 1 } close W; <R>; kill TERM => $p; waitpid $p, 0; print $? >> 8, "\n"; kill KILL => $p or print "$!\n"'
try perl -e 'use Socket; socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die; if (!fork) { close $a; while (<$b>) { syswrite $b, "echo $_" } exit } close $b; for (1 .. 100) { syswrite $a, "$_\n"; $l = <$a> } print $l'
try perl -MIPC::Open3 -e 'my $p = open3(my $in, my $out, undef, "sh", "-c", "cat; echo err >&2; exit 5"); print $in "x\n"; close $in; print sort <$out>; waitpid $p, 0; print $? >> 8, "\n"'
try perl -e 'exec "sh", "-c", "echo \$0 replaced; exit 7"'
try perl -MPOSIX=:sys_wait_h -e 'my $p = fork; if (!$p) { kill STOP => $$; exit 6 } waitpid $p, WUNTRACED; print WIFSTOPPED($?) ? "stopped\n" : "no\n"; kill CONT => $p; waitpid $p, 0; print WEXITSTATUS($?), "\n"'
try lua5.4 -e 'local f = io.popen("echo a; exit 3") print(f:read("a"), f:close()) print(os.execute("exit 4")) local w = io.popen("tr a-z A-Z", "w") w:write("text\n") w:close()'

python() {
    name=$1
    same "python3: $name" /usr/bin/python3 -c "$2"
}
python 'os.fork' 'import os
p = os.fork()
if p == 0: os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))'
python 'subprocess' 'import subprocess as s
print(s.run(["sort", "words"], capture_output=True, text=True))
print(s.check_output("echo $((6 * 7)); exit 0", shell=True), s.call(["sh", "-c", "exit 3"]))
p = s.Popen(["cat"], stdin=s.PIPE, stdout=s.PIPE); print(len(p.communicate(b"x" * 1000000)[0]))
try: s.run(["no-such-program"])
except FileNotFoundError as e: print(e)
try: s.run(["sleep", "5"], timeout=0.1)
except s.TimeoutExpired as e: print("too long", e.cmd)
p = s.Popen(["sleep", "5"]); p.terminate(); print(p.wait())
print(s.run("exec 3<&0; cat <&3", shell=True, input=b"in", stdout=s.PIPE, start_new_session=True, preexec_fn=lambda: None))'
python 'os.posix_spawn, os.system, os.popen' 'import os
p = os.posix_spawn("/bin/sh", ["sh", "-c", "echo spawned; exit 5"], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "out", os.O_CREAT | os.O_WRONLY, 0o644)])
print(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]), open("out").read())
try: os.posix_spawn("/no/such", ["x"], {})
except OSError as e: print(e)
print(os.system("exit 9") >> 8, os.popen("echo p").read())'
python 'multiprocessing: queues, locks, values' 'import multiprocessing as m
def work(n, q, lock, value):
    for _ in range(200):
        with lock: value.value += 1
    q.put(n * n)
q, lock, value = m.Queue(), m.Lock(), m.Value("i", 0, lock=False)
ps = [m.Process(target=work, args=(n, q, lock, value)) for n in range(4)]
for p in ps: p.start()
print(sorted(q.get() for _ in ps))
for p in ps: p.join()
print(value.value, [p.exitcode for p in ps])'
# What is started by spawn or a fork server reads the program again, so it has to be a file.
pool() {
    printf '%s\n' 'import sys, os, time, multiprocessing as m' \
        'def square(x): return x * x' \
        'def release(s): s.release()' \
        'def fail(x): raise ValueError(x)' \
        'if __name__ == "__main__":' \
        '    m.set_start_method(sys.argv[1])' \
        '    with m.Pool(3) as p:' \
        '        print(sum(p.map(square, range(1000))))' \
        '        print(sorted(p.imap_unordered(square, range(20), 3)))' \
        '        try: p.apply(fail, (3,))' \
        '        except ValueError as e: print("error", e)' \
        '    a, b = m.Pipe(); q = m.Process(target=b.send, args=([1, 2],)); q.start(); print(a.recv()); q.join()' \
        '    s = m.Semaphore(0); e = m.Event(); q = m.Process(target=release, args=(s,)); q.start(); print(s.acquire(timeout=100)); q.join()' \
        '    q = m.Process(target=time.sleep, args=(900,)); q.start(); q.terminate(); q.join(); print(q.exitcode)' >pool.py
}
prepare=pool
same 'python3: a pool by fork' /usr/bin/python3 -B pool.py fork
same 'python3: a pool by spawn' /usr/bin/python3 -B pool.py spawn
same 'python3: a pool by a fork server' /usr/bin/python3 -B pool.py forkserver
prepare=sample_files
python 'multiprocessing.Manager' 'import multiprocessing as m
def put(d, l, k): d[k] = k * k; l.append(k)
with m.Manager() as manager:
    d, l = manager.dict(), manager.list()
    ps = [m.Process(target=put, args=(d, l, k)) for k in range(4)]
    for p in ps: p.start()
    for p in ps: p.join()
    print(sorted(d.items()), sorted(l))'
python 'concurrent.futures' 'import concurrent.futures as f
with f.ProcessPoolExecutor(3) as e: print(sum(e.map(pow, range(100), [2] * 100)), e.submit(max, 3, 9).result())'
python 'shared memory' 'from multiprocessing import shared_memory, get_context
s = shared_memory.SharedMemory(create=True, size=10000)
def f(n): t = shared_memory.SharedMemory(name=n); t.buf[5] = 42; t.close()
p = get_context("fork").Process(target=f, args=(s.name,)); p.start(); p.join(); print(s.buf[5]); s.close(); s.unlink()'
python 'mmap shared with a child' 'import mmap, os
m = mmap.mmap(-1, 4096); p = os.fork()
if p == 0: m[:5] = b"child"; os._exit(0)
os.waitpid(p, 0); print(m[:5])'
python 'a child that faults says nothing itself' 'import subprocess as s, sys
p = s.run([sys.executable, "-c", "import ctypes; ctypes.string_at(0)"], stderr=s.PIPE); print(p.returncode, p.stderr)'
python 'asyncio subprocesses' 'import asyncio
async def one(n):
    p = await asyncio.create_subprocess_exec("sh", "-c", f"echo {n}; exit {n}", stdout=asyncio.subprocess.PIPE)
    out, _ = await p.communicate(); return out, p.returncode
async def main(): print(await asyncio.gather(*(one(n) for n in range(10))))
asyncio.run(main())'
python 'signals and waits' 'import os, signal, time
signal.signal(signal.SIGCHLD, lambda s, f: print("SIGCHLD"))
p = os.fork()
if p == 0: time.sleep(0.1); os._exit(0)
time.sleep(3); print(os.wait()[1]); print(signal.sigtimedwait([signal.SIGUSR1], 0.01))
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
p = os.fork()
if p == 0: os.kill(os.getppid(), signal.SIGUSR2); signal.pause()
os.kill(p, signal.SIGKILL); print(os.waitid(os.P_PID, p, os.WEXITED).si_status)' 
same 'node: child_process' node -e 'const c = require("child_process"); console.log(c.execSync("echo sync").toString(), c.spawnSync("sh", ["-c", "exit 3"]).status); const p = c.spawn("sort"); p.stdout.on("data", d => console.log(d.toString())); p.on("close", x => console.log("closed", x)); p.stdin.end("b\na\n")'
same 'node: fork and messages' sh -c 'echo "process.on(\"message\", m => { process.send(m * 2); process.disconnect() })" >child.js; node -e "const p = require(\"child_process\").fork(\"./child.js\"); p.on(\"message\", m => console.log(m)); p.on(\"exit\", (c, s) => console.log(c, s)); p.send(21)"'
finish
