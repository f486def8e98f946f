/* SPDX-License-Identifier: MIT */
/* Policies of memory nodes, on a machine of one node or with node 0 among several. */
#include "report.h"
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

static unsigned long g_nodes[128];

static long get(int *mode, void *nodes, unsigned long count, void *address, unsigned long flags)
{
    return syscall(SYS_get_mempolicy, mode, nodes, count, address, flags);
}

static long set(int mode, void *nodes, unsigned long count)
{
    return syscall(SYS_set_mempolicy, mode, nodes, count);
}

static long bind_range(void *start, unsigned long size, int mode, void *nodes, unsigned flags)
{
    return syscall(SYS_mbind, start, size, mode, nodes, 64ul, flags);
}

static void show_policy(void)
{
    int mode = -1;
    memset(g_nodes, -1, sizeof(g_nodes));
    R(get(&mode, g_nodes, 1024, NULL, 0));
    printf("mode %d nodes %lx %lx\n", mode, g_nodes[0], g_nodes[1]);
    memset(g_nodes, 0, sizeof(g_nodes));
    g_nodes[0] = 1;
}

static void getting(void *page)
{
    int mode = -1;
    puts("-- get_mempolicy");
    show_policy();
    R(get(NULL, NULL, 0, NULL, 0));
    R(get(&mode, g_nodes, 0, NULL, 0));
    R(get(&mode, g_nodes, 1024, NULL, MPOL_F_MEMS_ALLOWED));
    printf("%d %lx\n", mode, g_nodes[0] & 1);
    R(get(&mode, g_nodes, 1024, NULL, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE));
    R(get(&mode, NULL, 0, page, MPOL_F_ADDR));
    R(get(&mode, NULL, 0, WILD, MPOL_F_ADDR));
    R(get(&mode, NULL, 0, page, 0));
    R(get(&mode, NULL, 0, NULL, MPOL_F_NODE));
    R(get(&mode, NULL, 0, NULL, 64));
    R(get(WILD, NULL, 0, NULL, 0));
    R(get(&mode, WILD, 64, NULL, 0));
}

static void *in_thread(void *unused)
{
    (void)unused;
    puts("a thread has it");
    show_policy();
    R(set(MPOL_DEFAULT, NULL, 0));
    return NULL;
}

static void handing_on(void)
{
    pthread_t thread;
    R(set(MPOL_BIND, g_nodes, 1024));
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    fflush(stdout);
    if (fork() == 0) {
        puts("a child has it");
        show_policy();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    show_policy();
}

static void setting(void)
{
    puts("-- set_mempolicy");
    g_nodes[0] = 1;
    R(set(MPOL_BIND, g_nodes, 2));
    R(set(MPOL_BIND, g_nodes, 1));
    R(set(MPOL_BIND, NULL, 0));
    R(set(MPOL_INTERLEAVE | MPOL_F_STATIC_NODES, g_nodes, 1024));
    show_policy();
    R(set(MPOL_PREFERRED, g_nodes, 64));
    show_policy();
    R(set(MPOL_PREFERRED, NULL, 0));
    show_policy();
    R(set(MPOL_LOCAL, NULL, 0));
    show_policy();
    R(set(MPOL_LOCAL, g_nodes, 64));
    R(set(MPOL_PREFERRED | MPOL_F_STATIC_NODES, NULL, 0));
    R(set(MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, g_nodes, 1024));
    R(set(MPOL_DEFAULT, g_nodes, 1024));
    R(set(77, NULL, 0));
    R(set(-1, NULL, 0));
    R(set(MPOL_BIND, WILD, 64));
    R(set(MPOL_BIND, g_nodes, 100000));
    handing_on();
    R(set(MPOL_DEFAULT, NULL, 0));
    show_policy();
}

static void binding(char *pages)
{
    puts("-- mbind");
    g_nodes[0] = 1;
    R(bind_range(pages, 8192, MPOL_BIND, g_nodes, 0));
    R(bind_range(pages, 8192, MPOL_BIND, g_nodes, MPOL_MF_STRICT | MPOL_MF_MOVE));
    /* Pages of others, too: only who has CAP_SYS_NICE may ask for that. */
    const uid_t uid = geteuid();
    if (uid == 0 && setresuid((uid_t)-1, 1, (uid_t)-1) < 0)
        perror("setresuid");
    R(bind_range(pages, 8192, MPOL_BIND, g_nodes, MPOL_MF_MOVE_ALL));
    if (seteuid(uid) < 0)
        perror("seteuid");
    R(bind_range(pages + 1, 8192, MPOL_BIND, g_nodes, 0));
    R(bind_range(pages, 1, MPOL_BIND, g_nodes, 0));
    R(bind_range(pages, 0, MPOL_BIND, g_nodes, 0));
    R(bind_range(pages, 8192, MPOL_BIND, g_nodes, 99));
    R(bind_range((void *)4096, 8192, MPOL_BIND, g_nodes, 0));
    R(bind_range(pages, 8192, MPOL_BIND, NULL, 0));
    R(bind_range(pages, 8192, 77, NULL, 0));
    R(bind_range(pages, 8192, MPOL_DEFAULT, NULL, 0));
    munmap(pages + 4096, 4096);
    R(bind_range(pages, 8192, MPOL_BIND, g_nodes, 0));
}

static long move(int pid, unsigned long count, void *pages, void *nodes, void *status, int flags)
{
    return syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
}

static long migrate(int pid, unsigned long count, void *from, void *to)
{
    return syscall(SYS_migrate_pages, pid, count, from, to);
}

static long home_node(void *start, unsigned long size, unsigned long node, unsigned long flags)
{
    return syscall(450, start, size, node, flags);
}

static void show_states(const int state[3])
{
    printf("states %d %d %d\n", state[0], state[1], state[2]);
}

static void moving(char *pages)
{
    static unsigned long none[128];
    void *list[3] = {pages, pages + 4096, pages + 100};
    int nodes[3] = {0, 0, 0}, states[3] = {9, 9, 9};
    puts("-- move_pages, migrate_pages");
    pages[0] = 1;
    R(move(0, 3, list, NULL, states, 0));
    show_states(states);
    memset(states, 9, sizeof(states));
    R(move(getpid(), 3, list, nodes, states, MPOL_MF_MOVE));
    show_states(states);
    nodes[1] = -1;
    memset(states, 9, sizeof(states));
    R(move(0, 3, list, nodes, states, MPOL_MF_MOVE));
    show_states(states);
    R(move(0, 0, NULL, NULL, NULL, 0));
    R(move(0, 3, NULL, NULL, states, 0));
    R(move(0, 3, list, WILD, states, 0));
    R(move(0, 3, list, NULL, NULL, 0));
    R(move(0, 3, list, NULL, states, MPOL_MF_STRICT));
    R(move(0x7fffffff, 3, list, NULL, states, 0));
    g_nodes[0] = 1;
    R(migrate(0, 64, g_nodes, g_nodes));
    R(migrate(0, 64, none, g_nodes));
    R(migrate(0, 64, g_nodes, none));
    R(migrate(0, 0, g_nodes, g_nodes));
    R(migrate(0, 64, WILD, g_nodes));
    R(migrate(0, 64, g_nodes, WILD));
    R(migrate(0x7fffffff, 64, g_nodes, g_nodes));
    R(home_node(pages, 4096, 0, 1));
    R(home_node(pages + 1, 4096, 0, 0));
    R(home_node(pages, 4096, 77777, 0));
    R(home_node(pages, 0, 0, 0));
    R(home_node(pages + 4096, 4096, 0, 0));
}

int main(void)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    getting(pages);
    setting();
    binding(pages);
    moving(pages);
    return 0;
}
