#!/bin/sh
# SPDX-License-Identifier: MIT
# libos.sh: preloads that are library OSes, and what they are told of the executable, which nobody else looks at.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

preload="loader.preload = file:$guests/libos.so"

# told name executable argument...: the last run told the library OS of this executable and these arguments, and no more
told() {
    name=$1 text="executable $2
mapped 0" count=0
    shift 2
    for argument; do
        text="$text
argv $count [$argument]"
        count=$((count + 1))
    done
    expect "$name" 5 "$text"
}

printf '#!/bin/sh\necho no\n' >script
manifest script.manifest "$preload" 'loader.exec = file:script'
run "$pal" script.manifest one
told 'a script as loader.exec' file:script file:script one
manifest missing.manifest "$preload" 'loader.exec = file:/bin/../missing//program'
run "$pal" missing.manifest
told 'loader.exec that the host has not got' file:/bin/../missing//program file:/bin/../missing//program
manifest name.manifest "$preload" 'loader.exec = file:/missing' 'loader.execname = sh'
run "$pal" name.manifest
told 'loader.execname' file:/missing sh
cp "$hello" program
manifest program.manifest "$preload"
run "$pal" ./program one
told 'a relative path of the command line' file:./program file:./program one
run "$pal" program.manifest
told 'an executable inferred from its manifest' file:program file:program
mkdir unreadable
cp "$hello" unreadable/program
chmod 0 unreadable/program
manifest unreadable.manifest "$preload" 'loader.exec = file:unreadable/program'
run "$pal" unreadable.manifest
told 'an executable that the host lets nobody read' file:unreadable/program file:unreadable/program
manifest only.manifest "$preload"
run "$pal" only.manifest
told 'no executable' none only.manifest
shell=$(command -v sh)
manifest host.manifest "$preload" "loader.exec = file:$shell"
run "$pal" host.manifest
told 'a program of the host' "file:$shell" "file:$shell"
manifest child.manifest "$preload" 'loader.exec = file:script'
run "$pal" child.manifest child
expect 'its children' 5 'executable file:script
mapped 0
argv 0 [file:script]
argv 1 [child]
executable file:script
mapped 0
argv 0 [child-name]
argv 1 [x]
child 5'

cp "$guests/libos.so" "$guests/pair_left.so" "$guests/pair_right.so" .
manifest first.manifest 'loader.preload = file:libos.so, file:missing.so'
run "$pal" first.manifest
refused 'a preload behind it that is missing' missing.so
manifest first.manifest "loader.preload = file:libos.so, file:$guests/args" 'loader.exec = file:script'
run "$pal" first.manifest
told 'it is entered last' file:script file:script
run "$pal" --explain script.manifest
check '--explain' has 'executable: file:script (loader.exec of the manifest), left to the library OS'
manifest kind.manifest "loader.preload = file:$guests/libos-99.so"
run "$pal" kind.manifest
refused 'a library OS of an unknown kind' libos-99.so 'of kind 99, not 1'
if command -v strace >/dev/null; then
    run strace -o trace "$pal" script.manifest
    check 'the executable is not looked at' sh -c '! grep -q -e "\"script\"" -e "/script\"" trace'
else
    skip 'the executable is not looked at' 'there is no strace'
fi

finish
