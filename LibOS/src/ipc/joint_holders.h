/* SPDX-License-Identifier: MIT */
/* Inside room ipc: which processes have an object open. All with the object's lock held. */
#ifndef LIBOS_SRC_IPC_JOINT_HOLDERS_H
#define LIBOS_SRC_IPC_JOINT_HOLDERS_H

#include "ipc/joint.h"

/* Whether memory can be that of an object. */
static inline bool joint_is_sane(const void *object, size_t size)
{
    return ((uintptr_t)object & (_Alignof(uint64_t) - 1)) == 0 && shared_has(object, size);
}

/* A process has one file more, or less, on these sides. 0 or -ENOMEM. */
PAL_MUST_CHECK int joint_add_files(struct joint *joint, int32_t pid, uint32_t sides);
void joint_drop_files(struct joint *joint, int32_t pid, uint32_t sides);
/* It has none any more. */
void joint_drop_holder(struct joint *joint, int32_t pid);
/* And with the table locked, too, which alone is locked afterwards: files are gone; pid has ended, 0 = nobody has. */
void joint_leave(struct joint *joint, enum joint_kind kind, int32_t pid);
/* Another process than this one that has it open, with an id above one; 0 = none. */
int32_t joint_next_other(const struct joint *joint, int32_t pid);

#endif
