#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs whose work is to run others.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

script() {
    same "$1" sh -c "$2"
}

try timeout 5 ls
script 'timeout and its exit codes' 'timeout 0.1 sleep 10; echo $?; timeout -s KILL 0.1 sleep 10; echo $?; timeout --foreground 0.1 sleep 10; echo $?; (timeout 0.1 sh -c "sleep 10 & sleep 10"; echo $?)'
try timeout -k 0.1 4 sh -c 'trap "" TERM; sleep 200'
try timeout --preserve-status 0.1 sleep 10
try timeout 5 no-such-program
try env -S 'A=1 printenv A'
try env --ignore-signal=TERM sh -c 'kill -TERM $$; echo alive'
try sh -c 'echo "$(($(nice -n 3 sh -c nice) - $(nice))) more"' # whatever the tests have
try nohup sh -c 'kill -HUP $$; echo alive'
try setsid -w sh -c 'exit 6'
try stdbuf -o 0 sh -c 'ls | head -n 1'
try split -n 3 --filter='wc -c' numbers
try split -l 1000 --filter='gzip -n >$FILE.gz' numbers
try sort --compress-program=gzip -S 16k -k2 numbers
try sort -S 16k -T . -k2n numbers
try sort -m --batch-size=2 words words words words
try install -s /bin/true here
try xargs -a words -n 1 echo item
try xargs -a numbers -n 50 -P 4 sh -c 'exit 0'
try xargs -a words -I{} sh -c 'echo "<{}>"'
try xargs -a numbers -n 500 sh -c 'exit 3'
script 'xargs: one that says stop' 'xargs -a numbers -n 500 sh -c "exit 255"; echo $?'
try xargs -a words no-such-program
script 'xargs -P' 'seq 40 | xargs -n 1 -P 8 sh -c "echo \$0 \$((\$0 * \$0))" | sort -n'
try find tree -type f -exec wc -c {} ';'
try find tree -type f -execdir echo {} +
script 'find -exec +' 'find . -type f -exec cksum {} + | sort'
try find tree -name deep -exec false ';' -print
try find . -name words -ok echo {} ';'
script 'tar through a pipe' 'tar c tree | (mkdir copy && cd copy && tar x) && find copy | sort'
script 'tar with compressors' 'for c in z J j; do tar c${c}f t.$c tree && tar t${c}f t.$c || echo no $c; rm -f t.$c; done; tar -c -I "gzip -1" -f t.gz tree; tar xOf t.gz tree/one/two/deep; rm t.gz'
try tar --to-command='wc -c' -xf /dev/null
script 'gzip, zcat, zgrep, zdiff' 'gzip -k words; zcat words.gz | wc -l; zgrep -c a words.gz; zcmp words.gz words.gz; echo $?; rm words.gz'
script 'awk and its pipes' 'gawk "BEGIN { \"echo x\" | getline v; print v; print \"b\na\" | \"sort\"; close(\"sort\"); print system(\"exit 3\") }"; gawk "BEGIN { c = \"cat\"; print \"to and from\" |& c; close(c, \"to\"); c |& getline l; print l }"'
script 'sed e' 'echo echo executed | sed e; sed "1e echo before" words'
script 'ed and !' 'printf "!echo from ed\nQ\n" | ed -s words 2>/dev/null || echo no ed'
script 'bc in a pipeline' 'echo "scale=20; 4*a(1)" | bc -l; echo "obase=16; 255" | bc'
script 'make a fifo and use it' 'mkfifo p q; cat <p >q & cat words >p & sort <q; wait'
script 'the same in memory' 'd=/tmp/libos-test.$$; mkdir $d; mkfifo $d/p $d/q; cat <$d/p >$d/q & cat words >$d/p & sort <$d/q; wait; (echo through >$d/p) & cat $d/p; wait; stat -c "%F %a %s" $d/p; rm -r $d'
script 'process substitution and a pool of tokens' 'f=/tmp/libos-test.$$; mkfifo $f; exec 3<>$f; rm $f; for i in 1 2 3; do echo >&3; done; for i in $(seq 12); do read -r t <&3; (sleep 0.02; echo $i >>done; echo >&3) & done; wait; sort -n done | tr "\n" " "; rm done'
script 'tee to several' 'seq 1000 | tee a b c | md5sum; cmp a c && rm a b c'
script 'flock' 'flock lock echo locked; flock -n lock no-such-program; echo $?'
script 'flock: other processes respect it' 'exec 9>lock; flock -x 9; flock -n lock echo no; echo $?; flock -n -E 7 -s lock echo no; echo $?; flock -w 0.1 lock echo no; echo $?; flock -u 9; flock -n lock echo mine; (flock -s 8; flock -n -s lock echo both; flock -n lock echo no) 8>lock; flock -n lock echo free'
script 'flock: what is inherited holds the lock' '(flock 9; sleep 500 & echo $! >pid) 9>lock; flock -n lock echo no; echo $?; kill $(cat pid); flock lock echo free; rm pid'
script 'flock: the holders are killed' 'flock lock sh -c "echo \$\$ >pid; exec sleep 1000" & until [ -s pid ]; do sleep 0.01; done; flock -n lock echo no; flock lock echo free & kill -s KILL $! $(cat pid) 2>/dev/null; flock lock echo free; wait; rm pid'
script 'flock: a directory' 'mkdir d; flock d sh -c "flock -n d echo no; echo \$?"; flock -n d echo free'
# Linux shows a lock in name spaces of processes, as containers have them, only while who took it is alive.
script 'lslocks' 'flock lock sh -c "lslocks -n -o TYPE,MODE,M,START,END -p \$PPID 2>/dev/null | tr -s \" \"; grep -c \"FLOCK  ADVISORY  WRITE\" /proc/locks >/dev/null && echo there"'
# A job that has become sleep.
job='sleep 900 & p=$!; until [ "$(cat /proc/$p/comm)" = sleep ]; do :; done;'
script 'ps' "$job"' until ps -o stat= -p $p | grep -q S; do :; done; ps -o comm,args,stat -p $p | sed "s/  */ /g; s/SN$/S/"; ps -o comm= --ppid $$ >list; sort list; rm list; kill $p; wait; ps -o stat= -p $p; echo $?'
script 'ps: groups and sessions' 'set -- $(ps -o pid=,pgid=,sid=,ppid= -p $$); [ $1 = $$ ] && echo pid; setsid sh -c "set -- \$(ps -o pid=,pgid=,sid= -p \$\$); [ \$1 = \$2 ] && [ \$1 = \$3 ] && echo leader"'
script 'pgrep, pkill' 'exec 2>/dev/null; n=5000$$; sleep $n & until pgrep -f "^sleep $n" >list; do :; done; pgrep -f -c "^sleep $n"; pkill -f "^sleep $n"; wait $!; echo $?; pgrep -f "^sleep $n"; echo $?; rm list'
script 'top, once' "$job"' top -b -n 1 -p $! | tail -n 1 | grep -c sleep; kill $!'
script '/proc of a child' "$job"' until grep -q "^State:.S" /proc/$p/status; do :; done; tr "\0" " " </proc/$!/cmdline; cat /proc/$!/comm; grep -e ^Name -e ^State -e ^PPid /proc/$!/status | sed "s/[0-9]\+/N/"; kill $!; wait; ls -d /proc/$! 2>&1 | sed "s/[0-9]\+/N/"'
script '/proc/PID/exe and cwd of another process' "mkdir here; cd here; $job"' cd ..; readlink /proc/$p/exe; basename "$(readlink /proc/$p/cwd)"; ls /proc/$p/task | wc -l; kill $p'
script '/proc/PID/fd of the shell' 'exec 7</etc/passwd; readlink /proc/$$/fd/7; stat -c %A /proc/$$/fd/7; head -n 1 /proc/$$/fd/7; ls /proc/$$/fd | grep -cx 7'
script 'renice, chrt, prlimit of a job' "$job"' renice -n $(($(nice) + 5)) -p $p >log; echo $(($(ps -o ni= -p $p) - $(nice))); chrt --idle -p 0 $p; chrt -p $p | sed "s/$p/N/"; prlimit --pid $p --nofile=64:128; prlimit --pid $p --nofile -o SOFT,HARD --noheadings; grep "open files" /proc/$p/limits; taskset -p 1 $p >log; taskset -p $p | sed "s/$p/N/"; rm log; kill $p'
script 'renice, taskset, prlimit of nobody' 'sleep 0 & wait; renice -n 5 -p $! 2>&1 | sed "s/$!/N/"; taskset -p $! 2>&1 | sed "s/$!/N/"; prlimit --pid $! --core 2>&1 | sed "s/$!/N/"'
script 'objects of System V in /proc' 'segment=$(ipcmk -M 10000 -p 640) queue=$(ipcmk -Q) set=$(ipcmk -S 4); segment=${segment##* } queue=${queue##* } set=${set##* }
show() { head -n 1 /proc/sysvipc/$1; awk -v id=$2 "\$2 == id { print NF, \$3, \$4, \$5 * 0, \$7, (length() - length(\$2) > 70) }" /proc/sysvipc/$1; }
show shm $segment; show msg $queue; show sem $set; ipcrm -m $segment -q $queue -s $set; show shm $segment'
script 'what nobody counts' 'ss -s >list && sed -n "s/:.*//p" list; grep -c . /proc/net/snmp >/dev/null && echo there; head -n 1 /proc/interrupts; head -n 1 /proc/softirqs; grep -c : /proc/softirqs; rm list'
script 'kill -l, kill -s' 'exec 2>/dev/null; sleep 5 & /bin/kill -s USR1 $!; wait $!; echo $?; /bin/kill -0 $! 2>/dev/null; echo $?; /bin/kill -l 9'
script 'run-parts' 'mkdir d; for n in 1 2 3; do printf "#!/bin/sh\necho part %s\n" $n >d/p$n; chmod +x d/p$n; done; run-parts d'
script 'dd in a pipeline' 'dd if=/dev/zero bs=64K count=32 status=none | dd bs=4K status=none | wc -c'
script 'cmp, diff3, patch, sdiff' 'sed s/alpha/omega/ words >new; diff -u words new >p; patch -s words p; cmp words new && echo same; diff3 words new words; echo $?; rm p'
# Whether its wait tells of the end of the job depends on which of the two is first.
script 'busybox: a shell with pipelines' 'busybox sh -c "seq 5 | while read n; do echo \$((n * 2)); done | tac; (exit 3); echo \$?; sleep 5 & kill \$!; wait \$! 2>/dev/null; echo \$?"'
script '200 processes at once' 'for i in $(seq 200); do sleep 0.3 & done; wait; echo done'
finish
