/* SPDX-License-Identifier: MIT */
/* The image of the vDSO, as data of the library OS. */
#ifndef LIBOS_SRC_ENTRY_VDSO_BYTES_H
#define LIBOS_SRC_ENTRY_VDSO_BYTES_H

/* One page. */
extern const unsigned char vdso_bytes[];

#endif
