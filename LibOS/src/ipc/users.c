/* SPDX-License-Identifier: MIT */
/* Which processes use an object. */
#include "ipc/users.h"
#include "shared.h"

/* What a link leads to; NULL = the end, or nonsense. */
static struct ipc_user *user_at(struct ipc_user *const *link)
{
    struct ipc_user *user = __atomic_load_n(link, __ATOMIC_RELAXED);
    return shared_has(user, sizeof(*user)) ? user : NULL;
}

/* A process among the users, and the link that leads to it; NULL = it is none. */
static struct ipc_user *find(struct ipc_user **users, int32_t pid, struct ipc_user ***out_link)
{
    struct ipc_user *user;
    *out_link = users;
    for (unsigned i = 0; i < IPC_USERS_MAX && (user = user_at(*out_link)) != NULL; i++, *out_link = &user->next) {
        if (user->pid == pid)
            return user;
    }
    return NULL;
}

int ipc_users_add(struct ipc_user **users, int32_t pid)
{
    struct ipc_user **link, *user = find(users, pid, &link);
    if (user != NULL) {
        user->count++;
        return 0;
    }
    user = shared_alloc(sizeof(*user));
    if (user == NULL)
        return -ENOMEM;
    *user = (struct ipc_user){.next = *users, .pid = pid, .count = 1};
    *users = user;
    return 0;
}

bool ipc_users_drop(struct ipc_user **users, int32_t pid, bool all)
{
    struct ipc_user **link, *user = find(users, pid, &link);
    if (user == NULL)
        return false;
    user->count -= user->count > 0;
    if (user->count == 0 || all) {
        *link = user->next;
        shared_free(user, sizeof(*user));
    }
    return true;
}

uint64_t ipc_users_count(struct ipc_user *const *users)
{
    uint64_t count = 0;
    const struct ipc_user *user = user_at(users);
    for (unsigned i = 0; user != NULL && i < IPC_USERS_MAX; i++, user = user_at(&user->next))
        count += user->count;
    return count;
}
