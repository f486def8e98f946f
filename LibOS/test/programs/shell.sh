#!/bin/sh
# SPDX-License-Identifier: MIT
# bash and dash with many processes: pipelines, subshells, jobs, traps, process substitution.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

# bash names the processes that signals end, and may tell of a job that has just ended.
normalise() {
    sed -e 's/^\(bash: line [0-9]*: \) *[0-9]* /\1N /' -e '/^\[2\].*Terminated/d'
}

both() {
    same "dash: $1" dash -c "$2" dash one 'two words' three
    same "bash: $1" bash --norc --noprofile -c "$2" bash one 'two words' three
}
script() {
    same "bash: $1" bash --norc --noprofile -c "$2" bash one 'two words' three
}

both 'an external command' 'ls tree; echo $?; /bin/false; echo $?'
both 'commands that cannot be run' 'no-such-command; echo $?; ./words; echo $?; ./tree; echo $?'
both 'a pipeline' 'cat numbers | sort -n | tail -n 3 | tr 1 x'
both 'a long pipeline' 'echo x | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat'
both 'a pipeline whose reader leaves' 'yes | head -n 3; seq 1000000 | head -n 1'
both 'a pipeline whose writer is slow' '{ echo a; sleep 0.1; echo b; } | while read -r x; do echo "got $x"; done'
both 'a pipeline of builtins' 'echo 1 2 3 | { read -r a b; echo $b; }; echo x | (read -r y; echo "<$y>"; exit 4); echo $?'
both 'much data through a pipe' 'head -c 3000000 /dev/zero | tr "\0" x | cat | wc -c'
both 'exit codes of a pipeline' 'false | true; echo $?; true | false; echo $?; ! true | false; echo $?'
both 'subshells' 'x=1; (x=2; cd tree; echo $x; pwd | sed "s,.*/,,"); echo $x; [ -e words ] && (exit 7); echo $?'
both 'nested subshells' '(((((((((( echo deep; exit 3 )))))))))); echo $?'
both 'command substitution' 'echo "$(ls | wc -l)" "$(echo a "$(echo b "$(echo c)")")"; x=$(exit 5); echo $?; echo "<$(printf "a\n\n\n")>"; echo `expr 3 + 4`'
both 'a large command substitution' 'x=$(seq 20000); echo ${#x}'
both 'many command substitutions' 's=0; i=0; while [ $i -lt 100 ]; do s=$((s + $(echo $i))); i=$((i + 1)); done; echo $s'
both 'here-documents to commands' 'cat <<END | tr a-z A-Z
one $((1 + 1)) $(echo three)
END
cat <<"END"
$not expanded
END
sort <<-END
	b
	a
	END'
both 'a here-document larger than a pipe' 'x=$(seq 30000); cat <<END | cksum
$x
END'
both 'a loop in a pipeline' 'for i in 1 2 3; do echo $i; done | while read -r n; do echo $((n * n)); done | paste -s -d +'
both 'jobs in the background' 'sleep 0.2 & a=$!; (exit 3) & b=$!; wait $b; echo $?; wait $a; echo $?; wait; echo $?'
both 'wait for what is no child' 'wait 1; echo $?'
both 'many jobs' 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do (echo $i >job.$i) & done; wait; cat job.* | sort -n | paste -s'
# Whether dash tells of an end at the wait for it depends on whether it has heard of it before.
both 'a signal to a child' 'exec 2>/dev/null; sleep 10 & kill $!; wait $!; echo $?; sleep 10 & kill -9 $!; wait $!; echo $?; sleep 10 & kill -USR1 $!; wait $! ; echo $?'
both 'a child that is killed' 'sh -c "kill -TERM \$\$"; echo $?; sh -c "kill -KILL \$\$"; echo $?; (kill -HUP $$); echo not reached'
both 'a child that aborts' 'sh -c "kill -ABRT \$\$" 2>/dev/null; echo $?'
both 'signal 0' 'exec 2>/dev/null; sleep 10 & p=$!; kill -0 $p; echo $?; kill $p; wait $p; kill -0 $p; echo $?'
both 'traps in subshells' 'trap "echo parent leaves" EXIT; (trap "echo child leaves" EXIT; echo in child); trap "echo got USR1" USR1; (kill -USR1 $$); echo after'
both 'a trap that interrupts a wait' 'exec 2>/dev/null; trap "heard=alarm" ALRM; (while sleep 0.1; do kill -ALRM $$; done) & k=$!; sleep 50 & p=$!; wait $p; echo $?; trap "" ALRM; kill $k $p; wait $p; echo $? $heard'
both 'ignored signals are inherited' 'trap "" TERM; sh -c "kill -TERM \$\$; echo survived"; trap - TERM; sh -c "kill -TERM \$\$; echo not reached"; echo $?'
both 'a trap after a command' 'trap "echo caught" TERM; sh -c "kill -TERM $$"; echo after'
both 'redirections of commands' 'ls missing 2>err; cat err >&2; ls words missing >all 2>&1; wc -l <all; (echo a; echo b >&2) 2>&1 | sort; cat <words >copy; echo appended | tee -a copy | cat'
both 'descriptors are inherited' 'exec 3<words; head -c 1 <&3 >/dev/null; sh -c "read -r x <&3; echo \$x"; read -r y <&3; echo $y; exec 3<&-; sh -c "read x <&3" 2>/dev/null; echo $?'
both 'one position for all' '{ (read -r a; echo "1 $a"); (read -r b; echo "2 $b"); cat; } <words; { echo a; (echo b); sh -c "echo c"; } >out; cat out'
both 'a fifo' 'mkfifo f; (echo through the fifo >f) & cat f; wait; (cat f | tr a-z A-Z) & seq 3 >f; wait'
both 'the environment' 'A=1 sh -c "echo \$A"; export B=2; env | grep -c ^B=; env -i /usr/bin/env; B=3 env | grep ^B='
both 'a script and its interpreter' 'printf "#!/bin/sh\necho script \$0 \$*\nexit 9\n" >s; chmod +x s; ./s a b; echo $?; PATH=.:$PATH; s c; printf "echo no interpreter\n" >t; chmod +x t; ./t; printf "#!/no/such\n" >u; chmod +x u; ./u; echo $?'
both 'a script that is piped' 'echo "echo from stdin; exit 6" | sh; echo $?; echo "read -r x; echo got \$x
line" | sh'
both 'exec in a subshell' '(exec echo replaced; echo not reached); (exec no-such); echo $?; exec sh -c "exec echo at last"'
both 'ulimit of a child' '(ulimit -n 50; sh -c "ulimit -n"); (ulimit -f 0; echo x >big) 2>/dev/null; echo $?'
both 'umask of a child' '(umask 077; touch private; sh -c umask); umask 022; touch public; ls -l private public | cut -c 1-10'
both 'a thousand commands' 'i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done; echo $i'
both 'errexit in a pipeline' 'set -e; false | true; echo goes on; (false; echo no); echo not reached'
both 'times' 'times | wc -l'
both 'a tree of processes' 'f() { if [ $1 -gt 0 ]; then (f $(($1 - 1))) & (f $(($1 - 1))) & wait; else echo leaf; fi; }; f 4 | wc -l'

script 'process substitution' 'diff <(sort words) <(sort -u words); cat <(echo a) <(echo b); paste <(seq 3) <(seq 4 6); tee >(tr a-z A-Z >upper) <words >/dev/null; until cmp -s upper <(tr a-z A-Z <words); do sleep 0.02; done; cat upper'
script 'PIPESTATUS and pipefail' 'true | false | (exit 3); echo "${PIPESTATUS[@]}"; set -o pipefail; false | true; echo $?; yes | head -n 1; echo "${PIPESTATUS[@]}"'
script 'lastpipe' 'shopt -s lastpipe; seq 3 | mapfile -t a; echo ${#a[@]}'
script 'a coprocess' 'coproc bc; echo "6 * 7" >&${COPROC[1]}; read -r r <&${COPROC[0]}; echo $r; eval "exec ${COPROC[1]}>&-"; wait; echo $?'
script 'wait -n' '(until [ -e go ]; do sleep 0.02; done; exit 2) & (exit 3) & wait -n; echo $?; : >go; wait -n; echo $?; wait -n; echo $?'
script 'wait -p' '(exit 3) & a=$!; wait -n -p who; echo $? $((who == a))'
script 'jobs' 'sleep 5 & sleep 6 & jobs | sed "s/ \+/ /g"; kill %1 %2; wait'
script 'job control' 'exec 2>/dev/null; is() { jobs >now; grep -q $1 now; }; set -m; sleep 50 & kill -STOP %1; until is Stopped; do :; done; cat now; kill -CONT %1; until is Running; do :; done; cat now; kill %1; wait %1; echo $?'
script 'process groups' 'set -m; (sleep 5 & sleep 5 & wait) & kill -- -$!; wait $!; echo $?; set +m; [ $(ps -o pgid= -p $BASHPID) = $(ps -o pgid= -p $$) ] && echo one group'
script 'disown' 'sleep 0.1 & disown; wait; echo $?'
script 'time' 'TIMEFORMAT="%R %U %S"; { time sleep 0.01; time (true | true); } 2>&1 | sed "s/[0-9]/N/g"'
script '$$ and BASHPID' '[ $$ = $BASHPID ] && echo same; ( [ $$ = $BASHPID ] || echo another ); [ "$(sh -c "echo \$PPID")" = $$ ] && echo parent'
script 'mapfile from a command' 'mapfile -t a < <(seq 5); echo "${a[@]:1:3}"; while read -r x; do ((s += x)); done < <(seq 100); echo $s'
script 'trap of CHLD' 'n=0; trap "((n++))" CHLD; for i in 1 2 3; do /bin/true; done; trap - CHLD; echo $n'
script 'trap of DEBUG and ERR' 'trap "echo error" ERR; false; (exit 2); echo x | false; trap "echo leaving \$?" EXIT; exit 4'
script 'read with a time limit' 'mkfifo f; read -r -t 0.1 x < <(cat f); echo $?; echo >f; read -r -t 100 x < <(echo y); echo $x'
script 'here-string to a command' 'tr a-z A-Z <<<"some words"; bc <<<"2^100"'
script 'exported functions' 'f() { echo "f $1"; }; export -f f; bash -c "f x"; seq 3 | xargs -n 1 bash -c "f \$0"'
script 'recursion by scripts' 'cat >s <<"END"
#!/bin/bash
[ $1 -eq 0 ] && exit 42
"$0" $(($1 - 1))
END
chmod +x s; ./s 30; echo $?'
script 'a lock between jobs' 'echo 0 >n; for i in {1..20}; do (flock 9; read -r x <n; echo $((x + 1)) >n) 9>lock & done; wait; cat n'
script '/dev/fd and /dev/stdin' 'echo a | cat /dev/stdin; echo b | cat /dev/fd/0; cat /dev/fd/3 3<<<c'
script 'compgen and hash' 'hash -r; ls >/dev/null; hash -t ls; type -t ls'
script 'a script of a hundred small commands' 'for i in {1..20}; do a=$(echo $i | sed s/1/x/); b=$(expr $i + 1); [ -n "$a" ] && basename /x/$b; done | md5sum'
finish
