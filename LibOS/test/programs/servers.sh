#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers as people run them, with their clients beside them: they are started, asked, told to read their configuration again,
# and ended. Packages are used that start nothing by themselves when they are installed.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
keys=$network_keys
seconds=400
chmod 711 "$work" # apache's processes have another user if we are root

# A port of the loopback interface that nobody has. Each run has one of its own, since the connections of the run before linger.
with_port='exec 2>/dev/null # the shell says that a server was killed, or not
    port=$(python3 -c "import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])")
    waits() { tries=0; until "$@" >/dev/null 2>&1; do [ $((tries += 1)) -lt 1000 ] || exit 1; sleep 0.1; done; }'
# What they write for themselves is theirs.
files_left() {
    :
}

# serves name script [argument...]: a script that starts a server at $port and talks to it
serves() {
    name=$1 script=$2
    shift 2
    same "$name" sh -c "$with_port
$script" sh "$@"
    [ "$(cat "$work/native.code")" = 0 ] || result 'not ok' "$name: natively"
}

serves 'redis: 20 clients, pipelines, a script, a snapshot by a forked child' '
    ln -s "$(command -v redis-check-rdb)" redis-server # one program, which does what its name says
    ./redis-server --port $port --bind 127.0.0.1 --save "" --dir . --logfile log & server=$!
    ask() { redis-cli -p $port "$@"; }
    waits ask ping
    ask set greeting hello; ask get greeting; ask incrby count 41; ask incr count
    redis-benchmark -p $port -n 5000 -q -c 20 -t set,get,lpush | tr "\r" "\n" | grep -c "requests per second"
    seq 1000 | sed "s/.*/SET key& value&/" | redis-cli -p $port --pipe | tail -n 1
    ask eval "return redis.call(\"get\", KEYS[1]) .. ARGV[1]" 1 key500 "!"
    ask bgsave
    saved() { ask info persistence | grep -q "rdb_bgsave_in_progress:0"; }
    waits saved
    ask info persistence | grep -a -o "rdb_last_bgsave_status:.."
    ask shutdown save
    wait $server; echo "end $?"
    ./redis-server --port $port --bind 127.0.0.1 --dir . --logfile log & server=$!
    waits ask ping
    ask get key1000; ask dbsize
    kill $server; wait $server; echo "end $?"'

apache='
    modules=/usr/lib/apache2/modules
    mkdir www; echo hello >www/index.html; seq 300000 >www/big
    cat >conf <<END
ServerRoot $PWD
ServerName localhost
Listen 127.0.0.1:$port
PidFile $PWD/pid
LoadModule mpm_$1_module $modules/mod_mpm_$1.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule deflate_module $modules/mod_deflate.so
LoadModule filter_module $modules/mod_filter.so
LoadModule dir_module $modules/mod_dir.so
ErrorLog log
Mutex file:$PWD
DocumentRoot $PWD/www
DirectoryIndex index.html
END
    [ "$(id -u)" -ne 0 ] || printf "User nobody\nGroup nogroup\n" >>conf
    setsid /usr/sbin/apache2 -DFOREGROUND -d "$PWD" -f conf & server=$!
    get() { curl -s --max-time 100 "http://127.0.0.1:$port/$1"; }
    waits get
    get; get big | cksum; curl -s -o /dev/null -w "%{http_code}\n" "http://127.0.0.1:$port/none"
    seq 40 | xargs -P 8 -I @ curl -s "http://127.0.0.1:$port/?@" | sort | uniq -c
    kill -USR1 $server # gracefully, with another page
    echo changed >www/index.html
    restarted() { [ "$(grep -c "resuming normal operations" log)" -ge 2 ]; }
    waits restarted; waits get; get
    kill $server; wait $server; echo "end $?"'
serves 'apache: threads and processes' "$apache" event
serves 'apache: a process for each connection' "$apache" prefork

serves 'mariadb: tables, transactions, a crash and its recovery' '
    cat >conf <<END
[mariadbd]
datadir=$PWD/data
port=$port
bind-address=127.0.0.1
socket=$PWD/socket
innodb_buffer_pool_size=16M
plugin-dir=$PWD
END
    [ "$(id -u)" -ne 0 ] || echo user=root >>conf
    mkdir data
    mariadb-install-db --defaults-file="$PWD/conf" --auth-root-authentication-method=normal --skip-test-db >log 2>&1
    echo "made $?"
    ask() { mariadb --no-defaults --protocol tcp -h 127.0.0.1 -P $port -u root "$@" 2>&1; }
    mariadbd --defaults-file="$PWD/conf" >>log 2>&1 & server=$!
    waits ask -e "select 1"
    ask -e "create database d; use d; create table t (a int primary key, b text) engine=innodb;
        insert into t select seq, repeat(\"x\", seq % 100) from seq_1_to_5000;
        select sum(a), sum(length(b)) from t; update t set b = \"y\" where a % 2; select count(*) from t where b = \"y\""
    seq 8 | xargs -P 4 -I @ mariadb --no-defaults --protocol tcp -h 127.0.0.1 -P $port -u root d -e \
        "start transaction; update t set b = @ where a = @; commit"
    ask -e "begin; delete from d.t; select count(*) from d.t; rollback; select count(*), sum(b) from d.t where a < 9"
    kill -KILL $server; wait $server 2>>log; echo "end $?"
    mariadbd --defaults-file="$PWD/conf" >>log 2>&1 & server=$!
    waits ask -e "select 1"
    ask -e "check table d.t; select count(*), sum(b) from d.t where a < 9"
    kill $server; wait $server; echo "end $?"'
finish
