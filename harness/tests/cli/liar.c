/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See liar.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cli/liar.h"
#include "tests/test.h"

#define SECTOR BACKEND_SECTOR

struct liar_backend {
	struct backend backend;
	struct liar *liar;
};

static struct liar *
liar_of(struct backend *backend)
{
	return (((struct liar_backend *)(void *)backend)->liar);
}

/* Whether to lie now, this being the `count`th of its kind. */
static bool
lies(struct liar *liar, uint64_t count)
{
	return (count >= liar->from &&
	    (liar->times == 0 || liar->lies < liar->times));
}

/* Copies between `iov` and `bytes`; as many as there are in both. */
static void
scatter(const struct iovec *iov, unsigned iovcnt, uint8_t *bytes, size_t limit,
    bool to_iov)
{
	size_t n;

	for (unsigned i = 0; i < iovcnt && limit > 0; i++) {
		n = iov[i].iov_len < limit ? iov[i].iov_len : limit;
		if (to_iov)
			memcpy(iov[i].iov_base, bytes, n);
		else
			memcpy(bytes, iov[i].iov_base, n);
		bytes += n;
		limit -= n;
	}
}

static size_t
length_of(const struct iovec *iov, unsigned iovcnt)
{
	size_t length = 0;

	for (unsigned i = 0; i < iovcnt; i++)
		length += iov[i].iov_len;
	return (length);
}

static void
note_place(struct liar *liar, const struct backend *backend, uint64_t offset,
    uint64_t end)
{
	if (end > liar->highest)
		liar->highest = end;
	if (offset <= backend->size / 2 && backend->size / 2 < end)
		liar->near_middle++;
}

/* The sector to be shown instead of `sector`, or NULL. */
static const uint8_t *
substitute(const struct liar *liar, uint64_t sector, uint64_t sectors)
{
	uint32_t version = liar->versions[sector];

	if (liar->lie == STALE_READ)
		return (version >= 2 ? liar->before + sector * SECTOR : NULL);
	for (uint64_t i = 0; i < sectors; i++) {
		if (i != sector && version > 0 && liar->versions[i] == version)
			return (liar->bytes + i * SECTOR);
	}
	return (NULL);
}

static int
liar_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	struct liar *liar = liar_of(backend);
	size_t length = length_of(iov, iovcnt);
	uint8_t *at = liar->bytes + offset, *copy;
	const uint8_t *other;
	bool now = lies(liar, ++liar->reads);

	note_place(liar, backend, offset, offset + length);
	if (liar->each != NULL)
		liar->each(liar->arg);
	if (now && liar->lie == EMPTY_READ) {
		liar->lies++;
		return (0);
	}
	if (now && liar->lie == FAIL_READ) {
		liar->lies++;
		return (EIO);
	}
	copy = malloc(length);
	T_REQUIRE(copy != NULL);
	memcpy(copy, at, length);
	if (now && liar->lie == FLIP_READ) {
		copy[length - 1] ^= 0x10;
		liar->lies++;
	} else if (now && (liar->lie == STALE_READ || liar->lie == SWAP_READ)) {
		other =
		    substitute(liar, offset / SECTOR, backend->size / SECTOR);
		if (other != NULL) {
			memcpy(copy, other, SECTOR);
			liar->lies++;
		}
	}
	scatter(iov, iovcnt, copy, length, true);
	free(copy);
	return (0);
}

static int
liar_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	struct liar *liar = liar_of(backend);
	size_t length = length_of(iov, iovcnt), whole = length;
	enum lie lie = lies(liar, ++liar->writes) ? liar->lie : HONEST;

	if (lie >= LOSE_WRITE && lie <= FAIL_WRITE) {
		liar->lies++;
		liar->where = offset;
	}
	if (lie == FAIL_WRITE)
		return (EIO);
	if (lie == LOSE_WRITE)
		return (0);
	if (lie == MISPLACE_WRITE && offset + length < backend->size)
		offset += SECTOR;
	if (lie == TEAR_WRITE)
		length = SECTOR;
	memcpy(liar->before + offset, liar->bytes + offset, length);
	scatter(iov, iovcnt, liar->bytes + offset, length, false);
	if (lie == FLIP_WRITE)
		liar->bytes[offset + whole - SECTOR / 2] ^= 1;
	for (uint64_t i = 0; i < length / SECTOR; i++)
		liar->versions[offset / SECTOR + i]++;
	return (0);
}

static int
liar_flush(struct backend *backend)
{
	struct liar *liar = liar_of(backend);

	if (lies(liar, ++liar->flushes) && liar->lie == FAIL_FLUSH) {
		liar->lies++;
		return (EIO);
	}
	return (0);
}

static void
liar_close(struct backend *backend)
{
	struct liar *liar = liar_of(backend);

	free(liar->bytes);
	free(liar->before);
	free(liar->versions);
	liar->bytes = liar->before = NULL;
	free(backend);
}

static const struct backend_ops liar_ops = {
	.preadv = liar_preadv,
	.pwritev = liar_pwritev,
	.flush = liar_flush,
	.close = liar_close,
};

struct backend *
liar_new(struct liar *liar, uint64_t size, int image)
{
	struct liar_backend *backend = calloc(1, sizeof(*backend));

	T_REQUIRE(backend != NULL);
	liar->bytes = calloc(1, size);
	liar->before = calloc(1, size);
	liar->versions = calloc(size / SECTOR, sizeof(*liar->versions));
	T_REQUIRE(liar->bytes != NULL && liar->before != NULL &&
	    liar->versions != NULL);
	if (image >= 0) {
		for (uint64_t i = 0; i < size; i++)
			liar->bytes[i] = (uint8_t)(i * 7 + i / SECTOR);
		T_REQUIRE(pwrite(image, liar->bytes, size, 0) == (ssize_t)size);
	}
	backend->backend.ops = &liar_ops;
	backend->backend.size = size;
	backend->liar = liar;
	return (&backend->backend);
}

/*
 * --- standard error ---
 */

static char heard[8192];
static FILE *kept;
static int saved = -1;

void
liar_hush(void)
{
	T_REQUIRE(saved < 0);
	fflush(stderr);
	kept = tmpfile();
	T_REQUIRE(kept != NULL);
	saved = dup(STDERR_FILENO);
	T_REQUIRE(saved >= 0);
	T_REQUIRE(dup2(fileno(kept), STDERR_FILENO) >= 0);
}

const char *
liar_heard(void)
{
	size_t n = 0;

	if (saved >= 0) {
		fflush(stderr);
		(void)dup2(saved, STDERR_FILENO);
		(void)close(saved);
		saved = -1;
		rewind(kept);
		n = fread(heard, 1, sizeof(heard) - 1, kept);
		(void)fclose(kept);
		heard[n] = '\0';
	}
	return (heard);
}
