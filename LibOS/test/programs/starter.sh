#!/bin/sh
# SPDX-License-Identifier: MIT
# What a program has from whoever starts it: limits, niceness, ignored signals, how its standard streams were opened; and the
# signals that it gets from there.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

as='nice -n 5'
try nice
same 'nice: more' sh -c 'nice -n 3 nice; ps -o ni= -p $$'

as='prlimit --nofile=100:200 --core=0:4096 --stack=1000000:8000000 --cpu=1000:2000 --memlock=10000:20000 --msgqueue=1000:2000 --rss=5000000: --locks=10:20 --sigpending=50:60 --nproc=500:600'
same 'limits' sh -c 'cat /proc/self/limits; ulimit -a; ulimit -Ha'
same 'limits: files' sh -c 'exec 99</dev/null && echo 99; (exec 100</dev/null) || echo 100; ulimit -n 150; ulimit -n; (ulimit -n 100; ulimit -n)'
as='prlimit --stack=unlimited'
same 'limits: a stack without one' sh -c 'ulimit -s; sh -c "ulimit -s"'
as='prlimit --fsize=1000:'
same 'limits: the size of files' sh -c 'head -c 3000 /dev/zero >big; echo $?; wc -c <big'

as='env --ignore-signal=HUP --ignore-signal=INT --ignore-signal=QUIT --ignore-signal=TERM --ignore-signal=TSTP --ignore-signal=USR1'
same 'ignored signals' sh -c 'for s in HUP INT QUIT TERM TSTP USR1; do kill -s $s $$; sh -c "kill -s $s \$\$; echo alive $s"; done; (kill -s USR2 $(sh -c "echo \$PPID")); echo $?; sed -n "s/^SigIgn:.*\(....\)$/\1/p" /proc/self/status'
as='env --ignore-signal=PIPE'
same 'a pipe without a reader' sh -c '{ yes 2>err; echo $? >code; } | head -n 1; while [ ! -s code ]; do sleep 0.05; done; cat err code'

# Streams that are open for more than they are meant for: a terminal's are, as a rule.
cat >"$work/both" <<'END'
printf 'line\nanother\n' >both
"$@" 0<>both 1>&0 2>>more
END
as="sh $work/both"
same 'a stream for both directions' sh -c 'read -r line; echo "got $line" >&0; echo more >&2; grep flags: /proc/self/fdinfo/1 >/dev/null; read -r line <&1; echo "and $line"'
same 'flags of streams' python3 -c 'import fcntl, os
for fd in range(3): print(fcntl.fcntl(fd, fcntl.F_GETFL) & (os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK))'

# A signal from outside: to a program that waits for it, and to one that does not.
cat >"$work/outside" <<'END'
signal=$1
shift
"$@" >out &
until grep -q ready out 2>/dev/null; do
    sleep 0.05
done
kill -s "$signal" $!
wait $! 2>/dev/null # the shell would say what native programs die of
echo $?
cat out
END
for signal in HUP INT QUIT TERM USR1 USR2; do
    as="sh $work/outside $signal"
    same "SIG$signal from outside, handled" perl -e '$| = 1; $SIG{$ARGV[0]} = sub { print "got $_[0]\n"; exit 5 }; print "ready\n"; sleep 100' $signal
done
for signal in HUP TERM USR1 USR2; do
    as="sh $work/outside $signal"
    same "SIG$signal from outside" perl -e '$| = 1; print "ready\n"; sleep 100'
done
finish
