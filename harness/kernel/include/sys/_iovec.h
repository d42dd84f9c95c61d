/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * struct iovec, apart from uio(9) as in FreeBSD.
 */
#ifndef _SYS__IOVEC_H_
#define _SYS__IOVEC_H_

#include <stddef.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

#endif /* !_SYS__IOVEC_H_ */
