#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that talk to themselves over the loopback interface.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"
keys=$network_keys

modules test_socketserver test_httplib test_smtplib test_poplib test_xmlrpc test_httpservers
module test_ftplib -i test_abort # by urgent data

# parts name...: test modules of asyncio, in one run
parts() {
    name="python3 -m test test_asyncio: $*"
    for part; do
        set -- "$@" -m "test.test_asyncio.test_$part.*"
        shift
    done
    same "$name" /usr/bin/python3 python_tests.py -v --tempdir . test_asyncio "$@"
}

# What a child, the program, tells of its parent's sockets.
same 'ss, of the sockets of another process' /usr/bin/python3 -c '
import socket, subprocess
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port))
accepted = server.accept()[0]
said = subprocess.run(["ss", "-Htan", f"( sport = :{port} or dport = :{port} )"], capture_output=True, text=True)
own = str(client.getsockname()[1])
parts = [line.split() for line in said.stdout.splitlines()]
print(sorted((part[0], *(at.replace(str(port), "S").replace(own, "C") for at in part[3:5])) for part in parts))
print(said.stderr, said.returncode)
'

parts streams sock_lowlevel server sslproto
parts events
finish
