/* SPDX-License-Identifier: MIT */
/* Freezes the layouts of the Host ABI: a change that moves a member does not compile. Makes no code. */
#include <stddef.h>
#include "pal_tcb.h"
#include "pal_tcb_offsets.h"

#define AT(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member)
#define SIZE(type, size)         _Static_assert(sizeof(type) == (size), #type)

SIZE(PAL_NUM, 8);
SIZE(PAL_FLG, 4);
SIZE(PAL_IDX, 4);
SIZE(PAL_BOL, 1);

AT(struct pal_handle_header, type, 0);
AT(struct pal_handle_header, ref, 4);
AT(struct pal_handle_header, flags, 8);

AT(PAL_CONTROL, process_id, 0);
AT(PAL_CONTROL, host_id, 8);
AT(PAL_CONTROL, manifest_handle, 16);
AT(PAL_CONTROL, executable, 24);
AT(PAL_CONTROL, parent_process, 32);
AT(PAL_CONTROL, first_thread, 40);
AT(PAL_CONTROL, debug_stream, 48);
AT(PAL_CONTROL, broadcast_stream, 56);
AT(PAL_CONTROL, user_address, 64);
AT(PAL_CONTROL, executable_range, 80);
AT(PAL_CONTROL, manifest_preload, 96);
AT(PAL_CONTROL, pagesize, 112);
AT(PAL_CONTROL, alloc_align, 120);
AT(PAL_CONTROL, cpu_info, 128);
AT(PAL_CONTROL, mem_info, 184);
AT(PAL_CONTROL, clock_gettime, 192);
AT(PAL_CONTROL, getcpu, 200);
AT(PAL_CONTROL, creation_mask, 208);
AT(PAL_CONTROL, starter, 216);
SIZE(PAL_CONTROL, 504);

AT(PAL_STARTER, told, 0);
AT(PAL_STARTER, streams, 4);
AT(PAL_STARTER, ignored, 16);
AT(PAL_STARTER, nice, 24);
AT(PAL_STARTER, limits, 32);
SIZE(PAL_STARTER, 288);

AT(PAL_STREAM_ATTR, type, 0);
AT(PAL_STREAM_ATTR, file_id, 8);
AT(PAL_STREAM_ATTR, size, 16);
AT(PAL_STREAM_ATTR, access_time, 24);
AT(PAL_STREAM_ATTR, change_time, 32);
AT(PAL_STREAM_ATTR, create_time, 40);
AT(PAL_STREAM_ATTR, disconnected, 48);
AT(PAL_STREAM_ATTR, readable, 49);
AT(PAL_STREAM_ATTR, writeable, 50);
AT(PAL_STREAM_ATTR, runnable, 51);
AT(PAL_STREAM_ATTR, share_flags, 52);
AT(PAL_STREAM_ATTR, nonblocking, 56);
AT(PAL_STREAM_ATTR, reuseaddr, 57);
AT(PAL_STREAM_ATTR, linger, 64);
AT(PAL_STREAM_ATTR, receivebuf, 72);
AT(PAL_STREAM_ATTR, sendbuf, 80);
AT(PAL_STREAM_ATTR, receivetimeout, 88);
AT(PAL_STREAM_ATTR, sendtimeout, 96);
AT(PAL_STREAM_ATTR, tcp_cork, 104);
AT(PAL_STREAM_ATTR, tcp_keepalive, 105);
AT(PAL_STREAM_ATTR, tcp_nodelay, 106);
AT(PAL_STREAM_ATTR, modify_time, 112);
AT(PAL_STREAM_ATTR, device_id, 120);
AT(PAL_STREAM_ATTR, link_count, 128);
AT(PAL_STREAM_ATTR, owner_id, 136);
AT(PAL_STREAM_ATTR, group_id, 144);
AT(PAL_STREAM_ATTR, allocated, 152);
AT(PAL_STREAM_ATTR, mode, 160);
AT(PAL_STREAM_ATTR, appending, 164);
AT(PAL_STREAM_ATTR, rdev_id, 168);
AT(PAL_STREAM_ATTR, block_size, 176);
AT(PAL_STREAM_ATTR, place, 184);
SIZE(PAL_STREAM_ATTR, 192);

/* Linux's struct linux_dirent64, so that a host can have its kernel write into the program's buffer. */
AT(struct pal_dirent, file_id, 0);
AT(struct pal_dirent, position, 8);
AT(struct pal_dirent, size, 16);
AT(struct pal_dirent, kind, 18);
AT(struct pal_dirent, name, 19);

SIZE(struct pal_space, 56);

/* Linux's order of general registers: r8-r15 rdi rsi rbp rbx rdx rax rcx rsp rip efl csgsfs err trapno oldmask cr2. */
AT(PAL_CONTEXT, r8, 0);
AT(PAL_CONTEXT, r15, 56);
AT(PAL_CONTEXT, rdi, 64);
AT(PAL_CONTEXT, rsi, 72);
AT(PAL_CONTEXT, rbp, 80);
AT(PAL_CONTEXT, rbx, 88);
AT(PAL_CONTEXT, rdx, 96);
AT(PAL_CONTEXT, rax, 104);
AT(PAL_CONTEXT, rcx, 112);
AT(PAL_CONTEXT, rsp, 120);
AT(PAL_CONTEXT, rip, 128);
AT(PAL_CONTEXT, efl, 136);
AT(PAL_CONTEXT, cr2, 176);
AT(PAL_CONTEXT, xsave, 184);
AT(PAL_CONTEXT, xsave_size, 192);
AT(PAL_CONTEXT, gs_base, 200);
SIZE(PAL_CONTEXT, 208);

AT(struct pal_tcb, self, 0);
AT(struct pal_tcb, canary, 8); /* -mstack-protector-guard-offset in mk/flags.mk */
AT(struct pal_tcb, libos, 16);
SIZE(struct pal_tcb, 264);
AT(struct pal_thread, entry_stack, PAL_THREAD_ENTRY_STACK);
AT(struct pal_thread, program_stack, PAL_THREAD_PROGRAM_STACK);
AT(struct pal_thread, tcb.pending, PAL_THREAD_PENDING);
AT(struct pal_event, resume_stack, PAL_EVENT_RESUME_STACK);
