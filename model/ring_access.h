/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Access to the three areas of a split ring.  Private to the ring.
 *
 * Words that the driver may change at any time are read through the
 * ring_load functions only: each call reads memory once, after letting the
 * driver run if the host wants that, and after asking the memory's probe if
 * it has one.
 */
#ifndef RINGSIDE_MODEL_RING_ACCESS_H
#define RINGSIDE_MODEL_RING_ACCESS_H

#include <string.h>

#include "model/device.h"
#include "model/ring.h"

#define likely(c)   __builtin_expect(!!(c), 1)
#define unlikely(c) __builtin_expect(!!(c), 0)

/* Offsets inside the available and used areas. */
#define RING_FLAGS offsetof(struct virtq_avail, flags)
#define RING_IDX   offsetof(struct virtq_avail, idx)
#define AVAIL_RING offsetof(struct virtq_avail, ring)
#define USED_RING  offsetof(struct virtq_used, ring)

_Static_assert(offsetof(struct virtq_used, flags) == RING_FLAGS, "flags");
_Static_assert(offsetof(struct virtq_used, idx) == RING_IDX, "idx");

/* Where the driver says when it wants to hear of used chains (2.7.6). */
static inline uint32_t
ring_used_event(const struct vring *ring)
{
	return (AVAIL_RING + ring->size * sizeof(le16));
}

/* Where the device says the same of available ones (2.7.8). */
static inline uint32_t
ring_avail_event(const struct vring *ring)
{
	return (USED_RING + ring->size * sizeof(struct virtq_used_elem));
}

static inline le16 *
ring_event_at(const struct vring_area *area, uint32_t offset)
{
	return ((le16 *)(void *)(area->host + offset));
}

/* ring_touch() where somebody wants to know. */
bool ring_touch_slow(struct vring *ring, uint32_t generation,
    const struct vring_area *area, uint32_t offset, uint32_t length,
    enum gmem_access access) __attribute__((noinline, cold));

/* Whether the ring is still there, and the memory may be used. */
static inline bool
ring_touch(struct vring *ring, uint32_t generation,
    const struct vring_area *area, uint32_t offset, uint32_t length,
    enum gmem_access access)
{
	const struct vdev_host *host = ring->dev->host;

	if (likely(host->ring_point == NULL && host->mem.probe == NULL))
		return (true);
	return (
	    ring_touch_slow(ring, generation, area, offset, length, access));
}

static inline bool
ring_load16(struct vring *ring, uint32_t generation,
    const struct vring_area *area, uint32_t offset, uint16_t *value)
{
	if (!ring_touch(ring, generation, area, offset, 2, GMEM_READ))
		return (false);
	/*
	 * Acquire costs nothing here and is needed for the index: what it
	 * makes available must not be read before it (section 2.7.13).
	 */
	*value = wire16(__atomic_load_n((le16 *)(void *)(area->host + offset),
	    __ATOMIC_ACQUIRE));
	return (true);
}

static inline bool
ring_store16(struct vring *ring, uint32_t generation,
    const struct vring_area *area, uint32_t offset, uint16_t value)
{
	if (!ring_touch(ring, generation, area, offset, 2, GMEM_WRITE))
		return (false);
	__atomic_store_n((le16 *)(void *)(area->host + offset), wire16(value),
	    __ATOMIC_RELAXED);
	return (true);
}

static inline bool
ring_load_desc(struct vring *ring, uint32_t generation, uint16_t index,
    struct virtq_desc *desc)
{
	uint32_t offset = index * sizeof(*desc);
	struct virtq_desc *from;

	if (!ring_touch(ring, generation, &ring->desc, offset, sizeof(*desc),
		GMEM_READ))
		return (false);
	from = (struct virtq_desc *)(void *)(ring->desc.host + offset);
	desc->addr = __atomic_load_n(&from->addr, __ATOMIC_RELAXED);
	desc->len = __atomic_load_n(&from->len, __ATOMIC_RELAXED);
	desc->flags = __atomic_load_n(&from->flags, __ATOMIC_RELAXED);
	desc->next = __atomic_load_n(&from->next, __ATOMIC_RELAXED);
	return (true);
}

/* An entry of an indirect table, which may lie at any address. */
static inline bool
ring_load_entry(struct vring *ring, uint32_t generation,
    const struct vring_area *table, uint16_t index, struct virtq_desc *desc)
{
	uint32_t offset = index * sizeof(*desc);

	if (!ring_touch(ring, generation, table, offset, sizeof(*desc),
		GMEM_READ))
		return (false);
	memcpy(desc, table->host + offset, sizeof(*desc));
	/* The copy is what gets checked: it must not be fetched again. */
	__asm__ volatile("" ::: "memory");
	return (true);
}

#endif /* !RINGSIDE_MODEL_RING_ACCESS_H */
