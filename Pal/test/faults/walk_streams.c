/* SPDX-License-Identifier: MIT */
/* Files, directories, names, devices, pipes and sockets. */
#include "walk.h"
#include "pal_string.h"

#define OWNER (PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W | PAL_SHARE_OWNER_X)
#define PAGE  4096

static PAL_HANDLE open(const char *uri, PAL_FLG create, PAL_FLG options)
{
    return DkStreamOpen(uri, PAL_ACCESS_RDWR, OWNER, create, options);
}

/***** Files *****/

static void change_attributes(PAL_HANDLE handle)
{
    PAL_STREAM_ATTR attr;
    if (!expect(DkStreamAttributesQuerybyHandle(handle, &attr)))
        return;
    attr.share_flags |= PAL_SHARE_GROUP_R;
    attr.modify_time = 1000000000;
    attr.appending = !attr.appending;
    expect(DkStreamAttributesSetbyHandle(handle, &attr));
    attr.share_flags =
        (attr.share_flags & ~(PAL_FLG)PAL_SHARE_GROUP_R) | PAL_SET_PERMISSIONS | PAL_SET_TIMES | PAL_SET_OWNER;
    expect(DkStreamAttributesSetbyHandle(handle, &attr));
    attr.share_flags &= 0777u;
    attr.appending = false;
    expect(DkStreamAttributesSetbyHandle(handle, &attr));
}

static void map_file(PAL_HANDLE file)
{
    PAL_PTR shared = DkStreamMap(file, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, PAGE);
    if (expect(shared != NULL))
        DkStreamUnmap(shared, PAGE);
    PAL_PTR own = DkStreamMap(file, NULL, PAL_PROT_READ | PAL_PROT_WRITECOPY, 0, PAGE);
    if (expect(own != NULL)) {
        PAL_PTR again = DkStreamMap(file, own, PAL_PROT_READ, 0, PAGE);
        expect(again == own);
        DkStreamUnmap(own, PAGE);
    }
}

static void use_file(PAL_HANDLE file)
{
    char data[64] = "text";
    expect(DkStreamWrite(file, 0, sizeof(data), data, NULL) == sizeof(data));
    expect(DkStreamRead(file, 0, sizeof(data), data, NULL, 0) == sizeof(data));
    expect(DkStreamSetLength(file, PAGE) == PAGE);
    expect(DkStreamFlush(file));
    map_file(file);
    change_attributes(file);
    expect(DkStreamWrite(file, 0, sizeof(data), data, NULL) == sizeof(data));
    drop(file);
}

static void use_names(void)
{
    char name[128], target[16];
    struct pal_space space;
    PAL_STREAM_ATTR attr;
    expect(DkStreamAttributesQuery("file:f", &attr));
    PAL_HANDLE file = open("file:f", 0, 0);
    expect(DkStreamGetName(file, name, sizeof(name)) > 0);
    expect(DkStreamChangeName(file, "file:g") && DkStreamChangeName(file, "link:h"));
    DkStreamDelete(file, 0);
    drop(file);
    PAL_HANDLE link = open("link:l", 0, 0);
    expect(DkStreamWrite(link, PAL_LINK_TARGET, 1, (char[]){"h"}, NULL) == 1);
    expect(DkStreamRead(link, PAL_LINK_TARGET, sizeof(target), target, NULL, 0) == 1);
    expect(DkStreamRead(link, PAL_LINK_SPACE, sizeof(space), &space, NULL, 0) == sizeof(space));
    expect(DkStreamAttributesQuerybyHandle(link, &attr));
    attr.share_flags = PAL_SET_TIMES;
    expect(DkStreamAttributesSetbyHandle(link, &attr));
    expect(DkStreamChangeName(link, "link:m"));
    DkStreamDelete(link, 0);
    drop(link);
    link = open("link:h", PAL_CREAT_ALWAYS, 0);
    expect(DkStreamChangeName(link, "link:i"));
    DkStreamDelete(link, 0);
    drop(link);
    /* What is left of a walk on which something failed. */
    static const char *const names[] = {"link:f", "link:g", "link:h", "link:i", "link:l", "link:m", "link:p"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        PAL_HANDLE rest = open(names[i], 0, 0);
        DkStreamDelete(rest, 0);
        drop(rest);
    }
}

static void use_fifo(void)
{
    PAL_FLG share = OWNER;
    PAL_HANDLE name = open("link:p", 0, 0);
    expect(DkStreamWrite(name, PAL_LINK_FIFO, sizeof(share), &share, NULL) == sizeof(share));
    PAL_HANDLE fifo = open("file:p", 0, PAL_OPTION_NONBLOCK);
    pass_byte(fifo, fifo);
    drop(fifo);
    DkStreamDelete(name, 0);
    drop(name);
}

static void read_directory(PAL_FLG options)
{
    static char text[4096];
    PAL_HANDLE dir = DkStreamOpen("dir:.", PAL_ACCESS_RDONLY, 0, 0, options);
    PAL_NUM got = DkStreamRead(dir, 0, sizeof(text), text, NULL, 0);
    expect(got > 0);
    for (unsigned i = 0; i < 8 && got > 0; i++)
        got = DkStreamRead(dir, 1, sizeof(text), text, NULL, 0);
    drop(dir);
}

void walk_files(void)
{
    use_file(open("file:f", PAL_CREAT_TRY, PAL_OPTION_TRUNCATE));
    use_file(open("mem:", 0, 0));
    use_names();
    use_fifo();
    PAL_HANDLE dir = open("dir:d", PAL_CREAT_TRY, 0);
    PAL_STREAM_ATTR attr;
    if (expect(DkStreamAttributesQuerybyHandle(dir, &attr))) {
        attr.share_flags ^= PAL_SHARE_GROUP_R;
        expect(DkStreamAttributesSetbyHandle(dir, &attr));
    }
    expect(DkStreamAttributesQuery("dir:d", &attr));
    expect(DkStreamChangeName(dir, "dir:e") && DkStreamChangeName(dir, "dir:d"));
    read_directory(0);
    read_directory(PAL_OPTION_ENTRIES);
    DkStreamDelete(dir, 0);
    drop(dir);
    dir = open("dir:e", 0, 0);
    DkStreamDelete(dir, 0);
    drop(dir);
}

/***** Streams *****/

static void use_devices(void)
{
    static const char *const uris[] = {"dev:null", "dev:zero", "dev:random", "dev:stdin"};
    char byte;
    PAL_STREAM_ATTR attr;
    for (unsigned i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        PAL_HANDLE device = DkStreamOpen(uris[i], PAL_ACCESS_RDONLY, 0, 0, 0);
        (void)DkStreamRead(device, 0, 1, &byte, NULL, 0);
        expect(DkStreamAttributesQuerybyHandle(device, &attr) && DkStreamAttributesSetbyHandle(device, &attr));
        drop(device);
    }
    expect(DkStreamAttributesQuery("dev:tty", &attr));
    static const char *const others[] = {"dev:stdin.file", "dev:stdin.terminal"};
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        PAL_HANDLE device = DkStreamOpen(others[i], PAL_ACCESS_RDONLY, 0, 0, 0);
        (void)DkStreamRead(device, 0, 1, &byte, NULL, 0);
        drop(device);
    }
}

static void use_pipes(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE server = open("pipe.srv:7", 0, 0), client = open("pipe:7", 0, 0);
    PAL_HANDLE served = is_ready(server) ? DkStreamWaitForClient(server) : NULL;
    pass_byte(client, served);
    pass_byte(served, client);
    expect(DkStreamAttributesQuerybyHandle(client, &attr) && DkStreamAttributesQuerybyHandle(server, &attr));
    if (client)
        DkStreamDelete(client, PAL_DELETE_WR);
    drop(client);
    drop(served);
    drop(server);
    PAL_HANDLE anonymous = open("pipe:", 0, 0);
    pass_byte(anonymous, anonymous);
    if (anonymous)
        DkStreamDelete(anonymous, PAL_DELETE_WR | PAL_DELETE_OWN);
    drop(anonymous);
}

static void use_poll(void)
{
    PAL_HANDLE pipe = open("pipe:", 0, 0), list = open("poll:list", 0, 0), set = open("poll:set", 0, 0);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_TRUE);
    struct pal_poll entries[] = {{pipe, PAL_POLL_WRITE, 0}, {event, PAL_POLL_READ, 0}};
    struct pal_poll_change change = {pipe, PAL_POLL_READ | PAL_POLL_WRITE, PAL_POLL_ADD, 5};
    struct pal_poll_ready ready[4];
    if (pipe && event && list)
        expect(DkStreamRead(list, 0, sizeof(entries), entries, NULL, 0) == sizeof(entries));
    expect(DkStreamWrite(set, 0, sizeof(change), &change, NULL) == sizeof(change));
    if (set)
        expect(DkStreamRead(set, 1000, sizeof(ready), ready, NULL, 0) > 0);
    change.how = PAL_POLL_CHANGE;
    change.events = PAL_POLL_WRITE;
    expect(DkStreamWrite(set, 0, sizeof(change), &change, NULL) == sizeof(change));
    if (set)
        (void)is_ready(set);
    change.how = PAL_POLL_REMOVE;
    expect(DkStreamWrite(set, 0, sizeof(change), &change, NULL) == sizeof(change));
    drop(set);
    drop(list);
    drop(event);
    drop(pipe);
}

void walk_streams(void)
{
    use_devices();
    use_pipes();
    use_poll();
    PAL_STREAM_ATTR attr;
    PAL_HANDLE broadcast = pal_control.broadcast_stream;
    expect(DkStreamAttributesQuerybyHandle(broadcast, &attr) && DkStreamWrite(broadcast, 0, 1, &attr, NULL) == 1);
}

/***** Sockets *****/

static void set_attributes(PAL_HANDLE handle, bool tcp)
{
    PAL_STREAM_ATTR attr;
    if (!expect(DkStreamAttributesQuerybyHandle(handle, &attr)))
        return;
    attr.nonblocking = attr.reuseaddr = true;
    attr.receivebuf = attr.sendbuf = 65536;
    attr.receivetimeout = attr.sendtimeout = 1000000;
    attr.tcp_keepalive = attr.tcp_nodelay = tcp;
    attr.tcp_cork = tcp && attr.type == PAL_TYPE_TCP; /* who is accepted would have it, too, and be slow */
    attr.linger = tcp;                                /* closing does not wait */
    expect(DkStreamAttributesSetbyHandle(handle, &attr));
    attr.nonblocking = false;
    expect(DkStreamAttributesSetbyHandle(handle, &attr));
}

/* Change "x.srv:A:P" into "x:A:P"; false: there is no such server. */
static bool address_of(PAL_HANDLE server, char *uri, size_t size)
{
    if (!server || DkStreamGetName(server, uri, size) == 0)
        return false;
    memmove(uri + 3, uri + 7, strlen(uri + 7) + 1);
    return true;
}

static void use_tcp(const char *listen, const char *local)
{
    char uri[128];
    PAL_HANDLE server = open(listen, 0, PAL_OPTION_BOUND | PAL_OPTION_REUSE | PAL_OPTION_ONLY6 * (listen[8] == '['));
    expect(DkStreamSetLength(server, 4) == 4);
    set_attributes(server, true);
    PAL_HANDLE client = address_of(server, uri, sizeof(uri)) ? open(uri, 0, 0) : NULL;
    PAL_HANDLE served = client && is_ready(server) ? DkStreamWaitForClient(server) : NULL;
    pass_byte(client, served);
    pass_byte(served, client);
    set_attributes(client, true);
    expect(DkStreamGetName(client, uri, sizeof(uri)) > 0);
    if (client)
        DkStreamDelete(client, PAL_DELETE_WR);
    drop(client);
    drop(served);
    /* Bound first, and without waiting. */
    PAL_HANDLE bound = open(local, 0, PAL_OPTION_BOUND | PAL_OPTION_NONBLOCK);
    if (address_of(server, uri, sizeof(uri)))
        expect(DkStreamChangeName(bound, uri));
    client = address_of(server, uri, sizeof(uri)) ? open(uri, 0, PAL_OPTION_NONBLOCK) : NULL;
    served = client && is_ready(server) ? DkStreamWaitForClient(server) : NULL;
    drop(served);
    drop(client);
    drop(bound);
    drop(server);
}

static void use_udp(const char *listen)
{
    char uri[128], byte = 'u', from[64];
    PAL_HANDLE server = open(listen, 0, PAL_OPTION_REUSE), sender = open("udp:", 0, 0);
    set_attributes(server, false);
    if (address_of(server, uri, sizeof(uri))) {
        expect(DkStreamWrite(sender, 0, 1, &byte, uri) == 1);
        if (expect(is_ready(server)))
            expect(DkStreamRead(server, 0, 1, &byte, from, sizeof(from)) == 1);
        PAL_HANDLE client = open(uri, 0, 0);
        expect(DkStreamWrite(client, 0, 1, &byte, NULL) == 1);
        PAL_HANDLE served = is_ready(server) ? DkStreamWaitForClient(server) : NULL;
        if (served)
            expect(DkStreamRead(served, 0, 1, &byte, NULL, 0) == 1);
        pass_byte(served, client);
        expect(DkStreamChangeName(client, "udp:"));
        drop(served);
        drop(client);
    }
    drop(sender);
    drop(server);
}

void walk_sockets(void)
{
    use_tcp("tcp.srv:127.0.0.1:0", "tcp.srv:127.0.0.1:0");
    use_tcp("tcp.srv:[::1]:0", "tcp.srv:[::1]:0");
    use_udp("udp.srv:127.0.0.1:0");
}
