/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of sysctl(9) share.
 */
#ifndef RINGSIDE_KERNEL_SYSCTL_VAR_H
#define RINGSIDE_KERNEL_SYSCTL_VAR_H

#include "kernel/kern.h"

#include <sys/_kenv.h>

struct sysctl_oid;

/* The node at a dotted path, or NULL. */
struct sysctl_oid *sysctl_find_path(const char *path);
/* Undoes sysctl_remove_oid(oid, 0, 0). */
void sysctl_put_back(struct sysctl_oid *oid);
/* kern_keep_tunable() of the variable behind a node, if there is one. */
void sysctl_keep_variable(struct sysctl_oid *oid);
/* Frees the entries of all contexts. */
void sysctl_ctx_forget(void);
/*
 * Calls the node's handler with the value that the text stands for.  EINVAL
 * when it stands for none.
 */
int sysctl_write_text(struct sysctl_oid *oid, const char *text);

#endif /* !RINGSIDE_KERNEL_SYSCTL_VAR_H */
