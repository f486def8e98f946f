#!/bin/sh
# SPDX-License-Identifier: MIT
# sqlite3: statements, 100,000 inserts, journals, locks, and a crash in the middle of a transaction.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
seconds=400 # what is written goes to the disk

sql() {
    same "sqlite3: $1" sqlite3 -batch data.db "$2"
}

prepare_data() {
    sqlite3 data.db 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t SELECT value, "row " || value FROM generate_series(1, 1000);'
}

# one row for each number up to $1, as one statement each
inserts() {
    awk -v count="$1" 'BEGIN {
        print "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL);\nBEGIN;"
        for (i = 1; i <= count; i++)
            printf "INSERT INTO t VALUES(%d, '\''name %d'\'', %d.%d);\n", i, i * 7919 % 100003, i, i % 10
        print "COMMIT;\nCREATE INDEX names ON t(name);\nSELECT count(*), sum(id), avg(value), min(name), max(name) FROM t;"
        print "SELECT * FROM t WHERE name = '\''name 42'\'';\nPRAGMA integrity_check;"
    }'
}
inserts 100000 >"$work/inserts.sql"

same 'sqlite3: in memory' sqlite3 :memory: 'SELECT sqlite_version() <> "", 6 * 7, hex(zeroblob(4)), upper("abc"), round(3.14159, 2);'
input=$work/inserts.sql
same 'sqlite3: 100,000 inserts' sqlite3 -batch data.db
{ echo 'PRAGMA journal_mode=WAL; PRAGMA mmap_size=67108864;' && cat "$work/inserts.sql"; } >"$work/wal.sql"
input=$work/wal.sql
same 'sqlite3: 100,000 inserts, WAL and mmap' sqlite3 -batch data.db
input=/dev/null

prepare=prepare_data
sql 'select' 'SELECT count(*), sum(a), group_concat(b, ",") FROM t WHERE a % 100 = 0;'
sql 'each statement a transaction' 'CREATE TABLE s(x); INSERT INTO s VALUES(1); INSERT INTO s VALUES(2); DELETE FROM s WHERE x = 1; SELECT * FROM s;'
sql 'rollback' 'BEGIN; DELETE FROM t; ROLLBACK; SELECT count(*) FROM t;'
sql 'WAL' 'PRAGMA journal_mode=WAL; INSERT INTO t(b) VALUES("wal"); SELECT count(*) FROM t; PRAGMA wal_checkpoint(TRUNCATE);'
sql 'WAL with exclusive locks' 'PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; INSERT INTO t(b) VALUES("x"); SELECT max(a) FROM t;'
sql 'vacuum' 'DELETE FROM t WHERE a > 10; VACUUM; SELECT count(*), sum(a) FROM t; PRAGMA page_count;'
sql 'mmap' 'PRAGMA mmap_size=1048576; SELECT count(*) FROM t; UPDATE t SET b = "changed"; SELECT DISTINCT b FROM t;'
sql 'full text search' 'CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f SELECT b FROM t; SELECT count(*) FROM f WHERE f MATCH "500";'
sql 'JSON and windows' 'SELECT json_extract(json_group_array(a), "$[10]"), (SELECT sum(s) FROM (SELECT sum(a) OVER (ORDER BY a ROWS 2 PRECEDING) AS s FROM t)) FROM t;'
sql 'temporary tables' 'PRAGMA temp_store=FILE; CREATE TEMP TABLE u AS SELECT * FROM t; CREATE INDEX temp.i ON u(b); SELECT count(*) FROM u ORDER BY 1;'
sql 'an error' 'SELECT * FROM missing;'
sql 'dump' '.dump'
sql 'import and export' '.mode csv
.output out.csv
SELECT * FROM t LIMIT 5;
.output stdout
.import out.csv again
SELECT count(*) FROM again;'
sql 'backup' '.backup copy.db'
sql 'attach' 'ATTACH "other.db" AS o; CREATE TABLE o.x AS SELECT a FROM t; SELECT sum(a) FROM o.x;'
prepare=:

# Three processes write into one database; then one of them is killed.
cat >"$work/writers" <<'END'
sqlite3 -batch data.db "PRAGMA journal_mode=$1; CREATE TABLE t(who, n);"
statements() {
    awk -v who="$1" -v count="$2" 'BEGIN {
        print ".timeout 100000\nPRAGMA synchronous=OFF;"
        for (i = 1; i <= count; i++)
            print "INSERT INTO t VALUES(" who ", " i ");"
    }'
}
for i in 1 2 3; do
    statements $i 1000 | sqlite3 -batch data.db &
done
wait
sqlite3 -batch data.db 'SELECT who, count(*), sum(n) FROM t GROUP BY who; PRAGMA integrity_check;'
mkfifo wait
# It waits for those who only ask, who hold the lock for a moment, too.
sh -c 'echo $$ >pid; exec sqlite3 -batch data.db ".timeout 100000" "BEGIN IMMEDIATE; INSERT INTO t VALUES(4, 4);" ".read wait"' &
until sqlite3 -batch data.db 'BEGIN IMMEDIATE; ROLLBACK;' 2>&1 | grep locked; do
    sleep 0.05
done
statements 5 10 | sqlite3 -batch data.db &
kill -s KILL "$(cat pid)"
wait
rm wait pid
sqlite3 -batch data.db 'SELECT who, count(*), sum(n) FROM t GROUP BY who; PRAGMA integrity_check;'
rm -f data.db*
END
input=$work/writers
same 'sqlite3: three writers, rollback journal' sh -s delete
same 'sqlite3: three writers, WAL' sh -s wal
input=/dev/null

# A writer that dies in the middle: what it had committed before is there, and nothing of the transaction that it had begun.
crash() { # name, journal mode
    rm -rf "$work/crash" && mkdir "$work/crash" && cd "$work/crash" || exit 1
    {
        echo "PRAGMA journal_mode=$2; CREATE TABLE t(a, b); INSERT INTO t SELECT value, hex(randomblob(100)) FROM generate_series(1, 2000);"
        echo "SELECT 'committed';"
        echo "PRAGMA cache_size=10; BEGIN; UPDATE t SET b = 'half done';"
        echo "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT x, hex(randomblob(100)) FROM c;"
    } >statements
    "$pal_loader" -- sqlite3 -batch data.db <statements >out 2>err &
    writer=$!
    waited=0
    while ! grep -q committed out && [ $((waited += 1)) -lt 2000 ]; do
        sleep 0.05
    done
    while [ ! -s data.db-journal ] && [ ! -s data.db-wal ] && [ $((waited += 1)) -lt 4000 ]; do
        sleep 0.05
    done
    sleep 0.5
    kill -s KILL "$writer" 2>/dev/null
    wait "$writer" 2>/dev/null
    journal=no
    [ ! -s data.db-journal ] && [ ! -s data.db-wal ] || journal=yes
    answer=$("$pal_loader" -- sqlite3 -batch data.db 'PRAGMA integrity_check; SELECT count(*), sum(b = "half done") FROM t;' 2>&1 | paste -s -d ' ')
    if [ "$journal $answer" = 'yes ok 2000|0' ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        echo "# a journal was left: $journal; afterwards: $answer; $(tail -n 3 err)"
    fi
    cd "$work" || exit 1
}
crash 'sqlite3: killed in a transaction, rollback journal' delete
crash 'sqlite3: killed in a transaction, WAL' wal
finish
