// SPDX-License-Identifier: MIT
// ptrace(2) of a child: stops at system calls and for signals, registers, memory, steps, breakpoints, options and errors.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <elf.h>

#define SYSGOOD 1L

// As Linux has it, whatever types the C library gives it; what is peeked at is the result.
static long request(long number, pid_t pid, long address, long data)
{
    const int peeks = number >= PTRACE_PEEKTEXT && number <= PTRACE_PEEKUSER;
    long word = 0;
    const long result = syscall(SYS_ptrace, number, (long)pid, address, peeks ? (long)&word : data);
    return peeks && result == 0 ? word : result;
}
#define REQUEST(number, pid, address, data) request((long)(number), pid, (long)(address), (long)(data))

static volatile long g_word = 0x1122334455667788;
static volatile int g_handled;

static void on_signal(int signal)
{
    g_handled = signal;
}

// Numbers of signals are the same everywhere; what is not a stop is shown as it is.
static int wait_for(pid_t pid, const char *what)
{
    int status;
    const pid_t got = waitpid(pid, &status, __WALL);
    if (got != pid)
        printf("%s: waitpid %s\n", what, got < 0 ? strerror(errno) : "somebody else");
    else if (WIFSTOPPED(status))
        printf("%s: stopped by 0x%x\n", what, status >> 8);
    else if (WIFEXITED(status))
        printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    else
        printf("%s: ended by %d\n", what, WTERMSIG(status));
    return status;
}

static long try(const char *what, long result)
{
    printf("%s: %s\n", what, result == -1 && errno ? strerror(errno) : "done");
    return result;
}
#define TRY(request, pid, address, data) (errno = 0, try(#request, REQUEST(request, pid, address, data)))

static pid_t begin(void (*child)(void))
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        if (REQUEST(PTRACE_TRACEME, 0, 0, 0) < 0)
            _exit(100);
        raise(SIGSTOP);
        child();
        _exit(7);
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    wait_for(pid, "killed");
}

/***** System calls *****/

static void call_some(void)
{
    syscall(SYS_getppid);
    syscall(SYS_close, -1);
}

static void follow_calls(void)
{
    struct user_regs_struct regs;
    const pid_t pid = begin(call_some);
    wait_for(pid, "first stop");
    TRY(PTRACE_SETOPTIONS, pid, 0, SYSGOOD);
    for (int i = 0; i < 5; i++) {
        REQUEST(PTRACE_SYSCALL, pid, 0, 0);
        const int status = wait_for(pid, "call");
        if (!WIFSTOPPED(status))
            return;
        REQUEST(PTRACE_GETREGS, pid, 0, &regs);
        if (regs.orig_rax == SYS_getppid && i % 2 == 1)
            printf("getppid returns my id: %d\n", (pid_t)regs.rax == getpid());
        else
            printf("%s: result %ld\n",
                   regs.orig_rax == SYS_close        ? "close"
                   : regs.orig_rax == SYS_exit_group ? "exit"
                                                     : "getppid",
                   (long)regs.rax);
    }
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "end");
}

static void call_two(void)
{
    // What it asks for is changed on its way, and so is what it gets.
    const long first = syscall(SYS_getppid), second = syscall(SYS_getppid);
    _exit(first == getpid() && second == 1234 ? 1 : 2);
}

static void change_calls(void)
{
    struct user_regs_struct regs;
    const pid_t pid = begin(call_two);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_SETOPTIONS, pid, 0, SYSGOOD);
    REQUEST(PTRACE_SYSCALL, pid, 0, 0);
    wait_for(pid, "entry");
    printf("changed: %ld\n", REQUEST(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), SYS_getpid));
    REQUEST(PTRACE_SYSCALL, pid, 0, 0);
    wait_for(pid, "exit");
    REQUEST(PTRACE_SYSCALL, pid, 0, 0);
    wait_for(pid, "entry");
    REQUEST(PTRACE_GETREGS, pid, 0, &regs);
    regs.orig_rax = -1;
    regs.rax = 1234;
    REQUEST(PTRACE_SETREGS, pid, 0, &regs);
    REQUEST(PTRACE_SYSCALL, pid, 0, 0);
    wait_for(pid, "exit");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "end");
}

/***** Signals *****/

static void get_signals(void)
{
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    raise(SIGUSR1);
    const int first = g_handled;
    g_handled = 0;
    raise(SIGUSR1);
    const int second = g_handled;
    raise(SIGCHLD);
    _exit(first == SIGUSR2 && second == 0 ? 5 : 6);
}

static void change_signals(void)
{
    siginfo_t info;
    const pid_t pid = begin(get_signals);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "signal");
    memset(&info, 0, sizeof(info));
    TRY(PTRACE_GETSIGINFO, pid, 0, &info);
    printf("signal %d code %d from it %d\n", info.si_signo, info.si_code, info.si_pid == pid);
    REQUEST(PTRACE_CONT, pid, 0, SIGUSR2);
    wait_for(pid, "signal");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "signal that it ignores");
    REQUEST(PTRACE_CONT, pid, 0, SIGCHLD);
    wait_for(pid, "end");
}

static void stop_itself(void)
{
    raise(SIGSTOP);
    raise(SIGTERM);
}

static void stop_process(void)
{
    siginfo_t info;
    const pid_t pid = begin(stop_itself);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "SIGSTOP");
    TRY(PTRACE_GETSIGINFO, pid, 0, &info);
    REQUEST(PTRACE_CONT, pid, 0, SIGSTOP);
    wait_for(pid, "the process");
    TRY(PTRACE_GETSIGINFO, pid, 0, &info);
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "SIGTERM");
    REQUEST(PTRACE_CONT, pid, 0, SIGTERM);
    wait_for(pid, "end");
}

/***** Memory and registers *****/

static void spin(void)
{
    for (;;)
        raise(SIGUSR1);
}

static void look_around(void)
{
    struct user_regs_struct regs;
    struct user_fpregs_struct vectors;
    char here[16] = "0123456789abcdef", there[16] = {0};
    const pid_t pid = begin(spin);
    wait_for(pid, "first stop");
    errno = 0;
    printf("word 0x%lx\n", REQUEST(PTRACE_PEEKDATA, pid, &g_word, 0));
    TRY(PTRACE_POKEDATA, pid, &g_word, 42);
    printf("word %ld there, %d here\n", REQUEST(PTRACE_PEEKDATA, pid, &g_word, 0), g_word == 42);
    TRY(PTRACE_PEEKDATA, pid, 16, 0);
    TRY(PTRACE_POKEDATA, pid, 16, 0);
    struct iovec mine = {there, sizeof(there)}, its = {here, sizeof(here)};
    printf("process_vm_readv: %zd %.16s\n", process_vm_readv(pid, &mine, 1, &its, 1, 0), there);
    TRY(PTRACE_GETREGS, pid, 0, &regs);
    printf("cs 0x%lx ss 0x%lx, fs_base %d, the same by PEEKUSER %d\n", (long)regs.cs, (long)regs.ss, regs.fs_base != 0,
           (unsigned long)REQUEST(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rip), 0) == regs.rip);
    TRY(PTRACE_PEEKUSER, pid, 3, 0);
    TRY(PTRACE_PEEKUSER, pid, 100000, 0);
    TRY(PTRACE_GETFPREGS, pid, 0, &vectors);
    printf("mxcsr 0x%x\n", vectors.mxcsr);
    struct iovec set = {&regs, sizeof(regs)};
    TRY(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set);
    printf("%zu bytes\n", set.iov_len);
    TRY(PTRACE_GETREGSET, pid, 0x7777, &set);
    TRY(PTRACE_SETOPTIONS, pid, 0, -1L);
    TRY(PTRACE_CONT, pid, 0, 1000);
    TRY(0x9999, pid, 0, 0);
    end(pid);
    TRY(PTRACE_CONT, pid, 0, 0);
    TRY(PTRACE_ATTACH, getpid(), 0, 0);
    TRY(PTRACE_ATTACH, 99999999, 0, 0);
}

/***** Steps *****/

// Three instructions, a system call among them, which is stepped over as any other.
__attribute__((noinline, naked)) static void few(void)
{
    __asm__("int3\n"
            "nop\n"
            "movl $39, %eax\n"
            "syscall\n"
            "nop\n"
            "ret\n");
}

static void step_through(void)
{
    struct user_regs_struct regs;
    siginfo_t info;
    unsigned long last = 0;
    const pid_t pid = begin(few);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "breakpoint");
    REQUEST(PTRACE_GETSIGINFO, pid, 0, &info);
    printf("code 0x%x\n", info.si_code);
    for (int i = 0; i < 5; i++) {
        REQUEST(PTRACE_GETREGS, pid, 0, &regs);
        if (i > 0)
            printf("%lu bytes further, flags 0x%lx\n", (long)regs.rip - last, (long)regs.eflags & 0x100);
        last = regs.rip;
        REQUEST(PTRACE_SINGLESTEP, pid, 0, 0);
        wait_for(pid, "step");
    }
    REQUEST(PTRACE_GETREGS, pid, 0, &regs);
    printf("its id %d\n", (pid_t)regs.rax == pid);
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "end");
}

__attribute__((noinline)) static int answer(int number)
{
    __asm__ volatile("" ::: "memory");
    return number + 1;
}

static void answer_twice(void)
{
    _exit(answer(answer(40)));
}

static void set_breakpoint(void)
{
    struct user_regs_struct regs;
    const pid_t pid = begin(answer_twice);
    wait_for(pid, "first stop");
    const long code = REQUEST(PTRACE_PEEKTEXT, pid, answer, 0);
    TRY(PTRACE_POKETEXT, pid, answer, (code & ~0xffL) | 0xcc);
    for (int i = 0; i < 2; i++) {
        REQUEST(PTRACE_CONT, pid, 0, 0);
        wait_for(pid, "breakpoint");
        REQUEST(PTRACE_GETREGS, pid, 0, &regs);
        printf("behind it %d, called with %ld\n", regs.rip == (unsigned long)answer + 1, (long)regs.rdi);
        regs.rip--;
        regs.rdi += i;
        REQUEST(PTRACE_SETREGS, pid, 0, &regs);
        REQUEST(PTRACE_POKETEXT, pid, answer, code);
        if (i == 1) // what has been changed it goes on with
            break;
        REQUEST(PTRACE_SINGLESTEP, pid, 0, 0);
        wait_for(pid, "step");
        REQUEST(PTRACE_POKETEXT, pid, answer, (code & ~0xffL) | 0xcc);
    }
    REQUEST(PTRACE_DETACH, pid, 0, 0);
    wait_for(pid, "end");
    printf("here it is as it was: %d\n", answer(1));
}

/***** execve *****/

static void execute(void)
{
    execl("/bin/true", "true", NULL);
}

static void watch_exec(void)
{
    unsigned long message = 0;
    pid_t pid = begin(execute);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "execve");
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "end");
    pid = begin(execute);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT);
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "execve");
    REQUEST(PTRACE_GETEVENTMSG, pid, 0, &message);
    printf("message is its id: %d\n", (pid_t)message == pid);
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "exit");
    REQUEST(PTRACE_GETEVENTMSG, pid, 0, &message);
    printf("message 0x%lx\n", message);
    REQUEST(PTRACE_CONT, pid, 0, 0);
    wait_for(pid, "end");
}

// Where no program can go on: the tracer takes the fault away, and it comes again.
static void go_nowhere(void)
{
    struct user_regs_struct regs;
    const pid_t pid = begin(spin);
    wait_for(pid, "first stop");
    REQUEST(PTRACE_GETREGS, pid, 0, &regs);
    regs.rip = 0x8000000000001234;
    REQUEST(PTRACE_SETREGS, pid, 0, &regs);
    for (int i = 0; i < 3; i++) {
        REQUEST(PTRACE_CONT, pid, 0, 0);
        wait_for(pid, "nowhere");
    }
    end(pid);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    follow_calls();
    change_calls();
    change_signals();
    stop_process();
    look_around();
    step_through();
    set_breakpoint();
    watch_exec();
    go_nowhere();
    return 0;
}
