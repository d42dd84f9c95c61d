/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_alloc_resource(9) and its neighbours: a driver's requests to its bus,
 * and the generic methods that hand them up the tree.
 *
 * The calls a driver makes are where a resource changes hands, so they tell
 * the checkers; what a bus does for itself further up does not.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>

/*
 * --- requests about a resource, which knows its type and rid ---
 */

int
newbus_release(device_t dev, struct resource *r)
{
	const char *kind = rman_get_type(r) == SYS_RES_IRQ ? "irq" : "memory";
	int error;

	if (dev->parent == NULL)
		return (EINVAL);
	error = BUS_RELEASE_RESOURCE(dev->parent, dev, A_TYPE_RID(r) r);
	if (error == 0)
		kern_gone(KO_RESOURCE, r, kind);
	return (error);
}

int
newbus_activate(device_t dev, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_ACTIVATE_RESOURCE(dev->parent, dev, A_TYPE_RID(r) r));
}

int
newbus_deactivate(device_t dev, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_DEACTIVATE_RESOURCE(dev->parent, dev, A_TYPE_RID(r) r));
}

static int
newbus_adjust(device_t dev, struct resource *r, rman_res_t start,
    rman_res_t end)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_ADJUST_RESOURCE(dev->parent, dev, A_TYPE(r) r, start, end));
}

static int
newbus_map(device_t dev, struct resource *r, struct resource_map_request *args,
    struct resource_map *map)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_MAP_RESOURCE(dev->parent, dev, A_TYPE(r) r, args, map));
}

static int
newbus_unmap(device_t dev, struct resource *r, struct resource_map *map)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_UNMAP_RESOURCE(dev->parent, dev, A_TYPE(r) r, map));
}

/*
 * --- what drivers call: with type and rid, which have to be the right ones,
 * and since 14 also without ---
 */

#if __FreeBSD_version < 1400000
#define LONG_FORM(name) name
#else
#define LONG_FORM(name) name##_old
#endif

/* A rid of -1 was not said. */
static void
newbus_check(device_t dev, const char *what, struct resource *r, int type,
    int rid)
{
	if (rman_get_type(r) != type || (rid != -1 && rman_get_rid(r) != rid))
		kern_misuse("%s by %s: type %d and rid %d of a resource of "
			    "type %d and rid %d",
		    what, dev->nameunit, type, rid, rman_get_type(r),
		    rman_get_rid(r));
}

int
LONG_FORM(
    bus_release_resource)(device_t dev, int type, int rid, struct resource *r)
{
	newbus_check(dev, "bus_release_resource", r, type, rid);
	return (newbus_release(dev, r));
}

int
LONG_FORM(
    bus_activate_resource)(device_t dev, int type, int rid, struct resource *r)
{
	newbus_check(dev, "bus_activate_resource", r, type, rid);
	return (newbus_activate(dev, r));
}

int
LONG_FORM(bus_deactivate_resource)(device_t dev, int type, int rid,
    struct resource *r)
{
	newbus_check(dev, "bus_deactivate_resource", r, type, rid);
	return (newbus_deactivate(dev, r));
}

int
LONG_FORM(bus_adjust_resource)(device_t dev, int type, struct resource *r,
    rman_res_t start, rman_res_t end)
{
	newbus_check(dev, "bus_adjust_resource", r, type, -1);
	return (newbus_adjust(dev, r, start, end));
}

int
LONG_FORM(bus_map_resource)(device_t dev, int type, struct resource *r,
    struct resource_map_request *args, struct resource_map *map)
{
	newbus_check(dev, "bus_map_resource", r, type, -1);
	return (newbus_map(dev, r, args, map));
}

int
LONG_FORM(bus_unmap_resource)(device_t dev, int type, struct resource *r,
    struct resource_map *map)
{
	newbus_check(dev, "bus_unmap_resource", r, type, -1);
	return (newbus_unmap(dev, r, map));
}

#if __FreeBSD_version >= 1400000
int
bus_release_resource(device_t dev, struct resource *r)
{
	return (newbus_release(dev, r));
}

int
bus_activate_resource(device_t dev, struct resource *r)
{
	return (newbus_activate(dev, r));
}

int
bus_deactivate_resource(device_t dev, struct resource *r)
{
	return (newbus_deactivate(dev, r));
}

int
bus_adjust_resource(device_t dev, struct resource *r, rman_res_t start,
    rman_res_t end)
{
	return (newbus_adjust(dev, r, start, end));
}

int
bus_map_resource(device_t dev, struct resource *r,
    struct resource_map_request *args, struct resource_map *map)
{
	return (newbus_map(dev, r, args, map));
}

int
bus_unmap_resource(device_t dev, struct resource *r, struct resource_map *map)
{
	return (newbus_unmap(dev, r, map));
}
#endif

/*
 * --- what else drivers call ---
 */

struct resource *
bus_alloc_resource(device_t dev, int type, int *rid, rman_res_t start,
    rman_res_t end, rman_res_t count, u_int flags)
{
	struct resource *r;

	if (dev->parent == NULL || kern_fault(KF_RESOURCE, dev->nameunit))
		return (NULL);
	r = BUS_ALLOC_RESOURCE(dev->parent, dev, type, rid, start, end, count,
	    flags);
	if (r != NULL)
		kern_new(KO_RESOURCE, r, rman_get_size(r),
		    type == SYS_RES_IRQ ? "irq" : "memory");
	return (r);
}

int
bus_free_resource(device_t dev, int type, struct resource *r)
{
	if (r == NULL)
		return (0);
	return (newbus_release(dev, r));
}

int
bus_alloc_resources(device_t dev, struct resource_spec *rs,
    struct resource **res)
{
	int i;

	for (i = 0; rs[i].type != -1; i++)
		res[i] = NULL;
	for (i = 0; rs[i].type != -1; i++) {
		res[i] = bus_alloc_resource_any(dev, rs[i].type, &rs[i].rid,
		    rs[i].flags);
		if (res[i] == NULL && (rs[i].flags & RF_OPTIONAL) == 0) {
			bus_release_resources(dev, rs, res);
			return (ENXIO);
		}
	}
	return (0);
}

void
bus_release_resources(device_t dev, const struct resource_spec *rs,
    struct resource **res)
{
	int i;

	for (i = 0; rs[i].type != -1; i++) {
		if (res[i] == NULL)
			continue;
		(void)newbus_release(dev, res[i]);
		res[i] = NULL;
	}
}

void
resource_init_map_request_impl(struct resource_map_request *args, size_t size)
{
	bzero(args, size);
	args->size = size;
}

int
bus_set_resource(device_t dev, int type, int rid, rman_res_t start,
    rman_res_t count)
{
	return (BUS_SET_RESOURCE(device_get_parent(dev), dev, type, rid, start,
	    count));
}

int
bus_get_resource(device_t dev, int type, int rid, rman_res_t *startp,
    rman_res_t *countp)
{
	return (BUS_GET_RESOURCE(device_get_parent(dev), dev, type, rid, startp,
	    countp));
}

rman_res_t
bus_get_resource_start(device_t dev, int type, int rid)
{
	rman_res_t start;

	return (
	    bus_get_resource(dev, type, rid, &start, NULL) == 0 ? start : 0);
}

rman_res_t
bus_get_resource_count(device_t dev, int type, int rid)
{
	rman_res_t count;

	return (
	    bus_get_resource(dev, type, rid, NULL, &count) == 0 ? count : 0);
}

void
bus_delete_resource(device_t dev, int type, int rid)
{
	BUS_DELETE_RESOURCE(device_get_parent(dev), dev, type, rid);
}

/*
 * --- what buses hand up ---
 */

struct resource *
bus_generic_alloc_resource(device_t bus, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
{
	if (bus->parent == NULL)
		return (NULL);
	return (BUS_ALLOC_RESOURCE(bus->parent, child, type, rid, start, end,
	    count, flags));
}

int
bus_generic_release_resource(device_t bus, device_t child,
    P_TYPE_RID struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_RELEASE_RESOURCE(bus->parent, child, A_TYPE_RID(r) r));
}

int
bus_generic_activate_resource(device_t bus, device_t child,
    P_TYPE_RID struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_ACTIVATE_RESOURCE(bus->parent, child, A_TYPE_RID(r) r));
}

int
bus_generic_deactivate_resource(device_t bus, device_t child,
    P_TYPE_RID struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_DEACTIVATE_RESOURCE(bus->parent, child, A_TYPE_RID(r) r));
}

int
bus_generic_adjust_resource(device_t bus, device_t child,
    P_TYPE struct resource *r, rman_res_t start, rman_res_t end)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (
	    BUS_ADJUST_RESOURCE(bus->parent, child, A_TYPE(r) r, start, end));
}

int
bus_generic_map_resource(device_t bus, device_t child,
    P_TYPE struct resource *r, struct resource_map_request *args,
    struct resource_map *map)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_MAP_RESOURCE(bus->parent, child, A_TYPE(r) r, args, map));
}

int
bus_generic_unmap_resource(device_t bus, device_t child,
    P_TYPE struct resource *r, struct resource_map *map)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_UNMAP_RESOURCE(bus->parent, child, A_TYPE(r) r, map));
}

/*
 * --- for buses that keep a resource list for each child ---
 */

struct resource_list *
bus_generic_get_resource_list(device_t dev, device_t child)
{
	return (NULL);
}

struct resource *
bus_generic_rl_alloc_resource(device_t dev, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
{
	struct resource_list *rl;

	/* A grandchild's request is no business of this list. */
	if (device_get_parent(child) != dev)
		return (bus_generic_alloc_resource(dev, child, type, rid, start,
		    end, count, flags));
	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl == NULL)
		return (NULL);
	return (resource_list_alloc(rl, dev, child, type, rid, start, end,
	    count, flags));
}

int
bus_generic_rl_release_resource(device_t dev, device_t child,
    P_TYPE_RID struct resource *r)
{
	struct resource_list *rl;

	if (device_get_parent(child) != dev)
		return (
		    bus_generic_release_resource(dev, child, A_TYPE_RID(r) r));
	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl == NULL)
		return (EINVAL);
	return (resource_list_release(rl, dev, child, A_TYPE_RID(r) r));
}

int
bus_generic_rl_set_resource(device_t dev, device_t child, int type, int rid,
    rman_res_t start, rman_res_t count)
{
	struct resource_list *rl;

	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl == NULL)
		return (EINVAL);
	resource_list_add(rl, type, rid, start, start + count - 1, count);
	return (0);
}

int
bus_generic_rl_get_resource(device_t dev, device_t child, int type, int rid,
    rman_res_t *startp, rman_res_t *countp)
{
	struct resource_list_entry *rle;
	struct resource_list *rl;

	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl == NULL)
		return (EINVAL);
	rle = resource_list_find(rl, type, rid);
	if (rle == NULL)
		return (ENOENT);
	if (startp != NULL)
		*startp = rle->start;
	if (countp != NULL)
		*countp = rle->count;
	return (0);
}

void
bus_generic_rl_delete_resource(device_t dev, device_t child, int type, int rid)
{
	struct resource_list *rl;

	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl != NULL)
		resource_list_delete(rl, type, rid);
}
