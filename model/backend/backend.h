/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a block device's bytes end.  Transfers are whole or they fail; errors
 * are the host's errno.  Whoever opened a backend closes it, after the device
 * that uses it is gone.
 */
#ifndef RINGSIDE_MODEL_BACKEND_BACKEND_H
#define RINGSIDE_MODEL_BACKEND_BACKEND_H

#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes are multiples of this. */
#define BACKEND_SECTOR 512

struct backend;

struct backend_ops {
	/*
	 * The caller has checked that offset and the sum of the lengths stay
	 * inside the backend, and that a write is allowed.  Entries of `iov`
	 * may be changed.
	 */
	int (*preadv)(struct backend *, struct iovec *iov, unsigned iovcnt,
	    uint64_t offset);
	int (*pwritev)(struct backend *, struct iovec *iov, unsigned iovcnt,
	    uint64_t offset);
	/* What was written before is on stable storage when it returns 0. */
	int (*flush)(struct backend *);
	void (*close)(struct backend *);
};

struct backend {
	const struct backend_ops *ops;
	uint64_t size; /* bytes, never 0 */
	bool read_only;
};

/*
 * Checked transfers of all of `iov`.  0, or EINVAL (range outside), EROFS, or
 * what the host says.
 */
int backend_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset);
int backend_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset);
int backend_flush(struct backend *backend);
/* NULL is allowed. */
void backend_close(struct backend *backend);

/*
 * Memory, initially zero.  0, EINVAL (size 0 or not a multiple of 512) or
 * ENOMEM.  backend_memory_bytes() is its content.
 */
int backend_memory_new(uint64_t size, bool read_only, struct backend **backend);
uint8_t *backend_memory_bytes(struct backend *backend);

/*
 * An existing regular file or block device.  0, or an errno and one line of
 * text without the path's name in `why` (at least BACKEND_WHY bytes):
 *
 *	ENOENT	missing			EISDIR	a directory
 *	EACCES	may not be opened	ENODEV	neither file nor disk
 *	EINVAL	size not n * 512	ENODATA	empty
 *	others: as open(2) and fstat(2) say
 */
#define BACKEND_WHY 128
int backend_file_open(const char *path, bool read_only,
    struct backend **backend, char *why);

/*
 * Writes stay in memory and `below` is only read; it may be read-only.
 * Closing the overlay closes it too.  0 or ENOMEM.
 */
int backend_overlay_new(struct backend *below, struct backend **backend);

#endif /* !RINGSIDE_MODEL_BACKEND_BACKEND_H */
