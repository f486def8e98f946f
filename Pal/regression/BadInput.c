/* SPDX-License-Identifier: MIT */
/* What a careless or hostile program hands to stream calls: forged and closed handles, pointers to where there is nothing,
 * malformed URIs, flags that are not defined. Each is refused with its code, and nothing else happens. */
#include "regression.h"

#define FORGED 24
#define RANDOM 20000

static char *g_hole;   /* a page that may not be accessed */
static char *g_edge;   /* the last byte before it that may */
static char *g_locked; /* a page that may only be read */
static PAL_HANDLE g_file, g_pipe;
static char g_buffer[64];

static void make_memory(void)
{
    const PAL_NUM page = pal_control_addr()->alloc_align;
    char *pages = DkVirtualMemoryAlloc(NULL, 3 * page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    if (!pages)
        bail_out("no memory");
    g_locked = pages;
    g_edge = pages + 2 * page - 1;
    g_hole = pages + 2 * page;
    memcpy(g_locked, "file:locked", sizeof("file:locked"));
    DkVirtualMemoryProtect(g_locked, page, PAL_PROT_READ);
    DkVirtualMemoryProtect(g_hole, page, PAL_PROT_NONE);
}

/***** Handles *****/

/* Every call with a handle, given one that is none; returns how many refused it. */
static unsigned refusals(PAL_HANDLE bad)
{
    PAL_STREAM_ATTR attr = {0};
    unsigned count = 0;
    failure();
#define REFUSED(call) ((void)(call), count += failure() == PAL_ERROR_BADHANDLE)
    REFUSED(DkStreamRead(bad, 0, 1, g_buffer, NULL, 0));
    REFUSED(DkStreamWrite(bad, 0, 1, g_buffer, NULL));
    REFUSED(DkStreamWaitForClient(bad));
    REFUSED(DkStreamDelete(bad, 0));
    REFUSED(DkStreamMap(bad, NULL, PAL_PROT_READ, 0, pal_control_addr()->alloc_align));
    REFUSED(DkStreamSetLength(bad, 0));
    REFUSED(DkStreamFlush(bad));
    REFUSED(DkSendHandle(bad, g_pipe));
    REFUSED(DkReceiveHandle(bad));
    REFUSED(DkStreamAttributesQuerybyHandle(bad, &attr));
    REFUSED(DkStreamAttributesSetbyHandle(bad, &attr));
    REFUSED(DkStreamGetName(bad, g_buffer, sizeof(g_buffer)));
    REFUSED(DkStreamChangeName(bad, "file:x"));
    REFUSED(DkObjectClose(bad));
#undef REFUSED
    return count;
}

#define CALLS 14

static void test_handles(void)
{
    PAL_HANDLE closed = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    const uintptr_t real = (uintptr_t)g_pipe;
    static char lookalike[256] __attribute__((aligned(64)));
    DkObjectClose(closed);
    memcpy(lookalike, &(struct pal_handle_header){.type = PAL_TYPE_FILE, .ref = 1, .flags = ~0u},
           sizeof(struct pal_handle_header));
    const uintptr_t forged[FORGED] = {0,
                                      1,
                                      8,
                                      0xfff,
                                      0x1000,
                                      (uintptr_t)-1,
                                      (uintptr_t)-4096,
                                      (uintptr_t)1 << 63,
                                      0x7fffffffffff,
                                      0x800000000000,
                                      real + 1,
                                      real + 8,
                                      real + 16,
                                      real - 1,
                                      real + ((uintptr_t)1 << 20),
                                      real - ((uintptr_t)1 << 30),
                                      (uintptr_t)closed,
                                      (uintptr_t)g_buffer,
                                      (uintptr_t)lookalike,
                                      (uintptr_t)g_hole,
                                      (uintptr_t)g_edge,
                                      (uintptr_t)pal_control_addr(),
                                      (uintptr_t)&DkStreamOpen,
                                      (uintptr_t)&real};
    for (unsigned i = 0; i < FORGED; i++) {
        const unsigned count = refusals((PAL_HANDLE)forged[i]);
        check(count == CALLS, "0x%lx is no handle: %u of %u calls say so", forged[i], count, CALLS);
    }
    check(DkStreamWrite(g_pipe, 0, 1, g_buffer, NULL) == 1 && DkStreamRead(g_pipe, 0, 1, g_buffer, NULL, 0) == 1,
          "a real one works as before");
}

/* A call that needs something else than it is given. */
static void test_kinds(void)
{
    const PAL_NUM page = pal_control_addr()->alloc_align;
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    PAL_STREAM_ATTR attr = {0};
    check_failure(DkStreamRead(event, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(event, 0, 1, g_buffer, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWaitForClient(event), 0, PAL_ERROR_NOTSERVER);
    check_void(DkStreamDelete(event, 0), PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamMap(event, NULL, PAL_PROT_READ, 0, page), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(event, 0), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamFlush(event), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(event, g_pipe), 0, PAL_ERROR_BADHANDLE);
    check_failure(DkReceiveHandle(event), 0, PAL_ERROR_BADHANDLE);
    check_failure(DkStreamAttributesQuerybyHandle(event, &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamGetName(event, g_buffer, sizeof(g_buffer)), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(event, "file:x"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamGetName(event, NULL, 0), 0, PAL_ERROR_NOTSUPPORT);
    DkObjectClose(event);
    check_void(DkObjectClose(event), PAL_ERROR_BADHANDLE);
}

/***** Pointers *****/

/* URIs of all lengths that end where memory does, with a NUL and without. */
static void test_uris_at_the_edge(void)
{
    PAL_NUM len = 5;
    for (; len < 700; len++) {
        char *uri = g_edge - len;
        memset(uri, 'x', len + 1);
        memcpy(uri, "dev:", 4);
        if (DkStreamOpen(uri, 0, 0, 0, 0) || failure() != PAL_ERROR_BADADDR)
            break;
        *g_edge = '\0';
        if (DkStreamOpen(uri, 0, 0, 0, 0) || failure() != PAL_ERROR_STREAMNOTEXIST)
            break;
    }
    check(len == 700, "URIs are read to their ends and no further");
}

static void test_strings(void)
{
    char *const bad[] = {NULL, (char *)1, g_hole, (char *)(uintptr_t)-1, (char *)((uintptr_t)1 << 63)};
    PAL_STREAM_ATTR attr;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_failure(DkStreamOpen(bad[i], 0, 0, 0, 0), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamAttributesQuery(bad[i], &attr), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamChangeName(g_file, bad[i]), 0, PAL_ERROR_BADADDR);
        if (bad[i])
            check_failure(DkStreamWrite(g_pipe, 0, 1, g_buffer, bad[i]), 0, PAL_ERROR_BADADDR);
    }
    /* A string that has no end before the hole. */
    memcpy(g_edge - 4, "file:", 5);
    check_failure(DkStreamOpen(g_edge - 4, 0, 0, 0, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesQuery(g_edge - 4, &attr), 0, PAL_ERROR_BADADDR);
    *g_edge = '\0';
    check_failure(DkStreamOpen(g_edge, 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
}

static void test_buffers(void)
{
    char *const bad[] = {(char *)1, g_hole, (char *)(uintptr_t)-4096, (char *)((uintptr_t)1 << 63)};
    const char *uri = scratch("file:", "file");
    const PAL_NUM len = strlen(uri);
    DkStreamWrite(g_pipe, 0, 4, g_buffer, NULL);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check_failure(DkStreamRead(g_file, 0, 4, bad[i], NULL, 0), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamWrite(g_file, 0, 4, bad[i], NULL), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamWrite(g_pipe, 0, 4, bad[i], NULL), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamGetName(g_file, bad[i], 4096), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamAttributesQuery(uri, (PAL_STREAM_ATTR *)(void *)bad[i]), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamAttributesQuerybyHandle(g_file, (PAL_STREAM_ATTR *)(void *)bad[i]), 0, PAL_ERROR_BADADDR);
        check_failure(DkStreamAttributesSetbyHandle(g_file, (PAL_STREAM_ATTR *)(void *)bad[i]), 0, PAL_ERROR_BADADDR);
    }
    check_failure(DkStreamRead(g_file, 0, 4, g_locked, NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamGetName(g_file, g_locked, 4096), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesQuerybyHandle(g_file, (PAL_STREAM_ATTR *)(void *)g_locked), 0, PAL_ERROR_BADADDR);
    check(DkStreamGetName(g_file, g_edge - len, 4096) == len, "a name that just fits before a hole");
    check_failure(DkStreamGetName(g_file, g_edge - len + 1, 4096), 0, PAL_ERROR_BADADDR);
    check(DkStreamRead(g_pipe, 0, 4, g_edge - 3, NULL, 0) == 4, "bytes that just fit before a hole");
    check(DkStreamRead(g_file, 0, 4, g_edge - 3, NULL, 0) == 4 && memcmp(g_edge - 3, "safe", 4) == 0,
          "nothing has changed the file");
}

/***** URIs and flags *****/

static void test_uris(void)
{
    static const struct {
        const char *uri;
        int code;
    } bad[] = {
        {"", PAL_ERROR_INVAL},
        {":", PAL_ERROR_INVAL},
        {"file", PAL_ERROR_INVAL},
        {"/etc/passwd", PAL_ERROR_INVAL},
        {"file:", PAL_ERROR_INVAL},
        {"dir:", PAL_ERROR_INVAL},
        {"FILE:x", PAL_ERROR_NOTSUPPORT},
        {" file:x", PAL_ERROR_NOTSUPPORT},
        {"http://x", PAL_ERROR_NOTSUPPORT},
        {"pipe.srv:-1", PAL_ERROR_INVAL},
        {"pipe: 1", PAL_ERROR_INVAL},
        {"pipe:0x1", PAL_ERROR_INVAL},
        {"pipe:99999999999999999999", PAL_ERROR_INVAL},
        {"tcp:1.2.3:4", PAL_ERROR_INVAL},
        {"tcp:1.2.3.4", PAL_ERROR_INVAL},
        {"tcp:1.2.3.4:", PAL_ERROR_INVAL},
        {"tcp:1.2.3.4:-5", PAL_ERROR_INVAL},
        {"tcp:1.2.3.256:5", PAL_ERROR_INVAL},
        {"tcp:::1:5", PAL_ERROR_INVAL},
        {"tcp:[::1:5", PAL_ERROR_INVAL},
        {"tcp:[:::]:5", PAL_ERROR_INVAL},
        {"tcp:[1:2:3:4:5:6:7:8:9]:5", PAL_ERROR_INVAL},
        {"tcp.srv:1.2.3.4:5:6", PAL_ERROR_INVAL},
        {"udp.srv:1.2.3.4", PAL_ERROR_INVAL},
        {"gipc:", PAL_ERROR_INVAL},
        {"gipc:x", PAL_ERROR_INVAL},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        PAL_HANDLE handle = DkStreamOpen(bad[i].uri, 0, 0, 0, 0);
        check(!handle && failure() == bad[i].code, "\"%s\" is refused with %d", bad[i].uri, bad[i].code);
    }
    static char long_uri[1 << 16] = "file:";
    memset(long_uri + 5, 'x', sizeof(long_uri) - 6);
    check_failure(DkStreamOpen(long_uri, 0, 0, 0, 0), 0, PAL_ERROR_TOOLONG);
    long_uri[4200] = '\0';
    check_failure(DkStreamOpen(long_uri, 0, 0, 0, 0), 0, PAL_ERROR_TOOLONG);
    check_failure(DkStreamChangeName(g_file, long_uri), 0, PAL_ERROR_TOOLONG);
}

static void test_flags(void)
{
    const char *uri = scratch("file:", "absent");
    const PAL_FLG options = PAL_OPTION_NONBLOCK | PAL_OPTION_NOFOLLOW | PAL_OPTION_APPEND;
    unsigned refused = 0, tried = 0;
    failure();
    for (unsigned bit = 0; bit < 32; bit++) {
        const PAL_FLG flag = (PAL_FLG)1 << bit;
        if (flag > PAL_ACCESS_RDWR)
            tried++, refused += !DkStreamOpen(uri, flag, 0, 0, 0) && failure() == PAL_ERROR_INVAL;
        if (flag > 0777)
            tried++, refused += !DkStreamOpen(uri, 0, flag, PAL_CREAT_TRY, 0) && failure() == PAL_ERROR_INVAL;
        if (flag != PAL_CREAT_TRY && flag != PAL_CREAT_ALWAYS)
            tried++, refused += !DkStreamOpen(uri, 0, 0, flag, 0) && failure() == PAL_ERROR_INVAL;
        if (!(flag & options))
            tried++, refused += !DkStreamOpen(uri, 0, 0, PAL_CREAT_TRY, flag) && failure() == PAL_ERROR_INVAL;
    }
    check(refused == tried, "%u flags that are not defined are refused, %u were tried", refused, tried);
    PAL_STREAM_ATTR attr;
    check_failure(DkStreamAttributesQuery(uri, &attr), 0, PAL_ERROR_STREAMNOTEXIST);
}

/* Calls with random arguments neither crash nor hang. What they may do at most is open, close and change g_pipe. */
static void test_random(void)
{
    static char uri[32];
    uint64_t state = 88172645463325252u;
    unsigned done = 0;
    for (unsigned i = 0; i < RANDOM; i++) {
        static const char *const schemes[] = {"pipe:",      "pipe.srv:", "tcp:[", "udp:1",
                                              "file:\x01/", "dev:",      "gipc:", ""};
        state ^= state << 13, state ^= state >> 7, state ^= state << 17; /* xorshift: the same on every run */
        const char *scheme = schemes[state % 8];
        memset(uri, 0, sizeof(uri));
        memcpy(uri, scheme, strlen(scheme));
        memcpy(uri + strlen(scheme), &state, sizeof(state));
        const PAL_FLG flags = (PAL_FLG)(state >> 32);
        PAL_HANDLE handle = DkStreamOpen(uri, flags & 3, 0, 0, PAL_OPTION_NONBLOCK);
        if (handle)
            DkObjectClose(handle);
        DkStreamRead((PAL_HANDLE)state, state >> 8, state >> 16, (PAL_PTR)(state >> 24), NULL, 0);
        DkObjectClose((PAL_HANDLE)((uintptr_t)g_pipe ^ (state >> 40 | 1)));
        DkStreamMap(g_file, (PAL_PTR)state, flags | 0x10, state, state);
        done++;
    }
    check(done == RANDOM, "%u rounds of random calls", done);
    failure();
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_memory();
    g_pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    g_file = DkStreamOpen(scratch("file:", "file"), PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, 0);
    if (!g_pipe || DkStreamWrite(g_file, 0, 4, (PAL_PTR)(uintptr_t) "safe", NULL) != 4)
        bail_out("no file can be made in REGRESSION_DIR");
    test_handles();
    test_kinds();
    test_strings();
    test_uris_at_the_edge();
    test_buffers();
    test_uris();
    test_flags();
    test_random();
    DkStreamDelete(g_file, 0);
    check(failure() == 0, "in the end the file is deleted");
}
