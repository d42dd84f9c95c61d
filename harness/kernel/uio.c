/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uio(9), for addresses of the kernel.
 */
#include "kernel/kern.h"

#include <sys/uio.h>

int
uiomove(void *cp, int n, struct uio *uio)
{
	struct iovec *iov;
	size_t part;
	char *p = cp;

	if (uio->uio_segflg == UIO_USERSPACE)
		return (EFAULT);
	while (n > 0 && uio->uio_resid > 0) {
		if (uio->uio_iovcnt == 0)
			panic("uiomove: %zd bytes left in no iovec",
			    uio->uio_resid);
		iov = uio->uio_iov;
		part = MIN(iov->iov_len, (size_t)n);
		part = MIN(part, (size_t)uio->uio_resid);
		if (part == 0) {
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		if (uio->uio_segflg == UIO_SYSSPACE) {
			if (uio->uio_rw == UIO_READ)
				memcpy(iov->iov_base, p, part);
			else
				memcpy(p, iov->iov_base, part);
		}
		iov->iov_base = (char *)iov->iov_base + part;
		iov->iov_len -= part;
		uio->uio_resid -= part;
		uio->uio_offset += part;
		p += part;
		n -= part;
	}
	return (0);
}
