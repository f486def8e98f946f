/* SPDX-License-Identifier: MIT */
/* UDP over IPv4 and IPv6: senders and receivers, fixed peers, clients of a server, and every documented error. All ports
 * are the host's choice. Datagrams to the same host are not lost while there is room for them. */
#include "regression.h"
#include "sockets.h"

#define LARGEST  65507 /* bytes of a datagram over IPv4 */
#define TIME_OUT 60000000

static char g_buffer[70000];
static char g_source[128];

static PAL_HANDLE open_server(const char *address, PAL_FLG options)
{
    return DkStreamOpen(text("udp.srv:%s:0", address), PAL_ACCESS_RDWR, 0, 0, options);
}

/* The URI by which a server is reached. */
static const char *uri_of(PAL_HANDLE server)
{
    return text("udp:%s", after_colon(name_of(server), 1));
}

static bool sends(PAL_HANDLE handle, const char *message, const char *dest)
{
    const PAL_NUM size = strlen(message);
    return DkStreamWrite(handle, 0, size, (PAL_PTR)(uintptr_t)message, dest) == size;
}

/* Receive a datagram; its sender is in g_source. */
static bool receives(PAL_HANDLE handle, const char *message)
{
    const PAL_NUM size = strlen(message);
    if (DkObjectsWaitAny(1, &handle, TIME_OUT) != handle)
        return false;
    return DkStreamRead(handle, 0, sizeof(g_buffer), g_buffer, g_source, sizeof(g_source)) == size &&
           memcmp(g_buffer, message, size) == 0;
}

/* Whether nothing comes for a while. */
static bool is_quiet(PAL_HANDLE handle)
{
    const bool quiet = DkObjectsWaitAny(1, &handle, 50000) == NULL;
    failure();
    return quiet;
}

static void test_exchange(const char *address)
{
    failure();
    PAL_HANDLE server = open_server(address, 0);
    if (!server) {
        skip(text("UDP at %s", address), "the host has not got this address");
        return;
    }
    const char *name = name_of(server);
    check(strcmp(after_colon(name, 2), "0") != 0, "%s shows the port that was chosen", name);
    PAL_HANDLE free = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE fixed = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    check(strcmp(name_of(free), "udp:") == 0 && strcmp(after_colon(name_of(fixed), 3), after_colon(name, 1)) == 0,
          "sockets with and without a peer have their names");
    check(sends(free, "free", uri_of(server)) && receives(server, "free"), "a socket without a peer sends");
    check(memcmp(after_colon(g_source, 1), address, strlen(address)) == 0, "the server sees who sent it: %s", g_source);
    check(sends(server, "to free", g_source) && receives(free, "to free"), "and answers");
    check(strcmp(g_source, uri_of(server)) == 0, "the answer comes from the server");
    check(sends(fixed, "fixed", NULL) && receives(server, "fixed"), "a socket with a peer sends");
    check(sends(server, "to fixed", g_source) && receives(fixed, "to fixed"), "and gets the answer");
    check(sends(free, "foreign", text("udp:%s", after_colon(g_source, 1))) || failure(), "another one sends to it");
    DkObjectClose(free);
    DkObjectClose(fixed);
    DkObjectClose(server);
}

static void test_foreigners(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    PAL_HANDLE fixed = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    PAL_HANDLE foreigner = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0);
    char byte;
    check(sends(fixed, "who am I", NULL) && receives(server, "who am I"), "a socket with a peer shows its address");
    const char *target = text("%s", g_source);
    check(sends(foreigner, "foreign", target) && is_quiet(fixed), "what others send to it does not arrive");
    check_failure(DkStreamRead(fixed, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(sends(server, "friend", target) && receives(fixed, "friend"), "what its peer sends does");
    check(sends(fixed, "elsewhere", uri_of(server)) && receives(server, "elsewhere"), "it may name a receiver, too");
    DkObjectClose(foreigner);
    DkObjectClose(fixed);
    DkObjectClose(server);
}

static void test_local_address(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    const char *target = after_colon(name_of(server), 1);
    PAL_HANDLE bound = DkStreamOpen(text("udp:127.0.0.1:0:%s", target), PAL_ACCESS_RDWR, 0, 0, 0);
    check(bound && sends(bound, "x", NULL) && receives(server, "x"), "a socket with an address of its own");
    check(strcmp(name_of(bound), text("udp:%s:%s", after_colon(g_source, 1), target)) == 0, "has it in its name: %s",
          name_of(bound));
    DkObjectClose(bound);
    DkObjectClose(server);
}

static void test_sizes(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", PAL_OPTION_NONBLOCK);
    PAL_HANDLE client = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    char two[2];
    memset(g_buffer, 'd', sizeof(g_buffer));
    check(DkStreamWrite(client, 0, LARGEST, g_buffer, NULL) == LARGEST &&
              DkStreamRead(server, 0, sizeof(g_buffer), g_buffer, NULL, 0) == LARGEST,
          "the largest datagram");
    check_failure(DkStreamWrite(client, 0, LARGEST + 1, g_buffer, NULL), 0, PAL_ERROR_TOOBIG);
    check_failure(DkStreamRead(server, 0, 2, two, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(sends(client, "long", NULL) && sends(client, "ok", NULL), "two datagrams");
    check(DkStreamRead(server, 0, 2, two, NULL, 0) == 2 && memcmp(two, "lo", 2) == 0 &&
              DkStreamRead(server, 0, 2, two, NULL, 0) == 2 && memcmp(two, "ok", 2) == 0,
          "what does not fit is lost, the next is not");
    check(sends(client, "", NULL) && DkObjectsWaitAny(1, &server, TIME_OUT) == server &&
              DkStreamRead(server, 0, 2, two, NULL, 0) == 0 && failure() == 0,
          "an empty datagram");
    DkObjectClose(client);
    DkObjectClose(server);
}

/* A fault that can be seen beforehand costs no datagram. */
static void test_source(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    char *closed = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_NONE);
    PAL_HANDLE server = open_server("127.0.0.1", PAL_OPTION_NONBLOCK);
    PAL_HANDLE client = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    check(sends(client, "kept", NULL) && DkObjectsWaitAny(1, &server, TIME_OUT) == server, "a datagram waits");
    check_failure(DkStreamRead(server, 0, 10, g_buffer, g_source, 10), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(server, 0, 10, g_buffer, g_source, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(server, 0, 10, g_buffer, closed, page), 0, PAL_ERROR_BADADDR);
    check(receives(server, "kept"), "it is still there");
    DkObjectClose(client);
    DkObjectClose(server);
    DkVirtualMemoryFree(closed, page);
}

static void test_errors(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", PAL_OPTION_NONBLOCK);
    PAL_HANDLE free = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0);
    char byte = 'x';
    check_failure(DkStreamWaitForClient(server), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkStreamWaitForClient(free), 0, PAL_ERROR_NOTSERVER);
    check_failure(DkStreamWrite(free, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(server, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(free, 0, 1, &byte, "udp:"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(free, 0, 1, &byte, "udp:127.0.0.1:1:127.0.0.1:2"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(free, 0, 1, &byte, "tcp:127.0.0.1:9"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(free, 0, 1, &byte, "udp:127.0.0.1:0"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(free, 0, 1, &byte, "udp:nonsense"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(free, 0, 1, &byte, ""), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(name_of(server), 0, 0, 0, 0), 0, PAL_ERROR_ADDRINUSE);
    check_failure(DkStreamOpen("udp.srv:192.0.2.1:0", 0, 0, 0, 0), 0, PAL_ERROR_ADDRNOTEXIST);
    check_failure(DkStreamOpen("udp:127.0.0.1", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("udp.srv:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_void(DkStreamDelete(free, 0), PAL_ERROR_NOTCONNECTION);
    PAL_HANDLE fixed = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    check_void(DkStreamDelete(fixed, PAL_DELETE_WR), 0);
    check_failure(DkStreamWrite(fixed, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    DkObjectClose(fixed);
    DkObjectClose(free);
    DkObjectClose(server);
}

static void test_clients(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    PAL_HANDLE a = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE b = DkStreamOpen(uri_of(server), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_STREAM_ATTR attr;
    char two[2];
    check(sends(a, "from a", NULL), "a client begins");
    PAL_HANDLE to_a = DkStreamWaitForClient(server);
    check(DkStreamAttributesQuerybyHandle(to_a, &attr) && attr.readable && attr.size == 6,
          "its server gets a handle for it, which shows what it sent");
    check(receives(to_a, "from a") &&
              strcmp(name_of(to_a), text("udp:%s:%s", after_colon(name_of(server), 1), after_colon(g_source, 1))) == 0,
          "and gives it: %s", name_of(to_a));
    check(sends(to_a, "to a", NULL) && receives(a, "to a"), "the answer comes from the server's address");
    check(sends(a, "more", NULL) && receives(to_a, "more") && is_quiet(server),
          "what follows does not reach the server");
    check(sends(b, "from b", NULL), "another begins");
    PAL_HANDLE to_b = DkStreamWaitForClient(server);
    check(DkStreamRead(to_b, 0, 2, two, NULL, 0) == 2 && memcmp(two, "fr", 2) == 0 && is_quiet(to_b) && is_quiet(to_a),
          "of whose first datagram, too, what does not fit is lost");
    check(sends(to_b, "to b", NULL) && receives(b, "to b") && is_quiet(a), "each gets its own");
    DkObjectClose(to_a);
    check(sends(a, "again", NULL) && receives(server, "again"), "when its handle is closed it is the server's again");
    DkObjectClose(to_b);
    DkObjectClose(b);
    DkObjectClose(a);
    DkObjectClose(server);
}

static void test_both_families(void)
{
    PAL_HANDLE v4 = open_server("127.0.0.1", 0), v6 = open_server("[::1]", 0);
    PAL_HANDLE free = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (v6)
        check(sends(free, "v4", uri_of(v4)) && receives(v4, "v4") && sends(free, "v6", uri_of(v6)) &&
                  receives(v6, "v6"),
              "a socket without a peer sends to both families");
    else
        skip("both families", "the host has no IPv6");
    failure();
    if (v6)
        DkObjectClose(v6);
    DkObjectClose(free);
    DkObjectClose(v4);
}

static void test_reconnecting(void)
{
    PAL_HANDLE a = open_server("127.0.0.1", 0), b = open_server("127.0.0.1", 0), c = open_server("127.0.0.1", 0);
    const char *own = text("%s", after_colon(name_of(c), 1)), *uri_of_c = text("udp:%s", own);
    char buffer[16], source[64];
    check(DkStreamChangeName(c, uri_of(a)), "a server is given a peer");
    check(sends(c, "to a", NULL) && receives(a, "to a"), "to which it sends");
    check(sends(b, "from b", uri_of_c) && is_quiet(c), "and from which alone it receives");
    check(DkStreamChangeName(c, uri_of(b)) && sends(c, "to b", NULL) && receives(b, "to b"), "it is given another one");
    check(sends(b, "peeked at", uri_of_c), "something is sent");
    check(DkStreamRead(c, PAL_SOCKET_PEEK | PAL_SOCKET_WHOLE, 2, buffer, source, sizeof(source)) == 9,
          "how much it is can be seen before it is read");
    check(receives(c, "peeked at"), "and then it is");
    check_failure(DkStreamRead(c, PAL_SOCKET_NOW, sizeof(buffer), buffer, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(DkStreamChangeName(c, "udp:"), "it is given no peer at all");
    check_failure(DkStreamWrite(c, 0, 1, buffer, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check(sends(c, "anybody", uri_of(a)) && receives(a, "anybody"), "and sends to anybody");
    DkObjectClose(a);
    DkObjectClose(b);
    DkObjectClose(c);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_exchange("127.0.0.1");
    test_exchange("[::1]");
    test_foreigners();
    test_local_address();
    test_sizes();
    test_source();
    test_errors();
    test_clients();
    test_both_families();
    test_reconnecting();
}
