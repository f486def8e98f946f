/* SPDX-License-Identifier: MIT */
/* Files of /proc that tell of the whole system. */
#ifndef LIBOS_SRC_PSEUDO_PROC_SYSTEM_H
#define LIBOS_SRC_PSEUDO_PROC_SYSTEM_H

#include "pseudo.h"

int proc_show_interrupts(struct text *out, const struct pseudo_key *key);
int proc_show_kernel_cmdline(struct text *out, const struct pseudo_key *key);
int proc_show_cpuinfo(struct text *out, const struct pseudo_key *key);
int proc_show_devices(struct text *out, const struct pseudo_key *key);
int proc_show_filesystems(struct text *out, const struct pseudo_key *key);
int proc_show_loadavg(struct text *out, const struct pseudo_key *key);
int proc_show_locks(struct text *out, const struct pseudo_key *key); /* proc_locks.c */
int proc_show_meminfo(struct text *out, const struct pseudo_key *key);
int proc_show_nothing(struct text *out, const struct pseudo_key *key);
int proc_show_partitions(struct text *out, const struct pseudo_key *key);
int proc_show_system_stat(struct text *out, const struct pseudo_key *key);
int proc_show_softirqs(struct text *out, const struct pseudo_key *key);
int proc_show_swaps(struct text *out, const struct pseudo_key *key);
int proc_show_uptime(struct text *out, const struct pseudo_key *key);
int proc_show_vmstat(struct text *out, const struct pseudo_key *key);
int proc_show_version(struct text *out, const struct pseudo_key *key);

#endif
