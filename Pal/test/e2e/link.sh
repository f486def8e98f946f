#!/bin/sh
# SPDX-License-Identifier: MIT
# link.sh: what the Host ABI guarantees when programs and loaders are linked.
# shellcheck source=/dev/null disable=SC2154 # lib.sh sets them
. "$(dirname "$0")/lib.sh"

# variable name...: what make knows by these names
variables() {
    for name; do
        MAKEFLAGS='' make -s --no-print-directory -C "$root" --eval="e2e-say:; @echo '\$($name)'" e2e-say
    done
}
CC=$(variables CC)
base="-O2 -ffreestanding -fno-stack-protector -nostdlib -Wl,-z,defs -Wl,--no-dynamic-linker -I$root/Pal/include"

# link flag... file...: link a program named program
link() {
    # shellcheck disable=SC2086 # flags
    run $CC $base "$@" "$root/Runtime/libpal.abi.so" -o program
}

# fails name text...: the last run failed, and said all of these texts
fails() {
    name=$1
    shift
    why=
    [ "$code" -gt 0 ] || why="it succeeded; "
    for text; do
        grep -q -F -e "$text" out err || why="${why}it does not say '$text'; "
    done
    check "$name${why:+: $why}" [ -z "$why" ]
}

##### Programs #####

# All names, and nothing but them: the program returns how many addresses it has got.
awk -f "$root/Tools/abi-names.awk" "$root/Pal/include/pal.abi" >names
{
    printf '.data\nfirst:\n'
    sed 's/^/.quad /' names
    cat <<'END'
last: .text
.globl _start
_start: leaq first(%rip), %rsi
    leaq last(%rip), %rdi
    xorl %eax, %eax
1:  cmpq $1, (%rsi)
    sbbl $-1, %eax
    addq $8, %rsi
    cmpq %rdi, %rsi
    jne 1b
    jmp *%rcx
.section .note.GNU-stack, "", @progbits
END
} >all.S
for kind in -pie -no-pie; do
    link $kind all.S
    check "$kind: all names of the ABI link" [ "$code" -eq 0 ]
    run "$pal" program
    expect "$kind: and get an address" "$(wc -l <names)" ''
done

cat >outsider.c <<'END'
int DkCoffeeMake(int cups);
void _start(void);
void _start(void) { DkCoffeeMake(2); }
END
for kind in -pie -no-pie -shared; do
    link $kind -fPIC outsider.c
    fails "$kind: a call of what is not in the ABI does not link" DkCoffeeMake
done
for kind in '-pie -fpie' '-no-pie -fno-pic'; do
    # shellcheck disable=SC2086 # flags
    link $kind "$root/Runtime/pal_crt.o" "$root/Pal/test/e2e/copied.c"
    fails "$kind: a copy of pal_control does not link" pal_control
done
for kind in '-pie -fPIC' '-no-pie -fPIC'; do
    # shellcheck disable=SC2086 # flags
    link $kind "$root/Runtime/pal_crt.o" "$root/Pal/test/e2e/copied.c"
    run "$pal" program
    expect "$kind: a use of pal_control through the GOT does" 0 ''
done

##### Loaders #####

# loader map object...: link a loader from these objects, with this version script
loader() {
    map=$1
    shift
    # shellcheck disable=SC2046 # flags
    (cd "$root" && variables LDFLAGS.Linux link_loader | sed "s|$root/||g;s|build/abi/pal.map|$map|;s|-T,mk/|-T,$root/mk/|g") >flags
    # shellcheck disable=SC2046 # flags
    run $CC $(cat flags) "$@" -o loader
}
objects=
for object in $(variables generic_objects objects.Linux); do
    objects="$objects $root/$object"
done
awk -f "$root/Tools/abi-pal.map.awk" "$root/Pal/include/pal.abi" >pal.map
exports=$root/Tools/check-exports.sh

# shellcheck disable=SC2086 # names of files
{
    loader "$work/pal.map" $objects
    check 'the loader links' [ "$code" -eq 0 ]
    run ./loader "$hello"
    expect 'and works' 0 'Hello World'
    run "$exports" loader names loader
    check 'and exports what it should' [ "$code" -eq 0 ]
    run "$exports" objects names $objects
    check 'no object exports more' [ "$code" -eq 0 ]
}

# A function is missing.
mkdir less
for object in $objects; do
    objcopy --redefine-sym DkStreamRead=dk_stream_read "$object" "less/$(echo "$object" | tr / _)"
done
loader "$work/pal.map" less/*
fails 'a loader without DkStreamRead does not link' DkStreamRead

# The list has one more than the objects.
sed 's/    DkStreamRead;/&\n    DkCoffeeMake;/' pal.map >more.map
# shellcheck disable=SC2086 # names of files
loader "$work/more.map" $objects
fails 'a loader without a function that is in the list does not link' DkCoffeeMake

# The objects have one more than the list, and the script that links lets it through.
echo 'int DkCoffeeMake(int cups); int DkCoffeeMake(int cups) { return cups; }' >coffee.c
$CC -fPIC -c coffee.c -o coffee.o
run "$exports" objects names coffee.o
fails 'an object that exports another function is refused' DkCoffeeMake
$CC -fPIC -fvisibility=hidden -c coffee.c -o coffee.o
run "$exports" objects names coffee.o
check 'one that keeps it to itself is not' [ "$code" -eq 0 ]
$CC -fPIC -c coffee.c -o coffee.o
# shellcheck disable=SC2086 # names of files
loader "$work/more.map" $objects coffee.o -Wl,--no-gc-sections
check 'a loader with one more export can be linked by force' [ "$code" -eq 0 ]
run "$exports" loader names loader
fails 'and is refused' DkCoffeeMake
check 'and removed' [ ! -e loader ]
grep -v DkStreamRead pal.map >less.map
# shellcheck disable=SC2086 # names of files
loader "$work/less.map" $objects
run "$exports" loader names loader
fails 'a loader with one export less is refused' DkStreamRead

##### The list itself #####

# table edit: compile the resolver's table from an edited list
table() {
    sed "$1" "$root/Pal/include/pal.abi" >pal.abi
    awk -f "$root/Tools/abi-pal_abi_table.c.awk" pal.abi >table.c
    run "$CC" -std=c11 -I"$root/Pal/include" -I"$root/Pal/lib" -I"$root/Pal/src" -c table.c -o table.o
}
table ''
check 'the table of names compiles' [ "$code" -eq 0 ]
table '$ s|$|\nDkCoffeeMake T|'
fails 'a name without a prototype does not compile' DkCoffeeMake
table '/DkStreamRead/d'
fails 'a name less does not' PAL_ABI_COUNT
table 's/^pal_control  *D.*/pal_control D 8/'
fails 'data of another size does not' 'size of pal_control'

finish
