#!/bin/sh
# SPDX-License-Identifier: MIT
# gzip, xz and zstd with threads, openssl.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
seq 1 600000 >"$work/seq"
head -c 3000000 "$pal_loader" >"$work/binary"
xz -k "$work/seq"
zstd -q -k "$work/seq"
gzip -k -n "$work/seq"
head -c 1000 "$work/seq.xz" >"$work/cut.xz"
prepare=copies
copies() {
    ln "$work/seq" "$work/binary" "$work"/seq.* "$work/cut.xz" .
}

try gzip -n -k binary
try gzip -d -c seq.gz
try gzip -t seq.xz
try xz -k -T1 binary
try xz -k -T2 --block-size=500KiB -1 seq
try xz -d -k -T2 -c seq.xz
try xz -t cut.xz
try xz -l seq.xz
try zstd -q -k -T2 binary
try zstd -q -k -T0 -19 --single-thread -f binary
try zstd -q -k -T2 -9 --long=24 seq
try zstd -q -d -c seq.zst
try zstd -q -t seq.zst cut.xz
try bzip2 -k binary

printf 'secret\n' >"$work/key"
try openssl version
try openssl dgst -sha256 -r seq binary
try openssl dgst -blake2b512 seq
try openssl dgst -sha3-256 -hmac key binary
try openssl enc -aes-256-cbc -pbkdf2 -S 0011223344556677 -pass pass:x -in seq -out encrypted
try openssl enc -chacha20 -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 00112233445566778899aabbccddeeff -in binary -out encrypted
try openssl enc -d -base64 -in seq
try openssl prime 1000003
try openssl list -digest-commands
try openssl passwd -6 -salt salt word

# What it generates differs each time.
normalise() {
    sed 's/[0-9a-f]\{8,\}/HEX/g; s/^[A-Za-z0-9+\/=]\{8,\}$/BASE64/; s/[0-9][0-9.]*k*/N/g; s/^\([^:]*:\).*/\1/; s/  *N/ N/g; s/[-.+*]\{2,\}.*//; /^ *$/d'
}
try openssl rand -hex 32
try openssl genpkey -algorithm ed25519
try openssl ecparam -genkey -name prime256v1 -noout
try openssl speed -seconds 1 -bytes 1024 sha256
try openssl speed -seconds 1 -bytes 1024 -evp aes-128-gcm
try openssl speed -seconds 1 -bytes 1024 -multi 2 sha256
finish
