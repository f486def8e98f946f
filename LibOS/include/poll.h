/* SPDX-License-Identifier: MIT */
/* Waiting for files. How a file says what to wait for; poll, select and epoll are on the other side. */
#ifndef LIBOS_INCLUDE_POLL_H
#define LIBOS_INCLUDE_POLL_H

#include <asm/poll.h>
#include "libos.h"
#include "task.h"

/* What of POLLx goes together: Linux reports the bits of each line at once. */
#define POLL_READABLE (POLLIN | POLLRDNORM)
#define POLL_WRITABLE (POLLOUT | POLLWRNORM)

/* Told by a file's poll operation what to wait for; private to room poll. */
struct poll_table;
struct file;

/* The file's readiness changes only when this queue is woken. May be called several times. table may be NULL. */
void poll_on_queue(struct poll_table *table, struct wait_queue *queue);

/* The readiness is the host's to know: this stream's. The poll operation returns 0, or what holds beyond it. With table
 * NULL the operation shall ask the host itself (poll_stream_now). */
void poll_on_stream(struct poll_table *table, PAL_HANDLE stream);
uint32_t poll_stream_now(PAL_HANDLE stream, uint32_t events);
/* What a file is ready for if its stream is ready for this. */
uint32_t poll_of_stream(const struct file *file, uint32_t ready);

/* The file becomes ready by itself at this time (timerfd), monotonic nanoseconds. */
void poll_on_time(struct poll_table *table, int64_t when_ns);

/* What a file is ready for, POLLx bits, without waiting. */
uint32_t file_poll_now(struct file *file);

/* Wait until a file is ready for one of these events (POLLERR and POLLHUP always count), or, if it has O_NONBLOCK, not at all.
 * For files whose read or write found nothing to do.
 * returns  0, -EAGAIN: would wait, -ERESTARTSYS */
PAL_MUST_CHECK int file_wait(struct file *file, uint32_t events);

/* Take a file out of all epoll sets. Called by file_put for the last reference, before the file's close, if file->watchers
 * is not NULL. No lock held. */
void epoll_file_closed(struct file *file);

/* In a new process: sets of the host begin empty there, and get their members again. */
void epoll_forked(void);
/* Another process may have changed a set that this one has, too. */
void epoll_rung(void);
/* The process goes on from a checkpoint, and all files but sets have their handles again. */
void epoll_resumed(void);

/* From now on the file's owner is told by signals when it becomes ready; and no longer. A file that is closed needs no end.
 * fd       what si_fd says
 * returns  0, -EPERM: nobody can wait for it, -ENOMEM */
PAL_MUST_CHECK int async_begin(struct file *file, int fd);
void async_end(struct file *file);
/* Around a copy of the process: the thread that sends those signals stands still. A new process sends none for the files that it has
 * inherited; one that goes on from a checkpoint does. */
void async_freeze(void);
void async_thaw(void);
void async_forked(void);
void async_resumed(void);

bool file_is_eventfd(const struct file *file);

#endif
