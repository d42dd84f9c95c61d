/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend in the host's memory: for benches and tests.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/backend.h"

struct backend_memory {
	struct backend backend;
	uint8_t *bytes;
};

static struct backend_memory *
backend_memory_of(struct backend *backend)
{
	return ((struct backend_memory *)(void *)backend);
}

static int
backend_memory_preadv(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	const uint8_t *from = backend_memory_of(backend)->bytes + offset;
	unsigned i;

	for (i = 0; i < iovcnt; i++) {
		memcpy(iov[i].iov_base, from, iov[i].iov_len);
		from += iov[i].iov_len;
	}
	return (0);
}

static int
backend_memory_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	uint8_t *to = backend_memory_of(backend)->bytes + offset;
	unsigned i;

	for (i = 0; i < iovcnt; i++) {
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
	return (0);
}

static int
backend_memory_flush(struct backend *backend)
{
	/* There is no storage more stable than this. */
	return (0);
}

static void
backend_memory_close(struct backend *backend)
{
	struct backend_memory *memory = backend_memory_of(backend);

	free(memory->bytes);
	free(memory);
}

static const struct backend_ops backend_memory_ops = {
	.preadv = backend_memory_preadv,
	.pwritev = backend_memory_pwritev,
	.flush = backend_memory_flush,
	.close = backend_memory_close,
};

int
backend_memory_new(uint64_t size, bool read_only, struct backend **backend)
{
	struct backend_memory *memory;

	if (size == 0 || size % BACKEND_SECTOR != 0)
		return (EINVAL);
	memory = calloc(1, sizeof(*memory));
	if (memory == NULL)
		return (ENOMEM);
	memory->bytes = calloc(1, size);
	if (memory->bytes == NULL) {
		free(memory);
		return (ENOMEM);
	}
	memory->backend.ops = &backend_memory_ops;
	memory->backend.size = size;
	memory->backend.read_only = read_only;
	*backend = &memory->backend;
	return (0);
}

uint8_t *
backend_memory_bytes(struct backend *backend)
{
	return (backend_memory_of(backend)->bytes);
}
