/* SPDX-License-Identifier: MIT */
/* The paths by which files and directories were opened, and what is done by path. Knows no handle. */
#include "linux_path.h"
#include <linux/fcntl.h>
#include "linux_barred.h"
#include "linux_error.h"
#include "pal_host_api.h"
#include "pal_string.h"
#include "sys_linux.h"

char *linux_path(const struct uri *uri)
{
    return pal_strdup(uri->text, uri->len);
}

char *linux_name_copy(struct linux_name *name)
{
    pal_lock(&name->lock);
    char *copy = pal_strdup(name->path, strlen(name->path));
    pal_unlock(&name->lock);
    return copy;
}

int64_t linux_name_print(struct linux_name *name, enum uri_scheme scheme, char *buffer, size_t size)
{
    pal_lock(&name->lock);
    const struct uri uri = {.scheme = scheme, .text = name->path, .len = strlen(name->path)};
    const int64_t result = uri_print(&uri, buffer, size);
    pal_unlock(&name->lock);
    return result;
}

int linux_name_remove(struct linux_name *name, int flags)
{
    char *path = linux_name_copy(name);
    const int error = path ? (int)linux_error(sys_unlinkat(AT_FDCWD, path, flags)) : -PAL_ERROR_NOMEM;
    if (error == 0)
        linux_barred_review();
    pal_free(path);
    return error;
}

int linux_name_change(struct linux_name *name, const struct uri *to, unsigned flags)
{
    char *old_path = linux_name_copy(name);
    char *new_path = linux_path(to);
    char *unused = new_path;
    int error = -PAL_ERROR_NOMEM;
    if (old_path && new_path)
        error = (int)linux_error(sys_renameat2(AT_FDCWD, old_path, AT_FDCWD, new_path, flags));
    if (error == 0) {
        pal_lock(&name->lock);
        unused = name->path;
        name->path = new_path;
        pal_unlock(&name->lock);
        linux_barred_review();
    }
    pal_free(unused);
    pal_free(old_path);
    return error;
}

int linux_name_add(struct linux_name *name, const struct uri *to)
{
    char *old_path = linux_name_copy(name);
    char *new_path = linux_path(to);
    int error = -PAL_ERROR_NOMEM;
    if (old_path && new_path)
        error = (int)linux_error(sys_linkat(AT_FDCWD, old_path, AT_FDCWD, new_path));
    pal_free(new_path);
    pal_free(old_path);
    return error;
}
