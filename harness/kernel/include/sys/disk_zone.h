/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Zoned disks.  A bio carries room for a zone command; no disk here accepts
 * one (BIO_ZONE is refused with EOPNOTSUPP), so only the command byte is
 * spelled out.
 */
#ifndef _SYS_DISK_ZONE_H_
#define _SYS_DISK_ZONE_H_

#include <sys/types.h>

struct disk_zone_args {
	uint8_t zone_cmd;
};

#endif /* !_SYS_DISK_ZONE_H_ */
