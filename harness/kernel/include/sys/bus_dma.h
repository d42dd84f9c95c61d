/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9).  Not here, so that using it fails at the link and not in a
 * run: the loaders of CCBs, crypto requests and vm_page arrays.
 */
#ifndef _BUS_DMA_H_
#define _BUS_DMA_H_

#include <sys/types.h>
#include <sys/_bus_dma.h>
#include <machine/_bus.h>

#define BUS_DMA_WAITOK	       0x00
#define BUS_DMA_NOWAIT	       0x01
#define BUS_DMA_ALLOCNOW       0x02
#define BUS_DMA_COHERENT       0x04
#define BUS_DMA_ZERO	       0x08
#define BUS_DMA_BUS1	       0x10
#define BUS_DMA_BUS2	       0x20
#define BUS_DMA_BUS3	       0x40
#define BUS_DMA_BUS4	       0x80
#define BUS_DMA_NOWRITE	       0x100
#define BUS_DMA_NOCACHE	       0x200
#define BUS_DMA_KEEP_PG_OFFSET 0x400
#define BUS_DMA_LOAD_MBUF      0x800

#define BUS_DMASYNC_PREREAD    1
#define BUS_DMASYNC_POSTREAD   2
#define BUS_DMASYNC_PREWRITE   4
#define BUS_DMASYNC_POSTWRITE  8

struct bio;
struct mbuf;
struct uio;

typedef struct bus_dma_segment {
	bus_addr_t ds_addr;
	bus_size_t ds_len;
} bus_dma_segment_t;

typedef int bus_dma_filter_t(void *, bus_addr_t);
typedef void bus_dmamap_callback_t(void *, bus_dma_segment_t *, int, int);
typedef void bus_dmamap_callback2_t(void *, bus_dma_segment_t *, int,
    bus_size_t, int);

/* For lockfunc: locks and unlocks the mutex at `arg`. */
void busdma_lock_mutex(void *arg, bus_dma_lock_op_t op);
/* What a NULL lockfunc stands for: panics. */
void _busdma_dflt_lock(void *arg, bus_dma_lock_op_t op);

/*
 * --- tags ---
 *
 * Filter functions have gone from FreeBSD: a tag with one is EINVAL.
 */
int bus_dma_tag_create(bus_dma_tag_t parent, bus_size_t alignment,
    bus_addr_t boundary, bus_addr_t lowaddr, bus_addr_t highaddr,
    bus_dma_filter_t *filtfunc, void *filtfuncarg, bus_size_t maxsize,
    int nsegments, bus_size_t maxsegsz, int flags, bus_dma_lock_t *lockfunc,
    void *lockfuncarg, bus_dma_tag_t *dmat);
int bus_dma_tag_set_domain(bus_dma_tag_t dmat, int domain);
int bus_dma_tag_destroy(bus_dma_tag_t dmat);

typedef struct {
	bus_dma_tag_t parent;
	bus_size_t alignment;
	bus_addr_t boundary;
	bus_addr_t lowaddr;
	bus_addr_t highaddr;
	bus_size_t maxsize;
	int nsegments;
	bus_size_t maxsegsize;
	int flags;
	bus_dma_lock_t *lockfunc;
	void *lockfuncarg;
	const char *name;
} bus_dma_template_t;

typedef enum {
	BD_PARAM_INVALID = 0,
	BD_PARAM_PARENT = 1,
	BD_PARAM_ALIGNMENT = 2,
	BD_PARAM_BOUNDARY = 3,
	BD_PARAM_LOWADDR = 4,
	BD_PARAM_HIGHADDR = 5,
	BD_PARAM_MAXSIZE = 6,
	BD_PARAM_NSEGMENTS = 7,
	BD_PARAM_MAXSEGSIZE = 8,
	BD_PARAM_FLAGS = 9,
	BD_PARAM_LOCKFUNC = 10,
	BD_PARAM_LOCKFUNCARG = 11,
	BD_PARAM_NAME = 12
} bus_dma_param_key_t;

typedef struct {
	bus_dma_param_key_t key;
	union {
		void *ptr;
		vm_paddr_t pa;
		uintmax_t num;
	};
} bus_dma_param_t;

/* clang-format off */
#define BD_PARENT(val)	    { BD_PARAM_PARENT, .ptr = val }
#define BD_ALIGNMENT(val)   { BD_PARAM_ALIGNMENT, .num = val }
#define BD_BOUNDARY(val)    { BD_PARAM_BOUNDARY, .num = val }
#define BD_LOWADDR(val)	    { BD_PARAM_LOWADDR, .pa = val }
#define BD_HIGHADDR(val)    { BD_PARAM_HIGHADDR, .pa = val }
#define BD_MAXSIZE(val)	    { BD_PARAM_MAXSIZE, .num = val }
#define BD_NSEGMENTS(val)   { BD_PARAM_NSEGMENTS, .num = val }
#define BD_MAXSEGSIZE(val)  { BD_PARAM_MAXSEGSIZE, .num = val }
#define BD_FLAGS(val)	    { BD_PARAM_FLAGS, .num = val }
#define BD_LOCKFUNC(val)    { BD_PARAM_LOCKFUNC, .ptr = val }
#define BD_LOCKFUNCARG(val) { BD_PARAM_LOCKFUNCARG, .ptr = val }
#define BD_NAME(val)	    { BD_PARAM_NAME, .ptr = __DECONST(char *, val) }
/* clang-format on */

#define BUS_DMA_TEMPLATE_FILL(t, kv...)                                   \
	do {                                                              \
		bus_dma_param_t pm[] = { kv };                            \
		bus_dma_template_fill(t, pm, sizeof(pm) / sizeof(pm[0])); \
	} while (0)

void bus_dma_template_init(bus_dma_template_t *t, bus_dma_tag_t parent);
int bus_dma_template_tag(bus_dma_template_t *t, bus_dma_tag_t *dmat);
void bus_dma_template_clone(bus_dma_template_t *t, bus_dma_tag_t dmat);
void bus_dma_template_fill(bus_dma_template_t *t, bus_dma_param_t *kv,
    u_int count);

/*
 * --- maps and memory ---
 */
int bus_dmamap_create(bus_dma_tag_t dmat, int flags, bus_dmamap_t *mapp);
int bus_dmamap_destroy(bus_dma_tag_t dmat, bus_dmamap_t map);
int bus_dmamem_alloc(bus_dma_tag_t dmat, void **vaddr, int flags,
    bus_dmamap_t *mapp);
void bus_dmamem_free(bus_dma_tag_t dmat, void *vaddr, bus_dmamap_t map);

int bus_dmamap_load(bus_dma_tag_t dmat, bus_dmamap_t map, void *buf,
    bus_size_t buflen, bus_dmamap_callback_t *callback, void *callback_arg,
    int flags);
int bus_dmamap_load_bio(bus_dma_tag_t dmat, bus_dmamap_t map, struct bio *bio,
    bus_dmamap_callback_t *callback, void *callback_arg, int flags);
int bus_dmamap_load_uio(bus_dma_tag_t dmat, bus_dmamap_t map, struct uio *uio,
    bus_dmamap_callback2_t *callback, void *callback_arg, int flags);
/*
 * Packets; never deferred, as if with BUS_DMA_NOWAIT.  The second fills the
 * caller's array, which has room for the tag's nsegments.
 */
int bus_dmamap_load_mbuf(bus_dma_tag_t dmat, bus_dmamap_t map,
    struct mbuf *mbuf, bus_dmamap_callback2_t *callback, void *callback_arg,
    int flags);
int bus_dmamap_load_mbuf_sg(bus_dma_tag_t dmat, bus_dmamap_t map,
    struct mbuf *mbuf, bus_dma_segment_t *segs, int *nsegs, int flags);
void bus_dmamap_unload(bus_dma_tag_t dmat, bus_dmamap_t map);
void bus_dmamap_sync(bus_dma_tag_t dmat, bus_dmamap_t map, bus_dmasync_op_t op);

#endif /* !_BUS_DMA_H_ */
