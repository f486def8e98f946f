#!/bin/sh
# SPDX-License-Identifier: MIT
# escape.sh: a hostile program makes system calls itself, past the Host ABI (escape.c). The kernel is to refuse what
# docs/security.md says it does: the process ends, or the call fails, and nothing happens outside. The whole is done as the
# user who runs the test and, if that is root, as an ordinary user again.
# shellcheck source=/dev/null disable=SC2154,SC2016 # lib.sh sets them; variables that are known where the servers are
. "$(dirname "$0")/lib.sh"

table=$root/Pal/src/host/Linux/syscalls.tbl
headers=/usr/include/x86_64-linux-gnu/asm/unistd_64.h
killed=159 # 128 + SIGSYS
# How a process in a process has ended, which kernels before 6.15 do not tell a program that may not wait for it.
by_itself='ended: 1 0' by_filter='ended: 2 31'
if ! "$root/Tools/linux-since.sh" 6.15; then
    by_itself='ended: nobody knows' by_filter=$by_itself
fi

# An ordinary user may be unable to enter the tree.
cp "$pal" "$guests/escape" "$guests/outside" "$hello" "$work" && chmod 711 "$work"
pal=$work/pal-Linux escape=$work/escape outside=$work/outside

# attempt name verdict command...: the command's verdict is `killed`, or its last line of output
attempt() {
    name=$1 verdict=$2
    shift 2
    run "$@"
    if [ "$verdict" = killed ]; then
        check "$name" test "$code" -eq "$killed"
    else
        check "$name" test "$(tail -n 1 out)" = "$verdict"
    fi
}

# inside way call...: the calls made by a program whose manifest is $manifest, in the directory that is granted
inside() {
    # shellcheck disable=SC2086 # words, or none
    attempt "$user: $name" "$verdict" $with sh -c 'cd granted && exec "$@"' sh $as "$pal" "$manifest" "$@"
}

# killed name way call... and fails name code way call...
killed() { name=$1 verdict=killed && shift && inside "$@"; }
gives() { name=$1 verdict=$2 && shift 2 && inside "$@"; }

untouched() {
    [ ! -s err ]
}

prepare() {
    chmod -R u+rwx granted readable secret servers 2>/dev/null
    rm -rf granted readable secret servers
    mkdir granted readable secret servers
    echo secret >secret/file
    echo readable >readable/file
    echo granted >granted/file
    ln -s ../secret/file granted/link
    chmod 777 granted readable secret servers
    chmod 666 secret/file readable/file granted/file
    manifest default.manifest "loader.exec = file:$escape"
    manifest mounts.manifest "loader.exec = file:$escape" 'fs.root.uri = file:.' "fs.mount.r.type = chroot" \
        "fs.mount.r.path = /r" "fs.mount.r.uri = file:$work/readable" 'fs.mount.r.mode = ro'
    chmod 644 ./*.manifest
}

##### It is the kernel that lets through and refuses, and the instructions work #####

controls() {
    manifest=$work/default.manifest
    for way in gadget own thread frame; do
        gives "control: reads a granted file by $way" '0 = 8' $way call 257 -100 s:file 0 call 0 result room 100
    done
    gives 'control: reads a granted file by a process' "$by_itself" process call 257 -100 s:file 0 call 0 result room 8
    gives 'control: makes a file' '3 = 0' gadget call 257 -100 s:new 0x41 0600 call 3 result
    check 'control: the file is there' test -f granted/new
    gives 'control: its executable can be read' '3 = 0' gadget call 257 -100 "s:$escape" 0 call 3 result
}

##### Classes 1, 4 to 9: numbers, instructions, kinds of calls #####

numbers() {
    awk -F ' *; *' '!/^#/ && NF { print $1, $2 }' "$table" | grep -v ' start$' | cut -d ' ' -f 1 | sort -u >allowed.names
    sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\1 \2/p' "$headers" | sort >known
    join allowed.names known | cut -d ' ' -f 2 | sort -n >allowed
}

all_other_numbers() {
    manifest=$work/default.manifest
    survivors=
    for call in $(seq 0 480) 500 512 1000 65536 2147483647 -1 4294967355; do
        grep -q -x -e "$call" allowed && continue
        # uretprobe and uprobe, the kernel's own, which it passes by all filters: nobody else can make them.
        if [ "$call" -eq 335 ] || [ "$call" -eq 336 ]; then
            continue
        fi
        # shellcheck disable=SC2086 # words, or none
        (cd granted && exec $as "$pal" "$manifest" gadget call "$call" 0 0 0 0 0 0) >out 2>err
        [ $? -eq "$killed" ] || survivors="$survivors $call"
    done
    check "$user: every call that is not in the table ends the process" test -z "$survivors"
    for call in 335 336; do
        run "$pal" "$manifest" gadget call $call 0 0 0 0 0 0
        check "$user: nor does $call succeed" test "$(cat out)" != "$call = 0"
    done
}

instructions() {
    manifest=$work/default.manifest
    for way in gadget own frame thread; do
        killed "execve by $way" $way call 59 s:/bin/true 0 0
        killed "execveat by $way" $way call 322 -100 s:/bin/true 0 0 0
        gives "open by $way" '257 = -13' $way call 257 -100 "s:$work/secret/file" 0
    done
    gives 'execve in a process of its own' "$by_filter" process call 59 s:/bin/true 0 0
    gives 'open in a process of its own' "$by_itself" process call 257 -100 "s:$work/secret/file" 0
    check "$user: it was refused" has '257 = -13'
    killed 'execve for 32-bit programs' int80 call 11 s:/bin/true 0 0
    killed 'getpid for 32-bit programs' int80 call 20
    # shellcheck disable=SC2086 # words, or none
    run sh -c 'cd granted && exec "$@"' sh $as "$pal" "$manifest" sysenter call 1 7 # exit, for those
    check "$user: exit by the instruction that only Intel's processors have" test "$code" -ge 128
    killed 'execve for x32 programs' gadget call 0x40000208 s:/bin/true 0 0
    killed 'getpid for x32 programs' gadget call 0x40000027
    if grep -q vsyscall /proc/self/maps; then
        killed 'gettimeofday in the old page' vsyscall call 0
        killed 'time in the old page' vsyscall call 1
        killed 'getcpu in the old page' vsyscall call 2
    else
        skip "$user: the old page" 'this host has none'
    fi
    killed 'turning dispatch off' gadget call 157 59 0 0 0 0
    for call in 57 58 435; do
        killed "fork, vfork, clone3: $call" gadget call $call 0 0
    done
    for flags in 0x11 0x1011 0x4111 0x11000011 0x11001011 0x21001011 0x41001011 0x03001011 0x01021011 0x01009011 \
        0x101001011 0x310f00 0x3d0f00 0x10350f00; do
        killed "clone with flags $flags" gadget call 56 $flags 0 room 0 0
    done
}

##### Classes 2 and 3: the loader's code #####

code_replacement() {
    manifest=$work/default.manifest
    if "$root/Tools/linux-since.sh" 6.10; then
        gives 'unmapping the loader' '11 = -1' gadget call 11 loader 4096
        gives 'mapping over the loader' '9 = -1' gadget call 9 loader 4096 7 0x32 -1 0
        gives 'making the loader writable' '10 = -1' gadget call 10 loader 4096 7
        gives 'moving the loader' '25 = -1' gadget call 25 loader 4096 4096 3 own
        gives 'moving something over the loader' '25 = -1' gadget call 25 own 4096 4096 3 loader
    else
        skip "$user: the loader's code cannot be replaced" 'the kernel has no mseal'
    fi
    killed 'growing a mapping' gadget call 25 own 4096 8192 1
    killed 'protection bits that nobody needs' gadget call 10 own 4096 0x1000007
    killed 'mapping flags that nobody needs' gadget call 9 0 4096 3 0x40022 -1 0
    for file in /proc/self/mem /proc/self/maps /proc/thread-self/mem "/proc/$$/mem" /proc/1/environ \
        "/proc/self/root$work/secret/file" /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc; do
        [ ! -e "$file" ] || gives "opens $file" '257 = -13' gadget call 257 -100 "s:$file" 0
    done
    for file in /sys/kernel/uevent_helper /sys /dev/tty /dev/mem /dev/null /dev; do
        [ ! -e "$file" ] || gives "opens $file" '257 = -13' gadget call 257 -100 "s:$file" 0
    done
}

##### Files #####

files() {
    manifest=$work/mounts.manifest
    for file in "$work/secret/file" ../secret/file link "$work/default.manifest" /etc/passwd /etc/shadow / ..; do
        gives "opens $file" '257 = -13' gadget call 257 -100 "s:$file" 0
    done
    for path in "$work/secret/new" ../secret/new ../readable/new; do
        gives "makes $path" '257 = -13' gadget call 257 -100 "s:$path" 0x41 0600
        gives "makes the directory $path" '258 = -13' gadget call 258 -100 "s:$path" 0700
    done
    gives 'deletes a file outside' '263 = -13' gadget call 263 -100 s:../secret/file 0
    gives 'deletes a file that may be read' '263 = -13' gadget call 263 -100 s:../readable/file 0
    for path in ../secret/new ../readable/new; do
        run true
        name="moves a file to $path" verdict='316 = -13' && inside gadget call 316 -100 s:file -100 "s:$path" 0
        [ "$(cat out)" = '316 = -13' ] && result ok 'across file systems it is the same'
    done
    gives 'control: reads a file that may be read' '0 = 9' gadget call 257 -100 s:../readable/file 0 \
        call 0 result room 100
    gives 'writes to a file that may be read' '257 = -13' gadget call 257 -100 s:../readable/file 2
    gives 'changes the mode of one' '91 = -1' gadget call 257 -100 s:../readable/file 0 call 91 result 0777
    killed 'opens a file for neither reading nor writing' gadget call 257 -100 s:../secret/file 3 call 91 result 0777
    gives 'changes the mode of a file that it has the place of' '91 = -1' gadget call 257 -100 s:../secret/file 0x200000 \
        call 91 result 0777
    killed 'truncates a file on opening' gadget call 257 -100 s:../readable/file 0x200
    killed 'makes a file without a name' gadget call 257 -100 s:. 0x410002 0600
    killed 'makes a set-user-id program' gadget call 257 -100 s:new 0x41 04755
    killed 'makes a set-group-id directory' gadget call 258 -100 s:new 02755
    killed 'leaves a device behind' gadget call 316 -100 s:file -100 s:other 4
    gives 'makes a link outside' '266 = -13' gadget call 266 s:file -100 s:../secret/link
    gives 'goes through a link of its own' '257 = -13' gadget call 266 s:../secret/file -100 s:mine call 257 -100 s:mine 0
    gives 'gives a file outside a name of its own' '265 = -18' gadget call 265 -100 s:../secret/file -100 s:own 0
    gives 'gives a file that may be read a name where it may write' '265 = -18' \
        gadget call 265 -100 s:../readable/file -100 s:own 0
    killed 'gives a file that is open another name' gadget call 257 -100 s:file 0 call 265 result s: -100 s:own 0x1000
    killed 'leaves a whiteout where a file was' gadget call 316 -100 s:file -100 s:other 4
    gives 'exchanges a file with one that may only be read' '316 = -13' \
        gadget call 316 -100 s:../readable/file -100 s:file 2
    gives 'sets times by name' '280 = -1' gadget call 280 -100 s:../secret/file 0 0
    killed 'makes a device' gadget call 259 -100 s:device 020600 0x103
    killed 'makes a device that stands for nothing' gadget call 259 -100 s:device 020600 0
    killed 'makes a disk' gadget call 259 -100 s:disk 060600 0x801
    gives 'makes a FIFO outside' '259 = -13' gadget call 259 -100 s:../secret/fifo 010600 0
    gives 'makes the name of a socket outside' '259 = -13' gadget call 259 -100 s:../readable/socket 0140600 0
    gives 'opens a file below a place outside' '257 = -13' gadget call 257 -100 s:../secret 0x200000 call 257 result s:file 0
    gives 'opens one below its own entry in /proc' '257 = -13' gadget call 257 -100 s:/proc/self/cwd 0x200000 \
        call 257 result s:../secret/file 0
    gives 'opens its standard input, which it may read, for writing' '257 = -13' \
        gadget call 257 -100 s:/proc/self/fd/0 2 <secret/file
    gives 'opens a file below the directory that is its standard input' '257 = -13' gadget call 257 0 s:file 0 <secret
    killed 'changes an owner by name' gadget call 260 -100 s:../secret/file 0 0 0
    gives 'sets times of a file that may be read' '280 = -1' gadget call 257 -100 s:../readable/file 0 call 280 result 0 0 0
    gives 'changes the owner of one' '93 = -1' gadget call 257 -100 s:../readable/file 0 call 93 result -1 -1
    killed 'cuts a file on opening, for reading' gadget call 257 -100 s:file 0x200
    gives 'cuts a file that may be read' '257 = -13' gadget call 257 -100 s:../readable/file 0x201
    gives 'cuts one that is open for reading' '77 = -22' gadget call 257 -100 s:../readable/file 0 call 77 result 0
    killed 'cuts one by name' gadget call 76 s:../readable/file 0
    gives 'cuts its standard input, which it may read' '77 = -22' gadget call 77 0 0 <secret/file
    check "$user: nothing has happened outside" test "$(ls secret readable)" = "$(printf 'readable:\nfile\n\nsecret:\nfile')"
    check "$user: nor to what is in them" test "$(wc -c <readable/file)" -gt 0
    check "$user: nor to modes" test "$(stat -c %a secret/file readable/file | sort -u)" = 666
    manifest=$work/default.manifest
    gives 'changes the mode of a file that it has the place of, where it may change modes' '91 = -9' \
        gadget call 257 -100 s:../secret/file 0x200000 call 91 result 0777
    gives 'sets times of a file that it has the place of' '280 = -9' gadget call 257 -100 s:../secret/file 0x200000 \
        call 280 result 0 0 0
    gives 'changes the owner of one' '93 = -9' gadget call 257 -100 s:../secret/file 0x200000 call 93 result -1 -1
    killed 'sets times by name, where it may set times' gadget call 280 -100 s:../secret/file 0 0
    killed 'sets the group id on a directory' gadget call 257 -100 s:. 0 call 91 result 02755
    killed 'sets the user id on a program' gadget call 257 -100 s:file 0 call 91 result 04755
    check "$user: no set-user-id program" test -z "$(find granted -perm /6000)"
}

##### Class 10: calls of many meanings #####

many_meanings() {
    manifest=$work/default.manifest
    for request in 0x5412 0x541c 0x540e 0x5410 0x5405 0x5451 0x8901 0x100005412 0x800000005412; do
        killed "ioctl $request" gadget call 16 0 $request room
    done
    # What the descriptor of a process tells besides how it has ended: its name spaces.
    for request in 0xff01 0xff04 0xff05 0xff09; do
        killed "ioctl $request" gadget call 16 0 $request 0
    done
    for command in 0 1 2 5 6 8 10 15 1024 1026 1035 1036 0x100000002; do
        killed "fcntl $command" gadget call 72 0 $command 0
    done
    killed 'fcntl: signals for input' gadget call 72 0 4 0x2000
    for option in 1 4 15 22 23 24 30 36 38 40 47 53 0x5901 0x53564d41 0x100000016; do
        killed "prctl $option" gadget call 157 $option 1 0 0 0
    done
    killed 'another kind of filter' gadget call 317 0 0 0
    killed 'a listener for the filter' gadget call 317 1 8 0
    for operation in 0 1 3 4 6 8 11 12 13 136 137 0x100000001; do
        [ $operation = 137 ] || killed "futex $operation" gadget call 202 room $operation 0 0 room 0
    done
    # Of these arguments the kernel takes the lower half, whatever the upper one is.
    gives 'an upper half of an ioctl changes nothing' '16 = -9' gadget call 16 99 0x10000541b room
    gives 'nor does one of fcntl' '72 = -9' gadget call 72 99 0x100000004 0
    gives 'nor one of futex' '202 = 0' gadget call 202 room 0x100000081 1 0 room 0
    killed 'where it takes a long, as in mprotect, it does' gadget call 10 own 4096 0x100000001
    for advice in 3 9 12 14 100; do
        killed "madvise $advice" gadget call 28 own 4096 $advice
    done
    killed 'a clock of another process' gadget call 228 -6 room
}

##### What the host does when a process is killed #####

# The guest waits for input: then the host tells of its limits.
core_dumps() {
    manifest=$work/default.manifest
    dumping='ulimit -c "$(ulimit -H -c)"; cd granted && exec "$@"'
    rm -f input waiting && mkfifo input
    # shellcheck disable=SC2086 # words, or none
    sh -c "$dumping" sh $as "$pal" "$manifest" gadget call 202 room 129 1 call 0 0 room 1 <>input >waiting 2>&1 &
    guest=$!
    until grep -q = waiting 2>/dev/null || ! kill -0 $guest; do
        sleep 0.01
    done
    check "$user: no core dump is made of it, and no program of the host is asked to" \
        grep -q '^Max core file size *[01] *[01] ' "/proc/$guest/limits"
    echo 1<>input # does not wait for a guest that has gone
    wait $guest
    ls granted >before
    # shellcheck disable=SC2086 # words, or none
    run sh -c "$dumping" sh $as "$pal" "$manifest" gadget call 59 s:/bin/true 0 0
    check "$user: execve, where core dumps are allowed" test "$code" -eq "$killed"
    ls granted >after
    check "$user: nothing is left of it" cmp before after
}

##### Class 12: what was left open #####

leaks() {
    manifest=$work/default.manifest
    with="$outside leak $work/secret/file"
    gives 'reads an inherited file' '0 = -9' gadget call 0 7 room 100
    gives 'reads another one' '0 = -9' gadget call 0 200 room 100
    with="$outside leak $work/secret"
    gives 'opens a file below an inherited directory' '257 = -9' gadget call 257 7 s:file 0
    with=
}

##### Classes 13, 15, 17 and 18: other processes #####

neighbours() {
    manifest=$work/default.manifest
    victim='$VICTIM'
    if "$root/Tools/linux-since.sh" 6.12; then
        in_shell 'a signal that does nothing, to another process' '234 = -1' "gadget call 234 $victim $victim 23"
    else
        skip "$user: a signal that does nothing, to another process" 'Linux confines no signals before 6.12'
    fi
    for signal in 0 9 15; do
        in_shell "signal $signal to another process" killed "gadget call 234 $victim $victim $signal"
    done
    in_shell 'kill' killed "gadget call 62 $victim 15"
    in_shell 'tkill' killed "gadget call 200 $victim 15"
    in_shell 'waiting for another process' killed "gadget call 247 1 $victim room 4 0"
    in_shell 'the directory of another process' '267 = -13' "gadget call 267 -100 s:/proc/$victim/cwd room 100"
    in_shell 'what another process sees' '257 = -13' "gadget call 257 -100 s:/proc/$victim/root/ 0x200000"
    in_shell 'memory of another process' '257 = -13' "gadget call 257 -100 s:/proc/$victim/mem 0"
    for address in "u:$work/servers/stream" 'a:$ABSTRACT-stream'; do
        in_shell "a socket for $address" '41 = -1' "gadget call 41 1 1 0"
        in_shell "a pipe connects to $address" '42 = -1' "gadget call 53 1 1 0 room call 42 room:0 $address length"
        in_shell "a pipe sends to $address" '46 = -106' "gadget call 53 1 1 0 room call 46 room:0 message:$address 0"
        in_shell "it sends so past the table" killed "gadget call 53 1 1 0 room call 44 room:0 s:x 1 0 $address length"
    done
    for address in "u:$work/servers/messages" 'a:$ABSTRACT-messages'; do
        in_shell "a pipe of messages sends to $address, and its other end gets it" '0 = 1' \
            "gadget call 53 1 5 0 room call 46 room:0 message:$address 0 call 0 room:1 room 9"
    done
    for address in "u:$work/servers/datagram" 'a:$ABSTRACT-datagram'; do
        in_shell "a pipe of datagrams for $address" killed "gadget call 53 1 2 0 room"
        in_shell "a pipe sends a datagram to $address" '46 = -106' \
            "gadget call 53 1 1 0 room call 46 room:0 message:$address 0"
    done
    for family in 1 2 10 16 17 38 40 44; do
        in_shell "a socket of family $family" '41 = -1' "gadget call 41 $family 2 0"
    done
}

# in_shell name verdict arguments: run the guest where the servers' variables are known
in_shell() {
    rm -f servers/*
    attempt "$user: $1" "$2" "$outside" serve "$work/servers" sh -c "cd granted && exec $as $pal $manifest $3"
    check "$name: nobody noticed" untouched
}

##### The network #####

network() {
    if ! "$root/Tools/linux-since.sh" 6.7; then
        skip "$user: the network" 'Linux confines no TCP ports before 6.7'
        return
    fi
    port=1
    manifest tcp.manifest "loader.exec = file:$escape" "net.allow_peer.0 = 0.0.0.0:$port"
    manifest serve.manifest "loader.exec = file:$escape" "net.allow_bind.0 = 0.0.0.0:0"
    manifest=$work/tcp.manifest
    in_shell 'TCP to a port that is not granted' '42 = -13' 'gadget call 41 2 1 0 call 42 result i:$TCP_PORT length'
    in_shell 'TCP with the first data' killed 'gadget call 41 2 1 0 call 44 result s:x 1 0x20000000 i:$TCP_PORT length'
    in_shell 'the same in a message' killed 'gadget call 41 2 1 0 call 46 result room 0x20000000'
    in_shell 'multipath TCP' killed 'gadget call 41 2 1 262'
    in_shell 'SCTP' killed 'gadget call 41 2 1 132'
    in_shell 'a raw socket' killed 'gadget call 41 2 3 6'
    in_shell 'a packet socket' killed 'gadget call 41 17 3 0'
    in_shell 'netlink' killed 'gadget call 41 16 3 0'
    in_shell 'a local socket' killed 'gadget call 41 1 1 0'
    in_shell 'UDP' '41 = -1' 'gadget call 41 2 2 0'
    in_shell 'binds' '49 = -1' 'gadget call 41 2 1 0 call 49 result i:0 length'
    in_shell 'listens without binding' '50 = -1' 'gadget call 41 2 1 0 call 50 result 1'
    for address in "u:$work/servers/" 'a:$ABSTRACT-'; do
        in_shell "a pipe connects to ${address}stream, with TCP" '42 = -106' \
            "gadget call 53 1 1 0 room call 42 room:0 ${address}stream length"
        in_shell "a pipe of messages connects to ${address}messages, with TCP" '42 = -106' \
            "gadget call 53 1 5 0 room call 42 room:0 ${address}messages length"
        in_shell "a pipe without its other end connects to ${address}messages, with TCP" '42 = -106' \
            "gadget call 53 1 5 0 room call 3 room:1 call 42 room:0 ${address}messages length"
        in_shell "a pipe of messages takes a name beside $address" '49 = -1' \
            "gadget call 53 1 5 0 room call 49 room:0 ${address}new length"
    done
    for option in '1 25' '1 26' '1 36' '1 50' '6 13' '6 19' '6 31' '0 64' '41 64'; do
        in_shell "socket option $option" killed "gadget call 41 2 1 0 call 54 result $option room 4"
    done
    manifest=$work/serve.manifest
    in_shell 'control: binds where it may' '49 = 0' 'gadget call 41 2 1 0 call 49 result i:0 length'
    in_shell 'binds elsewhere' '49 = -13' 'gadget call 41 2 1 0 call 49 result i:8 length'
    in_shell 'connects although it may only serve' '42 = -13' 'gadget call 41 2 1 0 call 42 result i:$TCP_PORT length'
}

# A grant is a grant: the refusals above are not for another reason.
network_control() {
    manifest all.manifest "loader.exec = file:$escape" 'net.allow_peer.0 = 0.0.0.0:0-65535'
    for way in TCP UDP; do
        [ $way = TCP ] && calls='gadget call 41 2 1 0 call 42 result i:$TCP_PORT length'
        [ $way = UDP ] && calls='gadget call 41 2 2 0 call 42 result i:$UDP_PORT length call 1 first s:x 1'
        rm -f servers/*
        run "$outside" serve "$work/servers" sh -c "cd granted && exec $pal $work/all.manifest $calls"
        check "control: $way reaches the server" grep -q "outside: reached by $way" err
    done
}

# everything user command...: all of it, by a user whom the command makes of us
everything() {
    user=$1 with=
    shift
    as=$*
    prepare
    controls
    all_other_numbers
    instructions
    code_replacement
    files
    many_meanings
    core_dumps
    leaks
    neighbours
    network
}

ordinary='setpriv --reuid 65534 --regid 65534 --clear-groups --'
numbers
everything "$(id -un)"
if [ "$(id -u)" -eq 0 ] && $ordinary true 2>/dev/null; then
    # shellcheck disable=SC2086 # words
    everything nobody $ordinary
else
    skip 'an ordinary user beside this one' 'only root can become one, where there are others'
fi
network_control
finish
