#!/bin/sh
# SPDX-License-Identifier: MIT
# python3, sqlite3 and bash as people use them: in a real terminal (tmux), with line editing, Ctrl-C, Ctrl-D, a window that
# changes its size, and the terminal as it was afterwards.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
export TMUX_TMPDIR="$work"
terminal() {
    tmux -f /dev/null -L "pal-$$" "$@" 2>>"$work/tmux"
}
trap 'terminal kill-server 2>/dev/null; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

screen() {
    terminal capture-pane -p -t main
}

# waits text: the text is on the screen within 100 s; an extended regular expression of one line, without its last blanks
waits() {
    tries=0
    while [ $((tries += 1)) -le 1000 ]; do
        ! screen | grep -q -E -e "$1" || return 0
        sleep 0.1
    done
    return 1
}

# sees name text [key...]: keys are pressed, then the text appears
sees() {
    name=$1 text=$2
    shift 2
    [ $# -eq 0 ] || terminal send-keys -t main "$@"
    if waits "$text"; then
        result ok "$name"
    else
        result 'not ok' "$name"
        { echo "the screen never had: $text" && screen; } | sed '/^$/d; s/^/# /'
    fi
}

# interrupts name text begun command: the command, which says that it has begun, runs; then Ctrl-C makes the text appear
interrupts() {
    terminal send-keys -t main "$4" Enter
    waits "^$3"
    sees "$1" "$2" C-c
}

# resizes columns lines: the window and, a moment later, the terminal get this size. Who starts meanwhile may undo it: readline
# asks for the size and sets what it was told.
resizes() {
    terminal resize-window -t main -x "$1" -y "$2"
    tries=0
    while [ "$(stty -F "$device" size)" != "$2 $1" ] && [ $((tries += 1)) -le 100 ]; do
        sleep 0.1
    done
}

# starts name prompt command
starts() {
    terminal send-keys -t main clear Enter
    sees "$1" "$2" "$3" Enter
}

if ! terminal new-session -d -s main -x 80 -y 24 "env PS1='shell> ' HOME='$work' bash --norc --noprofile"; then
    skip 'a terminal' 'tmux does not start'
    finish
fi
waits '^shell>$'
device=$(terminal display-message -p -t main '#{pane_tty}')
run="'$pal_loader' --"

starts 'python3: prompt' '^>>>$' "$run /usr/bin/python3 -q"
sees 'python3: a line' '^1267650600228229401496703205376$' '2 ** 100' Enter
sees 'python3: line editing' '^edited$' 'print("editd")' Left Left Left e Enter
sees 'python3: history' '^edited$' Up Enter
sees 'python3: Ctrl-C at the prompt' '^KeyboardInterrupt$' 'half a li' C-c
terminal send-keys -t main 'import time, os, signal' Enter
interrupts 'python3: Ctrl-C in a loop' 'in <module>' 'loop began' 'print("loop", "began"); [0 for i in range(10**12) if i < 0]'
terminal send-keys -t main C-l
interrupts 'python3: Ctrl-C while it sleeps' 'in <module>' 'sleep began' 'print("sleep", "began"); time.sleep(100)'
sees 'python3: it goes on' '^still here$' 'print("still", "here")' Enter
sees 'python3: the size of the window' 'columns=80, lines=24' 'os.get_terminal_size()' Enter
terminal send-keys -t main 'signal.signal(signal.SIGWINCH, lambda *_: print("size", "changed"))' Enter
waits 'Handlers.SIG_DFL'
resizes 100 30
sees 'python3: SIGWINCH' 'size changed$'
sees 'python3: another size' 'columns=100, lines=30' 'os.get_terminal_size()' Enter
sees 'python3: Ctrl-D ends it' '^shell>$' C-d

resizes 80 24
starts 'sqlite3: prompt' '^sqlite>$' "$run sqlite3"
sees 'sqlite3: a statement on two lines' '^   \.\.\.>$' 'SELECT 6' Enter
sees 'sqlite3: its result' '^42$' '* 7\;' Enter
interrupts 'sqlite3: Ctrl-C in a long query' 'nterrupt' '1 row' \
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x || ' row' FROM c WHERE x = 1 OR x < 0\\;"
sees 'sqlite3: it goes on' '^still here$' "SELECT 'still ' || 'here'\\;" Enter
sees 'sqlite3: .quit' '^shell>$' '.quit' Enter

starts 'what is no terminal is read in the background' '^end of it$' \
    "$run bash -c 'set -m; (sleep 0.5; cat; echo end of it) & sleep 1.5' </dev/null"
starts 'bash: prompt' '^guest>$' "PS1='guest> ' $run bash --norc --noprofile"
sees 'bash: a line' '^42$' 'echo $((6 * 7))' Enter
sees 'bash: line editing' '^one two$' 'ech two' C-a Right Right Right 'o one' Enter
sees 'bash: history' '^one two$' C-l Up Enter
sees 'bash: completion' '^/usr/share/common-licenses' 'echo /usr/share/common-li' Tab Enter
sees 'bash: Ctrl-C at the prompt' '^guest>$' 'half a line' C-c
interrupts 'bash: Ctrl-C in a loop' '^guest>$' 'loop began' 'clear; echo loop "began"; while :; do :; done'
sees 'bash: it goes on' '^still here$' 'echo still here' Enter
terminal send-keys -t main 'echo read "began"; read -r x; echo "got $x"' Enter
waits '^read began'
sees 'bash: read from the terminal' '^got a line$' 'a line' Enter
sees 'bash: who writes in the background with tostop is stopped' 'Stopped +echo late$' \
    'clear; stty tostop; echo late & sleep 1; jobs' Enter
sees 'bash: and goes on in the foreground' '^late$' 'clear; fg; stty -tostop' Enter
sees 'bash: the size of the window' '^80 24$' 'shopt -s checkwinsize; echo $COLUMNS $LINES' Enter
sees 'bash: exit' '^shell>$' 'exit 5' Enter
sees 'the terminal is as it was' '^5 sane$' 'echo $? $(stty -a | grep -q "^isig icanon iexten echo " && echo sane)' Enter
finish
