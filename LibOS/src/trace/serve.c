/* SPDX-License-Identifier: MIT */
/* What a stopped thread is asked by its tracer: its memory, and texts of /proc. Knows nothing of why it has stopped. */
#include "mm.h"
#include "pseudo/proc.h"
#include "trace/memory.h"

/* What the program may not write its debugger does all the same, in a copy of the page that is this process's own. */
static bool write_piece(uint64_t address, const void *from, size_t size)
{
    if (user_write((void *)(uintptr_t)address, from, size) == 0)
        return true;
    const struct code_piece piece = {.address = address, .code = from, .size = size};
    return mm_write_code(&piece, 1) == 0;
}

/* Piece by piece, none across a page, so that whatever can be copied is. */
int64_t tracee_copy(uint64_t address, void *buffer, size_t size, bool write)
{
    size_t done = 0;
    if (!user_range_ok(address, 1))
        return -EFAULT;
    while (done < size && user_range_ok(address + done, 1)) {
        const uint64_t to_page = PAGE_SIZE - (address + done) % PAGE_SIZE;
        const size_t piece = to_page < size - done ? to_page : size - done;
        char *part = (char *)buffer + done;
        if (write ? !write_piece(address + done, part, piece)
                  : user_read(part, (const void *)(uintptr_t)(address + done), piece) < 0)
            break;
        done += piece;
    }
    return done || size == 0 ? (int64_t)done : -EFAULT;
}

/* The name is in the buffer, where the text comes. */
static int64_t copy_text(struct trace_detail *detail, uint32_t size)
{
    char name[TEXT_NAME];
    memcpy(name, detail->buffer, sizeof(name));
    name[TEXT_NAME - 1] = '\0';
    return proc_read_own(name, detail->address, detail->buffer, size);
}

void trace_serve(struct trace_detail *detail)
{
    const uint32_t ask = __atomic_load_n(&detail->ask, __ATOMIC_ACQUIRE);
    const uint32_t size = detail->size < ASK_SIZE ? detail->size : ASK_SIZE;
    if (ask == ASK_NOTHING)
        return;
    if (ask == ASK_TEXT)
        detail->done = (int32_t)copy_text(detail, size);
    else
        detail->done = (int32_t)tracee_copy(detail->address, detail->buffer, size, ask == ASK_WRITE);
    __atomic_store_n(&detail->ask, ASK_NOTHING, __ATOMIC_RELEASE);
}
