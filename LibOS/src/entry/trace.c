/* SPDX-License-Identifier: MIT */
/* Lines like strace's, one for each system call. Knows the types of arguments, and no system call by itself. */
#include "dispatch.h"
#include "errno_names.h"
#include "format.h"
#include "task.h"

#define LINE_SIZE   512
#define STRING_SHOW 64 /* bytes of a string */

struct line {
    size_t len;
    char text[LINE_SIZE];
};

static void append(struct line *line, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

static void append(struct line *line, const char *pattern, ...)
{
    va_list values;
    va_start(values, pattern);
    const size_t room = LINE_SIZE - 1 - line->len;
    const int len = format_string_v(line->text + line->len, room, pattern, values);
    va_end(values);
    line->len += (size_t)len < room ? (size_t)len : room - 1;
}

struct bit_name {
    uint32_t bits;
    char name[20];
};

static void append_bits(struct line *line, uint64_t value, const struct bit_name *names, size_t count, const char *none)
{
    const char *between = "";
    if (none) {
        append(line, "%s", none);
        between = "|";
    }
    for (size_t i = 0; i < count; i++) {
        if ((value & names[i].bits) == names[i].bits) {
            append(line, "%s%s", between, names[i].name);
            value &= ~(uint64_t)names[i].bits;
            between = "|";
        }
    }
    if (value || !*between)
        append(line, "%s0x%lx", between, (unsigned long)value);
}

static void append_open_flags(struct line *line, uint64_t flags)
{
    static const char *const modes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
    static const struct bit_name names[] = {
        {020200000, "O_TMPFILE"}, {0100, "O_CREAT"},       {0200, "O_EXCL"},         {0400, "O_NOCTTY"},
        {01000, "O_TRUNC"},       {02000, "O_APPEND"},     {04000, "O_NONBLOCK"},    {04010000, "O_SYNC"},
        {010000, "O_DSYNC"},      {040000, "O_DIRECT"},    {0100000, "O_LARGEFILE"}, {0200000, "O_DIRECTORY"},
        {0400000, "O_NOFOLLOW"},  {01000000, "O_NOATIME"}, {02000000, "O_CLOEXEC"},  {010000000, "O_PATH"}};
    append_bits(line, flags & ~3ul, names, array_count(names), modes[flags & 3]);
}

static void append_protection(struct line *line, uint64_t prot)
{
    static const struct bit_name names[] = {{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}};
    if (prot == 0)
        append(line, "PROT_NONE");
    else
        append_bits(line, prot, names, array_count(names), NULL);
}

static void append_map_flags(struct line *line, uint64_t flags)
{
    static const struct bit_name names[] = {
        {3, "MAP_SHARED_VALIDATE"}, {1, "MAP_SHARED"},        {2, "MAP_PRIVATE"},
        {0x10, "MAP_FIXED"},        {0x20, "MAP_ANONYMOUS"},  {0x40, "MAP_32BIT"},
        {0x100, "MAP_GROWSDOWN"},   {0x800, "MAP_DENYWRITE"}, {0x4000, "MAP_NORESERVE"},
        {0x8000, "MAP_POPULATE"},   {0x20000, "MAP_STACK"},   {0x100000, "MAP_FIXED_NOREPLACE"}};
    append_bits(line, flags, names, array_count(names), NULL);
}

static void append_string(struct line *line, uint64_t address, size_t max)
{
    char bytes[STRING_SHOW + 1];
    const size_t size = max < STRING_SHOW ? max : STRING_SHOW;
    if (!address) {
        append(line, "NULL");
        return;
    }
    if (user_read(bytes, (const void *)address, size) < 0) {
        append(line, "0x%lx", (unsigned long)address);
        return;
    }
    append(line, "\"");
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (c == '\n')
            append(line, "\\n");
        else if (c == '"' || c == '\\')
            append(line, "\\%c", c);
        else if (c < ' ' || c > '~')
            append(line, "\\%o", c);
        else
            append(line, "%c", c);
    }
    append(line, size < max ? "\"..." : "\"");
}

static void append_path(struct line *line, uint64_t address)
{
    char path[STRING_SHOW * 4];
    const int64_t len = address ? user_read_string(path, sizeof(path), (const char *)address) : -EFAULT;
    if (len < 0 && len != -ENAMETOOLONG)
        append(line, address ? "0x%lx" : "NULL", (unsigned long)address);
    else
        append_string(line, address, len < 0 ? sizeof(path) : (size_t)len);
}

static void append_argument(struct line *line, enum argument_type type, uint64_t value, uint64_t next)
{
    switch (type) {
    case TYPE_PATH:
        append_path(line, value);
        return;
    case TYPE_IN:
        append_string(line, value, next);
        return;
    case TYPE_DIRFD:
        if ((int)value == -100)
            append(line, "AT_FDCWD");
        else
            append(line, "%d", (int)value);
        return;
    case TYPE_FD:
    case TYPE_INT:
    case TYPE_PID:
    case TYPE_SIG:
        append(line, "%d", (int)value);
        return;
    case TYPE_UINT:
        append(line, "%u", (unsigned)value);
        return;
    case TYPE_MODE:
        append(line, "0%o", (unsigned)value);
        return;
    case TYPE_HEX:
        append(line, "0x%x", (unsigned)value);
        return;
    case TYPE_OFLAGS:
        append_open_flags(line, value);
        return;
    case TYPE_PROT:
        append_protection(line, value);
        return;
    case TYPE_MAPFLAGS:
        append_map_flags(line, value);
        return;
    case TYPE_LONG:
    case TYPE_OFF:
        append(line, "%ld", (long)value);
        return;
    case TYPE_ULONG:
    case TYPE_SIZE:
        append(line, "%lu", (unsigned long)value);
        return;
    case TYPE_NONE:
    case TYPE_ADDR:
    case TYPE_OUT:
    case TYPE_PTR:
        append(line, value ? "0x%lx" : "NULL", (unsigned long)value);
        return;
    }
}

/* The call, up to its result. */
static void begin(struct line *line, const struct regs *regs)
{
    const uint64_t values[] = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9, 0};
    const uint64_t number = (uint32_t)regs->number;
    const struct syscall_entry *entry = number < SYSCALL_LIMIT ? &g_syscalls[number] : NULL;
    line->len = 0;
    append(line, "[%d] ", self()->tid);
    if (entry && entry->name)
        append(line, "%s(", entry->name);
    else
        append(line, "syscall_%lu(", (unsigned long)number);
    for (unsigned i = 0; entry && i < entry->count; i++) {
        append(line, i ? ", " : "");
        append_argument(line, entry->types[i], values[i], values[i + 1]);
    }
    append(line, ")");
}

static void put(struct line *line)
{
    line->text[line->len++] = '\n';
    log_raw(line->text, line->len);
}

/* What does not come back is shown beforehand, rt_sigreturn too: the registers are another call's afterwards. */
void trace_enter(const struct regs *regs)
{
    struct line line;
    const uint64_t number = (uint32_t)regs->number;
    const char *name = number < SYSCALL_LIMIT ? g_syscalls[number].name : NULL;
    if (!name || (strcmp(name, "exit") != 0 && strcmp(name, "exit_group") != 0 && strcmp(name, "rt_sigreturn") != 0))
        return;
    begin(&line, regs);
    append(&line, " = ?");
    put(&line);
}

void trace_leave(const struct regs *regs, int64_t result)
{
    struct line line;
    if ((uint32_t)regs->number == UINT32_MAX)
        return;
    begin(&line, regs);
    if (result < 0 && result >= -4095)
        append(&line, " = -1 %s", errno_name((int)-result));
    else if (result >= 0 && result < 1 << 20)
        append(&line, " = %ld", (long)result);
    else
        append(&line, " = 0x%lx", (unsigned long)result);
    put(&line);
}
