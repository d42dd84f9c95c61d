/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): segments, limits, bounce pages, deferred loads, misuse.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/uio.h>
#include <machine/bus.h>
#include <vm/vm.h>
#include <vm/pmap.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

struct result {
	int calls;
	int nsegs;
	int error;
	bool locked;
	struct mtx *mtx;
	bus_dma_segment_t segs[64];
};

static void
loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct result *r = arg;

	r->calls++;
	r->nsegs = nsegs;
	r->error = error;
	r->locked = r->mtx != NULL && mtx_owned(r->mtx);
	if (nsegs > 0)
		memcpy(r->segs, segs, MIN(nsegs, 64) * sizeof(*segs));
}

static void
loaded2(void *arg, bus_dma_segment_t *segs, int nsegs, bus_size_t size,
    int error)
{
	loaded(arg, segs, nsegs, error);
	T_EQ(size, error == 0 ? 3000 : 0);
}

/* A tag without limits of its own but these. */
static bus_dma_tag_t
tag(bus_size_t align, bus_addr_t boundary, bus_addr_t lowaddr,
    bus_size_t maxsize, int nsegs, bus_size_t maxsegsz)
{
	bus_dma_tag_t dmat;

	T_REQUIRE(bus_dma_tag_create(NULL, align, boundary, lowaddr,
		      BUS_SPACE_MAXADDR, NULL, NULL, maxsize, nsegs, maxsegsz,
		      0, NULL, NULL, &dmat) == 0);
	return (dmat);
}

static bus_dmamap_t
map(bus_dma_tag_t dmat)
{
	bus_dmamap_t m;

	T_REQUIRE(bus_dmamap_create(dmat, 0, &m) == 0);
	return (m);
}

static void
drop(bus_dma_tag_t dmat, bus_dmamap_t m)
{
	bus_dmamap_unload(dmat, m);
	T_EQ(bus_dmamap_destroy(dmat, m), 0);
	T_EQ(bus_dma_tag_destroy(dmat), 0);
}

KERNEL_TEST(bus_dma, splits_at_pages)
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 65536, 64, 65536);
	bus_dmamap_t m = map(t);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p + 10, 2 * PAGE_SIZE, loaded, &r, 0), 0);
	T_EQ(r.calls, 1);
	T_EQ(r.nsegs, 3);
	T_EQ(r.segs[0].ds_addr, vtophys(p + 10));
	T_EQ(r.segs[0].ds_len, PAGE_SIZE - 10);
	T_EQ(r.segs[1].ds_addr, vtophys(p + PAGE_SIZE));
	T_EQ(r.segs[2].ds_len, 10);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, joins_what_is_contiguous)
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 65536, 4, 8192);
	bus_dmamap_t m = map(t);
	char *p =
	    contigmalloc(65536, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, 65536, 0);
	struct result r = { 0 };

	/* Cut at the maximal segment size. */
	(void)bus_dmamap_load(t, m, p, 20000, loaded, &r, 0);
	T_EQ(r.nsegs, 3);
	T_EQ(r.segs[0].ds_len, 8192);
	T_EQ(r.segs[2].ds_len, 20000 - 2 * 8192);
	T_EQ(r.segs[1].ds_addr, r.segs[0].ds_addr + 8192);
	drop(t, m);
	contigfree(p, 65536, M_TEMP);
}

KERNEL_TEST(bus_dma, segments_do_not_cross_boundaries)
{
	bus_dma_tag_t t = tag(1, 4096, BUS_SPACE_MAXADDR, 65536, 16, 65536);
	bus_dmamap_t m = map(t);
	char *p =
	    contigmalloc(65536, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, 65536, 0);
	struct result r = { 0 };
	int i;

	(void)bus_dmamap_load(t, m, p + 1000, 10000, loaded, &r, 0);
	T_EQ(r.nsegs, 3);
	for (i = 0; i < r.nsegs; i++)
		T_EQ(r.segs[i].ds_addr / 4096,
		    (r.segs[i].ds_addr + r.segs[i].ds_len - 1) / 4096);
	drop(t, m);
	contigfree(p, 65536, M_TEMP);
}

KERNEL_TEST(bus_dma, too_many_segments)
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 65536, 2, 65536);
	bus_dmamap_t m = map(t);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p, 3 * PAGE_SIZE, loaded, &r, 0), 0);
	T_EQ(r.error, EFBIG);
	T_EQ(r.nsegs, 0);
	/* The map is as good as before. */
	T_EQ(bus_dmamap_load(t, m, p, PAGE_SIZE, loaded, &r, 0), 0);
	T_EQ(r.error, 0);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, larger_than_the_tag_allows)
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 1000, 4, 1000);
	bus_dmamap_t m = map(t);
	char *p = malloc(2000, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p, 1001, loaded, &r, 0), EINVAL);
	T_EQ(r.calls, 1);
	T_EQ(r.error, EINVAL);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, children_inherit_limits)
{
	bus_dma_tag_t parent = tag(1, 8192, BUS_SPACE_MAXADDR, 3000, 2, 2048);
	bus_dma_tag_t child;
	bus_dmamap_t m;
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	char *q = malloc(2 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	T_EQ(bus_dma_tag_create(parent, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 65536, 64, 65536, 0, NULL, NULL,
		 &child),
	    0);
	m = map(child);
	T_EQ(bus_dmamap_load(child, m, p, 3001, loaded, &r, 0), EINVAL);
	(void)bus_dmamap_load(child, m, p, 3000, loaded, &r, 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[0].ds_len, 2048);
	bus_dmamap_unload(child, m);
	/* The child keeps what it has inherited. */
	T_EQ(bus_dma_tag_destroy(parent), 0);
	/* A page boundary makes it three pieces of at most 2048. */
	(void)bus_dmamap_load(child, m, q + PAGE_SIZE - 100, 3000, loaded, &r,
	    0);
	T_EQ(r.error, EFBIG);
	free(q, M_TEMP);
	drop(child, m);
	contigfree(p, 8192, M_TEMP);
}

KERNEL_TEST(bus_dma, refuses_bad_tags)
{
	bus_dma_tag_t t;

	T_EQ(bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 4096, 1, 0, 0, NULL, NULL, &t),
	    EINVAL);
	T_EQ(bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, &t, 4096, 1, 4096, 0, NULL, NULL, &t),
	    EINVAL);
}

KERNEL_TEST(bus_dma, templates)
{
	bus_dma_template_t template;
	bus_dma_tag_t t, u;
	void *p;
	bus_dmamap_t m;

	bus_dma_template_init(&template, NULL);
	BUS_DMA_TEMPLATE_FILL(&template, BD_ALIGNMENT(16384), BD_MAXSIZE(5000),
	    BD_NSEGMENTS(1), BD_MAXSEGSIZE(5000));
	T_EQ(bus_dma_template_tag(&template, &t), 0);
	bus_dma_template_clone(&template, t);
	T_EQ(bus_dma_template_tag(&template, &u), 0);
	T_EQ(bus_dmamem_alloc(u, &p, BUS_DMA_ZERO, &m), 0);
	T_EQ(vtophys(p) % 16384, 0);
	T_EQ(((char *)p)[4999], 0);
	bus_dmamem_free(u, p, m);
	T_EQ(bus_dma_tag_destroy(u), 0);
	T_EQ(bus_dma_tag_destroy(t), 0);
}

KERNEL_TEST(bus_dma, memory_is_one_segment)
{
	bus_dma_tag_t t =
	    tag(8192, 0, BUS_SPACE_MAXADDR_32BIT, 100000, 1, 100000);
	bus_dmamap_t m;
	void *p;
	struct result r = { 0 };

	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_NOWAIT, &m), 0);
	T_EQ(bus_dmamap_load(t, m, p, 100000, loaded, &r, BUS_DMA_NOWAIT), 0);
	T_EQ(r.nsegs, 1);
	T_EQ(r.segs[0].ds_addr % 8192, 0);
	T_EQ(r.segs[0].ds_len, 100000);
	bus_dmamap_unload(t, m);
	bus_dmamap_unload(t, m); /* harmless */
	bus_dmamem_free(t, p, m);
	T_EQ(bus_dma_tag_destroy(t), 0);
	t = tag(1, 0, BUS_SPACE_MAXADDR, 16 << 20, 1, 16 << 20);
	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_NOWAIT, &m), ENOMEM);
	T_EQ(bus_dma_tag_destroy(t), 0);
}

KERNEL_TEST(bus_dma, loads_bios_and_uios)
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 65536, 8, 65536);
	bus_dmamap_t m = map(t);
	char *p = malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
	struct iovec iov[2] = { { p, 1000 }, { p + 1500, 2500 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 2,
		.uio_resid = 3000,
		.uio_segflg = UIO_SYSSPACE };
	struct bio bio;
	struct result r = { 0 };

	memset(&bio, 0, sizeof(bio));
	bio.bio_data = p;
	bio.bio_bcount = 512;
	T_EQ(bus_dmamap_load_bio(t, m, &bio, loaded, &r, 0), 0);
	T_EQ(r.segs[0].ds_len, 512);
	bus_dmamap_unload(t, m);
	T_EQ(bus_dmamap_load_uio(t, m, &uio, loaded2, &r, 0), 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[1].ds_addr, vtophys(p + 1500));
	T_EQ(r.segs[1].ds_len, 2000);
	bus_dmamap_unload(t, m);
	/* The second continues the first. */
	iov[1].iov_base = p + 1000;
	T_EQ(bus_dmamap_load_uio(t, m, &uio, loaded2, &r, 0), 0);
	T_EQ(r.nsegs, 1);
	T_EQ(r.segs[0].ds_len, 3000);
	bus_dmamap_unload(t, m);
	uio.uio_segflg = UIO_USERSPACE;
	T_EQ(bus_dmamap_load_uio(t, m, &uio, loaded2, &r, 0), EINVAL);
	bio.bio_flags = BIO_VLIST;
	T_EQ(bus_dmamap_load_bio(t, m, &bio, loaded, &r, 0), EOPNOTSUPP);
	drop(t, m);
	free(p, M_TEMP);
}

/*
 * --- bouncing ---
 */

/* The bytes behind a device's address, as the device sees them. */
static char *
seen(bus_addr_t pa)
{
	return ((char *)machine_gpa_to_kva(pa));
}

KERNEL_TEST(bus_dma, bounces_in_sync_only)
{
	bus_dma_tag_t t = tag(512, 0, BUS_SPACE_MAXADDR, 1024, 1, 1024);
	bus_dmamap_t m = map(t);
	char *p = malloc(2048, M_TEMP, M_WAITOK | M_ZERO);
	struct result r = { 0 };

	strcpy(p + 8, "written");
	(void)bus_dmamap_load(t, m, p + 8, 600, loaded, &r, 0);
	T_EQ(r.error, 0);
	T_EQ(r.nsegs, 1);
	T_EQ(r.segs[0].ds_addr % 512, 0);
	T_TRUE(r.segs[0].ds_addr != vtophys(p + 8));
	T_TRUE(strncmp(seen(r.segs[0].ds_addr), "written", 8) != 0);
	bus_dmamap_sync(t, m, BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	T_STR(seen(r.segs[0].ds_addr), "written");
	strcpy(seen(r.segs[0].ds_addr), "by device");
	T_STR(p + 8, "written");
	bus_dmamap_sync(t, m, BUS_DMASYNC_POSTWRITE);
	T_STR(p + 8, "written");
	bus_dmamap_sync(t, m, BUS_DMASYNC_POSTREAD);
	T_STR(p + 8, "by device");
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, bounces_what_lies_too_high)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	bus_dma_tag_t t = tag(1, 0, low, 65536, 32, 65536);
	bus_dmamap_t m = map(t);
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK,
	    MACHINE_RAM_BASE + (64 << 20), ~(vm_paddr_t)0, PAGE_SIZE, 0);
	struct kernel_stats before, after;
	struct result r = { 0 };
	int i;

	kernel_stats(&before);
	(void)bus_dmamap_load(t, m, p + 100, 6000, loaded, &r, 0);
	kernel_stats(&after);
	T_EQ(r.error, 0);
	for (i = 0; i < r.nsegs; i++)
		T_TRUE(r.segs[i].ds_addr + r.segs[i].ds_len - 1 <= low);
	T_EQ(after.bounced_pages - before.bounced_pages, 2);
	drop(t, m);
	contigfree(p, 8192, M_TEMP);
}

#define BIG (128 * PAGE_SIZE)

/* Two loads of 128 pages take all of the zone; a third has to wait. */
KERNEL_TEST(bus_dma, waits_for_bounce_pages)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	struct result r[3];
	bus_dmamap_t m[3];
	bus_dma_tag_t t;
	struct mtx mtx;
	char *p;
	int i;

	p = contigmalloc(BIG, M_TEMP, M_WAITOK, low + 1, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	memset(&mtx, 0, sizeof(mtx));
	memset(r, 0, sizeof(r));
	mtx_init(&mtx, "dma", NULL, MTX_DEF);
	T_REQUIRE(
	    bus_dma_tag_create(NULL, 1, 0, low, BUS_SPACE_MAXADDR, NULL, NULL,
		BIG, 128, BIG, 0, busdma_lock_mutex, &mtx, &t) == 0);
	for (i = 0; i < 3; i++) {
		m[i] = map(t);
		r[i].mtx = &mtx;
	}
	T_EQ(bus_dmamap_load(t, m[0], p, BIG, loaded, &r[0], 0), 0);
	T_EQ(bus_dmamap_load(t, m[1], p, BIG, loaded, &r[1], 0), 0);
	T_EQ(bus_dmamap_load(t, m[2], p, BIG, loaded, &r[2], BUS_DMA_NOWAIT),
	    ENOMEM);
	T_EQ(r[2].error, ENOMEM);
	T_EQ(bus_dmamap_load(t, m[2], p, BIG, loaded, &r[2], 0), EINPROGRESS);
	T_EQ(r[2].calls, 1);
	bus_dmamap_unload(t, m[0]);
	T_EQ(r[2].calls, 1);
	for (i = 0; i < 10 && r[2].calls == 1; i++)
		pause("dma", 1);
	T_EQ(r[2].calls, 2);
	T_EQ(r[2].error, 0);
	T_TRUE(r[2].nsegs > 0);
	T_TRUE(r[2].locked);
	for (i = 0; i < 3; i++) {
		bus_dmamap_unload(t, m[i]);
		T_EQ(bus_dmamap_destroy(t, m[i]), 0);
	}
	T_EQ(bus_dma_tag_destroy(t), 0);
	mtx_destroy(&mtx);
	contigfree(p, BIG, M_TEMP);
}

KERNEL_TEST_PANICS(bus_dma, deferred_loads_need_a_lock, "dflt_lock called")
{
	bus_dma_tag_t t =
	    tag(1, 0, MACHINE_RAM_BASE + (32 << 20) - 1, BIG, 128, BIG);
	bus_dmamap_t m[3];
	struct result r = { 0 };
	char *p;
	int i;

	p = contigmalloc(BIG, M_TEMP, M_WAITOK, MACHINE_RAM_BASE + (32 << 20),
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	for (i = 0; i < 3; i++) {
		m[i] = map(t);
		(void)bus_dmamap_load(t, m[i], p, BIG, loaded, &r, 0);
	}
	bus_dmamap_unload(t, m[0]);
	pause("dma", 1);
}

/*
 * --- misuse ---
 */

KERNEL_TEST_MISUSE(bus_dma, loaded_maps_are_not_loaded, "is already loaded")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, loaded, &r, 0);
	(void)bus_dmamap_load(t, m, p, 64, loaded, &r, 0);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, loaded_memory_is_not_freed, "is still loaded")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	struct result r = { 0 };
	void *p;

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	(void)bus_dmamap_load(t, m, p, 4096, loaded, &r, 0);
	bus_dmamem_free(t, p, m);
	(void)bus_dma_tag_destroy(t);
}

KERNEL_TEST_MISUSE(bus_dma, memory_is_loaded_in_its_own_map,
    "is for the memory at")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	struct result r = { 0 };
	void *p, *q = malloc(64, M_TEMP, M_WAITOK);

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	(void)bus_dmamap_load(t, m, q, 64, loaded, &r, 0);
	bus_dmamap_unload(t, m);
	bus_dmamem_free(t, p, m);
	(void)bus_dma_tag_destroy(t);
	free(q, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, sync_wants_one_direction_in_time, "operation 0x9")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, loaded, &r, 0);
	bus_dmamap_sync(t, m, BUS_DMASYNC_PREREAD | BUS_DMASYNC_POSTWRITE);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, sync_wants_a_loaded_map, "is not loaded")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = map(t);

	bus_dmamap_sync(t, m, BUS_DMASYNC_PREREAD);
	drop(t, m);
}

KERNEL_TEST_MISUSE(bus_dma, tags_go_after_their_maps, "still has 1 maps")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = map(t);

	T_EQ(bus_dma_tag_destroy(t), EBUSY);
	drop(t, m);
}

KERNEL_TEST_MISUSE(bus_dma, maps_go_after_they_are_unloaded,
    "map 1 of tag 1 is still loaded")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, loaded, &r, 0);
	T_EQ(bus_dmamap_destroy(t, m), EBUSY);
	drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_PANICS(bus_dma, loads_kernel_memory_only, "is not kernel memory")
{
	bus_dma_tag_t t = tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	static char not_ours[64];
	struct result r = { 0 };

	(void)bus_dmamap_load(t, map(t), not_ours, 64, loaded, &r, 0);
}
