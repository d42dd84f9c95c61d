/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend in the host's memory: for benches and tests.  Pages that were
 * never written, or were discarded, take none.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/backend.h"

struct backend_memory {
	struct backend backend;
	uint8_t *bytes;
	size_t page;
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

/* Whole pages go back to the host, which gives new ones full of zeros. */
static int
backend_memory_erase(struct backend *backend, uint64_t offset, uint64_t length)
{
	struct backend_memory *memory = backend_memory_of(backend);
	uint64_t end = offset + length;
	uint64_t first = (offset + memory->page - 1) & ~(memory->page - 1);
	uint64_t last = end & ~(memory->page - 1);

	if (first >= last) {
		memset(memory->bytes + offset, 0, length);
		return (0);
	}
	memset(memory->bytes + offset, 0, first - offset);
	memset(memory->bytes + last, 0, end - last);
	return (
	    madvise(memory->bytes + first, last - first, MADV_DONTNEED) == 0 ?
		0 :
		errno);
}

static int
backend_memory_write_zeroes(struct backend *backend, uint64_t offset,
    uint64_t length, bool may_unmap)
{
	if (may_unmap)
		return (backend_memory_erase(backend, offset, length));
	memset(backend_memory_of(backend)->bytes + offset, 0, length);
	return (0);
}

static int
backend_memory_resize(struct backend *backend, uint64_t size)
{
	struct backend_memory *memory = backend_memory_of(backend);
	uint64_t old = backend->size;
	int error;
	void *bytes;

	if (size < old) {
		/* Should it grow again, nothing of this comes back. */
		error = backend_memory_erase(backend, size, old - size);
		if (error != 0)
			return (error);
	}
	bytes = mremap(memory->bytes, old, size, MREMAP_MAYMOVE);
	if (bytes == MAP_FAILED)
		return (errno);
	memory->bytes = bytes;
	backend->size = size;
	return (0);
}

static void
backend_memory_close(struct backend *backend)
{
	struct backend_memory *memory = backend_memory_of(backend);

	(void)munmap(memory->bytes, backend->size);
	free(memory);
}

static const struct backend_ops backend_memory_ops = {
	.preadv = backend_memory_preadv,
	.pwritev = backend_memory_pwritev,
	.flush = backend_memory_flush,
	.discard = backend_memory_erase,
	.write_zeroes = backend_memory_write_zeroes,
	.secure_erase = backend_memory_erase,
	.resize = backend_memory_resize,
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
	/* Not reserved: a disk may be larger than what the host has. */
	memory->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory->bytes == MAP_FAILED) {
		free(memory);
		return (ENOMEM);
	}
	memory->page = (size_t)sysconf(_SC_PAGESIZE);
	memory->backend.ops = &backend_memory_ops;
	memory->backend.size = size;
	memory->backend.read_only = read_only;
	memory->backend.can_discard = true;
	memory->backend.discard_zeroes = true;
	memory->backend.can_secure_erase = true;
	memory->backend.discard_granularity = memory->page;
	*backend = &memory->backend;
	return (0);
}

uint8_t *
backend_memory_bytes(struct backend *backend)
{
	return (backend_memory_of(backend)->bytes);
}
