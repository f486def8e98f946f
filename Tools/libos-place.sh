#!/bin/sh
# SPDX-License-Identifier: MIT
# libos-place.sh END FILE: where an ELF file that is linked for address 0 has to begin so that it ends at END.
set -eu
span=0
readelf -lW "$2" | awk '$1 == "LOAD" { print $3, $6 }' | {
    while read -r address size; do
        end=$((address + size))
        [ "$end" -le "$span" ] || span=$end
    done
    printf '0x%x\n' $(($1 - (span + 4095) / 4096 * 4096))
}
