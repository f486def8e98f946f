/* SPDX-License-Identifier: MIT */
/* Objects that files of several processes stand for, on their way from one to another. Knows no kind of them. */
#include "ipc/joint_holders.h"
#include "parcel.h"

/* Words of a parcel. */
enum { WORD_JOINT, WORD_SIDES, WORD_GENERATION };

/* Files of side 1 that were hung up on the way count for another side. */
static uint32_t sides_of(const struct joint *joint, uint32_t sides, uint32_t generation)
{
    return sides == 2 && generation != __atomic_load_n(&joint->generation, __ATOMIC_ACQUIRE) ? JOINT_LOST : sides;
}

int joint_pack(const struct joint_file *file, struct file_parcel *parcel)
{
    struct joint *joint = file->joint;
    parcel->data[WORD_JOINT] = (uintptr_t)joint;
    parcel->data[WORD_SIDES] = file->sides;
    parcel->data[WORD_GENERATION] = file->generation;
    joint_lock(joint);
    const int error = joint_add_files(joint, PARCEL_HOLDER, sides_of(joint, file->sides, file->generation));
    joint_unlock(joint);
    return error;
}

/* With the table locked: the object of a parcel; NULL = there is none such. */
static struct joint *find(const struct file_parcel *parcel, enum joint_kind kind)
{
    struct joint *joint;
    for (uint32_t cursor = 0; (joint = joint_next(kind, &cursor)) != NULL;) {
        if ((uintptr_t)joint == parcel->data[WORD_JOINT])
            return joint;
    }
    return NULL;
}

/* With the table locked. */
static void drop(struct joint *joint, enum joint_kind kind, const struct file_parcel *parcel)
{
    const uint32_t sides = (uint32_t)parcel->data[WORD_SIDES], generation = (uint32_t)parcel->data[WORD_GENERATION];
    joint_lock(joint);
    joint_drop_files(joint, PARCEL_HOLDER, sides_of(joint, sides, generation));
    joint_leave(joint, kind, 0);
}

int joint_unpack(const struct file_parcel *parcel, enum joint_kind kind, struct joint_file *file)
{
    const uint32_t sides = (uint32_t)parcel->data[WORD_SIDES], generation = (uint32_t)parcel->data[WORD_GENERATION];
    int error = joints_lock();
    if (error < 0)
        return error;
    struct joint *joint = find(parcel, kind);
    if (joint == NULL || sides == 0 || sides > 3) {
        error = -EBADMSG;
    } else {
        error = joint_open(joint, kind, sides_of(joint, sides, generation), file);
        file->sides = sides;
        file->generation = generation;
        drop(joint, kind, parcel);
    }
    joints_unlock();
    return error;
}

void joint_drop(const struct file_parcel *parcel)
{
    if (joints_lock() < 0)
        return;
    for (enum joint_kind kind = 0; kind < JOINT_KINDS; kind++) {
        struct joint *joint = find(parcel, kind);
        if (joint != NULL)
            drop(joint, kind, parcel);
    }
    joints_unlock();
}
