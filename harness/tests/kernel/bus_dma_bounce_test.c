/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): bounce pages, deferred loads.
 */
#include "tests/kernel/dmatest.h"
#include "tests/test.h"

/* The bytes behind a device's address, as the device sees them. */
static char *
seen(bus_addr_t pa)
{
	return ((char *)machine_gpa_to_kva(pa));
}

KERNEL_TEST(bus_dma, bounces_in_sync_only)
{
	bus_dma_tag_t t = dma_tag(512, 0, BUS_SPACE_MAXADDR, 1024, 1, 1024);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(2048, M_TEMP, M_WAITOK | M_ZERO);
	struct dma_result r = { 0 };

	strcpy(p + 8, "written");
	(void)bus_dmamap_load(t, m, p + 8, 600, dma_loaded, &r, 0);
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
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, bounces_what_lies_too_high)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	bus_dma_tag_t t = dma_tag(1, 0, low, 65536, 32, 65536);
	bus_dmamap_t m = dma_map(t);
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK,
	    MACHINE_RAM_BASE + (64 << 20), ~(vm_paddr_t)0, PAGE_SIZE, 0);
	struct kernel_stats before, after;
	struct dma_result r = { 0 };
	int i;

	kernel_stats(&before);
	(void)bus_dmamap_load(t, m, p + 100, 6000, dma_loaded, &r, 0);
	kernel_stats(&after);
	T_EQ(r.error, 0);
	for (i = 0; i < r.nsegs; i++)
		T_TRUE(r.segs[i].ds_addr + r.segs[i].ds_len - 1 <= low);
	T_EQ(after.bounced_pages - before.bounced_pages, 2);
	dma_drop(t, m);
	contigfree(p, 8192, M_TEMP);
}

KERNEL_TEST(bus_dma, limits_of_addresses_are_inherited)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	bus_dma_tag_t parent = dma_tag(512, 0, low, 65536, 32, 65536), child;
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK | M_ZERO, low + 1,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	struct dma_result r = { 0 };
	bus_dmamap_t m;

	T_EQ(bus_dma_tag_create(parent, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 65536, 64, 65536, 0, NULL, NULL,
		 &child),
	    0);
	m = dma_map(child);
	strcpy(p + 8, "far away");
	(void)bus_dmamap_load(child, m, p + 8, 4096, dma_loaded, &r, 0);
	T_EQ(r.error, 0);
	T_EQ(r.nsegs, 2);
	T_TRUE(r.segs[0].ds_addr + r.segs[0].ds_len - 1 <= low);
	T_EQ(r.segs[0].ds_addr % 512, 0);
	bus_dmamap_sync(child, m, BUS_DMASYNC_PREWRITE);
	T_STR(seen(r.segs[0].ds_addr), "far away");
	dma_drop(child, m);
	T_EQ(bus_dma_tag_destroy(parent), 0);
	contigfree(p, 8192, M_TEMP);
}

KERNEL_TEST(bus_dma, page_offsets_are_kept_where_wanted)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	char *p = contigmalloc(PAGE_SIZE, M_TEMP, M_WAITOK, low + 1,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	struct dma_result r = { 0 };
	bus_dma_tag_t t;
	bus_dmamap_t m;

	T_REQUIRE(
	    bus_dma_tag_create(NULL, 1, 0, low, BUS_SPACE_MAXADDR, NULL, NULL,
		4096, 2, 4096, BUS_DMA_KEEP_PG_OFFSET, NULL, NULL, &t) == 0);
	m = dma_map(t);
	(void)bus_dmamap_load(t, m, p + 1000, 100, dma_loaded, &r, 0);
	T_EQ(r.segs[0].ds_addr % PAGE_SIZE, 1000);
	dma_drop(t, m);
	contigfree(p, PAGE_SIZE, M_TEMP);
}

KERNEL_TEST(bus_dma, uios_bounce_in_pieces)
{
	bus_dma_tag_t t = dma_tag(64, 0, BUS_SPACE_MAXADDR, 4096, 8, 4096);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(PAGE_SIZE, M_TEMP, M_WAITOK | M_ZERO);
	struct iovec iov[3] = { { p + 1, 1000 }, { p + 1500, 0 },
		{ p + 2048, 2000 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 3,
		.uio_resid = 3000,
		.uio_segflg = UIO_SYSSPACE };
	struct kernel_stats before, after;
	struct dma_result r = { 0 };

	p[1] = 'a';
	p[2048] = 'b';
	kernel_stats(&before);
	T_EQ(bus_dmamap_load_uio(t, m, &uio, dma_loaded2, &r, 0), 0);
	kernel_stats(&after);
	/* The second is aligned as it is. */
	T_EQ(after.bounced_pages - before.bounced_pages, 1);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[0].ds_addr % 64, 0);
	T_EQ(r.segs[1].ds_addr, vtophys(p + 2048));
	bus_dmamap_sync(t, m, BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	T_EQ(*seen(r.segs[0].ds_addr), 'a');
	*seen(r.segs[0].ds_addr + 999) = 'z';
	bus_dmamap_sync(t, m, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	T_EQ(p[1000], 'z');
	dma_drop(t, m);
	free(p, M_TEMP);
}

#define BIG (128 * PAGE_SIZE)

/* Two loads of 128 pages take all of the zone; a third has to wait. */
KERNEL_TEST(bus_dma, waits_for_bounce_pages)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	struct dma_result r[3];
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
		m[i] = dma_map(t);
		r[i].mtx = &mtx;
	}
	T_EQ(bus_dmamap_load(t, m[0], p, BIG, dma_loaded, &r[0], 0), 0);
	T_EQ(bus_dmamap_load(t, m[1], p, BIG, dma_loaded, &r[1], 0), 0);
	T_EQ(
	    bus_dmamap_load(t, m[2], p, BIG, dma_loaded, &r[2], BUS_DMA_NOWAIT),
	    ENOMEM);
	T_EQ(r[2].error, ENOMEM);
	T_EQ(bus_dmamap_load(t, m[2], p, BIG, dma_loaded, &r[2], 0),
	    EINPROGRESS);
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

/* Takes all of the zone, and has one more load wait. */
static void
wait_for_pages(bus_dma_tag_t t, bus_dmamap_t m[3], char *p,
    struct dma_result *r, struct bio *bio)
{
	struct iovec iov = { p, BIG };
	struct uio uio = { .uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_resid = BIG,
		.uio_segflg = UIO_SYSSPACE };
	struct dma_result other = { 0 };
	int i;

	for (i = 0; i < 3; i++)
		m[i] = dma_map(t);
	(void)bus_dmamap_load(t, m[0], p, BIG, dma_loaded, &other, 0);
	(void)bus_dmamap_load(t, m[1], p, BIG, dma_loaded, &other, 0);
	T_EQ(other.calls, 2);
	/* A uio never waits. */
	T_EQ(bus_dmamap_load_uio(t, m[2], &uio, dma_loaded2, &other, 0),
	    ENOMEM);
	T_EQ(other.error, ENOMEM);
	T_EQ(bus_dmamap_load_bio(t, m[2], bio, dma_loaded, r, 0), EINPROGRESS);
	T_EQ(r->calls, 0);
}

static bus_dma_tag_t
waiting_tag(struct mtx *mtx, char **p)
{
	bus_addr_t low = MACHINE_RAM_BASE + (32 << 20) - 1;
	bus_dma_tag_t t;

	*p = contigmalloc(BIG, M_TEMP, M_WAITOK | M_ZERO, low + 1,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	memset(mtx, 0, sizeof(*mtx));
	mtx_init(mtx, "dma", NULL, MTX_DEF);
	T_REQUIRE(bus_dma_tag_create(NULL, 1, 0, low, BUS_SPACE_MAXADDR, NULL,
		      NULL, BIG, 128, BIG, 0, busdma_lock_mutex, mtx, &t) == 0);
	return (t);
}

/* The pages of an unmapped bio are still known when its turn comes. */
KERNEL_TEST(bus_dma, pages_wait_for_bounce_pages)
{
	struct vm_page *pages[2];
	struct dma_result r = { 0 };
	bus_dmamap_t m[3];
	bus_dma_tag_t t;
	struct bio bio;
	struct mtx mtx;
	char *p;
	int i;

	t = waiting_tag(&mtx, &p);
	for (i = 0; i < 2; i++)
		pages[i] = PHYS_TO_VM_PAGE(vtophys(p + (5 + i) * PAGE_SIZE));
	memset(&bio, 0, sizeof(bio));
	bio.bio_flags = BIO_UNMAPPED;
	bio.bio_ma = pages;
	bio.bio_ma_n = 2;
	bio.bio_ma_offset = 1000;
	bio.bio_bcount = 4000;
	p[5 * PAGE_SIZE + 1000] = 'x';
	wait_for_pages(t, m, p, &r, &bio);
	memset(&bio, 0, sizeof(bio));
	bus_dmamap_unload(t, m[0]);
	pause("dma", 1);
	T_EQ(r.calls, 1);
	T_EQ(r.error, 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[0].ds_len, PAGE_SIZE - 1000);
	bus_dmamap_sync(t, m[2], BUS_DMASYNC_PREWRITE);
	T_EQ(*seen(r.segs[0].ds_addr), 'x');
	for (i = 0; i < 3; i++) {
		bus_dmamap_unload(t, m[i]);
		T_EQ(bus_dmamap_destroy(t, m[i]), 0);
	}
	T_EQ(bus_dma_tag_destroy(t), 0);
	mtx_destroy(&mtx);
	contigfree(p, BIG, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, waiting_maps_are_not_unloaded,
    "the load of map 3 of tag 1 is deferred")
{
	struct dma_result r = { 0 };
	bus_dmamap_t m[3];
	bus_dma_tag_t t;
	struct bio bio;
	struct mtx mtx;
	char *p;
	int i;

	t = waiting_tag(&mtx, &p);
	memset(&bio, 0, sizeof(bio));
	bio.bio_data = p;
	bio.bio_bcount = BIG;
	wait_for_pages(t, m, p, &r, &bio);
	bus_dmamap_unload(t, m[2]);
	for (i = 0; i < 3; i++) {
		bus_dmamap_unload(t, m[i]);
		T_EQ(bus_dmamap_destroy(t, m[i]), 0);
	}
	pause("dma", 1);
	T_EQ(r.calls, 0);
	T_EQ(bus_dma_tag_destroy(t), 0);
	mtx_destroy(&mtx);
	contigfree(p, BIG, M_TEMP);
}

/* A driver that has taken all memory still gets its deferred load. */
KERNEL_TEST(bus_dma, deferred_loads_need_no_memory)
{
	struct dma_result r = { 0 };
	char *p, *hog, *hogs = NULL;
	bus_dmamap_t m[3];
	bus_dma_tag_t t;
	struct bio bio;
	struct mtx mtx;
	int i;

	t = waiting_tag(&mtx, &p);
	memset(&bio, 0, sizeof(bio));
	bio.bio_data = p;
	bio.bio_bcount = BIG;
	wait_for_pages(t, m, p, &r, &bio);
	for (i = 1 << 20; i >= PAGE_SIZE; i /= 2)
		while ((hog = contigmalloc(i, M_TEMP, M_NOWAIT, 0,
			    ~(vm_paddr_t)0, PAGE_SIZE, 0)) != NULL) {
			*(char **)(void *)hog = hogs;
			((int *)(void *)hog)[4] = i;
			hogs = hog;
		}
	T_TRUE(hogs != NULL);
	bus_dmamap_unload(t, m[0]);
	pause("dma", 1);
	T_EQ(r.calls, 1);
	T_EQ(r.error, 0);
	while ((hog = hogs) != NULL) {
		hogs = *(char **)(void *)hog;
		contigfree(hog, ((int *)(void *)hog)[4], M_TEMP);
	}
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
	    dma_tag(1, 0, MACHINE_RAM_BASE + (32 << 20) - 1, BIG, 128, BIG);
	bus_dmamap_t m[3];
	struct dma_result r = { 0 };
	char *p;
	int i;

	p = contigmalloc(BIG, M_TEMP, M_WAITOK, MACHINE_RAM_BASE + (32 << 20),
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	for (i = 0; i < 3; i++) {
		m[i] = dma_map(t);
		(void)bus_dmamap_load(t, m[i], p, BIG, dma_loaded, &r, 0);
	}
	bus_dmamap_unload(t, m[0]);
	pause("dma", 1);
}

/*
 * Neighbours are joined up to maxsegsz and no further, whether they come in
 * one piece or in several.
 */
KERNEL_TEST(bus_dma, neighbours_join_up_to_maxsegsz)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 8192, 16, 1536);
	struct dma_result r = { 0 };
	bus_dmamap_t m = dma_map(t);
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	struct iovec iov[3] = { { p, 1000 }, { p + 1000, 1000 },
		{ p + 2000, 1000 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 3,
		.uio_resid = 3000,
		.uio_segflg = UIO_SYSSPACE };

	T_EQ(bus_dmamap_load_uio(t, m, &uio, dma_loaded2, &r, 0), 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[0].ds_len, 1536);
	T_EQ(r.segs[1].ds_addr, vtophys(p) + 1536);
	T_EQ(r.segs[1].ds_len, 3000 - 1536);
	bus_dmamap_unload(t, m);
	(void)bus_dmamap_load(t, m, p + 100, 5000, dma_loaded, &r, 0);
	T_EQ(r.nsegs, 4);
	for (int i = 0; i < 4; i++) {
		T_EQ(r.segs[i].ds_addr, vtophys(p) + 100 + i * 1536);
		T_EQ(r.segs[i].ds_len, i < 3 ? 1536 : 5000 - 3 * 1536);
	}
	dma_drop(t, m);
	contigfree(p, 8192, M_TEMP);
}
