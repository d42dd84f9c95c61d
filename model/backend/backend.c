/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What all backends have in common: the range check.
 */
#include "model/backend/backend.h"

#include <errno.h>

/* Whether all of `iov` at `offset` lies inside; no sum can wrap. */
static bool
backend_inside(const struct backend *backend, const struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	uint64_t left;
	unsigned i;

	if (offset > backend->size)
		return (false);
	left = backend->size - offset;
	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > left)
			return (false);
		left -= iov[i].iov_len;
	}
	return (true);
}

int
backend_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	if (!backend_inside(backend, iov, iovcnt, offset))
		return (EINVAL);
	return (backend->ops->preadv(backend, iov, iovcnt, offset));
}

int
backend_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	if (!backend_inside(backend, iov, iovcnt, offset))
		return (EINVAL);
	if (backend->read_only)
		return (EROFS);
	return (backend->ops->pwritev(backend, iov, iovcnt, offset));
}

int
backend_flush(struct backend *backend)
{
	return (backend->ops->flush(backend));
}

void
backend_close(struct backend *backend)
{
	if (backend != NULL)
		backend->ops->close(backend);
}
