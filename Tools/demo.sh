#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: a short tour, with the commands that do it: a program for the Host ABI, then programs of Debian on the library OS.
set -eu
cd "$(dirname "$0")/.."
exec </dev/null # whatever was there, or nothing

work=build/demo
rm -rf "$work"
mkdir -p "$work"
cat >"$work/hello.manifest" <<'END'
# what to run, and the program's own name for itself
loader.exec = file:Pal/test/HelloWorld
loader.execname = hello
END
cat >"$work/report.py" <<'END'
import collections, hashlib, json, sqlite3, threading, zlib

text = open("/usr/share/common-licenses/GPL-3").read()
words = collections.Counter(word.strip('.,;:()"').lower() for word in text.split())
print("most frequent words:", json.dumps(dict(words.most_common(5))))

results = {}
def digest(name):
    results[name] = hashlib.new(name, text.encode()).hexdigest()[:16]
threads = [threading.Thread(target=digest, args=(name,)) for name in ("md5", "sha1", "sha256")]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("digests by three threads:", dict(sorted(results.items())))
print("compressed to", round(100 * len(zlib.compress(text.encode())) / len(text)), "%")

database = sqlite3.connect("words.db")
database.execute("CREATE TABLE words(word TEXT, count INTEGER)")
with database:
    database.executemany("INSERT INTO words VALUES(?, ?)", words.items())
print("words.db has", *database.execute("SELECT count(*) FROM words").fetchone(), "words")
END

title() {
    printf '\n##### %s #####\n\n' "$1"
}

show() {
    echo "\$ $*"
    "$@"
    echo
}

title 'A program for the 44 calls of the Host ABI'
show Runtime/pal-Linux Pal/test/HelloWorld
show cat "$work/hello.manifest"
show Runtime/pal-Linux "$work/hello.manifest"

title 'Programs of this Debian, as they are, on the library OS'
loader=$PWD/Runtime/pal_loader
cd "$work"
echo "\$ alias run='Runtime/pal_loader --'"
run() {
    echo "\$ run $*"
    "$loader" -- "$@"
    echo
}
run uname -srm
# shellcheck disable=SC2016 # for the other bash
run bash -c 'for i in 1 2 3; do echo "$i squared is $((i * i))"; done; : >/usr/x || echo "and the system is read-only"'
run perl -MPOSIX=floor -e 'printf "perl %vd: the golden ratio is about %.6f\n", $^V, (1 + sqrt 5) / 2'
show cat report.py
run /usr/bin/python3 report.py
run sqlite3 -box words.db 'SELECT length(word) AS letters, count(*) AS words, max(count) AS most FROM words WHERE word <> "" GROUP BY 1 ORDER BY 2 DESC LIMIT 5;'

# Many processes: a shell, its pipelines, a compiler.
cat >tour.sh <<'END'
grep -o -i -w 'licen[cs]e[a-z]*' /usr/share/common-licenses/GPL-3 | tr A-Z a-z | sort | uniq -c | sort -rn | head -n 3
cat >primes.c <<'C'
#include <stdio.h>
int main(void)
{
    for (int n = 2; n < 100; n++) {
        int d = 2;
        while (n % d) d++;
        if (d == n) printf("%d ", n);
    }
    puts("");
    return 0;
}
C
gcc -O2 -Wall primes.c -o primes && ./primes | fold -s -w 40
for n in 1 2 3; do (echo "child $n of process $$ ends" >job.$n) & done
wait && cat job.*
END
show cat tour.sh
run bash tour.sh
