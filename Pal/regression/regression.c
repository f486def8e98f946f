/* SPDX-License-Identifier: MIT */
/* What every regression program uses; see regression.h. Knows no host. */
#include "regression.h"
#include "format.h"

#define TEXT_SIZE    4200
#define TEXT_BUFFERS 8

static PAL_HANDLE g_console;
static int g_count, g_failed;
static int g_lock;
static char **g_environment;

/* Place in the library OS's part of the thread control block where the last failure is kept. */
#define SLOT_FAILURE 29

static PAL_NUM *failure_slot(void)
{
    struct pal_tcb *tcb;
    __asm__("movq %%gs:0, %0" : "=r"(tcb));
    return &tcb->libos[SLOT_FAILURE];
}

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)context;
    *failure_slot() = arg;
}

int failure(void)
{
    const int code = (int)*failure_slot();
    *failure_slot() = 0;
    return code;
}

void regression_thread_init(void)
{
    *failure_slot() = 0;
}

__attribute__((format(printf, 1, 0))) static void print_line(const char *format, va_list arguments)
{
    char line[1024];
    int len = format_string_v(line, sizeof(line) - 1, format, arguments);
    if (len > (int)sizeof(line) - 2)
        len = (int)sizeof(line) - 2;
    line[len] = '\n';
    const PAL_NUM saved = *failure_slot();
    DkStreamWrite(g_console, 0, (PAL_NUM)len + 1, line, NULL);
    *failure_slot() = saved;
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
}

static void lock(void)
{
    while (__atomic_exchange_n(&g_lock, 1, __ATOMIC_ACQUIRE))
        __builtin_ia32_pause();
}

static void unlock(void)
{
    __atomic_store_n(&g_lock, 0, __ATOMIC_RELEASE);
}

static bool report(bool good, const char *file, int line, const char *name, const char *directive)
{
    lock();
    g_count++;
    print("%s %d - %s%s", good ? "ok" : "not ok", g_count, name, directive);
    if (!good) {
        g_failed++;
        print("#   at %s:%d", file, line);
    }
    unlock();
    return good;
}

bool check_at(bool condition, const char *file, int line, const char *name, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, name);
    (void)format_string_v(buffer, sizeof(buffer), name, arguments);
    va_end(arguments);
    return report(condition, file, line, buffer, "");
}

void skip(const char *name, const char *reason)
{
    char buffer[512];
    (void)format_string(buffer, sizeof(buffer), " # SKIP %s", reason);
    report(true, "", 0, name, buffer);
}

void note(const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    (void)format_string_v(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    print("# %s", buffer);
}

bool check_failed(uint64_t value, uint64_t sentinel, int code, const char *expression, const char *file, int line)
{
    char buffer[512];
    const int got = failure();
    const bool good = value == sentinel && got == code;
    if (good)
        (void)format_string(buffer, sizeof(buffer), "%s fails with %d", expression, code);
    else
        (void)format_string(buffer, sizeof(buffer), "%s gave 0x%lx and failure %d, expected 0x%lx and %d", expression,
                            value, got, sentinel, code);
    return report(good, file, line, buffer, "");
}

uint64_t random_number(void)
{
    uint64_t number = 0;
    DkRandomBitsRead(&number, sizeof(number));
    return number;
}

const char *text(const char *format, ...)
{
    static char buffers[TEXT_BUFFERS][TEXT_SIZE];
    static unsigned next;
    char *buffer = buffers[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % TEXT_BUFFERS];
    va_list arguments;
    va_start(arguments, format);
    (void)format_string_v(buffer, TEXT_SIZE, format, arguments);
    va_end(arguments);
    return buffer;
}

const char *environment(const char *name)
{
    const size_t len = strlen(name);
    for (char **entry = g_environment; *entry; entry++) {
        if (memcmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    }
    return NULL;
}

const char *scratch(const char *scheme, const char *name)
{
    const char *directory = environment("REGRESSION_DIR");
    if (!directory)
        bail_out("REGRESSION_DIR is not set");
    return text("%s%s/%s", scheme, directory, name);
}

bool has_name(PAL_HANDLE stream, const char *expected)
{
    char name[64];
    return DkStreamGetName(stream, name, sizeof(name)) == strlen(expected) && strcmp(name, expected) == 0;
}

void bail_out(const char *reason)
{
    print("Bail out! %s", reason);
    for (;;)
        DkProcessExit(99);
}

int main(int argc, char **argv, char **envp);
int main(int argc, char **argv, char **envp)
{
    g_environment = envp;
    g_console = DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, 0, 0);
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    regression_main(argc, argv, envp);
    print("1..%d", g_count);
    return g_failed ? 1 : 0;
}
