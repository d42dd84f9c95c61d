/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of <sys/bus.h> about resources and interrupts: what a driver asks
 * its bus for, and the lists in which a bus keeps what its children have.
 * Included by <sys/bus.h> and by nobody else.
 */
#ifndef _SYS__BUS_RESOURCE_H_
#define _SYS__BUS_RESOURCE_H_

/*
 * --- what a driver asks for ---
 */

struct resource_map {
	bus_space_tag_t r_bustag;
	bus_space_handle_t r_bushandle;
	bus_size_t r_size;
	void *r_vaddr;
};

struct resource_map_request {
	size_t size; /* of this structure */
	rman_res_t offset;
	rman_res_t length; /* 0: to the end */
	int memattr;
};
void resource_init_map_request_impl(struct resource_map_request *args,
    size_t size);
#define resource_init_map_request(rmr) \
	resource_init_map_request_impl((rmr), sizeof(*(rmr)))

/* A table of what a driver needs ends with type -1. */
struct resource_spec {
	int type;
	int rid;
	int flags;
};
#define RESOURCE_SPEC_END \
	{                 \
		-1, 0, 0  \
	}
int bus_alloc_resources(device_t dev, struct resource_spec *rs,
    struct resource **res);
void bus_release_resources(device_t dev, const struct resource_spec *rs,
    struct resource **res);

struct resource *bus_alloc_resource(device_t dev, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags);
#if __FreeBSD_version >= 1400000
/* Either with the resource's type (and rid) before it or without. */
#define bus_adjust_resource(...)                                 \
	_BUS_RESOURCE_FORM(__VA_ARGS__, bus_adjust_resource_old, \
	    bus_adjust_resource, , )                             \
	(__VA_ARGS__)
#define bus_activate_resource(...)                                     \
	_BUS_RESOURCE_FORM(__VA_ARGS__, , bus_activate_resource_old, , \
	    bus_activate_resource)                                     \
	(__VA_ARGS__)
#define bus_deactivate_resource(...)                                     \
	_BUS_RESOURCE_FORM(__VA_ARGS__, , bus_deactivate_resource_old, , \
	    bus_deactivate_resource)                                     \
	(__VA_ARGS__)
#define bus_map_resource(...)                                 \
	_BUS_RESOURCE_FORM(__VA_ARGS__, bus_map_resource_old, \
	    bus_map_resource, , )                             \
	(__VA_ARGS__)
#define bus_unmap_resource(...)                                   \
	_BUS_RESOURCE_FORM(__VA_ARGS__, , bus_unmap_resource_old, \
	    bus_unmap_resource, )                                 \
	(__VA_ARGS__)
#define bus_release_resource(...)                                     \
	_BUS_RESOURCE_FORM(__VA_ARGS__, , bus_release_resource_old, , \
	    bus_release_resource)                                     \
	(__VA_ARGS__)
/* Behind the arguments: what takes five of them, four, three and two. */
#define _BUS_RESOURCE_FORM(a1, a2, a3, a4, a5, form, ...) form

int bus_adjust_resource(device_t dev, struct resource *r, rman_res_t start,
    rman_res_t end);
int bus_activate_resource(device_t dev, struct resource *r);
int bus_deactivate_resource(device_t dev, struct resource *r);
int bus_map_resource(device_t dev, struct resource *r,
    struct resource_map_request *args, struct resource_map *map);
int bus_unmap_resource(device_t dev, struct resource *r,
    struct resource_map *map);
int bus_release_resource(device_t dev, struct resource *r);
int bus_adjust_resource_old(device_t dev, int type, struct resource *r,
    rman_res_t start, rman_res_t end);
int bus_activate_resource_old(device_t dev, int type, int rid,
    struct resource *r);
int bus_deactivate_resource_old(device_t dev, int type, int rid,
    struct resource *r);
int bus_map_resource_old(device_t dev, int type, struct resource *r,
    struct resource_map_request *args, struct resource_map *map);
int bus_unmap_resource_old(device_t dev, int type, struct resource *r,
    struct resource_map *map);
int bus_release_resource_old(device_t dev, int type, int rid,
    struct resource *r);
#else
int bus_adjust_resource(device_t dev, int type, struct resource *r,
    rman_res_t start, rman_res_t end);
int bus_activate_resource(device_t dev, int type, int rid, struct resource *r);
int bus_deactivate_resource(device_t dev, int type, int rid,
    struct resource *r);
int bus_map_resource(device_t dev, int type, struct resource *r,
    struct resource_map_request *args, struct resource_map *map);
int bus_unmap_resource(device_t dev, int type, struct resource *r,
    struct resource_map *map);
int bus_release_resource(device_t dev, int type, int rid, struct resource *r);
#endif
int bus_free_resource(device_t dev, int type, struct resource *r);
int bus_set_resource(device_t dev, int type, int rid, rman_res_t start,
    rman_res_t count);
int bus_get_resource(device_t dev, int type, int rid, rman_res_t *startp,
    rman_res_t *countp);
rman_res_t bus_get_resource_start(device_t dev, int type, int rid);
rman_res_t bus_get_resource_count(device_t dev, int type, int rid);
void bus_delete_resource(device_t dev, int type, int rid);

static __inline struct resource *
bus_alloc_resource_any(device_t dev, int type, int *rid, u_int flags)
{
	return (bus_alloc_resource(dev, type, rid, 0, RM_MAX_END, 1, flags));
}

static __inline struct resource *
bus_alloc_resource_anywhere(device_t dev, int type, int *rid, rman_res_t count,
    u_int flags)
{
	return (
	    bus_alloc_resource(dev, type, rid, 0, RM_MAX_END, count, flags));
}

/*
 * A filter runs in the interrupt's context and must not block; a handler runs
 * in the vector's thread.  After bus_teardown_intr() neither is running.
 */
int bus_setup_intr(device_t dev, struct resource *r, int flags,
    driver_filter_t *filter, driver_intr_t *handler, void *arg, void **cookiep);
int bus_teardown_intr(device_t dev, struct resource *r, void *cookie);
int bus_suspend_intr(device_t dev, struct resource *r);
int bus_resume_intr(device_t dev, struct resource *r);
int bus_bind_intr(device_t dev, struct resource *r, int cpu);
int bus_describe_intr(device_t dev, struct resource *irq, void *cookie,
    const char *fmt, ...) __printflike(4, 5);

/*
 * --- what a bus keeps for its children ---
 */

struct resource_list_entry {
	STAILQ_ENTRY(resource_list_entry) link;
	int type;
	int rid;
	int flags; /* RLE_* */
	struct resource *res;
	rman_res_t start;
	rman_res_t end;
	rman_res_t count;
};
STAILQ_HEAD(resource_list, resource_list_entry);

#define RLE_RESERVED  0x0001 /* `res` is kept by the bus */
#define RLE_ALLOCATED 0x0002 /* and has been given to the child */
#define RLE_PREFETCH  0x0004

void resource_list_init(struct resource_list *rl);
void resource_list_free(struct resource_list *rl);
struct resource_list_entry *resource_list_add(struct resource_list *rl,
    int type, int rid, rman_res_t start, rman_res_t end, rman_res_t count);
int resource_list_add_next(struct resource_list *rl, int type, rman_res_t start,
    rman_res_t end, rman_res_t count);
struct resource_list_entry *resource_list_find(struct resource_list *rl,
    int type, int rid);
int resource_list_busy(struct resource_list *rl, int type, int rid);
int resource_list_reserved(struct resource_list *rl, int type, int rid);
void resource_list_delete(struct resource_list *rl, int type, int rid);
struct resource *resource_list_alloc(struct resource_list *rl, device_t bus,
    device_t child, int type, int *rid, rman_res_t start, rman_res_t end,
    rman_res_t count, u_int flags);
/* Gives back what the child has not; EBUSY says that there was something. */
int resource_list_release_active(struct resource_list *rl, device_t bus,
    device_t child, int type);
struct resource *resource_list_reserve(struct resource_list *rl, device_t bus,
    device_t child, int type, int *rid, rman_res_t start, rman_res_t end,
    rman_res_t count, u_int flags);
int resource_list_unreserve(struct resource_list *rl, device_t bus,
    device_t child, int type, int rid);
void resource_list_purge(struct resource_list *rl);
int resource_list_print_type(struct resource_list *rl, const char *name,
    int type, const char *format);

struct resource *bus_generic_alloc_resource(device_t bus, device_t child,
    int type, int *rid, rman_res_t start, rman_res_t end, rman_res_t count,
    u_int flags);
#if __FreeBSD_version < 1500000
int resource_list_release(struct resource_list *rl, device_t bus,
    device_t child, int type, int rid, struct resource *res);
int bus_generic_activate_resource(device_t dev, device_t child, int type,
    int rid, struct resource *r);
int bus_generic_deactivate_resource(device_t dev, device_t child, int type,
    int rid, struct resource *r);
int bus_generic_adjust_resource(device_t bus, device_t child, int type,
    struct resource *r, rman_res_t start, rman_res_t end);
int bus_generic_release_resource(device_t bus, device_t child, int type,
    int rid, struct resource *r);
int bus_generic_map_resource(device_t dev, device_t child, int type,
    struct resource *r, struct resource_map_request *args,
    struct resource_map *map);
int bus_generic_unmap_resource(device_t dev, device_t child, int type,
    struct resource *r, struct resource_map *map);
int bus_generic_rl_release_resource(device_t dev, device_t child, int type,
    int rid, struct resource *r);
#else
int resource_list_release(struct resource_list *rl, device_t bus,
    device_t child, struct resource *res);
int bus_generic_activate_resource(device_t dev, device_t child,
    struct resource *r);
int bus_generic_deactivate_resource(device_t dev, device_t child,
    struct resource *r);
int bus_generic_adjust_resource(device_t bus, device_t child,
    struct resource *r, rman_res_t start, rman_res_t end);
int bus_generic_release_resource(device_t bus, device_t child,
    struct resource *r);
int bus_generic_map_resource(device_t dev, device_t child, struct resource *r,
    struct resource_map_request *args, struct resource_map *map);
int bus_generic_unmap_resource(device_t dev, device_t child, struct resource *r,
    struct resource_map *map);
int bus_generic_rl_release_resource(device_t dev, device_t child,
    struct resource *r);
#endif
int bus_generic_setup_intr(device_t dev, device_t child, struct resource *irq,
    int flags, driver_filter_t *filter, driver_intr_t *intr, void *arg,
    void **cookiep);
int bus_generic_teardown_intr(device_t dev, device_t child,
    struct resource *irq, void *cookie);
int bus_generic_suspend_intr(device_t dev, device_t child,
    struct resource *irq);
int bus_generic_resume_intr(device_t dev, device_t child, struct resource *irq);
int bus_generic_bind_intr(device_t dev, device_t child, struct resource *irq,
    int cpu);
int bus_generic_config_intr(device_t dev, int irq, enum intr_trigger trig,
    enum intr_polarity pol);
int bus_generic_describe_intr(device_t dev, device_t child,
    struct resource *irq, void *cookie, const char *descr);
struct resource_list *bus_generic_get_resource_list(device_t dev,
    device_t child);
struct resource *bus_generic_rl_alloc_resource(device_t dev, device_t child,
    int type, int *rid, rman_res_t start, rman_res_t end, rman_res_t count,
    u_int flags);
int bus_generic_rl_set_resource(device_t dev, device_t child, int type, int rid,
    rman_res_t start, rman_res_t count);
int bus_generic_rl_get_resource(device_t dev, device_t child, int type, int rid,
    rman_res_t *startp, rman_res_t *countp);
void bus_generic_rl_delete_resource(device_t dev, device_t child, int type,
    int rid);

/*
 * --- registers of a mapped resource: bus_space(9) without tag and handle ---
 */

#define bus_barrier(r, o, l, f) \
	bus_space_barrier((r)->r_bustag, (r)->r_bushandle, (o), (l), (f))

#define bus_read_1(r, o) bus_space_read_1((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_stream_1(r, o) \
	bus_space_read_stream_1((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_multi_1(r, o, d, c) \
	bus_space_read_multi_1((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_read_region_1(r, o, d, c) \
	bus_space_read_region_1((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_1(r, o, v) \
	bus_space_write_1((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_stream_1(r, o, v) \
	bus_space_write_stream_1((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_multi_1(r, o, d, c) \
	bus_space_write_multi_1((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_region_1(r, o, d, c) \
	bus_space_write_region_1((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_set_multi_1(r, o, v, c) \
	bus_space_set_multi_1((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_set_region_1(r, o, v, c) \
	bus_space_set_region_1((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_read_2(r, o) bus_space_read_2((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_stream_2(r, o) \
	bus_space_read_stream_2((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_multi_2(r, o, d, c) \
	bus_space_read_multi_2((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_read_region_2(r, o, d, c) \
	bus_space_read_region_2((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_2(r, o, v) \
	bus_space_write_2((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_stream_2(r, o, v) \
	bus_space_write_stream_2((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_multi_2(r, o, d, c) \
	bus_space_write_multi_2((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_region_2(r, o, d, c) \
	bus_space_write_region_2((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_set_multi_2(r, o, v, c) \
	bus_space_set_multi_2((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_set_region_2(r, o, v, c) \
	bus_space_set_region_2((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_read_4(r, o) bus_space_read_4((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_stream_4(r, o) \
	bus_space_read_stream_4((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_multi_4(r, o, d, c) \
	bus_space_read_multi_4((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_read_region_4(r, o, d, c) \
	bus_space_read_region_4((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_4(r, o, v) \
	bus_space_write_4((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_stream_4(r, o, v) \
	bus_space_write_stream_4((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_multi_4(r, o, d, c) \
	bus_space_write_multi_4((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_region_4(r, o, d, c) \
	bus_space_write_region_4((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_set_multi_4(r, o, v, c) \
	bus_space_set_multi_4((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_set_region_4(r, o, v, c) \
	bus_space_set_region_4((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_read_8(r, o) bus_space_read_8((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_stream_8(r, o) \
	bus_space_read_stream_8((r)->r_bustag, (r)->r_bushandle, (o))
#define bus_read_multi_8(r, o, d, c) \
	bus_space_read_multi_8((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_read_region_8(r, o, d, c) \
	bus_space_read_region_8((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_8(r, o, v) \
	bus_space_write_8((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_stream_8(r, o, v) \
	bus_space_write_stream_8((r)->r_bustag, (r)->r_bushandle, (o), (v))
#define bus_write_multi_8(r, o, d, c) \
	bus_space_write_multi_8((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_write_region_8(r, o, d, c) \
	bus_space_write_region_8((r)->r_bustag, (r)->r_bushandle, (o), (d), (c))
#define bus_set_multi_8(r, o, v, c) \
	bus_space_set_multi_8((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))
#define bus_set_region_8(r, o, v, c) \
	bus_space_set_region_8((r)->r_bustag, (r)->r_bushandle, (o), (v), (c))

#endif /* !_SYS__BUS_RESOURCE_H_ */
