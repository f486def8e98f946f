/* SPDX-License-Identifier: MIT */
/* Traits, limits, threads and paths that processes see of each other, and some of them change. Knows nothing of what they mean. */
#include "fs.h"
#include "process/table.h"
#include "trace.h"

bool process_get_traits(int32_t pid, struct task_traits *out)
{
    const struct process_entry *entry = table_entry(pid);
    if (entry)
        *out = entry->traits;
    return entry;
}

bool process_get_limit(int32_t pid, unsigned resource, struct limit *out)
{
    const struct process_entry *entry = table_entry(pid);
    if (entry)
        *out = entry->limits[resource];
    return entry;
}

bool process_impose_traits(int32_t pid, const struct task_traits *traits)
{
    struct process_entry *entry = table_entry(pid);
    if (!entry)
        return false;
    shared_lock(&entry->lock);
    entry->traits = *traits;
    entry->imposed |= IMPOSED_TRAITS;
    shared_unlock(&entry->lock);
    return true;
}

bool process_impose_limit(int32_t pid, unsigned resource, const struct limit *limit)
{
    struct process_entry *entry = table_entry(pid);
    if (!entry)
        return false;
    shared_lock(&entry->lock);
    entry->limits[resource] = *limit;
    entry->imposed |= 1u << resource;
    shared_unlock(&entry->lock);
    mail_nudge(pid);
    return true;
}

bool process_take_imposed(struct process_imposed *out)
{
    if (!g_own || __atomic_load_n(&g_own->imposed, __ATOMIC_RELAXED) == 0)
        return false;
    shared_lock(&g_own->lock);
    const uint32_t imposed = g_own->imposed;
    *out = (struct process_imposed){
        .has_traits = imposed & IMPOSED_TRAITS, .limits_set = imposed & (IMPOSED_TRAITS - 1), .traits = g_own->traits};
    memcpy(out->limits, g_own->limits, sizeof(out->limits));
    g_own->imposed = 0;
    shared_unlock(&g_own->lock);
    return true;
}

void process_traits_changed(const struct task_traits *traits)
{
    if (!g_own)
        return;
    shared_lock(&g_own->lock);
    if (traits)
        g_own->traits = *traits;
    limits_read(g_own->limits);
    shared_unlock(&g_own->lock);
}

/***** Threads *****/

static void replace_thread(int32_t from, int32_t to)
{
    for (unsigned i = 0; g_own && i < THREADS_KNOWN; i++) {
        if (g_own->threads[i] == from) {
            __atomic_store_n(&g_own->threads[i], to, __ATOMIC_RELAXED);
            return;
        }
    }
}

void process_thread_begins(int32_t tid)
{
    replace_thread(0, tid);
}

void process_thread_ended(int32_t tid)
{
    replace_thread(tid, 0);
}

int32_t process_next_thread(int32_t pid, int32_t tid)
{
    const struct process_entry *entry = table_entry(pid);
    int32_t best = 0;
    for (unsigned i = 0; entry && i < THREADS_KNOWN; i++) {
        const int32_t other = entry->threads[i];
        if (other > tid && (best == 0 || other < best))
            best = other;
    }
    return best;
}

int32_t process_of_thread(int32_t tid)
{
    for (unsigned i = 0; g_table && tid > 0 && i < PROCESS_SLOTS; i++) {
        const int32_t pid = g_table->kin[i].pid;
        const struct process_entry *entry = entry_at(i);
        for (unsigned k = 0; pid > 0 && entry->state == STATE_LIVE && k < THREADS_KNOWN; k++) {
            if (entry->threads[k] == tid)
                return pid;
        }
    }
    return trace_get_process(tid);
}

/***** Paths *****/

void process_path_changed(enum process_path which, const char *path)
{
    const size_t len = path ? strnlen(path, PROCESS_PATH) : PROCESS_PATH;
    if (!g_own)
        return;
    char *to = g_own->paths[which];
    shared_lock(&g_own->lock);
    if (len < PROCESS_PATH)
        memcpy(to, path, len + 1);
    else
        to[0] = '\0';
    if (which == PROCESS_DIRECTORY)
        g_own->has_moved = false;
    shared_unlock(&g_own->lock);
}

int process_get_path(int32_t pid, enum process_path which, char out[PROCESS_PATH])
{
    const struct process_entry *entry = table_entry(pid);
    if (!entry || entry->state != STATE_LIVE)
        return -ESRCH;
    memcpy(out, entry->paths[which], PROCESS_PATH);
    return out[0] && memchr(out, '\0', PROCESS_PATH) ? 0 : -ENAMETOOLONG;
}

static void tell_moved(struct process_entry *entry, const struct path_move *move)
{
    char path[PROCESS_PATH];
    shared_lock(&entry->lock);
    memcpy(path, entry->paths[PROCESS_DIRECTORY], PROCESS_PATH);
    if (memchr(path, '\0', PROCESS_PATH) && path_follow(path, PROCESS_PATH, move)) {
        memcpy(entry->paths[PROCESS_DIRECTORY], path, PROCESS_PATH);
        __atomic_store_n(&entry->has_moved, true, __ATOMIC_RELAXED);
    }
    shared_unlock(&entry->lock);
}

void process_tell_moved(const struct path_move *move)
{
    uint32_t left = g_table ? g_table->count : 0;
    for (unsigned i = 0; i < PROCESS_SLOTS && left > 0; i++) {
        if (g_table->kin[i].pid == 0)
            continue;
        left--;
        if (entry_at(i) != g_own && entry_at(i)->state == STATE_LIVE)
            tell_moved(entry_at(i), move);
    }
}

bool process_take_moved(char out[PROCESS_PATH])
{
    if (!g_own || !__atomic_load_n(&g_own->has_moved, __ATOMIC_RELAXED))
        return false;
    shared_lock(&g_own->lock);
    memcpy(out, g_own->paths[PROCESS_DIRECTORY], PROCESS_PATH);
    g_own->has_moved = false;
    shared_unlock(&g_own->lock);
    return out[0] == '/' && memchr(out, '\0', PROCESS_PATH);
}
