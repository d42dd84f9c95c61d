/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a block device's bytes end.  Transfers are whole or they fail; errors
 * are the host's errno, and what the host said last is kept for whoever has
 * to tell a person.  Whoever opened a backend closes it, after the device
 * that uses it is gone.  One task at a time may use a backend.
 */
#ifndef RINGSIDE_MODEL_BACKEND_BACKEND_H
#define RINGSIDE_MODEL_BACKEND_BACKEND_H

#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes and ranges are multiples of this. */
#define BACKEND_SECTOR 512

struct backend;

/*
 * The caller has checked that a range is not empty, stays inside the backend
 * and, when it changes something, that this is allowed.  Those that are NULL
 * cannot be done, except for write_zeroes, which then writes.
 */
struct backend_ops {
	/* Entries of `iov` may be changed. */
	int (*preadv)(struct backend *, struct iovec *iov, unsigned iovcnt,
	    uint64_t offset);
	int (*pwritev)(struct backend *, struct iovec *iov, unsigned iovcnt,
	    uint64_t offset);
	/* What was written before is on stable storage when it returns 0. */
	int (*flush)(struct backend *);
	/* The range is no longer needed; see backend.discard_zeroes. */
	int (*discard)(struct backend *, uint64_t offset, uint64_t length);
	/* Reads give zeros from now on; the range's storage may be let go. */
	int (*write_zeroes)(struct backend *, uint64_t offset, uint64_t length,
	    bool may_unmap);
	/* As discard, and nobody can read again what was there. */
	int (*secure_erase)(struct backend *, uint64_t offset, uint64_t length);
	/* Changes backend.size; what is new reads as zeros. */
	int (*resize)(struct backend *, uint64_t size);
	/* Looks again how large it is, and sets backend.size. */
	int (*refresh)(struct backend *);
	void (*close)(struct backend *);
};

enum backend_op {
	BACKEND_READ,
	BACKEND_WRITE,
	BACKEND_FLUSH,
	BACKEND_DISCARD,
	BACKEND_WRITE_ZEROES,
	BACKEND_SECURE_ERASE,
	BACKEND_RESIZE,
};

/* What went wrong last. */
struct backend_error {
	uint64_t count; /* errors so far; 0: none, and the rest means nothing */
	int error;	/* errno */
	enum backend_op op;
	uint64_t offset; /* bytes; of a RESIZE, the size that was wanted */
	uint64_t length;
	const char *hint; /* what errno does not say, or NULL */
};

typedef void backend_error_fn(void *arg, const struct backend *backend);

struct backend {
	const struct backend_ops *ops;
	uint64_t size; /* bytes, never 0 */
	bool read_only;
	/* Discarding lets storage go, and is worth being offered. */
	bool can_discard;
	/* What was discarded reads as zeros. */
	bool discard_zeroes;
	bool can_secure_erase;
	/* What it transfers and lets go at once, bytes; 0: 512. */
	uint32_t block_size;
	uint32_t discard_granularity;

	const char *name; /* for a person: a path, or NULL */
	struct backend_error error;
	backend_error_fn *on_error; /* called after each error, or NULL */
	void *on_error_arg;
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
/*
 * The same for ranges; an empty one is nothing to do.  EOPNOTSUPP when the
 * backend cannot; backend_write_zeroes() always can.
 */
int backend_discard(struct backend *backend, uint64_t offset, uint64_t length);
int backend_write_zeroes(struct backend *backend, uint64_t offset,
    uint64_t length, bool may_unmap);
int backend_secure_erase(struct backend *backend, uint64_t offset,
    uint64_t length);
/* EINVAL when `size` is 0 or not a multiple of 512; EOPNOTSUPP. */
int backend_resize(struct backend *backend, uint64_t size);
/* Somebody else may have resized it. */
int backend_refresh(struct backend *backend);
/* NULL is allowed. */
void backend_close(struct backend *backend);

/*
 * The last error as a line, "disk.img: write of 4096 bytes at 8192: No space
 * left on device"; "" when there was none.
 */
#define BACKEND_TEXT 256
const char *backend_error_text(const struct backend *backend, char *text,
    size_t size);

/*
 * Memory, initially zero, and obtained as it is written.  0, EINVAL (size 0
 * or not a multiple of 512) or ENOMEM.  backend_memory_bytes() is its
 * content, until it is resized.
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
 *	EBUSY	in use by another process, which has locked it
 *	others: as open(2) and fstat(2) say
 *
 * A file that is opened for writing is locked against everybody, a file that
 * is only read against those who write (backend/lock.h).
 */
#define BACKEND_WHY 128
int backend_file_open(const char *path, bool read_only,
    struct backend **backend, char *why);

struct backend_file_options {
	bool read_only;
	/*
	 * Past the host's page cache (O_DIRECT).  Pieces that the host cannot
	 * transfer as they are go through a buffer.  EINVAL also when the
	 * host cannot, or the size is not a multiple of its blocks.
	 */
	bool direct;
	bool unlocked; /* whoever else uses it knows of it */
};
int backend_file_open_with(const char *path,
    const struct backend_file_options *options, struct backend **backend,
    char *why);

/*
 * Writes stay in memory and `below` is only read; it may be read-only.
 * Closing the overlay closes it too.  0 or ENOMEM.
 */
int backend_overlay_new(struct backend *below, struct backend **backend);

#endif /* !RINGSIDE_MODEL_BACKEND_BACKEND_H */
