# SPDX-License-Identifier: MIT
# abi-errors.awk pal_error.h pal.h: what pal.h documents, as a table {call, bits of the codes that it may fail with}. The codes
# are those in the comment before a call, from the word "errors" on; "what NAME says" stands for those of another call or of a
# structure. The four that the contract does not repeat are every call's.

function codes_in(text,    set, i, n, word) {
    n = split(text, word, /[^A-Z]+/)
    for (i = 1; i <= n; i++)
        if (word[i] in number)
            set = set word[i] " "
    return set
}

# Add the bits of a call's own codes, and of those that it only refers to.
function add(name, depth,    i, n, word) {
    n = split(codes[name], word, " ")
    for (i = 1; i <= n; i++) {
        if (!(word[i] in taken))
            sum += 2 ^ number[word[i]]
        taken[word[i]]
    }
    n = depth ? split(others[name], word, " ") : 0
    for (i = 1; i <= n; i++) {
        if (!(word[i] in codes)) {
            print "abi-errors: " name ": what " word[i] " says is nowhere" > "/dev/stderr"
            exit 1
        }
        add(word[i], depth - 1)
    }
}

/^ *X\([A-Z]+, [0-9]+,/ {
    split($0, part, /[(, ]+/)
    for (i = 1; i <= 4; i++)
        if (part[i] ~ /^[A-Z][A-Z]+$/)
            number[part[i]] = part[i + 1]
    next
}

/^\/\*/ { comment = "" }
/^\/\*/, /\*\// {
    comment = comment " " $0
    next
}

match($0, /Dk[A-Za-z]+\(/) || match($0, /^struct [a-z_]+ \{/) {
    name = $0
    sub(/ \{.*|\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    gsub(/\n| \* */, " ", comment)
    at = match(comment, / errors /)
    text = at ? substr(comment, at) : ""
    codes[name] = codes_in(text)
    while (match(text, /what (struct )?[A-Za-z_]+ says/)) {
        word = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/ says$/, "", word)
        sub(/.* /, "", word)
        others[name] = others[name] " " word
    }
    if (name ~ /^Dk/)
        calls[++count] = name
    comment = ""
}

END {
    print "#include <stdint.h>\n\nstatic const struct {\n    const char *call;\n    uint64_t codes;\n} documented[] = {"
    for (i = 1; i <= count; i++) {
        delete taken
        sum = 0
        codes[calls[i]] = codes[calls[i]] "NOTIMPLEMENTED BADHANDLE INVAL BADADDR "
        add(calls[i], 1)
        printf "    {\"%s\", UINT64_C(%.0f)},\n", calls[i], sum
    }
    print "};"
}
