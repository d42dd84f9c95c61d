/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What all backends have in common: the range check, zeros that are written
 * where nothing better is known, and what the host said last.
 */
#include "model/backend/backend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* As much as is written at once where zeros must be. */
#define ZEROS (64u * 1024)

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

/*
 * --- errors ---
 */

/* Remembers what the host said; a hint was left by the operation. */
static __attribute__((noinline, cold)) int
backend_failed(struct backend *backend, enum backend_op op, uint64_t offset,
    uint64_t length, int error)
{
	backend->error.count++;
	backend->error.error = error;
	backend->error.op = op;
	backend->error.offset = offset;
	backend->error.length = length;
	if (backend->on_error != NULL)
		backend->on_error(backend->on_error_arg, backend);
	return (error);
}

static inline int
backend_result(struct backend *backend, enum backend_op op, uint64_t offset,
    uint64_t length, int error)
{
	if (__builtin_expect(error == 0, 1))
		return (0);
	return (backend_failed(backend, op, offset, length, error));
}

const char *
backend_error_text(const struct backend *backend, char *text, size_t size)
{
	static const char *const names[] = {
		[BACKEND_READ] = "read",
		[BACKEND_WRITE] = "write",
		[BACKEND_FLUSH] = "flush",
		[BACKEND_DISCARD] = "discard",
		[BACKEND_WRITE_ZEROES] = "write of zeros",
		[BACKEND_SECURE_ERASE] = "secure erase",
		[BACKEND_RESIZE] = "resize",
	};
	const struct backend_error *e = &backend->error;
	char range[80];

	text[0] = '\0';
	if (e->count == 0)
		return (text);
	range[0] = '\0';
	if (e->op == BACKEND_RESIZE)
		(void)snprintf(range, sizeof(range), " to %llu bytes",
		    (unsigned long long)e->offset);
	else if (e->op != BACKEND_FLUSH)
		(void)snprintf(range, sizeof(range), " of %llu bytes at %llu",
		    (unsigned long long)e->length,
		    (unsigned long long)e->offset);
	(void)snprintf(text, size, "%s: %s%s: %s",
	    backend->name != NULL ? backend->name : "disk", names[e->op], range,
	    e->hint != NULL ? e->hint : strerror(e->error));
	return (text);
}

/*
 * --- transfers ---
 */

static uint64_t
backend_length(const struct iovec *iov, unsigned iovcnt)
{
	uint64_t length;
	unsigned i;

	length = 0;
	for (i = 0; i < iovcnt; i++)
		length += iov[i].iov_len;
	return (length);
}

/* The operation has changed `iov`: the length is the caller's to know. */
int
backend_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	uint64_t length;

	if (!backend_inside(backend, iov, iovcnt, offset))
		return (EINVAL);
	length = backend_length(iov, iovcnt);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_READ, offset, length,
	    backend->ops->preadv(backend, iov, iovcnt, offset)));
}

int
backend_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	uint64_t length;

	if (!backend_inside(backend, iov, iovcnt, offset))
		return (EINVAL);
	if (backend->read_only)
		return (EROFS);
	length = backend_length(iov, iovcnt);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_WRITE, offset, length,
	    backend->ops->pwritev(backend, iov, iovcnt, offset)));
}

int
backend_flush(struct backend *backend)
{
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_FLUSH, 0, 0,
	    backend->ops->flush(backend)));
}

/*
 * --- ranges ---
 */

static int
backend_check_range(const struct backend *backend, uint64_t offset,
    uint64_t length)
{
	if (offset > backend->size || length > backend->size - offset)
		return (EINVAL);
	return (backend->read_only ? EROFS : 0);
}

int
backend_discard(struct backend *backend, uint64_t offset, uint64_t length)
{
	int error;

	error = backend_check_range(backend, offset, length);
	if (error != 0 || length == 0)
		return (error);
	if (backend->ops->discard == NULL)
		return (EOPNOTSUPP);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_DISCARD, offset, length,
	    backend->ops->discard(backend, offset, length)));
}

/* Nothing better is known: writes them. */
static int
backend_put_zeros(struct backend *backend, uint64_t offset, uint64_t length)
{
	static const uint8_t zeros[ZEROS] __attribute__((aligned(4096)));
	struct iovec iov;
	uint64_t part;
	int error;

	for (; length > 0; offset += part, length -= part) {
		part = length < sizeof(zeros) ? length : sizeof(zeros);
		iov.iov_base = (void *)(uintptr_t)zeros;
		iov.iov_len = part;
		error = backend->ops->pwritev(backend, &iov, 1, offset);
		if (error != 0)
			return (error);
	}
	return (0);
}

int
backend_write_zeroes(struct backend *backend, uint64_t offset, uint64_t length,
    bool may_unmap)
{
	int error;

	error = backend_check_range(backend, offset, length);
	if (error != 0 || length == 0)
		return (error);
	backend->error.hint = NULL;
	error = EOPNOTSUPP;
	if (backend->ops->write_zeroes != NULL)
		error = backend->ops->write_zeroes(backend, offset, length,
		    may_unmap);
	if (error == EOPNOTSUPP)
		error = backend_put_zeros(backend, offset, length);
	return (backend_result(backend, BACKEND_WRITE_ZEROES, offset, length,
	    error));
}

int
backend_secure_erase(struct backend *backend, uint64_t offset, uint64_t length)
{
	int error;

	error = backend_check_range(backend, offset, length);
	if (error != 0 || length == 0)
		return (error);
	if (backend->ops->secure_erase == NULL)
		return (EOPNOTSUPP);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_SECURE_ERASE, offset, length,
	    backend->ops->secure_erase(backend, offset, length)));
}

/*
 * --- size ---
 */

int
backend_resize(struct backend *backend, uint64_t size)
{
	if (size == 0 || size % BACKEND_SECTOR != 0)
		return (EINVAL);
	if (backend->ops->resize == NULL)
		return (EOPNOTSUPP);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_RESIZE, size, 0,
	    backend->ops->resize(backend, size)));
}

int
backend_refresh(struct backend *backend)
{
	if (backend->ops->refresh == NULL)
		return (0);
	backend->error.hint = NULL;
	return (backend_result(backend, BACKEND_RESIZE, backend->size, 0,
	    backend->ops->refresh(backend)));
}

void
backend_close(struct backend *backend)
{
	if (backend != NULL)
		backend->ops->close(backend);
}
