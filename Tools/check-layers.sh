#!/bin/sh
# SPDX-License-Identifier: MIT
# check-layers.sh [file...]: who may include whom, and what may decide an #if. Checks every C and assembler file of the
# tree, or those that are named. Since headers are checked as well, what holds for one step holds for all.
set -eu
cd "$(dirname "$0")/.."

# The first line that names the file or a directory above it decides. "..." is looked for in the directories after `:`, of which
# `.` is the file's own; <...> must be of one of the sets after the second `:`.
rules() {
    cat <<'END'
Pal/include          : .                                                          : compiler
Pal/lib              : . Pal/include/pal_error.h                                  : compiler
Pal/src/host/Linux   : . build/host/Linux Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : compiler linux
Pal/src/host         : . Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include          : any
Pal/src              : Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include            : compiler
Pal/test/unit        : . Pal/test Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : any
Pal/test/fuzz        : . Pal/test Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : any
Pal/test/contract    : . Pal/test Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : any
Pal/test/guard       : . Tools build/host/Linux Pal/src/host/Linux Pal/test Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : any
Pal/test/faults      : . Pal/test/e2e Pal/src/host/Linux Pal/src Pal/src/arch/x86_64 Pal/lib Pal/include : any
Pal/test/elf_forge.c : .                                                          : any
Pal/regression       : . build/regression Pal/lib Pal/include                     : compiler
Pal                  : . Pal/lib Pal/include                                      : compiler
LibOS/test/unit      : . LibOS/src LibOS/include Pal/lib Pal/include              : any
LibOS/test           : . LibOS/test/guest build/libos-fuzz                        : any
LibOS/tools          : . Pal/lib                                                  : compiler linux
LibOS                : . LibOS/src LibOS/include build/libos Pal/lib Pal/include  : compiler linux
bench/guarded.c      : . build/host/Linux                                         : any
bench                : . Pal/test/e2e Pal/lib Pal/include                         : any
Tools                : . Pal/include                                              : any
END
}

# The rooms of the library OS: a header of LibOS/include is for all of them, one that lies in a room only for those that
# have a door to it, which are no circle.
doors() {
    cat <<'END'
LibOS/src/checkpoint : fs mm process pseudo tmpfs
LibOS/src/chroot     : fs
LibOS/src/elf        : fs
LibOS/src/ipc        : process tmpfs
LibOS/src/locks      : fs process
LibOS/src/net        : ipc poll
LibOS/src/notify     : fs process
LibOS/src/poll       : fs ipc
LibOS/src/pseudo     : fs locks net
LibOS/src/sync       : process
LibOS/src/task       : process
LibOS/src/terminal   : ipc pseudo
LibOS/src/tmpfs      : fs
LibOS/src/trace      : process pseudo
END
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046 # no name has a blank
    set -- $(find . \( -name .git -o -name build \) -prune -o -name '*.[chS]' -print | sed 's|^\./||' | LC_ALL=C sort)
fi

{ rules; doors; } | awk -F ' *: *' '
function fault(text)
{
    print FILENAME ":" FNR ": " text
    faults++
}

function exists(path,    line, result)
{
    result = (getline line < path) >= 0
    close(path)
    return result
}

function within(file, directory)
{
    return file == directory || index(file, directory "/") == 1
}

# A host layer begins as a copy of another: its guards need not name the host.
function choose_rule(file)
{
    for (rule = 1; rule <= rules && !within(file, directory[rule]); rule++)
        ;
    in_host = within(file, "Pal/src/host")
    own = file
    sub(/\/[^\/]*$/, "", own)
    guard = toupper(file)
    gsub(/[^A-Z0-9]/, "_", guard)
    short = toupper(substr(file, length(own) + 2))
    gsub(/[^A-Z0-9]/, "_", short)
}

function may_include(name,    i, count, from)
{
    count = split(quoted[rule], from, " ")
    for (i = 1; i <= count; i++) {
        if (from[i] == ".")
            from[i] = own
        if (from[i] ~ /\.h$/ ? from[i] ~ ("/" name "$") : exists(from[i] "/" name))
            return 1
    }
    return 0
}

# Only a header that lies in a room of the library OS is named with its directory.
function may_open(name,    room)
{
    room = name
    sub(/\/.*/, "", room)
    return room == name || angled[rule] ~ /any/ || own == "LibOS/src/" room || index(" " door[own] " ", " " room " ") > 0
}

function may_include_system(name)
{
    return angled[rule] ~ /any/ ||
           (angled[rule] ~ /compiler/ && name ~ /^std(def|int|bool|arg|atomic|align|noreturn)\.h$|^limits\.h$/) ||
           (angled[rule] ~ /linux/ && name ~ /^(linux|asm)\//)
}

# The table comes first. Guest programs are for each C library, and ask what it has.
FILENAME == "-" && NF == 2 {
    door[$1] = $2
    next
}
FILENAME == "-" {
    directory[++rules] = $1
    quoted[rules] = $2
    angled[rules] = $3
    next
}

FNR == 1 { choose_rule(FILENAME) }

/^[ \t]*#[ \t]*include/ {
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    if (match(name, /^"[^"]*"/)) {
        name = substr(name, 2, RLENGTH - 2)
        if (!may_include(name) || (name ~ /\.\./ && within(FILENAME, "LibOS")) || !may_open(name))
            fault("may not include \"" name "\"")
    } else if (match(name, /^<[^>]*>/)) {
        name = substr(name, 2, RLENGTH - 2)
        if (!may_include_system(name))
            fault("may not include <" name ">")
    } else {
        fault("an include of what only the compiler knows")
    }
}

/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([ \t]|$)/ {
    condition = $0
    sub(/^[ \t]*#[ \t]*[a-z]+[ \t]*/, "", condition)
    if (FILENAME ~ /\.h$/ && $0 ~ /ifndef/ && !guarded[FILENAME]++) {
        if (condition != guard && !(in_host && ("_" condition) ~ ("_" short "$")))
            fault("the header guard is to be " guard)
    } else if (directory[rule] != "LibOS/test" && condition !~ /^(__ASSEMBLER__|NDEBUG)$/) {
        fault("no #if but on __ASSEMBLER__ and NDEBUG: the build chooses files")
    }
}

END {
    for (i = 2; i < ARGC; i++)
        if (ARGV[i] ~ /\.h$/ && !guarded[ARGV[i]]) {
            print ARGV[i] ": no header guard"
            faults++
        }
    exit faults > 0
}
' - "$@"
