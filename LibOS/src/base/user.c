/* SPDX-License-Identifier: MIT */
/* Memory of the program, which may not be there. The instructions that touch it are in user_copy.S. */
#include "user.h"

int user_read(void *to, const void *from, size_t size)
{
    return user_copy(to, from, size);
}

int user_write(void *to, const void *from, size_t size)
{
    return user_copy(to, from, size);
}

int user_zero(void *to, size_t size)
{
    return user_fill_zero(to, size);
}

int64_t user_read_string(char *to, size_t size, const char *from)
{
    const int64_t len = user_copy_string(to, size, from);
    return len == (int64_t)size ? -ENAMETOOLONG : len;
}
