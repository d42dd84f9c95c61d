/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rman(9): who owns which part of a range of numbers (bus addresses, IRQs).
 */
#ifndef _SYS_RMAN_H_
#define _SYS_RMAN_H_ 1

#include <sys/types.h>
#include <sys/queue.h>
#include <machine/_bus.h>
#include <machine/resource.h>

#define RF_ALLOCATED	     0x0001 /* has been reserved */
#define RF_ACTIVE	     0x0002 /* and may be used */
#define RF_SHAREABLE	     0x0004 /* others may reserve the same */
#define RF_FIRSTSHARE	     0x0020 /* private: stands for its sharers */
#define RF_PREFETCHABLE	     0x0040
#define RF_OPTIONAL	     0x0080 /* for bus_alloc_resources() */
#define RF_UNMAPPED	     0x0100 /* activation does not map it */

#define RF_ALIGNMENT_SHIFT   10 /* log2 of the alignment, six bits */
#define RF_ALIGNMENT_MASK    (0x003F << RF_ALIGNMENT_SHIFT)
#define RF_ALIGNMENT_LOG2(x) ((x) << RF_ALIGNMENT_SHIFT)
#define RF_ALIGNMENT(x)	     (((x)&RF_ALIGNMENT_MASK) >> RF_ALIGNMENT_SHIFT)

#ifndef RM_MAX_END
#define RM_MAX_END (~(rman_res_t)0)
#endif
#define RMAN_IS_DEFAULT_RANGE(s, e) ((s) == 0 && (e) == RM_MAX_END)

enum rman_type { RMAN_UNINIT = 0, RMAN_GAUGE, RMAN_ARRAY };

/* What a driver is given; the rest is rman's. */
struct resource {
	struct resource_i *__r_i;
	bus_space_tag_t r_bustag;
	bus_space_handle_t r_bushandle;
};

struct resource_i;
struct resource_map;
struct mtx;

TAILQ_HEAD(resource_head, resource_i);

struct rman {
	struct resource_head rm_list; /* of resource_i, by address */
	struct mtx *rm_mtx;	      /* not used: see rman.c */
	TAILQ_ENTRY(rman) rm_link;
	rman_res_t rm_start; /* bounds, set by the caller or 0 and 0 */
	rman_res_t rm_end;
	enum rman_type rm_type; /* RMAN_ARRAY */
	const char *rm_descr;
};
TAILQ_HEAD(rman_head, rman);
extern struct rman_head rman_head;

int rman_init(struct rman *rm);
/* EBUSY while something is reserved. */
int rman_fini(struct rman *rm);
int rman_init_from_resource(struct rman *rm, struct resource *r);
int rman_manage_region(struct rman *rm, rman_res_t start, rman_res_t end);
int rman_first_free_region(struct rman *rm, rman_res_t *start, rman_res_t *end);
int rman_last_free_region(struct rman *rm, rman_res_t *start, rman_res_t *end);
int rman_is_region_manager(struct resource *r, struct rman *rm);

struct resource *rman_reserve_resource(struct rman *rm, rman_res_t start,
    rman_res_t end, rman_res_t count, u_int flags, device_t dev);
struct resource *rman_reserve_resource_bound(struct rman *rm, rman_res_t start,
    rman_res_t end, rman_res_t count, rman_res_t bound, u_int flags,
    device_t dev);
int rman_release_resource(struct resource *r);
int rman_activate_resource(struct resource *r);
int rman_deactivate_resource(struct resource *r);
int rman_adjust_resource(struct resource *r, rman_res_t start, rman_res_t end);
uint32_t rman_make_alignment_flags(uint32_t size);

rman_res_t rman_get_start(struct resource *r);
rman_res_t rman_get_end(struct resource *r);
rman_res_t rman_get_size(struct resource *r);
u_int rman_get_flags(struct resource *r);
device_t rman_get_device(struct resource *r);
int rman_get_rid(struct resource *r);
int rman_get_type(struct resource *r);
void *rman_get_virtual(struct resource *r);
void *rman_get_irq_cookie(struct resource *r);
bus_space_tag_t rman_get_bustag(struct resource *r);
bus_space_handle_t rman_get_bushandle(struct resource *r);
void rman_get_mapping(struct resource *r, struct resource_map *map);
void rman_set_start(struct resource *r, rman_res_t start);
void rman_set_end(struct resource *r, rman_res_t end);
void rman_set_device(struct resource *r, device_t dev);
void rman_set_rid(struct resource *r, int rid);
void rman_set_type(struct resource *r, int type);
void rman_set_virtual(struct resource *r, void *va);
void rman_set_irq_cookie(struct resource *r, void *cookie);
void rman_set_bustag(struct resource *r, bus_space_tag_t tag);
void rman_set_bushandle(struct resource *r, bus_space_handle_t handle);
void rman_set_mapping(struct resource *r, struct resource_map *map);

#endif /* !_SYS_RMAN_H_ */
