#!/bin/sh
# SPDX-License-Identifier: MIT
# linux-since.sh version: exits with 0 if this machine's kernel is at least that, as in 6.15; else with 1.
[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
