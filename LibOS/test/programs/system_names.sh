#!/bin/sh
# SPDX-License-Identifier: MIT
# What the processes of an instance have of the system together, and may change: there is nothing to compare with natively, for
# that is another system.
# shellcheck source=/dev/null disable=SC2154,SC2016 # lib.sh; the programs' own variables
. "$(dirname "$0")/../lib.sh"

# says name wanted shell-script
says() {
    timeout -k 2 "$seconds" "$pal_loader" -- /bin/sh -c "$3" >"$work/out" 2>"$work/err"
    if [ "$(cat "$work/out")" = "$2" ]; then
        result ok "$1"
    else
        result 'not ok' "$1"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}

if [ "$(id -u)" = 0 ]; then
    says 'a name that a child sets' 'first first second
third' '
uname -n >/dev/null
echo first >/proc/sys/kernel/hostname
echo $(uname -n) $(cat /proc/sys/kernel/hostname) $(echo second >/proc/sys/kernel/hostname; uname -n)
(echo third >/proc/sys/kernel/hostname)
uname -n'
    says 'a domain' 'example.org' '(echo example.org >/proc/sys/kernel/domainname); cat /proc/sys/kernel/domainname'
else
    skip 'a name that a child sets' 'only root may'
fi
says 'one system, started once' 'the same' '
a=$(cat /proc/sys/kernel/random/boot_id) b=$(cat /proc/sys/kernel/random/boot_id)
[ -n "$a" ] && [ "$a" = "$b" ] && echo the same'
finish
