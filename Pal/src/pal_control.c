/* SPDX-License-Identifier: MIT */
/* The control block, filled in only if something that was loaded can see it: some of its facts are slow to get. */
#include "pal_control.h"
#include "pal_host_api.h"
#include "pal_memory.h"

PAL_CONTROL pal_control;
static bool g_in_use;

PAL_CONTROL *pal_control_addr(void)
{
    return &pal_control;
}

void pal_control_note_use(uintptr_t abi_address)
{
    if (abi_address == (uintptr_t)&pal_control || abi_address == (uintptr_t)&pal_control_addr)
        g_in_use = true;
}

void pal_control_complete(void)
{
    if (!g_in_use)
        return;
    pal_control.process_id = _DkGetProcessId();
    pal_control.host_id = _DkGetHostId();
    _DkGetAvailableUserAddressRange(&pal_control.user_address.start, &pal_control.user_address.end);
    pal_control.pagesize = pal_control.alloc_align = pal_alignment();
    if (_DkGetCPUInfo(&pal_control.cpu_info) < 0)
        pal_control.cpu_info = (PAL_CPU_INFO){.cpu_num = 1, .cpu_vendor = "", .cpu_brand = "", .cpu_flags = ""};
    pal_control.mem_info.mem_total = _DkMemoryQuota();
    _DkGetHelpers(&pal_control.clock_gettime, &pal_control.getcpu);
    if (!pal_control.first_thread && _DkThreadAdopt(&pal_control.first_thread) < 0)
        pal_control.first_thread = NULL;
}
