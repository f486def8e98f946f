#!/bin/sh
# SPDX-License-Identifier: MIT
# strace and gdb, unmodified, on programs beside them on the library OS: they show and do the same as natively.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # gdb has variables; lib.sh uses and sets some
. "$(dirname "$0")/../lib.sh"
export DEBUGINFOD_URLS='' HOME="$work"

for tool in gdb strace gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "1..0 # SKIP there is no $tool"
        exit 0
    fi
done
if ! strace -o "$work/out" /bin/true 2>/dev/null; then
    echo '1..0 # SKIP programs may not be traced here'
    exit 0
fi

mkdir "$work/guest"
cat >"$work/guest/program.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
struct pair {
    int first;
    double second;
};
static volatile int counter;
static int add(struct pair *pair, int number)
{
    pair->first += number;
    pair->second *= 2;
    counter++;
    return pair->first;
}
/* Until the first thread sleeps, so that nobody else can be the one that sees a change. */
static void wait_for_first(void)
{
    char path[40], text[100];
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
    do {
        FILE *file = fopen(path, "r");
        if (file == NULL || fgets(text, sizeof(text), file) == NULL)
            _exit(1);
        fclose(file);
    } while (strstr(text, ") S ") == NULL);
}
static void *work(void *arg)
{
    struct pair *pair = arg;
    wait_for_first();
    add(pair, 10);
    return NULL;
}
int main(int argc, char **argv)
{
    struct pair pair = {argc, 1.5};
    pthread_t thread;
    add(&pair, 1);
    pthread_create(&thread, NULL, work, &pair);
    pthread_join(thread, NULL);
    const pid_t child = fork();
    if (child == 0)
        _exit(add(&pair, 100));
    int status;
    waitpid(child, &status, 0);
    printf("%d %.1f %d\n", pair.first, pair.second, WEXITSTATUS(status));
    if (argc > 1)
        *(volatile int *)0 = 1;
    return add(&pair, 1000) & 0xff;
}
END
(cd "$work/guest" && gcc -g -O0 -pthread -o program program.c) || exit 1

copy_program() {
    sample_files
    cp "$work/guest/program" "$work/guest/program.c" .
    [ ! -e "$work/guest/script" ] || cp "$work/guest/script" .
}
prepare=copy_program

# Ids, addresses and times are others in each run.
normalise() {
    sed -e 's/0x[0-9a-f]\{3,\}/ADDRESS/g' -e 's/\(LWP\|process\|Process\|pid\|si_pid=\) *[0-9]\+/\1 N/g' \
        -e 's/kill([0-9]*/kill(N/' -e 's/ \{2,\}= / = /' -e 's/si_utime=[0-9]*, si_stime=[0-9]*/si_utime=T/' -e 's/\/\* [0-9]* vars \*\//VARS/'
}

# What C libraries do before main is their business, and depends on what there is (rseq, for one).
calls='trace=execve,openat,write,close,unlink,kill,exit_group,wait4,pipe2,dup2'
same 'strace' strace -e "$calls" cat words
same 'strace: a missing program' strace ./nothing
same 'strace: a signal ends it' strace -e 'trace=kill,exit_group' sh -c 'kill -TERM $$'
same 'strace: a handler' strace -e 'trace=kill,rt_sigreturn,exit_group' sh -c 'trap "echo caught" USR1; kill -USR1 $$; exit 3'
# Which of the processes comes first is another matter in each run; each has a file of its own.
children='strace -ff -o log -e trace=execve,write,exit_group,pipe2,dup2 sh -c "cat words | sort | head -n 2; (exit 4); ls tree"
    echo $?; cat log.* | grep -v SIGCHLD | sort; rm -f log.*'
same 'strace -ff: children' sh -c "$children"
same 'strace -ff: threads' sh -c 'strace -ff -o log -e trace=exit,exit_group,write ./program; echo $?; cat log.* | sort; rm -f log.*'
# Only the calls that are shown stop: a filter sees to that.
same 'strace --seccomp-bpf' sh -c '
    strace -f --seccomp-bpf -o log -e trace=write,exit_group sh -c "cat words; exit 3"; echo $?
    grep -v SIGCHLD log | sed "s/^[0-9]* *//" | sort; rm -f log'
same 'strace: attach' sh -c '
    mkfifo gate end
    sh -c "read line <gate; echo \$line >end" & worker=$!
    strace -o log -e trace=write,exit_group -p $worker 2>messages & tracer=$!
    while [ "$(sed -n "s/^TracerPid:[[:space:]]*//p" /proc/$worker/status)" = 0 ]; do :; done
    until grep -q attached messages; do :; done
    echo words >gate; cat end; wait $worker; echo $?; wait $tracer; echo $?; cat log; rm -f log messages gate end'

# What the program prints is shown at the end: when it comes between gdb's own lines is not said.
debug() { # name, commands of gdb...
    name=$1
    shift
    printf '%s\n' 'set confirm off' 'set args >printed' "$@" >"$work/guest/script"
    same "gdb: $name" sh -c 'gdb -nx -batch -x script ./program </dev/null 2>&1; echo "end $?"; [ ! -e printed ] || cat printed'
}
debug 'breakpoints, steps, values' 'break main' run next next step 'info args' 'print *pair' 'print pair->second * 3' \
    finish bt 'info registers cs ss eflags' 'print $rip == $pc' delete continue
debug 'changes' 'break add' run 'set var number = 50' 'print number' 'print $mxcsr' \
    'call getpid() > 0' 'print add(pair, 7)' delete continue
debug 'a thread' 'break work' run bt 'print pair->first' next 'print pair->first' delete continue
debug 'a child' 'set follow-fork-mode child' 'set detach-on-fork on' 'break add if number == 100' 'run >/dev/null' bt 'print pair->first' delete continue
debug 'catch' 'catch fork' 'catch syscall exit_group' run 'delete 1' continue continue
debug 'a watched variable' 'set can-use-hw-watchpoints 0' 'break main' run 'watch counter' continue delete continue
debug 'a variable that the processor watches' 'break main' run 'watch counter' 'hbreak work' continue 'info watchpoints' continue \
    'delete 3' continue delete continue
debug 'a fault' 'run x' bt 'print pair' 'info program' kill
finish
