/* SPDX-License-Identifier: MIT */
/* What the programs for the memory channel share. Stands on the Host ABI alone. */
#ifndef PAL_REGRESSION_CHANNELS_H
#define PAL_REGRESSION_CHANNELS_H

#include "processes.h"

#define GB ((PAL_NUM)1 << 30)
#define MB ((PAL_NUM)1 << 20)
#define RW (PAL_PROT_READ | PAL_PROT_WRITE)

/* Bytes of a page. */
PAL_NUM page(void);

/* Memory that can be read and written. */
char *allocate(PAL_NUM size);

/* Pages that differ from each other and from those of other seeds. */
void fill(char *memory, PAL_NUM size, int seed);
bool is_filled(const char *memory, PAL_NUM size, int seed);

/* Open a channel by its key, or by the key as it is given to a child. */
PAL_HANDLE open_channel(PAL_NUM key, PAL_FLG options);
PAL_HANDLE open_given(const char *argument);

/* Send one range. */
bool commit(PAL_HANDLE channel, char *address, PAL_NUM size, PAL_FLG flags);

/* Receive one range; address: NULL = anywhere. Returns where it is, NULL on failure. */
char *map(PAL_HANDLE channel, char *address, PAL_NUM size, PAL_FLG prot);

/* A role (processes.h): whether a block of 1 GB arrives whose first page of each of 16 parts has content. */
int play_sparse(char *argument);

#endif
