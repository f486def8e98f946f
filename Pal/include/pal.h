/* SPDX-License-Identifier: MIT */
/* The PAL Host ABI: 44 calls and the control block, on which a library OS or a freestanding program runs.
 * This header is the contract; it knows no host. Link against libpal.abi.so and start with a pal-<host> loader.
 *
 * THE CONTRACT, FOR ALL CALLS
 *
 * Failure. A call that fails returns its sentinel (NULL, 0 or PAL_FALSE; see each call) and, before it returns, raises
 *   PAL_EVENT_FAILURE on the calling thread: the handler, if one is set, gets the code PAL_ERROR_x as its argument.
 *   A call without a result raises the event and has then done nothing. Nothing about a failure is remembered
 *   afterwards: there is no errno. Zero can be a legitimate result of DkStreamRead (end of stream) and
 *   DkStreamWrite; there the event alone tells failure from success. Codes and texts: pal_error.h.
 * Every call can fail with NOTIMPLEMENTED on a host that lacks it; the `errors` lines do not repeat that. Nor do they
 *   repeat BADHANDLE, which every call with a handle parameter gives for NULL, a closed handle, or a value that
 *   never was one; INVAL, for a flag bit that is not defined below; or BADADDR, for a buffer or string that the
 *   caller may not access.
 * Units. size and count of memory in bytes; time in microseconds, unless a member says nanoseconds; times of files in
 *   nanoseconds since 1970-01-01 UTC. Addresses and sizes of memory calls are multiples of alloc_align.
 * Handles. A PAL_HANDLE is owned by the process that opened it, valid from the call that returned it until
 *   DkObjectClose, and may be used by all threads. Closing a handle that another thread is using is safe for the PAL;
 *   the other thread's call completes or fails. A handle passed with DkSendHandle stays open at the sender.
 * Strings and buffers are borrowed for the duration of the call and never kept. URIs are NUL-terminated.
 * Blocking. These may block: DkStreamOpen (tcp:, pipe:, file: on a FIFO), DkStreamWaitForClient, DkStreamRead,
 *   DkStreamWrite, DkStreamFlush, DkSendHandle, DkReceiveHandle, DkPhysicalMemoryMap, DkThreadDelayExecution,
 *   DkObjectsWaitAny. A blocked call ends with INTERRUPTED when another thread resumes the caller with DkThreadResume or
 *   an event is delivered to it. With PAL_OPTION_NONBLOCK the stream calls fail with TRYAGAIN instead of blocking. All
 *   other calls return promptly.
 * Exception handlers may make every call but DkThreadExit and those that block. A handler that runs because of a
 *   FAILURE should not make calls that can fail in the same way.
 * Threads. Every call may be made from any thread at any time.
 * Start. The program is entered with the stack of a UNIX process (argc, argv, environment, auxiliary vector; %rsp
 *   16-byte aligned and pointing at argc) and in %rcx the address to jump to, with a value in %eax, when it has no
 *   more to do. A plain `ret` does the same where the host can catch it. The value of the last entry is the exit
 *   code; preloaded objects are entered before the executable. Initialisers are the program's own business.
 * Registers. %gs points at a struct pal_tcb whenever a call is made, and in exception handlers; between them a program may
 *   have it point elsewhere (PAL_CONTEXT.gs_base). %fs is the program's (DkThreadPrivate). */
#ifndef PAL_INCLUDE_PAL_H
#define PAL_INCLUDE_PAL_H

#include <stdbool.h>
#include "pal_error.h"

/* Version of this ABI. A loaded object may carry a note (name "PAL", type PAL_ABI_NOTE, two 32-bit words: major, minor);
 * one with another major version is refused. */
#define PAL_ABI_MAJOR 1
#define PAL_ABI_MINOR 0
#define PAL_ABI_NOTE  1

/* A preload that carries a note of name "PAL", this type and one 32-bit word, PAL_LIBOS_VERSION, is a library OS: it alone
 * knows what an executable is and where it lies. So the loader neither opens nor maps nor checks one; it makes
 * pal_control.executable of what the manifest and the command line say, enters the preload with the program's arguments
 * and environment, and ends with its value. */
#define PAL_LIBOS_NOTE    2
#define PAL_LIBOS_VERSION 1

/***** Types *****/

typedef unsigned long PAL_NUM; /* numbers, sizes, times */
typedef unsigned int PAL_FLG;  /* flags */
typedef unsigned int PAL_IDX;  /* a small index or kind */
typedef int PAL_REF;           /* a reference count */
typedef bool PAL_BOL;
typedef void *PAL_PTR;
typedef const char *PAL_STR;

#define PAL_TRUE  true
#define PAL_FALSE false

/* A handle is a pointer to a union that only the host completes; its first member is this header. */
struct pal_handle_header {
    PAL_IDX type; /* PAL_TYPE_x */
    PAL_REF ref;  /* references held by the PAL */
    PAL_FLG flags;
};
typedef union pal_handle *PAL_HANDLE;

/* Kinds of handles, as in the header and in PAL_STREAM_ATTR. */
enum pal_handle_type {
    PAL_TYPE_NONE,
    PAL_TYPE_FILE,
    PAL_TYPE_DIR,
    PAL_TYPE_DEV,
    PAL_TYPE_PIPE,    /* one end of an established pipe, or of an anonymous one */
    PAL_TYPE_PIPESRV, /* a pipe server */
    PAL_TYPE_TCP,
    PAL_TYPE_TCPSRV,
    PAL_TYPE_UDP,
    PAL_TYPE_UDPSRV,
    PAL_TYPE_PROCESS,
    PAL_TYPE_BROADCAST,
    PAL_TYPE_GIPC,
    PAL_TYPE_THREAD,
    PAL_TYPE_SEMAPHORE,
    PAL_TYPE_EVENT,
    PAL_TYPE_LINK, /* a name in a directory, whatever it stands for */
    PAL_TYPE_POLL, /* a way to wait for many streams */
    PAL_TYPE_LIMIT
};

typedef struct {
    PAL_PTR start;
    PAL_PTR end; /* first address behind the range */
} PAL_PTR_RANGE;

typedef struct {
    PAL_NUM cpu_num;      /* processors that this process may use */
    PAL_STR cpu_vendor;   /* "GenuineIntel" */
    PAL_STR cpu_brand;    /* marketing name */
    PAL_NUM cpu_family;   /* display family, CPUID leaf 1 */
    PAL_NUM cpu_model;    /* display model */
    PAL_NUM cpu_stepping; /* stepping */
    PAL_STR cpu_flags;    /* names of features, separated by blanks, as in /proc/cpuinfo on Linux */
} PAL_CPU_INFO;

typedef struct {
    PAL_NUM mem_total; /* bytes of memory of the host */
} PAL_MEM_INFO;

/* What whoever started the first process of an instance has set for it, as programs of Linux have it from each other. */
#define PAL_STANDARD_STREAMS 3
#define PAL_LIMITS           16
typedef struct {
    PAL_NUM soft, hard; /* all bits = none */
} PAL_LIMIT;
typedef struct {
    PAL_BOL told;                          /* else the host knows no such thing, and all is 0 */
    PAL_FLG streams[PAL_STANDARD_STREAMS]; /* how dev:stdin, dev:stdout and dev:stderr can be opened: PAL_ACCESS_x, and
                                            * how they were found: PAL_OPTION_APPEND, PAL_OPTION_NONBLOCK */
    PAL_NUM ignored;                       /* signals that it is to ignore: bit N - 1 is number N of signal(7) */
    int nice;                              /* -20 to 19 */
    PAL_LIMIT limits[PAL_LIMITS];          /* by the numbers of getrlimit(2) */
} PAL_STARTER;

/* The control block: static facts on process and host. Read-only for the program. */
typedef struct {
    /* An identifier of current picoprocess */
    PAL_NUM process_id;
    PAL_NUM host_id;
    /* Handles and executables */
    PAL_HANDLE manifest_handle;  /* NULL without a manifest */
    PAL_STR executable;          /* URI as the manifest or the command line has it, NULL without an executable */
    PAL_HANDLE parent_process;   /* NULL in the first process of an instance */
    PAL_HANDLE first_thread;     /* the thread that entered the program */
    PAL_HANDLE debug_stream;     /* loader.debug_type; NULL for none */
    PAL_HANDLE broadcast_stream; /* see PAL_BROADCAST_MAX; NULL where the host has none */
    /* Memory layout */
    PAL_PTR_RANGE user_address;     /* memory is allocated only inside; the same in every process of an instance */
    PAL_PTR_RANGE executable_range; /* the executable as mapped; empty if that is left to a library OS */
    PAL_PTR_RANGE manifest_preload; /* text of the manifest, not NUL-terminated */
    /* Host information */
    PAL_NUM pagesize, alloc_align;
    PAL_CPU_INFO cpu_info;
    PAL_MEM_INFO mem_info;
    /* appended to the specification's members: functions of the host that need no host call, or NULL. They may be called from
     * anywhere with 1 KiB of stack, by code that knows nothing of the PAL, and return 0, or less if they fail. */
    PAL_PTR clock_gettime; /* int (*)(int clock, PAL_NUM out[2]): seconds and nanoseconds; clock is PAL_CLOCK_x */
    PAL_PTR getcpu;        /* int (*)(unsigned *cpu, unsigned *node): numbers of the processor that runs the caller */
    /* PAL_SHARE_x that the host's user has masked; for an object with PAL_LIBOS_NOTE, which is to do this itself: what it
     * creates gets exactly the share flags. Else 0, and the host masks. */
    PAL_NUM creation_mask;
    PAL_STARTER starter; /* for an object with PAL_LIBOS_NOTE; else it is not told */
} PAL_CONTROL;

/* The broadcast stream reaches all processes of the instance. What is written at once, at most so many bytes, is a message;
 * each other process that listens reads it as a whole (what a read has no room for is lost). A process listens from its first
 * read, wait or question for attributes of its stream on, and misses messages when it leaves too many unread. The processes
 * that it makes, copies too, listen when they have done that themselves. Offsets have no meaning. */
#define PAL_BROADCAST_MAX 4096

/* Clocks, numbered as on Linux; no other number may be used. The last two may take a host call. */
#define PAL_CLOCK_REALTIME         0 /* since 1970-01-01 UTC */
#define PAL_CLOCK_MONOTONIC        1 /* of the host, which is not set */
#define PAL_CLOCK_MONOTONIC_RAW    4 /* nor slewed */
#define PAL_CLOCK_REALTIME_COARSE  5 /* as of the last tick */
#define PAL_CLOCK_MONOTONIC_COARSE 6
#define PAL_CLOCK_BOOTTIME         7 /* MONOTONIC, and the time for which the host was suspended */
#define PAL_CLOCK_PROCESS_CPUTIME  2 /* processor time of this process */
#define PAL_CLOCK_THREAD_CPUTIME   3 /* of the calling thread */

/* Attributes of a stream. For files and directories readable, writeable and runnable tell what this process may do;
 * for other streams, whether a read or write would not block now. */
typedef struct {
    PAL_IDX type;         /* PAL_TYPE_x */
    PAL_NUM file_id;      /* inode number; unique together with device_id */
    PAL_NUM size;         /* bytes of a file; bytes ready to be read of a stream, or of a FIFO that is open */
    PAL_NUM access_time;  /* ns, last read */
    PAL_NUM change_time;  /* ns, last change of attributes */
    PAL_NUM create_time;  /* ns, 0 = unknown */
    PAL_BOL disconnected; /* the peer is gone in both directions, or the connection has failed */
    PAL_BOL readable;
    PAL_BOL writeable;
    PAL_BOL runnable;
    PAL_FLG share_flags; /* PAL_SHARE_x */
    PAL_BOL nonblocking;
    PAL_BOL reuseaddr;
    PAL_NUM linger;         /* us, 0 = off; less than a second = closing resets the connection */
    PAL_NUM receivebuf;     /* bytes */
    PAL_NUM sendbuf;        /* bytes */
    PAL_NUM receivetimeout; /* us, 0 = none */
    PAL_NUM sendtimeout;    /* us, 0 = none */
    PAL_BOL tcp_cork;
    PAL_BOL tcp_keepalive;
    PAL_BOL tcp_nodelay;
    /* appended to the specification's members */
    PAL_NUM modify_time; /* ns, last write */
    PAL_NUM device_id;   /* of the file system */
    PAL_NUM link_count;
    PAL_NUM owner_id;   /* host's user id */
    PAL_NUM group_id;   /* host's group id */
    PAL_NUM allocated;  /* bytes that the stream takes on its medium */
    PAL_FLG mode;       /* of what has a place in a file system: permissions, PAL_MODE_x, and its kind: PAL_MODE_KIND */
    PAL_BOL appending;  /* of files: see PAL_OPTION_APPEND */
    PAL_NUM rdev_id;    /* the device that a device file stands for, as device_id */
    PAL_NUM block_size; /* bytes to be read or written at once for good speed */
    PAL_NUM place;      /* of dev:stdin.file and the like: where a read or write of dev:stdin goes on */
} PAL_STREAM_ATTR;

/* Bits of mode, and the kind in it, which is one of PAL_KIND_x. */
#define PAL_MODE_SETUID     04000
#define PAL_MODE_SETGID     02000
#define PAL_MODE_STICKY     01000
#define PAL_MODE_KIND(mode) ((mode) >> 12)

/* Kinds of what has a name in a directory. */
#define PAL_KIND_UNKNOWN   0 /* the host does not tell without looking at the file */
#define PAL_KIND_FIFO      1
#define PAL_KIND_CHARACTER 2 /* a device */
#define PAL_KIND_DIRECTORY 4
#define PAL_KIND_BLOCK     6 /* a device */
#define PAL_KIND_FILE      8
#define PAL_KIND_LINK      10
#define PAL_KIND_SOCKET    12

/* For DkStreamAttributesSetbyHandle, in share_flags: set exactly these members, to what attr says and without looking
 * at what they are, and no others. */
#define PAL_SET_PERMISSIONS 0x10000 /* share_flags, and of mode PAL_MODE_x */
#define PAL_SET_OWNER       0x20000 /* owner_id and group_id */
#define PAL_SET_TIMES       0x40000 /* access_time and modify_time */
#define PAL_SET_PLACE       0x80000 /* place, and nothing else with it */

/* The same of connections and their servers. */
#define PAL_SET_LINGER     0x100000
#define PAL_SET_RECEIVEBUF 0x200000
#define PAL_SET_SENDBUF    0x400000
#define PAL_SET_CORK       0x800000  /* tcp_cork */
#define PAL_SET_KEEPALIVE  0x1000000 /* tcp_keepalive */
#define PAL_SET_NODELAY    0x2000000 /* tcp_nodelay */

/* Values that leave a member as it is, and that set a time to the host's. Other times are signed. */
#define PAL_ID_KEEP   ((PAL_NUM)0xffffffff)
#define PAL_TIME_KEEP ((PAL_NUM)1 << 63)
#define PAL_TIME_NOW  (PAL_TIME_KEEP + 1)

/* What a directory opened with PAL_OPTION_ENTRIES is read as. The next record is size bytes further. */
struct pal_dirent {
    PAL_NUM file_id;     /* inode number */
    PAL_NUM position;    /* the host's own, different for each entry */
    unsigned short size; /* bytes of this record, a multiple of 8 */
    unsigned char kind;  /* PAL_KIND_x */
    char name[];         /* NUL-terminated */
};

/* What DkStreamRead of a link: stream tells at the offset PAL_LINK_SPACE: the file system that the name is in. */
struct pal_space {
    PAL_NUM block_size; /* bytes */
    PAL_NUM blocks;     /* in all */
    PAL_NUM free;       /* blocks */
    PAL_NUM available;  /* blocks that this process may take */
    PAL_NUM files;      /* in all, 0 = there is no limit */
    PAL_NUM files_free;
    PAL_NUM name_max; /* bytes of a name without its NUL */
};

/* The registers of an interrupted thread, in the order of Linux's gregset_t. */
typedef struct {
    PAL_NUM r8, r9, r10, r11, r12, r13, r14, r15;
    PAL_NUM rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    PAL_NUM efl, csgsfs, err, trapno, oldmask, cr2;
    PAL_PTR xsave;      /* XSAVE area in the standard format, 64-byte aligned; NULL = no vector state */
    PAL_NUM xsave_size; /* bytes */
    PAL_NUM gs_base;    /* where %gs pointed, and will again */
} PAL_CONTEXT;

/* What %gs:0 points at, for each thread. The canary's place is known to the compiler's flags. */
struct pal_tcb {
    struct pal_tcb *self;
    PAL_NUM canary;
    PAL_NUM libos[30]; /* the library OS's own; zero in a new thread */
    /* Not 0: an event came while this thread was in a call, or in a function that the control block names. The end of a
     * call tells of it; who comes from such a function, or comes from a call that was just ending then, can see it here,
     * and makes any call. Not to be written. */
    unsigned int pending;
};

#pragma GCC visibility push(default)

/* The control block as data (use through the GOT; a copy relocation does not link) and through a call. For an object with
 * PAL_LIBOS_NOTE the members of cpu_info but cpu_num, which take long to find out, are filled in by the first call. */
extern PAL_CONTROL pal_control;
PAL_CONTROL *pal_control_addr(void);

/***** Memory *****/

/* Memory allocation flags */
#define PAL_ALLOC_32BIT   0x0001 /* Only give out 32-bit addresses */
#define PAL_ALLOC_RESERVE 0x0002 /* Only reserve the memory */
#define PAL_ALLOC_RENEW   0x0004 /* Only empty the memory */

/* Memory protection flags */
#define PAL_PROT_NONE      0x0 /* 0x0 Page can not be accessed. */
#define PAL_PROT_READ      0x1 /* 0x1 Page can be read. */
#define PAL_PROT_WRITE     0x2 /* 0x2 Page can be written. */
#define PAL_PROT_EXEC      0x4 /* 0x4 Page can be executed. */
#define PAL_PROT_WRITECOPY 0x8 /* 0x8 Copy on write */

/* Allocate zeroed memory.
 * addr        NULL = anywhere, else exactly there, replacing what the program had mapped at this place
 * size        bytes, not 0
 * alloc_type  PAL_ALLOC_32BIT, PAL_ALLOC_RESERVE (takes addresses but no memory, whatever prot says; allocate again at
 *             the same address to commit), PAL_ALLOC_RENEW (at addr: all of it is from this call and has this prot, and
 *             only its contents are to go; a host may keep the rest, or do what it does without this flag)
 * prot        PAL_PROT_x; WRITECOPY is the same as WRITE for memory that is not shared
 * returns     the address, NULL on failure
 * errors      INVAL: size 0, addr or size unaligned, 32BIT with an address above, or RENEW without one; DENIED: outside of
 *             user_address, where the PAL and the host live; OVERFLOW: addr + size wraps; NOMEM: no memory or addresses left
 * threads     two threads that ask for the same address get the same memory
 * source      Host ABI "DkVirtualMemoryAlloc"; Linux: mmap(2), madvise(2) */
PAL_PTR DkVirtualMemoryAlloc(PAL_PTR addr, PAL_NUM size, PAL_FLG alloc_type, PAL_FLG prot);

/* Free memory, wholly or in part; parts that are not mapped do not matter.
 * addr        start, not NULL
 * size        bytes, not 0
 * errors      INVAL: NULL, 0 or unaligned; DENIED: outside of user_address; OVERFLOW: addr + size wraps
 * source      Host ABI "DkVirtualMemoryFree"; Linux: munmap(2) */
void DkVirtualMemoryFree(PAL_PTR addr, PAL_NUM size);

/* Change the protection of memory.
 * addr, size  as for DkVirtualMemoryFree
 * prot        PAL_PROT_x; WRITECOPY with a shared mapping of a file fails
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      INVAL: NULL, 0 or unaligned; DENIED: outside of user_address, or a file opened without the access;
 *             OVERFLOW: addr + size wraps; NOMEM: a part of the range is not mapped
 * source      Host ABI "DkVirtualMemoryProtect"; Linux: mprotect(2) */
PAL_BOL DkVirtualMemoryProtect(PAL_PTR addr, PAL_NUM size, PAL_FLG prot);

/***** Processes *****/

/* Isolate the instance's streams from other processes: pipes and channels that are named from here on are those of this
 * process and its future children alone. */
#define PAL_SANDBOX_PIPE 0x1

/* For DkProcessCreate: the new process is a copy of the calling one, with the calling thread alone, and begins by returning
 * from the same call. All memory is copied, for the host copy-on-write; a file that is mapped for writing stays shared. All
 * handles are handles there, too, with the same values: streams are the same streams, events and semaphores copies of what
 * they are now, with nobody waiting. But those of other threads and of processes can only be closed, and poll:set streams
 * are empty. pal_control is the new process's: parent_process is what the call returns there, by which the two are told
 * apart. Such a pair of handles is no stream: the one tells the end of the child and its exit code, and both can be given
 * to DkThreadResume. */
#define PAL_PROCESS_COPY 0x1
/* The same, but of the memory in user_address it has only what the calling thread has left to its next child
 * (PAL_COMMIT_CHILD), at its place, and the stack of the first thread, which the PAL gave it. */
#define PAL_PROCESS_COMMITTED 0x2

/* Start a program in a new process of this instance. It has nothing of the caller's but the environment and the console.
 * uri         file: URI of a manifest or an executable; NULL = the same executable and manifest as the caller's
 * flags       0, or one of PAL_PROCESS_x (uri and args NULL)
 * args        NULL-terminated arguments, argv of the new process as they stand; args[0] is the program's name, which
 *             loader.execname replaces; NULL or an empty list = none at all, argc is 0
 * returns     a handle: stream to the child (its parent_process), way to pass handles, end of stream when it is gone,
 *             and its exit code (DkStreamAttributesQuerybyHandle: disconnected, and the code as size); NULL on failure.
 *             For PAL_PROCESS_x see there
 * errors      STREAMNOTEXIST, STREAMISFILE, LINKLOOP: no such file; DENIED; NOEXEC: neither manifest nor executable;
 *             TOOBIG: arguments, or a manifest; NOMEM; TOOMANY: no process or stream left; NOTSUPPORT: not a file: URI;
 *             INVAL, TOOLONG: malformed URI; IO
 * source      Host ABI "DkProcessCreate"; Linux: clone(2) */
PAL_HANDLE DkProcessCreate(PAL_STR uri, PAL_FLG flags, PAL_STR *args);

/* End all threads of this process at once.
 * exitCode    reported to the host; Linux keeps the low 8 bits
 * errors      none: it returns only where the host cannot end a process
 * source      Host ABI "DkProcessExit"; Linux: exit_group(2) */
void DkProcessExit(PAL_NUM exitCode);

/* Confine this process and its future children by another manifest. What the process may do can only become less.
 * manifest    file: URI
 * flags       0 or PAL_SANDBOX_PIPE
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      STREAMNOTEXIST, STREAMISFILE, LINKLOOP, DENIED, TOOBIG, IO: the manifest; INVAL: not a manifest, or a
 *             malformed URI; TOOLONG: URI; NOTSUPPORT: not a file: URI, or the host cannot enforce it; NOMEM; TOOMANY
 * source      Host ABI "DkProcessSandboxCreate"; Linux: landlock(7) */
PAL_BOL DkProcessSandboxCreate(PAL_STR manifest, PAL_FLG flags);

/***** Streams *****/

/* What is read from dev:stdin.terminal and the like, and written to it; the numbers in it are Linux's (termios). Who reads
 * no more than what is before rows gets that; who writes no more sets that. */
struct pal_terminal {
    PAL_FLG input, output, control, local;
    unsigned char line, cc[19];
    unsigned short rows, columns, width, height; /* in characters; in pixels */
};

/* Offsets of writes to it: what is set, and when. A terminal is put back as it was found when the instance ends, as far
 * as the settings go. */
#define PAL_TERMINAL_NOW   0 /* the settings */
#define PAL_TERMINAL_DRAIN 1 /* when all that was written has gone; blocks until then */
#define PAL_TERMINAL_FLUSH 2 /* the same, and what has come and was not read is thrown away */
#define PAL_TERMINAL_SIZE  3 /* rows and what follows */

/* For what an entry of poll:list waits and what a poll:set tells. ERROR and HANGUP are told whether they are asked for or
 * not, and the others only if they are. */
#define PAL_POLL_READ        1 /* there is something to be read, or the end; a client waits; it has ended or is set */
#define PAL_POLL_WRITE       2 /* there is room */
#define PAL_POLL_ERROR       4
#define PAL_POLL_HANGUP      8  /* the peer is gone in both directions */
#define PAL_POLL_PEER_CLOSED 16 /* it will not write any more */
#define PAL_POLL_URGENT      32
/* Of sets only, besides the above. */
#define PAL_POLL_EDGE    64  /* told when it becomes ready, not as long as it is */
#define PAL_POLL_ONESHOT 128 /* told once, until it is changed */
#define PAL_POLL_EXCLUSIVE                                                                                             \
    256 /* of several sets that wait for it, not all are told; only to add, and not to be changed */

/* poll:list keeps nothing. DkStreamRead with a time-out in microseconds (as for DkObjectsWaitAny) as the offset waits until
 * one of the entries is ready, and fills in ready of all. An entry is any handle that DkObjectsWaitAny takes, or NULL,
 * which is never ready. Of what is no stream, READ is told whatever is asked for, and it is taken. Returns count.
 * errors  INVAL: no entries, or count is not a multiple of their size; BADHANDLE: one of them; TRYAGAIN: timed out;
 *         INTERRUPTED; NOMEM; TOOMANY, TOOLONG: as DkObjectsWaitAny. The array is as it was then */
struct pal_poll {
    PAL_HANDLE handle;
    PAL_FLG events; /* PAL_POLL_x */
    PAL_FLG ready;
};

/* poll:set keeps a set of streams. DkStreamWrite of changes (offset 0) makes them in order, and returns the bytes of those
 * that were made; if the first one fails, 0. A stream that is closed is no member any more. A stream is a member of several
 * sets if it has to be, and a set can be a member of another, be in a poll:list and be waited for by DkObjectsWaitAny. Sets
 * are not passed to other processes.
 * errors  INVAL: as above, or an unknown flag; BADHANDLE; STREAMEXIST: to be added, and a member; STREAMNOTEXIST: none;
 *         NOTSUPPORT: not a stream, or always ready, such as a file; LINKLOOP: sets in each other; BUSY: the first
 *         datagram of a UDP server's client has not been read; NOMEM, NOSPACE: too many members */
struct pal_poll_change {
    PAL_HANDLE handle;
    PAL_FLG events; /* PAL_POLL_x */
    PAL_FLG how;
    PAL_NUM cookie; /* by which the set names it */
};
#define PAL_POLL_ADD    0
#define PAL_POLL_CHANGE 1 /* events and cookie */
#define PAL_POLL_REMOVE 2 /* events and cookie do not matter */

/* DkStreamRead of a set, with a time-out as above, tells which members are ready, as many as fit (hosts may tell fewer at
 * once); what was not told comes first the next time. Members of the same cookie may be told as one. Returns bytes.
 * errors  INVAL: as above; TRYAGAIN: timed out; INTERRUPTED */
struct pal_poll_ready {
    PAL_NUM cookie;
    PAL_FLG ready; /* PAL_POLL_x */
    PAL_FLG reserved;
};

/* Stream access flags */
#define PAL_ACCESS_RDONLY 00
#define PAL_ACCESS_WRONLY 01
#define PAL_ACCESS_RDWR   02

/* Stream sharing flags: permissions of what is created */
#define PAL_SHARE_GLOBAL_X 01
#define PAL_SHARE_GLOBAL_W 02
#define PAL_SHARE_GLOBAL_R 04
#define PAL_SHARE_GROUP_X  010
#define PAL_SHARE_GROUP_W  020
#define PAL_SHARE_GROUP_R  040
#define PAL_SHARE_OWNER_X  0100
#define PAL_SHARE_OWNER_W  0200
#define PAL_SHARE_OWNER_R  0400

/* Stream create flags */
#define PAL_CREAT_TRY    0100 /* 0100 Create file if file not exist (O_CREAT) */
#define PAL_CREAT_ALWAYS 0200 /* 0300 Create file and fail if file already exist (O_CREAT|O_EXCL) */

/* Stream option flags */
#define PAL_OPTION_NONBLOCK 04000
#define PAL_OPTION_NOFOLLOW                                                                                            \
    0x10000 /* file: dir: do not open what a symbolic link stands for, if the last name is one */
#define PAL_OPTION_APPEND   0x20000 /* file: every write goes to the end, whatever its offset, as one with finding it */
#define PAL_OPTION_TRUNCATE 0x40000 /* file: one that exists has length 0 when it is open */
#define PAL_OPTION_ENTRIES  0x80000 /* dir: read as struct pal_dirent, with "." and ".." */
#define PAL_OPTION_BOUND                                                                                               \
    0x100000 /* tcp.srv: only has the address. DkStreamSetLength makes it serve, DkStreamChangeName connects it */
#define PAL_OPTION_REUSE    0x200000 /* udp.srv:, and tcp.srv: with BOUND: may share the address with others that say so */
#define PAL_OPTION_ONLY6    0x400000 /* tcp.srv: udp.srv: with an IPv6 address: not for IPv4 as well */
#define PAL_OPTION_EXCHANGE 0x800000 /* link: another name that it gets is exchanged with it */
#define PAL_OPTION_FURTHER                                                                                             \
    0x1000000 /* link: another name is one besides, of a file or of the symbolic link itself. Hosts may lack these two */
#define PAL_OPTION_HANDLES                                                                                             \
    0x2000000 /* pipe:ID carries handles, too, beside its bytes and in an order of their own; so does the server's end */
#define PAL_OPTION_SPREAD                                                                                              \
    0x4000000 /* udp.srv:, and tcp.srv: with BOUND: the host divides what comes among all of one user that say so */
#define PAL_OPTION_FIFO                                                                                                \
    0x8000000 /* pipe: as POSIX has it: its room is receivebuf, no write of 4096 bytes or fewer is divided; its sides
               * are given up (PAL_DELETE_OWN), never shut; without PAL_SOCKET_PEEK. Hosts may take it for any pipe */

/* Offsets of reads and writes of pipes, tcp: and udp:, as bits; the other bits have no meaning there. */
#define PAL_SOCKET_PEEK  ((PAL_NUM)1 << 62) /* what is read stays there, to be read again */
#define PAL_SOCKET_WHOLE ((PAL_NUM)1 << 61) /* a read of a datagram returns its size, even if that is more than count */
#define PAL_SOCKET_NOW   ((PAL_NUM)1 << 60) /* as with NONBLOCK */
#define PAL_SOCKET_WAIT  ((PAL_NUM)1 << 59) /* as without it */

/* Open or create a stream.
 * uri          IPv6 addresses stand in brackets
 *              file:PATH dir:PATH
 *              dev:NAME    tty: the standard input and output. Hosts may have
 *                          stdin, stdout, stderr: what the process was given as these, and in both directions if that was;
 *                          null, zero, full, random, urandom;
 *                          tty.terminal, stdin.terminal, stdout.terminal, stderr.terminal: the state of the terminal
 *                          behind them, NOTSUPPORT to read and write if it is none;
 *                          stdin.file, stdout.file, stderr.file: the file that one of them is, with all that files have
 *                          but a name; STREAMISDEVICE if it is none
 *              pipe.srv:ID pipe:ID
 *              pipe:       anonymous: what is written is read from the same handle
 *              tcp.srv:ADDR:PORT tcp:[LOCAL:PORT:]ADDR:PORT udp.srv:ADDR:PORT udp:[[LOCAL:PORT:]ADDR:PORT]
 *              gipc:KEY
 *              link:PATH   the name itself, not what it stands for; it need not exist, and the host is not asked
 *              process:ID  the process of this instance with this process_id, to be given to DkThreadResume and to nothing
 *                          else; the host is not asked whether there is one; hosts may lack it
 *              poll:list poll:set  waiting for many streams, see struct pal_poll; hosts may lack them
 *              mem:        a file without a name, in memory, of length 0, which goes with its last handle and mapping;
 *                          hosts may lack it
 * access       one of PAL_ACCESS_x; pipes, sockets, channels and mem: have both directions whatever it is
 * share_flags  PAL_SHARE_x, used when a file or directory is created; the mask of the host's user may take some away
 * create       0, PAL_CREAT_TRY, or PAL_CREAT_ALWAYS (which implies TRY and fails on what exists); for files,
 *              directories and devices, which always exist. link: with PAL_CREAT_ALWAYS is not renamed to a name
 *              that exists, see DkStreamChangeName
 * options      PAL_OPTION_x of the scheme; NONBLOCK is every one's: tcp: then returns while it is still connecting, and a
 *              failure to do so makes the handle ready and shows in the first read or write
 * returns      the handle, NULL on failure
 * errors       NOTSUPPORT: unknown scheme; INVAL: malformed URI; TOOLONG: URI or a name in it; STREAMNOTEXIST,
 *              STREAMEXIST, STREAMISDIR (file: on a directory, for writing), STREAMISFILE (dir: on a file, or NOFOLLOW on
 *              a symbolic link), DENIED, LINKLOOP (also file: NOFOLLOW on a symbolic link), READONLY, NOSPACE: as the
 *              path says; INVAL: an option that the scheme has not, or TRUNCATE with RDONLY; STREAMNOTEXIST: pipe:
 *              without a server, or a device; STREAMISDEVICE: see dev:, and file: on what is no file and
 *              cannot be opened now, as a socket or a FIFO that nobody reads; CONNFAILED, TIMEDOUT: nobody there;
 *              ADDRNOTEXIST: not an address of this host; ADDRINUSE: also a second pipe.srv: of an ID; TRYAGAIN: NONBLOCK
 *              and no room for a client at a pipe's server; INTERRUPTED; NOMEM, TOOMANY
 * source       Host ABI "DkStreamOpen"; Linux: open(2), socket(2) */
PAL_HANDLE DkStreamOpen(PAL_STR uri, PAL_FLG access, PAL_FLG share_flags, PAL_FLG create, PAL_FLG options);

/* Accept a connection; blocks until there is one. At udp.srv: that is a datagram: its sender becomes the peer of the
 * new handle, which gives this datagram and gets what this sender sends from then on.
 * handle      of a pipe.srv:, tcp.srv: or udp.srv: stream; the new one blocks, whatever this one does
 * returns     handle of the connection, NULL on failure
 * errors      NOTSERVER; INVAL: it does not serve yet (PAL_OPTION_BOUND); TRYAGAIN: NONBLOCK and none waits;
 *             INTERRUPTED; CONNFAILED: the peer has gone; NOMEM, TOOMANY: a client of a pipe may be turned away by that
 * source      Host ABI "DkStreamWaitForClient"; Linux: accept4(2) */
PAL_HANDLE DkStreamWaitForClient(PAL_HANDLE handle);

/* Offsets of link: streams. */
#define PAL_LINK_TARGET 0 /* read: what a symbolic link stands for; write: make one */
#define PAL_LINK_SPACE  1 /* read: struct pal_space */
#define PAL_LINK_FIFO   2 /* write: make a FIFO; one PAL_FLG, its PAL_SHARE_x, of which the mask may take some away */
#define PAL_LINK_SOCKET 3 /* the same: make the name of a socket, which nobody is behind; hosts may lack it (INVAL) */

/* Read from a stream.
 * offset      bytes from the start of a file; PAL_SOCKET_x of sockets and pipes; of no meaning for other streams and for
 *             files that have no places, such as FIFOs. For a directory 0 = from the start, anything else = go on where
 *             the last read stopped. For link: PAL_LINK_x. For poll: the time-out
 * count       bytes that buffer holds
 * buffer      filled; from a directory with whole names, each NUL-terminated, those of directories with a '/' at
 *             their end, without "." and ".."; with PAL_OPTION_ENTRIES with whole struct pal_dirent, aligned by 8 if
 *             buffer is. From link: with the target without a NUL, as far as it fits, or with struct pal_space
 * source      NULL, or where the sender's URI of a datagram goes, NUL-terminated
 * size        bytes that source holds; 64 are enough for any, and what could be too few is refused beforehand
 * returns     bytes read, which may be less than count; 0 at the end of the stream, for an empty datagram, on failure
 * errors      DENIED: not opened for reading; ENDOFSTREAM is not an error: 0 without an event; TRYAGAIN; INTERRUPTED;
 *             OVERFLOW: the next name of the directory, the sender's URI or struct pal_space does not fit, nothing is
 *             consumed; link: INVAL: not a symbolic link, or count is 0; STREAMNOTEXIST, STREAMISFILE: the path; poll:
 *             TOOLONG, NOMEM and what struct pal_poll says; NOTSUPPORT: dev:tty.terminal of what is no terminal,
 *             PAL_SOCKET_PEEK of PAL_OPTION_FIFO; CONNFAILED: reset by the peer; TIMEDOUT: the peer does not answer;
 *             NOTCONNECTION: a stream without data; STREAMISDIR: file: on a directory; STREAMNOTEXIST: a directory that
 *             has been deleted; IO; INVAL: offset too large
 * threads     readers of a file do not disturb each other; a stream's data goes to one of the readers
 * source      Host ABI "DkStreamRead"; Linux: pread64(2), read(2), getdents64(2), recvmsg(2), readlink(2), statfs(2) */
PAL_NUM DkStreamRead(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_PTR source, PAL_NUM size);

/* Write to a stream. What is written to link: makes a symbolic link of that name, which stands for what is written.
 * offset      bytes from the start of a file; PAL_SOCKET_NOW and WAIT of sockets and pipes; of no meaning for other
 *             streams, for files that have no places, and with PAL_OPTION_APPEND. For link: PAL_LINK_TARGET,
 *             FIFO or SOCKET
 * count       bytes in buffer
 * dest        NULL, or the URI of a datagram's receiver
 * returns     bytes written, which may be less than count; 0 on failure
 * errors      DENIED: not opened for writing; TRYAGAIN; INTERRUPTED; CONNFAILED: the peer has gone; NOSPACE; TOOBIG:
 *             a datagram or file beyond the host's limit; NOTCONNECTION: no peer and no dest; NOTSUPPORT: dest, and not
 *             a datagram; TIMEDOUT; STREAMISDIR; READONLY; IO; INVAL: malformed dest, offset too large; link:
 *             STREAMEXIST; STREAMNOTEXIST: no such directory, or count is 0; STREAMISFILE: a file is in its place; INVAL:
 *             a NUL, another offset, not a PAL_FLG of PAL_SHARE_x; TOOLONG; DENIED: also a file system without symbolic
 *             links; poll:set: what struct pal_poll_change says
 * source      Host ABI "DkStreamWrite"; Linux: pwrite64(2), write(2), sendmsg(2), symlink(2), mkfifo(3) */
PAL_NUM DkStreamWrite(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_STR dest);

#define PAL_DELETE_RD 01
#define PAL_DELETE_WR 02
/* With one of these, of an anonymous pipe that processes have in common (PAL_PROCESS_COPY): this process has that side no
 * more. The others keep it, and the side is shut when nobody has it. No other thread may be using it. */
#define PAL_DELETE_OWN 04

/* Delete a file or directory, or shut down a connection. The handle stays to be closed. link: deletes the name of
 * whatever is no directory, and with a '/' at its end the name of an empty directory only.
 * access      0 = all; PAL_DELETE_RD or PAL_DELETE_WR = one side of a connection; see PAL_DELETE_OWN
 * errors      STREAMNOTEXIST: already gone; NOTEMPTY; DENIED; READONLY; BUSY; NOTCONNECTION;
 *             NOTSUPPORT: a device, server or mem:, and PAL_OPTION_FIFO without PAL_DELETE_OWN; INVAL: one side of a file;
 *             link: STREAMISDIR, STREAMISFILE: not what the name's end says
 * source      Host ABI "DkStreamDelete"; Linux: unlink(2), rmdir(2), shutdown(2) */
void DkStreamDelete(PAL_HANDLE handle, PAL_FLG access);

/* Map a file into memory.
 * address     NULL = anywhere, else exactly there, replacing what the program had mapped
 * prot        PAL_PROT_x; with WRITECOPY writes stay private, with WRITE alone they go to the file; what is mapped
 *             without either stays private, too, if it is made writable later
 * offset      bytes from the start of the file, aligned by alloc_align
 * size        bytes, aligned, not 0; pages past the end of the file fault when touched
 * returns     the address, NULL on failure
 * errors      INVAL: 0 or unaligned; DENIED: outside of user_address, or not opened for this access; OVERFLOW: wraps;
 *             NOMEM; NOTSUPPORT: the stream cannot be mapped
 * source      Host ABI "DkStreamMap"; Linux: mmap(2) */
PAL_PTR DkStreamMap(PAL_HANDLE handle, PAL_PTR address, PAL_FLG prot, PAL_NUM offset, PAL_NUM size);

/* Undo DkStreamMap, wholly or in part.
 * addr, size  aligned by alloc_align, not 0
 * errors      INVAL: 0 or unaligned; DENIED: outside of user_address; OVERFLOW: wraps
 * source      Host ABI "DkStreamUnmap"; Linux: munmap(2) */
void DkStreamUnmap(PAL_PTR addr, PAL_NUM size);

/* Cut or extend a file; what is added reads as zeros. Or let a tcp.srv: stream serve, which need not do so yet
 * (PAL_OPTION_BOUND), or does already.
 * length      bytes; of tcp.srv: clients that may wait, about
 * returns     length, 0 on failure
 * errors      DENIED: not opened for writing; NOSPACE; TOOBIG; NOTSUPPORT: not a file; IO; INVAL: too large
 * source      Host ABI "DkStreamSetLength"; Linux: ftruncate(2) */
PAL_NUM DkStreamSetLength(PAL_HANDLE handle, PAL_NUM length);

/* Wait until what was written to a file is on its medium.
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: neither file nor directory; IO; NOSPACE
 * source      Host ABI "DkStreamFlush"; Linux: fsync(2) */
PAL_BOL DkStreamFlush(PAL_HANDLE handle);

/* Pass a handle to another process.
 * handle      of a process, parent or child; or a pipe with PAL_OPTION_HANDLES, where the call does not wait for room
 * cargo       any stream handle; it stays open here. NONBLOCK is each handle's own, and so is a directory's position,
 *             which begins at the start; a server serves in both processes
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: cargo is a process, thread, event, semaphore, link: or poll:; BUSY: the first datagram of a UDP
 *             server's client has not been read; NOTCONNECTION: it carries no handles; CONNFAILED: the process, or who has
 *             the pipe's other end, is gone; TRYAGAIN; INTERRUPTED; NOMEM, TOOMANY
 * source      Host ABI "DkSendHandle"; Linux: sendmsg(2), unix(7) */
PAL_BOL DkSendHandle(PAL_HANDLE handle, PAL_HANDLE cargo);

/* Take a handle that another process passed; blocks until there is one.
 * handle      of a process, parent or child; or a pipe with PAL_OPTION_HANDLES, where the call does not wait
 * returns     the handle, NULL on failure
 * errors      NOTCONNECTION: it carries no handles; CONNFAILED: the process, or who has the pipe's other end, is gone;
 *             INCONSIST: it sent something else; TRYAGAIN; INTERRUPTED; NOMEM, TOOMANY
 * source      Host ABI "DkReceiveHandle"; Linux: recvmsg(2), unix(7) */
PAL_HANDLE DkReceiveHandle(PAL_HANDLE handle);

/* Ask for the attributes of a named stream.
 * uri         file:, dir:, dev: or link:, which does not follow a symbolic link
 * attr        filled on success
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: scheme; INVAL, TOOLONG: URI; STREAMNOTEXIST; STREAMISFILE: dir: on a file; DENIED; LINKLOOP
 * source      Host ABI "DkStreamAttributesQuery"; Linux: statx(2) */
PAL_BOL DkStreamAttributesQuery(PAL_STR uri, PAL_STREAM_ATTR *attr);

/* Ask for the attributes of an open stream.
 * attr        filled on success
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: not a stream; IO; link: what DkStreamAttributesQuery says of a name
 * source      Host ABI "DkStreamAttributesQuerybyHandle"; Linux: statx(2), getsockopt(2) */
PAL_BOL DkStreamAttributesQuerybyHandle(PAL_HANDLE handle, PAL_STREAM_ATTR *attr);

/* Change the attributes of an open stream to those in attr, as far as they can be changed and differ: share_flags, the
 * PAL_MODE_x of mode, owner_id, group_id, access_time and modify_time of files and directories; the last four of link:, for
 * the name itself, and with PAL_SET_PERMISSIONS the first two; appending of files; nonblocking of all; reuseaddr, linger,
 * buffers, timeouts and tcp_x of connections; receivebuf of pipe: with PAL_OPTION_FIFO.
 * Query, change, set; or, for files, directories, link: and connections, say by PAL_SET_x what is to be set. The host may
 * round values.
 * If one fails, some others may have been set.
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: not a stream, or SET_PLACE and not dev:stdin.file or the like; DENIED: also set-id bits where the
 *             program is confined, and link: that is a symbolic link there, or permissions of one, or of what the user may
 *             not open and could not when the instance began, or more room than the host allows a pipe, or buffers and
 *             timeouts of pipes where the program is granted no network; BUSY: less room than a pipe has bytes in it;
 *             INVAL: a value out of range, an owner whom the host cannot have, or PAL_SET_x of what the stream does not
 *             have; READONLY; IO; link: what DkStreamAttributesQuery says of a name
 * source      Host ABI "DkStreamAttributesSetbyHandle"; Linux: fchmod(2), fchown(2), utimensat(2), setsockopt(2) */
PAL_BOL DkStreamAttributesSetbyHandle(PAL_HANDLE handle, PAL_STREAM_ATTR *attr);

/* Ask for the URI of an open stream.
 * buffer      gets the NUL-terminated URI
 * size        bytes that buffer holds
 * returns     length of the URI without its NUL, 0 on failure
 * errors      OVERFLOW: buffer too small; ZEROSIZE: size is 0; NOTSUPPORT: a stream without a name
 * source      Host ABI "DkStreamGetName" */
PAL_NUM DkStreamGetName(PAL_HANDLE handle, PAL_PTR buffer, PAL_NUM size);

/* Rename a file or directory; replaces a file of that name, or an empty directory, unless the handle is of link: and was
 * opened with PAL_CREAT_ALWAYS. A file that is given a link: URI keeps its name and has the new one, too (a hard link), and
 * so does link: with PAL_OPTION_FURTHER; with PAL_OPTION_EXCHANGE what had the new name gets the old one, and must be there.
 * A tcp.srv: that is only bound (PAL_OPTION_BOUND) and is named tcp:ADDR:PORT, or a udp.srv: named udp:ADDR:PORT, is
 * connected: from then on it is a stream of that scheme, with the local address that it has. So is a tcp: that has failed to
 * connect, and any udp:, which has no peer any more if it is named udp: alone (and may lose a port that the host chose).
 * uri         file: for a file, dir: for a directory, link: for what link: names, of whatever kind; link: for a file = as
 *             well
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTSUPPORT: the stream cannot be renamed, or the scheme does not fit; INVAL, TOOLONG: URI; CROSSDEVICE;
 *             STREAMNOTEXIST; NOTEMPTY; STREAMISDIR, STREAMISFILE; DENIED; READONLY; BUSY; NOSPACE; STREAMEXIST: not to
 *             be replaced, or a further name, or it is connected already; TOOMANY: further names; IO; of tcp: and udp:
 *             what DkStreamOpen says of them
 * source      Host ABI "DkStreamChangeName"; Linux: rename(2), link(2) */
PAL_BOL DkStreamChangeName(PAL_HANDLE handle, PAL_STR uri);

/***** Threads *****/

/* Create a thread.
 * addr        function of one argument to run, on a stack of the PAL's of at least 64 KiB; returning ends the thread
 * param       its argument
 * flags       0
 * returns     the handle (DkObjectsWaitAny tells when the thread has ended), NULL on failure
 * errors      INVAL: addr is NULL; NOMEM; TOOMANY
 * source      Host ABI "DkThreadCreate"; Linux: clone(2) */
PAL_HANDLE DkThreadCreate(PAL_PTR addr, PAL_PTR param, PAL_FLG flags);

/* Set or get the calling thread's thread-local storage address (%fs).
 * addr        NULL = only get
 * returns     the address that is now set, NULL on failure
 * errors      INVAL: not a canonical address of the program
 * source      Host ABI "DkThreadPrivate"; x86: WRFSBASE */
PAL_PTR DkThreadPrivate(PAL_PTR addr);

/* Suspend the calling thread.
 * duration    microseconds; 0 = only yield
 * returns     microseconds slept; less than asked for if interrupted
 * errors      INTERRUPTED
 * source      Host ABI "DkThreadDelayExecution"; Linux: ppoll(2) */
PAL_NUM DkThreadDelayExecution(PAL_NUM duration);

/* Let other threads run.
 * errors      none
 * source      Host ABI "DkThreadYieldExecution"; Linux: sched_yield(2) */
void DkThreadYieldExecution(void);

/* End the calling thread. Its handle stays to be waited for and closed. The last thread ends the process, with code 0.
 * errors      none: it returns only where the host cannot end a thread
 * source      Host ABI "DkThreadExit"; Linux: exit(2) */
void DkThreadExit(void);

/* Make a thread leave its blocking call with INTERRUPTED and run its PAL_EVENT_RESUME handler, if there is one. If
 * the thread is not blocked, the handler runs as soon as the thread is outside of the PAL.
 * thread      of a thread; hosts may take one of a process, too: then it is that process's first thread, or the one that
 *             it began with as a copy
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      NOTKILLABLE: the thread or the process has ended; DENIED: a process outside of the instance
 * source      Host ABI "DkThreadResume"; Linux: tgkill(2) */
PAL_BOL DkThreadResume(PAL_HANDLE thread);

/***** Exceptions *****/

#define PAL_EVENT_DIVZERO  1 /* Div-by-zero; arg: address of the instruction */
#define PAL_EVENT_MEMFAULT 2 /* segmentation fault, protection fault, bus fault; arg: address that was accessed */
#define PAL_EVENT_ILLEGAL  3 /* illegal instructions; arg: address of the instruction */
#define PAL_EVENT_QUIT     4 /* terminated by external program; arg: 0 */
#define PAL_EVENT_SUSPEND  5 /* suspended by external program; arg: PAL_SUSPEND_x, one or several, 0 = not told */
#define PAL_EVENT_RESUME   6 /* continued by external program; arg: 0 */
#define PAL_EVENT_FAILURE  7 /* failure within PAL calls; arg: the code, PAL_ERROR_x */
#define PAL_EVENT_LIMIT    8

/* What a user has asked for, at the terminal as a rule. */
#define PAL_SUSPEND_INTERRUPT 1  /* the program to end */
#define PAL_SUSPEND_STOP      2  /* to stop until it is continued */
#define PAL_SUSPEND_QUIT      4  /* to end at once */
#define PAL_SUSPEND_RESIZE    8  /* the window has another size */
#define PAL_SUSPEND_HANGUP    16 /* the terminal has gone; or settings are to be read again */
#define PAL_SUSPEND_USER1     32 /* what the program means by it */
#define PAL_SUSPEND_USER2     64 /* likewise */

#define PAL_EVENT_PRIVATE     0x0001 /* upcall specific to thread */
#define PAL_EVENT_RESET       0x0002 /* reset the event upcall */

typedef void (*PAL_EVENT_HANDLER)(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context);

/* Set the handler of an event.
 * handler     called with the event (for DkExceptionReturn), its argument, and the interrupted registers, which it may
 *             change; context is NULL for FAILURE. NULL = remove
 * event       PAL_EVENT_x
 * flags       PAL_EVENT_PRIVATE: for the calling thread only, before the process's; PAL_EVENT_RESET: the handler is
 *             removed when it is called
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      INVAL: no such event
 * source      Host ABI "DkSetExceptionHandler"; Linux: sigaction(2) */
PAL_BOL DkSetExceptionHandler(PAL_EVENT_HANDLER handler, PAL_NUM event, PAL_FLG flags);

/* Leave an exception handler and go on with the context that it was given. Returning from the handler does the same.
 * event       what the handler was given
 * errors      INVAL: not the event that is being handled
 * source      Host ABI "DkExceptionReturn"; Linux: sigreturn(2) */
void DkExceptionReturn(PAL_PTR event);

/***** Synchronisation *****/

/* Create a semaphore.
 * initialCount  at most maxCount
 * maxCount      at least 1, at most 2^31 - 1
 * returns       the handle, NULL on failure
 * errors        INVAL: counts; NOMEM
 * source        Host ABI "DkSemaphoreCreate"; Linux: futex(2) */
PAL_HANDLE DkSemaphoreCreate(PAL_NUM initialCount, PAL_NUM maxCount);

/* Add to a semaphore's count and wake as many waiters.
 * count       at least 1
 * errors      INVAL: 0; OVERFLOW: beyond maxCount, nothing is changed
 * source      Host ABI "DkSemaphoreRelease"; Linux: futex(2) */
void DkSemaphoreRelease(PAL_HANDLE semaphoreHandle, PAL_NUM count);

/* Create an event that stays set until it is cleared.
 * initialState  PAL_TRUE = set
 * returns       the handle, NULL on failure
 * errors        NOMEM
 * source        Host ABI "DkNotificationEventCreate"; Linux: futex(2) */
PAL_HANDLE DkNotificationEventCreate(PAL_BOL initialState);

/* Create an event that clears itself when it has released one waiter; a set without a waiter is kept for the next.
 * initialState  PAL_TRUE = set
 * returns       the handle, NULL on failure
 * errors        NOMEM
 * source        Host ABI "DkSynchronizationEventCreate"; Linux: futex(2) */
PAL_HANDLE DkSynchronizationEventCreate(PAL_BOL initialState);

/* Set an event; has no effect on one that is set. Who is released by this stays so, even if it is cleared at once.
 * errors      none but BADHANDLE
 * source      Host ABI "DkEventSet"; Linux: futex(2) */
void DkEventSet(PAL_HANDLE eventHandle);

/* Clear an event; has no effect on one that is clear.
 * errors      none but BADHANDLE
 * source      Host ABI "DkEventClear" */
void DkEventClear(PAL_HANDLE eventHandle);

#define NO_TIMEOUT ((PAL_NUM)-1)

/* Wait for one of several objects: a stream with data, room or an end; a server with a client; a process or thread
 * that has ended; an event that is set; a semaphore with a count. The last two are taken by the waiter.
 * count        handles, at least 1
 * handleArray  NULL entries are passed over
 * timeout      microseconds; 0 = only look; NO_TIMEOUT = for ever
 * returns      one of the handles, NULL on time-out or failure
 * errors       INVAL: count is 0; TRYAGAIN: timed out; INTERRUPTED; NOMEM; TOOMANY: no stream left to wait with;
 *              TOOLONG: count beyond the host's limit, which is at least 1000
 * source       Host ABI "DkObjectsWaitAny"; Linux: ppoll(2), futex(2) */
PAL_HANDLE DkObjectsWaitAny(PAL_NUM count, PAL_HANDLE *handleArray, PAL_NUM timeout);

/***** Others *****/

/* Close a handle; for a thread or process that still runs only the handle goes.
 * errors      none but BADHANDLE
 * source      Host ABI "DkObjectClose"; Linux: close(2) */
void DkObjectClose(PAL_HANDLE objectHandle);

/* Read the clock.
 * returns     microseconds since 1970-01-01 UTC, 0 on failure
 * errors      none
 * source      Host ABI "DkSystemTimeQuery"; Linux: clock_gettime(2) */
PAL_NUM DkSystemTimeQuery(void);

/* Fill a buffer with random bits fit for cryptography.
 * size        bytes
 * returns     bytes filled, which is size; 0 on failure
 * errors      IO: the host has no source
 * source      Host ABI "DkRandomBitsRead"; Linux: random(4) */
PAL_NUM DkRandomBitsRead(PAL_PTR buffer, PAL_NUM size);

/* Make instructions that were written to memory visible to execution.
 * addr, size  range of any alignment
 * returns     PAL_TRUE, PAL_FALSE on failure
 * errors      OVERFLOW: addr + size wraps
 * source      Host ABI "DkInstructionCacheFlush"; x86: coherent, nothing to do */
PAL_BOL DkInstructionCacheFlush(PAL_PTR addr, PAL_NUM size);

/* Create a channel that moves memory between processes of an instance, copy-on-write. Both the creator and those who open
 * it can send and receive: what the one sends is received by one of the others, what these send by the creator.
 * key         gets the number to open it by: gipc:KEY
 * returns     the handle, NULL on failure
 * errors      NOMEM; TOOMANY; CONNFAILED: the instance has broken down
 * source      Host ABI "DkCreatePhysicalMemoryChannel"; Linux: memfd_create(2) */
PAL_HANDLE DkCreatePhysicalMemoryChannel(PAL_NUM *key);

/* For DkPhysicalMemoryCommit: the ranges are for the next process that the calling thread creates. Nobody else can map
 * them, and it maps them before what the channel has else. They are what they are when it is created (a host may take
 * them earlier), so they stay mapped until then; they do not overlap, and a file mapped for writing stays shared.
 * Where the host can, the two processes share them copy-on-write, and nothing is copied. */
#define PAL_COMMIT_CHILD 0x1

/* For DkPhysicalMemoryCommit: the one range is for the calling thread itself: the next range that it maps from this channel
 * is this one, which is moved there, without being copied. It is of one mapping: memory or a file, with one protection,
 * which it keeps; prots does not matter. Until it is mapped it stays as it is where it is, and sending another one takes
 * its place. The two places do not overlap (INVAL). Memory that was there is found to be missing (BADADDR) only when it is
 * mapped; what had been mapped at the new place may be gone then. */
#define PAL_COMMIT_MOVE 0x2

/* Send ranges of memory as they are now. Later writes of either side are not seen by the other.
 * entries     number of ranges, at least 1
 * addrs       addresses, aligned by alloc_align
 * sizes       bytes, aligned, not 0
 * flags       0, PAL_COMMIT_CHILD or PAL_COMMIT_MOVE
 * returns     number of ranges sent, 0 on failure
 * errors      INVAL: entries 0, or not 1 with PAL_COMMIT_MOVE, or a range 0 or unaligned; DENIED: outside of
 *             user_address; OVERFLOW; BADADDR: not
 *             readable, or with PAL_COMMIT_CHILD not mapped; NOMEM; TOOMANY; TRYAGAIN: too much waits in the channel;
 *             CONNFAILED: the channel is gone
 * source      Host ABI "DkPhysicalMemoryCommit"; Linux: memfd_create(2) */
PAL_NUM DkPhysicalMemoryCommit(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG flags);

/* Receive ranges of memory in the order in which they were sent; waits for those that were not sent yet.
 * entries     number of ranges, at least 1
 * addrs       where each goes, replacing what the program had mapped; a NULL entry is replaced by the address that was
 *             chosen
 * sizes       bytes of each, as sent
 * prots       PAL_PROT_x of each; what is written stays private
 * returns     number of ranges mapped, which is less than entries if one of them failed; 0 on failure
 * errors      INVAL: entries 0, or a range 0 or unaligned, or not as sent (it can still be mapped as it was sent), or
 *             it overlaps where it is moved from;
 *             DENIED: outside of user_address; OVERFLOW; NOMEM; TOOMANY; INTERRUPTED; TRYAGAIN: NONBLOCK and nothing
 *             waits; CONNFAILED: the channel is gone; INCONSIST: something else was sent
 * source      Host ABI "DkPhysicalMemoryMap"; Linux: mmap(2), mremap(2) */
PAL_NUM DkPhysicalMemoryMap(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG *prots);

#pragma GCC visibility pop

#endif
