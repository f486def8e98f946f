/* SPDX-License-Identifier: MIT */
/* process_vm_readv and process_vm_writev on the caller's own memory. */
#include "report.h"
#include <sys/mman.h>
#include <sys/uio.h>

#define PAGE 4096

static char g_text[] = "0123456789abcdef", g_room[64];

static void show_room(void)
{
    printf("[%.*s]\n", (int)strnlen(g_room, sizeof(g_room)), g_room);
    memset(g_room, 0, sizeof(g_room));
}

int main(void)
{
    const pid_t own = getpid();
    char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 'p', 3 * PAGE);
    munmap(pages + 2 * PAGE, PAGE);
    mprotect(pages + PAGE, PAGE, PROT_READ);
    struct iovec room = {g_room, sizeof(g_room)}, text = {g_text, 16};
    R(process_vm_readv(own, &room, 1, &text, 1, 0));
    show_room();
    const struct iovec rooms[] = {{g_room, 3}, {NULL, 0}, {g_room + 3, 30}}, texts[] = {{g_text + 10, 6}, {g_text, 1}};
    R(process_vm_readv(own, rooms, 3, texts, 2, 0));
    show_room();
    R(process_vm_writev(own, texts, 2, rooms, 3, 0));
    show_room();
    R(process_vm_readv(own, rooms, 0, texts, 2, 0));
    R(process_vm_readv(own, rooms, 3, texts, 0, 0));
    R(process_vm_readv(own, &room, 1, &text, 1, 1));
    R(process_vm_readv(own, &room, 1025, &text, 1, 0));
    R(process_vm_readv(99999999, &room, 1, &text, 1, 0));
    const struct iovec wild = {WILD, 10}, at_end = {pages + 2 * PAGE - 10, 20}, whole = {pages, 3 * PAGE};
    R(process_vm_readv(own, &room, 1, &wild, 1, 0));
    R(process_vm_readv(own, WILD, 1, &text, 1, 0));
    R(process_vm_readv(own, &room, 1, WILD, 1, 0));
    const struct iovec two[] = {{g_text, 4}, {WILD, 4}};
    R(process_vm_readv(own, &room, 1, two, 2, 0));
    show_room();
    R(process_vm_readv(own, &room, 1, &at_end, 1, 0));
    show_room();
    R(process_vm_writev(own, &text, 1, &at_end, 1, 0));
    char *large = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct iovec much = {large, 4 * PAGE};
    R(process_vm_readv(own, &much, 1, &whole, 1, 0));
    R(large[2 * PAGE - 1]);
    R(large[2 * PAGE]);
    R(process_vm_writev(own, &much, 1, &whole, 1, 0));
    return 0;
}
