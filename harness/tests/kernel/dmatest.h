/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests of bus_dma(9) share.  Kernel-side.
 */
#ifndef RINGSIDE_TESTS_DMATEST_H
#define RINGSIDE_TESTS_DMATEST_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/uio.h>
#include <machine/bus.h>
#include <vm/vm_page.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"

struct dma_result {
	int calls;
	int nsegs;
	int error;
	bool locked;
	struct mtx *mtx;
	bus_dma_segment_t segs[64];
};

/* Callbacks that write down what they were told, in a struct dma_result. */
void dma_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error);
/* Expects a uio of 3000 bytes. */
void dma_loaded2(void *arg, bus_dma_segment_t *segs, int nsegs, bus_size_t size,
    int error);

/* A tag without limits but these, and without a parent. */
bus_dma_tag_t dma_tag(bus_size_t align, bus_addr_t boundary, bus_addr_t lowaddr,
    bus_size_t maxsize, int nsegs, bus_size_t maxsegsz);
bus_dmamap_t dma_map(bus_dma_tag_t dmat);
/* Unloads and destroys both. */
void dma_drop(bus_dma_tag_t dmat, bus_dmamap_t m);

#endif /* !RINGSIDE_TESTS_DMATEST_H */
