/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): segments, limits, misuse.
 */
#include "tests/kernel/dmatest.h"
#include "tests/test.h"

KERNEL_TEST(bus_dma, splits_at_pages)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 64, 65536);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p + 10, 2 * PAGE_SIZE, dma_loaded, &r, 0),
	    0);
	T_EQ(r.calls, 1);
	T_EQ(r.nsegs, 3);
	T_EQ(r.segs[0].ds_addr, vtophys(p + 10));
	T_EQ(r.segs[0].ds_len, PAGE_SIZE - 10);
	T_EQ(r.segs[1].ds_addr, vtophys(p + PAGE_SIZE));
	T_EQ(r.segs[2].ds_len, 10);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, joins_what_is_contiguous)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 4, 8192);
	bus_dmamap_t m = dma_map(t);
	char *p =
	    contigmalloc(65536, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, 65536, 0);
	struct dma_result r = { 0 };

	/* Cut at the maximal segment size. */
	(void)bus_dmamap_load(t, m, p, 20000, dma_loaded, &r, 0);
	T_EQ(r.nsegs, 3);
	T_EQ(r.segs[0].ds_len, 8192);
	T_EQ(r.segs[2].ds_len, 20000 - 2 * 8192);
	T_EQ(r.segs[1].ds_addr, r.segs[0].ds_addr + 8192);
	dma_drop(t, m);
	contigfree(p, 65536, M_TEMP);
}

KERNEL_TEST(bus_dma, segments_do_not_cross_boundaries)
{
	bus_dma_tag_t t = dma_tag(1, 4096, BUS_SPACE_MAXADDR, 65536, 16, 65536);
	bus_dmamap_t m = dma_map(t);
	char *p =
	    contigmalloc(65536, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, 65536, 0);
	struct dma_result r = { 0 };
	int i;

	(void)bus_dmamap_load(t, m, p + 1000, 10000, dma_loaded, &r, 0);
	T_EQ(r.nsegs, 3);
	for (i = 0; i < r.nsegs; i++)
		T_EQ(r.segs[i].ds_addr / 4096,
		    (r.segs[i].ds_addr + r.segs[i].ds_len - 1) / 4096);
	dma_drop(t, m);
	contigfree(p, 65536, M_TEMP);
}

KERNEL_TEST(bus_dma, too_many_segments)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 2, 65536);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p, 3 * PAGE_SIZE, dma_loaded, &r, 0), 0);
	T_EQ(r.error, EFBIG);
	T_EQ(r.nsegs, 0);
	/* The map is as good as before. */
	T_EQ(bus_dmamap_load(t, m, p, PAGE_SIZE, dma_loaded, &r, 0), 0);
	T_EQ(r.error, 0);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, larger_than_the_tag_allows)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 1000, 4, 1000);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(2000, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	T_EQ(bus_dmamap_load(t, m, p, 1001, dma_loaded, &r, 0), EINVAL);
	T_EQ(r.calls, 1);
	T_EQ(r.error, EINVAL);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST(bus_dma, children_inherit_limits)
{
	bus_dma_tag_t parent =
	    dma_tag(1, 8192, BUS_SPACE_MAXADDR, 3000, 2, 2048);
	bus_dma_tag_t child;
	bus_dmamap_t m;
	char *p = contigmalloc(8192, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	char *q = malloc(2 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	T_EQ(bus_dma_tag_create(parent, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 65536, 64, 65536, 0, NULL, NULL,
		 &child),
	    0);
	m = dma_map(child);
	T_EQ(bus_dmamap_load(child, m, p, 3001, dma_loaded, &r, 0), EINVAL);
	(void)bus_dmamap_load(child, m, p, 3000, dma_loaded, &r, 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[0].ds_len, 2048);
	bus_dmamap_unload(child, m);
	/* The child keeps what it has inherited. */
	T_EQ(bus_dma_tag_destroy(parent), 0);
	/* A page boundary makes it three pieces of at most 2048. */
	(void)bus_dmamap_load(child, m, q + PAGE_SIZE - 100, 3000, dma_loaded,
	    &r, 0);
	T_EQ(r.error, EFBIG);
	free(q, M_TEMP);
	dma_drop(child, m);
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

KERNEL_TEST(bus_dma, there_is_one_domain)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);

	T_EQ(bus_dma_tag_set_domain(t, 0), 0);
	T_EQ(bus_dma_tag_set_domain(t, 1), EINVAL);
	T_EQ(bus_dma_tag_destroy(t), 0);
	T_EQ(bus_dma_tag_destroy(NULL), 0);
	T_EQ(bus_dmamap_destroy(NULL, NULL), 0);
	bus_dmamap_sync(NULL, NULL, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(NULL, NULL);
}

/* What cannot be allocated at once fails at once. */
KERNEL_TEST(bus_dma, pages_may_be_wanted_now)
{
	bus_dma_tag_t t;

	T_EQ(bus_dma_tag_create(NULL, 1, 0, MACHINE_RAM_BASE + (32 << 20) - 1,
		 BUS_SPACE_MAXADDR, NULL, NULL, 65536, 16, 65536,
		 BUS_DMA_ALLOCNOW, NULL, NULL, &t),
	    0);
	T_EQ(bus_dma_tag_destroy(t), 0);
	/* There is no memory below the first byte. */
	T_EQ(bus_dma_tag_create(NULL, 1, 0, PAGE_SIZE, BUS_SPACE_MAXADDR, NULL,
		 NULL, 65536, 16, 65536, BUS_DMA_ALLOCNOW, NULL, NULL, &t),
	    ENOMEM);
	T_TRUE(t == NULL);
}

KERNEL_TEST(bus_dma, templates_have_all_limits)
{
	bus_dma_tag_t parent =
	    dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 16, 65536);
	bus_addr_t low = MACHINE_RAM_BASE + (64 << 20) - 1;
	bus_dma_template_t template, clone;
	struct mtx mtx;
	bus_dma_tag_t t;

	bus_dma_template_init(&template, NULL);
	T_EQ(template.nsegments, BUS_SPACE_UNRESTRICTED);
	BUS_DMA_TEMPLATE_FILL(&template, BD_PARENT(parent), BD_BOUNDARY(8192),
	    BD_LOWADDR(low), BD_HIGHADDR(BUS_SPACE_MAXADDR), BD_MAXSIZE(9000),
	    BD_NSEGMENTS(3), BD_MAXSEGSIZE(8000), BD_FLAGS(BUS_DMA_COHERENT),
	    BD_LOCKFUNC(busdma_lock_mutex), BD_LOCKFUNCARG(&mtx),
	    BD_NAME("all"));
	T_STR(template.name, "all");
	T_EQ(bus_dma_template_tag(&template, &t), 0);
	bus_dma_template_clone(&clone, t);
	T_TRUE(clone.parent == parent);
	T_EQ(clone.boundary, 8192);
	T_EQ(clone.lowaddr, low);
	T_EQ(clone.maxsize, 9000);
	T_EQ(clone.nsegments, 3);
	T_EQ(clone.maxsegsize, 8000);
	T_EQ(clone.flags, BUS_DMA_COHERENT);
	T_TRUE(clone.lockfunc == busdma_lock_mutex);
	T_TRUE(clone.lockfuncarg == &mtx);
	T_EQ(bus_dma_template_tag(NULL, &t), EINVAL);
	bus_dma_template_init(NULL, NULL);
	bus_dma_template_clone(NULL, t);
	T_EQ(bus_dma_tag_destroy(t), 0);
	T_EQ(bus_dma_tag_destroy(parent), 0);
}

KERNEL_TEST_PANICS(bus_dma, templates_have_known_keys,
    "bus_dma_template_fill: key 99")
{
	bus_dma_template_t template;
	bus_dma_param_t param = { .key = 99 };

	bus_dma_template_init(&template, NULL);
	bus_dma_template_fill(&template, &param, 1);
}

KERNEL_TEST(bus_dma, unrestricted_loads_grow)
{
	bus_size_t size = 1100 * PAGE_SIZE;
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXSIZE,
	    BUS_SPACE_UNRESTRICTED, 1024);
	bus_dmamap_t m = dma_map(t);
	struct dma_result r = { 0 };
	char *p = malloc(size, M_TEMP, M_WAITOK);

	(void)bus_dmamap_load(t, m, p, size, dma_loaded, &r, 0);
	T_EQ(r.error, 0);
	T_EQ(r.nsegs, 4400);
	dma_drop(t, m);
	free(p, M_TEMP);
}

/* A boundary within the memory is no reason not to have it. */
KERNEL_TEST(bus_dma, memory_may_cross_a_boundary)
{
	bus_dma_tag_t t = dma_tag(1, 4096, BUS_SPACE_MAXADDR, 12288, 3, 4096);
	struct dma_result r = { 0 };
	bus_dmamap_t m;
	void *p;

	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_WAITOK, &m), 0);
	T_EQ(bus_dmamap_load(t, m, p, 12288, dma_loaded, &r, 0), 0);
	T_EQ(r.nsegs, 3);
	bus_dmamap_unload(t, m);
	bus_dmamem_free(t, p, m);
	T_EQ(bus_dma_tag_destroy(t), 0);
	/* But as few segments as that must do. */
	t = dma_tag(1, 4096, BUS_SPACE_MAXADDR, 12288, 2, 4096);
	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_WAITOK, &m), ENOMEM);
	T_EQ(bus_dma_tag_destroy(t), 0);
	/* Nor is there memory where there is none. */
	t = dma_tag(1, 0, PAGE_SIZE, 4096, 1, 4096);
	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_WAITOK, &m), ENOMEM);
	T_EQ(bus_dma_tag_destroy(t), 0);
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
	    dma_tag(8192, 0, BUS_SPACE_MAXADDR_32BIT, 100000, 1, 100000);
	bus_dmamap_t m;
	void *p;
	struct dma_result r = { 0 };

	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_NOWAIT, &m), 0);
	T_EQ(bus_dmamap_load(t, m, p, 100000, dma_loaded, &r, BUS_DMA_NOWAIT),
	    0);
	T_EQ(r.nsegs, 1);
	T_EQ(r.segs[0].ds_addr % 8192, 0);
	T_EQ(r.segs[0].ds_len, 100000);
	bus_dmamap_unload(t, m);
	bus_dmamap_unload(t, m); /* harmless */
	bus_dmamem_free(t, p, m);
	T_EQ(bus_dma_tag_destroy(t), 0);
	t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 16 << 20, 1, 16 << 20);
	T_EQ(bus_dmamem_alloc(t, &p, BUS_DMA_NOWAIT, &m), ENOMEM);
	T_EQ(bus_dma_tag_destroy(t), 0);
}

KERNEL_TEST(bus_dma, loads_bios_and_uios)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 8, 65536);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
	struct iovec iov[2] = { { p, 1000 }, { p + 1500, 2500 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 2,
		.uio_resid = 3000,
		.uio_segflg = UIO_SYSSPACE };
	struct bio bio;
	struct dma_result r = { 0 };

	memset(&bio, 0, sizeof(bio));
	bio.bio_data = p;
	bio.bio_bcount = 512;
	T_EQ(bus_dmamap_load_bio(t, m, &bio, dma_loaded, &r, 0), 0);
	T_EQ(r.segs[0].ds_len, 512);
	bus_dmamap_unload(t, m);
	T_EQ(bus_dmamap_load_uio(t, m, &uio, dma_loaded2, &r, 0), 0);
	T_EQ(r.nsegs, 2);
	T_EQ(r.segs[1].ds_addr, vtophys(p + 1500));
	T_EQ(r.segs[1].ds_len, 2000);
	bus_dmamap_unload(t, m);
	/* The second continues the first. */
	iov[1].iov_base = p + 1000;
	T_EQ(bus_dmamap_load_uio(t, m, &uio, dma_loaded2, &r, 0), 0);
	T_EQ(r.nsegs, 1);
	T_EQ(r.segs[0].ds_len, 3000);
	bus_dmamap_unload(t, m);
	uio.uio_segflg = UIO_USERSPACE;
	T_EQ(bus_dmamap_load_uio(t, m, &uio, dma_loaded2, &r, 0), EINVAL);
	bio.bio_flags = BIO_VLIST;
	T_EQ(bus_dmamap_load_bio(t, m, &bio, dma_loaded, &r, 0), EOPNOTSUPP);
	dma_drop(t, m);
	free(p, M_TEMP);
}

/*
 * --- misuse ---
 */

KERNEL_TEST_MISUSE(bus_dma, loaded_maps_are_not_loaded, "is already loaded")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, loaded_memory_is_not_freed, "is still loaded")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	struct dma_result r = { 0 };
	void *p;

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	(void)bus_dmamap_load(t, m, p, 4096, dma_loaded, &r, 0);
	bus_dmamem_free(t, p, m);
	(void)bus_dma_tag_destroy(t);
}

KERNEL_TEST_MISUSE(bus_dma, memory_is_loaded_in_its_own_map,
    "is for the memory at")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	struct dma_result r = { 0 };
	void *p, *q = malloc(64, M_TEMP, M_WAITOK);

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	(void)bus_dmamap_load(t, m, q, 64, dma_loaded, &r, 0);
	bus_dmamap_unload(t, m);
	bus_dmamem_free(t, p, m);
	(void)bus_dma_tag_destroy(t);
	free(q, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, sync_wants_one_direction_in_time, "operation 0x9")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	bus_dmamap_sync(t, m, BUS_DMASYNC_PREREAD | BUS_DMASYNC_POSTWRITE);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, sync_wants_a_loaded_map, "is not loaded")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = dma_map(t);

	bus_dmamap_sync(t, m, BUS_DMASYNC_PREREAD);
	dma_drop(t, m);
}

KERNEL_TEST_MISUSE(bus_dma, tags_go_after_their_maps, "still has 1 maps")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = dma_map(t);

	T_EQ(bus_dma_tag_destroy(t), EBUSY);
	dma_drop(t, m);
}

KERNEL_TEST_MISUSE(bus_dma, maps_go_after_they_are_unloaded,
    "map 1 of tag 1 is still loaded")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m = dma_map(t);
	char *p = malloc(64, M_TEMP, M_WAITOK);
	struct dma_result r = { 0 };

	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	T_EQ(bus_dmamap_destroy(t, m), EBUSY);
	dma_drop(t, m);
	free(p, M_TEMP);
}

KERNEL_TEST_ALWAYS_PANICS(bus_dma, loads_kernel_memory_only,
    "is not kernel memory")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	static char not_ours[64];
	struct dma_result r = { 0 };

	(void)bus_dmamap_load(t, dma_map(t), not_ours, 64, dma_loaded, &r, 0);
}

KERNEL_TEST_MISUSE(bus_dma, tags_have_powers_of_two,
    "bus_dma_tag_create: alignment 0x3, boundary 0, flags 0")
{
	bus_dma_tag_t t;

	T_EQ(bus_dma_tag_create(NULL, 3, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 4096, 1, 4096, 0, NULL, NULL,
		 &t),
	    EINVAL);
}

/* Two tags, and a map of the first. */
static bus_dma_tag_t
two_tags(bus_dma_tag_t *other, bus_dmamap_t *m)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);

	*other = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	*m = dma_map(t);
	return (t);
}

KERNEL_TEST_MISUSE(bus_dma, load_takes_a_map_of_the_tag,
    "bus_dmamap_load: map 1 of tag 1 is not of tag 2")
{
	struct dma_result r = { 0 };
	bus_dma_tag_t t, other;
	bus_dmamap_t m;
	char *p = malloc(64, M_TEMP, M_WAITOK);

	t = two_tags(&other, &m);
	T_EQ(bus_dmamap_load(other, m, p, 64, dma_loaded, &r, 0), EINVAL);
	T_EQ(r.error, EINVAL);
	dma_drop(t, m);
	T_EQ(bus_dma_tag_destroy(other), 0);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, load_takes_a_map, "a NULL map is not of tag 1")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	struct dma_result r = { 0 };
	struct bio bio;

	memset(&bio, 0, sizeof(bio));
	bio.bio_flags = BIO_UNMAPPED;
	T_EQ(bus_dmamap_load_bio(t, NULL, &bio, dma_loaded, &r, 0), EINVAL);
	T_EQ(r.error, EINVAL);
	T_EQ(bus_dma_tag_destroy(t), 0);
}

KERNEL_TEST_MISUSE(bus_dma, sync_takes_a_map_of_the_tag,
    "bus_dmamap_sync: map 1 of tag 1 is not of tag 2")
{
	struct dma_result r = { 0 };
	bus_dma_tag_t t, other;
	bus_dmamap_t m;
	char *p = malloc(64, M_TEMP, M_WAITOK);

	t = two_tags(&other, &m);
	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	bus_dmamap_sync(other, m, BUS_DMASYNC_PREREAD);
	dma_drop(t, m);
	T_EQ(bus_dma_tag_destroy(other), 0);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, unload_takes_a_map_of_the_tag,
    "bus_dmamap_unload: map 1 of tag 1 is not of tag 2")
{
	struct dma_result r = { 0 };
	bus_dma_tag_t t, other;
	bus_dmamap_t m;
	char *p = malloc(64, M_TEMP, M_WAITOK);

	t = two_tags(&other, &m);
	(void)bus_dmamap_load(t, m, p, 64, dma_loaded, &r, 0);
	bus_dmamap_unload(other, m);
	dma_drop(t, m);
	T_EQ(bus_dma_tag_destroy(other), 0);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(bus_dma, destroy_takes_a_map_of_the_tag,
    "bus_dmamap_destroy: map 1 of tag 1 is not of tag 2")
{
	bus_dma_tag_t t, other;
	bus_dmamap_t m;

	t = two_tags(&other, &m);
	T_EQ(bus_dmamap_destroy(other, m), EINVAL);
	dma_drop(t, m);
	T_EQ(bus_dma_tag_destroy(other), 0);
}

KERNEL_TEST_MISUSE(bus_dma, maps_of_memory_go_with_it,
    "map 1 of tag 1 belongs to bus_dmamem_alloc()")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	void *p;

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	T_EQ(bus_dmamap_destroy(t, m), EINVAL);
	bus_dmamem_free(t, p, m);
	T_EQ(bus_dma_tag_destroy(t), 0);
}

KERNEL_TEST_PANICS(bus_dma, memory_goes_with_its_map, "are not what")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dmamap_t m;
	void *p;

	T_REQUIRE(bus_dmamem_alloc(t, &p, 0, &m) == 0);
	bus_dmamem_free(t, (char *)p + 64, m);
}

KERNEL_TEST_PANICS(bus_dma, tags_are_destroyed_once, "is destroyed twice")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 4096, 1, 4096);
	bus_dma_tag_t child;

	T_REQUIRE(
	    bus_dma_tag_create(t, 1, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR,
		NULL, NULL, 4096, 1, 4096, 0, NULL, NULL, &child) == 0);
	T_EQ(bus_dma_tag_destroy(t), 0);
	(void)bus_dma_tag_destroy(t);
}

KERNEL_TEST_PANICS(bus_dma, locks_are_taken_or_let_go, "unknown operation 0x7")
{
	struct mtx mtx;

	busdma_lock_mutex(&mtx, 7);
}
