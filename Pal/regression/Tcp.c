/* SPDX-License-Identifier: MIT */
/* TCP over IPv4 and IPv6: servers, connections and their addresses, ends, non-blocking connects, and every documented
 * error. All ports are the host's choice. */
#include "regression.h"
#include "sockets.h"

#define CLIENTS 100
#define BULK    (8u << 20)

static char g_buffer[65536];

/* A server at a port of the host's choice; NULL if the host has not got the address. */
static PAL_HANDLE open_server(const char *address, PAL_FLG options)
{
    return DkStreamOpen(text("tcp.srv:%s:0", address), PAL_ACCESS_RDWR, 0, 0, options);
}

static PAL_HANDLE connect_to(PAL_HANDLE server, PAL_FLG options)
{
    return DkStreamOpen(text("tcp:%s", after_colon(name_of(server), 1)), PAL_ACCESS_RDWR, 0, 0, options);
}

static bool sends(PAL_HANDLE handle, const char *message)
{
    return DkStreamWrite(handle, 0, strlen(message), (PAL_PTR)(uintptr_t)message, NULL) == strlen(message);
}

static bool receives(PAL_HANDLE handle, const char *message)
{
    const PAL_NUM size = strlen(message);
    PAL_NUM total = 0, got;
    while (total < size && (got = DkStreamRead(handle, 0, size - total, g_buffer + total, NULL, 0)) > 0)
        total += got;
    return total == size && memcmp(g_buffer, message, size) == 0;
}

static bool at_end(PAL_HANDLE handle)
{
    char byte;
    failure();
    return DkStreamRead(handle, 0, 1, &byte, NULL, 0) == 0 && failure() == 0;
}

static bool wait_for(PAL_HANDLE handle)
{
    return DkObjectsWaitAny(1, &handle, 60000000) == handle;
}

static void close_all(PAL_HANDLE a, PAL_HANDLE b, PAL_HANDLE c)
{
    DkObjectClose(a);
    DkObjectClose(b);
    DkObjectClose(c);
}

static void test_connection(const char *address)
{
    failure();
    PAL_HANDLE server = open_server(address, 0);
    if (!server) {
        skip(text("TCP at %s", address), "the host has not got this address");
        return;
    }
    const char *server_name = name_of(server);
    const char *port = after_colon(server_name, 2);
    check(strcmp(port, "0") != 0 && strcmp(server_name, text("tcp.srv:%s:%s", address, port)) == 0,
          "%s shows the port that was chosen", server_name);
    PAL_HANDLE client = connect_to(server, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check(client && end, "a client connects");
    /* tcp:LOCAL:PEER, seen from either side. */
    const char *name = name_of(client);
    const char *peer = after_colon(name, 3);
    char local[128] = "";
    if (*peer)
        memcpy(local, name + strlen("tcp:"), (size_t)(peer - 1 - name) - strlen("tcp:"));
    check(strcmp(peer, after_colon(server_name, 1)) == 0, "%s names its peer", name);
    check(strcmp(name_of(end), text("tcp:%s:%s", peer, local)) == 0, "the other end has the same names in turn");
    check(sends(client, "to the server") && receives(end, "to the server"), "one direction");
    check(sends(end, "to the client") && receives(client, "to the client"), "the other direction");
    check(sends(end, "last words"), "and a farewell");
    DkObjectClose(end);
    check(receives(client, "last words") && at_end(client), "which arrives, and then the end");
    DkObjectClose(client);
    DkObjectClose(server);
}

/* The address to connect from is really taken. */
static void test_local_address(const char *server_address, const char *address)
{
    PAL_HANDLE server = open_server(server_address, 0);
    if (!server) {
        skip(text("connecting from %s", address), "the host has not got this address");
        return;
    }
    const char *target = after_colon(name_of(server), 1);
    PAL_HANDLE client = DkStreamOpen(text("tcp:%s:0:%s", address, target), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!client) {
        skip(text("connecting from %s", address), "the host has not got this address");
        DkObjectClose(server);
        return;
    }
    PAL_HANDLE end = DkStreamWaitForClient(server);
    const char *seen = after_colon(name_of(end), 3);
    check(memcmp(seen, address, strlen(address)) == 0, "the server sees a client at %s", seen);
    failure();
    /* A second connection from the same address and port to the same server is impossible. */
    check_failure(DkStreamOpen(text("tcp:%s:%s", seen, target), PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_ADDRINUSE);
    close_all(client, end, server);
}

static void test_half_closed(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0), client = connect_to(server, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    char byte = 'x';
    check_void(DkStreamDelete(client, PAL_DELETE_WR), 0);
    check(at_end(end) && sends(end, "still") && receives(client, "still"), "one direction is shut, the other works");
    check_failure(DkStreamWrite(client, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    check_void(DkStreamDelete(end, PAL_DELETE_RD), 0);
    check_void(DkStreamDelete(end, 0), 0);
    check(at_end(client), "then both");
    close_all(client, end, server);
}

static void test_errors(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", PAL_OPTION_NONBLOCK);
    const char *target = after_colon(name_of(server), 1);
    char byte = 'x';
    check_failure(DkStreamWaitForClient(server), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkStreamOpen(text("tcp.srv:%s", target), 0, 0, 0, 0), 0, PAL_ERROR_ADDRINUSE);
    check_failure(DkStreamRead(server, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(server, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_void(DkStreamDelete(server, 0), PAL_ERROR_NOTSUPPORT);
    PAL_HANDLE client = connect_to(server, 0);
    check_failure(DkStreamWaitForClient(client), 0, PAL_ERROR_NOTSERVER);
    check_failure(DkStreamWrite(client, 0, 1, &byte, "udp:127.0.0.1:9"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(client, 0), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamFlush(client), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(client, "tcp:127.0.0.1:1"), PAL_FALSE, PAL_ERROR_STREAMEXIST);
    DkObjectClose(client);
    DkObjectClose(server);
    check_failure(DkStreamOpen(text("tcp:%s", target), 0, 0, 0, 0), 0, PAL_ERROR_CONNFAILED);
    /* Addresses for documentation (RFC 5737, RFC 3849) are nobody's. */
    check_failure(DkStreamOpen("tcp.srv:192.0.2.1:0", 0, 0, 0, 0), 0, PAL_ERROR_ADDRNOTEXIST);
    check_failure(DkStreamOpen("tcp:192.0.2.1:0:127.0.0.1:1", 0, 0, 0, 0), 0, PAL_ERROR_ADDRNOTEXIST);
    check_failure(DkStreamOpen("tcp:127.0.0.1", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("tcp:127.0.0.1:0", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("tcp:127.0.0.1:65536", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("tcp:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("tcp:[::1]:0:127.0.0.1:80", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("tcp.srv:localhost:80", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
}

static void test_nonblocking_connect(void)
{
    char byte = 'x';
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    PAL_HANDLE client = connect_to(server, PAL_OPTION_NONBLOCK);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check_failure(DkStreamRead(client, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(sends(client, "connected") && receives(end, "connected"), "a connect that does not block succeeds");
    const char *target = after_colon(name_of(server), 1);
    close_all(client, end, server);
    /* Nobody listens there now. Some hosts know that at once. */
    failure();
    client = DkStreamOpen(text("tcp:%s", target), PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    if (!client) {
        check(failure() == PAL_ERROR_CONNFAILED, "one that fails says so at once");
        return;
    }
    check(wait_for(client), "one that fails becomes ready");
    check_failure(DkStreamRead(client, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_CONNFAILED);
    PAL_STREAM_ATTR attr;
    check(DkStreamAttributesQuerybyHandle(client, &attr) && attr.disconnected, "and is shown as disconnected");
    DkObjectClose(client);
}

/* After it has been full, a connection can be waited for until there is room again. */
static void test_full(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0), client = connect_to(server, PAL_OPTION_NONBLOCK);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    for (unsigned round = 0; round < 3; round++) {
        PAL_NUM total = 0, got;
        int error = 0;
        unsigned pauses = 0;
        /* A host may find room for more a moment later. */
        do {
            while ((got = DkStreamWrite(client, 0, sizeof(g_buffer), g_buffer, NULL)) > 0)
                total += got;
            error = failure();
            DkThreadDelayExecution(10000);
        } while (error == PAL_ERROR_TRYAGAIN && DkObjectsWaitAny(1, &client, 0) == client && ++pauses < 500);
        check(total > 0 && error == PAL_ERROR_TRYAGAIN, "round %u: %lu bytes, then it is full", round, total);
        check(pauses < 500 && failure() == PAL_ERROR_TRYAGAIN, "and there is nothing to be had");
        while (total > 0 && (got = DkStreamRead(end, 0, sizeof(g_buffer), g_buffer, NULL, 0)) > 0)
            total -= got;
        check(total == 0 && wait_for(client), "all is read, and there is room");
    }
    close_all(client, end, server);
}

static PAL_HANDLE g_client;

static void write_bulk_and_close(void *param)
{
    (void)param;
    static uint8_t bytes[65536];
    regression_thread_init();
    for (PAL_NUM total = 0; total < BULK;) {
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)((total + i) * 31 >> 3);
        const PAL_NUM got = DkStreamWrite(g_client, 0, sizeof(bytes), bytes, NULL);
        if (got == 0)
            break;
        total += got;
    }
    DkObjectClose(g_client);
}

/* Closing at once after the last write loses nothing, although the other side is slow and has sent what nobody reads. */
static void test_bulk(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    g_client = connect_to(server, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    PAL_HANDLE thread = DkThreadCreate(write_bulk_and_close, NULL, 0);
    PAL_NUM total = 0, got;
    bool good = true;
    DkThreadDelayExecution(50000);
    while ((got = DkStreamRead(end, 0, 10007, g_buffer, NULL, 0)) > 0) {
        for (PAL_NUM i = 0; i < got; i++)
            good = good && (uint8_t)g_buffer[i] == (uint8_t)((total + i) * 31 >> 3);
        total += got;
    }
    check(good && total >= BULK, "%lu bytes arrive although the writer closes at once", total);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    close_all(thread, end, server);
}

static void test_many_clients(void)
{
    static PAL_HANDLE clients[CLIENTS], ends[CLIENTS];
    PAL_HANDLE server = open_server("127.0.0.1", 0);
    unsigned served = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = connect_to(server, 0);
        if (!clients[i] || !sends(clients[i], text("%03u", i)))
            note("client %u: failure %d", i, failure());
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        ends[i] = DkStreamWaitForClient(server);
    for (unsigned i = 0; i < CLIENTS; i++)
        served += receives(ends[i], text("%03u", i));
    check(served == CLIENTS, "%u clients connect before the first is waited for, and are served in their order",
          served);
    for (unsigned i = 0; i < CLIENTS; i++) {
        DkObjectClose(clients[i]);
        DkObjectClose(ends[i]);
    }
    DkObjectClose(server);
}

/* The server closes a connection first, which leaves it lingering at the host. */
static void test_restart(void)
{
    PAL_HANDLE server = open_server("127.0.0.1", 0), client = connect_to(server, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    const char *name = name_of(server);
    DkObjectClose(end);
    DkObjectClose(server);
    check(at_end(client), "a server closes its connection");
    DkObjectClose(client);
    server = DkStreamOpen(name, PAL_ACCESS_RDWR, 0, 0, 0);
    check(server != NULL, "and can be started again at the same port at once");
    DkObjectClose(server);
}

/* One that has an address is no server until it is told how many may wait. */
static void test_bound(void)
{
    PAL_HANDLE bound = DkStreamOpen("tcp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_BOUND);
    const char *peer = text("tcp:%s", after_colon(name_of(bound), 1));
    check_failure(DkStreamOpen(peer, PAL_ACCESS_RDWR, 0, 0, 0), NULL, PAL_ERROR_CONNFAILED);
    check_failure(DkStreamOpen(name_of(bound), PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_BOUND), NULL, PAL_ERROR_ADDRINUSE);
    check(DkStreamSetLength(bound, 3) == 3, "what is bound begins to serve");
    PAL_HANDLE client = DkStreamOpen("tcp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_BOUND);
    const char *own = text("%s", after_colon(name_of(client), 1));
    check(DkStreamChangeName(client, peer), "another one connects");
    PAL_HANDLE end = DkStreamWaitForClient(bound);
    check(strcmp(name_of(client), text("tcp:%s:%s", own, after_colon(peer, 1))) == 0, "and keeps its address: %s",
          name_of(client));
    check(sends(client, "hello") && receives(end, "hello"), "and is a connection");
    check_failure(DkStreamChangeName(bound, "udp:127.0.0.1:9"), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    DkObjectClose(end);
    DkObjectClose(client);
    DkObjectClose(bound);
}

/* Both may serve, and every client comes to one of them. */
static void test_spread(void)
{
    const PAL_FLG options = PAL_OPTION_BOUND | PAL_OPTION_SPREAD | PAL_OPTION_NONBLOCK;
    PAL_HANDLE one = DkStreamOpen("tcp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, options);
    const char *name = name_of(one);
    check_failure(DkStreamOpen(name, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_BOUND), NULL, PAL_ERROR_ADDRINUSE);
    PAL_HANDLE other = DkStreamOpen(name, PAL_ACCESS_RDWR, 0, 0, options);
    check(other && DkStreamSetLength(one, 40) == 40 && DkStreamSetLength(other, 40) == 40, "two servers, one address");
    const char *uri = text("tcp:%s", after_colon(name, 1));
    unsigned clients = 0;
    for (unsigned i = 0; i < 20; i++) {
        PAL_HANDLE client = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, 0);
        PAL_HANDLE end = DkStreamWaitForClient(one);
        if (!end)
            end = DkStreamWaitForClient(other);
        clients += sends(client, "hello") && receives(end, "hello");
        DkObjectClose(end);
        DkObjectClose(client);
    }
    failure();
    check(clients == 20, "have every client between them");
    DkObjectClose(other);
    DkObjectClose(one);
}

static void test_only6(void)
{
    PAL_HANDLE six = DkStreamOpen("tcp.srv:[::]:0", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_ONLY6);
    if (!six) {
        skip("IPv6 alone", "the host has no IPv6");
        failure();
        return;
    }
    PAL_HANDLE four = DkStreamOpen(text("tcp.srv:0.0.0.0:%s", after_colon(name_of(six), 2)), PAL_ACCESS_RDWR, 0, 0, 0);
    check(four != NULL, "a server of IPv6 alone leaves the port to one of IPv4");
    DkObjectClose(six);
    if (four)
        DkObjectClose(four);
}

/* What one read or write is told by its offset. */
static void test_offsets(void)
{
    char buffer[16];
    PAL_HANDLE server = open_server("127.0.0.1", 0), client = connect_to(server, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check_failure(DkStreamRead(end, PAL_SOCKET_NOW, sizeof(buffer), buffer, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(sends(client, "hello"), "something is sent");
    check(DkStreamRead(end, PAL_SOCKET_PEEK, sizeof(buffer), buffer, NULL, 0) == 5, "it can be looked at");
    check(DkStreamRead(end, PAL_SOCKET_PEEK | PAL_SOCKET_WHOLE, 2, buffer, NULL, 0) == 2,
          "of a stream as far as it fits");
    check(receives(end, "hello"), "and is still there");
    close_all(end, client, server);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_connection("127.0.0.1");
    test_connection("[::1]");
    test_local_address("127.0.0.1", "127.0.0.2");
    test_local_address("[::1]", "[::1]");
    test_half_closed();
    test_errors();
    test_nonblocking_connect();
    test_full();
    test_bulk();
    test_many_clients();
    test_restart();
    test_bound();
    test_spread();
    test_only6();
    test_offsets();
}
