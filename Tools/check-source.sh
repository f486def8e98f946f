#!/bin/sh
# SPDX-License-Identifier: MIT
# check-source.sh: the rules that can be read from the text of the source. No name of a file has a blank.
set -eu
cd "$(dirname "$0")/.."

files() {
    find . \( -name .git -o -name build -o -name corpus \) -prune -o -type f \( "$@" \) -print | sed 's|^\./||' | LC_ALL=C sort
}

faults=0
# fault what places: nothing if there are no places
fault() {
    [ -n "$2" ] || return 0
    printf '%s:\n%s\n' "$1" "$2"
    faults=1
}

c_files=$(files -name '*.c')
sources=$(files -name '*.[ch]')
text=$(files -name '*.[chS]' -o -name '*.sh' -o -name '*.awk' -o -name '*.mk' -o -name 'Makefile*' -o -name '*.txt' \
    -o -name '*.abi' -o -path './.ci/*' -o -name '.clang-*')

# A source is named where it is built: by its host's Makefile.am, in mk/, in the list of
# regression programs or that of guest programs, or by an end-to-end test. The library OS is
# built of all that its rooms have.
unlisted() {
    for file in $(files -name '*.[cS]'); do
        name=${file##*/}
        case $file in
        LibOS/src/*) continue ;;
        Pal/src/host/*) lists=${file%/*}/Makefile.am ;;
        LibOS/test/guest/*) lists=LibOS/test/tests.list ;;
        LibOS/test/*) lists='mk/*.mk LibOS/test/tests.list' ;;
        *) lists='mk/*.mk Pal/regression/tests.list Pal/test/e2e/*.sh' ;;
        esac
        # shellcheck disable=SC2086 # patterns and a list of names
        grep -s -q -E "(^|[^a-z0-9_])${name%.*}([^a-z0-9_]|$)" $lists || echo "$file"
    done
}

# shellcheck disable=SC2086 # lists of names
{
    fault 'no SPDX line' "$(grep -L 'SPDX-License-Identifier: MIT' $text)"
    fault 'to be done now' "$(grep -n -E '\b(TO[D]O|FIX[M]E|XX[X])\b' $text)"
    fault 'extern belongs into a header' "$(grep -n -E '^ *extern ' $c_files)"
    fault 'git remembers dead code' "$(grep -n -E '^ *# *if +0' $sources)"
    fault 'goto leads to out only' "$(grep -n -E '\bgoto [a-z_]+;' $sources | grep -v 'goto out;')"
    fault 'in no list of sources' "$(unlisted)"
    fault 'too long' "$(awk -f Tools/lengths.awk $sources)"
}

# Each of the 44 calls says how it fails.
fault 'calls without an errors line in pal.h' "$(awk '
    FNR == NR && /^Dk/ { calls++; silent[$1] }
    FNR == NR { next }
    /^\/\*/ { told = 0 }
    /^ \* errors / { told = 1 }
    /^[A-Z].*Dk[A-Za-z]+\(/ || /^void Dk/ {
        match($0, /Dk[A-Za-z]+/)
        if (told)
            delete silent[substr($0, RSTART, RLENGTH)]
        told = 0
    }
    END {
        for (call in silent)
            print call
        if (calls != 44)
            print "there are " calls + 0 " calls, not 44"
    }' Pal/include/pal.abi Pal/include/pal.h)"

exit $faults
