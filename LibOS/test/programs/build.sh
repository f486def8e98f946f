#!/bin/sh
# SPDX-License-Identifier: MIT
# make, gcc, as, ld and ar build a small project and test it.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

# A dozen files that are a library, a program, and a test of both.
project() {
    mkdir src
    for n in 0 1 2 3 4 5 6 7 8 9 10 11; do
        cat >src/part$n.c <<END
#include <stdio.h>
#include <string.h>
#include "parts.h"
int part$n(int x)
{
    char buffer[32];
    snprintf(buffer, sizeof(buffer), "%d", x * $n + PART_BASE);
    return (int)strlen(buffer) + x;
}
END
    done
    {
        echo '#define PART_BASE 1000'
        for n in 0 1 2 3 4 5 6 7 8 9 10 11; do echo "int part$n(int x);"; done
    } >src/parts.h
    cat >src/main.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include "parts.h"
int main(int count, char **words)
{
    int x = count > 1 ? atoi(words[1]) : 0;
    x = part11(part10(part9(part8(part7(part6(part5(part4(part3(part2(part1(part0(x))))))))))));
    printf("%d\n", x);
    return x > 100;
}
END
    cat >Makefile <<'END'
objects := $(patsubst %,src/part%.o,0 1 2 3 4 5 6 7 8 9 10 11)
CFLAGS := -O1 -Wall -Isrc
all: program shared static
program: src/main.o libparts.a
	$(CC) $^ -o $@
static: src/main.o libparts.a
	$(CC) -static $^ -o $@
libparts.a: $(objects)
	$(AR) rcsD $@ $^
libparts.so: $(objects:.o=.pic.o)
	$(CC) -shared $^ -o $@
shared: src/main.o libparts.so
	$(CC) $< -L. -lparts -Wl,-rpath,'$$ORIGIN' -o $@
%.pic.o: %.c src/parts.h
	$(CC) $(CFLAGS) -fPIC -c $< -o $@
%.o: %.c src/parts.h
	$(CC) $(CFLAGS) -c $< -o $@
check: all
	./program 5; ./static 5; ./shared 5; ./program 5000 || echo large
	test "$$(./program 1)" = "$$(./static 1)"
clean:
	rm -f src/*.o program static shared libparts.*
fail:
	@echo before; exit 3
count := $(shell ls src | wc -l)
count:
	@echo $(count)
.PHONY: all check clean fail count
END
}
prepare=project

script() {
    same "$1" sh -c "$2"
}

script 'gcc: a program' 'gcc -O2 src/*.c -o p && ./p 7'
script 'gcc -pipe' 'gcc -pipe -O2 src/*.c -o p && ./p 7'
script 'gcc -E, -S, as, ld' 'gcc -E -P src/main.c | gcc -S -Isrc -x c - -o main.s && as main.s -o main.o && ld -r main.o -o again.o && nm again.o'
script 'gcc: an error' 'echo "int main(void) { return undeclared; }" >bad.c; gcc bad.c; echo $?; echo "int f(void); int main(void) { return f(); }" | gcc -x c - 2>&1 | grep -c "undefined reference"'
script 'gcc -flto -O2' 'gcc -flto=2 -O2 src/*.c -o p && ./p 7'
script 'g++' 'printf "#include <iostream>\nint main() { std::cout << 42 << std::endl; }\n" >m.cc; g++ m.cc -o m && ./m'
# Make prints in the order in which what it started in parallel ended.
script 'make -j4' 'make -j4 >log 2>&1; echo $?; sort log; rm log'
script 'make -j4 check' 'make -s -j4 all && make -s check'
script 'make: nothing left to do' 'make -s -j2; make; touch -d "+1 hour" src/part3.c; make -n program; make clean'
script 'make: a failure' 'make fail; echo $?; make -k nothing count; echo $?'
script 'make in make' 'printf "all:\n\t+\$(MAKE) -C src -j2 -f ../inner x y\n" >outer; printf "x y: ; @echo \$@ >\$@\n" >inner; make -s -j3 -f outer; cat src/x src/y'
script 'ar, ranlib, strip, objcopy, size' 'gcc -g -c src/part1.c -o a.o; ar rcD l.a a.o; ranlib -D l.a; ar t l.a; strip -g a.o; objcopy -O binary -j .text a.o text; objdump -d a.o | grep -c call; size a.o | tail -n 1'
finish
