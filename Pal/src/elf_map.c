/* SPDX-License-Identifier: MIT */
/* Maps an ELF object: its file is checked before anything is mapped, its dynamic section before anything is used.
 * Knows no host: memory and files come through the host contract. */
#include "elf_note.h"
#include "elf_object.h"
#include "pal_log.h"
#include "pal_memory.h"
#include "pal_streams.h"
#include "pal_string.h"

/* The first bytes of a file: enough for the header, the program headers and the interpreter of almost any. */
#define HEAD_SIZE 4096

/* Only the starting thread loads. */
PAL_LARGE static _Alignas(HEAD_SIZE) unsigned char g_head[HEAD_SIZE];
static PAL_HANDLE g_head_of; /* whose first bytes they are */
static size_t g_head_size;
static uint64_t g_file_size;
PAL_LARGE static struct elf_fault g_fault;

static int complain(const struct elf_object *object, const char *what, int64_t error)
{
    pal_log(PAL_LOG_ERROR, "%s: %s: %s", object->uri, what, pal_error_text(error));
    return (int)error;
}

int elf_complain(const struct elf_object *object, const struct elf_fault *fault)
{
    pal_log(PAL_LOG_ERROR, "%s: %s", object->uri, fault->text);
    return -PAL_ERROR_NOEXEC;
}

int elf_read_head(PAL_HANDLE handle, PAL_STREAM_ATTR *out_attr)
{
    g_head_of = NULL;
    const int error = pal_stream_attributes(handle, out_attr);
    if (error < 0 || out_attr->type != PAL_TYPE_FILE)
        return error;
    /* No more than there is, which spares a read that finds the end. */
    const size_t wanted = out_attr->size < sizeof(g_head) ? out_attr->size : sizeof(g_head);
    const int64_t size = pal_stream_read_all(handle, 0, wanted, g_head);
    if (size < 0)
        return (int)size;
    g_head_of = handle;
    g_head_size = (size_t)size;
    g_file_size = out_attr->size;
    return elf_is_elf(g_head, g_head_size);
}

const void *elf_whole_file(PAL_HANDLE handle, size_t *out_size)
{
    if (handle != g_head_of || g_file_size == 0 || g_file_size > g_head_size)
        return NULL;
    *out_size = g_head_size;
    return g_head;
}

/* Bytes of the file, from what has been read of it if they are there. Returns NULL on failure, with the error. */
static const void *file_bytes(PAL_HANDLE handle, uint64_t offset, size_t size, void *room, int64_t *error)
{
    *error = 0;
    if (offset <= g_head_size && size <= g_head_size - offset)
        return g_head + offset;
    const int64_t got = pal_stream_read_all(handle, offset, size, room);
    if (got == (int64_t)size)
        return room;
    *error = got < 0 ? got : -PAL_ERROR_ENDOFSTREAM;
    return NULL;
}

/* Nearly always they are in the head, where they lie as aligned as in the file. */
static int check_phdrs(struct elf_object *object, PAL_HANDLE handle, const struct elf64_ehdr *header)
{
    const size_t size = header->e_phnum * sizeof(struct elf64_phdr);
    const bool in_head = header->e_phoff <= g_head_size && size <= g_head_size - header->e_phoff;
    void *room = in_head ? NULL : pal_malloc(size);
    int64_t error = in_head || room ? 0 : -PAL_ERROR_NOMEM;
    const struct elf64_phdr *phdrs = error < 0 ? NULL : file_bytes(handle, header->e_phoff, size, room, &error);
    if (!phdrs)
        error = complain(object, "cannot read the program headers", error);
    else if (elf_check_segments(header, phdrs, g_file_size, pal_alignment(), &object->layout, &g_fault) < 0)
        error = elf_complain(object, &g_fault);
    pal_free(room);
    return (int)error;
}

/* Have the head of the file, which must be one. */
static int need_head(PAL_HANDLE handle)
{
    PAL_STREAM_ATTR attr;
    const int error = handle == g_head_of ? 0 : elf_read_head(handle, &attr);
    if (error < 0 || handle == g_head_of)
        return error < 0 ? error : 0;
    switch (attr.type) {
    case PAL_TYPE_DIR:
        return -PAL_ERROR_STREAMISDIR;
    case PAL_TYPE_DEV:
        return -PAL_ERROR_STREAMISDEVICE;
    default:
        return -PAL_ERROR_NOTSUPPORT;
    }
}

/* Check all that can be checked in the file. */
static int check_file(struct elf_object *object, PAL_HANDLE handle)
{
    struct elf64_ehdr header;
    int64_t error = need_head(handle);
    if (error < 0)
        return complain(object, "cannot read", error);
    g_head_of = NULL; /* the handle's address will be that of another file */
    if (elf_check_header(g_head, g_head_size, g_file_size, &header, &g_fault) < 0)
        return elf_complain(object, &g_fault);
    error = check_phdrs(object, handle, &header);
    if (error < 0)
        return (int)error;
    const struct elf_part *interp = &object->layout.interp;
    if (!interp->present)
        return 0;
    /* Its text is at most ELF_INTERP_MAX bytes; the head is not needed any more. */
    _Static_assert(ELF_INTERP_MAX <= HEAD_SIZE, "an interpreter fits");
    const void *text = file_bytes(handle, interp->offset, interp->filesz, g_head, &error);
    if (!text)
        return complain(object, "cannot read the interpreter's name", error);
    return elf_check_interp(&object->layout, text, &g_fault) < 0 ? elf_complain(object, &g_fault) : 0;
}

/* Find addresses for the whole object, reserve them, and set its bias. */
static int reserve(struct elf_object *object)
{
    const struct elf_layout *layout = &object->layout;
    const uint64_t span = layout->span_end - layout->span_start;
    const uint64_t slack = layout->align - pal_alignment();
    void *address = NULL;
    PAL_FLG type = PAL_ALLOC_RESERVE;
    int error = 0;
    if (layout->fixed) {
        address = (void *)layout->span_start;
        type |= PAL_ALLOC_EXCLUSIVE;
        error = pal_check_range(address, span);
    }
    if (error == 0)
        error = _DkVirtualMemoryAlloc(&address, layout->fixed ? span : span + slack, type, PAL_PROT_NONE);
    if (error < 0) {
        const char *why = error == -PAL_ERROR_BUSY ? "taken" : pal_error_text(error);
        pal_log(PAL_LOG_ERROR, "%s: no room at addresses 0x%lx-0x%lx: %s", object->uri, layout->span_start,
                layout->span_end, why);
        return error;
    }
    if (!layout->fixed)
        object->bias = (((uintptr_t)address + slack) & ~(layout->align - 1)) - layout->span_start;
    return 0;
}

static PAL_FLG load_protection(const struct elf_load *load)
{
    return (load->flags & ELF_PF_R ? PAL_PROT_READ : 0u) | (load->flags & ELF_PF_X ? PAL_PROT_EXEC : 0u) |
           (load->flags & ELF_PF_W ? PAL_PROT_WRITE | PAL_PROT_WRITECOPY : 0u);
}

/* Map one segment: pages of the file, the last of them with zeros behind the file's bytes, and pages of zeros. */
static int map_load(const struct elf_object *object, PAL_HANDLE handle, const struct elf_load *load)
{
    const struct handle_ops *ops = pal_handle_ops[pal_hdr(handle)->type];
    const uint64_t mask = pal_alignment() - 1;
    const PAL_FLG prot = load_protection(load);
    const uintptr_t start = object->bias + (load->vaddr & ~mask);
    const uintptr_t file_end = object->bias + load->vaddr + load->filesz;
    const uintptr_t end = object->bias + ((load->vaddr + load->memsz + mask) & ~mask);
    const uintptr_t file_pages_end = load->filesz ? (file_end + mask) & ~mask : start;
    const bool has_tail = load->filesz && load->memsz > load->filesz && file_end < file_pages_end;
    int error = 0;
    if (file_pages_end > start) {
        void *address = (void *)start;
        const PAL_FLG first = has_tail ? prot | PAL_PROT_WRITE | PAL_PROT_WRITECOPY : prot;
        error = ops && ops->map ? ops->map(handle, &address, first, load->offset & ~mask, file_pages_end - start)
                                : -PAL_ERROR_NOTSUPPORT;
        if (error == 0 && has_tail) {
            memset((void *)file_end, 0, file_pages_end - file_end);
            if (first != prot)
                error = _DkVirtualMemoryProtect(address, file_pages_end - start, prot);
        }
    }
    if (error == 0 && end > file_pages_end) {
        void *address = (void *)file_pages_end;
        error = _DkVirtualMemoryAlloc(&address, end - file_pages_end, 0, prot);
    }
    if (error < 0)
        pal_log(PAL_LOG_ERROR, "%s: cannot map program header %u: %s", object->uri, load->number,
                pal_error_text(error));
    return error;
}

/* Map the first segment over the addresses of all, which the others then take from it: this reserves them without another
 * mapping. Only for objects whose segments leave no gap in which the first one would stay. Returns whether it worked. */
static bool map_first_over_all(struct elf_object *object, PAL_HANDLE handle)
{
    const struct elf_layout *layout = &object->layout;
    const struct handle_ops *ops = pal_handle_ops[pal_hdr(handle)->type];
    const struct elf_load *first = &layout->loads[0];
    const uint64_t mask = pal_alignment() - 1;
    void *address = NULL;
    if (layout->fixed || layout->align != pal_alignment() || first->filesz != first->memsz || first->filesz == 0)
        return false;
    for (uint32_t i = 1; i < layout->load_count; i++) {
        const struct elf_load *before = &layout->loads[i - 1];
        if ((layout->loads[i].vaddr & ~mask) != ((before->vaddr + before->memsz + mask) & ~mask))
            return false;
    }
    if (!ops || !ops->map ||
        ops->map(handle, &address, load_protection(first), first->offset & ~mask,
                 layout->span_end - layout->span_start) < 0)
        return false;
    object->bias = (uintptr_t)address - layout->span_start;
    return true;
}

/* The words of a note of ours. Returns whether there is one. */
static int read_note(const struct elf_object *object, uint32_t type, uint32_t *out_words, size_t size)
{
    struct elf_note note;
    const int error = elf_image_note(&object->image, "PAL", type, &note, &g_fault);
    if (error == -PAL_ERROR_NOEXEC)
        return elf_complain(object, &g_fault);
    if (error < 0)
        return 0;
    if (note.size < size) {
        pal_log(PAL_LOG_ERROR, "%s: note of the PAL Host ABI: %zu bytes, not %zu", object->uri, note.size, size);
        return -PAL_ERROR_NOEXEC;
    }
    memcpy(out_words, note.desc, size);
    return 1;
}

/* What the object says of itself in notes: for which version of the Host ABI it was made, and if it is a library OS. */
static int check_notes(struct elf_object *object)
{
    uint32_t version[2], libos;
    int found = read_note(object, PAL_ABI_NOTE, version, sizeof(version));
    if (found > 0 && version[0] != PAL_ABI_MAJOR) {
        pal_log(PAL_LOG_ERROR, "%s: made for version %u.%u of the PAL Host ABI, this is version %u.%u", object->uri,
                version[0], version[1], PAL_ABI_MAJOR, PAL_ABI_MINOR);
        return -PAL_ERROR_NOEXEC;
    }
    if (found >= 0)
        found = read_note(object, PAL_LIBOS_NOTE, &libos, sizeof(libos));
    if (found > 0 && libos != PAL_LIBOS_VERSION) {
        pal_log(PAL_LOG_ERROR, "%s: a library OS of kind %u, not %u", object->uri, libos, PAL_LIBOS_VERSION);
        return -PAL_ERROR_NOEXEC;
    }
    object->is_libos = found > 0;
    return found < 0 ? found : 0;
}

/* Whether the object's interpreter is to relocate it: one that uses the Host ABI is relocated here. */
static int check_interpreter(struct elf_object *object)
{
    const char *needed;
    uint64_t cursor = 0;
    int more;
    object->left_alone = object->layout.interp.present;
    while ((more = elf_next_needed(&object->dynamic, &cursor, &needed, &g_fault)) > 0) {
        if (streq(needed, "libpal.so"))
            object->left_alone = false;
    }
    return more < 0 ? elf_complain(object, &g_fault) : 0;
}

/* What is relocated somewhere else than linked for is written to right after it is read: the other way round the host's kernel
 * has one trap of it, not two. */
static void write_before_reading(const struct elf_object *object)
{
    const struct elf_part *relro = &object->layout.relro;
    if (relro->present && relro->memsz > 0 && object->bias != 0)
        __atomic_fetch_or((char *)(object->bias + relro->vaddr), 0, __ATOMIC_RELAXED);
}

int elf_map_object(struct elf_object *object, PAL_HANDLE handle, void *at)
{
    int error = check_file(object, handle);
    if (error < 0)
        return error;
    const struct elf_layout *layout = &object->layout;
    const bool first_is_mapped = !at && map_first_over_all(object, handle);
    if (at)
        object->bias = (uintptr_t)at - layout->span_start;
    else if (!first_is_mapped)
        error = reserve(object);
    for (uint32_t i = first_is_mapped; error == 0 && !at && i < layout->load_count; i++)
        error = map_load(object, handle, &layout->loads[i]);
    if (error < 0)
        return error;
    if (!at)
        write_before_reading(object);
    object->image = (struct elf_image){.layout = layout, .bias = object->bias};
    if (elf_read_dynamic(&object->image, &object->dynamic, &g_fault) < 0)
        return elf_complain(object, &g_fault);
    error = check_notes(object);
    return error < 0 ? error : check_interpreter(object);
}
