/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): tags, maps, and memory for DMA.  Loading is in bus_dma_load.c,
 * bounce pages and synchronising in bus_dma_bounce.c.
 */
#include "kernel/bus_dma_var.h"
#include "kernel/malloc_var.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

/* Segments that a map has room for from the start, at most. */
#define SEGS_PREALLOCATED 1024u

#define TAG_FLAGS                                                              \
	(BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW | BUS_DMA_COHERENT | BUS_DMA_ZERO | \
	    BUS_DMA_BUS1 | BUS_DMA_BUS2 | BUS_DMA_BUS3 | BUS_DMA_BUS4 |        \
	    BUS_DMA_NOWRITE | BUS_DMA_NOCACHE | BUS_DMA_KEEP_PG_OFFSET)

static struct {
	LIST_HEAD(, bus_dma_tag) tags;
	LIST_HEAD(, bus_dmamap) maps;
	u_int ntags, nmaps; /* ever */
} dma;

const char *
dmamap_name(const struct bus_dmamap *map, char text[DMAMAP_NAME])
{
	const struct bus_dma_tag *tag = map->tag;

	snprintf(text, DMAMAP_NAME, "map %u of tag %u%s%s%s", map->number,
	    tag->number, tag->owner[0] != '\0' ? " (" : "", tag->owner,
	    tag->owner[0] != '\0' ? ")" : "");
	return (text);
}

void
bus_dma_boot(enum kernel_dma checks)
{
	dma.ntags = dma.nmaps = 0;
	LIST_INIT(&dma.tags);
	LIST_INIT(&dma.maps);
	bus_dma_check_boot(checks);
	bus_dma_bounce_boot();
}

void
bus_dma_halt(void)
{
	bus_dma_bounce_stop();
	bus_dma_forget();
}

void
bus_dma_forget(void)
{
	struct bus_dma_tag *tag;
	struct bus_dmamap *map;

	bus_dma_check_halt();
	while ((map = LIST_FIRST(&dma.maps)) != NULL) {
		bus_dma_bounce_forget(map);
		LIST_REMOVE(map, link);
		host_free(map->segs);
		host_free(map->pieces);
		host_free(map);
	}
	bus_dma_bounce_halt();
	while ((tag = LIST_FIRST(&dma.tags)) != NULL) {
		LIST_REMOVE(tag, link);
		host_free(tag);
	}
}

void
busdma_lock_mutex(void *arg, bus_dma_lock_op_t op)
{
	struct mtx *mtx = arg;

	switch (op) {
	case BUS_DMA_LOCK:
		mtx_lock(mtx);
		break;
	case BUS_DMA_UNLOCK:
		mtx_unlock(mtx);
		break;
	default:
		panic("busdma_lock_mutex: unknown operation %#x", op);
	}
}

void
_busdma_dflt_lock(void *arg, bus_dma_lock_op_t op)
{
	panic("driver error: busdma dflt_lock called");
}

/*
 * --- tags ---
 */

static void
tag_inherit(struct bus_dma_tag *tag, struct bus_dma_tag *parent)
{
	tag->parent = parent;
	if (parent == NULL)
		return;
	parent->refs++;
	tag->alignment = MAX(tag->alignment, parent->alignment);
	if (tag->boundary == 0 ||
	    (parent->boundary != 0 && parent->boundary < tag->boundary))
		tag->boundary = parent->boundary;
	tag->lowaddr = MIN(tag->lowaddr, parent->lowaddr);
	tag->highaddr = MAX(tag->highaddr, parent->highaddr);
	tag->maxsize = MIN(tag->maxsize, parent->maxsize);
	tag->nsegments = MIN(tag->nsegments, parent->nsegments);
	tag->maxsegsz = MIN(tag->maxsegsz, parent->maxsegsz);
}

/* A tag lives on for its children, as it does in FreeBSD. */
static void
tag_unref(struct bus_dma_tag *tag)
{
	struct bus_dma_tag *parent;

	for (; tag != NULL && --tag->refs == 0; tag = parent) {
		parent = tag->parent;
		bus_dma_zone_close(tag);
		LIST_REMOVE(tag, link);
		host_free(tag);
	}
}

int
bus_dma_tag_create(bus_dma_tag_t parent, bus_size_t alignment,
    bus_addr_t boundary, bus_addr_t lowaddr, bus_addr_t highaddr,
    bus_dma_filter_t *filtfunc, void *filtfuncarg, bus_size_t maxsize,
    int nsegments, bus_size_t maxsegsz, int flags, bus_dma_lock_t *lockfunc,
    void *lockfuncarg, bus_dma_tag_t *dmat)
{
	struct bus_dma_tag *tag;
	int error = 0;

	KASSERT(parent == NULL || !parent->destroyed,
	    ("bus_dma_tag_create: parent tag %u was destroyed",
		parent->number));
	*dmat = NULL;
	if (maxsegsz == 0 || maxsize == 0 || nsegments == 0 ||
	    filtfunc != NULL || filtfuncarg != NULL)
		return (EINVAL);
	if (!powerof2(alignment) || !powerof2(boundary) ||
	    (flags & ~TAG_FLAGS) != 0) {
		kern_misuse("bus_dma_tag_create: alignment %#lx, boundary "
			    "%#lx, flags %#x",
		    (u_long)alignment, (u_long)boundary, flags);
		return (EINVAL);
	}
	if (kern_fault(KF_DMA_TAG, NULL))
		return (ENOMEM);
	tag = host_alloc(sizeof(*tag));
	tag->refs = 1;
	tag->number = ++dma.ntags;
	if (curthread->td_device_name != NULL)
		strlcpy(tag->owner, curthread->td_device_name,
		    sizeof(tag->owner));
	tag->alignment = MAX(alignment, 1);
	tag->boundary = boundary;
	tag->lowaddr = lowaddr | PAGE_MASK;
	tag->highaddr = highaddr | PAGE_MASK;
	tag->maxsize = maxsize;
	tag->nsegments = nsegments; /* UNRESTRICTED is the largest */
	tag->maxsegsz = maxsegsz;
	tag->flags = flags;
	tag->lockfunc = lockfunc != NULL ? lockfunc : _busdma_dflt_lock;
	tag->lockfuncarg = lockfunc != NULL ? lockfuncarg : NULL;
	tag_inherit(tag, parent);
	if (tag->boundary != 0)
		tag->maxsegsz = MIN(tag->maxsegsz, tag->boundary);
	tag->bounces = tag->alignment > 1 ||
	    (tag->lowaddr < MACHINE_RAM_BASE + machine_ram_size - 1 &&
		tag->highaddr >= MACHINE_RAM_BASE);
	if (tag->bounces) {
		error = bus_dma_zone_open(tag);
		if (error == 0 && (flags & BUS_DMA_ALLOCNOW) != 0)
			error = bus_dma_zone_grow(tag,
			    howmany(MIN(maxsize, machine_ram_size), PAGE_SIZE));
	}
	LIST_INSERT_HEAD(&dma.tags, tag, link);
	if (error != 0) {
		tag_unref(tag);
		return (error);
	}
	kern_new(KO_DMA_TAG, tag, 0, NULL);
	*dmat = tag;
	return (0);
}

int
bus_dma_tag_set_domain(bus_dma_tag_t dmat, int domain)
{
	/* There is one domain. */
	return (domain == 0 ? 0 : EINVAL);
}

int
bus_dma_tag_destroy(bus_dma_tag_t dmat)
{
	if (dmat == NULL)
		return (0);
	KASSERT(!dmat->destroyed,
	    ("bus_dma_tag_destroy: tag %u is destroyed twice", dmat->number));
	if (dmat->maps != 0) {
		kern_misuse("bus_dma_tag_destroy: tag %u still has %u maps",
		    dmat->number, dmat->maps);
		return (EBUSY);
	}
	dmat->destroyed = true;
	kern_gone(KO_DMA_TAG, dmat, NULL);
	tag_unref(dmat);
	return (0);
}

/*
 * --- templates ---
 */

void
bus_dma_template_init(bus_dma_template_t *t, bus_dma_tag_t parent)
{
	if (t == NULL)
		return;
	memset(t, 0, sizeof(*t));
	t->parent = parent;
	t->alignment = 1;
	t->lowaddr = t->highaddr = BUS_SPACE_MAXADDR;
	t->maxsize = t->maxsegsize = BUS_SPACE_MAXSIZE;
	t->nsegments = BUS_SPACE_UNRESTRICTED;
}

int
bus_dma_template_tag(bus_dma_template_t *t, bus_dma_tag_t *dmat)
{
	if (t == NULL || dmat == NULL)
		return (EINVAL);
	return (bus_dma_tag_create(t->parent, t->alignment, t->boundary,
	    t->lowaddr, t->highaddr, NULL, NULL, t->maxsize, t->nsegments,
	    t->maxsegsize, t->flags, t->lockfunc, t->lockfuncarg, dmat));
}

void
bus_dma_template_clone(bus_dma_template_t *t, bus_dma_tag_t dmat)
{
	if (t == NULL || dmat == NULL)
		return;
	memset(t, 0, sizeof(*t));
	t->parent = dmat->parent;
	t->alignment = dmat->alignment;
	t->boundary = dmat->boundary;
	t->lowaddr = dmat->lowaddr;
	t->highaddr = dmat->highaddr;
	t->maxsize = dmat->maxsize;
	t->nsegments = dmat->nsegments;
	t->maxsegsize = dmat->maxsegsz;
	t->flags = dmat->flags;
	t->lockfunc = dmat->lockfunc;
	t->lockfuncarg = dmat->lockfuncarg;
}

static void
template_set(bus_dma_template_t *t, const bus_dma_param_t *kv)
{
	switch (kv->key) {
	case BD_PARAM_PARENT:
		t->parent = kv->ptr;
		break;
	case BD_PARAM_ALIGNMENT:
		t->alignment = kv->num;
		break;
	case BD_PARAM_BOUNDARY:
		t->boundary = kv->num;
		break;
	case BD_PARAM_LOWADDR:
		t->lowaddr = kv->pa;
		break;
	case BD_PARAM_HIGHADDR:
		t->highaddr = kv->pa;
		break;
	case BD_PARAM_MAXSIZE:
		t->maxsize = kv->num;
		break;
	case BD_PARAM_NSEGMENTS:
		t->nsegments = kv->num;
		break;
	case BD_PARAM_MAXSEGSIZE:
		t->maxsegsize = kv->num;
		break;
	case BD_PARAM_FLAGS:
		t->flags = kv->num;
		break;
	case BD_PARAM_LOCKFUNC:
		t->lockfunc = (bus_dma_lock_t *)kv->ptr;
		break;
	case BD_PARAM_LOCKFUNCARG:
		t->lockfuncarg = kv->ptr;
		break;
	case BD_PARAM_NAME:
		t->name = kv->ptr;
		break;
	default:
		panic("bus_dma_template_fill: key %d", kv->key);
	}
}

void
bus_dma_template_fill(bus_dma_template_t *t, bus_dma_param_t *kv, u_int count)
{
	for (; count > 0; count--, kv++)
		template_set(t, kv);
}

/*
 * --- maps ---
 */

static struct bus_dmamap *
map_create(struct bus_dma_tag *tag)
{
	struct bus_dmamap *map;
	bus_size_t pieces;

	map = host_alloc(sizeof(*map));
	map->tag = tag;
	map->number = ++dma.nmaps;
	STAILQ_INIT(&map->bounces);
	/* What a load of maxsize bytes can need, so that none allocates. */
	pieces = MIN(tag->maxsize, machine_ram_size);
	pieces = howmany(pieces, MIN(tag->maxsegsz, PAGE_SIZE)) + 2;
	map->maxsegs = MIN(MIN(pieces, tag->nsegments), SEGS_PREALLOCATED);
	map->segs = host_alloc(map->maxsegs * sizeof(*map->segs));
	tag->maps++;
	LIST_INSERT_HEAD(&dma.maps, map, link);
	kern_stats.dmamap_creates++;
	return (map);
}

static void
map_destroy(struct bus_dmamap *map)
{
	map->tag->maps--;
	LIST_REMOVE(map, link);
	host_free(map->segs);
	host_free(map->pieces);
	host_free(map);
}

int
bus_dmamap_create(bus_dma_tag_t dmat, int flags, bus_dmamap_t *mapp)
{
	bus_size_t size = MIN(dmat->maxsize, machine_ram_size);
	int error;

	*mapp = NULL;
	if (kern_fault(KF_DMA_MAP, NULL))
		return (ENOMEM);
	if (dmat->bounces) {
		/* One more: the buffer may start in the middle of a page. */
		error = bus_dma_zone_grow(dmat, howmany(size, PAGE_SIZE) + 1);
		if (error != 0)
			return (error);
	}
	*mapp = map_create(dmat);
	kern_new(KO_DMA_MAP, *mapp, 0, NULL);
	return (0);
}

int
bus_dmamap_destroy(bus_dma_tag_t dmat, bus_dmamap_t map)
{
	char name[DMAMAP_NAME];

	if (map == NULL)
		return (0);
	if (map->tag != dmat) {
		kern_misuse("bus_dmamap_destroy: %s is not of tag %u",
		    dmamap_name(map, name), dmat->number);
		return (EINVAL);
	}
	if (map->dmamem != NULL) {
		kern_misuse("bus_dmamap_destroy: %s belongs to "
			    "bus_dmamem_alloc()",
		    dmamap_name(map, name));
		return (EINVAL);
	}
	if (map->state != MAP_IDLE) {
		kern_misuse("bus_dmamap_destroy: %s is still loaded",
		    dmamap_name(map, name));
		return (EBUSY);
	}
	kern_gone(KO_DMA_MAP, map, NULL);
	map_destroy(map);
	return (0);
}

/*
 * --- memory ---
 */

/* Contiguous memory may still cross boundaries that segments may not. */
static bool
dmamem_boundary(const struct bus_dma_tag *tag, bus_addr_t *boundary)
{
	bus_size_t segsz = tag->maxsegsz;

	*boundary = tag->boundary;
	if (howmany(tag->maxsize, segsz) > tag->nsegments)
		return (false);
	if (*boundary != 0 && *boundary < round_page(tag->maxsize))
		*boundary = 0;
	return (true);
}

int
bus_dmamem_alloc(bus_dma_tag_t dmat, void **vaddr, int flags,
    bus_dmamap_t *mapp)
{
	struct malloc_where where = { .low = 0, .high = dmat->lowaddr };

	*mapp = NULL;
	*vaddr = NULL;
	if ((flags & BUS_DMA_NOWAIT) == 0)
		kern_assert_can_sleep(__func__);
	if (kern_fault(KF_DMA_MEM, NULL))
		return (ENOMEM);
	if (dmat->maxsize > MACHINE_CHUNK_SIZE ||
	    !dmamem_boundary(dmat, &where.boundary))
		return (ENOMEM);
	where.align = MAX(dmat->alignment, PAGE_SIZE);
	*vaddr = malloc_extent_alloc(MALLOC_DMA, dmat->maxsize, &where, NULL,
	    (flags & BUS_DMA_ZERO) != 0);
	if (*vaddr == NULL)
		return (ENOMEM);
	*mapp = map_create(dmat);
	(*mapp)->dmamem = *vaddr;
	(*mapp)->coherent = ((flags | dmat->flags) & BUS_DMA_COHERENT) != 0;
	kern_new(KO_DMA_MEM, *vaddr, dmat->maxsize, NULL);
	return (0);
}

void
bus_dmamem_free(bus_dma_tag_t dmat, void *vaddr, bus_dmamap_t map)
{
	char name[DMAMAP_NAME];

	if (map == NULL || map->tag != dmat || map->dmamem != vaddr)
		panic("bus_dmamem_free: map %p and memory %p are not what "
		      "bus_dmamem_alloc() gave for tag %u",
		    map, vaddr, dmat->number);
	if (map->state != MAP_IDLE) {
		kern_misuse("bus_dmamem_free: %s is still loaded",
		    dmamap_name(map, name));
		bus_dmamap_unload(dmat, map);
	}
	(void)malloc_extent_free(__func__, MALLOC_DMA, vaddr, NULL);
	kern_gone(KO_DMA_MEM, vaddr, NULL);
	map_destroy(map);
}
