/* SPDX-License-Identifier: MIT */
/* Which processes have an object open, and how many files of each of its sides. Knows no file. */
#include "ipc/joint_holders.h"
#include "process/table.h"

#define HOLDERS_MAX (2 * PROCESS_SLOTS) /* how far a list is followed */

/* In shared memory. */
struct joint_holder {
    struct joint_holder *next;
    int32_t pid;
    uint32_t files[JOINT_SIDES];
};

static struct joint_holder *holder_at(struct joint_holder *const *link)
{
    struct joint_holder *holder = __atomic_load_n(link, __ATOMIC_RELAXED);
    return holder != NULL && joint_is_sane(holder, sizeof(*holder)) ? holder : NULL;
}

/* A process among them, and the link that leads to it; NULL = it is none. */
static struct joint_holder *find_holder(struct joint *joint, int32_t pid, struct joint_holder ***out_link)
{
    struct joint_holder *holder;
    *out_link = &joint->holders;
    for (unsigned i = 0; i < HOLDERS_MAX && (holder = holder_at(*out_link)) != NULL; i++, *out_link = &holder->next) {
        if (holder->pid == pid)
            return holder;
    }
    return NULL;
}

/* Count anew: whoever changed the list may have died before they could. */
static void count_files(struct joint *joint)
{
    uint32_t files[JOINT_SIDES] = {0};
    struct joint_holder *holder, **link = &joint->holders;
    for (unsigned i = 0; i < HOLDERS_MAX && (holder = holder_at(link)) != NULL; i++, link = &holder->next) {
        for (unsigned side = 0; side < JOINT_SIDES; side++)
            files[side] += holder->files[side];
    }
    memcpy(joint->files, files, sizeof(files));
}

int joint_add_files(struct joint *joint, int32_t pid, uint32_t sides)
{
    struct joint_holder **link, *holder = find_holder(joint, pid, &link);
    if (holder == NULL) {
        holder = shared_alloc(sizeof(*holder));
        if (holder == NULL)
            return -ENOMEM;
        holder->pid = pid;
        holder->next = joint->holders;
        joint->holders = holder;
    }
    for (unsigned side = 0; side < JOINT_SIDES; side++)
        holder->files[side] += sides >> side & 1;
    count_files(joint);
    return 0;
}

void joint_drop_holder(struct joint *joint, int32_t pid)
{
    struct joint_holder **link, *holder = find_holder(joint, pid, &link);
    if (holder == NULL)
        return;
    *link = holder->next;
    shared_free(holder, sizeof(*holder));
    count_files(joint);
}

void joint_drop_files(struct joint *joint, int32_t pid, uint32_t sides)
{
    struct joint_holder **link, *holder = find_holder(joint, pid, &link);
    uint32_t left = 0;
    for (unsigned side = 0; side < JOINT_SIDES && holder != NULL; side++) {
        holder->files[side] -= (sides >> side & 1) != 0 && holder->files[side] != 0;
        left |= holder->files[side];
    }
    if (left == 0)
        joint_drop_holder(joint, pid);
    count_files(joint);
}

void joint_hang_up(struct joint *joint)
{
    struct joint_holder *holder, **link = &joint->holders;
    __atomic_store_n(&joint->generation, joint->generation + 1, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < HOLDERS_MAX && (holder = holder_at(link)) != NULL; i++, link = &holder->next) {
        holder->files[2] += holder->files[1];
        holder->files[1] = 0;
    }
    count_files(joint);
}

int32_t joint_next_other(const struct joint *joint, int32_t pid)
{
    const int32_t own = process_holder();
    int32_t best = 0;
    const struct joint_holder *holder;
    struct joint_holder *const *link = &joint->holders;
    for (unsigned i = 0; i < HOLDERS_MAX && (holder = holder_at(link)) != NULL; i++, link = &holder->next) {
        const int32_t other = holder->pid;
        if (other != own && other > pid && (best == 0 || other < best))
            best = other;
    }
    return best;
}
