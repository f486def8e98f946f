/* SPDX-License-Identifier: MIT */
/* What a handle is on this host, and which files hold the operations of which type. Only this directory sees it: the
 * core and the program know a handle by its header alone. */
#ifndef PAL_HOST_H
#define PAL_HOST_H

#include "pal_host_api.h"

/* Step 2: files. Step 4: the others. The header comes first and is the core's; the rest of the PAL_HANDLE_SIZE bytes is
 * the host's, zeroed by pal_handle_new and never moved. What does not fit goes to pal_malloc. The members here are what
 * most hosts will want; replace them. */
union pal_handle {
    struct pal_handle_header header;
    struct {
        struct pal_handle_header header;
        uint64_t object; /* the host's own name for the open file, device, pipe or socket */
        char *name;      /* what getname prints; of pal_strdup, freed by close */
        PAL_FLG access;  /* PAL_ACCESS_x, as opened */
        bool nonblocking;
    } stream;
    struct {
        struct pal_handle_header header;
        uint64_t object;
        struct inet_endpoint local, peer;
        bool nonblocking;
    } socket;
    struct {
        struct pal_handle_header header;
        uint64_t object;
        uint64_t stream; /* to the child, or to the parent */
    } process;
    struct {
        struct pal_handle_header header;
        uint64_t object;
        uint32_t ended; /* what DkObjectsWaitAny waits for */
    } thread;
    struct {
        struct pal_handle_header header;
        uint32_t count;
        uint32_t maximum;
    } semaphore;
    struct {
        struct pal_handle_header header;
        uint32_t set;
        bool auto_clear; /* a synchronization event */
    } event;
    struct {
        struct pal_handle_header header;
        uint64_t key; /* as in gipc:KEY */
    } channel;
};

_Static_assert(sizeof(union pal_handle) <= PAL_HANDLE_SIZE, "a handle must fit into the core's slot");

/* The operations of each type, in the file that is named; db_streams.c makes pal_handle_ops of them. */
extern const struct handle_ops file_ops, dir_ops, link_ops;              /* db_files.c */
extern const struct handle_ops dev_ops;                                  /* db_devices.c */
extern const struct handle_ops pipe_ops, pipesrv_ops;                    /* db_pipes.c */
extern const struct handle_ops tcp_ops, tcpsrv_ops, udp_ops, udpsrv_ops; /* db_sockets.c */
extern const struct handle_ops broadcast_ops;                            /* db_sockets.c */
extern const struct handle_ops process_ops;                              /* db_process.c */
extern const struct handle_ops gipc_ops;                                 /* db_ipc.c */
extern const struct handle_ops thread_ops;                               /* db_threading.c */
extern const struct handle_ops semaphore_ops;                            /* db_semaphore.c */
extern const struct handle_ops event_ops;                                /* db_events.c */
extern const struct handle_ops poll_ops;                                 /* db_poll.c */

#endif
