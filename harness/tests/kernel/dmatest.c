/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See dmatest.h.
 */
#include "tests/kernel/dmatest.h"

#include "tests/dmadev.h"
#include "tests/test.h"

void
dma_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct dma_result *r = arg;

	r->calls++;
	r->nsegs = nsegs;
	r->error = error;
	r->locked = r->mtx != NULL && mtx_owned(r->mtx);
	if (nsegs > 0)
		memcpy(r->segs, segs, MIN(nsegs, 64) * sizeof(*segs));
}

void
dma_loaded2(void *arg, bus_dma_segment_t *segs, int nsegs, bus_size_t size,
    int error)
{
	dma_loaded(arg, segs, nsegs, error);
	T_EQ(size, error == 0 ? 3000 : 0);
}

bus_dma_tag_t
dma_tag(bus_size_t align, bus_addr_t boundary, bus_addr_t lowaddr,
    bus_size_t maxsize, int nsegs, bus_size_t maxsegsz)
{
	bus_dma_tag_t dmat;

	T_REQUIRE(bus_dma_tag_create(NULL, align, boundary, lowaddr,
		      BUS_SPACE_MAXADDR, NULL, NULL, maxsize, nsegs, maxsegsz,
		      0, NULL, NULL, &dmat) == 0);
	return (dmat);
}

bus_dmamap_t
dma_map(bus_dma_tag_t dmat)
{
	bus_dmamap_t m;

	T_REQUIRE(bus_dmamap_create(dmat, 0, &m) == 0);
	return (m);
}

void
dma_drop(bus_dma_tag_t dmat, bus_dmamap_t m)
{
	bus_dmamap_unload(dmat, m);
	T_EQ(bus_dmamap_destroy(dmat, m), 0);
	T_EQ(bus_dma_tag_destroy(dmat), 0);
}

void *
dmadev_contig_alloc(size_t size)
{
	return (contigmalloc(size, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0));
}

void
dmadev_contig_free(void *p, size_t size)
{
	contigfree(p, size, M_TEMP);
}
