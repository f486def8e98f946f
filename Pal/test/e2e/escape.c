/* SPDX-License-Identifier: MIT */
/* A program that wants out: it makes the host's system calls itself, in every way there is. Knows not which of them are
 * refused; escape.sh does.
 *
 *     escape WAY call NUMBER [ARGUMENT...] [call ...]
 *
 * makes the calls one after the other and prints `NUMBER = RESULT` for each. WAY says by which instruction:
 *     gadget    the loader's own, jumped to
 *     own       one of its own, once system calls of all addresses are let through
 *     int80     the one for 32-bit programs
 *     sysenter  the other one for them, from which there is no way back
 *     thread    the loader's, in another thread
 *     process   the loader's, in a process made with it
 *     frame     the loader's, with registers from a forged signal frame
 *     vsyscall  the kernel's old page, whose NUMBERth function is called
 * ARGUMENT is a number, or one of
 *     s:TEXT    address of the text
 *     u:PATH    address of a socket address of the family AF_UNIX; `a:NAME` of an abstract one
 *     i:PORT    address of a socket address, 127.0.0.1 and that port
 *     message:A address of a message of one byte to the address A, one of those above
 *     t:TIME    address of a time, in milliseconds below a second
 *     room      address of 64 KiB of zeros; `room:N` the Nth int in there
 *     result    what the last call returned; `first` what the first one did
 *     loader    address of the loader's code; `own` of the program's own
 *     length    size of the last socket address */
#include "guest.h"
#include <stdarg.h>
#include <stdbool.h>
#include "format.h"
#include "pal_string.h"

enum { ARGUMENTS = 6, PAGE = 4096 };
#define PIDFD_GET_INFO  0xc040ff0bl
#define PIDFD_INFO_EXIT 8u
enum { NR_WRITE = 1, NR_IOCTL = 16, NR_CLONE = 56, NR_PRCTL = 157, NR_EXIT_GROUP = 231, NR_PPOLL = 271 };

struct call {
    long number, a[ARGUMENTS];
};

typedef long way(const struct call *call);

static char g_room[1 << 16] __attribute__((aligned(PAGE)));
static char g_address[128];
static long g_address_size, g_result, g_first = -1, g_time[2];
static const char *g_loader_text, *g_gadget;
static char **g_steps;

/***** The loader's instruction *****/

struct elf_header {
    char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

/* Look for `syscall; ret` in what the loader can execute. Its file is mapped in one piece, its header first. */
static void find_gadget(void)
{
    static const char gadget[] = {0x0f, 0x05, (char)0xc3};
    const char *image = (const char *)((uintptr_t)&DkStreamOpen & ~(uintptr_t)(PAGE - 1));
    while (memcmp(image, "\177ELF", 4) != 0)
        image -= PAGE;
    const struct elf_header *header = (const void *)image;
    const struct elf_segment *segments = (const void *)(image + header->phoff);
    for (unsigned i = 0; i < header->phnum; i++) {
        if (segments[i].type != 1 || !(segments[i].flags & 1))
            continue;
        g_loader_text = image + segments[i].vaddr;
        for (uint64_t at = 0; at + sizeof(gadget) <= segments[i].memsz; at++) {
            if (memcmp(g_loader_text + at, gadget, sizeof(gadget)) == 0)
                g_gadget = g_loader_text + at;
        }
    }
    g_loader_text = (const char *)((uintptr_t)g_loader_text & ~(uintptr_t)(PAGE - 1));
    if (!g_gadget) {
        say("no system call instruction found\n");
        DkProcessExit(99);
    }
}

/***** Ways *****/

static long by_gadget(const struct call *call)
{
    long result = call->number;
    register long r10 __asm__("r10") = call->a[3];
    register long r8 __asm__("r8") = call->a[4];
    register long r9 __asm__("r9") = call->a[5];
    __asm__ volatile("call *%[gadget]"
                     : "+a"(result)
                     : [gadget] "r"(g_gadget), "D"(call->a[0]), "S"(call->a[1]), "d"(call->a[2]), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static long call_by_gadget(long number, long a, long b, long c, long d, long e)
{
    const struct call call = {number, {a, b, c, d, e, 0}};
    return by_gadget(&call);
}

/* Print without the Host ABI, which a process that was made behind its back has not got. */
PAL_PRINTF(1, 2) static void show(const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    const int len = format_string_v(line, sizeof(line), format, arguments);
    va_end(arguments);
    call_by_gadget(NR_WRITE, 1, (long)line, len, 0, 0);
}

/* Have the kernel let all addresses through. */
static void widen_dispatch(void)
{
    static bool done;
    if (!done && call_by_gadget(NR_PRCTL, 59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, -1, 0) != 0) {
        say("dispatch stays\n");
        DkProcessExit(98);
    }
    done = true;
}

static long by_own(const struct call *call)
{
    widen_dispatch();
    long result = call->number;
    register long r10 __asm__("r10") = call->a[3];
    register long r8 __asm__("r8") = call->a[4];
    register long r9 __asm__("r9") = call->a[5];
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(call->a[0]), "S"(call->a[1]), "d"(call->a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static long by_int80(const struct call *call)
{
    widen_dispatch();
    long result = call->number;
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(call->a[0]), "c"(call->a[1]), "d"(call->a[2]), "S"(call->a[3]), "D"(call->a[4])
                     : "r8", "r9", "r10", "r11", "memory");
    return result;
}

static long by_sysenter(const struct call *call)
{
    widen_dispatch();
    __asm__ volatile("movq %%rsp, %%rbp\n\t"
                     "sysenter"
                     :
                     : "a"(call->number), "b"(call->a[0]), "c"(call->a[1]), "d"(call->a[2]), "S"(call->a[3]),
                       "D"(call->a[4])
                     : "memory");
    __builtin_unreachable();
}

static long by_vsyscall(const struct call *call)
{
    long result;
    const uintptr_t function = 0xffffffffff600000 + (uintptr_t)call->number * 1024;
    __asm__ volatile("call *%[function]"
                     : "=a"(result)
                     : [function] "r"(function), "D"(g_room), "S"(0)
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
    return result;
}

/* As the kernel leaves it on the stack for rt_sigreturn: struct ucontext. */
struct frame {
    uint64_t flags, link, stack, stack_flags, stack_size;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, trap, old_mask, cr2, fpstate, reserved[8], mask;
};

/* Have the kernel load a frame, which makes the call and comes back here through the `ret` of the gadget.
 * return_to  where the forged stack says where to go on
 * saved      kept in the frame's %rbp */
__attribute__((naked)) static long enter_frame(const struct frame *frame __attribute__((unused)),
                                               const char *gadget __attribute__((unused)),
                                               uint64_t *return_to __attribute__((unused)),
                                               uint64_t *saved __attribute__((unused)))
{
    __asm__("pushq %rbx\n\t"
            "pushq %rbp\n\t"
            "pushq %r12\n\t"
            "pushq %r13\n\t"
            "pushq %r14\n\t"
            "pushq %r15\n\t"
            "movq %rsp, (%rcx)\n\t"
            "leaq 1f(%rip), %rax\n\t"
            "movq %rax, (%rdx)\n\t"
            "movq %rdi, %rsp\n\t"
            "movl $15, %eax\n\t" /* rt_sigreturn */
            "jmp *%rsi\n"
            "1:\tmovq (%rbp), %rsp\n\t"
            "popq %r15\n\t"
            "popq %r14\n\t"
            "popq %r13\n\t"
            "popq %r12\n\t"
            "popq %rbp\n\t"
            "popq %rbx\n\t"
            "ret");
}

static long by_frame(const struct call *call)
{
    static uint64_t stack[64], saved;
    static struct frame frame;
    frame = (struct frame){
        .stack_flags = 2, /* SS_DISABLE */
        .r8 = (uint64_t)call->a[4],
        .r9 = (uint64_t)call->a[5],
        .r10 = (uint64_t)call->a[3],
        .rdi = (uint64_t)call->a[0],
        .rsi = (uint64_t)call->a[1],
        .rbp = (uintptr_t)&saved,
        .rdx = (uint64_t)call->a[2],
        .rax = (uint64_t)call->number,
        .rsp = (uintptr_t)&stack[62],
        .rip = (uintptr_t)g_gadget,
        .cs = 0x33,
        .ss = 0x2b,
    };
    return enter_frame(&frame, g_gadget, &stack[62], &saved);
}

/***** Arguments *****/

static long number_of(const char *text)
{
    uint64_t value = 0;
    const bool negative = *text == '-';
    text += negative;
    if (format_parse_u64(text, strlen(text), 0, &value) < 0) {
        say("what is %s?\n", text);
        DkProcessExit(99);
    }
    return negative ? -(long)value : (long)value;
}

static long unix_address(const char *name, bool is_abstract)
{
    const size_t len = strlen(name);
    memset(g_address, 0, sizeof(g_address));
    g_address[0] = 1;
    memcpy(g_address + 2 + is_abstract, name, len);
    g_address_size = (long)(2 + is_abstract + len + !is_abstract);
    return (long)g_address;
}

static long internet_address(const char *port)
{
    const long value = number_of(port);
    memset(g_address, 0, sizeof(g_address));
    g_address[0] = 2;
    g_address[2] = (char)(value >> 8);
    g_address[3] = (char)value;
    g_address[4] = 127;
    g_address[7] = 1;
    g_address_size = 16;
    return (long)g_address;
}

/* As sendmsg(2) takes it. */
static long message_to(long address)
{
    static struct {
        const void *data;
        size_t size;
    } part = {"x", 1};
    static struct {
        long name;
        unsigned name_size;
        const void *parts;
        size_t count;
        void *control;
        size_t control_size;
        int flags;
    } message;
    message.name = address;
    message.name_size = (unsigned)g_address_size;
    message.parts = &part;
    message.count = 1;
    return (long)&message;
}

static long socket_address(const char *text)
{
    return text[0] == 'i' ? internet_address(text + 2) : unix_address(text + 2, text[0] == 'a');
}

static long argument_of(const char *text)
{
    if (text[0] && text[1] == ':') {
        switch (text[0]) {
        case 's':
            return (long)(text + 2);
        case 'u':
        case 'a':
        case 'i':
            return socket_address(text);
        case 't':
            g_time[1] = number_of(text + 2) * 1000000;
            return (long)g_time;
        default:
            break;
        }
    }
    if (memcmp(text, "message:", 8) == 0)
        return message_to(socket_address(text + 8));
    if (memcmp(text, "room:", 5) == 0)
        return ((const int *)(const void *)g_room)[number_of(text + 5)];
    if (strcmp(text, "room") == 0)
        return (long)g_room;
    if (strcmp(text, "result") == 0)
        return g_result;
    if (strcmp(text, "first") == 0)
        return g_first;
    if (strcmp(text, "length") == 0)
        return g_address_size;
    if (strcmp(text, "loader") == 0)
        return (long)g_loader_text;
    if (strcmp(text, "own") == 0)
        return (long)((uintptr_t)&argument_of & ~(uintptr_t)(PAGE - 1));
    return number_of(text);
}

static void make_calls(way *by)
{
    char **step = g_steps;
    while (*step) {
        struct call call = {0};
        const char *name = *++step;
        call.number = number_of(name);
        step++;
        for (int i = 0; *step && strcmp(*step, "call") != 0; i++)
            call.a[i % ARGUMENTS] = argument_of(*step++);
        g_result = by(&call);
        if (g_first < 0)
            g_first = g_result;
        show("%s = %ld\n", name, g_result);
    }
}

/***** Elsewhere *****/

static void in_thread(void *unused)
{
    (void)unused;
    make_calls(by_gadget);
    DkThreadExit();
}

static void by_thread(void)
{
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)in_thread, NULL, 0);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
}

/* How a process has ended, as wait(2) has it; -1 = this kernel does not tell (before 6.15), or not within a second. */
static int end_of(int pidfd)
{
    enum { MILLISECONDS = 1000 };
    for (int i = 0; i < MILLISECONDS; i++) {
        struct {
            uint64_t mask, cgroup;
            uint32_t ids[11];
            int32_t exit_code;
        } info = {.mask = PIDFD_INFO_EXIT};
        const long moment[] = {0, 1000000};
        if (call_by_gadget(NR_IOCTL, pidfd, PIDFD_GET_INFO, (long)&info, 0, 0) < 0)
            break;
        if (info.mask & PIDFD_INFO_EXIT)
            return info.exit_code;
        call_by_gadget(NR_PPOLL, 0, 0, (long)moment, 0, 8);
    }
    return -1;
}

/* Prints how the process ended: 1 with a code, 2 by a signal. */
static void by_process(void)
{
    static struct {
        int fd;
        short events, revents;
    } child = {.events = 1 /* POLLIN */};
    const long flags = 0x1001011; /* CLONE_PIDFD | CLONE_CHILD_SETTID | SIGCHLD */
    const long pid = call_by_gadget(NR_CLONE, flags, 0, (long)&child.fd, 0, 0);
    if (pid == 0) {
        make_calls(by_gadget);
        call_by_gadget(NR_EXIT_GROUP, 0, 0, 0, 0, 0);
    }
    if (pid < 0) {
        say("no process: %ld\n", pid);
        return;
    }
    call_by_gadget(NR_PPOLL, (long)&child, 1, 0, 0, 8);
    const int end = end_of(child.fd), signal = end & 0x7f;
    if (end < 0)
        say("ended: nobody knows\n");
    else
        say("ended: %d %d\n", signal ? 2 : 1, signal ? signal : end >> 8);
}

int main(int argc, char **argv);
int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        way *by;
    } ways[] = {{"gadget", by_gadget},     {"own", by_own},     {"int80", by_int80},
                {"sysenter", by_sysenter}, {"frame", by_frame}, {"vsyscall", by_vsyscall}};
    if (argc < 4)
        return 99;
    find_gadget();
    g_steps = argv + 2;
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(argv[1], ways[i].name) == 0)
            make_calls(ways[i].by);
    }
    if (strcmp(argv[1], "thread") == 0)
        by_thread();
    if (strcmp(argv[1], "process") == 0)
        by_process();
    return 0;
}
