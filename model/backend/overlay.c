/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend that leaves the one below as it is: what is written stays in
 * memory, by pages, and is gone when the overlay is closed.  For runs that
 * write to an image that somebody still needs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/backend.h"

#define OVERLAY_PAGE 4096

struct overlay_page {
	struct overlay_page *next; /* in its bucket */
	uint64_t number;
	uint8_t bytes[OVERLAY_PAGE];
};

struct backend_overlay {
	struct backend backend;
	struct backend *below;
	struct overlay_page **buckets;
	size_t nbuckets; /* a power of two */
	size_t npages;
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

/* The page as it is below; the last one of the backend may be short. */
static int
overlay_fill(struct backend_overlay *overlay, struct overlay_page *page)
{
	uint64_t offset = page->number * OVERLAY_PAGE;
	uint64_t left = overlay->backend.size - offset;
	struct iovec iov = {
		.iov_base = page->bytes,
		.iov_len = left < OVERLAY_PAGE ? (size_t)left : OVERLAY_PAGE,
	};

	return (backend_preadv(overlay->below, &iov, 1, offset));
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

/* One piece of a transfer, inside one page. */
static int
overlay_read(struct backend_overlay *overlay, uint8_t *to, size_t length,
    uint64_t offset)
{
	struct overlay_page *page;
	struct iovec iov = { .iov_base = to, .iov_len = length };

	page = overlay_find(overlay, offset / OVERLAY_PAGE);
	if (page == NULL)
		return (backend_preadv(overlay->below, &iov, 1, offset));
	memcpy(to, page->bytes + offset % OVERLAY_PAGE, length);
	return (0);
}

static int
overlay_write(struct backend_overlay *overlay, uint8_t *from, size_t length,
    uint64_t offset)
{
	struct overlay_page *page;
	int error;

	error = overlay_make(overlay, offset / OVERLAY_PAGE, &page);
	if (error == 0)
		memcpy(page->bytes + offset % OVERLAY_PAGE, from, length);
	return (error);
}

typedef int overlay_piece(struct backend_overlay *overlay, uint8_t *bytes,
    size_t length, uint64_t offset);

static int
overlay_transfer(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset, overlay_piece *piece)
{
	struct backend_overlay *overlay = backend_overlay_of(backend);
	size_t done, length;
	unsigned i;
	int error;

	for (i = 0; i < iovcnt; i++) {
		for (done = 0; done < iov[i].iov_len; done += length) {
			length = OVERLAY_PAGE - (size_t)(offset % OVERLAY_PAGE);
			if (length > iov[i].iov_len - done)
				length = iov[i].iov_len - done;
			error = piece(overlay,
			    (uint8_t *)iov[i].iov_base + done, length, offset);
			if (error != 0)
				return (error);
			offset += length;
		}
	}
	return (0);
}

static int
backend_overlay_preadv(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	return (overlay_transfer(backend, iov, iovcnt, offset, overlay_read));
}

static int
backend_overlay_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	return (overlay_transfer(backend, iov, iovcnt, offset, overlay_write));
}

static int
backend_overlay_flush(struct backend *backend)
{
	/* What is above is meant to be lost; below, nothing was written. */
	(void)backend;
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
	backend_close(overlay->below);
	free(overlay);
}

static const struct backend_ops backend_overlay_ops = {
	.preadv = backend_overlay_preadv,
	.pwritev = backend_overlay_pwritev,
	.flush = backend_overlay_flush,
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
	overlay->below = below;
	*backend = &overlay->backend;
	return (0);
}
