/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The way of a bio through a queue of the block driver, out and back.
 *
 * vioblk_queue_bio() queues; vioblk_start() takes bios in order and gives
 * each a free request, a loaded DMA map and a chain in the virtqueue;
 * vioblk_vq_intr() takes the chains back.  Nothing is allocated on the way.
 * The queue's mutex covers all of it except biodone(9), which runs without.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/conf.h>
#include <sys/endian.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/atomic.h>
#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_vq.h"

/* How often a bio was started again is kept in the bio: it is ours now. */
#define VIOBLK_TRIES(bp)    ((intptr_t)(bp)->bio_driver1)
#define VIOBLK_TRY_MORE(bp) ((bp)->bio_driver1 = (void *)(VIOBLK_TRIES(bp) + 1))

void
vioblk_bio_done(struct vioblk_queue *q, struct bio *bp, int error)
{
	VIOBLK_LOCK_ASSERT(q);
	bp->bio_resid = 0;
	if (error != 0) {
		q->vbq_stats.vst_errors++;
		bp->bio_error = error;
		bp->bio_flags |= BIO_ERROR;
		bp->bio_resid = bp->bio_bcount;
	}
	TAILQ_INSERT_TAIL(&q->vbq_done, bp, bio_queue);
}

/* The request is free again; its bio, which is returned, is not done. */
static struct bio *
vioblk_req_free(struct vioblk_req *req)
{
	struct vioblk_queue *q = req->vr_queue;
	struct bio *bp = req->vr_bio;

	if (req->vr_loaded) {
		bus_dmamap_sync(q->vbq_tag, req->vr_map,
		    bp->bio_cmd == BIO_READ ? BUS_DMASYNC_POSTREAD :
					      BUS_DMASYNC_POSTWRITE);
		bus_dmamap_unload(q->vbq_tag, req->vr_map);
		req->vr_loaded = false;
	}
	req->vr_bio = NULL;
	TAILQ_INSERT_HEAD(&q->vbq_free, req, vr_link);
	KASSERT(q->vbq_inflight > 0,
	    ("%s: %d in flight", __func__, q->vbq_inflight));
	if (--q->vbq_inflight == 0)
		wakeup(&q->vbq_inflight);
	return (bp);
}

/* The request is over, whatever it came to. */
static void
vioblk_req_done(struct vioblk_req *req, int error)
{
	if (req->vr_polled) {
		req->vr_error = error;
		req->vr_done = true;
		return;
	}
	vioblk_bio_done(req->vr_queue, vioblk_req_free(req), error);
}

/*
 * The device was stopped before the request was done.  Reads, writes (of the
 * same data), flushes and deletions may all be done twice.
 */
static void
vioblk_req_again(struct vioblk_req *req)
{
	struct vioblk_queue *q = req->vr_queue;
	struct bio *bp;

	bp = vioblk_req_free(req);
	VIOBLK_TRY_MORE(bp);
	q->vbq_stats.vst_retries++;
	bioq_insert_head(&q->vbq_bioq, bp);
}

/* A result that no correct device gives.  The first one is shown. */
static int
vioblk_bad_reply(struct vioblk_queue *q, const char *what, uint32_t value)
{
	if (q->vbq_stats.vst_bad_replies++ == 0)
		device_printf(q->vbq_sc->vioblk_dev,
		    "the device replied with %s %u\n", what, value);
	return (EIO);
}

static void
vioblk_count_bytes(struct vioblk_stats *stats, const struct bio *bp)
{
	switch (bp->bio_cmd) {
	case BIO_READ:
		stats->vst_read_bytes += bp->bio_bcount;
		break;
	case BIO_WRITE:
		stats->vst_written_bytes += bp->bio_bcount;
		break;
	case BIO_DELETE:
		stats->vst_deleted_bytes += bp->bio_bcount;
		break;
	}
}

/* What a used request came to; `len` bytes the device says it wrote. */
static int
vioblk_result(struct vioblk_req *req, uint32_t len)
{
	struct vioblk_queue *q = req->vr_queue;
	uint8_t status;

	bus_dmamap_sync(q->vbq_shared_tag, q->vbq_shared_map,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	status = atomic_load_8(&req->vr_shared->vs_status);
	switch (status) {
	case VIOBLK_S_OK:
		break;
	case VIOBLK_S_IOERR:
		return (EIO);
	case VIOBLK_S_UNSUPP:
		return (EOPNOTSUPP);
	default:
		return (vioblk_bad_reply(q, "status", status));
	}
	/*
	 * 2.7.8.3: behind the first `len` bytes nothing may be assumed, so
	 * data that the device does not claim to have written is not data.
	 * Devices that leave the status byte out of their count are common,
	 * and that it was written has just been seen.
	 */
	if (len < req->vr_writable)
		return (
		    vioblk_bad_reply(q, "success and a used length of", len));
	if (req->vr_bio != NULL)
		vioblk_count_bytes(&q->vbq_stats, req->vr_bio);
	return (0);
}

void
vioblk_set_hdr(struct vioblk_req *req, uint32_t type, uint64_t sector)
{
	struct vioblk_shared *shared = req->vr_shared;

	shared->vs_hdr.type = htole32(type);
	shared->vs_hdr.reserved = 0;
	shared->vs_hdr.sector = htole64(sector);
	shared->vs_status = VIOBLK_STATUS_PENDING;
}

int
vioblk_enqueue(struct vioblk_req *req, const bus_dma_segment_t *data, int ndata,
    uint32_t writable)
{
	struct vioblk_queue *q = req->vr_queue;
	bus_dma_segment_t *segs = q->vbq_segs;
	int nread;

	KASSERT(ndata <= MAX(1, q->vbq_sc->vioblk_nsegs),
	    ("%s: %d data segments, at most %d", __func__, ndata,
		q->vbq_sc->vioblk_nsegs));
	segs[0].ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_hdr);
	segs[0].ds_len = sizeof(struct vioblk_hdr);
	if (ndata > 0)
		memcpy(&segs[1], data, ndata * sizeof(segs[0]));
	segs[ndata + 1].ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_status);
	segs[ndata + 1].ds_len = sizeof(uint8_t);

	/* 2.7.4.2: what the device writes comes last. */
	nread = writable == 0 ? 1 + ndata : 1;
	req->vr_writable = writable;
	req->vr_epoch = q->vbq_epoch;
	req->vr_late = false;
	bus_dmamap_sync(q->vbq_shared_tag, q->vbq_shared_map,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	return (vio_vq_enqueue(q->vbq_vq, req, segs, nread, ndata + 2 - nread));
}

/* Sends a loaded read or write on its way. */
static int
vioblk_enqueue_loaded(struct vioblk_req *req, bus_dma_segment_t *segs,
    int nsegs)
{
	struct vioblk_queue *q = req->vr_queue;
	struct bio *bp = req->vr_bio;
	bool reads = bp->bio_cmd == BIO_READ;

	bus_dmamap_sync(q->vbq_tag, req->vr_map,
	    reads ? BUS_DMASYNC_PREREAD : BUS_DMASYNC_PREWRITE);
	return (vioblk_enqueue(req, segs, nsegs, reads ? bp->bio_bcount : 0));
}

/* bus_dma(9) has the segments, at once or after a wait. */
static void
vioblk_load_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct vioblk_req *req = arg;
	struct vioblk_queue *q = req->vr_queue;
	bool deferred = req->vr_deferred;

	VIOBLK_LOCK_ASSERT(q);
	if (deferred) {
		req->vr_deferred = false;
		q->vbq_frozen = false;
	}
	if (error == 0 && (q->vbq_sc->vioblk_flags & VIOBLK_STOPPED) == 0) {
		req->vr_loaded = true;
		error = vioblk_enqueue_loaded(req, segs, nsegs);
	} else if (error == 0) {
		/* Stopped while it waited: nobody has had the buffer. */
		bus_dmamap_unload(q->vbq_tag, req->vr_map);
		if ((q->vbq_sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) !=
		    0)
			error = ENXIO;
		else
			vioblk_req_again(req);
	}
	if (error != 0)
		vioblk_req_done(req, error);
	if (deferred) {
		/* Nobody else is going to: we were called from outside. */
		vioblk_start(q);
		vioblk_unlock(q);
		VIOBLK_LOCK(q);
		/* From here on the queue may be taken down. */
		if (--q->vbq_deferred == 0)
			wakeup(&q->vbq_deferred);
	}
}

/* A deletion: one range, in the request's own memory. */
static int
vioblk_enqueue_delete(struct vioblk_req *req)
{
	struct vioblk_softc *sc = req->vr_queue->vbq_sc;
	struct vioblk_range *range = &req->vr_shared->vs_u.range;
	struct bio *bp = req->vr_bio;
	bus_dma_segment_t seg;
	uint32_t flags = 0;

	/* 5.2.6.1: without UNMAP the zeros would take up room. */
	if (sc->vioblk_delete_type == VIOBLK_T_WRITE_ZEROES)
		flags = VIOBLK_RANGE_UNMAP;
	range->sector = htole64(bp->bio_offset / VIOBLK_SECTOR_SIZE);
	range->num_sectors = htole32(bp->bio_bcount / VIOBLK_SECTOR_SIZE);
	range->flags = htole32(flags);
	seg.ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_u.range);
	seg.ds_len = sizeof(*range);
	/* 5.2.6.1: the header's sector is of no meaning here. */
	vioblk_set_hdr(req, sc->vioblk_delete_type, 0);
	return (vioblk_enqueue(req, &seg, 1, 0));
}

/* Gives the bio a request and sends it on its way. */
static void
vioblk_submit(struct vioblk_queue *q, struct vioblk_req *req, struct bio *bp)
{
	int error;

	TAILQ_REMOVE(&q->vbq_free, req, vr_link);
	req->vr_bio = bp;
	q->vbq_inflight++;
	q->vbq_stats.vst_requests++;
	switch (bp->bio_cmd) {
	case BIO_READ:
	case BIO_WRITE:
		vioblk_set_hdr(req,
		    bp->bio_cmd == BIO_READ ? VIOBLK_T_IN : VIOBLK_T_OUT,
		    bp->bio_offset / VIOBLK_SECTOR_SIZE);
		break;
	case BIO_DELETE:
		error = vioblk_enqueue_delete(req);
		if (error != 0)
			vioblk_req_done(req, error);
		return;
	case BIO_FLUSH:
		vioblk_set_hdr(req, VIOBLK_T_FLUSH, 0);
		error = vioblk_enqueue(req, NULL, 0, 0);
		if (error != 0)
			vioblk_req_done(req, error);
		return;
	default:
		panic("%s: bio_cmd %d was let in", __func__, bp->bio_cmd);
	}
	/*
	 * Whether it succeeds or fails (EFBIG: more segments than a request
	 * may have), the callback has dealt with it by the time this returns.
	 * EINPROGRESS: it will be called later, under our lock, and until
	 * then no other bio of this queue may overtake.
	 */
	error = bus_dmamap_load_bio(q->vbq_tag, req->vr_map, bp, vioblk_load_cb,
	    req, 0);
	if (error == EINPROGRESS) {
		req->vr_deferred = true;
		q->vbq_deferred++;
		q->vbq_stats.vst_deferrals++;
		q->vbq_frozen = true;
	}
}

/* Descriptors that the bio may take at most: header, data, status. */
static int
vioblk_descriptors(struct vioblk_softc *sc, const struct bio *bp)
{
	u_long offset, pages;
	int nsegs;

	if (bp->bio_cmd == BIO_FLUSH || bp->bio_cmd == BIO_DELETE)
		return (3);
	offset = (bp->bio_flags & BIO_UNMAPPED) != 0 ?
	    (u_long)bp->bio_ma_offset :
	    (u_long)bp->bio_data & PAGE_MASK;
	pages = howmany(offset + bp->bio_bcount, PAGE_SIZE);
	nsegs = pages * sc->vioblk_perpage;
	return (2 + MIN(nsegs, sc->vioblk_nsegs));
}

/* Whether there is room for the bio, and nothing that holds it back. */
static bool
vioblk_can_start(struct vioblk_queue *q, struct bio *bp)
{
	struct vioblk_softc *sc = q->vbq_sc;
	struct vioblk_req *req;

	if ((sc->vioblk_flags & VIOBLK_HELD) != 0 || q->vbq_frozen)
		return (false);
	req = TAILQ_FIRST(&q->vbq_free);
	if (req == NULL ||
	    !vio_vq_fits(q->vbq_vq, vioblk_descriptors(sc, bp))) {
		q->vbq_stats.vst_queue_full++;
		return (false);
	}
	return (true);
}

/* 5.2.6.1: no request reaches beyond the end; it may have moved since. */
static void
vioblk_submit_checked(struct vioblk_queue *q, struct bio *bp)
{
	if (bp->bio_cmd != BIO_FLUSH &&
	    !vioblk_in_range(q->vbq_sc, bp->bio_offset, bp->bio_bcount))
		vioblk_bio_done(q, bp, EIO);
	else
		vioblk_submit(q, TAILQ_FIRST(&q->vbq_free), bp);
}

/* Tells the device of what was started. */
static void
vioblk_notify(struct vioblk_queue *q)
{
	if ((q->vbq_sc->vioblk_flags & VIOBLK_STOPPED) != 0)
		return;
	if (vio_vq_notify(q->vbq_vq))
		q->vbq_stats.vst_notifications++;
	if (!q->vbq_ticking && q->vbq_inflight > 0) {
		q->vbq_ticking = true;
		callout_reset(&q->vbq_timer, hz, vioblk_timer, q);
	}
}

void
vioblk_start(struct vioblk_queue *q)
{
	struct bio *bp;

	VIOBLK_LOCK_ASSERT(q);
	while ((bp = bioq_first(&q->vbq_bioq)) != NULL &&
	    vioblk_can_start(q, bp)) {
		bioq_remove(&q->vbq_bioq, bp);
		vioblk_submit_checked(q, bp);
	}
	vioblk_notify(q);
}

void
vioblk_queue_bio(struct vioblk_queue *q, struct bio *bp)
{
	VIOBLK_LOCK_ASSERT(q);
	/* Most find the queue open and nobody before them. */
	if (bioq_first(&q->vbq_bioq) == NULL && vioblk_can_start(q, bp)) {
		vioblk_submit_checked(q, bp);
		vioblk_notify(q);
	} else {
		bioq_insert_tail(&q->vbq_bioq, bp);
	}
}

int
vioblk_dequeue(struct vioblk_queue *q)
{
	struct vioblk_req *req;
	void *cookie;
	uint32_t len;
	int error;

	while ((error = vio_vq_dequeue(q->vbq_vq, &cookie, &len)) == 0) {
		req = cookie;
		q->vbq_progress = true;
		vioblk_req_done(req, vioblk_result(req, len));
	}
	return (error);
}

void
vioblk_vq_intr(void *arg)
{
	struct vioblk_queue *q = arg;
	struct vioblk_softc *sc = q->vbq_sc;
	bool again, broken;

	do {
		VIOBLK_LOCK(q);
		again = broken = false;
		q->vbq_stats.vst_interrupts++;
		/* An interrupt may be late; the ring has been drained. */
		if ((sc->vioblk_flags & VIOBLK_STOPPED) == 0) {
			vio_vq_intr_disable(q->vbq_vq);
			broken = vioblk_dequeue(q) == EIO;
			if (!broken) {
				vioblk_start(q);
				/* What was used meanwhile interrupts not. */
				again = vio_vq_intr_enable(q->vbq_vq);
			}
		}
		vioblk_unlock(q);
	} while (again);
	if (broken)
		vioblk_broken(sc);
}

void
vioblk_take_back(struct vioblk_softc *sc, bool retry)
{
	struct vioblk_queue *q;
	struct vioblk_req *req;
	int i, j;

	for (i = 0; i < sc->vioblk_nqueues; i++) {
		q = &sc->vioblk_queues[i];
		VIOBLK_LOCK_ASSERT(q);
		if (q->vbq_vq == NULL || q->vbq_reqs == NULL)
			continue;
		/* The device is out; what it wrote still stands. */
		(void)vioblk_dequeue(q);
		while ((req = vio_vq_drain(q->vbq_vq)) != NULL) {
			if (retry && !req->vr_polled &&
			    VIOBLK_TRIES(req->vr_bio) < sc->vioblk_retries)
				vioblk_req_again(req);
			else
				vioblk_req_done(req, EIO);
		}
		/* What a dump has made the ring forget. */
		for (j = 0; j < q->vbq_nreqs; j++) {
			req = &q->vbq_reqs[j];
			if (req->vr_bio != NULL && !req->vr_deferred)
				vioblk_req_done(req, EIO);
		}
	}
}
