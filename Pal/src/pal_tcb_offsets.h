/* SPDX-License-Identifier: MIT */
/* Places in struct pal_thread, for assembly; pal_abi_check.c compares them with the structure. */
#ifndef PAL_SRC_PAL_TCB_OFFSETS_H
#define PAL_SRC_PAL_TCB_OFFSETS_H

#define PAL_THREAD_ENTRY_STACK   264
#define PAL_THREAD_PROGRAM_STACK 272
#define PAL_THREAD_PENDING       256
#define PAL_EVENT_RESUME_STACK   8

#endif
