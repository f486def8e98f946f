#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that talk to themselves over the loopback interface.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../python_lib.sh"
keys=$network_keys

modules test_socketserver test_httplib test_smtplib test_poplib test_ftplib test_xmlrpc test_robotparser test_urllibnet
module test_socket -i 'test.test_socket.*SCM*' -i '*CAN*' -i '*RDS*' -i '*VSOCK*' -i '*Bluetooth*' -i '*UDPLITE*' -i '*TIPC*'
finish
