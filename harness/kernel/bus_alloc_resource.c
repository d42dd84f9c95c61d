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
 * --- what drivers call ---
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
bus_release_resource(device_t dev, int type, int rid, struct resource *r)
{
	int error;

	if (dev->parent == NULL)
		return (EINVAL);
	error = BUS_RELEASE_RESOURCE(dev->parent, dev, type, rid, r);
	if (error == 0)
		kern_gone(KO_RESOURCE, r,
		    type == SYS_RES_IRQ ? "irq" : "memory");
	return (error);
}

int
bus_free_resource(device_t dev, int type, struct resource *r)
{
	if (r == NULL)
		return (0);
	return (bus_release_resource(dev, type, rman_get_rid(r), r));
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
		bus_release_resource(dev, rs[i].type, rs[i].rid, res[i]);
		res[i] = NULL;
	}
}

int
bus_adjust_resource(device_t dev, int type, struct resource *r,
    rman_res_t start, rman_res_t end)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_ADJUST_RESOURCE(dev->parent, dev, type, r, start, end));
}

int
bus_activate_resource(device_t dev, int type, int rid, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_ACTIVATE_RESOURCE(dev->parent, dev, type, rid, r));
}

int
bus_deactivate_resource(device_t dev, int type, int rid, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_DEACTIVATE_RESOURCE(dev->parent, dev, type, rid, r));
}

void
resource_init_map_request_impl(struct resource_map_request *args, size_t size)
{
	bzero(args, size);
	args->size = size;
}

int
bus_map_resource(device_t dev, int type, struct resource *r,
    struct resource_map_request *args, struct resource_map *map)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_MAP_RESOURCE(dev->parent, dev, type, r, args, map));
}

int
bus_unmap_resource(device_t dev, int type, struct resource *r,
    struct resource_map *map)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_UNMAP_RESOURCE(dev->parent, dev, type, r, map));
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
bus_generic_release_resource(device_t bus, device_t child, int type, int rid,
    struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_RELEASE_RESOURCE(bus->parent, child, type, rid, r));
}

int
bus_generic_activate_resource(device_t bus, device_t child, int type, int rid,
    struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_ACTIVATE_RESOURCE(bus->parent, child, type, rid, r));
}

int
bus_generic_deactivate_resource(device_t bus, device_t child, int type, int rid,
    struct resource *r)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_DEACTIVATE_RESOURCE(bus->parent, child, type, rid, r));
}

int
bus_generic_adjust_resource(device_t bus, device_t child, int type,
    struct resource *r, rman_res_t start, rman_res_t end)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_ADJUST_RESOURCE(bus->parent, child, type, r, start, end));
}

int
bus_generic_map_resource(device_t bus, device_t child, int type,
    struct resource *r, struct resource_map_request *args,
    struct resource_map *map)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_MAP_RESOURCE(bus->parent, child, type, r, args, map));
}

int
bus_generic_unmap_resource(device_t bus, device_t child, int type,
    struct resource *r, struct resource_map *map)
{
	if (bus->parent == NULL)
		return (EINVAL);
	return (BUS_UNMAP_RESOURCE(bus->parent, child, type, r, map));
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
bus_generic_rl_release_resource(device_t dev, device_t child, int type, int rid,
    struct resource *r)
{
	struct resource_list *rl;

	if (device_get_parent(child) != dev)
		return (bus_generic_release_resource(dev, child, type, rid, r));
	rl = BUS_GET_RESOURCE_LIST(dev, child);
	if (rl == NULL)
		return (EINVAL);
	return (resource_list_release(rl, dev, child, type, rid, r));
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
