/* SPDX-License-Identifier: MIT */
/* The control block, filled in only if something that was loaded can see it: some of its facts are slow to get. */
#include "pal_control.h"
#include "pal_handle.h"
#include "pal_lock.h"
#include "pal_memory.h"

PAL_CONTROL pal_control;
static bool g_in_use;
static struct pal_lock g_lock;
static uint32_t g_complete; /* the processors are described */

static void describe_processors(void)
{
    PAL_CPU_INFO info;
    if (_DkGetCPUInfo(&info) < 0)
        info = (PAL_CPU_INFO){.cpu_num = 1, .cpu_vendor = "", .cpu_brand = "", .cpu_flags = ""};
    pal_lock(&g_lock);
    pal_control.cpu_info = info;
    pal_unlock(&g_lock);
    __atomic_store_n(&g_complete, 1, __ATOMIC_RELEASE);
}

PAL_CONTROL *pal_control_addr(void)
{
    if (g_in_use && !__atomic_load_n(&g_complete, __ATOMIC_ACQUIRE))
        describe_processors();
    return &pal_control;
}

void pal_control_note_use(uintptr_t abi_address)
{
    if (abi_address == (uintptr_t)&pal_control || abi_address == (uintptr_t)&pal_control_addr)
        g_in_use = true;
}

static void take_over(void)
{
    pal_control.creation_mask = _DkTakeCreationMask();
    _DkTakeStarter(&pal_control.starter);
}

/* A handle that the host has made for the program. */
static void give(PAL_HANDLE *handle, int error)
{
    if (error < 0)
        *handle = NULL;
    else
        pal_handle_publish(*handle);
}

void pal_control_complete(bool has_libos)
{
    if (!g_in_use)
        return;
    pal_control.process_id = _DkGetProcessId();
    pal_control.host_id = _DkGetHostId();
    _DkGetAvailableUserAddressRange(&pal_control.user_address.start, &pal_control.user_address.end);
    pal_control.pagesize = pal_control.alloc_align = pal_alignment();
    pal_control.cpu_info.cpu_num = _DkGetProcessorCount();
    if (pal_control.cpu_info.cpu_num == 0)
        pal_control.cpu_info.cpu_num = 1;
    if (!has_libos)
        describe_processors();
    if (has_libos)
        take_over();
    pal_control.mem_info.mem_total = _DkMemoryQuota();
    _DkGetHelpers(&pal_control.clock_gettime, &pal_control.getcpu);
    if (!pal_control.first_thread)
        give(&pal_control.first_thread, _DkThreadAdopt(&pal_control.first_thread));
    give(&pal_control.broadcast_stream, _DkBroadcastStreamOpen(&pal_control.broadcast_stream));
}
