# SPDX-License-Identifier: MIT
# pal.abi -> the sorted table {name, address} by which loaded objects are resolved. A name without a prototype in pal.h
# does not compile, nor does data of another size than it says.
BEGIN {
    sort = "LC_ALL=C sort"
    print "/* SPDX-License-Identifier: MIT */\n/* Made from pal.abi. */"
    print "#include \"pal_abi_table.h\"\n"
}
/^#/ || NF == 0 { next }
$2 == "D" { check = check sprintf("_Static_assert(sizeof(%s) == %d, \"size of %s in pal.abi\");\n", $1, $3, $1) }
{ count++; names[count] = sprintf("    {\"%s\", (const void *) &%s},", $1, $1) }
END {
    printf "const struct pal_abi_symbol pal_abi_table[PAL_ABI_COUNT] = {\n"
    fflush()
    for (i = 1; i <= count; i++)
        print names[i] | sort
    close(sort)
    printf "};\n_Static_assert(PAL_ABI_COUNT == %d, \"number of symbols in pal.abi\");\n%s", count, check
}
