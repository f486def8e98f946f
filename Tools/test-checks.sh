#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows, in TAP, that check-layers.sh, check-source.sh and check-artefacts.sh find what they look for: each case puts one
# fault into a small tree that is otherwise clean.
set -u

tree=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d "${TMPDIR:-/tmp}/test-checks.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
spdx='/* SPDX-License-Identifier: MIT */'
number=0 failures=0

mkdir -p Pal/lib Pal/src/arch/x86_64 Pal/src/host/Linux Pal/test LibOS/src/fs LibOS/src/mm LibOS/src/tmpfs Tools mk Runtime build/generic
cp "$tree"/Tools/*.sh "$tree"/Tools/*.awk Tools/
cp -R "$tree/Pal/include" Pal/
printf '%s\n#ifndef PAL_LIB_A_H\n#define PAL_LIB_A_H\n#endif\n' "$spdx" >Pal/lib/a.h
printf '%s\n#ifndef PAL_SRC_CORE_H\n#define PAL_SRC_CORE_H\n#endif\n' "$spdx" >Pal/src/core.h
printf '%s\n#ifndef PAL_SRC_HOST_LINUX_H_H\n#define PAL_SRC_HOST_LINUX_H_H\n#endif\n' "$spdx" >Pal/src/host/Linux/h.h
printf '%s\n#ifndef LIBOS_SRC_FS_H_H\n#define LIBOS_SRC_FS_H_H\n#endif\n' "$spdx" >LibOS/src/fs/h.h
printf '%s\n#include "fs/h.h"\n' "$spdx" >LibOS/src/tmpfs/a.c
echo '# SPDX-License-Identifier: MIT a.c b.c' >mk/sources.mk

# result description: the test passes if the last command has succeeded
result() {
    if [ $? -eq 0 ]; then
        verdict=ok
    else
        verdict='not ok'
        failures=$((failures + 1))
    fi
    number=$((number + 1))
    echo "$verdict $number - $1"
    [ "$verdict" = ok ] || sed 's/^/# /' output
}

# finds text check...: the check fails and says so
finds() {
    text=$1
    shift
    ! "$@" >output 2>&1 && grep -q -F -e "$text" output
}

# bad check file line text: with this line in the file, the check says the text
bad() {
    check=$1 file=$2 line=$3 text=$4
    [ ! -e "$file" ] || cp "$file" kept
    [ -e "$file" ] || echo "$spdx" >"$file"
    printf '%b\n' "$line" >>"$file"
    finds "$text" "Tools/$check"
    result "$check: $file: $text"
    if [ -e kept ]; then
        mv kept "$file"
    else
        rm "$file"
    fi
}

for check in check-layers.sh check-source.sh; do
    "Tools/$check" >output 2>&1
    result "$check: a clean tree"
done

bad check-layers.sh Pal/lib/a.c '#include "pal.h"' 'may not include "pal.h"'
bad check-layers.sh Pal/lib/a.c '#include "core.h"' 'may not include "core.h"'
bad check-layers.sh Pal/lib/a.c '#include <string.h>' 'may not include <string.h>'
bad check-layers.sh Pal/lib/a.h '#include <stdio.h>' 'may not include <stdio.h>'
bad check-layers.sh Pal/src/a.c '#include "h.h"' 'may not include "h.h"'
bad check-layers.sh Pal/src/a.c '#include "host/Linux/h.h"' 'may not include "host/Linux/h.h"'
bad check-layers.sh Pal/src/a.c '#  include <errno.h>' 'may not include <errno.h>'
bad check-layers.sh Pal/src/host/Linux/a.c '#include <stdlib.h>' 'may not include <stdlib.h>'
bad check-layers.sh Pal/test/a.c '#include "core.h"' 'may not include "core.h"'
bad check-layers.sh LibOS/src/a.c '#include "../../Pal/src/core.h"' 'may not include'
bad check-layers.sh LibOS/src/mm/a.c '#include "fs/h.h"' 'may not include "fs/h.h"'
bad check-layers.sh LibOS/src/a.c '#include <stdlib.h>' 'may not include <stdlib.h>'
bad check-layers.sh Pal/src/a.c '#include HEADER' 'what only the compiler knows'
bad check-layers.sh Pal/src/a.c '#ifdef __linux__\n#endif' 'no #if'
bad check-layers.sh Pal/src/host/Linux/a.c '#if defined(__x86_64__)\n#endif' 'no #if'
bad check-layers.sh Pal/lib/b.h '#ifndef B_H\n#define B_H\n#endif' 'the header guard is to be PAL_LIB_B_H'
bad check-layers.sh Pal/lib/b.h 'int b;' 'no header guard'

long=$(yes '    ;' | head -n 99)
longest=$(yes 'int a;' | head -n 501)
bad check-source.sh Pal/lib/a.c "int main(void)\n{\n$long\n}" 'Pal/lib/a.c:2: main: 102 lines'
bad check-source.sh Pal/lib/a.c "$longest" 'Pal/lib/a.c: 502 lines'
bad check-source.sh Pal/lib/a.c 'extern int a;' 'extern belongs into a header'
bad check-source.sh Pal/lib/a.c '#if 0\n#endif' 'git remembers'
bad check-source.sh Pal/lib/a.c '    goto again;' 'goto leads'
bad check-source.sh Pal/lib/a.c '/* TO''DO */' 'to be done'
bad check-source.sh Pal/lib/forgotten.c '' 'in no list of sources'
bad check-source.sh Pal/include/pal.abi 'DkOneMore T' 'there are 45 calls'
sed -i 's/SPDX/XDPS/' Pal/lib/a.h
finds 'no SPDX line' Tools/check-source.sh
result 'check-source.sh: no SPDX line'

# artefact rule flags...: a program linked with these flags breaks the rule
compiler=${CC:-gcc}
artefact() {
    rule=$1
    shift
    "$compiler" -w program.c -nostdlib -Wl,-z,now "$@" -o program >output 2>&1 &&
        finds "$rule" Tools/check-artefacts.sh program
    result "check-artefacts.sh: $rule"
}

cat >program.c <<'END'
extern int other;
int constant = 1;
const int *const where = &constant;
void _start(void)
{
    TEXT
}
END
echo 'int other = 1;' >other.c
"$compiler" -shared -nostdlib -Wl,-soname,libpal.so other.c -o libother.so
good='-fPIE -pie -Wl,--no-dynamic-linker -Wl,-z,relro -Wl,-z,noexecstack -Wl,--no-as-needed libother.so'
# shellcheck disable=SC2086 # flags
{
    "$compiler" -w program.c -DTEXT= -nostdlib -Wl,-z,now $good -o program && Tools/check-artefacts.sh program >output 2>&1
    result 'check-artefacts.sh: a clean program'
    artefact 'a segment is writable and executable' -DTEXT= $good -Wl,-N
    artefact 'it names an interpreter' -DTEXT= $good -Wl,--dynamic-linker=/lib/ld.so
    artefact 'its stack is not said to be without execution' -DTEXT= $good -Wl,-z,execstack
    artefact 'nothing is read-only after relocation' -DTEXT= $good -Wl,-z,norelro
    artefact 'it is not bound when it is loaded' -DTEXT= $good -Wl,-z,lazy
    artefact 'its text has relocations' '-DTEXT=__asm__(".quad constant");' $good -Wl,-z,notext
    artefact 'it copies data of a library' '-DTEXT=other = 2;' -fno-pic -no-pie -Wl,-z,relro -Wl,-z,noexecstack libother.so
    artefact 'it needs no library instead of libpal.so' -DTEXT= ${good% *}
    # shellcheck disable=SC2016 # an immediate value
    for instruction in syscall sysenter 'int $0x80'; do
        artefact 'system call instructions where none may be' "-DTEXT=__asm__(\"$instruction\");" $good
    done
}
mv program pal-Linux
finds 'its exports are not the names in pal.abi' Tools/check-artefacts.sh pal-Linux
result 'check-artefacts.sh: exports of a loader'
finds 'it has no linux_syscall_start' Tools/check-artefacts.sh pal-Linux
result 'check-artefacts.sh: a loader without the one place of system calls'
printf 'const char big[300 * 1024] = {1};\n__asm__("linux_syscall_start: syscall; linux_syscall_end:");\n' >>program.c
# shellcheck disable=SC2086 # flags
"$compiler" -w program.c '-DTEXT=__asm__("syscall");' -nostdlib $good -o pal-Linux
finds 'the limit is 307200' Tools/check-artefacts.sh pal-Linux
result 'check-artefacts.sh: the size of pal-Linux'
[ "$(grep -c 'where none may be: [0-9a-f]*$' output)" -eq 1 ]
result 'check-artefacts.sh: one system call within the limits, one without'
echo 'x.o: Pal/src/host/Linux/h.h' >build/generic/x.d
finds 'made from files of a host' Tools/check-artefacts.sh pal-Linux
result 'check-artefacts.sh: a generic object that knows a host'

echo "1..$number"
[ "$failures" -eq 0 ]
