/* SPDX-License-Identifier: MIT */
/* Loading a program: the file or the interpreter of a script, its ELF interpreter, the stack, the first registers. */
#include "exec.h"
#include "fs.h"
#include "image.h"
#include "mm.h"
#include "script.h"
#include "stack.h"
#include "task.h"

#define SCRIPT_DEPTH 5
#define FLAGS_START  0x202 /* interrupts on, and the bit that is always set */
#define PIE_BASE     0x555555554000ul
#define PIE_SPREAD   (1ul << 40)

struct program g_program;

/* As get_mm_cmdline of Linux: without a NUL at the end of the arguments they are one string, of a page at most. */
uint64_t program_args_end(void)
{
    char last, piece[128];
    const uint64_t start = g_program.args_start, end = g_program.args_end;
    const uint64_t limit = start + PAGE_SIZE < g_program.env_end ? start + PAGE_SIZE : g_program.env_end;
    if (start >= end || user_read(&last, (const void *)(end - 1), 1) < 0 || last == '\0')
        return end;
    for (uint64_t at = start; at < limit; at += sizeof(piece)) {
        const size_t size = limit - at < sizeof(piece) ? limit - at : sizeof(piece);
        if (user_read(piece, (const void *)at, size) < 0)
            return end;
        const size_t len = strnlen(piece, size);
        if (len < size)
            return at + len + 1;
    }
    return limit;
}

/* argv of a script's interpreter: its name, its argument, the script, and what the script was given. */
struct script_words {
    const char **argv;
    char *line;
};

static const char **script_argv(const char *interpreter, const char *argument, const char *script,
                                const char *const *argv)
{
    uint64_t count = 0;
    while (argv[count])
        count++;
    const char **words = heap_alloc((count + 4) * sizeof(*words));
    if (!words)
        return NULL;
    uint64_t n = 0;
    words[n++] = interpreter;
    if (argument)
        words[n++] = argument;
    words[n++] = script;
    for (uint64_t i = 1; i < count; i++)
        words[n++] = argv[i];
    words[n] = NULL;
    return words;
}

/* Everything that loading needs before the old program goes. */
struct loading {
    struct image *program, *interpreter;
    struct start start;
    char *path; /* absolute, of the ELF file */
    struct script_words scripts[SCRIPT_DEPTH];
};

static void loading_end(struct loading *loading)
{
    image_free(loading->program);
    image_free(loading->interpreter);
    for (unsigned i = 0; i < SCRIPT_DEPTH; i++) {
        heap_free(loading->scripts[i].argv);
        heap_free(loading->scripts[i].line);
    }
    heap_free(loading->path);
}

/* Whether a file is a script: 1, with the interpreter as the next file to open. */
static int look_for_script(struct loading *loading, struct file *file, unsigned depth, const char **path)
{
    char *argument;
    char *line = heap_alloc(SCRIPT_LINE + 1);
    if (!line)
        return -ENOMEM;
    const int64_t size = file_read_at(file, line, SCRIPT_LINE, 0);
    line[size < 0 ? 0 : size] = '\0';
    char *interpreter = size < 0 ? NULL : script_parse(line, &argument);
    if (!interpreter || depth == SCRIPT_DEPTH) {
        heap_free(line);
        return interpreter ? -ELOOP : size < 0 ? (int)size : 0;
    }
    loading->scripts[depth].line = line;
    loading->scripts[depth].argv = script_argv(interpreter, argument, *path, loading->start.argv);
    if (!loading->scripts[depth].argv)
        return -ENOMEM;
    loading->start.argv = loading->scripts[depth].argv;
    *path = interpreter;
    return 1;
}

static int read_program(struct loading *loading, const char *path)
{
    struct file *file;
    int result = 1;
    for (unsigned depth = 0; result == 1; depth++) {
        result = image_open_file(path, &file);
        if (result < 0)
            return result;
        result = look_for_script(loading, file, depth, &path);
        if (result != 0)
            file_put(file);
    }
    if (result < 0)
        return result;
    loading->path = heap_strdup(file->path ? file->path : path, strlen(file->path ? file->path : path));
    result = image_read(file, &loading->program);
    return result == 0 && !loading->path ? -ENOMEM : result;
}

static int read_interpreter(struct loading *loading)
{
    struct file *file;
    if (!loading->program->interpreter[0])
        return 0;
    int error = image_open_file(loading->program->interpreter, &file);
    if (error == 0)
        error = image_read(file, &loading->interpreter);
    return error == -ENOEXEC ? -ELIBBAD : error;
}

/* Where position-independent programs begin. */
static uint64_t choose_base(void)
{
    uint64_t random = 0;
    if (g_aslr && DkRandomBitsRead(&random, sizeof(random)) != sizeof(random))
        random = 0;
    return PIE_BASE + page_down(random % PIE_SPREAD);
}

static void note_layout(const struct image *program)
{
    const struct elf_layout *layout = &program->layout;
    g_program.entry = layout->entry + program->bias;
    g_program.code_start = g_program.data_start = UINT64_MAX;
    g_program.code_end = g_program.data_end = 0;
    for (uint32_t i = 0; i < layout->load_count; i++) {
        const struct elf_load *load = &layout->loads[i];
        const uint64_t start = load->vaddr + program->bias;
        if (load->flags & ELF_PF_X && start < g_program.code_start)
            g_program.code_start = start;
        if (load->flags & ELF_PF_X && start + load->filesz > g_program.code_end)
            g_program.code_end = start + load->filesz;
        if (load->flags & ELF_PF_W && start < g_program.data_start)
            g_program.data_start = start;
        if (start + load->filesz > g_program.data_end)
            g_program.data_end = start + load->filesz;
    }
}

/* The interpreter's code, which is in one piece. */
static void patch_code(const struct image *interpreter)
{
    const struct elf_layout *layout = &interpreter->layout;
    for (uint32_t i = 0; i < layout->load_count; i++) {
        const struct elf_load *load = &layout->loads[i];
        const uint64_t start = load->vaddr + interpreter->bias;
        if (load->flags == (ELF_PF_R | ELF_PF_X))
            patch_interpreter(&interpreter->attr, start, start + load->filesz);
    }
}

/* The old program is gone. */
static int map_all(struct loading *loading, struct regs *regs)
{
    struct image *program = loading->program, *interpreter = loading->interpreter;
    int error = image_map(program, choose_base());
    if (error == 0 && interpreter)
        error = image_map(interpreter, 0);
    if (error < 0)
        return error;
    if (interpreter)
        patch_code(interpreter);
    note_layout(program);
    mm_set_brk(page_up(program->layout.span_end + program->bias));
    const int64_t stack = stack_make(&loading->start, program, interpreter, vdso_map());
    if (stack < 0)
        return (int)stack;
    const struct image *first = interpreter ? interpreter : program;
    memset(regs, 0, sizeof(*regs));
    regs->rsp = (uint64_t)stack;
    regs->rip = first->layout.entry + first->bias;
    regs->efl = FLAGS_START;
    regs->number = NO_CALL;
    regs->changed = 1;
    return 0;
}

static void name_thread(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    struct thread *thread = self();
    const size_t len = strnlen(name, sizeof(thread->name) - 1);
    memset(thread->name, 0, sizeof(thread->name));
    memcpy(thread->name, name, len);
}

static void remember_fault(const struct loading *loading);

int program_load(const char *path, const char *const *argv, const char *const *envp, struct regs *regs)
{
    struct loading loading = {.start = {.name = path, .argv = argv, .envp = envp}};
    int error = read_program(&loading, path);
    if (error == 0)
        error = read_interpreter(&loading);
    if (error == 0)
        error = start_measure(&loading.start);
    if (error == 0)
        error = process_end_others();
    if (error < 0) {
        remember_fault(&loading);
        loading_end(&loading);
        return error;
    }
    mm_clear();
    error = map_all(&loading, regs);
    if (error < 0)
        die("%s: cannot be mapped: error %d", path, -error);
    heap_free(g_program.path);
    g_program.path = loading.path;
    loading.path = NULL;
    name_thread(path);
    loading_end(&loading);
    return 0;
}

/* The last refusal, for the line with which a start fails. */
static struct {
    char interpreter[128];
    char text[sizeof(((struct elf_fault *)0)->text)];
} g_fault;

static void remember_fault(const struct loading *loading)
{
    const struct image *program = loading->program, *interpreter = loading->interpreter;
    const struct image *bad = interpreter ? interpreter : program;
    memset(&g_fault, 0, sizeof(g_fault));
    if (program)
        memcpy(g_fault.interpreter, program->interpreter,
               strnlen(program->interpreter, sizeof(g_fault.interpreter) - 1));
    if (bad)
        memcpy(g_fault.text, bad->fault.text, sizeof(g_fault.text));
}

static const char *reason(int error)
{
    switch (-error) {
    case ENOENT:
        return "no such file";
    case EACCES:
        return "not executable";
    case ENOTDIR:
        return "a part of its path is not a directory";
    case ELOOP:
        return "too many links or scripts";
    case E2BIG:
        return "arguments and environment are too large";
    case ENOMEM:
        return "out of memory";
    case ENOEXEC:
        return "neither an ELF file for x86-64 nor a script";
    default:
        return "cannot be read";
    }
}

void program_explain(const char *path, int error)
{
    const char *text = g_fault.text[0] ? g_fault.text : reason(error);
    if (g_fault.interpreter[0])
        die("%s: its interpreter %s: %s (error %d)", path, g_fault.interpreter, text, -error);
    die("%s: %s (error %d)", path, text, -error);
}
