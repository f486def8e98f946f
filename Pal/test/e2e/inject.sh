#!/bin/sh
# SPDX-License-Identifier: MIT
# End-to-end: host calls that fail, one at a time, with errors that they can give. What a program checks may then fail; but
# nothing crashes, hangs, or is blamed on the program.
# shellcheck source=Pal/test/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v strace >/dev/null || ! strace -o /dev/null -e inject=getppid:error=EPERM /bin/true 2>/dev/null; then
    echo '1..0 # SKIP strace cannot make calls fail here'
    exit 0
fi

# survives name call error when command...: the call fails from that time on once, and the loader copes
survives() {
    what="$1: $2 fails with $3, time $4"
    call=$2 error=$3 when=$4
    shift 4
    run strace -f -o /dev/null -e "trace=$call" -e "inject=$call:error=$error:when=$when" "$@"
    # 0 or a code of the loader's or the program's own; not a signal, not a time-out.
    if [ "$code" -ge 124 ] || grep -q -e 'fault inside' -e 'stack frame' err; then
        result 'not ok' "$what"
        tell
    else
        result ok "$what"
    fi
}

# What the guard itself calls, before its filter is there.
manifest hello.manifest "loader.exec = file:$hello"
for case in landlock_create_ruleset:ENOSYS landlock_create_ruleset:ENOMEM landlock_add_rule:ENOMEM \
    landlock_restrict_self:EPERM close_range:EINVAL seccomp:EINVAL seccomp:ENOMEM prctl:EINVAL; do
    survives guard "${case%:*}" "${case#*:}" 1 "$pal" hello.manifest
done

# The rest without it: strace makes a call fail by changing its number, and the filter would end the process for that.
manifest hello.manifest "loader.exec = file:$hello" 'loader.sandbox = off'
for case in mmap:ENOMEM mprotect:ENOMEM madvise:EINVAL openat:EMFILE openat:EACCES statx:EIO pread64:EIO pread64:EINTR \
    rt_sigaction:EINVAL sigaltstack:ENOMEM getrandom:EINTR write:EIO write:EINTR; do
    for when in 1 2 3 5 8; do
        survives start "${case%:*}" "${case#*:}" "$when" "$pal" hello.manifest
    done
done

# Programs that wait for nobody: one that does would wait for ever for what has failed.
for program in Directories Devices; do
    for case in mmap:ENOMEM munmap:EINVAL mprotect:ENOMEM openat:EMFILE openat:EINTR statx:EIO pread64:EINTR \
        pwrite64:ENOSPC getdents64:EIO renameat2:EXDEV; do
        rm -rf files && mkdir files
        manifest program.manifest "loader.exec = file:$root/build/regression/$program" 'loader.sandbox = off' \
            "loader.env.REGRESSION_DIR = $work/files"
        survives "$program" "${case%:*}" "${case#*:}" 7 "$pal" program.manifest
    done
done
finish
