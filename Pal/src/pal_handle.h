/* SPDX-License-Identifier: MIT */
/* The handle table: tells real handles from forged ones, counts their users, finds their operations. Knows no kind of
 * handle, but keeps two apart: the slots of events and those of semaphores are never used for handles of other types. So
 * what is done to one of these by a single atomic instruction needs no reference, only a look at whether it is open: if
 * it is closed in between, this hits nothing, or a new one that has the same handle, as if it had come a little later. */
#ifndef PAL_SRC_PAL_HANDLE_H
#define PAL_SRC_PAL_HANDLE_H

#include "pal_host_api.h"
#include "slab.h"

/* Set in the header's flags while the owner has not closed the handle. */
#define PAL_HANDLE_OPEN 0x80000000u
/* Set in them by the host when the handle became a member of a poll:set. */
#define PAL_HANDLE_WATCHED 0x40000000u

/* Where the slots are, and how many bytes they take. All of it can be read, and is zero where no handle ever was. Of each of
 * the three sorts there are many, and a group that lies close to those of the others, so that few handles touch few pages
 * and page tables. */
extern uintptr_t g_handle_slots;
#define PAL_HANDLE_GROUP_SIZE ((size_t)SLAB_GROUP_SLOTS * PAL_HANDLE_SIZE)
#define PAL_HANDLE_SLOTS_SIZE (((size_t)48 << 20) + 3 * PAL_HANDLE_GROUP_SIZE)

/* Prepare the table; before any other call here. Has no effect if it is ready. Error: NOMEM, or the host's. */
PAL_MUST_CHECK int pal_handle_init(void);

/* Whether any value at all is the address of a slot for a handle. */
static inline bool pal_handle_is_slot(PAL_HANDLE handle)
{
    const uintptr_t offset = (uintptr_t)handle - g_handle_slots;
    return offset < PAL_HANDLE_SLOTS_SIZE && offset % PAL_HANDLE_SIZE == 0 && offset % PAL_HANDLE_GROUP_SIZE != 0;
}

/* Whether any value at all is an open handle, as it is now. */
static inline bool pal_handle_is_open(PAL_HANDLE handle)
{
    return pal_handle_is_slot(handle) && __atomic_load_n(&pal_hdr(handle)->flags, __ATOMIC_ACQUIRE) & PAL_HANDLE_OPEN;
}

/* The same for one type. */
static inline bool pal_handle_is_open_as(PAL_HANDLE handle, enum pal_handle_type type)
{
    return pal_handle_is_open(handle) && __atomic_load_n(&pal_hdr(handle)->type, __ATOMIC_RELAXED) == type;
}

/* Let the program have a handle that the host has made. Until then it is no handle for anybody: a thread may still use the
 * value of a closed one that was in the same slot, and the host may yet have to discard it. */
void pal_handle_publish(PAL_HANDLE handle);

/* Take a reference on what may be a handle.
 * returns  0, or -PAL_ERROR_BADHANDLE if it is none (never was, or has been closed) */
PAL_MUST_CHECK int pal_handle_get(PAL_HANDLE handle);

/* The same, if the handle is of this type. Error: BADHANDLE. */
PAL_MUST_CHECK int pal_handle_get_typed(PAL_HANDLE handle, enum pal_handle_type type);

/* The same for all of an array, or for none of them; NULL entries are passed over. */
PAL_MUST_CHECK int pal_handle_get_all(size_t count, PAL_HANDLE *handles);

/* Drop a reference; the last one closes the handle. */
void pal_handle_put(PAL_HANDLE handle);
void pal_handle_put_all(size_t count, PAL_HANDLE *handles);

/* Close a handle for its owner: it is no handle from now on, and goes when the last user has put it.
 * errors   BADHANDLE, also when another thread has just closed it */
PAL_MUST_CHECK int pal_handle_close(PAL_HANDLE handle);

/* In a copy of a process: threads that are not there any more use the handle no longer. One that had been closed while they
 * used it goes. */
void pal_handle_forget_others(PAL_HANDLE handle);

/* The handle behind one, in no particular order, and the first one for NULL; NULL = there are no more that are published.
 * While nobody else uses the table. */
PAL_HANDLE pal_handle_next(PAL_HANDLE handle);

/* Operations of a live handle; never NULL. */
const struct handle_ops *pal_ops(PAL_HANDLE handle);

#endif
