/* SPDX-License-Identifier: MIT */
/* Opening pseudo terminals: /dev/pts/ptmx makes a pair, /dev/pts/N is its terminal, /dev/tty that of a session. And what
 * ioctl(2) changes in them. */
#include <asm/ioctls.h>
#include <asm/termbits.h>

#include "parcel.h"
#include "pseudo/devices.h"
#include "pty.h"

#define PTY_LIMIT 4096 /* as /proc/sys/kernel/pty/max says */

/***** What terminal_control asks *****/

static struct pty *pty_of_terminal(struct terminal *terminal)
{
    return container_of(terminal, struct pty_file, terminal)->pty;
}

static int terminal_get(struct terminal *terminal, struct pal_terminal *out)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    *out = pty->line.state;
    pty_unlock(pty);
    return 0;
}

static int terminal_set(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    if (when == PAL_TERMINAL_SIZE && memcmp(&settings->rows, &pty->line.state.rows, 8) != 0)
        pty->line.raised = SIGWINCH;
    if (when == PAL_TERMINAL_FLUSH)
        line_flush_input(&pty->line);
    line_set(&pty->line, settings);
    pty_changed(pty);
    return 0;
}

static int terminal_flush(struct terminal *terminal, uint32_t queue)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    if (queue != TCOFLUSH)
        line_flush_input(&pty->line);
    if (queue != TCIFLUSH)
        line_flush_output(&pty->line);
    pty_changed(pty);
    return 0;
}

static int terminal_flow(struct terminal *terminal, uint32_t action)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    line_flow(&pty->line, action);
    pty_changed(pty);
    return 0;
}

static struct job terminal_job(struct terminal *terminal)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    const struct job job = pty->job;
    pty_unlock(pty);
    return job;
}

static void terminal_set_job(struct terminal *terminal, struct job job)
{
    struct pty *pty = pty_of_terminal(terminal);
    pty_lock(pty);
    pty->job = job;
    pty_changed(pty);
}

/***** Finding; with the table of joints locked *****/

static struct pty *next_pty(uint32_t *cursor)
{
    struct joint *joint = joint_next(JOINT_PTY, cursor);
    return joint != NULL ? container_of(joint, struct pty, joint) : NULL;
}

static struct pty *find_any(int32_t number)
{
    struct pty *pty;
    for (uint32_t cursor = 0; (pty = next_pty(&cursor)) != NULL;) {
        if (pty->number == (uint32_t)number)
            return pty;
    }
    return NULL;
}

/* One whose other side has gone has no name, but keeps its number. */
static struct pty *find_number(int32_t number)
{
    struct pty *pty = find_any(number);
    return pty != NULL && pty_has_master(pty) ? pty : NULL;
}

static struct pty *find_session(int32_t session)
{
    struct pty *pty;
    for (uint32_t cursor = 0; (pty = next_pty(&cursor)) != NULL;) {
        if (pty->job.session == session)
            return pty;
    }
    return NULL;
}

/* For who has no reason to make the table. */
static bool lock_table(void)
{
    return joints_exist() && joints_lock() == 0;
}

bool pty_find_session(int32_t session, uint32_t *out_device, int32_t *out_group)
{
    *out_device = 0;
    *out_group = -1;
    if (!lock_table())
        return false;
    const struct pty *pty = find_session(session);
    if (pty != NULL) {
        *out_device = DEVICE_NUMBER(MAJOR_PTS, pty->number);
        *out_group = pty->job.group;
    }
    joints_unlock();
    return pty != NULL;
}

/***** Opening *****/

static struct file *new_file(unsigned side, uint32_t flags)
{
    struct pty_file *data = heap_zalloc(sizeof(*data));
    struct file *file =
        data != NULL ? file_new(side == PTY_MASTER ? &pty_master_ops : &pty_slave_ops, flags, data) : NULL;
    if (file == NULL) {
        heap_free(data);
        return NULL;
    }
    data->terminal = (struct terminal){.get = terminal_get,
                                       .set = terminal_set,
                                       .flush = terminal_flush,
                                       .flow = terminal_flow,
                                       .job = terminal_job,
                                       .set_job = terminal_set_job,
                                       .is_master = side == PTY_MASTER};
    return file;
}

/* With the table of joints locked. */
static int join(struct pty *pty, unsigned side, struct file *file)
{
    struct pty_file *data = pty_file_of(file);
    const int error = joint_open(&pty->joint, JOINT_PTY, 1u << side, &data->held);
    data->pty = error == 0 ? pty : NULL;
    return error;
}

/* The leader of a session without a terminal gets this one, if nobody has it. */
static void adopt(struct pty *pty, uint32_t flags)
{
    const int32_t session = process_session();
    const bool has_one = process_console_job().session == session || find_session(session) != NULL;
    if ((flags & O_NOCTTY) == 0 && (flags & O_ACCMODE) != O_WRONLY && session == g_process.pid &&
        pty->job.session == 0 && !has_one)
        pty->job = (struct job){session, process_group()};
}

/* With the table of joints locked; pty NULL = there is none. */
static int join_terminal(struct pty *pty, struct file *file, uint32_t flags)
{
    if (pty == NULL)
        return -ENXIO;
    const int error = pty->locked ? -EIO : join(pty, PTY_SLAVE, file);
    if (error < 0)
        return error;
    pty_lock(pty);
    pty->slave_seen = true;
    adopt(pty, flags);
    pty_changed(pty);
    return 0;
}

static int give_file(struct file *file, int error, struct file **out)
{
    if (error < 0)
        file_put(file);
    else
        *out = file;
    return error;
}

/***** On the way to another process *****/

static int pty_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)out_handle;
    return joint_pack(&pty_file_of(file)->held, parcel);
}

static int unpack(unsigned side, const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct file *file = new_file(side, parcel->flags & (O_ACCMODE | O_NONBLOCK));
    if (handle != NULL)
        DkObjectClose(handle);
    if (file == NULL)
        return -ENOMEM;
    struct pty_file *data = pty_file_of(file);
    const int error = joint_unpack(parcel, JOINT_PTY, &data->held);
    if (error == 0)
        data->pty = container_of(data->held.joint, struct pty, joint);
    return give_file(file, error, out);
}

static int master_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    return unpack(PTY_MASTER, parcel, handle, out);
}

static int slave_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    return unpack(PTY_SLAVE, parcel, handle, out);
}

const struct parcel_kind pty_master_parcels = {.pack = pty_pack, .unpack = master_unpack, .drop = joint_drop};
const struct parcel_kind pty_slave_parcels = {.pack = pty_pack, .unpack = slave_unpack, .drop = joint_drop};

/***** Opening by name *****/

static int open_terminal(struct pty *(*find)(int32_t which), int32_t which, uint32_t flags, struct file **out)
{
    if (!joints_exist())
        return -ENXIO;
    struct file *file = new_file(PTY_SLAVE, flags);
    if (file == NULL)
        return -ENOMEM;
    int error = joints_lock();
    if (error == 0) {
        error = join_terminal(find(which), file, flags);
        joints_unlock();
    }
    return give_file(file, error, out);
}

int pty_open_of_session(int32_t session, uint32_t flags, struct file **out)
{
    return open_terminal(find_session, session, flags | O_NOCTTY, out);
}

static struct pty *make_pty(void)
{
    int32_t number = 0;
    while (number < PTY_LIMIT && find_any(number) != NULL)
        number++;
    struct joint *joint = number < PTY_LIMIT ? joint_new(JOINT_PTY) : NULL;
    if (joint == NULL)
        return NULL;
    struct pty *pty = container_of(joint, struct pty, joint);
    pty->number = (uint32_t)number;
    pty->locked = true;
    pty->uid = g_process.fsuid;
    pty->mode = 0620;
    line_init(&pty->line);
    return pty;
}

static int open_master(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    struct file *file = new_file(PTY_MASTER, flags);
    (void)key;
    if (file == NULL)
        return -ENOMEM;
    int error = joints_lock();
    if (error == 0) {
        struct pty *pty = make_pty();
        error = pty != NULL ? join(pty, PTY_MASTER, file) : -ENOSPC;
        joints_unlock();
    }
    return give_file(file, error, out);
}

/***** /dev/pts *****/

static bool is_pty(const char *name, size_t len, struct pseudo_key *key)
{
    const int32_t number = pseudo_number(name, len);
    if (number < 0 || !lock_table())
        return false;
    const bool found = find_number(number) != NULL;
    joints_unlock();
    key->number = (uint32_t)number;
    return found;
}

static bool next_name(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    (void)directory;
    if (!lock_table())
        return false;
    while (*cursor < PTY_LIMIT && find_number((int32_t)*cursor) == NULL)
        ++*cursor;
    joints_unlock();
    if (*cursor < PTY_LIMIT)
        pseudo_name(name, "", *cursor);
    return *cursor < PTY_LIMIT;
}

static int open_number(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_terminal(find_number, (int32_t)key->number, flags, out);
}

static void describe_number(const struct pseudo_key *key, struct file_attr *attr)
{
    if (!lock_table())
        return;
    struct pty *pty = find_number((int32_t)key->number);
    if (pty != NULL)
        pty_describe(pty, attr);
    joints_unlock();
}

static int change_number(const struct pseudo_key *key, const struct attr_change *change)
{
    if (!lock_table())
        return -ENOENT;
    struct pty *pty = find_number((int32_t)key->number);
    const int error = pty != NULL ? pty_change(pty, change) : -ENOENT;
    joints_unlock();
    return error;
}

const struct pseudo_node pts_nodes[] = {
    {.name = "ptmx", .mode = S_IFCHR | 0666, .open = open_master, .rdev = DEVICE_NUMBER(MAJOR_TTY, 2)},
    {.mode = S_IFCHR | 0620,
     .describe = describe_number,
     .change = change_number,
     .match = is_pty,
     .next = next_name,
     .open = open_number,
     .rdev = DEVICE_NUMBER(MAJOR_PTS, 0)},
    {0}};
