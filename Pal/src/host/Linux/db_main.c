/* SPDX-License-Identifier: MIT */
/* Linux: from the kernel's entry to pal_main, and what the core asks of the host itself. Knows no manifest and no
 * program. */
#include "pal_host.h"
#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/sysinfo.h>
#include "linux_end.h"
#include "linux_error.h"
#include "linux_source.h"
#include "linux_symbols.h"
#include "linux_terminal.h"
#include "pal_rtld.h"
#include "pal_string.h"
#include "sys_linux.h"
#include "sys_start.h"

#define HWCAP2_FSGSBASE 2u

/* Where the user's range ends: the first of these that leaves room for the PAL's own mappings below what the kernel has
 * put where it likes. The usual layout of the address space is at its top, and so is our first: programs that choose
 * addresses (gcc's sanitizers) know which are free on Linux. An unlimited stack lowers it, by how much depends on the
 * kernel's configuration. Addresses below 64 KiB are kept free by the kernel. */
#define USER_START 0x10000
static const uintptr_t g_user_ends[] = {0x7ef000000000, 0x600000000000, 0x100000000000, 0x40000000000};
#define PAL_ROOM 0x800000000

LINUX_KEPT struct linux_state g_linux;
struct linux_thread linux_first_thread;

/* An entry of the kernel's auxiliary vector. */
struct auxv {
    uint64_t type, value;
};

static void die(const char *text)
{
    _DkConsoleWrite(text, strlen(text));
    sys_exit_group(1);
}

static void read_auxv(const struct auxv *auxv)
{
    struct pal_host_facts *facts = &g_linux.facts;
    for (; auxv->type != AT_NULL; auxv++) {
        const uint64_t value = auxv->value;
        switch (auxv->type) {
        case AT_PAGESZ:
            g_linux.page_size = value;
            break;
        case AT_UID:
            facts->uid = value;
            break;
        case AT_EUID:
            facts->euid = value;
            break;
        case AT_GID:
            facts->gid = value;
            break;
        case AT_EGID:
            facts->egid = value;
            break;
        case AT_HWCAP:
            facts->hwcap = value;
            break;
        case AT_HWCAP2:
            facts->hwcap2 = value;
            break;
        case AT_CLKTCK:
            facts->clock_ticks = value;
            break;
        case AT_MINSIGSTKSZ:
            facts->min_signal_stack = value;
            break;
        case AT_PLATFORM:
            facts->platform = (const char *)value;
            break;
        case AT_RANDOM:
            facts->random = (const void *)value;
            memcpy(&g_linux.canary, (const void *)value, sizeof(g_linux.canary));
            memcpy(&g_linux.instance, (const char *)value + sizeof(PAL_NUM), sizeof(g_linux.instance));
            break;
        case AT_SYSINFO_EHDR:
            g_linux.vdso = value;
            break;
        case AT_EXECFN:
            g_linux.exec_path = (const char *)value;
            break;
        default:
            break;
        }
    }
    /* A zero byte first, so that no string operation reads or writes past it unnoticed. */
    g_linux.canary &= ~(PAL_NUM)0xff;
}

/* Relocations of a static PIE are all relative. */
PAL_NO_GUARD static void relocate_self(const Elf64_Dyn *dynamic, uintptr_t bias)
{
    const Elf64_Rela *rela = NULL;
    uint64_t size = 0;
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_RELA)
            rela = (const Elf64_Rela *)(bias + dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_RELASZ)
            size = dynamic->d_un.d_val;
    }
    for (uint64_t i = 0; rela && i < size / sizeof(*rela); i++)
        *(uint64_t *)(bias + rela[i].r_offset) = bias + (uint64_t)rela[i].r_addend;
}

/* Show debuggers where the list of objects is, find our variables, and make read-only what needs no more writing. */
static void seal_self(Elf64_Dyn *dynamic, const char *image)
{
    const Elf64_Ehdr *header = (const void *)image;
    const Elf64_Phdr *phdr = (const void *)(image + header->e_phoff);
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_DEBUG)
            dynamic->d_un.d_ptr = (uintptr_t)&pal_r_debug;
    }
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags & PF_W) {
            /* What memory has more than the file. */
            g_linux.variables = (uintptr_t)image + phdr[i].p_vaddr + phdr[i].p_filesz;
            g_linux.variables_end = (uintptr_t)image + phdr[i].p_vaddr + phdr[i].p_memsz;
        }
        if (phdr[i].p_type != PT_GNU_RELRO)
            continue;
        const uintptr_t relro = (uintptr_t)image + phdr[i].p_vaddr, mask = g_linux.page_size - 1;
        const uintptr_t start = relro & ~mask, end = (relro + phdr[i].p_memsz) & ~mask;
        sys_mprotect((void *)start, end - start, PROT_READ);
    }
}

static void choose_user_range(uintptr_t lowest)
{
    g_linux.user_start = USER_START;
    for (unsigned i = 0; i < sizeof(g_user_ends) / sizeof(g_user_ends[0]); i++) {
        g_linux.user_end = g_user_ends[i];
        g_linux.user_next = g_linux.user_end;
        if (lowest >= g_linux.user_end + PAL_ROOM)
            return;
    }
    die("pal: the kernel's address space layout leaves no room for programs\n");
}

/* A standard descriptor that is closed would be given to the first file that is opened. A path that is neither read nor
 * written keeps its place and fails like a closed one. */
static void occupy_standard_descriptors(void)
{
    struct pollfd standard[] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
    struct __kernel_timespec now = {0};
    /* The lowest number that is free is given first; this file is wanted anyway. */
    if (linux_source(LINUX_SOURCE_RANDOM) > 2)
        return;
    linux_source_close(LINUX_SOURCE_RANDOM);
    if (sys_ppoll(standard, 3, &now, NULL) <= 0)
        return;
    for (int fd = 0; fd < 3; fd++) {
        if (standard[fd].revents & POLLNVAL)
            sys_openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
    }
}

void linux_run(PAL_HANDLE parent_process, PAL_STR *arguments)
{
    PAL_STR *environment = (PAL_STR *)(g_linux.stack + 1 + g_linux.stack[0] + 1);
    pal_main(g_linux.instance, NULL, NULL, NULL, parent_process, NULL, arguments, environment);
}

PAL_NO_GUARD static void be_first_thread(void)
{
    linux_first_thread.pal.tcb.self = &linux_first_thread.pal.tcb;
    linux_first_thread.pal.tcb.canary = g_linux.canary;
    __asm__ volatile("wrgsbase %0" : : "r"(&linux_first_thread));
}

/* The kernel can empty whole pages of variables that are zero at first. What that leaves over is the child's business. */
PAL_NO_GUARD static uintptr_t first_whole_page(void)
{
    const uintptr_t page = (g_linux.variables + g_linux.page_size - 1) & ~(g_linux.page_size - 1);
    return page < g_linux.variables_end ? page : g_linux.variables_end;
}

int linux_prepare_child(void)
{
    const uintptr_t page = first_whole_page();
    return (int)linux_error(sys_madvise((void *)page, g_linux.variables_end - page, MADV_WIPEONFORK));
}

int linux_prepare_copy(void)
{
    const uintptr_t page = first_whole_page();
    return (int)linux_error(sys_madvise((void *)page, g_linux.variables_end - page, MADV_KEEPONFORK));
}

/* The calling thread's block was its parent's, so there is no guard for the stack at first. */
PAL_NO_GUARD void linux_begin_again(void)
{
    memset((void *)g_linux.variables, 0, first_whole_page() - g_linux.variables);
    be_first_thread();
    g_linux.facts.random = NULL;
    g_linux.user_next = g_linux.user_end;
}

/* The first C code: not relocated yet, and without a guard for the stack.
 * stack    as the kernel laid it out: argc, argv, NULL, environment, NULL, auxiliary vector
 * dynamic  our dynamic section
 * image    where our file is mapped */
PAL_NO_GUARD __attribute__((noreturn)) void linux_start(uintptr_t *stack, Elf64_Dyn *dynamic, const char *image);
PAL_NO_GUARD void linux_start(uintptr_t *stack, Elf64_Dyn *dynamic, const char *image)
{
    relocate_self(dynamic, (uintptr_t)image);
    const uintptr_t *auxv = stack + 1 + stack[0] + 1;
    while (*auxv++)
        ;
    read_auxv((const struct auxv *)auxv);
    if (!(g_linux.facts.hwcap2 & HWCAP2_FSGSBASE))
        die("pal: the kernel does not let programs set GS (FSGSBASE; Linux 5.9 or later has it)\n");
    be_first_thread();
    seal_self(dynamic, image);
    choose_user_range((uintptr_t)image);
    occupy_standard_descriptors();
    g_linux.stack = stack;
    linux_run(NULL, (PAL_STR *)(stack + 1));
    sys_exit_group(1);
    __builtin_unreachable();
}

size_t _DkGetAllocationAlignment(void)
{
    return g_linux.page_size;
}

void _DkGetAvailableUserAddressRange(void **out_start, void **out_end)
{
    *out_start = (void *)g_linux.user_start;
    *out_end = (void *)g_linux.user_end;
}

uint64_t _DkGetProcessId(void)
{
    if (g_linux.pid == 0)
        g_linux.pid = sys_getpid();
    return (uint64_t)g_linux.pid;
}

uint64_t _DkGetHostId(void)
{
    return 0;
}

void _DkGetHostFacts(struct pal_host_facts *out)
{
    *out = g_linux.facts;
}

uint64_t _DkMemoryQuota(void)
{
    LINUX_KEPT static uint64_t size;
    struct sysinfo info;
    if (size == 0 && sys_sysinfo(&info) == 0)
        size = (uint64_t)info.totalram * info.mem_unit;
    return size;
}

static long copy_path(char *buffer, size_t size, const char *path)
{
    const size_t len = strlen(path);
    memcpy(buffer, path, len < size ? len : size);
    return (long)len;
}

int64_t _DkGetLoaderPath(char *buffer, size_t size)
{
    long len;
    if (pal_control.parent_process) {
        /* The guard of a child lets it look at no link; what the kernel was told to run is as good nearly always. */
        len = copy_path(buffer, size, g_linux.exec_path);
    } else {
        /* Nearly always as good as what /proc says, which takes ten times as long. */
        len = sys_readlinkat(AT_FDCWD, g_linux.exec_path, buffer, size);
        if (len == -EINVAL) /* not a link */
            len = copy_path(buffer, size, g_linux.exec_path);
        else
            len = sys_readlinkat(AT_FDCWD, "/proc/self/exe", buffer, size);
    }
    if (len < 0)
        return linux_error(len);
    if ((size_t)len >= size)
        return -PAL_ERROR_OVERFLOW;
    buffer[len] = '\0';
    return len;
}

void _DkConsoleWrite(const char *text, size_t size)
{
    while (size > 0) {
        const long written = sys_write(2, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

int _DkProcessExit(int exit_code)
{
    linux_terminal_restore();
    linux_end_tell(exit_code);
    return (int)linux_error(sys_exit_group(exit_code));
}

/* gdb accepts `break main` only if some object it knows already has that name, and the program is not loaded yet when
 * that command is given. This one is never called; the breakpoint goes to the program's main as soon as that is there. */
void main(void);
__attribute__((used, retain)) void main(void)
{
    __builtin_trap();
}
