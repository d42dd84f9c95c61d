/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uma(9): secondary zones.
 *
 * Their items lie in the slabs of another zone.  Once one has been made fit by
 * zinit it stays so: freed, it waits in the zone's cache, and goes back to the
 * other zone only when the cache is drained.
 */
#include "kernel/uma_var.h"

uma_zone_t
uma_zsecond_create(const char *name, uma_ctor ctor, uma_dtor dtor,
    uma_init zinit, uma_fini zfini, uma_zone_t primary)
{
	struct uma_zone *zone;

	kern_assert_can_sleep(__func__);
	KASSERT(primary->home == primary,
	    ("uma_zsecond_create: zone %s is secondary itself", primary->name));
	KASSERT(primary->nseconds < UINT8_MAX,
	    ("uma_zsecond_create: too many for zone %s", primary->name));
	zone = host_alloc(sizeof(*zone));
	strlcpy(zone->name, name, sizeof(zone->name));
	LIST_INIT(&zone->partial);
	LIST_INIT(&zone->full);
	zone->size = primary->size;
	zone->ctor = ctor;
	zone->dtor = dtor;
	zone->init = zinit;
	zone->fini = zfini;
	zone->flags = primary->flags & ~(uint32_t)UMA_ZONE_NOFREE;
	zone->home = primary;
	zone->id = (uint8_t)++primary->nseconds;
	zone->cacheroom = 64;
	zone->cache = host_alloc(zone->cacheroom * sizeof(zone->cache[0]));
	uma_zone_enter(zone);
	return (zone);
}

/* One more from the primary zone. */
static char *
second_import(struct uma_zone *zone, int flags)
{
	struct uma_slab *slab;
	char *va;
	u_int i;

	va = uma_slab_take(zone->home, flags);
	if (va == NULL)
		return (NULL);
	slab = uma_item_slab(zone->home, va, &i);
	if (zone->init != NULL && zone->init(va, (int)zone->size, flags) != 0) {
		uma_slab_give(slab, i);
		return (NULL);
	}
	slab->items[i].zone = zone->id;
	return (va);
}

char *
uma_second_take(struct uma_zone *zone, int flags)
{
	struct uma_cached *cached;
	char *va;

	if (__predict_false(zone->ncached == 0))
		return (second_import(zone, flags));
	cached = &zone->cache[--zone->ncached];
	cached->slab->items[cached->index].used = true;
	va = uma_item_va(cached->slab, cached->index);
	kern_unpoison(va, zone->size);
	return (va);
}

void
uma_second_give(struct uma_zone *zone, struct uma_slab *slab, u_int i)
{
	if (__predict_false(zone->ncached == zone->cacheroom)) {
		zone->cacheroom *= 2;
		zone->cache = host_realloc(zone->cache,
		    zone->cacheroom * sizeof(zone->cache[0]));
	}
	slab->items[i].used = false;
	zone->cache[zone->ncached++] = (struct uma_cached) { slab, i };
	kern_poison(uma_item_va(slab, i), zone->size);
}

void
uma_second_drain(struct uma_zone *zone)
{
	struct uma_cached cached;
	char *va;

	while (zone->ncached > 0) {
		cached = zone->cache[--zone->ncached];
		va = uma_item_va(cached.slab, cached.index);
		kern_unpoison(va, zone->size);
		if (zone->fini != NULL)
			zone->fini(va, (int)zone->size);
		uma_slab_give(cached.slab, cached.index);
	}
}
