// SPDX-License-Identifier: MIT
// Pseudo terminals: lines and their editing, echo, raw mode, both translations, size, hang-up; from one process with threads.
#include "fs_report.h"
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <termios.h>

static int g_master, g_slave;

static void print(const char *what, const char *bytes, long size)
{
    if (size < 0) {
        printf("%s: %s\n", what, strerror(errno));
        return;
    }
    printf("%s: \"", what);
    for (long i = 0; i < size; i++)
        if (bytes[i] >= ' ' && bytes[i] < 127)
            putchar(bytes[i]);
        else
            printf("\\%o", (unsigned char)bytes[i]);
    printf("\"\n");
}

static void type(const char *text)
{
    long size = write(g_master, text, strlen(text));
    if (size != (long)strlen(text))
        printf("typed %ld\n", size);
    usleep(30000); // Linux hands it on later
}

static int ready(int fd, int events)
{
    struct pollfd p = {fd, (short)events, 0};
    poll(&p, 1, 50);
    return p.revents;
}

static void shown(void)
{
    char b[512];
    if (!(ready(g_master, POLLIN) & POLLIN))
        printf("shown: nothing\n");
    else
        print("shown", b, read(g_master, b, sizeof(b)));
}

static void got(long count)
{
    char b[512];
    if (!(ready(g_slave, POLLIN) & POLLIN))
        printf("read: nothing\n");
    else
        print("read", b, read(g_slave, b, (size_t)count));
}

static void set(int local_off, int local_on, int input_off, int output_off)
{
    struct termios t;
    tcgetattr(g_slave, &t);
    t.c_lflag = (t.c_lflag & ~(tcflag_t)local_off) | (tcflag_t)local_on;
    t.c_iflag &= ~(tcflag_t)input_off;
    t.c_oflag &= ~(tcflag_t)output_off;
    R(tcsetattr(g_slave, TCSANOW, &t));
}

static void begin(void)
{
    struct termios t;
    struct stat s, u;
    char name[64];
    g_master = RFD(posix_openpt(O_RDWR | O_NOCTTY));
    R(grantpt(g_master));
    R(open(ptsname(g_master), O_RDWR | O_NOCTTY));
    R(unlockpt(g_master));
    R(ptsname_r(g_master, name, sizeof(name)));
    printf("%.9s\n", name);
    g_slave = RFD(open(name, O_RDWR | O_NOCTTY));
    R(isatty(g_master));
    R(isatty(g_slave));
    printf("ttyname: %d\n", ttyname(g_slave) && !strcmp(ttyname(g_slave), name));
    R(stat(name, &s));
    R(fstat(g_slave, &u));
    printf("same: %d %o\n", s.st_rdev == u.st_rdev && s.st_ino == u.st_ino, s.st_mode & S_IFMT);
    R(tcgetattr(g_slave, &t));
    printf("%x %x %x %x\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
    for (int i = 0; i < 17; i++)
        printf("%d ", t.c_cc[i]);
    printf("\n");
    R(lseek(g_master, 0, SEEK_SET));
    R(lseek(g_slave, 0, SEEK_CUR));
}

static void whose(void)
{
    struct stat s, u;
    R(stat(ttyname(g_slave), &s));
    R(fstat(g_slave, &u));
    printf("%o %u %u, %o %u %u\n", s.st_mode, s.st_uid, s.st_gid, u.st_mode, u.st_uid, u.st_gid);
}

static void owner(void)
{
    printf("-- owner\n");
    const char *name = ttyname(g_slave);
    R(chmod(name, 0602));
    R(chown(name, getuid(), getgid()));
    whose();
    R(fchmod(g_slave, 0640));
    whose();
    if (getuid() == 0) {
        R(fchown(g_slave, 7, 8));
        R(chmod(name, 01622));
        whose();
        R(chown(name, 0, (gid_t)-1));
        whose();
    }
    const struct timespec times[2] = {{1, 0}, {2, 0}};
    R(utimensat(AT_FDCWD, name, times, 0));
    R(ftruncate(g_slave, 1));
}

static void lines(void)
{
    printf("-- lines\n");
    type("hello");
    got(100);
    shown();
    type("\n");
    shown();
    got(100);
    type("one\ntwo\nthree");
    got(100);
    got(2);
    got(100);
    got(100);
    type("\n");
    got(100);
    shown();
    type("wrong\177\177\177\177ight\n");
    got(100);
    shown();
    type("a word to go\027\027stay\n");
    got(100);
    shown();
    type("all gone\025new\n");
    got(100);
    shown();
    type("\177\177x\n");
    got(100);
    shown();
    type("literal \026\003 \026\177\n");
    got(100);
    shown();
    type("a\tb\177\177c\n");
    got(100);
    shown();
    type("half\004");
    got(100);
    type("\004");
    got(100);
    got(100);
    shown();
    type("carriage\r");
    got(100);
    shown();
    type("\001\033[A\n");
    got(100);
    shown();
}

static void output(void)
{
    printf("-- output\n");
    R(write(g_slave, "line\nnext\ttab\rback", 18));
    shown();
    set(0, 0, 0, ONLCR);
    R(write(g_slave, "line\nnext", 9));
    shown();
    set(0, 0, 0, OPOST);
    R(write(g_slave, "\n\r\t", 3));
    shown();
    set(ECHO, 0, 0, 0);
    type("silent\n");
    got(100);
    shown();
    set(0, ECHONL, 0, 0);
    type("silent\n");
    got(100);
    shown();
}

static void raw(void)
{
    struct termios t;
    printf("-- raw\n");
    tcgetattr(g_slave, &t);
    cfmakeraw(&t);
    R(tcsetattr(g_slave, TCSAFLUSH, &t));
    type("x");
    got(100);
    shown();
    type("\003\r\n\004\177");
    got(100);
    shown();
    int n = 0;
    type("12345");
    poll(&(struct pollfd){g_slave, POLLIN, 0}, 1, 5000);
    R(ioctl(g_slave, FIONREAD, &n));
    printf("%d\n", n);
    got(2);
    got(2);
    got(2);
    t.c_cc[VMIN] = 0;
    tcsetattr(g_slave, TCSANOW, &t);
    R(read(g_slave, &n, 1));
    t.c_cc[VTIME] = 1;
    tcsetattr(g_slave, TCSANOW, &t);
    R(read(g_slave, &n, 1));
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    tcsetattr(g_slave, TCSANOW, &t);
    R(fcntl(g_slave, F_SETFL, O_RDWR | O_NONBLOCK));
    R(read(g_slave, &n, 1));
    R(fcntl(g_slave, F_SETFL, O_RDWR));
    type("to be flushed");
    R(tcflush(g_slave, TCIFLUSH));
    got(100);
    R(tcdrain(g_slave));
    R(tcflush(g_slave, 99));
}

static void *reader(void *arg)
{
    char b[8] = {0};
    (void)arg;
    long size = read(g_slave, b, sizeof(b));
    print("thread", b, size);
    return NULL;
}

static void sizes(void)
{
    struct winsize w = {0};
    pthread_t thread;
    printf("-- size\n");
    R(ioctl(g_slave, TIOCGWINSZ, &w));
    printf("%d %d\n", w.ws_row, w.ws_col);
    w.ws_row = 25;
    w.ws_col = 80;
    R(ioctl(g_master, TIOCSWINSZ, &w));
    w.ws_row = 0;
    R(ioctl(g_slave, TIOCGWINSZ, &w));
    printf("%d %d\n", w.ws_row, w.ws_col);
    R(ioctl(g_slave, TIOCGWINSZ, WILD));
    R(ioctl(g_slave, 0x5499, &w));
    R(ioctl(g_slave, TIOCGPTN, &w));
    pthread_create(&thread, NULL, reader, NULL);
    usleep(30000);
    type("wake");
    pthread_join(thread, NULL);
}

static void large(void)
{
    static char b[20000], c[20000];
    long done = 0, size;
    printf("-- large\n");
    for (unsigned i = 0; i < sizeof(b); i++)
        b[i] = (char)('a' + i % 26);
    R(fcntl(g_slave, F_SETFL, O_RDWR | O_NONBLOCK));
    while (done < (long)sizeof(b)) {
        size = write(g_slave, b + done, sizeof(b) - (size_t)done);
        long at = done;
        done += size > 0 ? size : 0;
        while (at < done && (size = read(g_master, c + at, sizeof(c) - (size_t)at)) > 0)
            at += size;
        if (at < done)
            break;
    }
    printf("%ld %d\n", done, memcmp(b, c, sizeof(b)) == 0);
    R(fcntl(g_slave, F_SETFL, O_RDWR));
}

static void end(void)
{
    char b[8];
    printf("-- end\n");
    R(write(g_slave, "last", 4));
    R(close(g_slave));
    printf("%x\n", ready(g_master, POLLIN) & (POLLIN | POLLHUP));
    print("rest", b, read(g_master, b, 8));
    print("rest", b, read(g_master, b, 8));
    g_slave = RFD(open(ptsname(g_master), O_RDWR | O_NOCTTY));
    char name[64];
    ptsname_r(g_master, name, sizeof(name));
    R(close(g_master));
    printf("%x\n", ready(g_slave, POLLIN | POLLOUT) & POLLHUP);
    R(read(g_slave, b, 8));
    R(write(g_slave, b, 8));
    R(close(g_slave));
    R(access(name, F_OK));
}

/* The settings as System V had them: 16 bits of each, and the first eight characters. */
static void older(void)
{
    struct {
        unsigned short input, output, control, local;
        unsigned char line, characters[8];
    } old = {0};
    struct termios before, after;
    puts("-- older settings");
    tcgetattr(g_slave, &before);
    R(ioctl(g_slave, TCGETA, &old));
    printf("%d %d %d %d\n", old.input == (before.c_iflag & 0xffff), old.output == (before.c_oflag & 0xffff),
           old.control == (before.c_cflag & 0xffff), old.local == (before.c_lflag & 0xffff));
    old.local ^= ECHO;
    old.characters[VINTR] = 7;
    R(ioctl(g_slave, TCSETA, &old));
    tcgetattr(g_slave, &after);
    printf("%d %d\n", (before.c_lflag ^ after.c_lflag) == ECHO, after.c_cc[VINTR]);
    R(ioctl(g_slave, TCSETAF, &old));
    R(ioctl(g_slave, TCGETA, WILD));
    R(tcsetattr(g_slave, TCSANOW, &before));
}

int main(void)
{
    begin();
    older();
    owner();
    lines();
    output();
    raw();
    sizes();
    large();
    end();
    return 0;
}
