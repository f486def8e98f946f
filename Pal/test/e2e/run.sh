#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: what the loader runs, and what a program finds when it is entered.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

args=$guests/args

##### Finding manifest and executable #####

run "$pal" "$hello"
expect 'an executable' 0 'Hello World'
run "$pal" -- "$hello"
expect 'an executable behind --' 0 'Hello World'

manifest hello.manifest "loader.exec = file:$hello"
run "$pal" hello.manifest
expect 'loader.exec' 0 'Hello World'
run "$pal" ./hello.manifest
expect 'a manifest in the current directory' 0 'Hello World'
run "$pal" "$work/hello.manifest"
expect 'a manifest with an absolute path' 0 'Hello World'

mkdir found
cp "$args" found/program
manifest found/program.manifest 'loader.execname = inferred'
run "$pal" found/program.manifest x
check 'X for X.manifest' has 'argc 2' 'argv 0 [inferred]' 'argv 1 [x]'
run "$pal" found/program x
check 'X.manifest for X' has 'argv 0 [inferred]' 'argv 1 [x]'
manifest manifest 'loader.execname = by-default'
run "$pal" found/program
check 'X.manifest comes before manifest' has 'argv 0 [inferred]'
run "$pal" "$args"
check 'manifest in the current directory' has 'argv 0 [by-default]'
manifest found/program.manifest "loader.exec = file:$hello" 'loader.execname = inferred'
run "$pal" found/program
check 'the executable that is named stays the one to run' has 'argv 0 [inferred]'
rm manifest
mkdir manifest "$work/found/program.dir" found/other.manifest
run "$pal" "$args"
check 'a directory named manifest is none' has "argv 0 [file:$args]"
rmdir manifest
cp "$args" found/other
run "$pal" found/other
check 'a directory named X.manifest is none' has 'argv 0 [file:found/other]'

{ echo "#!$pal" && echo "loader.exec = file:$args"; } >script
chmod +x script
run ./script one two
check 'a manifest as a script' has 'argc 3' 'argv 1 [one]' 'argv 2 [two]'
manifest '-odd.manifest' "loader.exec = file:$hello"
run "$pal" -- -odd.manifest
expect 'a file that looks like an option, behind --' 0 'Hello World'
printf '\357\273\277loader.exec = "file:%s"\r\n' "$hello" >dos.manifest
run "$pal" dos.manifest
expect 'a manifest from another world (BOM, CRLF, quotes)' 0 'Hello World'
long=$(printf '%0250d' 0)
cp "$hello" "$long"
run "$pal" "$long"
expect 'an executable whose name leaves no room for .manifest' 0 'Hello World'
mkfifo pipe
feed hello.manifest pipe
run "$pal" pipe
expect 'a manifest out of a FIFO' 0 'Hello World'
wait
run sh -c '"$1" /dev/stdin <"$2"' sh "$pal" hello.manifest
expect 'a manifest from the standard input' 0 'Hello World'

##### Exit codes #####

for value in 0 1 42 255 256 511; do
    for way in return call; do
        run "$pal" "$guests/exit" "$way" "$value"
        expect "exit code $value by $way" $((value % 256)) ''
    done
done

##### Arguments #####

run "$pal" "$args"
check 'argv[0] is the URI of the executable' has 'argc 1' "argv 0 [file:$args]"
run "$pal" "$args" --help '' ' a  b ' "$(printf 'tab\there')" '-'
check 'arguments: options, empty ones, blanks' has 'argc 6' 'argv 1 [--help]' 'argv 2 []' 'argv 3 [ a  b ]' \
    "argv 4 [$(printf 'tab\there')]" 'argv 5 [-]'
# shellcheck disable=SC2046 # words
run "$pal" "$args" $(seq 1000)
check '1,000 arguments' has 'argc 1001' 'argv 1 [1]' 'argv 500 [500]' 'argv 1000 [1000]'
long=$(printf '%0100000d' 7)
run "$pal" "$args" "$long" last
check 'an argument of 100,000 bytes' has "argv 1 [$long]" 'argv 2 [last]'

manifest argv.manifest "loader.exec = file:$args" 'loader.argv.0 = zero' 'loader.argv.2 = two' \
    'loader.argv.1 = "with \"quotes\" and blanks "'
run "$pal" argv.manifest ignored
check 'loader.argv in any order, instead of the command line' has 'argc 3' 'argv 0 [zero]' \
    'argv 1 [with "quotes" and blanks ]' 'argv 2 [two]'
manifest named.manifest "loader.exec = file:$args" 'loader.execname = name' 'loader.argv.0 = zero' 'loader.argv.1 ='
run "$pal" named.manifest
check 'loader.execname comes before loader.argv.0; an empty argument' has 'argc 2' 'argv 0 [name]' 'argv 1 []'
manifest gap.manifest "loader.exec = file:$args" 'loader.argv.0 = zero' 'loader.argv.2 = two'
run "$pal" gap.manifest
refused 'a gap in loader.argv' 'gap.manifest:3:1: ' 'loader.argv.2'

##### Environment #####

manifest env.manifest "loader.exec = file:$args"
run env -i TERM=vt100 LANG=C TZ=UTC HOME=/root PATH=/bin LANGUAGE=no "$pal" env.manifest
check 'TERM, LANG and TZ by default' has 'env [TERM=vt100]' 'env [LANG=C]' 'env [TZ=UTC]'
check 'nothing else by default' [ "$(grep -c '^env' out)" -eq 3 ]

# environment name keys expected...: with these keys exactly these variables are seen
environment() {
    name=$1 keys=$2
    shift 2
    printf 'loader.exec = file:%s\n%b\n' "$args" "$keys" >env.manifest
    run env -i A=1 B=2 EMPTY= TERM=vt100 "$pal" env.manifest
    check "$name" [ "$(sed -n 's/^env \[\(.*\)\]$/\1/p' out | sort | paste -s -d ' ')" = "$*" ]
}
environment 'loader.env_host = none' 'loader.env_host = none'
environment 'loader.env_host = all' 'loader.env_host = all' A=1 B=2 EMPTY= TERM=vt100
environment 'loader.env_host, a list' 'loader.env_host = B , EMPTY,C' B=2 EMPTY=
environment 'loader.env_host, empty' 'loader.env_host =' ''
environment 'loader.env.X sets X' 'loader.env.X = "a b"' TERM=vt100 'X=a b'
environment "loader.env.X comes before the host's" 'loader.env_host = all\nloader.env.A = 7' A=7 B=2 EMPTY= TERM=vt100
environment 'an empty loader.env.X removes X' 'loader.env.TERM =\nloader.env.X = y' X=y
run env -i "$pal" "$args"
check 'no environment at all' [ "$(grep -c '^env' out)" -eq 0 ]
{ echo "loader.exec = file:$args" && seq -f 'loader.env.V%g = value' 1000; } >many.manifest
run env -i "$pal" many.manifest
check '1,000 variables' [ "$(grep -c -x 'env \[V[0-9]*=value\]' out)" -eq 1000 ]

##### Auxiliary vector and stack #####

# aux type: the entry of this type
aux() {
    sed -n "s/^$1 //p" out
}

run "$pal" "$guests/auxv"
check 'AT_PHDR, AT_PHENT, AT_PHNUM, AT_ENTRY of a PIE' [ "$code:$(grep -c wrong out)" = 0:0 ]
check 'the auxiliary vector is complete' \
    [ "$(sed -n 's/ .*//p' out | paste -s -d ' ')" = '3 4 5 6 7 8 9 11 12 13 14 15 16 26 17 23 25 31 51' ]
check 'AT_PAGESZ' [ "$(aux 6)" = "$(getconf PAGESIZE)" ]
check 'AT_CLKTCK' [ "$(aux 17)" = "$(getconf CLK_TCK)" ]
check 'AT_UID, AT_EUID, AT_GID, AT_EGID' \
    [ "$(aux 11) $(aux 12) $(aux 13) $(aux 14)" = "$(id -ru) $(id -u) $(id -rg) $(id -g)" ]
check 'AT_EXECFN' [ "$(aux 31)" = "[file:$guests/auxv]" ]
check 'AT_PLATFORM' [ "$(aux 15)" = '[x86_64]' ]
check 'AT_HWCAP' [ "$(printf '%x' "$(aux 16)")" = "$(LD_SHOW_AUXV=1 /bin/true | sed -n 's/^AT_HWCAP: *//p')" ]
check 'AT_MINSIGSTKSZ' [ "$(aux 51)" = "$(LD_SHOW_AUXV=1 /bin/true | sed -n 's/^AT_MINSIGSTKSZ: *//p')" ]
random=$(aux 25)
run "$pal" "$guests/auxv-fixed"
check 'AT_PHDR, AT_PHENT, AT_PHNUM, AT_ENTRY at fixed addresses' [ "$code:$(grep -c wrong out)" = 0:0 ]
check 'AT_BASE' [ "$(aux 7)" = 0 ]
run "$pal" "$guests/auxv"
check 'AT_RANDOM is another one each time' [ "$(aux 25)" != "$random" ]
for count in 0 1 2 3; do
    for value in '' a aa aaaaaaa aaaaaaaaaaaaaaaa; do
        manifest stack.manifest "loader.exec = file:$guests/stack" "loader.env.X = $value"
        # shellcheck disable=SC2046 # words
        run "$pal" stack.manifest $(seq "$count")
        expect "the stack with $count arguments, value '$value'" $((101 + count)) ''
    done
done

# stack keys KiB: run the guest that takes so much of its stack
stack() {
    manifest stack.manifest "loader.exec = file:$guests/deep" "$1"
    run "$pal" stack.manifest "$2"
}
stack '' 8000
expect 'a stack of 8 MiB by default' 0 'deep enough'
stack '' 8200
check 'and not of more' [ "$code" -ne 0 ]
for size in 64K:56 1M:1000 64M:65000 0x100000:1000; do
    stack "sys.stack.size = ${size%:*}" "${size#*:}"
    expect "sys.stack.size = ${size%:*}" 0 'deep enough'
done
stack 'sys.stack.size = 64K' 68
check 'sys.stack.size is obeyed' [ "$code" -ne 0 ]
for size in 0 1 65535 -1 8Q x '""' 18446744073709551615 99999999999999999999 1025G; do
    stack "sys.stack.size = $size" 1
    refused "sys.stack.size = $size" 'stack.manifest:2:18: ' 'sys.stack.size'
done

##### ELF #####

for guest in "$guests"/layout-*; do
    case $guest in
    *.[do]) continue ;;
    esac
    run "$pal" "$guest"
    check "layout: $(basename "$guest" | cut -c 8-)" grep -q '^image at 0x[0-9a-f]* is whole$' out
done
if readelf -d "$guests/layout-relr" | grep -q RELR; then
    result ok 'the packed relocations are there'
else
    skip 'packed relocations' 'ld has none'
fi
run "$pal" "$guests/layout-huge"
check 'a segment of 2 MiB pages is aligned' grep -q 'at 0x[0-9a-f]*[02468ace]00000 ' out
run "$pal" "$guests/fixed"
expect 'code for fixed addresses' 0 'pointers agree'
# One of no bytes says nothing, wherever it is.
cp "$hello" empty
for header in 64 120 176 232 288 344 400 456; do
    if [ "$(od -A n -t x4 -j $header -N 4 empty)" = ' 6474e552' ]; then
        printf '\0\0\0\0\0\360\377\177' | dd of=empty bs=1 seek=$((header + 16)) conv=notrunc 2>/dev/null
        printf '\0\0\0\0\0\0\0\0' | dd of=empty bs=1 seek=$((header + 40)) conv=notrunc 2>/dev/null
    fi
done
run "$pal" ./empty
expect 'an empty PT_GNU_RELRO' 0 'Hello World'
run "$pal" "$guests/relro"
check 'relocated data is read-only afterwards' [ "$code:$(cat out)" != "0:" ]
check 'and a write to it ends the program' [ "$(cat out)" = one ]
run "$pal" "$guests/indirect"
expect 'indirect functions' 0 'chosen 2, through a pointer 2'
run "$pal" "$guests/weak"
expect 'undefined weak symbols' 0 'function 0, data 0'
run "$pal" "$guests/constructors" x
expect 'constructors' 0 "first constructor
second constructor
constructor of file:$guests/constructors, 2, environment
main"

##### Preloads #####

cp "$guests/pair_main" "$guests/pair_left.so" "$guests/pair_right.so" .
manifest pair_main.manifest 'loader.preload = file:pair_left.so, file:pair_right.so'
run "$pal" pair_main.manifest x y
expect 'two preloads and their executable refer to each other' 7 \
    'left: 3 arguments of file:pair_main; right 100 101, main 1000 1001, shared_name of main
right: 3 arguments of file:pair_main; left 11 12, main 1000 1001, shared_name of main
main: left 11 12, right 101 102, shared_name of main'
manifest pair_main.manifest 'loader.preload = file:pair_right.so, file:pair_left.so'
run "$pal" pair_main.manifest
check 'entries are called in the order of the preloads' [ "$(cut -d : -f 1 out | paste -s -d ' ')" = 'right left main' ]
manifest only.manifest "loader.preload = file:$args" 'loader.env.X = y'
run "$pal" only.manifest one
check 'a preload without an executable' has 'argc 2' 'argv 0 [only.manifest]' 'argv 1 [one]' 'env [X=y]'
manifest last.manifest "loader.preload = file:$args, file:$guests/exit" 'loader.argv.0 = exit' \
    'loader.argv.1 = return' 'loader.argv.2 = 42'
run "$pal" last.manifest
check 'the value of the last entry is the exit code' [ "$code" -eq 42 ]
manifest early.manifest "loader.preload = file:$guests/exit, file:$args" 'loader.argv.0 = exit' \
    'loader.argv.1 = call' 'loader.argv.2 = 42'
run "$pal" early.manifest
expect 'a preload may end the process' 42 ''
mkdir beside
cp "$pal" beside/
cp "$args" beside/companion.so
manifest bare.manifest 'loader.preload = file:companion.so'
run beside/pal-Linux bare.manifest
check 'a bare name is found beside the loader' [ "$code" -eq 0 ]
manifest child.manifest 'loader.preload = file:companion.so' "loader.exec = file:$guests/process"
run beside/pal-Linux child.manifest retry
check 'in a child as well' [ "$(grep '^argv 1' out | paste -s -d ' ')" = 'argv 1 [retry] argv 1 [leave]' ]
PATH=$work/beside:$PATH run pal-Linux child.manifest retry
check 'and if the loader is found by PATH' [ "$(grep -c '^argv 1' out)" -eq 2 ]
cp "$guests/exit" companion.so
run beside/pal-Linux bare.manifest
check 'first there' [ "$code" -eq 0 ]
run "$pal" bare.manifest
check 'and else in the current directory' [ "$code" -eq 98 ]
rm beside/companion.so
ln -s companion.so beside/companion.so
run beside/pal-Linux bare.manifest
refused 'but not if what is beside the loader cannot be opened' 'beside/companion.so: ' 'symbolic links'

##### Control block #####

# control name: the member of this name
control() {
    sed -n "s/^$1 //p" out
}

manifest control.manifest "loader.exec = file:$guests/control" '# a comment' 'loader.env.X = y'
run "$pal" control.manifest
check 'the control block agrees with itself' [ "$(grep -c -E 'wrong|there is' out)" -eq 0 ]
check 'executable, manifest, parent, debug' has "executable file:$guests/control" 'manifest yes' 'parent no' 'debug no'
check 'the text of the manifest' [ "$(sed -n '/^manifest_text /,$p' out | sed 's/^manifest_text //;$d')" = "$(cat control.manifest)" ]
check 'pagesize, alloc_align' has "pagesize $(getconf PAGESIZE)" "alloc_align $(getconf PAGESIZE)"
check 'process_id' [ "$(control process_id)" -gt 1 ]
check 'cpu_num' [ "$(control cpu_num)" = "$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)" ]
check 'mem_total' [ "$(($(control mem_total) / 1024))" = "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)" ]
# cpuinfo name: what the kernel says
cpuinfo() {
    sed -n "s/^$1[[:blank:]]*: *//p" /proc/cpuinfo | sed 1q
}
check 'cpu_vendor' [ "$(control cpu_vendor)" = "$(cpuinfo vendor_id)" ]
check 'cpu_brand' [ "$(control cpu_brand | sed 's/^ *//;s/ *$//')" = "$(cpuinfo 'model name' | sed 's/ *$//')" ]
check 'cpu_family, cpu_model, cpu_stepping' \
    [ "$(control cpu_family) $(control cpu_model) $(control cpu_stepping)" = \
    "$(cpuinfo 'cpu family') $(cpuinfo model) $(cpuinfo stepping)" ]
unknown=
for flag in $(control cpu_flags); do
    case " $(cpuinfo flags) " in
    *" $flag "*) ;;
    *) unknown="$unknown $flag" ;;
    esac
done
check 'the kernel knows all cpu_flags' [ -z "$unknown" ]
run taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')" "$pal" control.manifest
check 'cpu_num of a process that may use one' has 'cpu_num 1'
run "$pal" "$guests/control"
check 'the control block without a manifest' has 'manifest no'

##### Debug stream, log, options #####

manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = inline'
run "$pal" debug.manifest debug text
expect 'loader.debug_type = inline' 0 text
echo 'something longer from before' >log
manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = file' 'loader.debug_file = file:log'
run "$pal" debug.manifest debug text
check 'loader.debug_type = file' [ "$code:$(cat log)" = 0:text ]
manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = file' 'loader.debug_file = file:pipe'
timeout -k 1 "$seconds" cat pipe >log &
run "$pal" debug.manifest debug text
wait
check 'loader.debug_file, a FIFO' [ "$code:$(cat log)" = 0:text ]
manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = file'
run "$pal" debug.manifest
refused 'loader.debug_type = file without loader.debug_file' 'debug.manifest:2:21: ' 'loader.debug_file'
manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = loud'
run "$pal" debug.manifest
refused 'loader.debug_type = loud' 'debug.manifest:2:21: ' "'loud'" 'expected none, inline or file'
manifest debug.manifest "loader.exec = file:$guests/control" 'loader.debug_type = file' \
    'loader.debug_file = file:missing/log'
run "$pal" debug.manifest
refused 'a debug file that cannot be made' 'file:missing/log: '

manifest log.manifest "loader.exec = file:$guests/weak" 'loader.log_level = debug'
run "$pal" log.manifest
check 'loader.log_level = debug' grep -q 'absent_function is left unresolved' err
manifest log.manifest "loader.exec = file:$hello" 'loader.exce = x' 'nobody.knows.this = y' 'sgx.size = 1' 'loader.env.X = y'
run "$pal" log.manifest
check 'unknown keys are only warned of' [ "$code:$(cat out):$(wc -l <err)" = '0:Hello World:2' ]
check 'and what may have been meant is said' grep -q "^pal: log.manifest:2:1: .*'loader.exce'.*did you mean 'loader.exec'?" err
echo 'loader.log_level = error' >>log.manifest
run "$pal" log.manifest
expect 'loader.log_level = error' 0 'Hello World'
manifest log.manifest "loader.exec = file:$hello" 'loader.log_level = noise'
run "$pal" log.manifest
refused 'loader.log_level = noise' 'log.manifest:2:20: ' "'noise'"

run "$pal" --help
check '--help' [ "$code:$(head -n 1 out | cut -c -6):$(wc -c <err)" = '0:usage::0' ]
"$pal" --help >/dev/full 2>err
check '--help that cannot be written' [ "$?:$(wc -l <err)" = '1:1' ]
run "$pal" --version
check '--version' [ "$code:$(grep -c -x 'PAL Host ABI [0-9]*\.[0-9]*' out):$(wc -c <err)" = '0:1:0' ]
run "$pal" --wrong "$hello"
refused 'an unknown option' '--wrong: unknown option'
run "$pal" -
refused 'a lone -' '-: unknown option'
run "$pal" --explain found/program x
check '--explain' has 'manifest: found/program.manifest (beside the executable)' \
    'executable: file:found/program (named on the command line)'
check '--explain does not run it' [ "$code:$(grep -c argc out):$(wc -c <err)" = 0:0:0 ]
run "$pal" --explain pair_main.manifest
check '--explain lists all objects' [ "$(grep -c '^  file:pair_[a-z.]* 0x[0-9a-f]*-0x[0-9a-f]*, entry 0x' out)" -eq 3 ]
run "$pal" --explain only.manifest
check '--explain without an executable' has 'executable: none'
run "$pal" --explain argv.manifest
check '--explain of loader.exec' has "executable: file:$args (loader.exec of the manifest)"
run "$pal" --explain
refused '--explain without a file' 'no file to run'

##### Surroundings #####

run sh -c 'ulimit -s unlimited; exec "$@"' sh "$pal" "$guests/layout-fixed-high"
check 'with ulimit -s unlimited' grep -q whole out
run sh -c 'ulimit -s unlimited; exec "$@"' sh "$pal" control.manifest
check 'with ulimit -s unlimited, the control block' [ "$code:$(grep -c wrong out)" = 0:0 ]
if setarch -R true 2>/dev/null; then
    run setarch -R "$pal" pair_main.manifest
    check 'without randomisation of addresses' [ "$code" -eq 7 ]
else
    skip 'without randomisation of addresses' 'setarch -R is not allowed'
fi
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    run sh -c "exec \"\$@\" $closed" sh "$pal" "$guests/exit" return 42
    check "with $closed" [ "$code" -eq 42 ]
done
run sh -c 'exec "$@" >&-' sh "$pal" "$hello"
check 'a program notices that its output is closed' [ "$code" -eq 1 ]
# What is opened must not take the place of what is closed.
run sh -c 'exec "$@" <&-' sh "$pal" "$guests/input"
expect 'a program notices that its input is closed' 0 'nothing was read'
manifest closed.manifest "loader.exec = file:$guests/weak" 'loader.debug_type = file' 'loader.debug_file = file:log' \
    'loader.log_level = debug'
run sh -c 'exec "$@" <&- >&- 2>&-' sh "$pal" closed.manifest
check 'and no file gets what was meant for the console' [ "$code:$(wc -c <log)" = 0:0 ]
run sh -c 'echo text | "$1" "$2"' sh "$pal" "$guests/input"
expect 'a program reads its input' 0 'read 5 bytes'
ln -s "$pal" link
run ./link "$hello"
expect 'the loader through a symbolic link' 0 'Hello World'
ln -s "$hello" hello
run "$pal" hello
expect 'the executable through a symbolic link' 0 'Hello World'
cd / || exit 1
timeout "$seconds" "$pal" "$work/hello.manifest" >"$work/out" 2>"$work/err"
code=$?
cd "$work" || exit 1
expect 'from another directory' 0 'Hello World'
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    # By descriptor, because the tree may be where only root can go.
    run sh -c 'cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/3 /proc/self/fd/4 \
        3<"$1" 4<"$2"' sh "$pal" "$guests/auxv"
    check 'as an ordinary user' [ "$code:$(aux 11):$(aux 12):$(aux 13):$(aux 14)" = 0:65534:65534:65534:65534 ]
else
    skip 'as an ordinary user' 'only root can become one'
fi

finish
