# SPDX-License-Identifier: MIT
# The TAP output of one program -> its report, and the numbers of tests that passed, failed and were skipped in the file
# `counts`. Variables: name, status (exit status as the shell has it), seconds (how long it ran), limit, counts.
# A program fails if a test does, if it ends in any other way than by exiting with 0, and if it announces no plan
# (1..N), or runs more or fewer tests than that.

function number(count, noun)
{
    return count " " noun (count == 1 ? "" : "s")
}

function reason(text)
{
    sub(/^.*# *[Ss][Kk][Ii][Pp] */, "", text)
    return text
}

function fault()
{
    # timeout(1) answers 124, or dies of the SIGKILL that follows.
    if (status == 124 || (status == 137 && seconds >= limit))
        return "timed out after " limit " s"
    if (status > 128)
        return "killed by signal " (status - 128)
    if (bailed)
        return "bailed out"
    if (plan == "")
        return "announced no tests"
    if (plan + 0 > seen)
        return (plan - seen) " of " number(plan, "test") " did not run"
    if (plan + 0 < seen)
        return "ran " number(seen, "test") ", but announced " plan
    if (seen + skipped == 0)
        return "ran no test"
    if (status != 0 && failed == 0)
        return "exited with " status
    return ""
}

# Of a failure all but the tests that passed is shown, and the last of those.
/^ok( |$)/ { last = "\n    " $0 }
!/^ok( |$)/ { output = output "\n    " $0 }

/^(not )?ok( |$)/ {
    seen++
    if ($0 ~ /# *[Ss][Kk][Ii][Pp]/) {
        skipped++
        notes = notes "\n     skipped: " reason($0)
    } else if ($1 == "not") {
        failed++
    } else {
        passed++
    }
}

/^1\.\.[0-9]+/ {
    plan = substr($1, 4)
    if (plan == 0 && $0 ~ /# *[Ss][Kk][Ii][Pp]/) {
        skipped++
        notes = notes "\n     skipped: " reason($0)
    }
}

/^Bail out!/ { bailed = 1 }

END {
    why = fault()
    if (plan + 0 > seen)
        failed += plan - seen
    else if (why != "" && failed == 0)
        failed = 1
    time = seconds < 2 ? "" : ", " seconds " s"
    if (failed == 0) {
        printf "ok   %s (%s%s)%s\n", name, number(seen + 0, "test"), time, notes
    } else {
        if (why == "")
            why = failed " of " number(seen, "test") " failed"
        else
            output = output last
        printf "FAIL %s (%s%s)%s\n", name, why, time, output
    }
    print passed + 0, failed + 0, skipped + 0 > counts
}
