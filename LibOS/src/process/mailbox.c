/* SPDX-License-Identifier: MIT */
/* Signals from one process to another: a mailbox in shared memory, and a bell. Knows nothing of how signals are delivered. */
#include "process/table.h"
#include "fs.h"
#include "ipc.h"
#include "notify.h"
#include "poll.h"
#include "sync.h"
#include "trace.h"

/***** Sending *****/

/* Of signals that are queued none may be lost while the receiver makes room: that long, at most, for it may be stopped. */
#define ROOM_NAP_US 50
#define ROOM_NAPS   400

static struct mail *mail_of(const struct process_entry *entry)
{
    return g_table->mail[entry - g_table->entries];
}

/* False if there is no room; a signal that is not queued, or has to be, becomes one of those that have lost their siginfo. */
static bool put(struct process_entry *entry, int32_t tid, const siginfo_t *info, bool has_to_be)
{
    shared_lock(&entry->lock);
    const uint32_t count = entry->mail_count;
    const bool room = count < MAIL_SLOTS;
    if (room) {
        mail_of(entry)[count] = (struct mail){.tid = tid, .info = *info};
        entry->mail_count = count + 1;
    } else if (has_to_be) {
        entry->lost |= signal_bit(info->si_signo);
    }
    shared_unlock(&entry->lock);
    return room || has_to_be;
}

static void ring(struct process_entry *entry)
{
    __atomic_store_n(&entry->mail_flag, 1, __ATOMIC_SEQ_CST);
    (void)shared_ring(__atomic_load_n(&entry->host_id, __ATOMIC_SEQ_CST));
}

/* Whose mailbox is that of a process, and who answers for it: itself, or the maker of a companion, which is a thread there.
 * NULL = it is not alive. */
static struct process_entry *find_box(int32_t pid, int32_t *tid)
{
    struct process_entry *entry = table_entry(pid);
    if (!entry || entry->state != STATE_LIVE)
        return NULL;
    if (entry->maker == 0)
        return entry;
    *tid = pid;
    struct process_entry *maker = table_entry(entry->maker);
    return maker && maker->state == STATE_LIVE ? maker : NULL;
}

void mail_send(int32_t pid, int32_t tid, const siginfo_t *info)
{
    struct process_entry *entry = find_box(pid, &tid);
    if (!entry)
        return;
    const unsigned naps = info->si_signo < SIGRTMIN ? 0 : ROOM_NAPS;
    for (unsigned i = 0; !put(entry, tid, info, i == naps); i++) {
        ring(entry);
        DkThreadDelayExecution(ROOM_NAP_US);
    }
    ring(entry);
}

void mail_post(int32_t pid, const siginfo_t *info)
{
    int32_t tid = 0;
    struct process_entry *entry = find_box(pid, &tid);
    if (!entry)
        return;
    (void)put(entry, tid, info, true);
    __atomic_store_n(&entry->mail_flag, 1, __ATOMIC_SEQ_CST);
}

void mail_nudge(int32_t pid)
{
    int32_t tid;
    struct process_entry *entry = find_box(pid, &tid);
    if (entry)
        ring(entry);
}

/***** Asking *****/

/* Who is asked may be far from where it looks at its mail, but one that has been stopped from outside never gets there. */
#define ANSWER_NAP_US   50
#define ANSWER_NAP_LAST 200000 /* then a second is over */

static struct question *question_of(const struct process_entry *entry)
{
    return &g_table->questions[entry - g_table->entries];
}

static void answer_text(struct text_piece *text)
{
    char name[PIECE_NAME];
    memcpy(name, text->name, sizeof(name));
    name[PIECE_NAME - 1] = '\0';
    text->size = proc_read_own(name, text->position, text->bytes, PIECE_SIZE);
}

static void answer(void)
{
    const uint32_t asked = __atomic_load_n(&g_own->asked, __ATOMIC_SEQ_CST);
    if (!asked)
        return;
    if (asked & ASKED_COMMAND)
        table_describe_command();
    if (asked & ASKED_DESCRIPTOR) {
        struct question *question = question_of(g_own);
        proc_describe_descriptor(question->from, &question->found);
    }
    if (asked & ASKED_TEXT)
        answer_text(&question_of(g_own)->text);
    if (asked & ASKED_USAGE)
        table_describe_usage();
    __atomic_fetch_and(&g_own->asked, ~asked, __ATOMIC_RELEASE);
}

static bool owes_answer(const struct process_entry *entry, uint32_t what)
{
    return entry->state == STATE_LIVE && !entry->stopped && __atomic_load_n(&entry->asked, __ATOMIC_ACQUIRE) & what;
}

static void ask(struct process_entry *entry, uint32_t what)
{
    __atomic_fetch_or(&entry->asked, what, __ATOMIC_SEQ_CST);
    ring(entry);
    for (uint64_t nap = ANSWER_NAP_US; nap < ANSWER_NAP_LAST && owes_answer(entry, what); nap += nap / 4) {
        answer(); /* to who may be asking this process */
        DkThreadDelayExecution(nap);
    }
}

void process_ask_command(int32_t pid)
{
    struct process_entry *entry = table_entry(pid);
    if (entry && entry->state == STATE_LIVE && !entry->maker) /* a companion's is its maker's, as of its beginning */
        ask(entry, ASKED_COMMAND);
}

void process_ask_usage(int32_t pid)
{
    struct process_entry *entry = table_entry(pid);
    if (entry && pid != g_process.pid && entry->state == STATE_LIVE)
        ask(entry, ASKED_USAGE);
}

int64_t process_read_text(int32_t pid, const char *name, uint64_t position, void *to, size_t size)
{
    struct process_entry *entry = table_entry(pid);
    if (!entry || entry->state != STATE_LIVE)
        return -ESRCH;
    struct question *question = question_of(entry);
    shared_lock(&question->lock);
    memset(question->text.name, 0, PIECE_NAME);
    memcpy(question->text.name, name, strnlen(name, PIECE_NAME - 1));
    question->text.position = position;
    question->text.size = -ESRCH;
    ask(entry, ASKED_TEXT);
    int64_t found = question->text.size;
    if (found > (int64_t)size)
        found = (int64_t)size;
    if (found > PIECE_SIZE)
        found = PIECE_SIZE;
    if (found > 0)
        memcpy(to, question->text.bytes, (size_t)found);
    shared_unlock(&question->lock);
    return found < 0 ? -ESRCH : found;
}

bool process_find_descriptor(int32_t pid, int32_t from, struct process_descriptor *out)
{
    int32_t tid;
    struct process_entry *entry = find_box(pid, &tid);
    if (!entry)
        return false;
    struct question *question = question_of(entry);
    shared_lock(&question->lock);
    question->from = from;
    question->found.fd = -1;
    ask(entry, ASKED_DESCRIPTOR);
    *out = question->found;
    shared_unlock(&question->lock);
    out->name[DESCRIPTOR_NAME - 1] = '\0';
    return out->fd >= from;
}

/***** Receiving *****/

bool process_has_mail(void)
{
    return g_own && __atomic_load_n(&g_own->mail_flag, __ATOMIC_SEQ_CST) != 0;
}

void process_look_for_mail(void)
{
    if (process_has_mail())
        thread_attend(self(), ATTENTION_SIGNAL);
}

static bool is_sound(const siginfo_t *info)
{
    return info->si_signo > 0 && info->si_signo < SIGNAL_LIMIT;
}

/* News of children, for a program that ignores them, be the signal blocked or not; or that they stop and go on, for one that
 * wants to hear of their ends only. */
static bool is_unwanted(const siginfo_t *info)
{
    if (info->si_signo != SIGCHLD || info->si_code < CLD_EXITED || info->si_code > CLD_CONTINUED)
        return false;
    return signal_is_ignored(SIGCHLD) || (info->si_code >= CLD_TRAPPED && signal_flags(SIGCHLD) & SA_NOCLDSTOP);
}

/* What is for a thread is for no other one, be it the first, and be it gone: any thread may be the one that empties the mailbox. */
static void deliver(const struct mail *mail)
{
    if (!is_sound(&mail->info) || is_unwanted(&mail->info))
        return;
    if (mail->tid == 0) {
        (void)signal_send_process(&mail->info);
        return;
    }
    struct thread *thread = thread_find(mail->tid);
    if (!thread)
        return;
    (void)signal_send_thread(thread, &mail->info);
    thread_put(thread);
}

static void deliver_lost(uint64_t lost)
{
    for (; lost; lost &= lost - 1) {
        siginfo_t info;
        signal_info(&info, __builtin_ctzll(lost) + 1, SI_USER);
        info.si_pid = 0;
        info.si_uid = 0;
        (void)signal_send_process(&info);
    }
}

/* Empty the mailbox; returns how many signals there were. */
static uint32_t take_all(struct process_entry *entry, struct mail *out, uint64_t *out_lost)
{
    shared_lock(&entry->lock);
    const uint32_t count = entry->mail_count < MAIL_SLOTS ? entry->mail_count : MAIL_SLOTS;
    memcpy(out, mail_of(entry), count * sizeof(*out));
    *out_lost = entry->lost;
    entry->mail_count = 0;
    entry->lost = 0;
    shared_unlock(&entry->lock);
    return count;
}

void process_take_mail(void)
{
    struct mail mail[MAIL_SLOTS];
    uint64_t lost;
    if (!process_has_mail())
        return;
    __atomic_store_n(&g_own->mail_flag, 0, __ATOMIC_SEQ_CST);
    children_look_after();
    children_changed();
    task_take_imposed();
    answer();
    far_take();
    ipc_rung();
    epoll_rung();
    notify_rung();
    locks_rung();
    const uint32_t count = take_all(g_own, mail, &lost);
    trace_rung(); /* after that: who has been sent the signal of a new tracer is to know it when that is delivered */
    for (uint32_t i = 0; i < count; i++)
        deliver(&mail[i]);
    deliver_lost(lost);
}
