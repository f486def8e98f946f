/* SPDX-License-Identifier: MIT */
/* Files and directories whose owner has barred himself from opening them. Knows no handle. */
#include "linux_barred.h"
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "linux_broker.h"
#include "linux_error.h"
#include "pal_host.h"
#include "pal_lock.h"
#include "sys_linux.h"

/* More are not kept: their permissions stay as they are. */
#define KEPT_MAX 256

/* What this process keeps as long as there is no broker. */
PAL_LARGE static struct {
    struct pal_lock lock;
    unsigned count;
    int fds[KEPT_MAX];
} g_kept;
PAL_LOCK_AT_COPY(g_copied, &g_kept.lock);

static bool look(int fd, struct statx *out)
{
    return sys_statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, out) == 0;
}

static bool is_barred(const struct statx *st)
{
    const unsigned kind = st->stx_mode & S_IFMT;
    return (kind == S_IFREG || kind == S_IFDIR) && st->stx_nlink > 0 && !(st->stx_mode & S_IRUSR);
}

bool linux_is_barred(int fd)
{
    struct statx st;
    return look(fd, &st) && is_barred(&st);
}

static bool is_same(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

/* By which the broker finds it. Two may have the same: then it keeps the first. */
static uint64_t number_of(const struct statx *st)
{
    return st->stx_ino ^ (uint64_t)st->stx_dev_minor << 40 ^ (uint64_t)st->stx_dev_major << 52;
}

static bool has_broker(void)
{
    return __atomic_load_n(&g_linux.hub, __ATOMIC_ACQUIRE) > 0;
}

static void hand_over(const struct statx *st, int fd)
{
    const int error = linux_broker_register(LINUX_NAME_BARRED, number_of(st), fd);
    (void)error; /* it is not kept then */
}

/* Under the lock. */
static void close_kept(unsigned i)
{
    sys_close(g_kept.fds[i]);
    g_kept.fds[i] = g_kept.fds[--g_kept.count];
}

static void close_all(void)
{
    while (g_kept.count > 0)
        close_kept(g_kept.count - 1);
}

static void review(void)
{
    for (unsigned i = g_kept.count; i-- > 0;) {
        if (!linux_is_barred(g_kept.fds[i]))
            close_kept(i);
    }
}

static int find(const struct statx *st)
{
    struct statx kept;
    for (unsigned i = 0; i < g_kept.count; i++) {
        if (look(g_kept.fds[i], &kept) && is_same(&kept, st))
            return g_kept.fds[i];
    }
    return -1;
}

static void keep(const struct statx *st, int fd)
{
    review();
    if (g_kept.count == KEPT_MAX || find(st) >= 0)
        return;
    const int copy = sys_dup(fd);
    if (copy >= 0)
        g_kept.fds[g_kept.count++] = copy;
}

void linux_barred_keep(int fd)
{
    struct statx st;
    const uint64_t user = g_linux.facts.euid;
    if (user == 0 || !look(fd, &st) || st.stx_uid != user || !is_barred(&st))
        return;
    /* The broker is looked at here and set before linux_barred_hand_over takes the lock: one of the two sees the other. */
    pal_lock(&g_kept.lock);
    const bool alone = !has_broker();
    if (alone)
        keep(&st, fd);
    pal_unlock(&g_kept.lock);
    if (!alone)
        hand_over(&st, fd);
}

/* What the broker has may be another file of the same number, or come from a process that means no good. */
static int ask_broker(const struct statx *st)
{
    struct statx found;
    const int fd = has_broker() ? linux_broker_find(LINUX_NAME_BARRED, number_of(st)) : -1;
    if (fd >= 0 && look(fd, &found) && is_same(&found, st))
        return fd;
    if (fd >= 0)
        sys_close(fd);
    return -PAL_ERROR_DENIED;
}

int linux_barred_open(const char *path)
{
    struct statx st;
    const int result = sys_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);
    if (result < 0)
        return (int)linux_error(result);
    pal_lock(&g_kept.lock);
    const int kept = find(&st);
    const int fd = kept < 0 ? -1 : (int)linux_error(sys_dup(kept));
    pal_unlock(&g_kept.lock);
    return kept < 0 ? ask_broker(&st) : fd;
}

void linux_barred_review(void)
{
    if (__atomic_load_n(&g_kept.count, __ATOMIC_RELAXED) == 0)
        return;
    pal_lock(&g_kept.lock);
    review();
    pal_unlock(&g_kept.lock);
}

void linux_barred_hand_over(void)
{
    struct statx st;
    pal_lock(&g_kept.lock);
    for (unsigned i = 0; i < g_kept.count; i++) {
        if (look(g_kept.fds[i], &st))
            hand_over(&st, g_kept.fds[i]);
    }
    close_all();
    pal_unlock(&g_kept.lock);
}

void linux_barred_forget(void)
{
    pal_lock(&g_kept.lock);
    close_all();
    pal_unlock(&g_kept.lock);
}
