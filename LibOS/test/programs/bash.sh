#!/bin/sh
# SPDX-License-Identifier: MIT
# bash -c as far as it goes without another process; shell.sh has the rest.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=files_and_script
files_and_script() {
    sample_files
    printf '#!/bin/cat\nits text\n' >script && chmod +x script
}

script() {
    same "bash: $1" bash --norc --noprofile -c "$2" bash one 'two words' three
}

script 'nothing' ':'
script 'exit code' 'exit 42'
script 'syntax error' 'if then'
script 'a command that is missing' 'exec no-such-command'
script 'arithmetic' 'echo $((2**62 + 7 % 3)) $((0x1f & 017)) $((-7 / 2)) $((1 ? 2 : 3)); ((x = 5, x++)); echo $x; echo $((1 / 0))'
script 'arguments' 'echo "$#" "$@" "${*: -1}" "${2#two }" "${#2}"; shift; printf "<%s>" "$@"; echo'
script 'arrays' 'a=(x "y z" w); a[7]=q; echo "${#a[@]}" "${!a[@]}" "${a[@]:1:2}"; unset "a[0]"; declare -p a'
script 'associative arrays' 'declare -A m=([one]=1 [two]=2); m[three]=3; for k in one two three; do echo "$k ${m[$k]}"; done; echo ${#m[@]}'
script 'expansions' 's=filename.tar.gz; echo ${s%%.*} ${s#*.} ${s/tar/zip} ${s^^} ${s:4:4} ${undefined:-default} ${s@Q}'
script 'globs' 'shopt -s globstar extglob nullglob; echo * ; echo **/deep; echo !(words|text); echo nothing*'
script 'brace expansion' 'echo {a,b}{1..3} {10..0..5}'
script 'here-string' 'read -r a b <<<"first second third"; echo "$b"; while read -r line; do echo "[$line]"; done <words'
script 'here-document' 'while read -r x; do echo "> $x"; done <<END
one $((1 + 1))
two
END'
script 'a large here-string' 'v=$(<numbers); read -r -d "" w <<<"$v$v$v"; echo ${#w}'
script 'functions' 'f() { local v=$1; if ((v > 0)); then echo $v; f $((v - 1)); fi; return 7; }; f 5; echo $?'
script 'deep recursion' 'f() { (($1 == 0)) || f $(($1 - 1)); }; f 500; echo done'
script 'loops' 's=0; for ((i = 0; i < 20000; i++)); do ((s += i)); done; echo $s; until ((s < 10)); do s=$((s / 10)); done; echo $s'
script 'case and [[' 'for w in apple 42 ""; do case $w in a*) echo A;; [0-9]*) echo N;; *) echo other;; esac; done; [[ abc =~ ^(.)b(.)$ ]] && echo ${BASH_REMATCH[@]}'
script 'files' 'echo hello >f; echo more >>f; exec 3<f; read -u 3 l; echo $l; exec 3<&-; [[ -f f && ! -d f && -s f ]] && echo file; mapfile -t m <words; echo ${#m[@]} ${m[1]}'
script 'redirections' 'exec 5>out; echo five >&5; echo err >&2; { echo both; echo err >&2; } &>all; echo >/missing/x; echo $?; echo x >|f; set -C; echo y >f; echo $?'
script 'cd and pwd' 'cd tree/one && echo ${PWD##*/}; cd - >/dev/null; cd tree/link 2>/dev/null || echo no; cd missing; echo ${PWD##*/}; pushd tree >/dev/null; popd >/dev/null' 
script 'printf' 'printf "%5.2f|%-6s|%06d|%x|%q|%b\n" 3.14159 ab 42 255 "a b" "t\tt"; printf -v v "%(%Y)T" 0; echo $v'
script 'traps' 'trap "echo caught TERM" TERM; trap "echo leaving" EXIT; kill -TERM $$; echo after'
script 'killed by a signal' 'kill -KILL $$'
script 'errexit' 'set -e; echo a; false; echo b'
script 'nounset' 'set -u; echo $undefined; echo not here'
script 'xtrace' 'set -x; a=1; echo $a'
script 'read with a time limit' 'read -t 0.05 x </dev/zero; echo $?'
script 'variables' 'declare -i n=5+5; declare -r r=1; declare -u u=abc; n+=3; echo $n $u; r=2; echo not reached' 
script 'eval and source' 'eval "x=\$((3 * 3))"; echo "y=7" >s; . ./s; echo $x $y'
script 'ulimit' 'ulimit -n 100; ulimit -n; ulimit -S -c; ulimit -s >/dev/null && echo ok'
script 'umask' 'umask 027; umask; : >made; umask -S'
script 'getopts' 'while getopts ab:c o -a -b val -c; do echo $o $OPTARG; done'
script 'exec in place' 'exec /bin/echo replaced "$@"'
script 'exec with a closed descriptor' 'exec 1>&-; echo nothing; exec /bin/echo nothing'
script 'exec of a script' 'exec ./script'
script 'random and time' 'RANDOM=42; echo $RANDOM $RANDOM; (( SECONDS < 100 )) && echo fast'
script 'test operators' '[ words -ef tree/../words ] && [ -L tree/link ] && [ ! -e tree/dangling ] && [ -p /dev/stdin ]; echo $?'
script 'locale' 'LC_ALL=C.UTF-8; s="äöü€"; echo ${#s} ${s:1:1}; printf "%d\n" "'"'"'€"'
same 'bash: a script from stdin' bash -s a b <<'END'
echo "$1 $2"
END
same 'bash: --version' bash --version
same 'dash: a script' dash -c 'i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done; echo $i; set -- *; echo $#'
finish
