/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend that leaves the one below as it is: what is written stays in
 * memory, by pages, and is gone when the overlay is closed.  For runs that
 * write to an image that somebody still needs.
 *
 * A page is the overlay's own; or else it reads as zeros; or else it is what
 * lies below.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/backend.h"
#include "model/backend/rangeset.h"

#define OVERLAY_PAGE 4096

struct overlay_page {
	struct overlay_page *next; /* in its bucket */
	uint64_t number;
	uint8_t bytes[OVERLAY_PAGE];
};

struct backend_overlay {
	struct backend backend;
	struct backend *below;
	uint64_t below_size; /* bytes of it that are still visible */
	struct overlay_page **buckets;
	size_t nbuckets; /* a power of two */
	size_t npages;
	struct rangeset zeros; /* pages */
};

static struct backend_overlay *
backend_overlay_of(struct backend *backend)
{
	return ((struct backend_overlay *)(void *)backend);
}

static struct overlay_page **
overlay_bucket(struct backend_overlay *overlay, uint64_t number)
{
	uint64_t h = number * UINT64_C(0x9e3779b97f4a7c15);

	return (&overlay->buckets[(h >> 32) & (overlay->nbuckets - 1)]);
}

static struct overlay_page *
overlay_find(struct backend_overlay *overlay, uint64_t number)
{
	struct overlay_page *page = *overlay_bucket(overlay, number);

	while (page != NULL && page->number != number)
		page = page->next;
	return (page);
}

/* Twice the buckets; with no memory for them, chains just grow longer. */
static void
overlay_grow(struct backend_overlay *overlay)
{
	struct overlay_page **old = overlay->buckets, **place, *page;
	size_t nold = overlay->nbuckets, i;

	overlay->buckets = calloc(nold * 2, sizeof(*overlay->buckets));
	if (overlay->buckets == NULL) {
		overlay->buckets = old;
		return;
	}
	overlay->nbuckets = nold * 2;
	for (i = 0; i < nold; i++) {
		while ((page = old[i]) != NULL) {
			old[i] = page->next;
			place = overlay_bucket(overlay, page->number);
			page->next = *place;
			*place = page;
		}
	}
	free(old);
}

/* What lies below, and zeros where there is nothing. */
static int
overlay_below(struct backend_overlay *overlay, uint8_t *to, uint64_t length,
    uint64_t offset)
{
	uint64_t part;
	struct iovec iov;
	int error;

	part = offset >= overlay->below_size ? 0 : overlay->below_size - offset;
	if (part > length)
		part = length;
	memset(to + part, 0, length - part);
	if (part == 0)
		return (0);
	iov.iov_base = to;
	iov.iov_len = part;
	error = backend_preadv(overlay->below, &iov, 1, offset);
	overlay->backend.error.hint = overlay->below->error.hint;
	return (error);
}

/* The page as it has been so far. */
static int
overlay_fill(struct backend_overlay *overlay, struct overlay_page *page)
{
	uint64_t end;

	if (rangeset_has(&overlay->zeros, page->number, &end))
		return (0);
	return (overlay_below(overlay, page->bytes, OVERLAY_PAGE,
	    page->number * OVERLAY_PAGE));
}

static int
overlay_make(struct backend_overlay *overlay, uint64_t number,
    struct overlay_page **result)
{
	struct overlay_page *page, **place;
	int error;

	*result = overlay_find(overlay, number);
	if (*result != NULL)
		return (0);
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return (ENOMEM);
	page->number = number;
	error = overlay_fill(overlay, page);
	if (error != 0) {
		free(page);
		return (error);
	}
	if (overlay->npages >= overlay->nbuckets)
		overlay_grow(overlay);
	place = overlay_bucket(overlay, number);
	page->next = *place;
	*place = page;
	overlay->npages++;
	*result = page;
	return (0);
}

/* Forgets a page that is the overlay's own. */
static void
overlay_drop(struct backend_overlay *overlay, struct overlay_page **place)
{
	struct overlay_page *page = *place;

	*place = page->next;
	free(page);
	overlay->npages--;
}

/* Forgets all of them in a range, which may be much longer than they are. */
static void
overlay_drop_range(struct backend_overlay *overlay, uint64_t first,
    uint64_t end)
{
	struct overlay_page **place;
	uint64_t number;
	size_t i;

	if (end - first < overlay->nbuckets) {
		for (number = first; number < end; number++) {
			place = overlay_bucket(overlay, number);
			while (*place != NULL && (*place)->number != number)
				place = &(*place)->next;
			if (*place != NULL)
				overlay_drop(overlay, place);
		}
		return;
	}
	for (i = 0; i < overlay->nbuckets; i++) {
		place = &overlay->buckets[i];
		while (*place != NULL) {
			if ((*place)->number >= first && (*place)->number < end)
				overlay_drop(overlay, place);
			else
				place = &(*place)->next;
		}
	}
}

/*
 * --- transfers ---
 */

/* How much of `length` at `offset` lies in pages that are not the overlay's. */
static uint64_t
overlay_run(struct backend_overlay *overlay, uint64_t offset, uint64_t length)
{
	uint64_t next;

	for (next = offset - offset % OVERLAY_PAGE; next < offset + length;
	     next += OVERLAY_PAGE)
		if (overlay->npages != 0 &&
		    overlay_find(overlay, next / OVERLAY_PAGE) != NULL)
			break;
	return (next < offset + length ? next - offset : length);
}

/* Reads a part, from one source; `length` becomes how much that was. */
static int
overlay_read(struct backend_overlay *overlay, uint8_t *to, uint64_t *length,
    uint64_t offset)
{
	const uint64_t number = offset / OVERLAY_PAGE;
	const uint64_t within = offset % OVERLAY_PAGE;
	struct overlay_page *page;
	uint64_t end;
	bool zeros;

	page = overlay_find(overlay, number);
	if (page != NULL) {
		if (*length > OVERLAY_PAGE - within)
			*length = OVERLAY_PAGE - within;
		memcpy(to, page->bytes + within, *length);
		return (0);
	}
	*length = overlay_run(overlay, offset, *length);
	zeros = rangeset_has(&overlay->zeros, number, &end);
	if (end <= (offset + *length) / OVERLAY_PAGE)
		*length = end * OVERLAY_PAGE - offset;
	if (!zeros)
		return (overlay_below(overlay, to, *length, offset));
	memset(to, 0, *length);
	return (0);
}

/* The same for writing, or zeroing when `from` is NULL. */
static int
overlay_write(struct backend_overlay *overlay, const uint8_t *from,
    uint64_t *length, uint64_t offset)
{
	const uint64_t within = offset % OVERLAY_PAGE;
	struct overlay_page *page;
	int error;

	if (*length > OVERLAY_PAGE - within)
		*length = OVERLAY_PAGE - within;
	error = overlay_make(overlay, offset / OVERLAY_PAGE, &page);
	if (error != 0)
		return (error);
	if (from != NULL)
		memcpy(page->bytes + within, from, *length);
	else
		memset(page->bytes + within, 0, *length);
	return (0);
}

static int
backend_overlay_preadv(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	struct backend_overlay *overlay = backend_overlay_of(backend);
	uint64_t done, length;
	unsigned i;
	int error;

	for (i = 0; i < iovcnt; i++) {
		for (done = 0; done < iov[i].iov_len; done += length) {
			length = iov[i].iov_len - done;
			error = overlay_read(overlay,
			    (uint8_t *)iov[i].iov_base + done, &length, offset);
			if (error != 0)
				return (error);
			offset += length;
		}
	}
	return (0);
}

static int
backend_overlay_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	struct backend_overlay *overlay = backend_overlay_of(backend);
	uint64_t done, length;
	unsigned i;
	int error;

	for (i = 0; i < iovcnt; i++) {
		for (done = 0; done < iov[i].iov_len; done += length) {
			length = iov[i].iov_len - done;
			error = overlay_write(overlay,
			    (const uint8_t *)iov[i].iov_base + done, &length,
			    offset);
			if (error != 0)
				return (error);
			offset += length;
		}
	}
	return (0);
}

static int
backend_overlay_flush(struct backend *backend)
{
	/* What is above is meant to be lost; below, nothing was written. */
	(void)backend;
	return (0);
}

/*
 * --- ranges ---
 */

/* Whole pages by name, so that a range may be as long as the disk. */
static int
overlay_zero(struct backend_overlay *overlay, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length, first, last, part;
	int error;

	first = (offset + OVERLAY_PAGE - 1) / OVERLAY_PAGE;
	last = end / OVERLAY_PAGE;
	if (first < last) {
		if (!rangeset_add(&overlay->zeros, first, last))
			return (ENOMEM);
		overlay_drop_range(overlay, first, last);
	}
	while (offset < end) {
		if (first < last && offset == first * OVERLAY_PAGE) {
			offset = last * OVERLAY_PAGE;
			continue;
		}
		part = end - offset;
		error = overlay_write(overlay, NULL, &part, offset);
		if (error != 0)
			return (error);
		offset += part;
	}
	return (0);
}

static int
backend_overlay_discard(struct backend *backend, uint64_t offset,
    uint64_t length)
{
	return (overlay_zero(backend_overlay_of(backend), offset, length));
}

static int
backend_overlay_write_zeroes(struct backend *backend, uint64_t offset,
    uint64_t length, bool may_unmap)
{
	(void)may_unmap;
	return (overlay_zero(backend_overlay_of(backend), offset, length));
}

static int
backend_overlay_resize(struct backend *backend, uint64_t size)
{
	struct backend_overlay *overlay = backend_overlay_of(backend);
	int error;

	/* What is cut off must not come back when it grows again. */
	if (size < backend->size) {
		error = overlay_zero(overlay, size, backend->size - size);
		if (error != 0)
			return (error);
	}
	backend->size = size;
	return (0);
}

static void
backend_overlay_close(struct backend *backend)
{
	struct backend_overlay *overlay = backend_overlay_of(backend);
	struct overlay_page *page;
	size_t i;

	for (i = 0; i < overlay->nbuckets; i++) {
		while ((page = overlay->buckets[i]) != NULL) {
			overlay->buckets[i] = page->next;
			free(page);
		}
	}
	free(overlay->buckets);
	rangeset_fini(&overlay->zeros);
	backend_close(overlay->below);
	free(overlay);
}

static const struct backend_ops backend_overlay_ops = {
	.preadv = backend_overlay_preadv,
	.pwritev = backend_overlay_pwritev,
	.flush = backend_overlay_flush,
	.discard = backend_overlay_discard,
	.write_zeroes = backend_overlay_write_zeroes,
	.resize = backend_overlay_resize,
	.close = backend_overlay_close,
};

int
backend_overlay_new(struct backend *below, struct backend **backend)
{
	struct backend_overlay *overlay;

	overlay = calloc(1, sizeof(*overlay));
	if (overlay == NULL)
		return (ENOMEM);
	overlay->nbuckets = 1024;
	overlay->buckets = calloc(overlay->nbuckets, sizeof(*overlay->buckets));
	if (overlay->buckets == NULL) {
		free(overlay);
		return (ENOMEM);
	}
	overlay->backend.ops = &backend_overlay_ops;
	overlay->backend.size = below->size;
	overlay->backend.can_discard = true;
	overlay->backend.discard_zeroes = true;
	overlay->backend.block_size = below->block_size;
	overlay->backend.discard_granularity = OVERLAY_PAGE;
	overlay->backend.name = below->name;
	overlay->below = below;
	overlay->below_size = below->size;
	*backend = &overlay->backend;
	return (0);
}
