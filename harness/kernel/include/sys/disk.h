/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is common to all disks.  The DIOC* requests belong to device nodes,
 * which this kernel does not have.
 */
#ifndef _SYS_DISK_H_
#define _SYS_DISK_H_

#include <sys/types.h>
#include <sys/disk_zone.h>

#define DISK_IDENT_SIZE 256

struct bio;

/* Logs "vbd0: what ... fsbn N", as disk drivers report a failed request. */
void disk_err(struct bio *bp, const char *what, int blkdone, int nl);

#endif /* !_SYS_DISK_H_ */
