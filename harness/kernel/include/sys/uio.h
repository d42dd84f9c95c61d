/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uio(9): scattered data of one transfer.  There are no user address spaces
 * here: UIO_USERSPACE is refused with EFAULT wherever it would be followed.
 */
#ifndef _SYS_UIO_H_
#define _SYS_UIO_H_

#include <sys/types.h>
#include <sys/_iovec.h>
#include <sys/_uio.h>

#define UIO_MAXIOV 1024

struct thread;

struct uio {
	struct iovec *uio_iov;
	int uio_iovcnt;
	off_t uio_offset;
	ssize_t uio_resid;
	enum uio_seg uio_segflg;
	enum uio_rw uio_rw;
	struct thread *uio_td;
};

/* Moves up to n bytes between cp and what is left of the uio. */
int uiomove(void *cp, int n, struct uio *uio);

#endif /* !_SYS_UIO_H_ */
