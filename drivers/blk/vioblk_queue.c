/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Queues and their requests: how they are made, locked and unmade.  All that
 * the data path needs is allocated here.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/conf.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_vq.h"

CTASSERT(sizeof(struct vioblk_shared) == 64);
CTASSERT(offsetof(struct vioblk_shared, vs_status) == 40);

/* Header, data and status: what most requests take. */
#define VIOBLK_CHAIN 3

/*
 * --- locks ---
 */

void
vioblk_lock_all(struct vioblk_softc *sc)
{
	int i;

	for (i = 0; i < sc->vioblk_nqueues; i++)
		VIOBLK_LOCK(&sc->vioblk_queues[i]);
}

void
vioblk_complete(struct bio_queue *done)
{
	struct bio *bp;

	while ((bp = TAILQ_FIRST(done)) != NULL) {
		TAILQ_REMOVE(done, bp, bio_queue);
		biodone(bp);
	}
}

void
vioblk_unlock_to(struct vioblk_queue *q, struct bio_queue *done)
{
	struct vioblk_softc *sc = q->vbq_sc;
	bool advance;

	TAILQ_CONCAT(done, &q->vbq_done, bio_queue);
	advance = sc->vioblk_barrier && vioblk_queue_idle(q);
	mtx_unlock(&q->vbq_mtx);
	if (advance) {
		vioblk_lock_all(sc);
		vioblk_order_advance(sc);
		vioblk_unlock_all_to(sc, done);
	}
}

void
vioblk_unlock_all_to(struct vioblk_softc *sc, struct bio_queue *done)
{
	struct vioblk_queue *q;
	int i;

	for (i = sc->vioblk_nqueues - 1; i >= 0; i--) {
		q = &sc->vioblk_queues[i];
		TAILQ_CONCAT(done, &q->vbq_done, bio_queue);
		mtx_unlock(&q->vbq_mtx);
	}
}

void
vioblk_unlock(struct vioblk_queue *q)
{
	struct bio_queue done;

	TAILQ_INIT(&done);
	vioblk_unlock_to(q, &done);
	vioblk_complete(&done);
}

void
vioblk_unlock_all(struct vioblk_softc *sc)
{
	struct bio_queue done;

	TAILQ_INIT(&done);
	vioblk_unlock_all_to(sc, &done);
	vioblk_complete(&done);
}

/*
 * --- allocation ---
 */

void
vioblk_init_queues(struct vioblk_softc *sc, int n)
{
	struct vioblk_queue *q;
	int i;

	sc->vioblk_queues = malloc(n * sizeof(*q), M_DEVBUF, M_WAITOK | M_ZERO);
	sc->vioblk_nqueues = n;
	for (i = 0; i < n; i++) {
		q = &sc->vioblk_queues[i];
		q->vbq_sc = sc;
		q->vbq_index = i;
		/* Several are locked at once, by ascending index. */
		mtx_init(&q->vbq_mtx, device_get_nameunit(sc->vioblk_dev),
		    "vioblk queue", MTX_DEF | MTX_DUPOK);
		callout_init_mtx(&q->vbq_timer, &q->vbq_mtx,
		    CALLOUT_RETURNUNLOCKED);
		bioq_init(&q->vbq_bioq);
		TAILQ_INIT(&q->vbq_done);
		TAILQ_INIT(&q->vbq_free);
	}
}

static void
vioblk_shared_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	bus_addr_t *addr = arg;

	if (error == 0)
		*addr = segs[0].ds_addr;
}

/* The headers and status bytes of all requests, at known addresses. */
static int
vioblk_alloc_shared(struct vioblk_queue *q)
{
	bus_size_t size = q->vbq_nreqs * sizeof(struct vioblk_shared);
	void *memory;
	int error;

	error = bus_dma_tag_create(bus_get_dma_tag(q->vbq_sc->vioblk_dev),
	    sizeof(struct vioblk_shared), 0, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size, 0, NULL, NULL,
	    &q->vbq_shared_tag);
	if (error != 0)
		return (error);
	error = bus_dmamem_alloc(q->vbq_shared_tag, &memory,
	    BUS_DMA_WAITOK | BUS_DMA_ZERO | BUS_DMA_COHERENT,
	    &q->vbq_shared_map);
	if (error != 0)
		return (error);
	q->vbq_shared = memory;
	error = bus_dmamap_load(q->vbq_shared_tag, q->vbq_shared_map, memory,
	    size, vioblk_shared_cb, &q->vbq_shared_addr, BUS_DMA_NOWAIT);
	if (error == 0 && q->vbq_shared_addr == 0)
		error = ENOMEM;
	return (error);
}

static int
vioblk_alloc_queue(struct vioblk_queue *q)
{
	struct vioblk_softc *sc = q->vbq_sc;
	struct vioblk_req *req;
	int error, i;

	/* Queue 0 has one for polling beside those for bios. */
	q->vbq_nreqs = MAX(1, vio_vq_capacity(q->vbq_vq, VIOBLK_CHAIN)) +
	    (q->vbq_index == 0 ? 1 : 0);
	error = vioblk_alloc_shared(q);
	if (error != 0)
		return (error);
	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioblk_dev), 1, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, sc->vioblk_max_io,
	    sc->vioblk_nsegs, sc->vioblk_segsize, 0, busdma_lock_mutex,
	    &q->vbq_mtx, &q->vbq_tag);
	if (error != 0)
		return (error);
	q->vbq_segs = malloc((sc->vioblk_nsegs + 2) * sizeof(q->vbq_segs[0]),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	q->vbq_reqs =
	    malloc(q->vbq_nreqs * sizeof(*req), M_DEVBUF, M_WAITOK | M_ZERO);
	for (i = 0; i < q->vbq_nreqs; i++) {
		req = &q->vbq_reqs[i];
		req->vr_queue = q;
		req->vr_shared = &q->vbq_shared[i];
		req->vr_shared_addr =
		    q->vbq_shared_addr + i * sizeof(struct vioblk_shared);
		error = bus_dmamap_create(q->vbq_tag, 0, &req->vr_map);
		if (error != 0)
			return (error);
		req->vr_has_map = true;
		if (q->vbq_index == 0 && i == 0) {
			req->vr_polled = req->vr_done = true;
			sc->vioblk_polled = req;
		} else {
			TAILQ_INSERT_TAIL(&q->vbq_free, req, vr_link);
		}
	}
	return (0);
}

int
vioblk_alloc_requests(struct vioblk_softc *sc)
{
	int error, i;

	for (i = 0; i < sc->vioblk_nqueues; i++) {
		error = vioblk_alloc_queue(&sc->vioblk_queues[i]);
		if (error != 0)
			return (error);
	}
	return (0);
}

/* Also after only a part of vioblk_alloc_queue(). */
static void
vioblk_free_queue(struct vioblk_queue *q)
{
	int i;

	if (q->vbq_reqs != NULL)
		for (i = 0; i < q->vbq_nreqs; i++)
			if (q->vbq_reqs[i].vr_has_map)
				bus_dmamap_destroy(q->vbq_tag,
				    q->vbq_reqs[i].vr_map);
	free(q->vbq_reqs, M_DEVBUF);
	free(q->vbq_segs, M_DEVBUF);
	if (q->vbq_tag != NULL)
		bus_dma_tag_destroy(q->vbq_tag);
	if (q->vbq_shared_addr != 0)
		bus_dmamap_unload(q->vbq_shared_tag, q->vbq_shared_map);
	if (q->vbq_shared != NULL)
		bus_dmamem_free(q->vbq_shared_tag, q->vbq_shared,
		    q->vbq_shared_map);
	if (q->vbq_shared_tag != NULL)
		bus_dma_tag_destroy(q->vbq_shared_tag);
	mtx_destroy(&q->vbq_mtx);
}

void
vioblk_free_queues(struct vioblk_softc *sc)
{
	int i;

	for (i = 0; i < sc->vioblk_nqueues; i++)
		vioblk_free_queue(&sc->vioblk_queues[i]);
	free(sc->vioblk_queues, M_DEVBUF);
	sc->vioblk_queues = NULL;
	sc->vioblk_nqueues = 0;
}
