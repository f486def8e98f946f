/* SPDX-License-Identifier: MIT */
/* The first stack: strings at its top, below them the words that the psABI wants at %rsp: argc, argv, environment,
 * auxiliary vector. */
#include "stack.h"
#include <asm/resource.h>
#include <linux/auxvec.h>
#include "exec.h"
#include "mm.h"
#include "task.h"

#define RANDOM_SIZE   16
#define STACK_DEFAULT (8ul << 20)
#define STACK_MAX     (64ul << 20)     /* mapped when the limit is higher */
#define STRING_MAX    (32 * PAGE_SIZE) /* one argument, as on Linux */
#define AUXV_PAIRS    24ul
#define PLATFORM      "x86_64"

/* Where the next thing goes: down from the top. */
struct writer {
    uint64_t at;
    int error;
};

static uint64_t push_bytes(struct writer *writer, const void *bytes, size_t size)
{
    writer->at -= size;
    if (writer->error == 0)
        writer->error = user_write((void *)writer->at, bytes, size);
    return writer->at;
}

static uint64_t push_string(struct writer *writer, const char *text)
{
    return push_bytes(writer, text, strlen(text) + 1);
}

static int measure(const char *const *strings, uint64_t *out_count, size_t *size)
{
    uint64_t count = 0;
    for (; strings[count]; count++) {
        const size_t len = strlen(strings[count]) + 1;
        if (len > STRING_MAX)
            return -E2BIG;
        *size += len;
    }
    *out_count = count;
    return 0;
}

static uint64_t stack_size(void)
{
    const uint64_t limit = limit_get(RLIMIT_STACK);
    return page_up(limit > STACK_MAX ? STACK_MAX : limit < 32 * PAGE_SIZE ? 32 * PAGE_SIZE : limit);
}

/* Linux grants a quarter of the stack, and at most three quarters of 8 MiB, but 128 KiB in any case. */
static size_t room_for_strings(void)
{
    const uint64_t quarter = limit_get(RLIMIT_STACK) / 4;
    const uint64_t most = STACK_DEFAULT / 4 * 3;
    return quarter < STRING_MAX ? STRING_MAX : quarter < most ? quarter : most;
}

int start_measure(struct start *start)
{
    start->string_size = 0;
    int error = measure(start->argv, &start->argc, &start->string_size);
    if (error == 0)
        error = measure(start->envp, &start->envc, &start->string_size);
    const size_t pointers = (start->argc + start->envc) * sizeof(uint64_t);
    return error == 0 && start->string_size + pointers > room_for_strings() ? -E2BIG : error;
}

/* Strings lie in memory in the order of the list; their addresses go to words[]. */
static void push_strings(struct writer *writer, const char *const *strings, uint64_t count, uint64_t *words)
{
    for (uint64_t i = count; i-- > 0;)
        words[i] = push_string(writer, strings[i]);
}

static uint64_t *add(uint64_t *pair, uint64_t type, uint64_t value)
{
    pair[0] = type;
    pair[1] = value;
    return pair + 2;
}

struct texts {
    uint64_t name, platform, random;
};

static void fill_auxv(uint64_t *pair, const struct image *program, const struct image *interpreter, uint64_t vdso,
                      const struct texts *texts)
{
    const struct host_facts *host = &g_host_facts;
    if (vdso)
        pair = add(pair, AT_SYSINFO_EHDR, vdso);
    pair = add(pair, AT_MINSIGSTKSZ, host->min_signal_stack);
    pair = add(pair, AT_HWCAP, host->hwcap);
    pair = add(pair, AT_PAGESZ, PAGE_SIZE);
    pair = add(pair, AT_CLKTCK, host->clock_ticks);
    pair = add(pair, AT_PHDR, program->layout.phdr_vaddr ? program->layout.phdr_vaddr + program->bias : 0);
    pair = add(pair, AT_PHENT, sizeof(struct elf64_phdr));
    pair = add(pair, AT_PHNUM, program->layout.phdr_count);
    pair = add(pair, AT_BASE, interpreter ? interpreter->bias : 0);
    pair = add(pair, AT_FLAGS, 0);
    pair = add(pair, AT_ENTRY, program->layout.entry + program->bias);
    pair = add(pair, AT_UID, g_process.uid);
    pair = add(pair, AT_EUID, g_process.euid);
    pair = add(pair, AT_GID, g_process.gid);
    pair = add(pair, AT_EGID, g_process.egid);
    pair = add(pair, AT_SECURE, 0);
    pair = add(pair, AT_RANDOM, texts->random);
    pair = add(pair, AT_HWCAP2, host->hwcap2);
    pair = add(pair, AT_EXECFN, texts->name);
    pair = add(pair, AT_PLATFORM, texts->platform);
    add(pair, AT_NULL, 0);
}

/* Everything that is no word goes first, so that its addresses are known. */
static int64_t write_stack(uint64_t top, uint64_t *words, const struct start *start, const struct image *program,
                           const struct image *interpreter, uint64_t vdso)
{
    unsigned char random[RANDOM_SIZE];
    struct writer writer = {.at = top - sizeof(uint64_t)};
    struct texts texts;
    uint64_t *argv = words + 1;
    uint64_t *envp = argv + start->argc + 1;
    uint64_t *auxv = envp + start->envc + 1;
    const size_t size = (size_t)((char *)(auxv + 2 * AUXV_PAIRS) - (char *)words);

    if (DkRandomBitsRead(random, sizeof(random)) != sizeof(random))
        return pal_failure();
    texts.name = push_string(&writer, start->name);
    g_program.env_end = writer.at;
    push_strings(&writer, start->envp, start->envc, envp);
    g_program.env_start = g_program.args_end = writer.at;
    push_strings(&writer, start->argv, start->argc, argv);
    g_program.args_start = writer.at;
    texts.platform = push_string(&writer, PLATFORM);
    texts.random = push_bytes(&writer, random, sizeof(random));
    words[0] = start->argc;
    fill_auxv(auxv, program, interpreter, vdso, &texts);

    writer.at = (writer.at - size) & ~15ul;
    g_program.auxv_start = writer.at + (uint64_t)((char *)auxv - (char *)words);
    g_program.auxv_end = writer.at + size;
    if (writer.error == 0)
        writer.error = user_write((void *)writer.at, words, size);
    return writer.error < 0 ? writer.error : (int64_t)writer.at;
}

int64_t stack_make(const struct start *start, const struct image *program, const struct image *interpreter,
                   uint64_t vdso)
{
    const int64_t base = mm_map(0, stack_size(), PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE | MM_STACK, NULL, 0);
    if (base < 0)
        return base;
    uint64_t *words = heap_zalloc((start->argc + start->envc + 3 + 2 * AUXV_PAIRS) * sizeof(*words));
    if (!words)
        return -ENOMEM;
    g_program.stack_top = (uint64_t)base + stack_size();
    const int64_t result = write_stack(g_program.stack_top, words, start, program, interpreter, vdso);
    heap_free(words);
    return result;
}
