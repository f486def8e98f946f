/* SPDX-License-Identifier: MIT */
/* Memory, all of it for step 2: the program's inside the user's range, the PAL's outside. Knows nothing of what is kept
 * in it. */
#include "pal_host.h"

/* Step 2. Compare with the range of _DkGetAvailableUserAddressRange; DENIED if a part is outside. The sum does not
 * wrap. The core asks this before each of the calls below, so they need not. */
int _DkCheckMemoryMappable(const void *address, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. At *address replace what is there, or fail with BUSY under PAL_ALLOC_EXCLUSIVE. If it is NULL choose inside
 * the user's range, below 4 GB under PAL_ALLOC_32BIT. PAL_ALLOC_RESERVE takes addresses only: no access, no memory.
 * PAL_ALLOC_RENEW need not be looked at: it allows to keep at *address all but the contents.
 * NOMEM is the usual failure. */
int _DkVirtualMemoryAlloc(void **address, size_t size, PAL_FLG alloc_type, PAL_FLG prot)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. Parts that are not mapped do not matter. */
int _DkVirtualMemoryFree(void *address, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. PAL_PROT_x by a table; NOMEM if a part is not mapped. */
int _DkVirtualMemoryProtect(void *address, size_t size, PAL_FLG prot)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2, the first call that the core makes: handles and small memory come out of it. Sizes are tens of megabytes, of
 * which little is ever touched: hand out addresses, and take the host's memory for a page when it is. */
int _DkInternalAlloc(void **out, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2, optional: an empty body keeps the memory. */
void _DkInternalFree(void *memory, size_t size)
{
}
