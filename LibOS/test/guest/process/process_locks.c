/* SPDX-License-Identifier: MIT */
/* Locks between processes: who has them, what is inherited and what is not, and what other programs and closing do to them. */
#include <spawn.h>
#include <sys/eventfd.h>
#include "process_peers.h"

static void test_ranges(int fd)
{
    printf("# ranges of processes\n");
    show("before the fork", set(fd, F_SETLK, F_WRLCK, 10, 10));
    const struct peer peer = start();
    peer_looks("it is not inherited", &peer, fd, F_GETLK);
    show("in the way", ask(&peer, range(fd, F_SETLK, F_WRLCK, 15, 10)));
    show("beside it", ask(&peer, range(fd, F_SETLK, F_WRLCK, 20, 10)));
    we_look("the peer's", &peer, fd, F_GETLK);
    show("in our way", set(fd, F_SETLK, F_RDLCK, 0, 25));
    show("down to read", set(fd, F_SETLK, F_RDLCK, 10, 10));
    show("both read", ask(&peer, range(fd, F_SETLK, F_RDLCK, 12, 2)));
    show("back to write", set(fd, F_SETLK, F_WRLCK, 10, 10));
    show("where the other does not", set(fd, F_SETLK, F_WRLCK, 14, 6));
    peer_looks("ours, cut", &peer, fd, F_GETLK);
    const int copy = ask(&peer, other(DO_OPEN, 0, 0));
    show("the peer closes another descriptor", ask(&peer, other(DO_CLOSE, copy, 0)));
    we_look("so it has lost its locks", &peer, fd, F_GETLK);
    show("the peer once more", ask(&peer, range(fd, F_SETLK, F_WRLCK, 100, 0)));
    end(&peer);
    we_look("it has ended", &peer, fd, F_GETLK);
    show("all free", set(fd, F_SETLK, F_UNLCK, 0, 0));
}

static void test_position(int fd)
{
    printf("# from a position that is shared\n");
    const int event = eventfd(7, 0);
    const struct peer peer = start();
    ask(&peer, other(DO_SEEK, fd, 1000));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -10, .l_len = 5};
    show("ours", fcntl(fd, F_SETLK, &lock));
    peer_looks("the peer sees", &peer, fd, F_GETLK);
    show("free", set(fd, F_SETLK, F_UNLCK, 0, 0));
    eventfd_t counter = 0;
    lock.l_start = 0;
    show("an event", eventfd_write(event, 1));
    show("what has none", fcntl(event, F_SETLK, &lock));
    peer_looks("the peer sees", &peer, event, F_GETLK);
    show("is what it was", eventfd_read(event, &counter) < 0 || counter != 8 ? -1 : 0);
    close(event);
    end(&peer);
}

static void test_exec(int fd)
{
    printf("# another program\n");
    const struct peer peer = start();
    const int closed = ask(&peer, other(DO_OPEN, 0, O_CLOEXEC));
    show("an open file's", ask(&peer, range(closed, F_OFD_SETLK, F_WRLCK, 200, 10)));
    show("flock", ask(&peer, whole(closed, LOCK_EX)));
    ask(&peer, other(DO_EXEC, 0, 0));
    we_look("closed by exec", &peer, fd, F_GETLK);
    show("flock, too", flock(fd, LOCK_EX | LOCK_NB));
    show("unlock", flock(fd, LOCK_UN));
    show("the process's", ask(&peer, range(fd, F_SETLK, F_WRLCK, 0, 10)));
    ask(&peer, other(DO_EXEC, 0, 0));
    we_look("kept", &peer, fd, F_GETLK);
    end(&peer);

    pid_t pid;
    char *const args[] = {"true", NULL};
    show("ours", set(fd, F_SETLK, F_WRLCK, 0, 10));
    if (posix_spawn(&pid, "/bin/true", NULL, NULL, args, NULL) == 0)
        waitpid(pid, NULL, 0);
    pid = vfork();
    if (pid == 0) {
        close(fd);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    const struct peer looker = start();
    peer_looks("kept by the parent of other programs", &looker, fd, F_GETLK);
    close(open(g_file, O_RDWR));
    peer_looks("until it closes a descriptor itself", &looker, fd, F_GETLK);
    end(&looker);
}

static void test_open_files(int fd)
{
    printf("# open files that are inherited\n");
    int ours = open(g_file, O_RDWR);
    show("flock", flock(ours, LOCK_EX));
    show("range", set(ours, F_OFD_SETLK, F_WRLCK, 0, 10));
    struct peer peer = start();
    show("the peer's is the same", ask(&peer, whole(ours, LOCK_EX | LOCK_NB)));
    show("range, too", ask(&peer, range(ours, F_OFD_SETLK, F_WRLCK, 5, 10)));
    we_look("joined", &peer, fd, F_OFD_GETLK);
    close(ours);
    show("the peer still has it", flock(fd, LOCK_SH | LOCK_NB));
    we_look("and the range", &peer, fd, F_OFD_GETLK);
    show("the peer closes it", ask(&peer, other(DO_CLOSE, ours, 0)));
    show("free", flock(fd, LOCK_SH | LOCK_NB));
    we_look("free", &peer, fd, F_OFD_GETLK);
    show("unlock", flock(fd, LOCK_UN));
    end(&peer);

    ours = open(g_file, O_RDWR);
    peer = start();
    show("the peer locks what is ours", ask(&peer, whole(ours, LOCK_EX)));
    show("a range", ask(&peer, range(ours, F_OFD_SETLK, F_RDLCK, 0, 10)));
    end(&peer);
    show("we still have it", flock(fd, LOCK_EX | LOCK_NB));
    we_look("and the range", &peer, fd, F_OFD_GETLK);
    close(ours);
    show("until we close it", flock(fd, LOCK_EX | LOCK_NB));
    show("unlock", flock(fd, LOCK_UN));

    ours = open(".", O_RDONLY | O_DIRECTORY);
    peer = start();
    show("a directory", ask(&peer, whole(ours, LOCK_EX)));
    const int again = open(".", O_RDONLY | O_DIRECTORY);
    show("by another open file", flock(again, LOCK_SH | LOCK_NB));
    show("the parent unlocks", flock(ours, LOCK_UN));
    show("by another open file", flock(again, LOCK_SH | LOCK_NB));
    end(&peer);
    close(ours);
    close(again);
}

static void test_all(int fd)
{
    test_ranges(fd);
    test_position(fd);
    test_exec(fd);
    test_open_files(fd);
}

int main(int argc, char **argv)
{
    return run_tests(argc, argv, test_all);
}
