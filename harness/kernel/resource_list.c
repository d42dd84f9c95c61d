/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rman(9), resource lists: what a bus knows of a child (registers in a BAR,
 * interrupt lines), whether or not the child's driver has asked for it.
 *
 * An entry can be reserved: then the bus holds the resource at all times and
 * lends it to the driver.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>

void
resource_list_init(struct resource_list *rl)
{
	STAILQ_INIT(rl);
}

void
resource_list_free(struct resource_list *rl)
{
	struct resource_list_entry *rle;

	while ((rle = STAILQ_FIRST(rl)) != NULL) {
		if (rle->res != NULL)
			panic("resource_list_free: resource entry is busy");
		STAILQ_REMOVE_HEAD(rl, link);
		book_free(rle);
	}
}

struct resource_list_entry *
resource_list_find(struct resource_list *rl, int type, int rid)
{
	struct resource_list_entry *rle;

	STAILQ_FOREACH(rle, rl, link) {
		if (rle->type == type && rle->rid == rid)
			return (rle);
	}
	return (NULL);
}

/* Adds an entry or changes the one that is there. */
struct resource_list_entry *
resource_list_add(struct resource_list *rl, int type, int rid, rman_res_t start,
    rman_res_t end, rman_res_t count)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(rl, type, rid);
	if (rle == NULL) {
		rle = book_alloc(sizeof(*rle));
		rle->type = type;
		rle->rid = rid;
		STAILQ_INSERT_TAIL(rl, rle, link);
	}
	if (rle->res != NULL)
		panic("resource_list_add: resource entry is busy");
	rle->start = start;
	rle->end = end;
	rle->count = count;
	return (rle);
}

/* The first free rid of the type; returns it. */
int
resource_list_add_next(struct resource_list *rl, int type, rman_res_t start,
    rman_res_t end, rman_res_t count)
{
	int rid = 0;

	while (resource_list_find(rl, type, rid) != NULL)
		rid++;
	resource_list_add(rl, type, rid, start, end, count);
	return (rid);
}

void
resource_list_delete(struct resource_list *rl, int type, int rid)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(rl, type, rid);
	if (rle == NULL)
		return;
	if (rle->res != NULL)
		panic("resource_list_delete: resource has not been released");
	STAILQ_REMOVE(rl, rle, resource_list_entry, link);
	book_free(rle);
}

/* Whether a driver has it. */
int
resource_list_busy(struct resource_list *rl, int type, int rid)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(rl, type, rid);
	if (rle == NULL || rle->res == NULL)
		return (0);
	return ((rle->flags & (RLE_RESERVED | RLE_ALLOCATED)) != RLE_RESERVED);
}

int
resource_list_reserved(struct resource_list *rl, int type, int rid)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(rl, type, rid);
	return (rle != NULL && (rle->flags & RLE_RESERVED) != 0);
}

struct resource *
resource_list_reserve(struct resource_list *rl, device_t bus, device_t child,
    int type, int *rid, rman_res_t start, rman_res_t end, rman_res_t count,
    u_int flags)
{
	struct resource_list_entry *rle;
	struct resource *r;

	if (device_get_parent(child) != bus)
		panic("resource_list_reserve() should only be called for "
		      "direct children");
	if ((flags & RF_ACTIVE) != 0)
		panic("resource_list_reserve() should only reserve inactive "
		      "resources");
	r = resource_list_alloc(rl, bus, child, type, rid, start, end, count,
	    flags);
	if (r != NULL) {
		rle = resource_list_find(rl, type, *rid);
		rle->flags |= RLE_RESERVED;
	}
	return (r);
}

int
resource_list_unreserve(struct resource_list *rl, device_t bus, device_t child,
    int type, int rid)
{
	struct resource_list_entry *rle;

	if (device_get_parent(child) != bus)
		panic("resource_list_unreserve() called for a grandchild");
	rle = resource_list_find(rl, type, rid);
	if (rle == NULL)
		panic("resource_list_unreserve() can't find resource");
	if ((rle->flags & RLE_RESERVED) == 0)
		return (EINVAL);
	if ((rle->flags & RLE_ALLOCATED) != 0)
		return (EBUSY);
	rle->flags &= ~RLE_RESERVED;
	return (resource_list_release(rl, bus, child,
	    A_TYPE_RID(rle->res) rle->res));
}

/* Lends a resource that the bus holds. */
static struct resource *
resource_list_lend(struct resource_list_entry *rle, device_t child, u_int flags)
{
	if ((rle->flags & RLE_ALLOCATED) != 0)
		return (NULL);
	if ((flags & RF_ACTIVE) != 0 && newbus_activate(child, rle->res) != 0)
		return (NULL);
	rle->flags |= RLE_ALLOCATED;
	return (rle->res);
}

struct resource *
resource_list_alloc(struct resource_list *rl, device_t bus, device_t child,
    int type, int *rid, rman_res_t start, rman_res_t end, rman_res_t count,
    u_int flags)
{
	struct resource_list_entry *rle;

	if (device_get_parent(child) != bus)
		return (BUS_ALLOC_RESOURCE(device_get_parent(bus), child, type,
		    rid, start, end, count, flags));
	rle = resource_list_find(rl, type, *rid);
	if (rle == NULL)
		return (NULL);
	if (rle->res != NULL) {
		if ((rle->flags & RLE_RESERVED) != 0)
			return (resource_list_lend(rle, child, flags));
		device_printf(bus,
		    "resource entry %#x type %d for child %s is busy\n", *rid,
		    type, device_get_nameunit(child));
		return (NULL);
	}
	if (RMAN_IS_DEFAULT_RANGE(start, end)) {
		start = rle->start;
		count = MAX(count, rle->count);
		end = MAX(rle->end, start + count - 1);
	}
	rle->res = BUS_ALLOC_RESOURCE(device_get_parent(bus), child, type, rid,
	    start, end, count, flags);
	if (rle->res != NULL) {
		rle->start = rman_get_start(rle->res);
		rle->end = rman_get_end(rle->res);
		rle->count = count;
	}
	return (rle->res);
}

int
resource_list_release(struct resource_list *rl, device_t bus, device_t child,
    P_TYPE_RID struct resource *res)
{
	struct resource_list_entry *rle;
	int error;

	if (device_get_parent(child) != bus)
		return (BUS_RELEASE_RESOURCE(device_get_parent(bus), child,
		    A_TYPE_RID(res) res));
	rle = resource_list_find(rl, rman_get_type(res), rman_get_rid(res));
	if (rle == NULL)
		panic("resource_list_release: can't find resource");
	if (rle->res == NULL)
		panic("resource_list_release: resource entry is not busy");
	KASSERT(rle->res == res,
	    ("%s: type %d rid %d is not what is released", __func__,
		rman_get_type(res), rman_get_rid(res)));
	if ((rle->flags & RLE_RESERVED) != 0) {
		if ((rle->flags & RLE_ALLOCATED) == 0)
			return (EINVAL);
		if ((rman_get_flags(res) & RF_ACTIVE) != 0) {
			error = newbus_deactivate(child, res);
			if (error != 0)
				return (error);
		}
		rle->flags &= ~RLE_ALLOCATED;
		return (0);
	}
	error = BUS_RELEASE_RESOURCE(device_get_parent(bus), child,
	    A_TYPE_RID(res) res);
	if (error != 0)
		return (error);
	rle->res = NULL;
	return (0);
}

int
resource_list_release_active(struct resource_list *rl, device_t bus,
    device_t child, int type)
{
	struct resource_list_entry *rle;
	struct resource *res;
	int error, result = 0;

	if (device_get_parent(child) != bus)
		return (EINVAL);
	STAILQ_FOREACH(rle, rl, link) {
		if (rle->type != type || rle->res == NULL ||
		    (rle->flags & (RLE_RESERVED | RLE_ALLOCATED)) ==
			RLE_RESERVED)
			continue;
		result = EBUSY;
		res = rle->res;
		error =
		    resource_list_release(rl, bus, child, A_TYPE_RID(res) res);
		if (error != 0)
			device_printf(bus,
			    "Failed to release active resource: %d\n", error);
	}
	return (result);
}

void
resource_list_purge(struct resource_list *rl)
{
	struct resource_list_entry *rle;

	while ((rle = STAILQ_FIRST(rl)) != NULL) {
		if (rle->res != NULL)
			(void)newbus_release(rman_get_device(rle->res),
			    rle->res);
		STAILQ_REMOVE_HEAD(rl, link);
		book_free(rle);
	}
}

/* `format` is for one number: "%#jx". */
int
resource_list_print_type(struct resource_list *rl, const char *name, int type,
    const char *format)
{
	struct resource_list_entry *rle;
	int length = 0, printed = 0;

	STAILQ_FOREACH(rle, rl, link) {
		if (rle->type != type)
			continue;
		if (printed++ == 0)
			length += printf(" %s ", name);
		else
			length += printf(",");
		length += printf(format, (uintmax_t)rle->start);
		if (rle->count > 1) {
			length += printf("-");
			length += printf(format,
			    (uintmax_t)(rle->start + rle->count - 1));
		}
	}
	return (length);
}
