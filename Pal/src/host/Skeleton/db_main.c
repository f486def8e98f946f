/* SPDX-License-Identifier: MIT */
/* The entry of the loader, and what the core asks about the host. Knows nothing of manifests, executables or programs:
 * those are pal_main's. */
#include "pal_host.h"
#include "pal_attributes.h"
#include "pal_tcb.h"

/* The first thread. A host's own facts on a thread go behind the core's, in a structure of the host's. */
static struct pal_thread g_first_thread;

/* Step 2. Point %gs at a thread control block, in each thread before it calls anything: the core finds the thread's
 * handlers there, and the compiler the canary that guards stack frames (mk/flags.mk), hence PAL_NO_GUARD. Give the
 * canary random bits. */
PAL_NO_GUARD static void enter_thread(struct pal_thread *thread)
{
    thread->tcb.self = &thread->tcb;
    __asm__ volatile("wrgsbase %0" : : "r"(thread) : "memory");
}

/* Step 2. What runs before the first thread has its block cannot be guarded either. Memory, console and thread work
 * from here on, so the core takes over. It returns only where _DkProcessExit does. A host whose entry is not main
 * (LDFLAGS in Makefile.am) finds arguments and environment itself; one that has been started as a child by
 * _DkProcessCreate finds its instance_id, files and parent_process in what the parent sent. */
PAL_NO_GUARD int main(int argc, PAL_STR *argv, PAL_STR *envp)
{
    enter_thread(&g_first_thread);
    pal_main(0, NULL, NULL, NULL, NULL, NULL, argv, envp);
    return 1;
}

/* Step 2. The unit, in bytes, in which the host gives out addresses: a page, or more where mappings start at multiples
 * of something larger. */
size_t _DkGetAllocationAlignment(void)
{
    return 4096;
}

/* Step 2. A range that the host and this loader leave alone, as large as possible: a fixed one, since a child has to
 * map memory where its parent had it. Empty here. */
void _DkGetAvailableUserAddressRange(void **out_start, void **out_end)
{
    *out_start = NULL;
    *out_end = NULL;
}

/* Step 2. Any number that no other process has at the same time, not 0. */
uint64_t _DkGetProcessId(void)
{
    return 1;
}

/* Optional: which machine this is; 0 = the host has no such number. */
uint64_t _DkGetHostId(void)
{
    return 0;
}

/* Optional: count of processors, vendor, model, features. On x86 a CPUID is slow under a hypervisor, so ask once. */
int _DkGetCPUInfo(PAL_CPU_INFO *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Optional: processors that this process may use; 0 = unknown. */
uint64_t _DkGetProcessorCount(void)
{
    return 0;
}

/* Optional: bytes of memory of the machine; 0 = unknown. */
uint64_t _DkMemoryQuota(void)
{
    return 0;
}

/* Step 5. Numbers for the program's auxiliary vector, which an unmodified dynamic linker reads. Zeros are harmless. */
void _DkGetHostFacts(struct pal_host_facts *out)
{
    *out = (struct pal_host_facts){.platform = ""};
}

/* Step 4. Where this loader's own file is: to start it again for a child, and to find preloads that lie beside it, which is
 * where pal_loader has the library OS. */
int64_t _DkGetLoaderPath(char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2, and the first thing to write: without it a failure is only an exit code. To standard error or the host's log;
 * what the user has asked for (--help) goes to dev:tty. */
void _DkConsoleWrite(const char *text, size_t size)
{
}

/* Step 2. End all threads and give the code to whoever waits for the process. */
int _DkProcessExit(int exit_code)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 5. Have your kernel refuse what the policy does not grant, to this process and its children, for good. Until then
 * the loader runs only what has `loader.sandbox = off` in its manifest. */
int _DkGuardStart(const struct pal_policy *policy)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
