/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rman(9): keeps a sorted list of the regions of a range, free and reserved,
 * that covers all that it manages.
 *
 * FreeBSD guards each list with a mutex.  Nothing in here lets another task
 * run, so there is no lock: it would hide nothing and show up in traces.
 * A resource's owner is told to the checkers when it changes hands.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>

struct resource_i {
	struct resource r_r; /* first: what the driver points to */
	TAILQ_ENTRY(resource_i) r_link;
	LIST_ENTRY(resource_i) r_sharelink;
	LIST_HEAD(resource_share, resource_i) * r_sharehead;
	rman_res_t r_start;
	rman_res_t r_end; /* inclusive */
	u_int r_flags;
	void *r_virtual;
	void *r_irq_cookie;
	device_t r_dev;
	struct rman *r_rm;
	int r_rid;
	int r_type;
};

struct rman_head rman_head = TAILQ_HEAD_INITIALIZER(rman_head);

#define SHARE_TYPE(f) ((f) & (RF_SHAREABLE | RF_PREFETCHABLE))

static struct resource_i *
region_alloc(struct rman *rm, rman_res_t start, rman_res_t end)
{
	struct resource_i *r;

	r = book_alloc(sizeof(*r));
	r->r_r.__r_i = r;
	r->r_start = start;
	r->r_end = end;
	r->r_rm = rm;
	return (r);
}

int
rman_init(struct rman *rm)
{
	if (rm->rm_start == 0 && rm->rm_end == 0)
		rm->rm_end = RM_MAX_END;
	if (rm->rm_type == RMAN_UNINIT)
		panic("rman_init: %s has no type",
		    rm->rm_descr != NULL ? rm->rm_descr : "?");
	if (rm->rm_type == RMAN_GAUGE)
		panic("rman_init: a gauge manages no regions");
	TAILQ_INIT(&rm->rm_list);
	rm->rm_mtx = NULL;
	TAILQ_INSERT_TAIL(&rman_head, rm, rm_link);
	return (0);
}

int
rman_fini(struct rman *rm)
{
	struct resource_i *r;

	TAILQ_FOREACH(r, &rm->rm_list, r_link) {
		if ((r->r_flags & RF_ALLOCATED) != 0)
			return (EBUSY);
	}
	while ((r = TAILQ_FIRST(&rm->rm_list)) != NULL) {
		TAILQ_REMOVE(&rm->rm_list, r, r_link);
		book_free(r);
	}
	TAILQ_REMOVE(&rman_head, rm, rm_link);
	return (0);
}

void
rman_forget(void)
{
	/* The regions are book_free_all()'s. */
	TAILQ_INIT(&rman_head);
}

int
rman_init_from_resource(struct rman *rm, struct resource *r)
{
	int error;

	error = rman_init(rm);
	if (error != 0)
		return (error);
	return (rman_manage_region(rm, rman_get_start(r), rman_get_end(r)));
}

/* Adds [start, end]; EINVAL: outside of the bounds, EBUSY: overlaps. */
int
rman_manage_region(struct rman *rm, rman_res_t start, rman_res_t end)
{
	struct resource_i *r, *s, *next;

	if (start < rm->rm_start || end > rm->rm_end || start > end)
		return (EINVAL);
	TAILQ_FOREACH(s, &rm->rm_list, r_link) {
		if (s->r_end >= start)
			break;
	}
	if (s != NULL && s->r_start <= end)
		return (EBUSY);

	r = region_alloc(rm, start, end);
	if (s != NULL)
		TAILQ_INSERT_BEFORE(s, r, r_link);
	else
		TAILQ_INSERT_TAIL(&rm->rm_list, r, r_link);

	/* A free neighbour that touches the new region becomes part of it. */
	next = TAILQ_NEXT(r, r_link);
	if (next != NULL && next->r_start - 1 == r->r_end &&
	    (next->r_flags & RF_ALLOCATED) == 0) {
		r->r_end = next->r_end;
		TAILQ_REMOVE(&rm->rm_list, next, r_link);
		book_free(next);
	}
	s = TAILQ_PREV(r, resource_head, r_link);
	if (s != NULL && s->r_end + 1 == r->r_start &&
	    (s->r_flags & RF_ALLOCATED) == 0) {
		s->r_end = r->r_end;
		TAILQ_REMOVE(&rm->rm_list, r, r_link);
		book_free(r);
	}
	return (0);
}

int
rman_first_free_region(struct rman *rm, rman_res_t *start, rman_res_t *end)
{
	struct resource_i *r;

	TAILQ_FOREACH(r, &rm->rm_list, r_link) {
		if ((r->r_flags & RF_ALLOCATED) == 0) {
			*start = r->r_start;
			*end = r->r_end;
			return (0);
		}
	}
	return (ENOENT);
}

int
rman_last_free_region(struct rman *rm, rman_res_t *start, rman_res_t *end)
{
	struct resource_i *r;

	TAILQ_FOREACH_REVERSE(r, &rm->rm_list, resource_head, r_link) {
		if ((r->r_flags & RF_ALLOCATED) == 0) {
			*start = r->r_start;
			*end = r->r_end;
			return (0);
		}
	}
	return (ENOENT);
}

int
rman_is_region_manager(struct resource *r, struct rman *rm)
{
	return (r->__r_i->r_rm == rm);
}

/*
 * --- reserving ---
 */

/*
 * The first address at or after `start` that is aligned and from which
 * `count` numbers do not cross a multiple of `bound` (0: none); false when
 * that is beyond `last`.
 */
static bool
region_fit(rman_res_t *startp, rman_res_t last, rman_res_t count,
    rman_res_t amask, rman_res_t bound)
{
	rman_res_t start = *startp;

	if (bound != 0 && count > bound)
		return (false);
	for (;;) {
		if (start > RM_MAX_END - amask)
			return (false);
		start = (start + amask) & ~amask;
		if (start > last || last - start < count - 1)
			return (false);
		if (bound == 0 ||
		    ((start ^ (start + count - 1)) & ~(bound - 1)) == 0)
			break;
		start = (start + bound) & ~(bound - 1);
		if (start == 0)
			return (false);
	}
	*startp = start;
	return (true);
}

/* Cuts [start, start + count - 1] out of the free region `s`. */
static struct resource_i *
region_cut(struct resource_i *s, rman_res_t start, rman_res_t count)
{
	struct rman *rm = s->r_rm;
	rman_res_t end = start + count - 1;
	struct resource_i *r;

	if (s->r_end > end) {
		r = region_alloc(rm, end + 1, s->r_end);
		TAILQ_INSERT_AFTER(&rm->rm_list, s, r, r_link);
		s->r_end = end;
	}
	if (s->r_start < start) {
		r = region_alloc(rm, start, end);
		TAILQ_INSERT_AFTER(&rm->rm_list, s, r, r_link);
		s->r_end = start - 1;
		s = r;
	}
	return (s);
}

static struct resource_i *
reserve_exclusive(struct rman *rm, rman_res_t start, rman_res_t end,
    rman_res_t count, rman_res_t amask, rman_res_t bound)
{
	struct resource_i *s;
	rman_res_t first;

	TAILQ_FOREACH(s, &rm->rm_list, r_link) {
		if (s->r_start > end)
			break;
		if (s->r_end < start || (s->r_flags & RF_ALLOCATED) != 0)
			continue;
		first = MAX(s->r_start, start);
		if (region_fit(&first, MIN(s->r_end, end), count, amask, bound))
			return (region_cut(s, first, count));
	}
	return (NULL);
}

/* Joins those who share a region of exactly this size, if there is one. */
static struct resource_i *
reserve_shared(struct rman *rm, rman_res_t start, rman_res_t end,
    rman_res_t count, rman_res_t amask, rman_res_t bound, u_int flags)
{
	struct resource_i *s, *r;
	rman_res_t first;

	TAILQ_FOREACH(s, &rm->rm_list, r_link) {
		if ((s->r_flags & RF_ALLOCATED) == 0 || s->r_start < start ||
		    s->r_end > end || s->r_end - s->r_start != count - 1 ||
		    SHARE_TYPE(s->r_flags) != SHARE_TYPE(flags))
			continue;
		first = s->r_start;
		if (!region_fit(&first, s->r_end, count, amask, bound))
			continue;
		if (s->r_sharehead == NULL) {
			s->r_sharehead = book_alloc(sizeof(*s->r_sharehead));
			LIST_INIT(s->r_sharehead);
			LIST_INSERT_HEAD(s->r_sharehead, s, r_sharelink);
			s->r_flags |= RF_FIRSTSHARE;
		}
		r = region_alloc(rm, s->r_start, s->r_end);
		r->r_sharehead = s->r_sharehead;
		LIST_INSERT_HEAD(s->r_sharehead, r, r_sharelink);
		return (r);
	}
	return (NULL);
}

struct resource *
rman_reserve_resource_bound(struct rman *rm, rman_res_t start, rman_res_t end,
    rman_res_t count, rman_res_t bound, u_int flags, device_t dev)
{
	struct resource_i *r;
	rman_res_t amask;

	KASSERT((flags & RF_FIRSTSHARE) == 0,
	    ("%s: invalid flags %#x", __func__, flags));
	KASSERT((bound & (bound - 1)) == 0,
	    ("%s: boundary %#jx is not a power of two", __func__,
		(uintmax_t)bound));
	if (count == 0 || start > end || end - start < count - 1)
		return (NULL);
	amask = ((rman_res_t)1 << RF_ALIGNMENT(flags)) - 1;

	r = reserve_exclusive(rm, start, end, count, amask, bound);
	if (r == NULL && (flags & RF_SHAREABLE) != 0)
		r = reserve_shared(rm, start, end, count, amask, bound, flags);
	if (r == NULL)
		return (NULL);
	r->r_flags = flags | RF_ALLOCATED;
	r->r_dev = dev;
	return (&r->r_r);
}

struct resource *
rman_reserve_resource(struct rman *rm, rman_res_t start, rman_res_t end,
    rman_res_t count, u_int flags, device_t dev)
{
	return (
	    rman_reserve_resource_bound(rm, start, end, count, 0, flags, dev));
}

/* The sharer that stands in the list for all hands its place on. */
static void
region_unshare(struct resource_i *r)
{
	struct resource_i *s;

	LIST_REMOVE(r, r_sharelink);
	s = LIST_FIRST(r->r_sharehead);
	if ((r->r_flags & RF_FIRSTSHARE) != 0) {
		s->r_flags |= RF_FIRSTSHARE;
		TAILQ_INSERT_BEFORE(r, s, r_link);
		TAILQ_REMOVE(&r->r_rm->rm_list, r, r_link);
	}
	if (LIST_NEXT(s, r_sharelink) == NULL) {
		book_free(s->r_sharehead);
		s->r_sharehead = NULL;
		s->r_flags &= ~RF_FIRSTSHARE;
	}
	book_free(r);
}

int
rman_release_resource(struct resource *res)
{
	struct resource_i *r = res->__r_i, *s;
	struct rman *rm = r->r_rm;

	KASSERT((r->r_flags & RF_ALLOCATED) != 0,
	    ("%s: [%#jx, %#jx] is not allocated", __func__,
		(uintmax_t)r->r_start, (uintmax_t)r->r_end));
	if (r->r_sharehead != NULL) {
		region_unshare(r);
		return (0);
	}
	/* A new region in its place, so that the old pointer is dead. */
	s = region_alloc(rm, r->r_start, r->r_end);
	TAILQ_INSERT_BEFORE(r, s, r_link);
	TAILQ_REMOVE(&rm->rm_list, r, r_link);
	book_free(r);

	r = TAILQ_PREV(s, resource_head, r_link);
	if (r != NULL && (r->r_flags & RF_ALLOCATED) == 0 &&
	    r->r_end + 1 == s->r_start) {
		s->r_start = r->r_start;
		TAILQ_REMOVE(&rm->rm_list, r, r_link);
		book_free(r);
	}
	r = TAILQ_NEXT(s, r_link);
	if (r != NULL && (r->r_flags & RF_ALLOCATED) == 0 &&
	    s->r_end + 1 == r->r_start) {
		s->r_end = r->r_end;
		TAILQ_REMOVE(&rm->rm_list, r, r_link);
		book_free(r);
	}
	return (0);
}

/*
 * Moves the ends of a reserved region; the old and the new must overlap, and
 * what is added must be free (rman(9)).
 */
int
rman_adjust_resource(struct resource *res, rman_res_t start, rman_res_t end)
{
	struct resource_i *r = res->__r_i, *s, *t;
	struct rman *rm = r->r_rm;

	if (end < start || end < r->r_start || start > r->r_end ||
	    (r->r_flags & RF_FIRSTSHARE) != 0 || r->r_sharehead != NULL)
		return (EINVAL);
	s = TAILQ_PREV(r, resource_head, r_link);
	if (s != NULL && (s->r_flags & RF_ALLOCATED) != 0)
		s = NULL;
	t = TAILQ_NEXT(r, r_link);
	if (t != NULL && (t->r_flags & RF_ALLOCATED) != 0)
		t = NULL;
	if (start < r->r_start &&
	    (s == NULL || start < s->r_start || s->r_end + 1 != r->r_start))
		return (EBUSY);
	if (end > r->r_end &&
	    (t == NULL || end > t->r_end || r->r_end + 1 != t->r_start))
		return (EBUSY);

	/* Free all of it and cut the new region out of what is there now. */
	if (s != NULL && s->r_end + 1 == r->r_start) {
		r->r_start = s->r_start;
		TAILQ_REMOVE(&rm->rm_list, s, r_link);
		book_free(s);
	}
	if (t != NULL && r->r_end + 1 == t->r_start) {
		r->r_end = t->r_end;
		TAILQ_REMOVE(&rm->rm_list, t, r_link);
		book_free(t);
	}
	if (r->r_start < start) {
		s = region_alloc(rm, r->r_start, start - 1);
		TAILQ_INSERT_BEFORE(r, s, r_link);
		r->r_start = start;
	}
	if (r->r_end > end) {
		t = region_alloc(rm, end + 1, r->r_end);
		TAILQ_INSERT_AFTER(&rm->rm_list, r, t, r_link);
		r->r_end = end;
	}
	return (0);
}

int
rman_activate_resource(struct resource *r)
{
	r->__r_i->r_flags |= RF_ACTIVE;
	return (0);
}

int
rman_deactivate_resource(struct resource *r)
{
	r->__r_i->r_flags &= ~RF_ACTIVE;
	return (0);
}

uint32_t
rman_make_alignment_flags(uint32_t size)
{
	int i;

	/* log2, rounded up. */
	for (i = 0; i < 32 && ((uint64_t)1 << i) < size; i++)
		continue;
	return (RF_ALIGNMENT_LOG2(i));
}

/*
 * --- what a resource is ---
 */

#define RMAN_ACCESSOR(name, type, field)                     \
	type rman_get_##name(struct resource *r)             \
	{                                                    \
		return (r->field);                           \
	}                                                    \
	void rman_set_##name(struct resource *r, type value) \
	{                                                    \
		r->field = value;                            \
	}                                                    \
	struct __hack

RMAN_ACCESSOR(start, rman_res_t, __r_i->r_start);
RMAN_ACCESSOR(end, rman_res_t, __r_i->r_end);
RMAN_ACCESSOR(device, device_t, __r_i->r_dev);
RMAN_ACCESSOR(rid, int, __r_i->r_rid);
RMAN_ACCESSOR(type, int, __r_i->r_type);
RMAN_ACCESSOR(irq_cookie, void *, __r_i->r_irq_cookie);
RMAN_ACCESSOR(bustag, bus_space_tag_t, r_bustag);
RMAN_ACCESSOR(bushandle, bus_space_handle_t, r_bushandle);

/* Registers are reached through bus_space(9) alone. */
void *
rman_get_virtual(struct resource *r)
{
	return (r->__r_i->r_virtual);
}

void
rman_set_virtual(struct resource *r, void *va)
{
	r->__r_i->r_virtual = va;
}

rman_res_t
rman_get_size(struct resource *r)
{
	return (r->__r_i->r_end - r->__r_i->r_start + 1);
}

u_int
rman_get_flags(struct resource *r)
{
	return (r->__r_i->r_flags);
}

void
rman_set_mapping(struct resource *r, struct resource_map *map)
{
	KASSERT(rman_get_size(r) == map->r_size,
	    ("%s: size %#jx, map of %#jx", __func__,
		(uintmax_t)rman_get_size(r), (uintmax_t)map->r_size));
	rman_set_bustag(r, map->r_bustag);
	rman_set_bushandle(r, map->r_bushandle);
	rman_set_virtual(r, map->r_vaddr);
}

void
rman_get_mapping(struct resource *r, struct resource_map *map)
{
	map->r_bustag = rman_get_bustag(r);
	map->r_bushandle = rman_get_bushandle(r);
	map->r_size = rman_get_size(r);
	map->r_vaddr = rman_get_virtual(r);
}
