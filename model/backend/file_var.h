/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the file backend share: opening (file.c), transfers
 * (file_io.c), direct transfers (file_direct.c) and ranges (file_range.c).
 */
#ifndef RINGSIDE_MODEL_BACKEND_FILE_VAR_H
#define RINGSIDE_MODEL_BACKEND_FILE_VAR_H

#include "model/backend/backend.h"

/* What goes through the buffer at once when pieces are not aligned. */
#define BACKEND_BOUNCE (256u * 1024)

struct backend_file {
	struct backend backend; /* first */
	int fd;
	char *path;
	bool disk;	    /* of the host, not a regular file */
	bool no_punch_hole; /* the file system has said so */
	bool no_zero_range;
	/*
	 * The errno of a flush that failed.  The host forgets which pages it
	 * could not write, so that the next flush would succeed without them.
	 */
	int lost;
	/* What direct transfers keep to; bytes. */
	bool direct;
	uint32_t memory_align;
	uint32_t offset_align;
	uint8_t *bounce; /* BACKEND_BOUNCE bytes, aligned for the host */
};

static inline struct backend_file *
backend_file_of(struct backend *backend)
{
	return ((struct backend_file *)(void *)backend);
}

/* file_io.c */
int backend_file_preadv(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset);
int backend_file_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset);
int backend_file_flush(struct backend *backend);
/* Transfers all of `iov` as it is. */
int backend_file_all(struct backend_file *file, struct iovec *iov,
    unsigned iovcnt, uint64_t offset, bool write);

/* EIO when the file no longer reaches to the end of the range. */
int backend_file_still(struct backend_file *file, uint64_t offset,
    uint64_t length);

/* file_direct.c */
/* Switches the page cache off; 0, or an errno and `why`. */
int backend_file_direct(struct backend_file *file, char *why);
/* Transfers that need a buffer, or do not. */
int backend_file_transfer_direct(struct backend_file *file, struct iovec *iov,
    unsigned iovcnt, uint64_t offset, bool write);

/* file_range.c */
/* Finds out what can be let go, and in what pieces. */
void backend_file_probe(struct backend_file *file);
int backend_file_discard(struct backend *backend, uint64_t offset,
    uint64_t length);
int backend_file_write_zeroes(struct backend *backend, uint64_t offset,
    uint64_t length, bool may_unmap);
int backend_file_resize(struct backend *backend, uint64_t size);
int backend_file_refresh(struct backend *backend);

#endif /* !RINGSIDE_MODEL_BACKEND_FILE_VAR_H */
