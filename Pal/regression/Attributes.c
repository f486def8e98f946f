/* SPDX-License-Identifier: MIT */
/* Attributes of streams: by name, by handle, and set; every member of PAL_STREAM_ATTR, and every documented error. */
#include "regression.h"

#define NS_PER_US UINT64_C(1000)
#define DAY_NS    (UINT64_C(86400) * 1000000000)
#define SECOND_US UINT64_C(1000000)

static char g_buffer[65536];

static PAL_HANDLE make_file(const char *name)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_RDWR, 0640, PAL_CREAT_ALWAYS, 0);
    if (!file)
        bail_out("no file can be made in REGRESSION_DIR");
    return file;
}

static void remove_stream(PAL_HANDLE handle)
{
    DkStreamDelete(handle, 0);
    DkObjectClose(handle);
}

static PAL_STREAM_ATTR query(PAL_HANDLE handle)
{
    PAL_STREAM_ATTR attr;
    memset(&attr, 0xff, sizeof(attr));
    if (!DkStreamAttributesQuerybyHandle(handle, &attr))
        memset(&attr, 0, sizeof(attr));
    return attr;
}

static bool is_recent(PAL_NUM time_ns)
{
    const PAL_NUM now_ns = DkSystemTimeQuery() * NS_PER_US;
    return time_ns + DAY_NS > now_ns && time_ns < now_ns + DAY_NS;
}

/***** Files and directories *****/

static void test_file(void)
{
    PAL_HANDLE file = make_file("file"), other = make_file("other");
    DkStreamWrite(file, 0, 10000, g_buffer, NULL);
    const PAL_STREAM_ATTR attr = query(file), attr_other = query(other);
    check(attr.type == PAL_TYPE_FILE && attr.size == 10000 && attr.allocated > 0, "type and size of a file");
    check(attr.readable && attr.writeable && !attr.disconnected && !attr.nonblocking, "what may be done with it");
    check(attr.link_count == 1 && attr.device_id == attr_other.device_id && attr.file_id != attr_other.file_id &&
              attr.owner_id == attr_other.owner_id && attr.group_id == attr_other.group_id,
          "its identity");
    check(is_recent(attr.access_time) && is_recent(attr.change_time) && is_recent(attr.modify_time) &&
              (attr.create_time == 0 || is_recent(attr.create_time)),
          "its times");
    PAL_STREAM_ATTR named;
    memset(&named, 0xff, sizeof(named));
    check(DkStreamAttributesQuery(scratch("file:", "file"), &named) && named.type == attr.type &&
              named.file_id == attr.file_id && named.size == attr.size && named.modify_time == attr.modify_time &&
              named.share_flags == attr.share_flags,
          "the same by name");
    DkThreadDelayExecution(30000);
    DkStreamWrite(file, 0, 1, g_buffer, NULL);
    check(query(file).modify_time > attr.modify_time, "a write changes the time of modification");
    remove_stream(other);
    remove_stream(file);
}

static void test_set_file(void)
{
    PAL_HANDLE file = make_file("file");
    PAL_STREAM_ATTR attr = query(file);
    bool good = true;
    for (PAL_FLG share = 0; share < 01000; share += 037) {
        attr.share_flags = share;
        good = good && DkStreamAttributesSetbyHandle(file, &attr) && query(file).share_flags == share;
    }
    check(good, "share flags are set as they are given");
    attr.share_flags = PAL_SHARE_OWNER_X | PAL_SHARE_GROUP_R;
    check(DkStreamAttributesSetbyHandle(file, &attr), "a last time");
    const PAL_STREAM_ATTR before = query(file);
    PAL_STREAM_ATTR same = before;
    DkThreadDelayExecution(30000);
    check(DkStreamAttributesSetbyHandle(file, &same) && query(file).change_time == before.change_time,
          "setting what holds anyway changes nothing");
    check(before.runnable == true, "who may run it sees that");
    attr.share_flags = 01000;
    check_failure(DkStreamAttributesSetbyHandle(file, &attr), PAL_FALSE, PAL_ERROR_INVAL);
    attr = before;
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).nonblocking, "nonblocking is kept");
    /* A program of another language, or a careless one, has other bytes there than C's true. */
    attr.share_flags = before.share_flags;
    for (unsigned byte = 0; byte < 256; byte++) {
        memset(&attr.nonblocking, (int)byte, sizeof(attr.nonblocking));
        memset(&attr.appending, (int)(255 - byte), sizeof(attr.appending));
        if (!DkStreamAttributesSetbyHandle(file, &attr))
            break;
        const PAL_STREAM_ATTR now = query(file);
        good = good && now.nonblocking == (byte != 0) && now.appending == (byte != 255);
    }
    check(good && failure() == 0, "any byte but 0 is true");
    remove_stream(file);
}

#define MODE_OF(attr) ((attr).mode & 07777)

static void test_mode(void)
{
    PAL_HANDLE file = make_file("file");
    PAL_STREAM_ATTR attr = query(file);
    check(PAL_MODE_KIND(attr.mode) == PAL_KIND_FILE && MODE_OF(attr) == attr.share_flags && attr.rdev_id == 0 &&
              attr.block_size > 0 && !attr.appending,
          "mode, device and block size of a file");
    attr.mode |= PAL_MODE_STICKY;
    check(DkStreamAttributesSetbyHandle(file, &attr) && MODE_OF(query(file)) == (PAL_MODE_STICKY | attr.share_flags),
          "the sticky bit");
    attr.share_flags = 0600;
    check(DkStreamAttributesSetbyHandle(file, &attr) && MODE_OF(query(file)) == (PAL_MODE_STICKY | 0600),
          "stays when share flags change");
    attr.mode = 0;
    check(DkStreamAttributesSetbyHandle(file, &attr) && MODE_OF(query(file)) == 0600, "and goes");
    attr.mode = PAL_MODE_SETUID;
    const bool set = DkStreamAttributesSetbyHandle(file, &attr);
    check(set ? MODE_OF(query(file)) == (PAL_MODE_SETUID | 0600)
              : failure() == PAL_ERROR_DENIED && MODE_OF(query(file)) == 0600,
          "set-id bits are set, or denied where the program is confined");
    remove_stream(file);
}

static void test_times(void)
{
    PAL_HANDLE file = make_file("file");
    PAL_STREAM_ATTR attr = query(file);
    attr.access_time = 1234567890123456789;
    attr.modify_time = 987654321987654321;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).access_time == attr.access_time &&
              query(file).modify_time == attr.modify_time,
          "both times, to the nanosecond");
    attr.modify_time = 5;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).access_time == attr.access_time &&
              query(file).modify_time == 5,
          "one time");
    attr.modify_time = (PAL_NUM)-1500000000;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).modify_time == attr.modify_time,
          "a time before 1970");
    attr = (PAL_STREAM_ATTR){.share_flags = PAL_SET_TIMES, .access_time = PAL_TIME_KEEP, .modify_time = PAL_TIME_NOW};
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).access_time == 1234567890123456789 &&
              is_recent(query(file).modify_time) && query(file).share_flags == 0640,
          "only one time, to now");
    attr.access_time = PAL_TIME_NOW;
    attr.modify_time = 7;
    check(DkStreamAttributesSetbyHandle(file, &attr) && is_recent(query(file).access_time) &&
              query(file).modify_time == 7,
          "and the other way round");
    remove_stream(file);
}

static void test_owner(void)
{
    PAL_HANDLE file = make_file("file");
    const PAL_STREAM_ATTR before = query(file);
    PAL_STREAM_ATTR attr = before;
    attr.share_flags |= PAL_SET_OWNER;
    attr.modify_time = 7;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).modify_time != 7, "only the owner");
    attr.owner_id = PAL_ID_KEEP;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).owner_id == before.owner_id, "only the group");
    attr.owner_id = (PAL_NUM)1 << 32;
    check_failure(DkStreamAttributesSetbyHandle(file, &attr), 0, PAL_ERROR_INVAL);
    attr = before;
    attr.owner_id = before.owner_id + 1;
    attr.group_id = PAL_ID_KEEP;
    /* Nobody may be who has this number: in a user namespace of few. */
    const bool given = DkStreamAttributesSetbyHandle(file, &attr);
    const int error = given ? 0 : failure();
    check(given ? query(file).owner_id == attr.owner_id && query(file).group_id == before.group_id
                : error == PAL_ERROR_DENIED || error == PAL_ERROR_INVAL,
          "a file is given away by who may do so");
    attr = before;
    attr.share_flags |= 01000;
    check_failure(DkStreamAttributesSetbyHandle(file, &attr), 0, PAL_ERROR_INVAL);
    attr.share_flags = 0600 | PAL_SET_PERMISSIONS;
    attr.modify_time = 7;
    check(DkStreamAttributesSetbyHandle(file, &attr) && query(file).share_flags == 0600 &&
              query(file).modify_time == before.modify_time,
          "only the permissions");
    remove_stream(file);
}

static void test_file_on_directory(void)
{
    PAL_HANDLE made = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "directory"), PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_STREAM_ATTR attr = query(file);
    check(attr.type == PAL_TYPE_DIR && PAL_MODE_KIND(attr.mode) == PAL_KIND_DIRECTORY, "file: on a directory tells it");
    attr.share_flags = 0711;
    attr.mode |= PAL_MODE_STICKY;
    attr.modify_time = 11;
    check(DkStreamAttributesSetbyHandle(file, &attr) && MODE_OF(query(made)) == (PAL_MODE_STICKY | 0711) &&
              query(made).modify_time == 11,
          "and sets its attributes");
    DkObjectClose(file);
    remove_stream(made);
}

static void test_directory(void)
{
    PAL_STREAM_ATTR named;
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    PAL_STREAM_ATTR attr = query(directory);
    check(attr.type == PAL_TYPE_DIR && attr.readable && attr.writeable && attr.runnable, "a directory");
    check(DkStreamAttributesQuery(scratch("dir:", "directory"), &named) && named.type == PAL_TYPE_DIR &&
              named.file_id == attr.file_id,
          "the same by its name");
    check(DkStreamAttributesQuery(scratch("file:", "directory"), &named) && named.type == PAL_TYPE_DIR,
          "file: tells that a directory is one");
    attr.share_flags = 0750;
    check(DkStreamAttributesSetbyHandle(directory, &attr) && query(directory).share_flags == 0750, "its share flags");
    remove_stream(directory);
}

static void test_name_errors(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE file = make_file("file");
    check_failure(DkStreamAttributesQuery(scratch("file:", "absent"), &attr), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamAttributesQuery(scratch("dir:", "absent"), &attr), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamAttributesQuery(scratch("dir:", "file"), &attr), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamAttributesQuery(scratch("file:", "file/x"), &attr), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamAttributesQuery("pipe:1", &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamAttributesQuery("tcp:127.0.0.1:1", &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamAttributesQuery("nonsense:x", &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamAttributesQuery("file:", &attr), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamAttributesQuery(NULL, &attr), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesQuery(scratch("file:", "file"), NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesQuerybyHandle(file, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesSetbyHandle(file, NULL), 0, PAL_ERROR_BADADDR);
    remove_stream(file);
}

/***** Connections *****/

static void test_pipe(void)
{
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_STREAM_ATTR attr = query(pipe);
    check(attr.type == PAL_TYPE_PIPE && !attr.readable && attr.writeable && !attr.disconnected && attr.size == 0,
          "an empty pipe");
    DkStreamWrite(pipe, 0, 5, g_buffer, NULL);
    attr = query(pipe);
    check(attr.readable && attr.size == 5, "a pipe with five bytes");
    DkStreamRead(pipe, 0, 5, g_buffer, NULL, 0);
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(pipe, &attr) && query(pipe).nonblocking, "nonblocking is set");
    check_failure(DkStreamRead(pipe, 0, 5, g_buffer, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    while (DkStreamWrite(pipe, 0, sizeof(g_buffer), g_buffer, NULL) > 0)
        ;
    check(failure() == PAL_ERROR_TRYAGAIN && !query(pipe).writeable, "a full pipe is not writeable");
    DkObjectClose(pipe);
}

static void test_pipe_ends(void)
{
    const PAL_NUM id = random_number();
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(query(server).type == PAL_TYPE_PIPESRV && !query(server).readable, "a server without a client");
    PAL_HANDLE client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(query(server).readable, "a server with a client that waits");
    PAL_HANDLE end = DkStreamWaitForClient(server);
    PAL_STREAM_ATTR attr = query(end);
    check(!query(server).readable && attr.type == PAL_TYPE_PIPE && !attr.nonblocking, "which it has taken");
    attr.receivetimeout = 50000;
    check(DkStreamAttributesSetbyHandle(end, &attr) && query(end).receivetimeout >= 50000 &&
              query(end).receivetimeout < 100000,
          "a time limit for reads");
    const PAL_NUM begin = DkSystemTimeQuery();
    check_failure(DkStreamRead(end, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    const PAL_NUM waited = DkSystemTimeQuery() - begin;
    check(waited > 30000 && waited < 5 * SECOND_US, "ends them after %lu us", waited);
    check(!query(end).disconnected, "a pipe with both ends");
    DkObjectClose(client);
    attr = query(end);
    check(attr.disconnected && attr.readable, "a pipe whose other end is closed");
    DkObjectClose(end);
    DkObjectClose(server);
}

/* A connection to the same host. */
struct connection {
    PAL_HANDLE server, client, end;
};

static struct connection connect(void)
{
    char name[128];
    struct connection made;
    made.server = DkStreamOpen("tcp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!made.server || DkStreamGetName(made.server, name, sizeof(name)) == 0)
        bail_out("no TCP server can be made at 127.0.0.1");
    made.client = DkStreamOpen(text("tcp:%s", name + strlen("tcp.srv:")), PAL_ACCESS_RDWR, 0, 0, 0);
    made.end = DkStreamWaitForClient(made.server);
    return made;
}

static void disconnect(const struct connection *made)
{
    DkObjectClose(made->client);
    DkObjectClose(made->end);
    DkObjectClose(made->server);
}

static void test_tcp_state(void)
{
    struct connection tcp = connect();
    PAL_STREAM_ATTR attr = query(tcp.client);
    check(attr.type == PAL_TYPE_TCP && attr.writeable && !attr.readable && !attr.disconnected, "a connection");
    attr = query(tcp.server);
    check(attr.type == PAL_TYPE_TCPSRV && !attr.readable && attr.reuseaddr, "its server");
    DkStreamWrite(tcp.end, 0, 7, g_buffer, NULL);
    DkObjectsWaitAny(1, &tcp.client, 5 * SECOND_US);
    attr = query(tcp.client);
    check(attr.readable && attr.size == 7, "seven bytes");
    attr = query(tcp.server);
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(tcp.server, &attr), "a server that does not block");
    check_failure(DkStreamWaitForClient(tcp.server), 0, PAL_ERROR_TRYAGAIN);
    attr.nonblocking = false;
    check(DkStreamAttributesSetbyHandle(tcp.server, &attr) && !query(tcp.server).nonblocking,
          "and one that does again");
    disconnect(&tcp);
}

/* Members that TCP has, set one after the other; what was set before stays. */
static void test_tcp_options(void)
{
    struct connection tcp = connect();
    PAL_STREAM_ATTR attr = query(tcp.client), got;
    check(attr.receivebuf > 0 && attr.sendbuf > 0 && attr.linger == 0 && attr.receivetimeout == 0 &&
              attr.sendtimeout == 0 && !attr.tcp_cork && !attr.tcp_keepalive && !attr.tcp_nodelay && !attr.nonblocking,
          "options at first");
    attr.linger = 5 * SECOND_US;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).linger == 5 * SECOND_US, "linger");
    attr.receivebuf = 16384;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).receivebuf == 16384, "receivebuf");
    attr.sendbuf = 32768;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).sendbuf == 32768, "sendbuf");
    attr.receivetimeout = 2 * SECOND_US;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).receivetimeout == 2 * SECOND_US,
          "receivetimeout");
    attr.sendtimeout = 3 * SECOND_US;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).sendtimeout == 3 * SECOND_US,
          "sendtimeout");
    attr.tcp_cork = true;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).tcp_cork, "tcp_cork");
    attr.tcp_keepalive = true;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).tcp_keepalive, "tcp_keepalive");
    attr.tcp_nodelay = true;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).tcp_nodelay, "tcp_nodelay");
    attr.reuseaddr = true;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).reuseaddr, "reuseaddr");
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).nonblocking, "nonblocking");
    got = query(tcp.client);
    check(got.linger == 5 * SECOND_US && got.receivebuf == 16384 && got.sendbuf == 32768 && got.tcp_cork &&
              got.tcp_keepalive,
          "all of them hold");
    attr = got;
    attr.linger = 0, attr.receivetimeout = 0, attr.sendtimeout = 0, attr.tcp_cork = false, attr.tcp_keepalive = false;
    attr.tcp_nodelay = false, attr.nonblocking = false, attr.reuseaddr = false;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr), "all of them off again");
    got = query(tcp.client);
    check(got.linger == 0 && got.receivetimeout == 0 && got.sendtimeout == 0 && !got.tcp_cork && !got.tcp_keepalive &&
              !got.tcp_nodelay && !got.nonblocking && !got.reuseaddr,
          "they are");
    disconnect(&tcp);
}

/* Exactly what is asked for is set, whatever the other members say. */
static void test_chosen_options(void)
{
    static const struct {
        PAL_FLG chosen;
        PAL_STREAM_ATTR attr;
    } cases[] = {
        {PAL_SET_LINGER, {.linger = 5 * SECOND_US, .tcp_nodelay = true}},
        {PAL_SET_RECEIVEBUF, {.receivebuf = 16384, .linger = SECOND_US}},
        {PAL_SET_SENDBUF | PAL_SET_CORK, {.sendbuf = 32768, .tcp_cork = true, .nonblocking = true}},
        {PAL_SET_KEEPALIVE, {.tcp_keepalive = true, .reuseaddr = true}},
        {PAL_SET_NODELAY | PAL_SET_CORK, {.tcp_nodelay = true, .sendtimeout = SECOND_US}},
    };
    struct connection tcp = connect();
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        PAL_STREAM_ATTR attr = cases[i].attr;
        attr.share_flags = cases[i].chosen;
        check(DkStreamAttributesSetbyHandle(tcp.client, &attr), "options that are asked for");
    }
    const PAL_STREAM_ATTR got = query(tcp.client);
    check(got.linger == 5 * SECOND_US && got.receivebuf == 16384 && got.sendbuf == 32768 && !got.tcp_cork &&
              got.tcp_keepalive && got.tcp_nodelay,
          "are set");
    check(!got.nonblocking && !got.reuseaddr && got.sendtimeout == 0, "and no others");
    disconnect(&tcp);
    PAL_HANDLE udp = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_STREAM_ATTR attr = {.share_flags = PAL_SET_NODELAY, .tcp_nodelay = true};
    check_failure(DkStreamAttributesSetbyHandle(udp, &attr), PAL_FALSE, PAL_ERROR_INVAL);
    DkObjectClose(udp);
}

static void test_range(void)
{
    static const size_t members[] = {offsetof(PAL_STREAM_ATTR, linger), offsetof(PAL_STREAM_ATTR, receivebuf),
                                     offsetof(PAL_STREAM_ATTR, sendbuf), offsetof(PAL_STREAM_ATTR, receivetimeout),
                                     offsetof(PAL_STREAM_ATTR, sendtimeout)};
    struct connection tcp = connect();
    const PAL_STREAM_ATTR before = query(tcp.client);
    unsigned refused = 0;
    for (unsigned i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        PAL_STREAM_ATTR attr = before;
        const PAL_NUM huge = (PAL_NUM)-1;
        memcpy((char *)&attr + members[i], &huge, sizeof(huge));
        refused += !DkStreamAttributesSetbyHandle(tcp.client, &attr) && failure() == PAL_ERROR_INVAL;
    }
    check(refused == 5, "values that are out of range are refused");
    disconnect(&tcp);
}

/* Less than a second of lingering is none at all: what has not been sent is thrown away and the peer is told. */
static void test_reset(void)
{
    struct connection tcp = connect();
    PAL_STREAM_ATTR attr = query(tcp.client);
    attr.linger = 1;
    check(DkStreamAttributesSetbyHandle(tcp.client, &attr) && query(tcp.client).linger == 1, "a linger of 1 us");
    DkObjectClose(tcp.client);
    DkObjectsWaitAny(1, &tcp.end, 5 * SECOND_US);
    check_failure(DkStreamRead(tcp.end, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_CONNFAILED);
    attr = query(tcp.end);
    check(attr.disconnected, "resets the connection");
    DkObjectClose(tcp.end);
    DkObjectClose(tcp.server);
}

static void test_udp(void)
{
    char name[128];
    PAL_HANDLE server = DkStreamOpen("udp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, 0);
    DkStreamGetName(server, name, sizeof(name));
    PAL_HANDLE client = DkStreamOpen(text("udp:%s", name + strlen("udp.srv:")), PAL_ACCESS_RDWR, 0, 0, 0);
    DkStreamWrite(client, 0, 9, g_buffer, NULL);
    DkObjectsWaitAny(1, &server, 5 * SECOND_US);
    PAL_STREAM_ATTR attr = query(server);
    check(attr.type == PAL_TYPE_UDPSRV && attr.readable && attr.writeable && attr.size == 9,
          "a datagram of nine bytes");
    check(query(client).type == PAL_TYPE_UDP && !query(client).readable, "its sender");
    attr.nonblocking = true, attr.receivebuf = 20000, attr.sendtimeout = SECOND_US;
    check(DkStreamAttributesSetbyHandle(server, &attr), "options of UDP");
    attr = query(server);
    check(attr.nonblocking && attr.receivebuf == 20000 && attr.sendtimeout == SECOND_US, "are set");
    DkObjectClose(client);
    DkObjectClose(server);
}

static void test_no_streams(void)
{
    PAL_STREAM_ATTR attr = {0};
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    check_failure(DkStreamAttributesQuerybyHandle(event, &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamAttributesSetbyHandle(event, &attr), 0, PAL_ERROR_NOTSUPPORT);
    DkObjectClose(event);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_file();
    test_set_file();
    test_mode();
    test_times();
    test_owner();
    test_file_on_directory();
    test_directory();
    test_name_errors();
    test_pipe();
    test_pipe_ends();
    test_tcp_state();
    test_tcp_options();
    test_chosen_options();
    test_range();
    test_reset();
    test_udp();
    test_no_streams();
}
