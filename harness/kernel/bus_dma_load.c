/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): loading a buffer into a map.
 *
 * A buffer is walked piece by physically contiguous piece; pieces join the
 * segment before them where they continue it, and are cut at the tag's
 * maximal segment size and boundary.  What the device cannot reach is
 * replaced by bounce pages, counted before any is taken, so that a load
 * either has all that it needs or waits (or fails) having nothing.
 */
#include "kernel/bus_dma_var.h"

#include <sys/bio.h>
#include <sys/uio.h>
#include <vm/vm.h>
#include <vm/pmap.h>

/*
 * --- segments ---
 */

static int
seg_append(struct bus_dmamap *map, bus_addr_t pa, bus_size_t size)
{
	const struct bus_dma_tag *tag = map->tag;

	if (map->nsegs >= tag->nsegments)
		return (EFBIG);
	if (__predict_false(map->nsegs == map->maxsegs)) {
		/* An unrestricted tag with a load of many thousand pages. */
		map->maxsegs *= 2;
		map->segs =
		    host_realloc(map->segs, map->maxsegs * sizeof(*map->segs));
	}
	map->segs[map->nsegs].ds_addr = pa;
	map->segs[map->nsegs++].ds_len = size;
	return (0);
}

static int
seg_add(struct bus_dmamap *map, bus_addr_t pa, bus_size_t size)
{
	const struct bus_dma_tag *tag = map->tag;
	bus_dma_segment_t *last;
	bus_size_t part, room;
	int error;

	while (size > 0) {
		part = MIN(size, tag->maxsegsz);
		if (tag->boundary != 0) {
			room = tag->boundary - (pa & (tag->boundary - 1));
			part = MIN(part, room);
		}
		last = map->nsegs > 0 ? &map->segs[map->nsegs - 1] : NULL;
		if (last != NULL && last->ds_addr + last->ds_len == pa &&
		    last->ds_len < tag->maxsegsz &&
		    (tag->boundary == 0 || (pa & (tag->boundary - 1)) != 0)) {
			part = MIN(part, tag->maxsegsz - last->ds_len);
			last->ds_len += part;
		} else {
			error = seg_append(map, pa, part);
			if (error != 0)
				return (error);
		}
		pa += part;
		size -= part;
	}
	return (0);
}

/* Memory of bus_dmamem_alloc() is what its tag wants. */
static bool
map_bounces(const struct bus_dmamap *map)
{
	return (map->tag->bounces && map->dmamem == NULL);
}

static void
check_kva(const void *buf, bus_size_t size)
{
	if (__predict_false(!machine_is_kva((uintptr_t)buf, size)))
		panic("bus_dmamap_load: %p, %lu bytes, is not kernel memory "
		      "that a device can reach",
		    buf, (u_long)size);
}

/* Where the tag permits all of memory, or the memory was made for it. */
static int
load_direct(struct bus_dmamap *map, char *buf, bus_size_t size)
{
	bus_size_t part;
	int error = 0;

	for (; size > 0 && error == 0; buf += part, size -= part) {
		part = machine_contiguous((uintptr_t)buf, size);
		error = seg_add(map, machine_kva_to_gpa((uintptr_t)buf), part);
	}
	return (error);
}

/*
 * --- bouncing ---
 */

/* Bytes from buf to the end of its page, at most size. */
static bus_size_t
page_piece(const char *buf, bus_size_t size)
{
	return (MIN(size, PAGE_SIZE - ((uintptr_t)buf & PAGE_MASK)));
}

/* The bounce pages that the buffer needs. */
static u_int
count_bounces(const struct bus_dma_tag *tag, char *buf, bus_size_t size)
{
	vm_paddr_t pa, next = 0; /* 0: nothing to go on from */
	bus_size_t part;
	u_int needed = 0;

	for (; size > 0; buf += part, size -= part) {
		part = page_piece(buf, size);
		pa = machine_kva_to_gpa((uintptr_t)buf);
		if (bus_dma_must_bounce(tag, pa, pa == next)) {
			needed++;
			next = 0;
		} else
			next = pa + part;
	}
	return (needed);
}

static int
load_bounced(struct bus_dmamap *map, char *buf, bus_size_t size)
{
	const struct bus_dma_tag *tag = map->tag;
	vm_paddr_t pa, next = 0;
	bus_size_t part;
	u_int offset;
	int error = 0;

	for (; size > 0 && error == 0; buf += part, size -= part) {
		part = page_piece(buf, size);
		pa = machine_kva_to_gpa((uintptr_t)buf);
		if (bus_dma_must_bounce(tag, pa, pa == next)) {
			offset = 0;
			if ((tag->flags & BUS_DMA_KEEP_PG_OFFSET) != 0)
				offset = (uintptr_t)buf & PAGE_MASK;
			pa = bus_dma_bounce_take(map, buf, part, offset);
			next = 0;
		} else
			next = pa + part;
		error = seg_add(map, pa, part);
	}
	return (error);
}

/* Takes the map back to where it was before a load. */
static void
map_clear(struct bus_dmamap *map)
{
	map->nsegs = 0;
	map->state = MAP_IDLE;
	if (!STAILQ_EMPTY(&map->bounces))
		bus_dma_bounce_release(map);
}

static void
map_loaded(struct bus_dmamap *map, bus_size_t size)
{
	map->state = MAP_LOADED;
	kern_stats.dmamap_loads++;
	kern_new(KO_DMA_LOAD, map, size, NULL);
}

/*
 * ENOMEM when a load must not wait for pages, or could wait for ever;
 * EINPROGRESS when it has to wait; 0 when nothing is missing.
 */
static int
reserve_bounces(struct bus_dmamap *map, u_int needed, int flags)
{
	if (needed <= bus_dma_zone_free(map->tag))
		return (0);
	if (needed > bus_dma_zone_total(map->tag))
		(void)bus_dma_zone_grow(map->tag,
		    needed - bus_dma_zone_total(map->tag));
	if (needed <= bus_dma_zone_free(map->tag))
		return (0);
	if ((flags & BUS_DMA_NOWAIT) != 0 ||
	    needed > bus_dma_zone_total(map->tag))
		return (ENOMEM);
	return (EINPROGRESS);
}

/* Checks what all loads have in common. */
static int
load_begin(bus_dma_tag_t dmat, bus_dmamap_t map, bus_size_t size)
{
	if (map == NULL || map->tag != dmat) {
		kern_misuse("bus_dmamap_load: map %p is not of tag %p", map,
		    dmat);
		return (EINVAL);
	}
	if (map->state != MAP_IDLE) {
		kern_misuse("bus_dmamap_load: map %p is already loaded", map);
		bus_dmamap_unload(dmat, map);
	}
	return (size > dmat->maxsize ? EINVAL : 0);
}

static int
load_buffer(struct bus_dmamap *map, void *buf, bus_size_t size)
{
	if (map_bounces(map))
		return (load_bounced(map, buf, size));
	return (load_direct(map, buf, size));
}

/* Ends a load: the callback hears of it, and the caller of some errors. */
static int
load_end(struct bus_dmamap *map, bus_size_t size, int error,
    bus_dmamap_callback_t *callback, void *arg)
{
	if (error != 0) {
		map_clear(map);
		callback(arg, map->segs, 0, error);
		return (error == EFBIG ? 0 : error);
	}
	map_loaded(map, size);
	callback(arg, map->segs, map->nsegs, 0);
	return (0);
}

int
bus_dmamap_load(bus_dma_tag_t dmat, bus_dmamap_t map, void *buf,
    bus_size_t buflen, bus_dmamap_callback_t *callback, void *callback_arg,
    int flags)
{
	bool faulted = false;
	u_int needed = 0;
	int error;

	error = load_begin(dmat, map, buflen);
	if (error != 0) {
		callback(callback_arg, NULL, 0, error);
		return (error);
	}
	check_kva(buf, buflen);
	if (map->dmamem != NULL &&
	    (uintptr_t)buf - (uintptr_t)map->dmamem > dmat->maxsize - buflen)
		kern_misuse("bus_dmamap_load: map %p is for the memory at %p, "
			    "not %p",
		    map, map->dmamem, buf);
	if (map_bounces(map)) {
		needed = count_bounces(dmat, buf, buflen);
		error = reserve_bounces(map, needed, flags);
	}
	/* Short of bounce pages for once: no tag is safe from that. */
	if (error == 0 && kern_fault(KF_DMA_LOAD, NULL)) {
		error = (flags & BUS_DMA_NOWAIT) != 0 ? ENOMEM : EINPROGRESS;
		faulted = true;
	}
	if (error == EINPROGRESS) {
		map->state = MAP_WAITING;
		map->buf = buf;
		map->buflen = buflen;
		map->needed = needed;
		map->flags = flags;
		map->callback = callback;
		map->callback_arg = callback_arg;
		if (faulted)
			bus_dma_bounce_defer(map);
		else
			bus_dma_bounce_wait(map);
		return (EINPROGRESS);
	}
	if (error == 0)
		error = load_buffer(map, buf, buflen);
	return (load_end(map, buflen, error, callback, callback_arg));
}

void
bus_dmamap_load_deferred(struct bus_dmamap *map)
{
	int error;

	map->state = MAP_IDLE;
	error = load_buffer(map, map->buf, map->buflen);
	(void)load_end(map, map->buflen, error, map->callback,
	    map->callback_arg);
}

int
bus_dmamap_load_bio(bus_dma_tag_t dmat, bus_dmamap_t map, struct bio *bio,
    bus_dmamap_callback_t *callback, void *callback_arg, int flags)
{
	/* Nothing in this kernel makes unmapped bios or lists of segments. */
	if ((bio->bio_flags & (BIO_UNMAPPED | BIO_VLIST)) != 0)
		return (EOPNOTSUPP);
	return (bus_dmamap_load(dmat, map, bio->bio_data, bio->bio_bcount,
	    callback, callback_arg, flags));
}

/* Loads of a uio are never deferred, as in FreeBSD (BUS_DMA_NOWAIT). */
static int
load_uio(struct bus_dmamap *map, struct uio *uio, int flags)
{
	bus_size_t left = uio->uio_resid, part;
	u_int needed = 0;
	int error = 0, i;

	for (i = 0; i < uio->uio_iovcnt && left > 0; i++, left -= part) {
		part = MIN(left, uio->uio_iov[i].iov_len);
		check_kva(uio->uio_iov[i].iov_base, part);
		if (map_bounces(map))
			needed += count_bounces(map->tag,
			    uio->uio_iov[i].iov_base, part);
	}
	if (needed > 0)
		error = reserve_bounces(map, needed, flags | BUS_DMA_NOWAIT);
	if (error == 0 && kern_fault(KF_DMA_LOAD, "uio"))
		error = ENOMEM;
	left = uio->uio_resid;
	for (i = 0; i < uio->uio_iovcnt && left > 0 && error == 0; i++) {
		part = MIN(left, uio->uio_iov[i].iov_len);
		error = load_buffer(map, uio->uio_iov[i].iov_base, part);
		left -= part;
	}
	return (error);
}

int
bus_dmamap_load_uio(bus_dma_tag_t dmat, bus_dmamap_t map, struct uio *uio,
    bus_dmamap_callback2_t *callback, void *callback_arg, int flags)
{
	int error;

	if (uio->uio_segflg != UIO_SYSSPACE || uio->uio_resid < 0)
		error = EINVAL;
	else
		error = load_begin(dmat, map, uio->uio_resid);
	if (error == 0)
		error = load_uio(map, uio, flags);
	if (error != 0) {
		if (map != NULL && map->tag == dmat)
			map_clear(map);
		callback(callback_arg, NULL, 0, 0, error);
		return (error);
	}
	map_loaded(map, uio->uio_resid);
	callback(callback_arg, map->segs, map->nsegs, uio->uio_resid, 0);
	return (0);
}

void
bus_dmamap_unload(bus_dma_tag_t dmat, bus_dmamap_t map)
{
	if (map == NULL || map->state == MAP_IDLE)
		return;
	if (map->tag != dmat)
		kern_misuse("bus_dmamap_unload: map %p is not of tag %p", map,
		    dmat);
	if (map->state == MAP_WAITING) {
		kern_misuse("bus_dmamap_unload: the load of map %p is "
			    "deferred",
		    map);
		bus_dma_bounce_forget(map);
		map->state = MAP_IDLE;
		return;
	}
	kern_gone(KO_DMA_LOAD, map, NULL);
	map_clear(map);
}
