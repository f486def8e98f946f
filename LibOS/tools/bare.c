/* SPDX-License-Identifier: MIT */
/* A program without a C library (bare.h), on Linux on x86-64. Knows no program. */
#include "bare.h"

#include <asm/errno.h>

#include "pal_string.h"

/* The kernel's stack: argc, argv, NULL, environment, NULL. */
__asm__(".globl _start\n"
        "_start:\n"
        "    xorl %ebp, %ebp\n"
        "    movq %rsp, %rdi\n"
        "    andq $-16, %rsp\n"
        "    call bare_start\n"
        "    ud2\n");

__attribute__((noreturn, used)) void bare_start(long *stack);
void bare_start(long *stack)
{
    const int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    bare_exit(bare_main(argc, argv, argv + argc + 1));
}

long bare_call(long number, const long arguments[5])
{
    long result;
    register long fourth __asm__("r10") = arguments[3];
    register long fifth __asm__("r8") = arguments[4];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return result;
}

void bare_exit(int code)
{
    for (;;)
        BARE(exit_group, code);
}

const char *bare_environment(char **envp, const char *name)
{
    const size_t len = strlen(name);
    for (; *envp; envp++) {
        if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=')
            return *envp + len + 1;
    }
    return NULL;
}

const char *bare_error_text(long result)
{
    switch (-result) {
    case ENOENT:
        return "No such file or directory";
    case EACCES:
        return "Permission denied";
    case ENOTDIR:
        return "Not a directory";
    case ELOOP:
        return "Too many levels of symbolic links";
    case ENAMETOOLONG:
        return "File name too long";
    case ENOEXEC:
        return "Exec format error";
    case E2BIG:
        return "Argument list too long";
    case ENOMEM:
        return "Cannot allocate memory";
    case EMFILE:
    case ENFILE:
        return "Too many open files";
    case ENOSPC:
        return "No space left on device";
    default:
        return "The system does not let it";
    }
}

bool bare_flush(struct bare_output *output)
{
    for (size_t done = 0; done < output->used && !output->has_failed;) {
        const long count = BARE(write, output->fd, (long)(output->text + done), (long)(output->used - done));
        if (count > 0)
            done += (size_t)count;
        else
            output->has_failed = count != -EINTR;
    }
    output->used = 0;
    return !output->has_failed;
}

void bare_put(struct bare_output *output, const char *text, size_t len)
{
    while (len > 0) {
        const size_t room = sizeof(output->text) - output->used, part = len < room ? len : room;
        memcpy(output->text + output->used, text, part);
        output->used += part;
        text += part;
        len -= part;
        if (output->used == sizeof(output->text))
            (void)bare_flush(output);
    }
}
