/* SPDX-License-Identifier: MIT */
/* The host contract: what a host layer implements (_Dk* and the handle operations), and the services of the core that
 * it may use. This is what a port is; it names no host.
 *
 * Rules for all functions here. They return >= 0 or -PAL_ERROR_x; NOTIMPLEMENTED is what the host has not got.
 * Arguments have been checked by the core: handles are live and of a type whose operations were called, flags are
 * defined ones, sizes are aligned and do not wrap, URIs are parsed and their text ends in NUL, buffers that the host
 * will itself write through may still be bad (BADADDR). A host translates flags, makes host calls and translates
 * errors; it neither parses nor decides. Out-parameters are written on success only. All may be called by several
 * threads at once. */
#ifndef PAL_SRC_PAL_HOST_API_H
#define PAL_SRC_PAL_HOST_API_H

#include <stddef.h>
#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"
#include "uri.h"

/***** Core: services for the host layer *****/

/* Start the loaded program: the one entry of the core, called by the host's entry function once memory, console and the
 * thread control block of this thread work.
 * instance_id       identifies the processes that share names: random in a first process, its parent's in a child
 * manifest_handle   manifest, if opened, else NULL; owned by the core from here on
 * exec_handle       executable, if opened, else NULL; owned by the core from here on
 * exec_loaded_addr  where the host has already mapped the executable, else NULL
 * parent_process    handle of the parent if this is a child, else NULL
 * first_thread      handle of the calling thread, or NULL
 * arguments         NULL-terminated; the loader's whole command line if neither handle is given, else those of the
 *                   application
 * environments      NULL-terminated NAME=VALUE strings of the host
 * It ends the process; it returns only where _DkProcessExit does.
 * source            porting guide, step 2 */
void pal_main(PAL_NUM instance_id, PAL_HANDLE manifest_handle, PAL_HANDLE exec_handle, PAL_PTR exec_loaded_addr,
              PAL_HANDLE parent_process, PAL_HANDLE first_thread, PAL_STR *arguments, PAL_STR *environments);

/* Allocate a zeroed handle of a type, with one reference, for the host to fill in and return; nobody else can use it before
 * that. Error: NOMEM. */
PAL_MUST_CHECK int pal_handle_new(enum pal_handle_type type, PAL_HANDLE *out);

/* Give a handle from pal_handle_new back that never left the host; its close operation is not called. */
void pal_handle_discard(PAL_HANDLE handle);

/* Allocate size bytes (at most PAL_HEAP_MAX), 16-byte aligned, not zeroed; pal_free takes NULL. Error: NULL. */
#define PAL_HEAP_MAX 16384
void *pal_malloc(size_t size);
void pal_free(void *memory);

/* The same for any size; what is larger than PAL_HEAP_MAX costs host calls. size is that of the allocation, and does not
 * matter for NULL. */
void *pal_malloc_any(size_t size);
void pal_free_any(void *memory, size_t size);

/* Copy a string of len bytes into memory of pal_malloc, NUL-terminated. Error: NULL. */
char *pal_strdup(const char *text, size_t len);

/***** Handles *****/

/* Bytes that a host's union pal_handle may take. */
#define PAL_HANDLE_SIZE 128

static inline struct pal_handle_header *pal_hdr(PAL_HANDLE handle)
{
    return (struct pal_handle_header *)(void *)handle;
}

/* What can be done with a handle of one type. A NULL operation answers NOTSUPPORT. */
struct handle_ops {
    /* Open or create; uri is of a scheme of this type and borrowed: of files, URI_FILE or URI_MEM. options are those of the
     * scheme. See DkStreamOpen. */
    int (*open)(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create, PAL_FLG options);
    /* Read up to count bytes; 0 = end of stream. For a directory see DkStreamRead. */
    int64_t (*read)(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);
    int64_t (*write)(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer);
    /* The same for datagrams, with the sender and the receiver. */
    int64_t (*readbyaddr)(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer,
                          struct inet_endpoint *out_from);
    int64_t (*writebyaddr)(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer,
                           const struct inet_endpoint *to);
    /* Release what the host holds; called once, when nobody uses the handle any more. */
    void (*close)(PAL_HANDLE handle);
    int (*delete)(PAL_HANDLE handle, PAL_FLG access);
    /* Map at *address (NULL = choose, inside the user's range) and report where. */
    int (*map)(PAL_HANDLE handle, void **address, PAL_FLG prot, uint64_t offset, size_t size);
    int (*setlength)(PAL_HANDLE handle, uint64_t length);
    int (*flush)(PAL_HANDLE handle);
    int (*waitforclient)(PAL_HANDLE handle, PAL_HANDLE *out);
    int (*attrquery)(const struct uri *uri, PAL_STREAM_ATTR *out);
    int (*attrquerybyhdl)(PAL_HANDLE handle, PAL_STREAM_ATTR *out);
    int (*attrsetbyhdl)(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr);
    /* Write the URI, NUL-terminated, and return its length (uri_print does it). Error: OVERFLOW. */
    int64_t (*getname)(PAL_HANDLE handle, char *buffer, size_t size);
    /* Of a file, to a URI_LINK: give it this name, too. Of a server, to a URI_TCP or URI_UDP with a peer: connect it, and
     * make its type that of the scheme. */
    int (*rename)(PAL_HANDLE handle, const struct uri *to);
};

/* The host's operations for each type; NULL = the host has no such type (NOTIMPLEMENTED). */
extern const struct handle_ops *const pal_handle_ops[PAL_TYPE_LIMIT];

/***** db_main.c: the host itself *****/

/* Granularity of memory allocation in bytes, a power of two. Called once. */
size_t _DkGetAllocationAlignment(void);

/* Range in which programs may have memory; nothing of the PAL or the host is inside. The same in every process of an
 * instance. */
void _DkGetAvailableUserAddressRange(void **out_start, void **out_end);

/* An identifier of this process that no other process of the host has, not 0. */
uint64_t _DkGetProcessId(void);

/* An identifier of this host, 0 if it has none. */
uint64_t _DkGetHostId(void);

/* Describe the processors; strings live as long as the process. May be slow: the core asks only when something that was
 * loaded can see the answer. */
int _DkGetCPUInfo(PAL_CPU_INFO *out);

/* Number of processors that this process may use, 0 if unknown. Called once, before the guard starts, if the program can
 * see the answer; _DkGetCPUInfo may come later then. */
uint64_t _DkGetProcessorCount(void);

/* Bytes of memory of the host, 0 if unknown. Asked like _DkGetCPUInfo. */
uint64_t _DkMemoryQuota(void);

/* Functions for the program that need no host call, as PAL_CONTROL describes them; NULL for one that the host has not got.
 * Asked like _DkGetCPUInfo. */
void _DkGetHelpers(void **out_clock_gettime, void **out_getcpu);

/* From now on what is created gets exactly the share flags that are asked for. Returns those that the host's user had
 * masked until then (in a child: those that the first process found); 0 if the host knows no such thing. Called before
 * the guard starts. */
PAL_FLG _DkTakeCreationMask(void);

/* What PAL_CONTROL has as starter; asked like _DkTakeCreationMask. From now on the host enforces none of the soft limits that a
 * library OS can see to itself. */
void _DkTakeStarter(PAL_STARTER *out);

/* What the loaded program's auxiliary vector says of the host. */
struct pal_host_facts {
    uint64_t hwcap, hwcap2;        /* AT_HWCAP, AT_HWCAP2 */
    uint64_t clock_ticks;          /* AT_CLKTCK */
    uint64_t min_signal_stack;     /* AT_MINSIGSTKSZ */
    uint64_t uid, euid, gid, egid; /* AT_UID ... */
    const char *platform;          /* AT_PLATFORM */
    const void *random;            /* AT_RANDOM: 16 bytes that no other process has been given; NULL = there are none */
};
void _DkGetHostFacts(struct pal_host_facts *out);

/* Absolute path of the loader's own file, NUL-terminated; returns its length. Called only if it is needed. */
PAL_MUST_CHECK int64_t _DkGetLoaderPath(char *buffer, size_t size);

/* Write a message for the user, as a whole; failure is ignored. */
void _DkConsoleWrite(const char *text, size_t size);

/* End the process. Returns only where the host cannot. */
int _DkProcessExit(int exit_code);

/***** The guard *****/

struct pal_policy;

/* What a host cannot enforce of a policy; bits. */
enum pal_guard_gap {
    PAL_GUARD_CALLS = 1,      /* what the program asks of the host's kernel itself, past the Host ABI */
    PAL_GUARD_FILES = 2,      /* which files it reaches */
    PAL_GUARD_MODES = 4,      /* permissions of files that are granted for reading only */
    PAL_GUARD_PORTS = 8,      /* TCP ports */
    PAL_GUARD_ADDRESSES = 16, /* addresses of the network */
    PAL_GUARD_DATAGRAMS = 32  /* UDP */
};

/* Have the host's kernel confine this process and its children to a policy for good, whatever code they run. Called when
 * all is loaded and nothing of the program has run; and once more for a policy that is nested in that one. With
 * PAL_POLICY_OFF it may do what costs nothing.
 * policy   borrowed
 * returns  bits of enum pal_guard_gap: what is not enforced. If there are any, and the policy is PAL_POLICY_ENFORCE, the
 *          program is not started
 * errors   any, printed by the host unless it is NOTIMPLEMENTED: it confines nothing */
PAL_MUST_CHECK int _DkGuardStart(const struct pal_policy *policy);

/***** db_memory.c *****/

/* In alloc_type besides PAL_ALLOC_x: fail with BUSY if something is mapped at this address. */
#define PAL_ALLOC_EXCLUSIVE 0x8000

/* DENIED unless the program may have memory at the whole range. */
PAL_MUST_CHECK int _DkCheckMemoryMappable(const void *address, size_t size);

/* Allocate at *address (NULL = choose, inside the user's range) and report where. */
PAL_MUST_CHECK int _DkVirtualMemoryAlloc(void **address, size_t size, PAL_FLG alloc_type, PAL_FLG prot);
PAL_MUST_CHECK int _DkVirtualMemoryFree(void *address, size_t size);
PAL_MUST_CHECK int _DkVirtualMemoryProtect(void *address, size_t size, PAL_FLG prot);

/* Zeroed memory for the PAL itself, readable and writable, outside of the user's range, taking host memory only where it
 * is touched. */
PAL_MUST_CHECK int _DkInternalAlloc(void **out, size_t size);
/* Free what _DkInternalAlloc gave, as a whole. A host that cannot keeps it. */
void _DkInternalFree(void *memory, size_t size);

/***** db_process.c *****/

/* A range of the program's memory, inside the user's range and aligned. */
struct pal_range {
    void *address;
    uint64_t size;
    PAL_FLG prot; /* of what is mapped */
};

/* Start a process of this instance: this loader, with the environment and the descriptors of the console that this process
 * has, and nothing else of it. Its pal_main gets the instance_id of this process, a handle of this process and
 * arguments, a loader's whole command line. */
PAL_MUST_CHECK int _DkProcessCreate(PAL_HANDLE *out, PAL_STR *arguments);
/* Copy this process (PAL_PROCESS_COPY); the host takes pal_locks_take for the moment.
 * out        the handle of the child; in the copy, of its parent
 * stack      NULL = copy all memory; else, in the user's range, only what was committed, and this
 * returns    0; 1 in the copy */
PAL_MUST_CHECK int _DkProcessCopy(PAL_HANDLE *out, const struct pal_range *stack);
/* From here on share the names of pipes and channels only with processes that this one creates. */
PAL_MUST_CHECK int _DkProcessIsolate(void);

/***** db_streams.c *****/

PAL_MUST_CHECK int _DkSendHandle(PAL_HANDLE carrier, PAL_HANDLE cargo);
PAL_MUST_CHECK int _DkReceiveHandle(PAL_HANDLE carrier, PAL_HANDLE *out);

/***** db_sockets.c *****/

/* Make the handle of the instance's broadcast stream (PAL_BROADCAST_MAX). Called once, if the program can see it. It need not
 * cost anything before it is used. NOTIMPLEMENTED: the host has none. */
PAL_MUST_CHECK int _DkBroadcastStreamOpen(PAL_HANDLE *out);

/***** db_threading.c *****/

PAL_MUST_CHECK int _DkThreadCreate(PAL_HANDLE *out, void (*start)(void *), void *param);
/* Make a handle that stands for the calling thread, which is the first one. */
PAL_MUST_CHECK int _DkThreadAdopt(PAL_HANDLE *out);
/* Set %fs, or only read it if address is NULL. */
PAL_MUST_CHECK int _DkThreadPrivate(void **address);
/* Sleep and report the microseconds slept, also with INTERRUPTED: at most duration_us. */
PAL_MUST_CHECK int _DkThreadDelayExecution(uint64_t duration_us, uint64_t *out_slept_us);
int _DkThreadYieldExecution(void);
int _DkThreadExit(void);
/* thread: of a thread or a process. */
PAL_MUST_CHECK int _DkThreadResume(PAL_HANDLE thread);

/***** db_exception.c *****/

/* Called once before the program is entered: have faults arrive as events (pal_upcall).
 * hears_others  false: no loaded object has threads, other processes, or handlers for what these ask of it */
PAL_MUST_CHECK int _DkExceptionInit(bool hears_others);
/* A handler was set or removed for an event that comes from other programs (QUIT, SUSPEND, RESUME): have it arrive, or
 * do what the host does by itself. */
PAL_MUST_CHECK int _DkExceptionWatch(PAL_NUM event, bool watched);

/***** db_semaphore.c, db_events.c, db_object.c *****/

/* Handles that these functions get were open a moment ago, and nobody holds them: other threads may close them at any
 * time. A slot of an event or a semaphore is used for others of the same type then, but for no other type, so one atomic
 * instruction there is safe and may act on the new one. For anything more, and before it looks at handles of other types,
 * a host takes references: pal_handle_get and pal_handle_get_all of pal_handle.h. */
PAL_MUST_CHECK int _DkSemaphoreCreate(PAL_HANDLE *out, uint32_t initial, uint32_t maximum);
PAL_MUST_CHECK int _DkSemaphoreRelease(PAL_HANDLE semaphore, uint32_t count);
PAL_MUST_CHECK int _DkEventCreate(PAL_HANDLE *out, bool initially_set, bool auto_clear);
PAL_MUST_CHECK int _DkEventSet(PAL_HANDLE event);
PAL_MUST_CHECK int _DkEventClear(PAL_HANDLE event);
PAL_MUST_CHECK int _DkObjectsWaitAny(size_t count, PAL_HANDLE *handles, uint64_t timeout_us, PAL_HANDLE *out);

/***** db_poll.c *****/

/* A stream that is a member of sets (PAL_HANDLE_WATCHED) is about to be closed: see that they tell no more of it. What
 * else there is to poll: are operations: read has the time-out in its offset. */
void _DkPollForget(PAL_HANDLE handle);

/***** db_misc.c *****/

PAL_MUST_CHECK int _DkSystemTimeQuery(uint64_t *out_us);
/* Fill the whole buffer. */
PAL_MUST_CHECK int _DkRandomBitsRead(void *buffer, size_t size);
PAL_MUST_CHECK int _DkInstructionCacheFlush(const void *address, size_t size);

/***** db_ipc.c *****/

PAL_MUST_CHECK int _DkCreatePhysicalMemoryChannel(PAL_HANDLE *out, uint64_t *out_key);
/* Send all ranges, or the first ones; returns how many. flags is 0 or one of PAL_COMMIT_x; a host may take no notice of
 * PAL_COMMIT_CHILD. */
PAL_MUST_CHECK int64_t _DkPhysicalMemoryCommit(PAL_HANDLE channel, size_t count, const struct pal_range *ranges,
                                               PAL_FLG flags);
/* Map ranges in the order in which they were sent, and report the addresses of those that had none; returns how many. */
PAL_MUST_CHECK int64_t _DkPhysicalMemoryMap(PAL_HANDLE channel, size_t count, struct pal_range *ranges);

/***** db_rtld.c: debuggers *****/

struct link_map;

/* Tell the host's debugger of an object that was mapped, or is about to go. Optional: an empty body is complete. */
void _DkDebugAddMap(struct link_map *map);
void _DkDebugDelMap(struct link_map *map);

#endif
