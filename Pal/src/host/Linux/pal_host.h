/* SPDX-License-Identifier: MIT */
/* Linux: the handles, the thread control block and the state of this host. Knows nothing above the host contract. */
#ifndef PAL_HOST_LINUX_PAL_HOST_H
#define PAL_HOST_LINUX_PAL_HOST_H

#include "linux_batch.h"
#include "linux_lock.h"
#include "linux_path.h"
#include "linux_thread.h"
#include "list.h"
#include "pal_host_api.h"
#include "pal_lock.h"

/* What threads of this process wait for without a descriptor: an event, a semaphore, the end of a thread (linux_wait.h).
 * All zero, but for the list, it is one that nobody has made ready and that stays ready once somebody has. */
struct waitable {
    union {
        struct {
            uint32_t count;   /* > 0: ready */
            uint32_t waiters; /* nodes in the queue */
        };
        uint64_t both; /* changed as one, and only by who has the lock while there are waiters */
    };
    uint32_t maximum;     /* of the count */
    bool consumed;        /* each waiter takes one of the count */
    struct pal_lock lock; /* the queue */
    struct list nodes;    /* who waits, in order */
};

/* What each kind of handle holds; the header comes first in all. */
union pal_handle {
    struct pal_handle_header hdr;
    struct {
        struct pal_handle_header hdr;
        int fd;
        PAL_FLG access; /* as opened */
        bool stream;    /* a FIFO or the like: it has no offsets */
        bool nonblocking, appending;
        bool standard;          /* the file that a standard descriptor is: its place is of interest */
        struct linux_name name; /* no path: of mem:, and such a file */
    } file;
    struct {
        struct pal_handle_header hdr;
        int fd;
        PAL_FLG access; /* as opened */
        struct linux_name name;
        bool whole;    /* read as struct pal_dirent */
        bool begun;    /* something has been read */
        char *entries; /* of pal_malloc: getdents64's records from next to end are still to be read */
        uint32_t next, end;
        struct linux_lock lock; /* begun, entries, next, end */
    } dir;
    struct {
        struct pal_handle_header hdr;
        struct linux_name name;
        unsigned flags; /* of renameat2(2) */
        bool further;   /* it keeps its name */
    } link;
    struct {
        struct pal_handle_header hdr;
        int input, output; /* polled for input and for room; one for both, or -1 = not opened for it */
        bool borrowed;     /* the standard input and output, which stay open */
        bool nonblocking;
        bool full;      /* as below */
        uint8_t device; /* index in db_devices.c */
    } dev;
    /* One end of a pipe, a socket, a server of these. */
    struct {
        struct pal_handle_header hdr;
        int fd;           /* read, accepted from and polled for input */
        int write_fd;     /* written to and polled for room: fd itself, but for anonymous pipes */
        bool full;        /* the last write found no room: waiting for this handle waits for room, too */
        bool nonblocking; /* TCP servers: also of the descriptor */
        bool has_peer;
        bool both_families; /* udp: an IPv6 socket that speaks IPv4, too */
        bool shares_port;   /* clients of a UDP server: see udp_read */
        bool anonymous;     /* pipes */
        bool fifo;          /* pipes: no sockets (linux_fifo.c), whose sides are known not to sleep */
        bool input_awake, output_awake;
        struct inet_endpoint peer;  /* sockets */
        uint64_t id;                /* pipes, their servers, the broadcast stream: the name */
        struct pipe_server *server; /* pipe servers: where clients are delivered; the broadcast stream: messages */
        int cargo;                  /* pipes with PAL_OPTION_HANDLES: carries them; else -1 */
        void *first; /* clients of a UDP server: what they began with. While it is there, there is input */
        size_t first_size;
    } sock;
    struct {
        struct pal_handle_header hdr;
        int stream; /* bytes to and from the other process; end of stream when it is gone. -1 = copies have none */
        int cargo;  /* carries handles */
        int pidfd;  /* -1 unless it is a child */
        int pid;
        bool full; /* as above */
        bool nonblocking;
        PAL_FLG cut;         /* PAL_DELETE_x: shut down by this process */
        bool ended;          /* exit_code is known */
        int exit_code;       /* of a child that has ended; 128 + signal if one killed it */
        uint32_t *last_word; /* of a child (linux_end.h); NULL = it has none */
        unsigned generation; /* of the process that has made this child */
    } process;
    struct {
        struct pal_handle_header hdr;
        struct waitable ended;
        struct linux_thread *thread; /* NULL once it has ended */
        struct pal_lock lock;        /* thread */
    } thread;
    struct {
        struct pal_handle_header hdr;
        struct waitable set;
    } event;
    struct {
        struct pal_handle_header hdr;
        struct waitable released;
    } semaphore;
    struct {
        struct pal_handle_header hdr;
        uint64_t key;
        int fd;       /* by which batches come and go; -1 = not looked for yet; atomic */
        int fd_other; /* the end for the others; -1 = this is one of them */
        bool nonblocking;
        struct pipe_server *name; /* of the creator */
        struct linux_lock lock;   /* batch */
        struct linux_batch batch; /* what is being received */
    } gipc;
    struct {
        struct pal_handle_header hdr;
        int fd;                   /* epoll; -1 = a list */
        bool has_pairs;           /* a member has two descriptors */
        struct list_node sibling; /* sets of this process (db_poll.c) */
    } poll;
};

_Static_assert(sizeof(union pal_handle) <= PAL_HANDLE_SIZE, "a handle fits its slot");

/* Addresses that the kernel's vDSO takes at most. */
#define LINUX_VDSO_SIZE 16384

/* For variables that a child process takes over from its parent. All others that can change are zero in a new process:
 * they have no initialiser (linux_child.h). */
#define LINUX_KEPT __attribute__((section("linux_kept")))
/* The same for what is large and hardly ever written: apart from the others (mk/large.lds). */
#define LINUX_KEPT_LARGE __attribute__((section("linux_kept_large")))

/* What the kernel told at the start. */
struct linux_state {
    struct pal_host_facts facts;
    size_t page_size;
    const char *exec_path; /* AT_EXECFN */
    uintptr_t user_start, user_end;
    uintptr_t user_next;                /* memory is given out downwards from here */
    uintptr_t vdso;                     /* AT_SYSINFO_EHDR; 0 = none */
    uintptr_t *stack;                   /* where the kernel put argc, the arguments and the environment */
    uint64_t instance;                  /* random name of this instance, the same in its children */
    PAL_NUM canary;                     /* of all threads */
    int pid;                            /* 0 = nobody has asked the kernel */
    uintptr_t variables, variables_end; /* ours that are zero at first */
    uint64_t ignored, blocked;          /* signals, by their bits: by who started the first process (db_exception.c) */
    int hub; /* to the broker of pipe names (linux_broker.h); 0 = none: the instance has one process */
};
extern struct linux_state g_linux;

/* Have children begin with variables that are zero, as those of a first process do, but for those that are LINUX_KEPT;
 * in the child, complete that and be the first thread (db_main.c). */
PAL_MUST_CHECK int linux_prepare_child(void);
/* Have copies begin with variables as they are. */
PAL_MUST_CHECK int linux_prepare_copy(void);
void linux_begin_again(void);

/* Run the program: this host's call of pal_main. arguments: a loader's command line. */
void linux_run(PAL_HANDLE parent_process, PAL_STR *arguments);

/* Table of one type each; db_streams.c puts them in order. */
extern const struct handle_ops linux_file_ops, linux_dir_ops, linux_link_ops, linux_dev_ops, linux_pipe_ops,
    linux_pipesrv_ops, linux_tcp_ops, linux_tcpsrv_ops, linux_udp_ops, linux_udpsrv_ops, linux_process_ops,
    linux_thread_ops, linux_semaphore_ops, linux_event_ops, linux_gipc_ops, linux_poll_ops, linux_broadcast_ops;

/* Map size bytes at addresses inside the user's range that nothing has; returns what mmap does. flags without
 * MAP_FIXED*. */
long linux_map_anywhere(size_t size, int protection, int flags, int fd, uint64_t offset);
/* Memory that the program has for its own is about to get a file behind it. */
void linux_memory_gets_file(void);

/* Give the kernel advice (MADV_x) on the PAL's own memory. */
void linux_advise_internal(int advice);

/* Ask the kernel how many processors there are for this process, and keep the answer, also for children (linux_cpu.c). */
void linux_count_processors(void);

/* What XSAVE saves of a thread's state, by the bits of XCR0: all but what a thread has only if it asks the kernel (AMX). Without
 * the second of them there is no XSAVE (linux_cpu.c). */
uint64_t linux_vector_features(void);

/* Kernel's protection bits for PAL_PROT_x. */
int linux_protection(PAL_FLG prot);

/* Wake all who wait for what stays ready, after the count has been raised (linux_wait.c). */
void linux_wake_all(struct waitable *waitable);

#endif
