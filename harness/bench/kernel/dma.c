/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The price of bus_dma(9), with and without those who check it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <machine/bus.h>

#include "bench/bench.h"
#include "bench/boot.h"
#include "host/host.h"

#define MAPS   64
#define ROUNDS 4000

static void
loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	if (error != 0 || nsegs != 1)
		panic("bench: %d segments, error %d", nsegs, error);
	*(bus_addr_t *)arg += segs[0].ds_addr;
}

/* A page each; nanoseconds a load, and its unload when `both`. */
static double
measure(bool both)
{
	uint64_t ns = 0, start;
	bus_dmamap_t map[MAPS];
	bus_addr_t sum = 0;
	bus_dma_tag_t tag;
	void *page[MAPS];
	int i, round;

	if (bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR,
		NULL, NULL, 65536, 16, 65536, 0, NULL, NULL, &tag) != 0)
		panic("bench: no tag");
	for (i = 0; i < MAPS; i++) {
		page[i] = malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
		if (bus_dmamap_create(tag, 0, &map[i]) != 0)
			panic("bench: no map");
	}
	for (round = 0; round < ROUNDS; round++) {
		start = host_clock_ns();
		for (i = 0; i < MAPS; i++)
			(void)bus_dmamap_load(tag, map[i], page[i], PAGE_SIZE,
			    loaded, &sum, BUS_DMA_NOWAIT);
		if (!both)
			ns += host_clock_ns() - start;
		for (i = 0; i < MAPS; i++)
			bus_dmamap_unload(tag, map[i]);
		if (both)
			ns += host_clock_ns() - start;
	}
	for (i = 0; i < MAPS; i++) {
		(void)bus_dmamap_destroy(tag, map[i]);
		free(page[i], M_TEMP);
	}
	(void)bus_dma_tag_destroy(tag);
	return ((double)ns / ((double)MAPS * ROUNDS));
}

static double
loads(void)
{
	return (measure(false));
}

static double
loads_and_unloads(void)
{
	return (measure(true));
}

BENCH_AT_MOST(dma_load, "dma: load a page", "ns", 60)
{
	return (bench_in_kernel(false, loads));
}

BENCH_FIGURE(dma_load_unload, "dma: load and unload a page", "ns")
{
	return (bench_in_kernel(false, loads_and_unloads));
}

BENCH_FIGURE(dma_load_unload_checked, "dma: load and unload, referee", "ns")
{
	return (bench_in_kernel(true, loads_and_unloads));
}

/* Three times what it may cost without. */
BENCH_AT_MOST(dma_load_checked, "dma: load a page, referee", "ns", 180)
{
	return (bench_in_kernel(true, loads));
}
