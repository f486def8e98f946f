#!/bin/sh
# SPDX-License-Identifier: MIT
# git, which makes processes for most of what it does.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"

# Names and times fixed, so that all objects are the same; what is compared at the end is what git says of them, since packs
# and indexes have times of files in them.
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2024-01-01T00:00:00Z'
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_PAGER=cat

repository() {
    git -c init.defaultBranch=main init -q r
    (
        cd r || exit
        for n in $(seq 30); do echo "file $n" >"f$n"; done
        mkdir d && seq 1000 >d/numbers
        git add . && git commit -q -m first
        git checkout -q -b side && echo side >>f1 && git commit -q -a -m side
        git checkout -q main && echo main >>f2 && git commit -q -a -m second
    )
}
prepare=repository

script() {
    same "git: $1" sh -c "$2; rm -rf \"$work/cwd\"/*"
}

script 'init, add, commit' 'git init -q -b main n && cd n && echo a >a && git add a && git commit -m one && git status --short --branch && cat .git/HEAD'
script 'log, show, diff' 'cd r && git log --stat --all --graph && git show HEAD && git diff side main && git blame f2'
script 'branch, merge' 'cd r && git branch -v --no-abbrev && git merge -m merged side && git log --oneline --graph && cat f1 f2'
script 'a conflict' 'cd r && echo other >f1 && git commit -q -a -m other && git merge side; echo $?; cat f1; git status --short; git merge --abort; cat f1'
script 'rebase' 'cd r && git rebase -q main side && git log --format=%s && git rev-parse HEAD'
script 'rebase, interactive' 'cd r && GIT_SEQUENCE_EDITOR="sed -i s/^pick/reword/" GIT_EDITOR="sed -i 1s/^/re-/" git rebase -q -i HEAD~1 && git log --format=%s'
script 'stash, reset, clean' 'cd r && echo x >>f3 && touch new && git stash -q && git stash list && git stash pop -q && git status --short && git reset -q --hard && git clean -fdq && git status --short'
script 'gc, fsck, repack' 'cd r && git gc -q && git fsck --full --strict && git count-objects -v | grep -v size && git repack -q -a -d -f && git verify-pack -v .git/objects/pack/*.idx | grep -c blob'
script 'clone of a directory' 'git clone -q r c && cd c && git log --format=%H && git branch -a && git fsck && cat f2'
script 'clone by upload-pack' 'git clone -q --no-local r c && cd c && git log --format=%H && git fsck'
script 'fetch, pull, push' 'git clone -q --bare r b && git clone -q b c && git clone -q b d && (cd c && echo c >c && git add c && git commit -q -m c && git push -q origin main) && cd d && git pull -q && cat c && git log --format=%s'
script 'archive, bundle, format-patch, am' 'cd r && git archive HEAD | tar t | wc -l && git bundle create -q ../x.bundle main && git bundle verify -q ../x.bundle && git format-patch -q -1 main && git checkout -q side && git am -q *.patch && git log --format=%s'
script 'grep, ls-files, for-each-ref' 'cd r && git grep -n "file 1" | head -n 3 && git ls-files | wc -l && git for-each-ref && git rev-list --all --objects | wc -l'
script 'bisect' 'cd r && git bisect start -q main main~1 && git bisect run sh -c "! grep -q main f2" | grep "first bad"; git bisect reset -q'
script 'hooks' 'cd r && printf "#!/bin/sh\necho hook; exit 1\n" >.git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && echo x >>f4 && git commit -a -m no; echo $?'
script 'worktree, submodule' 'cd r && git worktree add -q ../w side && cat ../w/f1 && git worktree list | wc -l && cd .. && git -c init.defaultBranch=main init -q s && cd s && git -c protocol.file.allow=always submodule --quiet add ../r sub && git submodule status'
finish
