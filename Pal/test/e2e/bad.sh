#!/bin/sh
# SPDX-License-Identifier: MIT
# bad.sh: what the loader says to bad input: one line that names the file and the fault, and no crash.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

args=$guests/args

# bad name file text...: the loader refuses this file, and names it
bad() {
    name=$1 file=$2
    shift 2
    run "$pal" "$file"
    refused "$name" "$file:" "$@"
}

# bad_manifest name line:column text... <manifest: so it does this manifest, and says where in it
bad_manifest() {
    name=$1 place=$2
    shift 2
    cat >bad.manifest
    run "$pal" bad.manifest
    refused "$name" "bad.manifest:$place: " "$@"
}

##### Files that cannot be read, and what is no file #####

run "$pal"
refused 'no argument' 'no file to run'
bad 'a missing file' missing 'does not exist'
bad 'a file in a missing directory' missing/file 'does not exist'
run "$pal" ''
refused 'an empty name' 'invalid argument'
mkdir directory
bad 'a directory' directory 'stream is a directory'
bad 'a directory with a slash' directory/ 'stream is a directory'
: >file
bad 'a file as a directory' file/file 'cannot open'
bad 'an empty file' file 'nothing to run: the file is empty'
ln -s nowhere dangling
bad 'a dangling symbolic link' dangling 'does not exist'
ln -s loop loop
bad 'a loop of symbolic links' loop 'too many levels of symbolic links'
long=$(printf '%0300d' 0)
run "$pal" "$long"
refused 'a name of 300 bytes' 'too long'
run "$pal" "$(printf '%05000d' 0 | sed 's|0000000000|000000000/|g')"
refused 'a path of 5,000 bytes' 'too long'
run "$pal" "$(printf '%04095d' 0 | sed 's|0000000000|000000000/|g')"
refused 'a path of 4,095 bytes' 'cannot open'
run "$pal" "$(printf 'line\nbreak')"
refused 'a name with a line break' 'does not exist'

# As somebody who may not read what others keep to themselves.
drop=
[ "$(id -u)" -ne 0 ] || drop='setpriv --bounding-set=-all'
if [ -z "$drop" ] || $drop true 2>/dev/null; then
    cp "$hello" unreadable
    chmod 0 unreadable
    mkdir closed
    cp "$hello" closed
    chmod 0 closed
    # shellcheck disable=SC2086 # words
    {
        run $drop "$pal" unreadable
        refused 'an unreadable file' 'unreadable: ' 'permission denied'
        run $drop "$pal" closed/HelloWorld
        refused 'a file in a directory that is closed' 'closed/HelloWorld: ' 'permission denied'
        cp "$hello" program
        echo 'loader.env.X = y' >program.manifest
        chmod 0 program.manifest
        run $drop "$pal" program
        refused 'an unreadable X.manifest is not passed over' 'program.manifest: ' 'permission denied'
        chmod 600 program.manifest
        chmod 0 program
        run $drop "$pal" program.manifest
        refused 'an unreadable X for X.manifest' 'program: ' 'permission denied'
        rm -f program program.manifest
    }
else
    skip 'unreadable files' 'setpriv is not allowed to drop capabilities'
fi

bad '/dev/null' /dev/null '/dev/null: nothing to run: the file is empty'
bad '/dev/zero' /dev/zero 'too large'
bad 'the memory of a process' /proc/self/mem cannot
bad 'a file without a size' /proc/self/status 'status:1:'
mkfifo pipe
feed /dev/null pipe
bad 'an empty FIFO' pipe 'pipe: nothing to run: the file is empty'
feed "$hello" pipe
run "$pal" pipe
refused 'an executable out of a FIFO' 'pipe'
if command -v python3 >/dev/null; then
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    bad 'a socket' socket 'cannot open'
else
    skip 'a socket' 'there is no python3 to make one'
fi

##### Manifests #####

printf '#!/bin/sh\necho wrong\n' >script
bad 'a script' script 'script:2:6: '
bad 'text in front of ELF' /proc/self/cmdline 'cmdline:1:'
manifest empty.manifest '# nothing'
bad 'a manifest without an executable' empty.manifest 'nothing to run'

bad_manifest 'a key without a value' 1:12 "key 'loader.exec'" "expected '='" <<'END'
loader.exec
END
bad_manifest 'a value without a key' 2:1 "found '='" <<'END'
loader.env.X = y
= value
END
bad_manifest 'a key with a dot first' 1:1 dot <<'END'
.exec = x
END
bad_manifest 'a key with a dot last' 1:7 dot <<'END'
loader. = x
END
bad_manifest 'a key with two dots' 1:8 dots <<'END'
loader..exec = x
END
bad_manifest 'a key of other characters' 1:7 "found '-'" <<'END'
loader-exec = x
END
bad_manifest 'text behind a key' 1:8 "expected '='" <<'END'
loader exec = x
END
bad_manifest 'a quote that is not closed' 1:15 'not closed' <<'END'
loader.exec = "file:x
END
bad_manifest 'text behind a quote' 1:24 'after the closing quote' <<'END'
loader.exec = "file:x" y
END
bad_manifest 'an escape that is none' 1:16 'after a backslash' <<'END'
loader.exec = "\x66ile:x"
END
bad_manifest 'a key twice' 3:1 "key 'loader.exec'" 'line 1' <<'END'
loader.exec = file:x
loader.env.X = y
loader.exec = file:z
END
bad_manifest 'a value that is a group' 2:1 "key 'loader.env'" 'line 1' <<'END'
loader.env.X = y
loader.env = z
END
bad_manifest 'a key under a value' 2:1 "key 'loader.env.X.Y'" 'line 1' <<'END'
loader.env.X = y
loader.env.X.Y = z
END
printf 'loader.exec = file:\0x\n' >nul.manifest
bad 'a NUL in a manifest' nul.manifest 'nul.manifest:1:'
printf 'loader.%0300d = x\n' 0 >text
bad_manifest 'a key of 300 bytes' 1:1 '307 bytes' 255 <text
bad_manifest 'loader.exec that is no URI' 1:15 "key 'loader.exec'" 'found' 'a file: URI' <<'END'
loader.exec = program
END
bad_manifest 'loader.exec of another scheme' 1:15 "key 'loader.exec'" "'dev:tty'" 'a file: URI' <<'END'
loader.exec = dev:tty
END
bad_manifest 'an empty loader.exec' 1:14 "key 'loader.exec'" 'a file: URI' <<'END'
loader.exec =
END
echo 'loader.exec = file:missing' >bad.manifest
run "$pal" bad.manifest
refused 'a manifest whose executable is missing' 'file:missing: ' 'does not exist'
echo 'loader.exec = file:directory' >bad.manifest
run "$pal" bad.manifest
refused 'a manifest whose executable is a directory' 'file:directory: ' 'stream is a directory'
echo 'loader.exec = file:file' >bad.manifest
run "$pal" bad.manifest
refused 'a manifest whose executable is empty' 'file:file: ' 'it is empty'
echo 'loader.exec = file:script' >bad.manifest
run "$pal" bad.manifest
refused 'a manifest whose executable is a script' 'file:script: ' 'it is a script'
echo 'loader.exec = file:/dev/null' >bad.manifest
run "$pal" bad.manifest
refused 'a manifest whose executable is /dev/null' 'file:/dev/null: ' 'stream is a device'
: >other.manifest
printf 'no elf at all' >other
run "$pal" other.manifest
refused 'a manifest whose name leads to a file that is no ELF' 'file:other: ' 'it is text'
bad_manifest 'loader.env_host with an empty item' 2:19 "key 'loader.env_host'" <<END
loader.exec = file:$args
loader.env_host = A,,B
END
run env -i "$pal" bad.manifest
refused 'even if there is no environment' 'bad.manifest:2:19: '
for list in 'A B' 'A=B' 'all,A' 'A,none'; do
    bad_manifest "loader.env_host = $list" 2:19 'expected none, all, or names' <<END
loader.exec = file:$args
loader.env_host = $list
END
done
bad_manifest 'loader.argv with a name' 2:1 "key 'loader.argv.first'" <<END
loader.exec = file:$args
loader.argv.first = x
END

# keys count: that many of them
keys() {
    awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++) print "loader.env.NAME_" i " = value " i }'
}
{ keys 10000 && echo "loader.exec = file:$args"; } >keys.manifest
began=$(date +%s%N)
run "$pal" keys.manifest
took=$((($(date +%s%N) - began) / 1000000))
check '10,000 keys' [ "$code:$(grep -c '^env \[NAME_' out)" = 0:10000 ]
check 'take little time' [ "$took" -lt 1000 ]
{ keys 10000 && echo 'loader.env.NAME_5000 = again'; } >text
bad_manifest '10,000 keys, one of them twice' 10001:1 'line 5001' <text
seq -f 'unknown.key_%g = x' 10000 >keys.manifest
echo "loader.exec = file:$hello" >>keys.manifest
run "$pal" keys.manifest
check '10,000 unknown keys give a few warnings' [ "$code:$(cat out):$(($(wc -l <err) < 50))" = '0:Hello World:1' ]

# value size: a manifest with a value of that many bytes
value() {
    echo "loader.exec = file:$args"
    awk -v size="$1" 'BEGIN { printf "loader.env.X = "; for (i = 0; i < size; i++) printf "v"; print "" }'
}
value 65536 >value.manifest
run "$pal" value.manifest
check 'a value of 64 KiB' [ "$code:$(sed -n 's/^env \[X=\(v*\)\]$/\1/p' out | wc -c)" = 0:65537 ]
value 65537 >text
bad_manifest 'a value of 64 KiB and a byte' 2:16 "key 'loader.env.X'" '65537 bytes' 65536 <text
# 64 MiB of text are refused by their size alone
truncate -s 65M huge.manifest
bad 'a manifest of 65 MiB' huge.manifest 'too large'

{
    echo "loader.exec = file:$args"
    awk 'BEGIN { for (i = 0; i < 1000000; i++) print "loader.argv." i " = " i }'
} >million.manifest
run "$pal" million.manifest
refused 'a million arguments' million.manifest 'more than a quarter of the stack'
{
    echo "loader.exec = file:$args"
    echo 'sys.stack.size = 64K'
} >small.manifest
# shellcheck disable=SC2046 # words
run "$pal" small.manifest $(seq 3000)
refused 'a command line larger than a quarter of the stack' small.manifest 'more than a quarter of the stack'
# shellcheck disable=SC2046 # words
run "$pal" small.manifest $(seq 500)
check 'and one that fits' [ "$code:$(sed -n 's/^argc //p' out)" = 0:501 ]

##### Preloads #####

# preload name value text...: with this value of loader.preload
preload() {
    name=$1
    printf 'loader.exec = file:%s\nloader.preload = %s\n' "$hello" "$2" >bad.manifest
    shift 2
    run "$pal" bad.manifest
    refused "$name" "$@"
}
preload 'a preload that is missing' file:missing.so 'missing.so: ' 'does not exist'
preload 'a preload that is missing elsewhere' "file:$work/missing.so" "$work/missing.so: " 'does not exist'
preload 'a preload that is no URI' nothing 'bad.manifest:2:18: ' 'a list of file: URIs'
preload 'a preload of another scheme' dev:tty 'bad.manifest:2:18: ' 'a list of file: URIs'
preload 'an empty item among preloads' "file:$args,,file:$args" 'bad.manifest:2:18: ' 'loader.preload'
preload 'an empty preload' file:file 'file:file: ' 'it is empty'
preload 'a directory as a preload' file:directory 'directory: ' 'stream is a directory'
preload 'a preload that is text' file:bad.manifest 'file:bad.manifest: ' 'it is text'
cp "$guests/pair_left.so" cut.so
truncate -s 4000 cut.so
preload 'a preload that is cut off' file:cut.so 'file:cut.so: '
printf 'loader.exec = file:%s\nloader.preload = file:%s\n' "$guests/layout-fixed" "$guests/fixed" >bad.manifest
run "$pal" bad.manifest
refused 'two objects at the same addresses' "file:$guests/layout-fixed: " 'taken'

##### ELF #####

# Each kind of broken file, as the executable and as a preload; with each comes what is to be said.
tab=$(printf '\t')
"$guests/elf_forge" list >kinds
while IFS=$tab read -r kind fault; do
    "$guests/elf_forge" "$kind" forged
    run "$pal" forged
    if [ -z "$fault" ]; then
        expect "ELF: $kind" 7 ''
    elif [ "$(head -c 4 forged)" = "$(head -c 4 "$hello")" ]; then
        refused "ELF: $kind" forged "$fault"
    else
        # What does not begin as ELF does is a manifest.
        refused "ELF: $kind" forged
    fi
    echo 'loader.preload = file:forged' >bad.manifest
    run "$pal" bad.manifest
    if [ -z "$fault" ]; then
        expect "ELF as a preload: $kind" 7 ''
    else
        refused "ELF as a preload: $kind" 'file:forged: ' "$fault"
    fi
done <kinds
check 'there were kinds' [ "$number" -gt 300 ]

"$guests/elf_forge" note-major-99 forged
bad 'a program for another version of the ABI' forged 'version 99.' 'this is version 1.'
if [ -e /lib64/ld-linux-x86-64.so.2 ]; then
    bad 'a program of the host' "$(command -v env)" 'interpreter'
else
    skip 'a program of the host' 'there is no C library'
fi
cp "$guests/guest.o" object
bad 'an object file' object 'relocatable'
# Cut at each place where something begins or ends, and at some others.
size=$(wc -c <"$hello")
crashes=
for cut in 1 3 4 5 15 16 17 63 64 65 $(seq 100 173 "$size"); do
    head -c "$cut" "$hello" >forged
    run "$pal" forged
    # Only section headers and symbols for debuggers are behind the last segment.
    { [ "$code" -gt 0 ] && [ "$code" -lt 124 ] && [ "$(wc -l <err)" -eq 1 ]; } || [ "$(cat out)" = 'Hello World' ] ||
        crashes="$crashes $cut:$code"
done
check "HelloWorld, cut off: $crashes" [ -z "$crashes" ]

finish
