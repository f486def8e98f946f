/* SPDX-License-Identifier: MIT */
/* The guard: what the kernel shall refuse to this process and its children from now on, whatever code they run. Order
 * matters: first what the later steps would forbid. Knows no manifest. */
#include "linux_guard.h"
#include <asm/errno.h>
#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include "format.h"
#include "linux_error.h"
#include "linux_filter.h"
#include "linux_source.h"
#include "linux_symbols.h"
#include "pal_host.h"
#include "pal_log.h"
#include "sys_linux.h"
#include "sys_start.h"

/* What is in force, in this process as in its parent. A program that changes this gains nothing by it. */
LINUX_KEPT static struct {
    uint64_t policy;   /* fingerprint of the latest; 0 = none */
    bool filtered;     /* there is a filter */
    unsigned withheld; /* grants that it does not have */
} g_guard;

bool linux_guard_is_on(void)
{
    return g_guard.filtered;
}

/***** What the kernel can do *****/

static bool has_own_address(const struct pal_policy_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!pal_policy_any_address(&ranges[i]))
            return true;
    }
    return false;
}

/* Landlock knows nothing of UDP. Where the manifest grants all that a UDP socket can do, that does not matter; a socket
 * that may not be bound can still send to everywhere. */
static bool is_udp_granted(const struct pal_policy *policy)
{
    return pal_policy_is_everything(policy->peers, policy->peer_count) &&
           (policy->bind_count == 0 || pal_policy_is_everything(policy->binds, policy->bind_count));
}

static unsigned find_grants(const struct pal_policy *policy)
{
    const bool tcp = policy->bind_count + policy->peer_count > 0;
    const bool lenient = policy->mode == PAL_POLICY_BEST_EFFORT;
    unsigned grants = 0;
    if (tcp)
        grants |= SYSCALL_TCP;
    if (policy->bind_count > 0)
        grants |= SYSCALL_SERVE;
    if (tcp && (lenient || is_udp_granted(policy)))
        grants |= SYSCALL_UDP;
    if (lenient || policy->modes || !pal_policy_has_read_only(policy))
        grants |= SYSCALL_MODES;
    return grants;
}

static unsigned find_gaps(const struct pal_policy *policy, unsigned grants, int level)
{
    unsigned gaps = 0;
    if (level < LANDLOCK_FILES)
        gaps |= PAL_GUARD_FILES;
    if (level < LANDLOCK_PORTS &&
        ((grants & SYSCALL_TCP && !pal_policy_is_everything(policy->peers, policy->peer_count)) ||
         (grants & SYSCALL_SERVE && !pal_policy_is_everything(policy->binds, policy->bind_count))))
        gaps |= PAL_GUARD_PORTS;
    if (has_own_address(policy->binds, policy->bind_count) || has_own_address(policy->peers, policy->peer_count))
        gaps |= PAL_GUARD_ADDRESSES;
    if (grants & SYSCALL_UDP && !is_udp_granted(policy))
        gaps |= PAL_GUARD_DATAGRAMS;
    if (grants & SYSCALL_MODES && !policy->modes && pal_policy_has_read_only(policy))
        gaps |= PAL_GUARD_MODES;
    return gaps;
}

/***** Limits *****/

/* Lower a limit; one that the host has set lower stays. */
static int limit(int resource, uint64_t maximum)
{
    struct rlimit64 rlimit;
    int result = sys_prlimit64(resource, NULL, &rlimit);
    if (result < 0)
        return result;
    if (rlimit.rlim_max > maximum)
        rlimit.rlim_max = maximum;
    if (rlimit.rlim_cur > rlimit.rlim_max)
        rlimit.rlim_cur = rlimit.rlim_max;
    return sys_prlimit64(resource, &rlimit, NULL);
}

/* The soft limit, 1024 nearly everywhere, is meant for programs that use select(2), and a program that needs more raises it: in the
 * library OS, which can raise nothing here. So what the host allows is allowed from the start, if there is a library. */
static int limit_files(const struct pal_policy *policy)
{
    const uint64_t maximum = policy->files_max;
    struct rlimit64 rlimit;
    if (!maximum && policy->file_count == 0)
        return 0;
    int result = sys_prlimit64(RLIMIT_NOFILE, NULL, &rlimit);
    if (result < 0)
        return result;
    if (maximum && rlimit.rlim_max > maximum)
        rlimit.rlim_max = maximum;
    rlimit.rlim_cur = rlimit.rlim_max;
    return sys_prlimit64(RLIMIT_NOFILE, &rlimit, NULL);
}

/* Bytes of addresses that the loader and what it has loaded take already. */
static int64_t mapped_size(void)
{
    char text[128];
    uint64_t pages;
    size_t len = 0;
    const int fd = sys_openat(AT_FDCWD, "/proc/self/statm", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    const long size = sys_read(fd, text, sizeof(text));
    sys_close(fd);
    while (size > 0 && len < (size_t)size && text[len] != ' ')
        len++;
    if (format_parse_u64(text, len, 10, &pages) < 0)
        return -EIO;
    return (int64_t)(pages * g_linux.page_size);
}

/* What the host does with the memory of a process that it kills is no effect that a manifest grants: a program would run,
 * outside, as root. Such a program is asked to look at processes whose limit is 0, too, but not where it is 1
 * (fs/coredump.c); a file of that size is not written. A limit of 0 that the host will not raise stays. */
static int forbid_core(void)
{
    static const struct rlimit64 nothing = {.rlim_cur = 1, .rlim_max = 1};
    const int result = sys_prlimit64(RLIMIT_CORE, &nothing, NULL);
    return result == -EPERM ? 0 : result;
}

static int set_limits(const struct pal_policy *policy)
{
    int64_t result = forbid_core();
    uint64_t memory;
    if (result < 0) {
        pal_log(PAL_LOG_ERROR, "%s: cannot forbid core dumps: %s", policy->file,
                pal_error_text(linux_error((long)result)));
        return (int)linux_error((long)result);
    }
    result = limit_files(policy);
    if (result == 0 && policy->memory_max) {
        result = mapped_size();
        if (result > 0 && !__builtin_add_overflow((uint64_t)result, policy->memory_max, &memory))
            result = limit(RLIMIT_AS, memory);
    }
    if (result < 0)
        pal_log(PAL_LOG_ERROR, "%s: cannot set the limits of sys.*.max: %s", policy->file,
                pal_error_text(linux_error((long)result)));
    return result < 0 ? (int)linux_error((long)result) : 0;
}

/***** Our own *****/

static int kept_fd(PAL_HANDLE handle)
{
    return pal_hdr(handle)->type == PAL_TYPE_FILE ? handle->file.fd : -1;
}

/* The lowest descriptor from one on that is kept; -1 = none. */
static int next_kept(const struct pal_policy *policy, int from)
{
    int next = -1;
    for (size_t i = 0; i < policy->open_count + LINUX_SOURCES; i++) {
        const int fd = i < policy->open_count ? kept_fd(policy->open[i])
                                              : linux_source_held((enum linux_source)(i - policy->open_count));
        if (fd >= from && (next < 0 || fd < next))
            next = fd;
    }
    return next;
}

/* Close all descriptors above the standard error output but those of the handles that were opened and of the host's sources: a
 * program is to have nothing that its starter had open by accident. */
static void close_others(const struct pal_policy *policy)
{
    int from = 3;
    for (;;) {
        const int next = next_kept(policy, from);
        if (next != from)
            sys_close_range((unsigned)from, next < 0 ? ~0u : (unsigned)next - 1);
        if (next < 0)
            return;
        from = next + 1;
    }
}

/* Nobody may unmap, replace or make writable the loader's code and constants; on older kernels anybody may, which changes
 * nothing for others. */
static void seal_image(void)
{
    const Elf64_Ehdr *header = (const void *)__ehdr_start;
    const Elf64_Phdr *phdr = (const void *)(__ehdr_start + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (phdr[i].p_type == PT_GNU_RELRO)
            sys_mseal((void *)(uintptr_t)__ehdr_start, (phdr[i].p_vaddr + phdr[i].p_memsz) & ~(g_linux.page_size - 1));
    }
}

/***** Putting it in force *****/

static int install_filter(unsigned grants)
{
    const unsigned start = linux_filter_starts[grants];
    const struct sock_fprog program = {.len = (unsigned short)(linux_filter_starts[grants + 1] - start),
                                       .filter = (struct sock_filter *)(uintptr_t)&linux_filters[start]};
    return sys_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (uintptr_t)&program, 0, 0);
}

/* A filter on top of another can only forbid more. Returns PAL_GUARD_CALLS if the kernel has no filters. */
static int forbid_calls(unsigned grants)
{
    const unsigned withheld = g_guard.withheld | (~grants & (SYSCALL_GRANTS - 1));
    if (g_guard.filtered && withheld == g_guard.withheld)
        return 0;
    if (install_filter(~withheld & (SYSCALL_GRANTS - 1)) < 0)
        return PAL_GUARD_CALLS;
    g_guard.filtered = true;
    g_guard.withheld = withheld;
    return 0;
}

static int confine(const struct pal_policy *policy, const struct linux_ruleset *ruleset, unsigned grants)
{
    const bool nested = g_guard.policy != 0;
    int error = 0;
    if (ruleset->fd >= 0)
        error = linux_landlock_grant(policy, ruleset, nested);
    if (error == 0 && !nested)
        error = set_limits(policy);
    if (error < 0)
        return error;
    if (ruleset->fd >= 0) {
        error = (int)linux_error(sys_landlock_restrict_self(ruleset->fd));
        if (error == -PAL_ERROR_TOOBIG)
            error = -PAL_ERROR_NOTSUPPORT; /* the kernel takes no more than 16 policies inside of each other */
        if (error < 0) {
            pal_log(PAL_LOG_ERROR, "%s: cannot confine the process: %s", policy->file, pal_error_text(error));
            return error;
        }
        if (policy->moment != PAL_POLICY_FIRST)
            sys_close(ruleset->fd);
    }
    if (policy->moment == PAL_POLICY_FIRST)
        close_others(policy);
    if (!nested) {
        seal_image();
        /* What the filter lets nobody ask. */
        linux_count_processors();
        (void)_DkGetProcessId();
        (void)_DkMemoryQuota();
    }
    g_guard.policy = policy->fingerprint;
    return forbid_calls(grants);
}

/* Landlock confines the calling thread and those that it makes. One that has ended counts until the kernel is done with
 * it. The kernel tells how many there are by the links of this directory, which may be looked at, but not opened. */
static bool is_only_thread(void)
{
    struct statx what;
    for (int patience = 1000; patience > 0; patience--) {
        if (sys_statx(AT_FDCWD, "/proc/self/task", 0, STATX_NLINK, &what) == 0 && what.stx_nlink == 3)
            return true;
        sys_sched_yield();
    }
    return false;
}

int _DkGuardStart(const struct pal_policy *policy)
{
    struct linux_ruleset ruleset;
    if (policy->fingerprint == g_guard.policy)
        return 0;
    if (policy->moment == PAL_POLICY_RUNNING && !is_only_thread())
        return -PAL_ERROR_NOTSUPPORT;
    const bool bound = g_guard.policy != 0 || sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (policy->mode == PAL_POLICY_OFF)
        return 0;
    linux_sources_open();
    const int error = linux_landlock_create(policy, &ruleset);
    if (error < 0) {
        pal_log(PAL_LOG_ERROR, "%s: cannot confine the process: %s", policy->file, pal_error_text(error));
        return error;
    }
    const unsigned grants = find_grants(policy);
    const unsigned gaps = find_gaps(policy, grants, ruleset.level) | (bound ? 0 : PAL_GUARD_CALLS);
    if (gaps != 0 && policy->mode == PAL_POLICY_ENFORCE) {
        if (ruleset.fd >= 0)
            sys_close(ruleset.fd);
        return (int)gaps;
    }
    const int result = confine(policy, &ruleset, grants);
    return result < 0 ? result : result | (int)gaps;
}
