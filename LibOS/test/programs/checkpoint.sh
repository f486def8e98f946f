#!/bin/sh
# SPDX-License-Identifier: MIT
# Checkpoints: processes go on from images as if nothing had happened, and what is no image is refused with one line.
# shellcheck source=/dev/null disable=SC2154 # lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
programs=$root/LibOS/test/programs

# check name expected-output expected-code command...: what a command prints and its exit code
check() {
    name=$1 expected=$2 code=$3
    shift 3
    timeout -k 2 "$seconds" "$@" <"$input" >out 2>err
    got=$?
    printf '%s' "$expected" >wanted
    if [ $got = "$code" ] && cmp -s out wanted; then
        result ok "$name"
    else
        result 'not ok' "$name"
        { echo "exit code $got, not $code"; diff out wanted; head -n 12 err; } | sed 's/^/# /'
    fi
}

resume() { # name expected-output expected-code image [option]...
    name=$1 expected=$2 code=$3 image=$4
    shift 4
    check "$name" "$expected" "$code" "$pal_loader" "$@" --resume "$image"
}

# refused name image [option]...: one line, and nothing else
refused() {
    name=$1 image=$2
    shift 2
    timeout -k 2 "$seconds" "$pal_loader" "$@" --resume "$image" <"$input" >out 2>err
    got=$?
    # 1: the loader says so
    if { [ $got = 127 ] || [ $got = 1 ]; } && [ ! -s out ] && [ "$(wc -l <err)" = 1 ]; then
        result ok "$name: $(sed 's/^libos: file://; s/^pal: [^:]*: //' err)"
    else
        result 'not ok' "$name"
        { echo "exit code $got"; head -n 5 out; head -n 5 err; } | sed 's/^/# /'
    fi
}

nl='
'
##### One of everything
if cc -O1 -o state "$programs/checkpoint.c" -lm 2>err; then
    check 'a process with one of everything is written' "saved$nl" 0 "$pal_loader" ./state "$work/state.image"
    for again in 1 2; do
        rm -rf names.kept && cp -R names names.kept && cp writing writing.kept
        timeout "$seconds" "$pal_loader" --resume state.image </dev/null >out 2>err
        code=$?
        if [ $code = 7 ] && ! grep -q lost out && grep -q 'the working directory' out; then
            result ok "it goes on, time $again"
        else
            result 'not ok' "it goes on, time $again"
            { echo "exit code $code"; grep lost out; head -n 12 err; } | sed 's/^/# /'
        fi
        cp writing.kept writing
    done
    resume 'contents are compared, too' "$(cat out)$nl" 7 state.image -k sys.checkpoint.verify=true
    cp writing.kept writing

    cp -p reading reading.kept
    echo changed >>reading
    refused 'a file has changed' state.image
    rm reading
    refused 'a file is missing' state.image
    mv reading.kept reading
    rm -rf names.kept && mv names names.kept
    refused 'a directory is missing' state.image
    mv names.kept names

    # every part of the image: cut off, and altered. With its contents compared that is always seen, or of no consequence.
    size=$(wc -c <state.image)
    rounds=${CHECKPOINT_ROUNDS:-25} bad=0
    awk -v size="$size" -v rounds="$rounds" -v seed="${CHECKPOINT_SEED:-1}" 'BEGIN {
        srand(seed)
        for (i = 0; i < rounds; i++) {
            print "cut", int(rand() * size)
            # headers and tables more often than what lies between
            print "alter", int(rand() < 0.3 ? rand() * 4096 : rand() < 0.5 ? size - 1 - rand() * 8192 : rand() * size)
        }
    }' >faults
    while read -r kind place; do
        cp writing.kept writing
        if [ "$kind" = cut ]; then
            head -c "$place" state.image >bad.image
        else
            cp state.image bad.image
            byte=$(od -An -tu1 -j "$place" -N 1 bad.image)
            # shellcheck disable=SC2059 # the byte
            printf "\\$(printf %o $(((byte + 77) % 256)))" | dd of=bad.image bs=1 seek="$place" conv=notrunc 2>/dev/null
        fi
        timeout -k 2 "$seconds" "$pal_loader" -k sys.checkpoint.verify=true --resume bad.image </dev/null >out 2>err
        code=$?
        if ! { [ $code = 127 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ]; } && ! { [ $code = 7 ] && ! grep -q lost out; }; then
            bad=$((bad + 1))
            { echo "$kind at $place: exit code $code"; head -n 3 err; } | sed 's/^/# /'
        fi
    done <faults
    cp writing.kept writing
    if [ $bad = 0 ]; then
        result ok "$((rounds * 2)) images that are cut off or altered"
    else
        result 'not ok' "$bad of $((rounds * 2)) images that are cut off or altered"
    fi
    rm -f bad.image
else
    skip 'a process with one of everything' 'no compiler'
fi
: >empty.image
refused 'an empty file' empty.image
echo 'this is text' >text.image
refused 'a text' text.image
refused 'a directory' .
refused 'no file' missing.image

##### python
cat >counting.py <<'END'
import os, random, sys
random.seed(5)
numbers = [random.random() for _ in range(10000)]
table = {n: str(n) for n in range(10000)}
device = os.open('/dev/checkpoint', os.O_RDWR)
os.write(device, b'counting.image\n')
state = os.read(device, 100).decode().strip()
print(state, round(sum(numbers), 6), table[777], random.random(), flush=True)
sys.exit(3 if state == 'resumed' else 4)
END
if [ -x /usr/bin/python3 ]; then
    /usr/bin/python3 - >wanted.counting <<'END'
import random
random.seed(5)
numbers = [random.random() for _ in range(10000)]
print(round(sum(numbers), 6), 777, random.random())
END
    check 'python writes itself' "saved $(cat wanted.counting)$nl" 4 "$pal_loader" /usr/bin/python3 counting.py
    resume 'and goes on' "resumed $(cat wanted.counting)$nl" 3 counting.image
    resume 'as often as one likes' "resumed $(cat wanted.counting)$nl" 3 counting.image
    mkdir elsewhere && cd elsewhere || exit 1
    resume 'from another directory' "resumed $(cat ../wanted.counting)$nl" 3 ../counting.image
    cd ..

    echo 'import json, re, collections' >start.py
    check 'python is written when it reads its input' '' 0 "$pal_loader" --checkpoint python.image /usr/bin/python3 -
    echo 'import sys; print(sum(range(101)), sys.argv); sys.exit(9)' >program
    input=program
    resume 'and runs what it is given then' "5050 ['-']$nl" 9 python.image
    echo 'print(input())' >program
    resume 'without input' '' 1 python.image
    input=/dev/null

    cat >threads.py <<'END'
import os, threading
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
device = os.open('/dev/checkpoint', os.O_WRONLY)
try:
    os.write(device, b'threads.image')
except OSError as error:
    print(error.strerror)
stop.set()
thread.join()
end, hold = os.pipe()
child = os.fork()
if child == 0:
    os.close(hold)
    os.read(end, 1)
    os._exit(0)
try:
    os.write(device, b'threads.image')
except OSError as error:
    print(error.strerror)
os.close(hold)
os.close(end)
os.waitpid(child, 0)
print(os.write(device, b'threads.image'))
END
    check 'not with threads or children' "Device or resource busy${nl}Device or resource busy${nl}13$nl" 0 "$pal_loader" /usr/bin/python3 -u threads.py
    resume 'but after them' "13$nl" 0 threads.image
    cat >twice.py <<'END'
import os
device = os.open('/dev/checkpoint', os.O_WRONLY)
memory = os.memfd_create('memory')
again = os.open('/proc/self/fd/%d' % memory, os.O_RDONLY)
os.write(memory, b'kept')
try:
    os.write(device, b'twice.image')
except OSError as error:
    print(error.strerror)
os.close(again)
os.write(device, b'twice.image')
print(os.pread(memory, 9, 0).decode())
END
    check 'not with a memfd that is open twice' "Operation not supported${nl}kept$nl" 0 "$pal_loader" /usr/bin/python3 -u twice.py
    resume 'but with one' "kept$nl" 0 twice.image
    cat >errors.py <<'END'
import os
device = os.open('/dev/checkpoint', os.O_WRONLY)
for name in [b'', b'\n', b'a\0b', b'x' * 5000, b'missing/image', b'/proc/self/status', b'/tmp/image', b'.']:
    try:
        print(os.write(device, name))
    except OSError as error:
        print(error.strerror)
END
    check 'names that are refused' "0${nl}Invalid argument${nl}Invalid argument${nl}File name too long${nl}No such file or directory${nl}Permission denied${nl}Operation not supported${nl}Is a directory$nl" 0 "$pal_loader" /usr/bin/python3 errors.py
else
    skip 'python' 'no /usr/bin/python3'
fi

##### bash and sqlite
if command -v bash >/dev/null; then
    # shellcheck disable=SC2016 # for the other shell
    script='x=(one two three); echo bash.image >/dev/checkpoint; read -r state </dev/checkpoint; echo "$state ${x[1]} $((6 * 7))"'
    check 'bash writes itself' "saved two 42$nl" 0 "$pal_loader" bash -c "$script"
    resume 'and goes on' "resumed two 42$nl" 0 bash.image
fi
if command -v sqlite3 >/dev/null; then
    echo 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (39);' >init.sql
    check 'sqlite is written' '' 0 "$pal_loader" --checkpoint sqlite.image sqlite3 -init init.sql -batch :memory:
    echo 'SELECT sum(a) FROM t;' >query
    input=query
    resume 'with a database in memory' "42$nl" 0 sqlite.image
    input=/dev/null
fi
finish
