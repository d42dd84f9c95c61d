/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9) and sglist(9): packets.
 */
#include <sys/sglist.h>
#include <vm/vm.h>
#include <vm/pmap.h>

#include "tests/kernel/dmatest.h"
#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

static struct {
	int calls, nsegs, error;
	bus_size_t size;
	bus_dma_segment_t segs[64];
} got;

static void
loaded(void *arg, bus_dma_segment_t *segs, int nsegs, bus_size_t size,
    int error)
{
	(void)arg;
	got.calls++;
	got.nsegs = nsegs;
	got.error = error;
	got.size = size;
	for (int i = 0; i < nsegs; i++)
		got.segs[i] = segs[i];
}

/* Whether a device would find the packet's bytes in the segments. */
static bool
device_sees(const bus_dma_segment_t *segs, int nsegs, int len)
{
	int at = 0;

	for (int i = 0; i < nsegs; i++)
		for (bus_size_t j = 0; j < segs[i].ds_len; j++, at++)
			if (*(u_char *)machine_gpa_to_kva(
				segs[i].ds_addr + j) != MBUF_BYTE(at))
				return (false);
	return (at == len);
}

KERNEL_TEST(bus_dma_mbuf, loads_each_mbuf)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 64, 65536);
	struct mbuf *m = MBUF_MAKE(10, 0, 2000, 9000, 16000, 4000, 100);
	bus_dma_segment_t segs[64];
	bus_dmamap_t map = dma_map(t);
	int nsegs = -1;

	memset(&got, 0, sizeof(got));
	T_EQ(bus_dmamap_load_mbuf(t, map, m, loaded, NULL, 0), 0);
	T_EQ(got.calls, 1);
	T_EQ(got.error, 0);
	T_EQ(got.size, m->m_pkthdr.len);
	/* Clusters are contiguous and empty mbufs nothing. */
	T_TRUE(got.nsegs <= 6);
	T_TRUE(device_sees(got.segs, got.nsegs, m->m_pkthdr.len));
	bus_dmamap_unload(t, map);
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_NOWAIT),
	    0);
	T_EQ(nsegs, got.nsegs);
	T_EQ(memcmp(segs, got.segs, nsegs * sizeof(segs[0])), 0);
	dma_drop(t, map);
	m_freem(m);
}

KERNEL_TEST(bus_dma_mbuf, too_many_segments)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 3, 65536);
	struct mbuf *m = MBUF_MAKE(100, 100, 100, 100), *n;
	bus_dma_segment_t segs[3];
	bus_dmamap_t map = dma_map(t);
	int nsegs;

	memset(&got, 0, sizeof(got));
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_NOWAIT),
	    EFBIG);
	T_EQ(nsegs, 0);
	T_EQ(bus_dmamap_load_mbuf(t, map, m, loaded, NULL, 0), EFBIG);
	T_EQ(got.error, EFBIG);
	T_EQ(got.nsegs, 0);
	/* What drivers then do. */
	n = m_collapse(m, M_NOWAIT, 3);
	T_REQUIRE(n != NULL);
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, n, segs, &nsegs, BUS_DMA_NOWAIT),
	    0);
	T_TRUE(device_sees(segs, nsegs, 400));
	dma_drop(t, map);
	m_freem(n);
}

KERNEL_TEST(bus_dma_mbuf, larger_than_the_tag)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 1000, 8, 1000);
	struct mbuf *m = MBUF_MAKE(500, 501);
	bus_dma_segment_t segs[8];
	bus_dmamap_t map = dma_map(t);
	int nsegs;

	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_NOWAIT),
	    EINVAL);
	m_adj(m, -1);
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_NOWAIT),
	    0);
	dma_drop(t, map);
	m_freem(m);
}

/* What lies wrong for the device goes through bounce pages, in order. */
KERNEL_TEST(bus_dma_mbuf, bounces)
{
	bus_dma_tag_t t = dma_tag(512, 0, BUS_SPACE_MAXADDR, 8192, 8, 8192);
	struct mbuf *m = MBUF_MAKE(20, 1000, 33);
	bus_dma_segment_t segs[8];
	bus_dmamap_t map = dma_map(t);
	struct kernel_stats before, after;
	int nsegs;

	m_adj(m, 0);
	kernel_stats(&before);
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_NOWAIT),
	    0);
	kernel_stats(&after);
	T_TRUE(after.bounced_pages - before.bounced_pages >= 2);
	bus_dmamap_sync(t, map, BUS_DMASYNC_PREWRITE);
	T_TRUE(device_sees(segs, nsegs, 1053));
	bus_dmamap_sync(t, map, BUS_DMASYNC_POSTWRITE);
	dma_drop(t, map);
	m_freem(m);
}

/* Never deferred: a load that would have to wait fails. */
KERNEL_TEST(bus_dma_mbuf, never_waits)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 8192, 8, 8192);
	struct mbuf *m = MBUF_MAKE(20, 1000);
	bus_dma_segment_t segs[8];
	bus_dmamap_t map = dma_map(t);
	struct kernel_faults_seen seen;
	int nsegs;

	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_DMA_LOAD, .first = 1 });
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, BUS_DMA_WAITOK),
	    ENOMEM);
	kernel_faults_seen(&seen);
	T_HAS(seen.site, "mbuf@test_bus_dma_mbuf_never_waits");
	kernel_faults_set(NULL);
	T_EQ(bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, 0), 0);
	dma_drop(t, map);
	m_freem(m);
}

KERNEL_TEST_PANICS(bus_dma_mbuf, loads_packets_only, "no mbuf packet header!")
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 8192, 8, 8192);
	bus_dma_segment_t segs[8];
	int nsegs;

	(void)bus_dmamap_load_mbuf_sg(t, dma_map(t), m_get(M_WAITOK, MT_DATA),
	    segs, &nsegs, 0);
}

static void
free_loaded(struct mbuf *m)
{
	bus_dma_tag_t t = dma_tag(1, 0, BUS_SPACE_MAXADDR, 65536, 8, 65536);
	bus_dma_segment_t segs[8];
	bus_dmamap_t map = dma_map(t);
	int nsegs;

	(void)bus_dmamap_load_mbuf_sg(t, map, m, segs, &nsegs, 0);
	m_freem(m);
}

/* The data of each kind of mbuf must not be freed under a device. */
KERNEL_TEST_MISUSE(bus_dma_mbuf, free_while_loaded, "uma_zfree: memory at ")
{
	free_loaded(MBUF_MAKE(100));
}

KERNEL_TEST_MISUSE(bus_dma_mbuf, free_cluster_while_loaded,
    "m_free: memory at ")
{
	free_loaded(MBUF_MAKE(1500));
}

KERNEL_TEST_MISUSE(bus_dma_mbuf, free_jumbo_while_loaded,
    "uma_zfree: memory at ")
{
	free_loaded(MBUF_MAKE(9000));
}

/*
 * --- sglist(9) ---
 */

KERNEL_TEST(bus_dma_mbuf, sglist_of_a_packet)
{
	struct mbuf *m = MBUF_MAKE(10, 0, 2000, 9000, 100);
	int n = sglist_count_mbuf(m);
	struct sglist *sg = sglist_alloc(n, M_WAITOK);
	struct sglist *small = sglist_alloc(3, M_WAITOK);

	T_EQ(n, 4);
	T_EQ(sglist_append_mbuf(sg, m), 0);
	T_EQ(sg->sg_nseg, 4);
	T_EQ(sglist_length(sg), (size_t)m->m_pkthdr.len);
	T_EQ(sg->sg_segs[0].ss_paddr, vtophys(mtod(m, void *)));
	T_EQ(sg->sg_segs[2].ss_len, 9000);
	/* One that is too short stays as it was. */
	T_EQ(sglist_append_phys(small, 4096, 12), 0);
	T_EQ(sglist_append_mbuf(small, m), EFBIG);
	T_EQ(small->sg_nseg, 1);
	T_EQ(small->sg_segs[0].ss_len, 12);
#if __FreeBSD_version >= 1300000
	T_EQ(sglist_append_single_mbuf(small, m), 0);
	T_EQ(small->sg_nseg, 2);
	T_EQ(small->sg_segs[1].ss_len, 10);
#endif
	sglist_free(small);
	sglist_free(sg);
	m_freem(m);
}

KERNEL_TEST(bus_dma_mbuf, sglist_without_room)
{
	struct mbuf *m = MBUF_MAKE(10);
	struct sglist sg;

	sglist_init(&sg, 0, NULL);
	T_EQ(sglist_append_mbuf(&sg, m), EINVAL);
	m_freem(m);
}
