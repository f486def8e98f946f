/* SPDX-License-Identifier: MIT */
/* Threads, processes and copies that are made where it is awkward: with live vector registers, and in the handler of an
 * event. */
#include "processes.h"

#define CODE     42
#define LIMIT_US 20000000 /* nothing takes as long unless it hangs */
#define SHORT_US 20000
#define ROUNDS   20

/***** Vector registers *****/

enum { XMM, YMM, ZMM };

struct vectors {
    unsigned char registers[32][64];
    uint64_t masks[8];
    uint32_t mxcsr;
    uint16_t control; /* of the x87 */
} __attribute__((packed));

static int g_width;

static bool has_flag(const char *name)
{
    const size_t len = strlen(name);
    for (const char *flags = pal_control.cpu_info.cpu_flags; flags && *flags; flags++) {
        if (memcmp(flags, name, len) == 0 && (flags[len] == ' ' || flags[len] == '\0'))
            return true;
        while (*flags && *flags != ' ')
            flags++;
        if (!*flags)
            break;
    }
    return false;
}

static void find_width(void)
{
    g_width = XMM;
    if (has_flag("avx512bw") && has_flag("avx512vl"))
        g_width = ZMM;
    else if (has_flag("avx"))
        g_width = YMM;
    note("vector registers of %d bytes", 16 << g_width);
}

#define LOW                        "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define HIGH                       ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define EACH(numbers, instruction) ".irp n," numbers "\n\t" instruction "\n\t.endr"

static void load_vectors(const struct vectors *v)
{
    if (g_width == ZMM)
        __asm__ volatile(
            EACH(LOW HIGH, "vmovdqu64 \\n*64(%0), %%zmm\\n") "\n\t" EACH("0,1,2,3,4,5,6,7", "kmovq \\n*8(%1), %%k\\n")
            :
            : "r"(v->registers), "r"(v->masks));
    else if (g_width == YMM)
        __asm__ volatile(EACH(LOW, "vmovdqu \\n*64(%0), %%ymm\\n") : : "r"(v->registers));
    else
        __asm__ volatile(EACH(LOW, "movdqu \\n*64(%0), %%xmm\\n") : : "r"(v->registers));
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(v->mxcsr), "m"(v->control));
}

static void store_vectors(struct vectors *v)
{
    if (g_width == ZMM)
        __asm__ volatile(
            EACH(LOW HIGH, "vmovdqu64 %%zmm\\n, \\n*64(%0)") "\n\t" EACH("0,1,2,3,4,5,6,7", "kmovq %%k\\n, \\n*8(%1)")
            :
            : "r"(v->registers), "r"(v->masks)
            : "memory");
    else if (g_width == YMM)
        __asm__ volatile(EACH(LOW, "vmovdqu %%ymm\\n, \\n*64(%0)") : : "r"(v->registers) : "memory");
    else
        __asm__ volatile(EACH(LOW, "movdqu %%xmm\\n, \\n*64(%0)") : : "r"(v->registers) : "memory");
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(v->mxcsr), "=m"(v->control));
}

static struct vectors g_usual, g_wanted, g_in_thread;

/* Fill what there is of them; the rest stays zero. */
static void choose_vectors(void)
{
    const size_t count = g_width == ZMM ? 32 : 16, size = (size_t)16 << g_width;
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < size; at++)
            g_wanted.registers[i][at] = (unsigned char)random_number();
    }
    for (size_t i = 0; g_width == ZMM && i < 8; i++)
        g_wanted.masks[i] = random_number();
    g_wanted.mxcsr = 0x7f80;   /* rounds towards zero */
    g_wanted.control = 0x027f; /* 53 bits */
}

static bool are_wanted(void)
{
    static struct vectors now;
    store_vectors(&now);
    return memcmp(&now, &g_wanted, sizeof(now)) == 0;
}

static void look_at_vectors(void *param)
{
    (void)param;
    store_vectors(&g_in_thread);
}

static int end_of_copy(PAL_HANDLE process)
{
    PAL_STREAM_ATTR attr;
    const bool ended = DkObjectsWaitAny(1, &process, LIMIT_US) == process;
    const bool told = ended && DkStreamAttributesQuerybyHandle(process, &attr) && attr.disconnected;
    DkObjectClose(process);
    return told ? (int)attr.size : -1;
}

static void test_vectors(void)
{
    store_vectors(&g_usual);
    choose_vectors();

    load_vectors(&g_wanted);
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)look_at_vectors, NULL, 0);
    const bool with_thread = are_wanted();
    DkObjectsWaitAny(1, &thread, LIMIT_US);
    const bool in_thread = memcmp(&g_in_thread, &g_wanted, sizeof(g_wanted)) == 0;

    load_vectors(&g_wanted);
    PAL_HANDLE child = start_role("nothing", NULL);
    const bool with_child = are_wanted();

    load_vectors(&g_wanted);
    PAL_HANDLE copy = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
    const bool with_copy = are_wanted();
    if (copy && copy == pal_control.parent_process)
        DkProcessExit(with_copy ? CODE : 1);
    load_vectors(&g_usual);

    DkObjectClose(thread);
    check(with_thread, "vector registers survive the making of a thread");
    check(in_thread, "and are the same in the thread");
    check(end_of(child) == 0 && with_child, "they survive the making of a process");
    check(with_copy, "and of a copy");
    check(end_of_copy(copy) == CODE, "and are the same in the copy");
}

/***** In a handler *****/

/* What is made in the handler, and what it saw. */
static struct {
    volatile bool done;
    bool begun, is_copy, nested;
    unsigned depth;
    PAL_HANDLE thread, child, copy;
    uint32_t thread_interrupted;
} g_births;

/* Whether a wait ends because somebody resumes the thread. */
static bool is_interrupted(void)
{
    PAL_HANDLE never = DkNotificationEventCreate(PAL_FALSE);
    failure();
    DkObjectsWaitAny(1, &never, LIMIT_US);
    const bool interrupted = failure() == PAL_ERROR_INTERRUPTED;
    DkObjectClose(never);
    return interrupted;
}

static int play_interrupted(char *argument)
{
    (void)argument;
    return is_interrupted() ? CODE : 1;
}

static int play_nothing(char *argument)
{
    (void)argument;
    return 0;
}

static void wait_interrupted(void *param)
{
    (void)param;
    regression_thread_init();
    __atomic_store_n(&g_births.thread_interrupted, is_interrupted(), __ATOMIC_SEQ_CST);
}

/* Time in the program, where others of its kind could come. */
static void linger(void)
{
    for (volatile unsigned i = 0; i < 20000000; i++)
        ;
}

static void on_resume(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg;
    g_births.nested |= ++g_births.depth > 1;
    if (context && !g_births.begun) {
        g_births.begun = true;
        g_births.thread = DkThreadCreate((PAL_PTR)wait_interrupted, NULL, 0);
        g_births.child = start_role("interrupted", NULL);
        g_births.copy = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
        g_births.is_copy = g_births.copy && g_births.copy == pal_control.parent_process;
        if (!g_births.is_copy)
            linger();
        g_births.done = true;
    }
    g_births.depth--;
}

static uint32_t g_enough;

static void keep_resuming(void *param)
{
    (void)param;
    regression_thread_init();
    while (!__atomic_load_n(&g_enough, __ATOMIC_SEQ_CST))
        DkThreadResume(pal_control.first_thread);
}

/* Resume what waits until it has ended. */
static void resume_to_end(PAL_HANDLE waiting)
{
    for (PAL_NUM waited = 0; waited < LIMIT_US; waited += SHORT_US) {
        if (DkObjectsWaitAny(1, &waiting, SHORT_US))
            return;
        DkThreadResume(waiting);
    }
}

/* Whether all was well: nobody wants to wait so long again. */
static bool test_in_handler(void)
{
    memset(&g_births, 0, sizeof(g_births));
    g_enough = 0;
    PAL_HANDLE resumer = DkThreadCreate((PAL_PTR)keep_resuming, NULL, 0);
    while (!g_births.done)
        ;
    if (g_births.is_copy)
        DkProcessExit(is_interrupted() ? CODE : 1);
    const bool nested = g_births.nested, interrupted = is_interrupted();
    __atomic_store_n(&g_enough, 1, __ATOMIC_SEQ_CST);
    while (!DkObjectsWaitAny(1, &resumer, LIMIT_US))
        ;
    DkObjectClose(resumer);
    check(interrupted, "a wait is interrupted as before");
    check(!nested, "no further event comes while the handler works, whatever it has made");
    resume_to_end(g_births.thread);
    bool good = check(g_births.thread_interrupted, "a thread that is made in a handler can be resumed");
    DkObjectClose(g_births.thread);
    resume_to_end(g_births.child);
    good &= check(end_of(g_births.child) == CODE, "so can a process");
    resume_to_end(g_births.copy);
    return check(end_of_copy(g_births.copy) == CODE, "and a copy") && good;
}

void regression_main(int argc, char **argv, char **envp)
{
    static const struct role roles[] = {{"interrupted", play_interrupted}, {"nothing", play_nothing}, {NULL, NULL}};
    (void)envp;
    play_role(roles, argc, argv);
    find_width();
    test_vectors();
    DkSetExceptionHandler(on_resume, PAL_EVENT_RESUME, 0);
    for (unsigned round = 0; round < ROUNDS && test_in_handler(); round++)
        ;
}
