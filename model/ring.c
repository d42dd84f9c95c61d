/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Chains as streams of bytes: what does not depend on the ring's format.
 */
#include "model/ring.h"

#include <assert.h>
#include <string.h>

void
vring_copy_in(const struct vring_chain *chain, size_t offset, void *buffer,
    size_t length)
{
	const struct vring_segment *seg;
	uint8_t *to = buffer;
	size_t part;

	assert(offset <= chain->readable);
	assert(length <= chain->readable - offset);
	for (seg = chain->segs; length > 0; seg++) {
		if (offset >= seg->length) {
			offset -= seg->length;
			continue;
		}
		part = seg->length - offset;
		if (part > length)
			part = length;
		memcpy(to, seg->host + offset, part);
		to += part;
		length -= part;
		offset = 0;
	}
	/* The copy is what gets checked: it must not be fetched again. */
	__asm__ volatile("" ::: "memory");
}

void
vring_copy_out(const struct vring_chain *chain, size_t offset,
    const void *buffer, size_t length)
{
	const struct vring_segment *seg;
	const uint8_t *from = buffer;
	size_t part;

	assert(offset <= chain->writable);
	assert(length <= chain->writable - offset);
	for (seg = chain->segs + chain->nreadable; length > 0; seg++) {
		if (offset >= seg->length) {
			offset -= seg->length;
			continue;
		}
		part = seg->length - offset;
		if (part > length)
			part = length;
		memcpy(seg->host + offset, from, part);
		from += part;
		length -= part;
		offset = 0;
	}
}
