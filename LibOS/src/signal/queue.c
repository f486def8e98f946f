/* SPDX-License-Identifier: MIT */
/* Queues of pending signals: ordinary ones once, real-time ones as often as they were sent. Knows no thread. */
#include <asm/resource.h>
#include "signal/signal_room.h"

#define UNUSED_LIMIT 16 /* entries kept for the next signals */

struct signal_entry {
    struct list_node node;
    siginfo_t info;
};

static struct signal_entry *entry_new(void)
{
    struct list_node *node = list_first(&g_signals.unused);
    if (!node)
        return heap_alloc(sizeof(struct signal_entry));
    list_remove(node);
    g_signals.unused_count--;
    return list_entry(node, struct signal_entry, node);
}

static void entry_free(struct signal_entry *entry)
{
    list_remove(&entry->node);
    g_signals.queued--;
    if (g_signals.unused_count == UNUSED_LIMIT) {
        heap_free(entry);
        return;
    }
    list_add_front(&g_signals.unused, &entry->node);
    g_signals.unused_count++;
}

static void set_pending(struct signal_queue *queue, uint64_t pending)
{
    __atomic_store_n(&queue->pending, pending, __ATOMIC_SEQ_CST);
}

/* The entry of a timer counts its expirations as long as nobody takes it. */
static bool add_to_timer(struct signal_queue *queue, const siginfo_t *info)
{
    if (!(queue->pending & signal_bit(info->si_signo)))
        return false;
    list_for_each(node, &queue->entries) {
        siginfo_t *queued = &list_entry(node, struct signal_entry, node)->info;
        if (queued->si_signo == info->si_signo && queued->si_code == SI_TIMER && queued->si_tid == info->si_tid) {
            if (__builtin_sadd_overflow(queued->si_overrun, info->si_overrun + 1, &queued->si_overrun))
                queued->si_overrun = INT32_MAX;
            return true;
        }
    }
    return false;
}

int queue_add(struct signal_queue *queue, const siginfo_t *info)
{
    const int signal = info->si_signo;
    struct signal_entry *entry = NULL;
    if (info->si_code == SI_TIMER && add_to_timer(queue, info))
        return 0;
    if (signal < SIGRTMIN && queue->pending & signal_bit(signal))
        return 0;
    /* What the kernel of Linux sends itself, and kill's ordinary signals, are beyond the limit. */
    const bool is_unlimited = signal < SIGRTMIN && info->si_code >= 0;
    if (is_unlimited || g_signals.queued < limit_get(RLIMIT_SIGPENDING))
        entry = entry_new();
    if (entry) {
        entry->info = *info;
        list_add_back(&queue->entries, &entry->node);
        g_signals.queued++;
    } else if (signal >= SIGRTMIN && info->si_code != SI_USER) {
        return -EAGAIN;
    }
    set_pending(queue, queue->pending | signal_bit(signal));
    return 0;
}

/* Fill out from the first entry of a signal; its bit goes with the last entry. */
static void take(struct signal_queue *queue, int signal, siginfo_t *out)
{
    struct signal_entry *first = NULL;
    bool is_last = true;
    list_for_each(node, &queue->entries) {
        struct signal_entry *entry = list_entry(node, struct signal_entry, node);
        if (entry->info.si_signo != signal)
            continue;
        if (first) {
            is_last = false;
            break;
        }
        first = entry;
    }
    if (is_last)
        set_pending(queue, queue->pending & ~signal_bit(signal));
    if (!first) { /* there was no memory for what it said */
        signal_info(out, signal, SI_USER);
        out->si_pid = 0;
        out->si_uid = 0;
        return;
    }
    *out = first->info;
    entry_free(first);
}

int queue_take(struct signal_queue *queue, uint64_t set, siginfo_t *out)
{
    uint64_t candidates = queue->pending & set;
    if (!candidates)
        return 0;
    if (candidates & SET_SYNCHRONOUS)
        candidates &= SET_SYNCHRONOUS;
    const int signal = __builtin_ctzll(candidates) + 1;
    take(queue, signal, out);
    return signal;
}

void queue_flush(struct signal_queue *queue, uint64_t set)
{
    if (!(queue->pending & set))
        return;
    list_for_each(node, &queue->entries) {
        struct signal_entry *entry = list_entry(node, struct signal_entry, node);
        if (signal_bit(entry->info.si_signo) & set)
            entry_free(entry);
    }
    set_pending(queue, queue->pending & ~set);
}

void queue_move(struct signal_queue *from, struct signal_queue *to)
{
    list_for_each(node, &from->entries) {
        list_remove(node);
        list_add_back(&to->entries, node);
    }
    set_pending(to, from->pending);
    set_pending(from, 0);
}
