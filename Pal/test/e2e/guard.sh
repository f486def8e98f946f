#!/bin/sh
# SPDX-License-Identifier: MIT
# guard.sh: what a manifest grants, what the loader says if the kernel cannot enforce it, and that confined programs work.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

escape=$guests/escape
outside=$guests/outside
landlock=444 # landlock_create_ruleset
seccomp=157:22 # prctl(PR_SET_SECCOMP)
privileges=157:38 # prctl(PR_SET_NO_NEW_PRIVS)
ENOSYS=38
EPERM=1

# calls name result call...: what a program of policy.manifest gets from the kernel
calls() {
    name=$1 result=$2
    shift 2
    run "$pal" policy.manifest gadget "$@"
    check "$name" test "$(tail -n 1 out)" = "$result"
}

# opens name argument...: whether openat gives such a program a descriptor
opens() {
    name=$1
    shift
    run "$pal" policy.manifest gadget call 257 -100 "$@"
    check "$name" grep -q -x '257 = [0-9]' out
}

# policy line...: the manifest of what comes next
policy() {
    manifest policy.manifest "loader.exec = file:$escape" "$@"
}

# bad text line...: such a manifest is refused with this text
bad() {
    text=$1
    shift
    policy "$@"
    run "$pal" policy.manifest gadget call 39
    refused "refused: $*" policy.manifest "$text"
}

##### Files #####

mkdir -p data/deep other
echo data >data/deep/file
echo other >other/file
policy 'fs.root.uri = file:data'
opens 'the root mount' s:data/deep/file 2
calls 'nothing but the root mount' '257 = -13' call 257 -100 s:other/file 0
policy 'fs.root.uri = file:data' 'fs.root.mode = ro'
opens 'the root mount, for reading' s:data/deep/file 0
calls 'the root mount, for reading only' '257 = -13' call 257 -100 s:data/deep/file 2
policy 'fs.root.uri = file:data' 'fs.mount.o.type = chroot' 'fs.mount.o.path = /o' 'fs.mount.o.uri = file:other/file'
opens 'a mount of a file' s:other/file 2
calls 'not what is beside it' '257 = -13' call 257 -100 s:other/new 0x41 0600
calls 'moving inside what is granted' '316 = 0' call 316 -100 s:data/deep/file -100 s:data/file 0
policy 'fs.root.uri = file:data' 'fs.mount.t.type = tmpfs' 'fs.mount.t.path = /tmp' 'fs.mount.p.type = proc' \
    'fs.mount.p.path = /proc'
calls 'mounts that take nothing from the host' '257 = -13' call 257 -100 s:/proc/self/maps 0
policy 'fs.mount.d.type = dev'
opens 'a mount of devices' s:/dev/null 2
calls 'only of the harmless ones' '257 = -13' call 257 -100 s:/dev/tty 2
policy 'fs.root.uri = file:/'
opens "the system's root: files" s:/etc/passwd 0
opens "the system's root: its own entries" s:/ 0
for file in /proc/self/mem /proc/version /sys/kernel/notes /dev/null /dev/tty; do
    [ ! -e "$file" ] || calls "the system's root without $file" '257 = -13' call 257 -100 "s:$file" 0
done
run sh -c 'cd /proc && exec "$1" "$2" gadget call 39' sh "$pal" "$escape"
refused 'where we are is /proc' 'fs.root.uri' 'cannot be granted: permission denied'

bad 'fs.root.uri: nowhere: cannot be granted: stream does not exist' 'fs.root.uri = file:nowhere'
bad 'fs.mount.p.uri: /proc/self: cannot be granted: permission denied' 'fs.mount.p.type = chroot' \
    'fs.mount.p.uri = file:/proc/self'
bad "expected a file: URI" 'fs.root.uri = /data'
bad "expected a file: URI" 'fs.root.uri = dev:tty'
bad "found 'tmpfs', expected" 'fs.root.type = tmpfs'
bad "found 'rx', expected" 'fs.root.mode = rx'
bad "expected the mount's type to be set, too" 'fs.mount.x.uri = file:data'
bad "expected the mount's uri to be set, too" 'fs.mount.x.type = chroot'
bad "found 'on', expected" 'loader.sandbox = on'

##### The network #####

bad "expected address:port or address:port-port" 'net.allow_peer.0 = 80'
bad "expected address:port or address:port-port" 'net.allow_bind.0 = 127.0.0.1:9-8'
if "$root/Tools/linux-since.sh" 6.7; then
    bad "net.allow_bind.1: this host cannot confine addresses" 'net.allow_bind.0 = 0.0.0.0:80' \
        'net.allow_bind.1 = 127.0.0.1:80'
    bad "net.allow_peer.7: this host cannot confine addresses" 'net.allow_peer.7 = [::1]:80'
    policy 'net.allow_peer.0 = [::]:1-65535' 'net.allow_bind.0 = [::]:8'
    calls 'all peers, but not all local ports: no UDP' '41 = -1' call 41 2 2 0
else
    bad "net.allow_bind.0: this host cannot confine TCP ports" 'net.allow_bind.0 = 0.0.0.0:80'
fi
policy 'net.allow_peer.0 = 127.0.0.1:80' 'loader.sandbox = best-effort'
run "$pal" policy.manifest gadget call 41 2 1 0 call 3 result
check 'best effort: the program runs' has '3 = 0'
check 'best effort: it says what is not confined' grep -q -x \
    'pal: policy.manifest: net.allow_peer.0: this host does not confine addresses.*' err
check 'best effort: and UDP' grep -q -x 'pal: policy.manifest: net.allow_peer.0: this host does not confine UDP' err
policy 'net.allow_peer.0 = 0.0.0.0:1-65535'
calls 'all peers: UDP' '3 = 0' call 41 2 2 0 call 3 result
calls 'all peers: no server' '50 = -1' call 41 2 1 0 call 50 result 1
policy 'net.allow_peer.0 = [::]:1-65535' 'net.allow_bind.0 = [::]:0-65535'
calls 'everything: UDP' '3 = 0' call 41 2 2 0 call 3 result

##### Modes of the sandbox #####

policy 'loader.sandbox = off'
opens 'off: everything is there' s:/etc/passwd 0
check 'off: it says so' grep -q -x 'pal: policy.manifest: the sandbox is off (loader.sandbox): .*' err
policy 'loader.sandbox = off' 'loader.log_level = error'
run "$pal" policy.manifest gadget call 39
check 'off: it always says so' test "$(wc -l <err)" -eq 1
for error in $ENOSYS $EPERM; do
    policy 'loader.log_level = debug'
    run "$outside" without "$error" $landlock "$pal" policy.manifest gadget call 39
    refused "a kernel without Landlock (error $error)" 'cannot confine files; loader.sandbox = best-effort'
    run "$outside" without "$error" $seccomp "$pal" policy.manifest gadget call 39
    refused "a kernel without seccomp (error $error)" 'cannot confine system calls; loader.sandbox = best-effort'
    run "$outside" without "$error" $privileges "$pal" policy.manifest gadget call 39
    refused "a kernel without no_new_privs (error $error)" 'cannot confine system calls; loader.sandbox = best-effort'
    policy 'loader.sandbox = best-effort'
    run "$outside" without "$error" $landlock "$pal" policy.manifest gadget call 257 -100 s:/etc/passwd 0 call 3 result
    check "best effort without Landlock (error $error)" has '3 = 0'
    check 'it says so' grep -q -x 'pal: policy.manifest: this host does not confine files' err
    run "$outside" without "$error" $landlock "$pal" policy.manifest gadget call 59 s:/bin/true 0 0
    check 'system calls are confined nevertheless' test "$code" -eq 159
done

##### Limits #####

policy 'sys.files.max = 6'
calls 'sys.files.max' '257 = -24' call 257 -100 s:. 0 call 257 -100 s:. 0 call 257 -100 s:. 0 call 257 -100 s:. 0
policy 'sys.memory.max = 1M' 'sys.stack.size = 64K'
calls 'sys.memory.max' '9 = -12' call 9 0 2097152 3 0x22 -1 0
calls 'less than sys.memory.max' '11 = 0' call 9 0 524288 3 0x22 -1 0 call 11 result 524288
bad 'expected more than 0' 'sys.files.max = 0'
bad 'expected more than 0' 'sys.memory.max = 0'
bad "found 'many', expected" 'sys.files.max = many'

##### A policy inside of another #####

mkdir -p a/b
echo a >a/file
echo b >a/b/file
manifest outer.manifest "loader.exec = file:$guests/tighten" 'fs.root.uri = file:a'
manifest a/inner.manifest 'fs.root.uri = file:a/b' 'fs.root.mode = ro'
manifest a/wider.manifest 'fs.root.uri = file:.'
manifest a/bad.manifest 'fs.root.mode = none'
manifest a/addresses.manifest 'net.allow_peer.0 = 1.2.3.4:5'
manifest a/off.manifest 'loader.sandbox = off'

# tighten name line... -- step...: what the steps print
tighten() {
    name=$1
    shift
    : >expected
    while [ "$1" != -- ]; do
        echo "$1" >>expected
        shift
    done
    shift
    run "$pal" outer.manifest "$@"
    # A process and its child print at the same time.
    sort -o expected expected
    sort -o out out
    check "$name" cmp expected out
}

tighten 'the outer policy' 'open file:a/file: yes' 'open file:a/b/file: yes' 'open file:other/file: 6' -- \
    open file:a/file open file:a/b/file open file:other/file
tighten 'the inner one takes away' 'confine file:a/inner.manifest: yes' 'open file:a/file: 6' 'open file:a/b/file: yes' \
    'open file:other/file: 6' -- confine file:a/inner.manifest open file:a/file open file:a/b/file open file:other/file
tighten 'a wider one adds nothing' 'confine file:a/wider.manifest: yes' 'open file:a/file: yes' 'open file:other/file: 6' \
    -- confine file:a/wider.manifest open file:a/file open file:other/file
tighten 'nor after an inner one' 'confine file:a/inner.manifest: yes' 'confine file:a/wider.manifest: 6' \
    'open file:a/file: 6' -- confine file:a/inner.manifest confine file:a/wider.manifest open file:a/file
tighten 'one that is off takes nothing' 'confine file:a/off.manifest: yes' 'open file:other/file: 6' -- \
    confine file:a/off.manifest open file:other/file
tighten 'a manifest that is not there' 'confine file:a/no.manifest: 9' -- confine file:a/no.manifest
tighten 'a manifest that cannot be read' 'confine file:outer.manifest2: 9' 'confine file:/etc/passwd: 6' -- \
    confine file:outer.manifest2 confine file:/etc/passwd
tighten 'a bad manifest' 'confine file:a/bad.manifest: 4' -- confine file:a/bad.manifest
tighten 'what the host cannot enforce' 'confine file:a/addresses.manifest: 3' -- confine file:a/addresses.manifest
tighten 'with another thread' 'confine file:a/inner.manifest: 3' -- thread confine file:a/inner.manifest
tighten 'a child is confined as its parent' 'child : yes' 'open file:a/file: yes' 'open file:other/file: 6' -- \
    child open file:a/file open file:other/file
tighten 'a child of a process that has confined itself' 'confine file:a/inner.manifest: yes' 'child : yes' \
    'open file:a/file: 6' 'open file:a/b/file: yes' -- \
    confine file:a/inner.manifest child open file:a/file open file:a/b/file
tighten 'a child confines itself' 'child : yes' 'confine file:a/inner.manifest: yes' 'open file:a/file: 6' -- \
    child confine file:a/inner.manifest open file:a/file

##### Confined programs work #####

policy
# A bare tree: no /dev/urandom, no /proc.
mkdir bare
cp "$pal" bare/pal
cp "$guests/process" bare/process
if chroot bare /pal /process none 2>/dev/null; then
    run chroot bare /pal /process abandon
    expect 'children where the host has no /dev' 0 ''
else
    skip 'children where the host has no /dev' 'chroot(2) is not permitted'
fi
run "$pal" policy.manifest process call 257 -100 s:/etc/passwd 0
check 'the processes of a program are confined as it is' has '257 = -13'
check 'and end by themselves' grep -q -x -e 'ended: 1 0' -e 'ended: nobody knows' out
finish
