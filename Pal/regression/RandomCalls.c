/* SPDX-License-Identifier: MIT */
/* Random calls with arguments of which most are wrong, from many handles of all kinds: the loader neither crashes nor hangs,
 * the host does not end the process, and a call fails with those codes only that pal.h documents for it. What is drawn is the
 * same on every run; what comes of it need not be. */
#include "documented.h"
#include "regression.h"

#define ROUNDS   12000
#define HANDLES  32
#define PAGES    64 /* of the arena, from which buffers are taken; the last one may not be accessed */
#define SPARE    32 /* pages that are mapped, protected and freed */
#define CALLS    (sizeof(documented) / sizeof(documented[0]))
#define ITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define WAKE_US  5000

static uint64_t g_state = 88172645463325252u;
static PAL_HANDLE g_handles[HANDLES];
static char *g_arena, *g_spare;
static PAL_NUM g_page;
static bool g_over;
static unsigned g_made[CALLS], g_undocumented[CALLS];

/***** Values *****/

/* xorshift */
static uint64_t draw(void)
{
    g_state ^= g_state << 13, g_state ^= g_state >> 7, g_state ^= g_state << 17;
    return g_state;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(draw() >> 11) % limit;
}

/* Once in so many times. */
static bool rarely(unsigned times)
{
    return below(times) == 0;
}

static PAL_NUM a_number(void)
{
    static const PAL_NUM edges[] = {0,         1,           2,         7,         64,         255,
                                    4095,      4096,        8192,      65536,     0x7fffffff, 0xffffffff,
                                    1ul << 32, 1ul << 47,   1ul << 59, 1ul << 60, 1ul << 61,  1ul << 62,
                                    1ul << 63, ~0ul - 4095, ~0ul - 1,  ~0ul};
    return rarely(3) ? draw() >> below(64) : edges[below(ITEMS(edges))];
}

/* A few bytes, or any number of them. */
static PAL_NUM a_size(void)
{
    return rarely(3) ? a_number() : below(8192);
}

static PAL_FLG flags(PAL_FLG known)
{
    return rarely(8) ? (PAL_FLG)draw() : rarely(8) ? (PAL_FLG)1 << below(32) : (PAL_FLG)draw() & known;
}

/* Memory of the program, up to its end and beyond, or what is nobody's. Not the loader's, in which nothing protects it. */
static PAL_PTR a_buffer(void)
{
    char *const end = g_arena + (PAGES - 1) * g_page;
    switch (below(8)) {
    case 0:
        return NULL;
    case 1:
        return end - below(64);
    case 2:
        return (PAL_PTR)(~(uintptr_t)0 - below(5000));
    case 3:
        return (PAL_PTR)((uintptr_t)1 << 63 | draw());
    default:
        return g_arena + draw() % ((PAGES - 1) * g_page);
    }
}

/* A place for a mapping: spare pages, or what is not the program's. */
static PAL_PTR a_place(void)
{
    switch (below(8)) {
    case 0:
        return NULL;
    case 1:
        return (PAL_PTR)(~(uintptr_t)0 & ~(g_page - 1));
    case 2:
        return pal_control.user_address.end;
    case 3:
        return (PAL_PTR)((uintptr_t)&DkStreamOpen & ~(g_page - 1));
    case 4:
        return g_spare + below(SPARE) * g_page + 1;
    default:
        return g_spare + below(SPARE) * g_page;
    }
}

/* Bytes from there on that do not leave the spare pages, or far too many. */
static PAL_NUM an_extent(PAL_PTR place)
{
    const PAL_NUM left = (PAL_NUM)(g_spare + SPARE * g_page - (char *)place);
    if (rarely(6) || left > SPARE * g_page || left < g_page)
        return rarely(2) ? 0 : a_number() | (PAL_NUM)1 << 47;
    return (1 + below((unsigned)(left / g_page))) * g_page - ((uintptr_t)place & (g_page - 1) ? g_page : 0);
}

static PAL_HANDLE a_handle(void)
{
    PAL_HANDLE handle = NULL;
    for (int i = 0; i < 8 && !handle; i++)
        handle = g_handles[below(HANDLES)];
    return rarely(12) ? (PAL_HANDLE)a_buffer() : rarely(20) ? (PAL_HANDLE)((uintptr_t)handle + 8) : handle;
}

/* Mostly one of this type. */
static PAL_HANDLE handle_of(PAL_IDX type)
{
    for (int i = 0; i < 60 && !rarely(30); i++) {
        PAL_HANDLE handle = g_handles[below(HANDLES)];
        if (handle && ((const struct pal_handle_header *)handle)->type == type)
            return handle;
    }
    return a_handle();
}

/* Nothing that the console or the rest of the system would notice. */
static PAL_STR a_uri(void)
{
    static const char *const names[] = {"a", "b", "directory", ".", "a/x", "absent/x", "link", "loop", ""};
    static const char *const paths[] = {"file:", "dir:", "link:"};
    static const char *const others[] = {"dev:null",
                                         "dev:zero",
                                         "dev:full",
                                         "dev:urandom",
                                         "dev:absent",
                                         "dev:",
                                         "dev:stdin.terminal",
                                         "pipe:",
                                         "pipe:1",
                                         "pipe:2",
                                         "pipe.srv:1",
                                         "pipe.srv:2",
                                         "pipe.srv:x",
                                         "tcp.srv:127.0.0.1:0",
                                         "tcp.srv:[::1]:0",
                                         "tcp:127.0.0.1:1",
                                         "tcp.srv:9.9.9.9:0",
                                         "udp.srv:127.0.0.1:0",
                                         "udp:127.0.0.1:9",
                                         "udp:",
                                         "gipc:1",
                                         "gipc:x",
                                         "poll:list",
                                         "poll:set",
                                         "poll:x",
                                         "mem:",
                                         "mem:x",
                                         "process:1",
                                         "process:x",
                                         "http:x",
                                         "",
                                         "file"};
    static char long_uri[8192];
    if (rarely(20))
        return a_buffer();
    if (rarely(30)) {
        memset(long_uri, 'x', sizeof(long_uri) - 1);
        memcpy(long_uri, "file:", 5);
        return long_uri + 5 * rarely(2);
    }
    return rarely(2) ? others[below(ITEMS(others))] : scratch(paths[below(3)], names[below(ITEMS(names))]);
}

/***** Calls *****/

static PAL_HANDLE open_stream(void)
{
    const PAL_FLG options = rarely(3) ? flags(0x3ff0000) : 0;
    return DkStreamOpen(a_uri(), rarely(10) ? flags(3) : below(3), rarely(10) ? flags(0777) : 0700,
                        rarely(2) ? flags(0300) : 0, options | (rarely(8) ? 0 : (PAL_FLG)PAL_OPTION_NONBLOCK));
}

static bool set_attributes(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE handle = a_handle();
    if (!DkStreamAttributesQuerybyHandle(handle, &attr) || attr.type == PAL_TYPE_DIR)
        handle = handle_of(PAL_TYPE_FILE), memset(&attr, (int)draw(), sizeof(attr));
    failure();
    ((unsigned char *)&attr)[below(sizeof(attr))] = (unsigned char)draw();
    if (rarely(3))
        attr.share_flags = flags(0x3ff0000);
    attr.mode |= 0600, attr.share_flags |= 0600; /* it stays ours */
    return DkStreamAttributesSetbyHandle(handle, rarely(8) ? a_buffer() : (PAL_PTR)&attr);
}

static PAL_HANDLE wait_any(void)
{
    PAL_HANDLE handles[8];
    for (unsigned i = 0; i < 8; i++)
        handles[i] = a_handle();
    return DkObjectsWaitAny(rarely(20) ? a_number() : below(8), rarely(10) ? a_buffer() : (PAL_PTR)handles, below(50));
}

static PAL_HANDLE open_memory_channel(void)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    if (!channel || rarely(3))
        return channel;
    PAL_HANDLE other = DkStreamOpen(text("gipc:%lu", key), PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    DkObjectClose(channel);
    return other;
}

static PAL_NUM move_memory(bool receive)
{
    PAL_PTR places[3];
    PAL_NUM sizes[3];
    PAL_FLG prots[3];
    for (unsigned i = 0; i < 3; i++) {
        places[i] = a_place();
        sizes[i] = places[i] ? an_extent(places[i]) : g_page;
        prots[i] = flags(0xf);
    }
    PAL_HANDLE channel = handle_of(PAL_TYPE_GIPC);
    const PAL_NUM count = rarely(10) ? a_number() : below(4);
    PAL_PTR addresses = rarely(10) ? a_buffer() : (PAL_PTR)places;
    return receive ? DkPhysicalMemoryMap(channel, count, addresses, sizes, prots)
                   : DkPhysicalMemoryCommit(channel, count, addresses, sizes, rarely(4) ? flags(3) : 0);
}

static void short_life(void *argument)
{
    (void)argument;
    regression_thread_init();
}

static void return_at_once(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg, (void)context;
}

/* Of events that do not come by themselves. */
static bool set_handler(void)
{
    static const PAL_NUM events[] = {
        PAL_EVENT_DIVZERO, PAL_EVENT_QUIT, PAL_EVENT_SUSPEND, PAL_EVENT_RESUME, PAL_EVENT_LIMIT, 0, 1ul << 32, ~0ul};
    return DkSetExceptionHandler(rarely(2) ? return_at_once : NULL, events[below(ITEMS(events))], flags(3));
}

static void set_private(void)
{
    PAL_PTR before = DkThreadPrivate(NULL);
    DkThreadPrivate(a_buffer());
    if (before)
        DkThreadPrivate(before);
}

/* Make a call by its number in pal.h; a handle that it returns is *out. Those that end something are not made, and
 * processes only of what is none. */
static void make_stream_call(const char *call, PAL_HANDLE *out)
{
    PAL_STREAM_ATTR attr;
    PAL_PTR place = a_place();
#define IS(name) (strcmp(call, #name) == 0)
    if (IS(DkStreamOpen))
        *out = open_stream();
    else if (IS(DkStreamWaitForClient))
        *out = DkStreamWaitForClient(rarely(2) ? handle_of(PAL_TYPE_TCPSRV) : handle_of(PAL_TYPE_PIPESRV));
    else if (IS(DkStreamRead))
        DkStreamRead(a_handle(), a_number(), a_size(), a_buffer(), rarely(3) ? a_buffer() : NULL, a_size());
    else if (IS(DkStreamWrite))
        DkStreamWrite(a_handle(), a_number(), below(8192), a_buffer(), rarely(3) ? a_uri() : NULL);
    else if (IS(DkStreamDelete))
        DkStreamDelete(a_handle(), flags(7));
    else if (IS(DkStreamMap))
        DkStreamMap(handle_of(PAL_TYPE_FILE), place ? place : g_spare, flags(0xf), rarely(2) ? a_number() : 0,
                    an_extent(place ? place : g_spare));
    else if (IS(DkStreamUnmap))
        DkStreamUnmap(place, an_extent(place));
    else if (IS(DkStreamSetLength))
        DkStreamSetLength(a_handle(), rarely(4) ? ~0ul - below(10000) : below(100000));
    else if (IS(DkStreamFlush))
        DkStreamFlush(a_handle());
    else if (IS(DkSendHandle))
        DkSendHandle(handle_of(PAL_TYPE_PIPE), a_handle());
    else if (IS(DkReceiveHandle))
        *out = DkReceiveHandle(handle_of(PAL_TYPE_PIPE));
    else if (IS(DkStreamAttributesQuery))
        DkStreamAttributesQuery(a_uri(), rarely(4) ? a_buffer() : (PAL_PTR)&attr);
    else if (IS(DkStreamAttributesQuerybyHandle))
        DkStreamAttributesQuerybyHandle(a_handle(), rarely(4) ? a_buffer() : (PAL_PTR)&attr);
    else if (IS(DkStreamAttributesSetbyHandle))
        set_attributes();
    else if (IS(DkStreamGetName))
        DkStreamGetName(a_handle(), a_buffer(), a_size());
    else if (IS(DkStreamChangeName))
        DkStreamChangeName(a_handle(), a_uri());
}

static void make_other_call(const char *call, PAL_HANDLE *out)
{
    PAL_PTR place = a_place();
    if (IS(DkVirtualMemoryAlloc))
        DkVirtualMemoryAlloc(place ? place : g_spare, an_extent(place ? place : g_spare), flags(3), flags(0xf));
    else if (IS(DkVirtualMemoryFree))
        DkVirtualMemoryFree(place, an_extent(place));
    else if (IS(DkVirtualMemoryProtect))
        DkVirtualMemoryProtect(place, an_extent(place), flags(0xf));
    else if (IS(DkProcessCreate))
        DkProcessCreate(scratch("file:", rarely(2) ? "absent/x" : "."), rarely(2) ? flags(0) & ~3u : 0, a_buffer());
    else if (IS(DkProcessSandboxCreate))
        DkProcessSandboxCreate(a_uri(), flags(0) | 2);
    else if (IS(DkThreadCreate))
        *out = DkThreadCreate(rarely(4) ? NULL : (PAL_PTR)short_life, a_buffer(), rarely(4) ? flags(0) : 0);
    else if (IS(DkThreadPrivate))
        set_private();
    else if (IS(DkThreadDelayExecution))
        DkThreadDelayExecution(below(50));
    else if (IS(DkThreadYieldExecution))
        DkThreadYieldExecution();
    else if (IS(DkThreadResume))
        DkThreadResume(handle_of(PAL_TYPE_THREAD));
    else if (IS(DkSetExceptionHandler))
        set_handler();
    else if (IS(DkExceptionReturn))
        DkExceptionReturn(a_buffer());
    else if (IS(DkSystemTimeQuery))
        DkSystemTimeQuery();
    else if (IS(DkRandomBitsRead))
        DkRandomBitsRead(a_buffer(), a_size());
    else if (IS(DkInstructionCacheFlush))
        DkInstructionCacheFlush(a_buffer(), a_number());
    else if (IS(DkCreatePhysicalMemoryChannel))
        *out = rarely(4) ? DkCreatePhysicalMemoryChannel(a_buffer()) : open_memory_channel();
    else if (IS(DkPhysicalMemoryCommit) || IS(DkPhysicalMemoryMap))
        move_memory(IS(DkPhysicalMemoryMap));
    else if (IS(DkSemaphoreCreate))
        *out = DkSemaphoreCreate(a_number(), a_number());
    else if (IS(DkSemaphoreRelease))
        DkSemaphoreRelease(handle_of(PAL_TYPE_SEMAPHORE), a_number());
    else if (IS(DkNotificationEventCreate))
        *out = DkNotificationEventCreate(rarely(2));
    else if (IS(DkSynchronizationEventCreate))
        *out = DkSynchronizationEventCreate(rarely(2));
    else if (IS(DkEventSet))
        DkEventSet(handle_of(PAL_TYPE_EVENT));
    else if (IS(DkEventClear))
        DkEventClear(handle_of(PAL_TYPE_EVENT));
    else if (IS(DkObjectsWaitAny))
        wait_any();
    else if (IS(DkObjectClose))
        DkObjectClose(rarely(2) ? a_buffer() : (PAL_PTR)((uintptr_t)a_handle() + 8));
#undef IS
}

static void make_call(unsigned number)
{
    PAL_HANDLE handle = NULL;
    failure();
    make_stream_call(documented[number].call, &handle);
    make_other_call(documented[number].call, &handle);
    const int code = failure();
    g_made[number]++;
    if (code && !(documented[number].codes >> code & 1)) {
        g_undocumented[number]++;
        note("%s fails with %d", documented[number].call, code);
    }
    if (!handle)
        return;
    PAL_HANDLE *place = &g_handles[below(HANDLES)];
    DkObjectClose(*place);
    *place = handle;
}

/***** The whole *****/

/* Ends what blocks the first thread. */
static void wake(void *argument)
{
    (void)argument;
    regression_thread_init();
    while (!__atomic_load_n(&g_over, __ATOMIC_RELAXED)) {
        DkThreadDelayExecution(WAKE_US);
        DkThreadResume(pal_control.first_thread);
    }
}

static void prepare(void)
{
    g_page = pal_control.alloc_align;
    g_arena = DkVirtualMemoryAlloc(NULL, PAGES * g_page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    g_spare = DkVirtualMemoryAlloc(NULL, SPARE * g_page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    if (!g_arena || !g_spare)
        bail_out("no memory");
    DkVirtualMemoryProtect(g_arena + (PAGES - 1) * g_page, g_page, PAL_PROT_NONE);
    DkObjectClose(DkStreamOpen(scratch("file:", "a"), PAL_ACCESS_RDWR, 0700, PAL_CREAT_TRY, 0));
    DkObjectClose(DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_TRY, 0));
    static const char *const links[][2] = {{"link", "a"}, {"loop", "loop"}};
    for (unsigned i = 0; i < 2; i++) {
        PAL_HANDLE link = DkStreamOpen(scratch("link:", links[i][0]), PAL_ACCESS_WRONLY, 0, 0, 0);
        DkStreamWrite(link, PAL_LINK_TARGET, strlen(links[i][1]), (PAL_PTR)(uintptr_t)links[i][1], NULL);
        DkObjectClose(link);
    }
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    for (const char *seed = argc > 1 ? argv[1] : ""; *seed; seed++)
        g_state = (g_state ^ (unsigned char)*seed) * 0x100000001b3u;
    prepare();
    PAL_HANDLE waker = DkThreadCreate((PAL_PTR)wake, NULL, 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        make_call(below(CALLS));
    __atomic_store_n(&g_over, true, __ATOMIC_RELAXED);
    while (DkObjectsWaitAny(1, &waker, NO_TIMEOUT) != waker)
        ;
    for (unsigned i = 0; i < HANDLES; i++)
        DkObjectClose(g_handles[i]);
    for (unsigned i = 0; i < CALLS; i++)
        check(g_undocumented[i] == 0, "%s fails as documented", documented[i].call);
}
