/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): checking what drivers and devices do with mapped memory.
 *
 * An index by frame knows each piece of memory that is loaded.  Devices ask
 * it before each access (machine_set_dma_probe()), allocators when memory
 * goes back, and bus_dmamap_sync() and bus_dmamap_unload() tell it what the
 * driver says about whose turn it is.
 *
 * An address that nothing maps is refused, as an IOMMU does.  What is mapped
 * but not synchronised works on this machine and fails on another, so it is
 * reported and allowed.  Where several maps cover the same bytes, one that
 * permits the access is enough: nothing says which of them was meant.
 *
 * Memory of bus_dmamem_alloc() holds rings and the like, which both sides
 * use at any time: a map of it must have been synchronised once, and with
 * BUS_DMA_COHERENT not even that.
 *
 * Nothing here belongs to the guest, and a load whose map has been used
 * before allocates nothing.
 */
#include "kernel/bus_dma_var.h"
#include "kernel/malloc_var.h"

#include <sys/proc.h>

LIST_HEAD(bus_dma_pieces, bus_dma_piece);

bool kern_dma_checked;

static struct {
	struct bus_dma_pieces *frames; /* NULL: nothing is checked */
	/* Frames whose address pmap_kextract() has told: a bit each. */
	uint64_t *told;
	size_t nframes;
	bool physical; /* those may be used without being loaded */
} dmac;

static size_t
frame_of(vm_paddr_t pa)
{
	return ((pa - MACHINE_RAM_BASE) / PAGE_SIZE);
}

void
bus_dma_check_boot(enum kernel_dma dma)
{
	if (dma == KERNEL_DMA_UNCHECKED)
		return;
	dmac.nframes = machine_ram_size / PAGE_SIZE;
	dmac.frames = host_alloc(dmac.nframes * sizeof(*dmac.frames));
	dmac.told = host_alloc(howmany(dmac.nframes, 64) * sizeof(uint64_t));
	dmac.physical = dma == KERNEL_DMA_PHYSICAL;
	kern_dma_checked = true;
	machine_set_dma_probe(bus_dma_check_access, NULL);
}

void
bus_dma_check_halt(void)
{
	if (!kern_dma_checked)
		return;
	kern_dma_checked = false;
	machine_set_dma_probe(NULL, NULL);
	host_free(dmac.frames);
	host_free(dmac.told);
	memset(&dmac, 0, sizeof(dmac));
}

/*
 * --- the index ---
 */

/* How many frames the bytes from pa on touch. */
static size_t
frames_of(vm_paddr_t pa, bus_size_t size)
{
	return (size == 0 ? 0 : frame_of(pa + size - 1) - frame_of(pa) + 1);
}

static void
pieces_reserve(struct bus_dmamap *map)
{
	struct bus_dma_bounce *page;
	size_t n = 0;
	u_int i;

	for (i = 0; i < map->nsegs; i++)
		n += frames_of(map->segs[i].ds_addr, map->segs[i].ds_len);
	STAILQ_FOREACH(page, &map->bounces, link)
		n++;
	if (n <= map->maxpieces)
		return;
	map->pieces = host_realloc(map->pieces, n * sizeof(*map->pieces));
	map->maxpieces = n;
}

static void
piece_add(struct bus_dmamap *map, vm_paddr_t pa, bus_size_t size, bool device)
{
	struct bus_dma_piece *piece;
	bus_size_t part;

	for (; size > 0; pa += part, size -= part) {
		part = MIN(size, PAGE_SIZE - (pa & PAGE_MASK));
		piece = &map->pieces[map->npieces++];
		piece->map = map;
		piece->start = pa & PAGE_MASK;
		piece->end = piece->start + part;
		piece->device = device;
		LIST_INSERT_HEAD(&dmac.frames[frame_of(pa)], piece, link);
	}
}

void
bus_dma_check_loaded(struct bus_dmamap *map)
{
	struct bus_dma_bounce *page;
	u_int i;

	pieces_reserve(map);
	for (i = 0; i < map->nsegs; i++)
		piece_add(map, map->segs[i].ds_addr, map->segs[i].ds_len, true);
	/* What a bounce page stands for must live as well. */
	STAILQ_FOREACH(page, &map->bounces, link)
		piece_add(map, machine_kva_to_gpa((uintptr_t)page->data),
		    page->size, false);
	map->turn = map->synced = map->used = map->told = 0;
}

/*
 * --- what drivers say ---
 */

static const struct {
	int pre, post;
	const char *pre_name, *post_name, *verb;
} directions[] = {
	{ BUS_DMASYNC_PREWRITE, BUS_DMASYNC_POSTWRITE, "PREWRITE", "POSTWRITE",
	    "read" },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_POSTREAD, "PREREAD", "POSTREAD",
	    "written" },
};

void
bus_dma_check_sync(struct bus_dmamap *map, bus_dmasync_op_t op)
{
	char name[DMAMAP_NAME];
	u_int i;

	for (i = 0; i < nitems(directions); i++) {
		if ((op & directions[i].pre) != 0)
			map->turn |= directions[i].pre;
		if ((op & directions[i].post) == 0)
			continue;
		if (map->dmamem == NULL &&
		    (map->synced & directions[i].pre) == 0 &&
		    (op & directions[i].pre) == 0)
			kern_misuse("bus_dmamap_sync: BUS_DMASYNC_%s of %s, "
				    "which was not synced with BUS_DMASYNC_%s "
				    "since it was loaded",
			    directions[i].post_name, dmamap_name(map, name),
			    directions[i].pre_name);
		map->turn &= ~directions[i].pre;
		map->used &= ~directions[i].pre;
	}
	map->synced |= op;
}

void
bus_dma_check_unloaded(struct bus_dmamap *map)
{
	char name[DMAMAP_NAME];
	u_int i;

	for (i = 0; i < nitems(directions); i++)
		if ((map->used & directions[i].pre) != 0 && map->dmamem == NULL)
			kern_misuse("bus_dmamap_unload: %s, which a device has "
				    "%s and which was not synced with "
				    "BUS_DMASYNC_%s since",
			    dmamap_name(map, name), directions[i].verb,
			    directions[i].post_name);
	for (i = 0; i < map->npieces; i++)
		LIST_REMOVE(&map->pieces[i], link);
	map->npieces = 0;
}

/*
 * --- what devices do ---
 */

/* Whether the driver has said that it is the device's turn. */
static bool
is_synced(const struct bus_dmamap *map, int pre)
{
	if (map->dmamem != NULL)
		return (map->coherent || (map->synced & pre) != 0);
	return ((map->turn & pre) != 0);
}

static void
report_unsynced(struct bus_dmamap *map, const char *device, uint64_t gpa,
    uint64_t length, bool write)
{
	char name[DMAMAP_NAME];
	int pre = directions[write].pre;

	/* Once a load: what follows is the same mistake. */
	if ((map->told & pre) != 0)
		return;
	map->told |= pre;
	kern_misuse("DMA: %s %s %ju bytes at %#jx of %s, which was not synced "
		    "with BUS_DMASYNC_%s since %s",
	    device, write ? "writes" : "reads", (uintmax_t)length,
	    (uintmax_t)gpa, dmamap_name(map, name), directions[write].pre_name,
	    (map->synced & pre) == 0 ? "it was loaded" :
				       "the driver's last POST");
}

/* Bytes that no piece covers alone may be covered by several together. */
static bool
is_covered(const struct bus_dma_pieces *pieces, u_int start, u_int end)
{
	const struct bus_dma_piece *piece;
	u_int reached;

	while (start < end) {
		reached = start;
		LIST_FOREACH(piece, pieces, link)
			if (piece->device && piece->start <= start)
				reached = MAX(reached, piece->end);
		if (reached == start)
			return (false);
		start = reached;
	}
	return (true);
}

/* One frame's part of an access; false when nothing maps it. */
static bool
frame_access(const char *device, uint64_t gpa, uint64_t length, bool write)
{
	struct bus_dma_pieces *pieces = &dmac.frames[frame_of(gpa)];
	u_int start = gpa & PAGE_MASK, end = start + length;
	struct bus_dmamap *synced = NULL, *other = NULL;
	int pre = directions[write].pre;
	struct bus_dma_piece *piece;
	u_int nsynced = 0;

	LIST_FOREACH(piece, pieces, link) {
		if (!piece->device || piece->start > start || piece->end < end)
			continue;
		if (is_synced(piece->map, pre)) {
			synced = piece->map;
			nsynced++;
		} else
			other = piece->map;
	}
	if (nsynced == 1 && other == NULL)
		synced->used |= pre;
	if (nsynced > 0)
		return (true);
	if (other != NULL) {
		report_unsynced(other, device, gpa, length, write);
		return (true);
	}
	if (is_covered(pieces, start, end))
		return (true);
	return (dmac.physical &&
	    (dmac.told[frame_of(gpa) / 64] >> frame_of(gpa) % 64 & 1) != 0);
}

const char *
bus_dma_check_access(void *arg, const char *device, uint64_t gpa,
    uint64_t length, bool write)
{
	uint64_t part, at, left;

	(void)arg;
	for (at = gpa, left = length; left > 0; at += part, left -= part) {
		part = MIN(left, PAGE_SIZE - (at & PAGE_MASK));
		if (frame_access(device, at, part, write))
			continue;
		kern_misuse("DMA: %s %s %ju bytes at %#jx, an address that "
			    "no load has produced",
		    device, write ? "writes" : "reads", (uintmax_t)length,
		    (uintmax_t)gpa);
		return ("no load of bus_dma(9) has produced this address");
	}
	return (NULL);
}

/*
 * --- what allocators say ---
 */

void
kern_dma_told_slow(const void *va)
{
	struct malloc_page *page = malloc_page_find(va);
	size_t first = frame_of(machine_kva_to_gpa((uintptr_t)va)), n = 1;

	/* The start of what is contiguous gives the rest away. */
	if (page != NULL &&
	    (page->owner == MALLOC_CONTIG || page->owner == MALLOC_DMA)) {
		first = frame_of(machine_kva_to_gpa((uintptr_t)page->va));
		n = page->pages;
	}
	for (; n > 0; n--, first++)
		dmac.told[first / 64] |= UINT64_C(1) << first % 64;
}

static void
frame_freed(const char *va, size_t size, const char *how)
{
	vm_paddr_t pa = machine_kva_to_gpa((uintptr_t)va);
	u_int start = pa & PAGE_MASK, end = start + size;
	size_t frame = frame_of(pa);
	struct bus_dma_piece *piece;
	char name[DMAMAP_NAME];

	if (size == PAGE_SIZE)
		dmac.told[frame / 64] &= ~(UINT64_C(1) << frame % 64);
	LIST_FOREACH(piece, &dmac.frames[frame], link) {
		if (piece->start >= end || piece->end <= start ||
		    (piece->map->told & DMAMAP_TOLD_FREED) != 0)
			continue;
		piece->map->told |= DMAMAP_TOLD_FREED;
		kern_misuse("%s: memory at %p is given back while it is loaded "
			    "in %s",
		    how, va, dmamap_name(piece->map, name));
	}
}

void
kern_dma_freed_slow(const void *va, size_t size, const char *how)
{
	const char *p = va;
	size_t part;

	for (; size > 0; p += part, size -= part) {
		part = MIN(size, PAGE_SIZE - ((uintptr_t)p & PAGE_MASK));
		frame_freed(p, part, how);
	}
}
