/* SPDX-License-Identifier: MIT */
/* File systems that are made up: /proc, /dev and /sys are tables of nodes, which are declared here. What the nodes tell is
 * their file system's business. */
#ifndef LIBOS_SRC_PSEUDO_PSEUDO_H
#define LIBOS_SRC_PSEUDO_PSEUDO_H

#include <linux/fs.h>

#include "fs.h"
#include "text.h"

/* What the components of a path stand for that no table can list. */
struct pseudo_key {
    int32_t pid; /* process */
    int32_t tid; /* thread, 0 = none is in the path */
    int fd;
    uint32_t number; /* processor, terminal */
    uint32_t index;  /* cache of a processor */
};

struct pseudo_node {
    const char *name;                                      /* NULL: match and next know the names */
    uint32_t mode;                                         /* S_IFx and permissions; 0 ends a table */
    uint32_t rdev;                                         /* number of a device */
    uint32_t (*permissions)(const struct pseudo_key *key); /* if they are not always those of mode */
    /* Owner and permissions that can be changed (CHANGE_UID, CHANGE_GID, CHANGE_MODE); NULL = they cannot. */
    void (*describe)(const struct pseudo_key *key, struct file_attr *attr);
    int (*change)(const struct pseudo_key *key, const struct attr_change *change);
    const struct pseudo_node *children;

    /* Whether a name is one of this node's; the key gets what it stands for. */
    bool (*match)(const char *name, size_t len, struct pseudo_key *key);
    /* Find the first name whose place in the list is *cursor or behind it; *cursor becomes its place. false = no more. */
    bool (*next)(const struct pseudo_key *directory, uint32_t *cursor, char name[16]);

    int (*show)(struct text *out, const struct pseudo_key *key);              /* contents of a file */
    int (*store)(const struct pseudo_key *key, const char *text, size_t len); /* what is written to it */
    int (*read_link)(struct text *out, const struct pseudo_key *key);
    struct file *(*magic)(const struct pseudo_key *key); /* see fs_ops */
    /* A device: its operations; or how to open it, or whether it may be: 0 without a file is the usual one. */
    const struct file_ops *device;
    int (*open)(const struct pseudo_key *key, uint32_t flags, struct file **out);
};

/* A function for show or read_link that tells the same whatever it is asked of. */
#define SHOWS(function, shown)                                                                                         \
    static int function(struct text *out, const struct pseudo_key *key)                                                \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        text_add(out, shown);                                                                                          \
        return 0;                                                                                                      \
    }

/* Number of a device, as Linux encodes it (new_encode_dev). */
#define DEVICE_NUMBER(major, minor) ((uint32_t)(major) << 8 | ((minor)&0xffu) | ((uint32_t)(minor)&0xfff00u) << 12)

/* For devices' operations: attributes of an open device, and lseek(2) that goes nowhere. */
int device_attributes(struct file *file, struct file_attr *out);
int64_t device_seek(struct file *file, int64_t offset, int whence);

/* Inode number of a name in a directory. */
uint64_t pseudo_inode(uint64_t directory, const char *name, size_t len);

/* Read a decimal number that fills a name: -1 = it is none. */
int32_t pseudo_number(const char *name, size_t len);

/* A number behind a prefix as a name. */
void pseudo_name(char name[16], const char *prefix, uint32_t number);

/* Tables of the file systems. */
extern const struct pseudo_node proc_root, dev_root, sys_root;

#endif
