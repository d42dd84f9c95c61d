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
#include <sys/mbuf.h>
#include <sys/uio.h>
#include <vm/vm.h>
#include <vm/vm_page.h>

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
		if (map->nsegs > 0 && last->ds_addr + last->ds_len == pa &&
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

/*
 * --- memory ---
 */

static void
check_kva(const void *buf, bus_size_t size)
{
	if (__predict_false(!machine_is_kva((uintptr_t)buf, size)))
		panic("bus_dmamap_load: %p, %lu bytes, is not kernel memory "
		      "that a device can reach",
		    buf, (u_long)size);
}

/*
 * What lies `done` bytes into the memory: its address, and how many bytes
 * from there on are in the same page.
 */
static char *
memory_piece(const struct bus_dma_memory *memory, bus_size_t done,
    bus_size_t *part)
{
	bus_size_t at;
	char *va;

	if (memory->ma == NULL)
		va = memory->buf + done;
	else {
		at = memory->ma_offset + done;
		va = (char *)machine_gpa_to_kva(
			 VM_PAGE_TO_PHYS(memory->ma[at / PAGE_SIZE])) +
		    at % PAGE_SIZE;
	}
	*part =
	    MIN(memory->size - done, PAGE_SIZE - ((uintptr_t)va & PAGE_MASK));
	return (va);
}

/* Where the tag permits all of memory, or the memory was made for it. */
static int
load_direct(struct bus_dmamap *map, const struct bus_dma_memory *memory)
{
	bus_size_t done, part;
	int error = 0;
	char *va;

	for (done = 0; done < memory->size && error == 0; done += part) {
		if (memory->ma == NULL) {
			va = memory->buf + done;
			part = machine_contiguous((uintptr_t)va,
			    memory->size - done);
		} else
			va = memory_piece(memory, done, &part);
		error = seg_add(map, machine_kva_to_gpa((uintptr_t)va), part);
	}
	return (error);
}

/*
 * --- bouncing ---
 */

/* The bounce pages that the memory needs. */
static u_int
count_bounces(const struct bus_dma_tag *tag,
    const struct bus_dma_memory *memory)
{
	vm_paddr_t pa, next = 0; /* 0: nothing to go on from */
	bus_size_t done, part;
	u_int needed = 0;

	for (done = 0; done < memory->size; done += part) {
		pa = machine_kva_to_gpa(
		    (uintptr_t)memory_piece(memory, done, &part));
		if (bus_dma_must_bounce(tag, pa, pa == next)) {
			needed++;
			next = 0;
		} else
			next = pa + part;
	}
	return (needed);
}

static int
load_bounced(struct bus_dmamap *map, const struct bus_dma_memory *memory)
{
	const struct bus_dma_tag *tag = map->tag;
	vm_paddr_t pa, next = 0;
	bus_size_t done, part;
	u_int offset;
	int error = 0;
	char *va;

	for (done = 0; done < memory->size && error == 0; done += part) {
		va = memory_piece(memory, done, &part);
		pa = machine_kva_to_gpa((uintptr_t)va);
		if (bus_dma_must_bounce(tag, pa, pa == next)) {
			offset = 0;
			if ((tag->flags & BUS_DMA_KEEP_PG_OFFSET) != 0)
				offset = (uintptr_t)va & PAGE_MASK;
			pa = bus_dma_bounce_take(map, va, part, offset);
			next = 0;
		} else
			next = pa + part;
		error = seg_add(map, pa, part);
	}
	return (error);
}

/*
 * --- loading ---
 */

/* Takes the map back to where it was before a load. */
static void
map_clear(struct bus_dmamap *map)
{
	map->nsegs = 0;
	map->state = MAP_IDLE;
	if (!STAILQ_EMPTY(&map->bounces))
		bus_dma_bounce_release(map);
}

/* An event has segments under another name. */
_Static_assert(sizeof(struct kernel_segment) == sizeof(bus_dma_segment_t) &&
	__offsetof(struct kernel_segment, gpa) ==
	    __offsetof(bus_dma_segment_t, ds_addr),
    "segments of two kinds");

static void
map_tell(struct bus_dmamap *map, enum kernel_event_type type, bus_size_t size)
{
	if (__predict_false(kernel_event_hook != NULL))
		kern_event_load(type, map, size,
		    (const struct kernel_segment *)map->segs, map->nsegs);
}

static void
map_loaded(struct bus_dmamap *map, bus_size_t size)
{
	map->state = MAP_LOADED;
	kern_stats.dmamap_loads++;
	if (kern_dma_checked)
		bus_dma_check_loaded(map);
	map_tell(map, KE_NEW, size);
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
	char name[DMAMAP_NAME];

	if (map == NULL || map->tag != dmat) {
		kern_misuse("bus_dmamap_load: %s is not of tag %u",
		    map != NULL ? dmamap_name(map, name) : "a NULL map",
		    dmat->number);
		return (EINVAL);
	}
	if (map->state != MAP_IDLE) {
		kern_misuse("bus_dmamap_load: %s is already loaded",
		    dmamap_name(map, name));
		bus_dmamap_unload(dmat, map);
	}
	return (size > dmat->maxsize ? EINVAL : 0);
}

static int
load_memory(struct bus_dmamap *map, const struct bus_dma_memory *memory)
{
	if (map_bounces(map))
		return (load_bounced(map, memory));
	return (load_direct(map, memory));
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

/* Loads what load_begin() has agreed to. */
static int
load(struct bus_dmamap *map, const struct bus_dma_memory *memory,
    bus_dmamap_callback_t *callback, void *callback_arg, int flags)
{
	bool faulted = false;
	int error = 0;
	u_int needed = 0;

	if (map_bounces(map)) {
		needed = count_bounces(map->tag, memory);
		error = reserve_bounces(map, needed, flags);
	}
	/* Short of bounce pages for once: no tag is safe from that. */
	if (error == 0 && kern_fault(KF_DMA_LOAD, NULL)) {
		error = (flags & BUS_DMA_NOWAIT) != 0 ? ENOMEM : EINPROGRESS;
		faulted = true;
	}
	if (error == EINPROGRESS) {
		map->state = MAP_WAITING;
		map->memory = *memory;
		map->needed = needed;
		map->callback = callback;
		map->callback_arg = callback_arg;
		if (faulted)
			bus_dma_bounce_defer(map);
		else
			bus_dma_bounce_wait(map);
		return (EINPROGRESS);
	}
	if (error == 0)
		error = load_memory(map, memory);
	return (load_end(map, memory->size, error, callback, callback_arg));
}

void
bus_dmamap_load_deferred(struct bus_dmamap *map)
{
	int error;

	map->state = MAP_IDLE;
	error = load_memory(map, &map->memory);
	(void)load_end(map, map->memory.size, error, map->callback,
	    map->callback_arg);
}

int
bus_dmamap_load(bus_dma_tag_t dmat, bus_dmamap_t map, void *buf,
    bus_size_t buflen, bus_dmamap_callback_t *callback, void *callback_arg,
    int flags)
{
	struct bus_dma_memory memory = { .buf = buf, .size = buflen };
	char name[DMAMAP_NAME];
	int error;

	error = load_begin(dmat, map, buflen);
	if (error != 0) {
		callback(callback_arg, NULL, 0, error);
		return (error);
	}
	check_kva(buf, buflen);
	if (__predict_false(map->dmamem != NULL &&
		(uintptr_t)buf - (uintptr_t)map->dmamem >
		    dmat->maxsize - buflen))
		kern_misuse("bus_dmamap_load: %s is for the memory at %p, "
			    "not %p",
		    dmamap_name(map, name), map->dmamem, buf);
	return (load(map, &memory, callback, callback_arg, flags));
}

/* Pages that a bio names instead of an address. */
static int
load_pages(bus_dma_tag_t dmat, bus_dmamap_t map, const struct bio *bio,
    bus_dmamap_callback_t *callback, void *callback_arg, int flags)
{
	struct bus_dma_memory memory = {
		.ma = bio->bio_ma,
		.ma_offset = bio->bio_ma_offset,
		.size = bio->bio_bcount,
	};
	int error;

	KASSERT(memory.ma_offset < PAGE_SIZE &&
		memory.ma_offset + memory.size <=
		    (bus_size_t)bio->bio_ma_n * PAGE_SIZE,
	    ("bus_dmamap_load_bio: %ld bytes at %d in %d pages",
		bio->bio_bcount, bio->bio_ma_offset, bio->bio_ma_n));
	error = load_begin(dmat, map, memory.size);
	if (error == 0)
		return (load(map, &memory, callback, callback_arg, flags));
	callback(callback_arg, NULL, 0, error);
	return (error);
}

int
bus_dmamap_load_bio(bus_dma_tag_t dmat, bus_dmamap_t map, struct bio *bio,
    bus_dmamap_callback_t *callback, void *callback_arg, int flags)
{
	/* Nothing in this kernel makes lists of segments. */
	if ((bio->bio_flags & BIO_VLIST) != 0)
		return (EOPNOTSUPP);
	if ((bio->bio_flags & BIO_UNMAPPED) != 0)
		return (
		    load_pages(dmat, map, bio, callback, callback_arg, flags));
	return (bus_dmamap_load(dmat, map, bio->bio_data, bio->bio_bcount,
	    callback, callback_arg, flags));
}

/* The part of a uio that one of its iovecs is. */
static struct bus_dma_memory
uio_memory(const struct uio *uio, int i, bus_size_t left)
{
	return ((struct bus_dma_memory) {
	    .buf = uio->uio_iov[i].iov_base,
	    .size = MIN(left, uio->uio_iov[i].iov_len),
	});
}

/* Loads of a uio are never deferred, as in FreeBSD (BUS_DMA_NOWAIT). */
static int
load_uio(struct bus_dmamap *map, struct uio *uio, int flags)
{
	bus_size_t left = uio->uio_resid;
	struct bus_dma_memory memory;
	u_int needed = 0;
	int error = 0, i;

	for (i = 0; i < uio->uio_iovcnt && left > 0; i++) {
		memory = uio_memory(uio, i, left);
		left -= memory.size;
		check_kva(memory.buf, memory.size);
		if (map_bounces(map))
			needed += count_bounces(map->tag, &memory);
	}
	if (needed > 0)
		error = reserve_bounces(map, needed, flags | BUS_DMA_NOWAIT);
	if (error == 0 && kern_fault(KF_DMA_LOAD, "uio"))
		error = ENOMEM;
	left = uio->uio_resid;
	for (i = 0; i < uio->uio_iovcnt && left > 0 && error == 0; i++) {
		memory = uio_memory(uio, i, left);
		left -= memory.size;
		error = load_memory(map, &memory);
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

/* Nor are those of packets; empty mbufs have no segments. */
static int
load_mbuf(struct bus_dmamap *map, const struct mbuf *m0, const void *caller)
{
	struct bus_dma_memory memory = { .ma = NULL };
	const struct mbuf *m;
	u_int needed = 0;
	int error = 0;

	for (m = m0; m != NULL; m = m->m_next) {
		memory.buf = m->m_data;
		memory.size = m->m_len;
		check_kva(m->m_data, m->m_len);
		if (map_bounces(map) && m->m_len > 0)
			needed += count_bounces(map->tag, &memory);
	}
	if (needed > 0)
		error = reserve_bounces(map, needed, BUS_DMA_NOWAIT);
	if (error == 0 && __predict_false(kern_fault_watch) &&
	    kern_fault_at(KF_DMA_LOAD, "mbuf", caller))
		error = ENOMEM;
	for (m = m0; m != NULL && error == 0; m = m->m_next) {
		memory.buf = m->m_data;
		memory.size = m->m_len;
		if (m->m_len > 0)
			error = load_memory(map, &memory);
	}
	return (error);
}

/* Of either function below; 0, or the map is not loaded. */
static int
load_packet(bus_dma_tag_t dmat, bus_dmamap_t map, const struct mbuf *m0,
    bus_size_t *size, const void *caller)
{
	const struct mbuf *m;
	int error;

	M_ASSERTPKTHDR(m0);
	*size = 0;
	for (m = m0; m != NULL; m = m->m_next)
		*size += m->m_len;
	error = load_begin(dmat, map, *size);
	if (error != 0)
		return (error);
	error = load_mbuf(map, m0, caller);
	if (error != 0)
		map_clear(map);
	else
		map_loaded(map, *size);
	return (error);
}

int
bus_dmamap_load_mbuf(bus_dma_tag_t dmat, bus_dmamap_t map, struct mbuf *mbuf,
    bus_dmamap_callback2_t *callback, void *callback_arg, int flags)
{
	bus_size_t size;
	int error;

	(void)flags; /* it never waits */
	error =
	    load_packet(dmat, map, mbuf, &size, __builtin_return_address(0));
	if (error != 0)
		callback(callback_arg, NULL, 0, 0, error);
	else
		callback(callback_arg, map->segs, map->nsegs, size, 0);
	return (error);
}

int
bus_dmamap_load_mbuf_sg(bus_dma_tag_t dmat, bus_dmamap_t map, struct mbuf *mbuf,
    bus_dma_segment_t *segs, int *nsegs, int flags)
{
	bus_size_t size;
	int error;

	(void)flags;
	*nsegs = 0;
	error =
	    load_packet(dmat, map, mbuf, &size, __builtin_return_address(0));
	if (error != 0)
		return (error);
	*nsegs = map->nsegs;
	memcpy(segs, map->segs, map->nsegs * sizeof(*segs));
	return (0);
}

void
bus_dmamap_unload(bus_dma_tag_t dmat, bus_dmamap_t map)
{
	char name[DMAMAP_NAME];

	if (map == NULL || map->state == MAP_IDLE)
		return;
	if (map->tag != dmat)
		kern_misuse("bus_dmamap_unload: %s is not of tag %u",
		    dmamap_name(map, name), dmat->number);
	if (map->state == MAP_WAITING) {
		kern_misuse("bus_dmamap_unload: the load of %s is deferred",
		    dmamap_name(map, name));
		bus_dma_bounce_forget(map);
		map->state = MAP_IDLE;
		return;
	}
	if (kern_dma_checked)
		bus_dma_check_unloaded(map);
	map_tell(map, KE_GONE, 0);
	map_clear(map);
}
