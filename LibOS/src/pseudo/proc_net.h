/* SPDX-License-Identifier: MIT */
/* Files of /proc/PID/net that count. */
#ifndef LIBOS_SRC_PSEUDO_PROC_NET_H
#define LIBOS_SRC_PSEUDO_PROC_NET_H

#include "pseudo.h"

/* How many sockets the file of that name in /proc/net lists. */
unsigned proc_count_sockets(const char *name);

int proc_show_netstat(struct text *out, const struct pseudo_key *key);
int proc_show_snmp(struct text *out, const struct pseudo_key *key);
int proc_show_sockstat(struct text *out, const struct pseudo_key *key);
int proc_show_sockstat6(struct text *out, const struct pseudo_key *key);

#endif
