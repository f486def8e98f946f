#!/bin/sh
# SPDX-License-Identifier: MIT
# Pseudo terminals as programs use them: script, python's pty, an interactive bash with job control at one, and tmux.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

# Which one it is depends on who else has some.
normalise() {
    sed 's|\(pts/\)[0-9][0-9]*|\1N|g'
}

at_terminal() {
    same "script: $1" script -q -e -c "$2" /dev/null
}

at_terminal 'its name, its size, an exit code' 'tty; stty size; exit 5'
at_terminal 'settings' 'stty -a; stty -echo rows 10 cols 33; stty -a; stty size; stty sane'
at_terminal 'is it one' 'test -t 0 && test -t 1 && test -t 2 && echo yes; test -t 1 | cat; echo $?'
at_terminal 'much output' 'seq 30000 | sed -n 1~100p; cat numbers | md5sum; cat numbers'
at_terminal '/dev/tty' 'echo shown >/dev/tty; setsid sh -c "echo lost >/dev/tty"; echo shown | cat >/dev/tty'
at_terminal 'whose it is' 'set -- $(ps -o pid=,pgid=,sid=,tpgid=,tty= -p $$); echo $(($1 == $2)) $(($1 == $3)) $(($1 == $4)) ${5%/*}'
at_terminal 'killed by a signal' 'kill -TERM $$'
same 'script: a program in the background is hung up' sh -c 'waits() { until [ -e "$1" ]; do sleep 0.02; done; }
    export late="trap \"\" HUP; : >ready; until [ -e gone ]; do sleep 0.02; done; echo late >file; : >done"
    script -q -e -c "sh -c \"\$late\" & until [ -e ready ]; do sleep 0.02; done; exit 3" /dev/null; echo $?
    : >gone; waits done'
at_terminal 'nohup, setsid' 'nohup echo a; setsid -w sh -c "test -t 1; echo \$?; tty; ps -o tty= -p \$\$"'
at_terminal 'columns' 'stty cols 40 rows 20; ls -C; tput cols 2>/dev/null; bash -c "shopt -s checkwinsize; (:); echo \$COLUMNS \$LINES"'
at_terminal 'script within script' 'script -q -e -c "tty; exit 4" /dev/null </dev/null; echo $?; tty'
same 'script: a record' sh -c 'script -q -c "echo recorded; printf \"\\t\\033[1m\\n\"" typescript; sed 1d typescript | sed \$d; rm typescript'

python() {
    same "python3: $1" /usr/bin/python3 -c "$2"
}

python 'pty.spawn' 'import pty
print(pty.spawn(["sh", "-c", "tty -s && echo yes; exit 3"]))'
python 'pty.fork' 'import os, pty
p, fd = pty.fork()
if p == 0:
    print(os.isatty(0), os.ttyname(0) == os.ttyname(1), os.tcgetpgrp(0) == os.getpid()); os._exit(4)
data = b""
try:
    while d := os.read(fd, 100): data += d
except OSError as e: data += os.strerror(e.errno).encode()
print(data, os.waitpid(p, 0)[1])'
python 'os.openpty and os.login_tty' 'import os, signal, fcntl, termios, struct
m, s = os.openpty()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
p = os.fork()
if p == 0:
    os.close(m); os.login_tty(s) if hasattr(os, "login_tty") else (os.setsid(), fcntl.ioctl(s, termios.TIOCSCTTY, 0), os.dup2(s, 0), os.dup2(s, 1))
    os.write(1, b"ready\n"); signal.sigwait([signal.SIGWINCH])
    os.write(1, b"%d %d\n" % tuple(os.get_terminal_size(0))); signal.pause()
def line():
    seen = b""
    while not seen.endswith(b"\n"): seen += os.read(m, 100)
    return seen
os.close(s); print(line())
fcntl.ioctl(m, termios.TIOCSWINSZ, struct.pack("4H", 7, 9, 0, 0)); print(line())
os.kill(p, signal.SIGKILL); print(os.waitpid(p, 0)[1])'

# Types a line at a time, and waits for what it makes appear: the texts are told, not what surrounds them, which the shell writes
# when it likes.
shell_driver() {
    cat >shell.py <<'END'
import fcntl, os, pty, select, struct, termios, time
p, fd = pty.fork()
if p == 0:
    os.environ.update(PS1="ready> ", TERM="dumb", INPUTRC="/dev/null")
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
seen = b""
def appears(text, seconds):
    global seen
    end = time.time() + seconds
    while text not in seen and select.select([fd], [], [], max(0, end - time.time()))[0]:
        seen += os.read(fd, 1)
    return text in seen
def wait(text):
    global seen
    if not appears(text, 100):
        print("never:", text, seen)
        os._exit(1)
    print(text)
    seen = b""
def steps(*pairs):
    for keys, text in pairs:
        os.write(fd, keys)
        wait(text)
# How many programs that are not the shell any more it has made.
def programs():
    count = 0
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name) as file: stat = file.read()
        except OSError: continue
        command, state = stat[stat.find("(") + 1:stat.rfind(")")], stat[stat.rfind(")") + 2:].split()
        count += name.isdigit() and int(state[1]) == p and state[0] != "Z" and command != "bash"
    return count
# A key that is for the programs in the foreground.
def press(key, text, count=1):
    while os.tcgetpgrp(fd) == p or programs() < count: time.sleep(0.01)
    steps((key, text))
# The shell tells of its jobs when it prompts.
def prompt_until(keys, text):
    os.write(fd, keys)
    for i in range(300):
        os.write(fd, b"\n")
        if appears(text, 0.3): break
    wait(text)
    steps((b"echo $((3 * 3))\n", b"9\r\nready> "))

wait(b"ready> ")
steps((b"echo $((6 * 7))\n", b"42\r\nready> "), (b"sleep 60\n", b"60\r\n"))
press(b"\3", b"ready> ")
steps((b"echo $?\n", b"130\r\nready> "), (b"sleep 61\n", b"61\r\n"))
press(b"\x1a", b"Stopped")
steps((b"\n", b"ready> "), (b"jobs\n", b"Stopped"), (b"bg\n", b"sleep 61 &"), (b"fg\n", b"sleep 61\r\n"))
press(b"\3", b"ready> ")
prompt_until(b"cat &\n", b"Stopped")
steps((b"fg\n", b"cat\r\n"), (b"hello\n", b"hello\r\nhello\r\n"))
press(b"\4", b"ready> ")
steps((b"sleep 62 | cat\n", b"cat\r\n"))
press(b"\x1c", b"ready> ", 2)
steps((b"echo $?\n", b"131\r\nready> "), (b"stty tostop\n", b"ready> "))
prompt_until(b"echo back &\n", b"Stopped")
steps((b"fg\n", b"back\r\nready> "), (b"trap 'echo winch' WINCH\n", b"ready> "))
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", 30, 90, 0, 0))
steps((b":\n", b"winch\r\n"), (b"echo $LINES $COLUMNS\n", b"30 90"))
steps((b"read x; echo got $x\n", b"$x\r\n"), (b"a line\n", b"got a line"), (b"exit 7\n", b"exit"))
try:
    while os.read(fd, 100): pass
except OSError as error: print(error.errno)
print(os.waitpid(p, 0)[1] >> 8)
END
}
prepare=shell_driver
same 'bash: jobs, Ctrl-C, Ctrl-Z, Ctrl-\, Ctrl-D, bg, fg' /usr/bin/python3 shell.py
prepare=:
same 'tmux: a server, windows, keys' sh -c '
    export TMUX_TMPDIR=/tmp/libos-tmux-$$
    mkdir $TMUX_TMPDIR
    terminal() { tmux -f /dev/null -L libos "$@"; }
    waits() { tries=0; until "$@"; do [ $((tries += 1)) -lt 2000 ] || exit 1; sleep 0.05; done; }
    shows() { terminal capture-pane -p -t main | grep -q "$1"; }
    terminal new-session -d -s main -x 80 -y 24 "PS1=ready: exec sh"
    waits shows "^ready:"
    terminal send-keys -t main "tty -s && echo \$((6 * 7)) is shown" Enter
    waits shows "^42 is shown"
    terminal list-sessions -F "#{session_name} #{window_width}"
    terminal split-window -t main
    terminal list-panes -t main | wc -l
    terminal send-keys -t main "stty size > size; echo done > end" Enter
    waits test -s end; cat size; rm size end
    terminal kill-server
    waits sh -c "! tmux -L libos list-sessions 2>/dev/null"
    rm -r $TMUX_TMPDIR
    echo ended'
finish
