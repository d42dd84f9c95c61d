/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, device side (virtio 1.3, section 2.7): its life, and
 * how chains are taken and given.  Who is told of them is in ring_event.c.
 */
#include "model/ring.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/device.h"
#include "model/report.h"
#include "model/ring_access.h"
#include "model/wire/config.h"

/* The longest chain that the driver may build (section 2.7.5.2), bytes. */
#define CHAIN_BYTES_MAX (UINT64_C(1) << 32)

/*
 * --- access ---
 */

/*
 * A scheduling point before an access.  false when the driver has used it to
 * reset the device, even if it has set it up again since.
 */
static bool
ring_point(struct vring *ring, uint32_t generation)
{
	const struct vdev_host *host = ring->dev->host;

	if (host->ring_point != NULL)
		host->ring_point(host->arg);
	return (ring->generation == generation);
}

bool
ring_touch_slow(struct vring *ring, uint32_t generation,
    const struct vring_area *area, uint32_t offset, uint32_t length,
    enum gmem_access access)
{
	const struct vdev_host *host = ring->dev->host;
	const char *why;

	if (!ring_point(ring, generation))
		return (false);
	if (host->mem.probe == NULL)
		return (true);
	if (gmem_map(&host->mem, area->gpa + offset, length, access, &why) !=
	    NULL)
		return (true);
	vring_break(ring, "2.7", "ring memory at %#llx, %u bytes: %s",
	    (unsigned long long)(area->gpa + offset), length, why);
	return (false);
}

/*
 * --- life ---
 */

bool
vring_init(struct vring *ring, struct vdev *dev, uint16_t queue,
    uint16_t max_size)
{
	assert(max_size > 0 && max_size <= VIRTQ_SIZE_MAX);
	memset(ring, 0, sizeof(*ring));
	ring->dev = dev;
	ring->queue = queue;
	ring->max_size = max_size;
	/* One more than a chain may have: the one that names a table. */
	ring->descs = calloc(max_size + 1u, sizeof(*ring->descs));
	ring->indices = calloc(max_size + 1u, sizeof(*ring->indices));
	ring->segs = calloc(max_size, sizeof(*ring->segs));
	if (ring->descs == NULL || ring->indices == NULL ||
	    ring->segs == NULL) {
		vring_fini(ring);
		return (false);
	}
	return (true);
}

void
vring_fini(struct vring *ring)
{
	free(ring->descs);
	free(ring->indices);
	free(ring->segs);
	memset(ring, 0, sizeof(*ring));
}

void
vring_break(struct vring *ring, const char *clause, const char *fmt, ...)
{
	va_list ap;

	ring->dev->reports++;
	va_start(ap, fmt);
	model_vreport(ring->dev->host, ring->dev->name, ring->queue, clause,
	    fmt, ap);
	va_end(ap);
	ring->broken = true;
	vdev_needs_reset(ring->dev);
}

static bool
ring_map_area(struct vring *ring, struct vring_area *area, const char *what,
    uint64_t gpa, uint32_t align, uint32_t length, enum gmem_access access)
{
	const char *why;

	if (gpa % align != 0) {
		vring_break(ring, "2.7.1",
		    "%s at %#llx is not a multiple of %u", what,
		    (unsigned long long)gpa, align);
		return (false);
	}
	area->gpa = gpa;
	area->host = gmem_map(&ring->dev->host->mem, gpa, length, access, &why);
	if (area->host == NULL) {
		vring_break(ring, "2.7", "%s at %#llx, %u bytes: %s", what,
		    (unsigned long long)gpa, length, why);
		return (false);
	}
	/* A region mapped askew cannot hold words that are read at once. */
	if ((uintptr_t)area->host % align != 0) {
		vring_break(ring, "2.7.1",
		    "%s at %#llx is in memory that is mapped unaligned", what,
		    (unsigned long long)gpa);
		return (false);
	}
	return (true);
}

bool
vring_enable(struct vring *ring, const struct vring_layout *layout,
    uint64_t features)
{
	uint32_t size = layout->size;
	uint16_t flags;

	vring_disable(ring);
	if (size == 0 || size > ring->max_size || (size & (size - 1)) != 0) {
		vring_break(ring, "2.7",
		    "queue size %u is not a power of two up to %u", size,
		    ring->max_size);
		return (false);
	}
	if (!ring_map_area(ring, &ring->desc, "descriptor table", layout->desc,
		VIRTQ_DESC_ALIGN, VIRTQ_DESC_BYTES(size), GMEM_READ) ||
	    !ring_map_area(ring, &ring->avail, "available ring", layout->driver,
		VIRTQ_AVAIL_ALIGN, VIRTQ_AVAIL_BYTES(size), GMEM_READ) ||
	    !ring_map_area(ring, &ring->used, "used ring", layout->device,
		VIRTQ_USED_ALIGN, VIRTQ_USED_BYTES(size), GMEM_WRITE))
		return (false);
	ring->size = layout->size;
	ring->mask = layout->size - 1;
	ring->next_avail = 0;
	ring->next_used = 0;
	ring->untold = 0;
	ring->indirect = (features >> VIRTIO_RING_F_INDIRECT_DESC) & 1;
	ring->event_idx = (features >> VIRTIO_RING_F_EVENT_IDX) & 1;
	ring->flags_reported = false;
	ring->broken = false;
	ring->enabled = true;
	flags = wire16(__atomic_load_n(
	    (le16 *)(void *)(ring->used.host + RING_FLAGS), __ATOMIC_RELAXED));
	if (flags != 0) {
		vdev_report(ring->dev, ring->queue, "2.7.10.1",
		    "used ring flags are %#x, not 0, at enable", flags);
	}
	/* Nobody else need have cleared this one, and it is ours to write. */
	if (ring->event_idx)
		__atomic_store_n(
		    ring_event_at(&ring->used, ring_avail_event(ring)),
		    wire16(ring->next_avail), __ATOMIC_RELAXED);
	return (true);
}

void
vring_disable(struct vring *ring)
{
	ring->enabled = false;
	ring->broken = false;
	ring->generation++;
}

/*
 * --- taking ---
 */

/* A chain under construction. */
struct ring_walk {
	struct vring *ring;
	struct vring_chain *chain;
	uint32_t generation;
	uint16_t ndescs; /* in ring->descs, table entries included */
	uint16_t nring;	 /* of them, in the ring */
};

/* Checks a buffer and appends it to the chain. */
static bool
ring_add_segment(struct ring_walk *walk, const struct virtq_desc *desc)
{
	struct vring *ring = walk->ring;
	struct vring_chain *chain = walk->chain;
	struct vring_segment *seg = &ring->segs[chain->nsegs];
	const char *why;

	seg->gpa = wire64(desc->addr);
	seg->length = wire32(desc->len);
	seg->writable = (wire16(desc->flags) & VIRTQ_DESC_F_WRITE) != 0;
	if (unlikely(seg->length == 0)) {
		vring_break(ring, "2.7.5",
		    "chain %u: descriptor %u of it has no length", chain->head,
		    chain->nsegs);
		return (false);
	}
	if (unlikely(!seg->writable && chain->writable != 0)) {
		vring_break(ring, "2.7.4.2",
		    "chain %u: descriptor %u of it is device-readable after "
		    "a device-writable one",
		    chain->head, chain->nsegs);
		return (false);
	}
	if (unlikely(chain->readable + chain->writable + seg->length >
		CHAIN_BYTES_MAX)) {
		vring_break(ring, "2.7.5.2",
		    "chain %u is longer than 2^32 bytes", chain->head);
		return (false);
	}
	seg->host = gmem_map(&ring->dev->host->mem, seg->gpa, seg->length,
	    seg->writable ? GMEM_WRITE : GMEM_READ, &why);
	if (unlikely(seg->host == NULL)) {
		vring_break(ring, "2.7.5",
		    "chain %u: buffer at %#llx, %u bytes: %s", chain->head,
		    (unsigned long long)seg->gpa, seg->length, why);
		return (false);
	}
	chain->nsegs++;
	if (seg->writable) {
		chain->writable += seg->length;
	} else {
		chain->readable += seg->length;
		chain->nreadable++;
	}
	return (true);
}

/* The rest of the chain lies in a table elsewhere (section 2.7.5.3). */
static bool
ring_walk_table(struct ring_walk *walk, const struct virtq_desc *where)
{
	struct vring *ring = walk->ring;
	const struct vdev_host *host = ring->dev->host;
	uint32_t length = wire32(where->len), entries = length / sizeof(*where);
	uint16_t head = walk->chain->head;
	struct vring_area table = { .gpa = wire64(where->addr) };
	struct virtq_desc *desc;
	uint32_t at, flags;
	const char *why;

	if (!ring->indirect || (wire16(where->flags) & VIRTQ_DESC_F_NEXT)) {
		vring_break(ring, "2.7.5.3.1",
		    "chain %u: an indirect descriptor %s", head,
		    ring->indirect ? "has a next one" : "was not negotiated");
		return (false);
	}
	if (entries == 0 || length % sizeof(*where) != 0) {
		vring_break(ring, "2.7.5.3",
		    "chain %u: an indirect table of %u bytes", head, length);
		return (false);
	}
	/* All of what the driver calls the table has to be there. */
	table.host = gmem_map(&host->mem, table.gpa, length, GMEM_READ, &why);
	if (table.host == NULL) {
		vring_break(ring, "2.7.5.3",
		    "chain %u: indirect table at %#llx, %u bytes: %s", head,
		    (unsigned long long)table.gpa, length, why);
		return (false);
	}
	for (at = 0;; at = wire16(desc->next)) {
		if (at >= entries || walk->chain->nsegs == ring->size) {
			vring_break(ring,
			    at >= entries ? "2.7.5.3" : "2.7.5.3.1",
			    "chain %u: entry %u of a table of %u, after %u "
			    "buffers in a queue of %u",
			    head, at, entries, walk->chain->nsegs, ring->size);
			return (false);
		}
		desc = &ring->descs[walk->ndescs];
		if (!ring_load_entry(ring, walk->generation, &table, at, desc))
			return (false);
		walk->ndescs++;
		flags = wire16(desc->flags);
		if (flags & VIRTQ_DESC_F_INDIRECT) {
			vring_break(ring, "2.7.5.3.1",
			    "chain %u: indirect inside a table", head);
			return (false);
		}
		if (!ring_add_segment(walk, desc))
			return (false);
		if ((flags & VIRTQ_DESC_F_NEXT) == 0)
			return (true);
	}
}

static bool
ring_walk_chain(struct ring_walk *walk)
{
	struct vring *ring = walk->ring;
	uint16_t at = walk->chain->head;
	struct virtq_desc *desc;
	uint16_t flags;

	for (;;) {
		if (unlikely(walk->nring == ring->size)) {
			vring_break(ring, "2.7.5.2",
			    "chain %u has more than %u descriptors: a loop",
			    walk->chain->head, ring->size);
			return (false);
		}
		desc = &ring->descs[walk->ndescs];
		if (!ring_load_desc(ring, walk->generation, at, desc))
			return (false);
		ring->indices[walk->nring++] = at;
		walk->ndescs++;
		flags = wire16(desc->flags);
		if (unlikely(flags & VIRTQ_DESC_F_INDIRECT))
			return (ring_walk_table(walk, desc));
		if (!ring_add_segment(walk, desc))
			return (false);
		if ((flags & VIRTQ_DESC_F_NEXT) == 0)
			return (true);
		at = wire16(desc->next);
		if (unlikely(at >= ring->size)) {
			vring_break(ring, "2.7.5",
			    "chain %u: next is %u in a queue of %u",
			    walk->chain->head, at, ring->size);
			return (false);
		}
	}
}

static __attribute__((noinline, cold)) void
ring_tell_take(const struct ring_walk *walk)
{
	const struct vring *ring = walk->ring;
	const struct vdev_host *host = ring->dev->host;
	struct model_event event = {
		.type = MODEL_TAKE,
		.device = ring->dev->name,
		.queue = ring->queue,
	};

	event.take.head = walk->chain->head;
	event.take.count = walk->nring;
	event.take.descs = ring->descs;
	event.take.indices = ring->indices;
	event.take.table_count = walk->ndescs - walk->nring;
	event.take.table = ring->descs + walk->nring;
	host->event(host->event_arg, &event);
}

bool
vring_pending(struct vring *ring)
{
	uint16_t idx;

	return (ring->enabled && !ring->broken &&
	    ring_load16(ring, ring->generation, &ring->avail, RING_IDX, &idx) &&
	    idx != ring->next_avail);
}

enum vring_result
vring_take(struct vring *ring, struct vring_chain *chain)
{
	struct ring_walk walk = {
		.ring = ring,
		.chain = chain,
		.generation = ring->generation,
	};
	uint16_t idx, pending, slot;

	if (unlikely(!ring->enabled || ring->broken))
		return (VRING_STOPPED);
	if (!ring_load16(ring, walk.generation, &ring->avail, RING_IDX, &idx))
		return (VRING_STOPPED);
	pending = idx - ring->next_avail;
	if (pending == 0)
		return (VRING_EMPTY);
	if (unlikely(pending > ring->size)) {
		vring_break(ring, "2.7.6.1",
		    "available idx went from %u to %u in a queue of %u",
		    ring->next_avail, idx, ring->size);
		return (VRING_STOPPED);
	}
	chain->nsegs = 0;
	chain->nreadable = 0;
	chain->readable = 0;
	chain->writable = 0;
	chain->generation = walk.generation;
	chain->segs = ring->segs;
	slot = ring->next_avail & ring->mask;
	if (!ring_load16(ring, walk.generation, &ring->avail,
		AVAIL_RING + slot * sizeof(le16), &chain->head))
		return (VRING_STOPPED);
	if (unlikely(chain->head >= ring->size)) {
		vring_break(ring, "2.7.6",
		    "available ring entry %u is %u in a queue of %u", slot,
		    chain->head, ring->size);
		return (VRING_STOPPED);
	}
	if (!ring_walk_chain(&walk))
		return (VRING_STOPPED);
	ring->next_avail++;
	if (unlikely(ring->dev->host->event != NULL))
		ring_tell_take(&walk);
	return (VRING_TAKEN);
}

/*
 * --- giving back ---
 */

static __attribute__((noinline, cold)) void
ring_tell_give(const struct vring *ring, uint32_t id, uint32_t length)
{
	const struct vdev_host *host = ring->dev->host;
	struct model_event event = {
		.type = MODEL_GIVE,
		.device = ring->dev->name,
		.queue = ring->queue,
	};

	event.give.id = id;
	event.give.length = length;
	host->event(host->event_arg, &event);
}

bool
vring_put(struct vring *ring, const struct vring_chain *chain, uint32_t written)
{
	uint32_t generation = chain->generation;
	struct virtq_used_elem *elem;
	uint32_t offset;

	assert(written <= chain->writable);
	if (unlikely(ring->generation != generation || ring->broken))
		return (false);
	offset = USED_RING + (ring->next_used & ring->mask) * sizeof(*elem);
	if (!ring_touch(ring, generation, &ring->used, offset, sizeof(*elem),
		GMEM_WRITE))
		return (false);
	elem = (struct virtq_used_elem *)(void *)(ring->used.host + offset);
	__atomic_store_n(&elem->id, wire32(chain->head), __ATOMIC_RELAXED);
	__atomic_store_n(&elem->len, wire32(written), __ATOMIC_RELAXED);
	ring->next_used++;
	ring->untold++;
	/* Told first: whoever sees the index may find the event behind it. */
	if (unlikely(ring->dev->host->event != NULL))
		ring_tell_give(ring, chain->head, written);
	return (true);
}

bool
vring_publish(struct vring *ring, uint32_t generation)
{
	if (unlikely(ring->generation != generation || ring->broken))
		return (false);
	if (!ring_touch(ring, generation, &ring->used, RING_IDX, 2, GMEM_WRITE))
		return (false);
	/*
	 * Release: the elements and the data must be seen by whoever sees the
	 * index (section 2.7.8.2).
	 */
	__atomic_store_n((le16 *)(void *)(ring->used.host + RING_IDX),
	    wire16(ring->next_used), __ATOMIC_RELEASE);
	return (true);
}

bool
vring_give(struct vring *ring, const struct vring_chain *chain,
    uint32_t written)
{
	return (vring_put(ring, chain, written) &&
	    vring_publish(ring, chain->generation));
}

/*
 * --- putting back ---
 */

void
vring_untake(struct vring *ring, const struct vring_chain *chains,
    unsigned count)
{
	const struct vdev_host *host = ring->dev->host;
	struct model_event event = {
		.type = MODEL_UNTAKE,
		.device = ring->dev->name,
		.queue = ring->queue,
	};

	/* After a reset they are nobody's. */
	if (count == 0 || ring->generation != chains[0].generation ||
	    ring->broken)
		return;
	ring->next_avail -= count;
	while (host->event != NULL && count > 0) {
		event.untake.head = chains[--count].head;
		host->event(host->event_arg, &event);
	}
}
