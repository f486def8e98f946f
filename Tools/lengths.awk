# SPDX-License-Identifier: MIT
# Lengths of C files and functions: above the usual limit a note on stderr, above the hard one a fault on stdout. It reads
# what clang-format leaves: a function's braces, and nothing else's, stand alone in the first column.

function judge(what, lines, usual, hard)
{
    if (lines > hard)
        print what ": " lines " lines, the limit is " hard
    else if (lines > usual)
        print "note: " what ": " lines " lines, the aim is " usual > "/dev/stderr"
}

function judge_file()
{
    if (file ~ /\.c$/)
        judge(file, lines, 300, 500)
    else if (file != "Pal/include/pal.h")
        judge(file, lines, 200, 500)
}

FNR == 1 {
    judge_file()
    file = FILENAME
    first = 0
}

{ lines = FNR }

/^[A-Za-z_].*\(/ {
    signature = FNR
    name = $0
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
}

/^\{/ { first = signature }

/^\}/ && first {
    judge(FILENAME ":" first ": " name, FNR - first + 1, 60, 100)
    first = 0
}

END { judge_file() }
