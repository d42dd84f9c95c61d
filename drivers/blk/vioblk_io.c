/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The way of a bio through the block driver, out and back.
 *
 * vioblk_strategy() queues; vioblk_start() takes bios in order and gives
 * each a free request, a loaded DMA map and a chain in the virtqueue;
 * vioblk_vq_intr() takes the chains back.  Nothing is allocated on the way.
 * A mutex covers all of it except biodone(9), which runs without.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/bus.h>
#include <sys/endian.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#include <machine/atomic.h>
#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

void
vioblk_unlock(struct vioblk_softc *sc)
{
	struct bio_queue done;
	struct bio *bp;

	TAILQ_INIT(&done);
	TAILQ_CONCAT(&done, &sc->vioblk_done, bio_queue);
	mtx_unlock(&sc->vioblk_mtx);
	while ((bp = TAILQ_FIRST(&done)) != NULL) {
		TAILQ_REMOVE(&done, bp, bio_queue);
		biodone(bp);
	}
}

/* Has the bio completed by the next vioblk_unlock(). */
static void
vioblk_bio_done(struct vioblk_softc *sc, struct bio *bp, int error)
{
	VIOBLK_LOCK_ASSERT(sc);
	bp->bio_resid = 0;
	if (error != 0) {
		sc->vioblk_errors++;
		bp->bio_error = error;
		bp->bio_flags |= BIO_ERROR;
		bp->bio_resid = bp->bio_bcount;
	}
	TAILQ_INSERT_TAIL(&sc->vioblk_done, bp, bio_queue);
}

/* The request is over, whatever it came to. */
static void
vioblk_req_done(struct vioblk_req *req, int error)
{
	struct vioblk_softc *sc = req->vr_sc;
	struct bio *bp = req->vr_bio;
	bool reads = bp->bio_cmd == BIO_READ;

	if (req->vr_loaded) {
		bus_dmamap_sync(sc->vioblk_tag, req->vr_map,
		    reads ? BUS_DMASYNC_POSTREAD : BUS_DMASYNC_POSTWRITE);
		bus_dmamap_unload(sc->vioblk_tag, req->vr_map);
		req->vr_loaded = false;
	}
	if ((bp->bio_flags & BIO_ORDERED) != 0)
		sc->vioblk_flags &= ~VIOBLK_ORDERED;
	req->vr_bio = NULL;
	TAILQ_INSERT_HEAD(&sc->vioblk_free, req, vr_link);
	KASSERT(sc->vioblk_inflight > 0,
	    ("%s: %d in flight", __func__, sc->vioblk_inflight));
	if (--sc->vioblk_inflight == 0)
		wakeup(&sc->vioblk_inflight);
	vioblk_bio_done(sc, bp, error);
}

/* A result that no correct device gives.  The first one is shown. */
static int
vioblk_bad_reply(struct vioblk_softc *sc, const char *what, uint32_t value)
{
	if (sc->vioblk_bad_replies++ == 0)
		device_printf(sc->vioblk_dev, "the device replied with %s %u\n",
		    what, value);
	return (EIO);
}

/* What a used request came to; `len` bytes the device says it wrote. */
static int
vioblk_result(struct vioblk_req *req, uint32_t len)
{
	struct vioblk_softc *sc = req->vr_sc;
	struct bio *bp = req->vr_bio;
	uint8_t status;

	bus_dmamap_sync(sc->vioblk_shared_tag, sc->vioblk_shared_map,
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
		return (vioblk_bad_reply(sc, "status", status));
	}
	/*
	 * 2.7.8.3: behind the first `len` bytes nothing may be assumed, so
	 * data that the device does not claim to have written is not data.
	 * Devices that leave the status byte out of their count are common,
	 * and that it was written has just been seen.
	 */
	if (bp->bio_cmd == BIO_READ && len < bp->bio_bcount)
		return (
		    vioblk_bad_reply(sc, "success and a used length of", len));
	return (0);
}

/* Puts header, data and status on the ring. */
static int
vioblk_enqueue(struct vioblk_req *req, const bus_dma_segment_t *data, int ndata)
{
	struct vioblk_softc *sc = req->vr_sc;
	bus_dma_segment_t *segs = sc->vioblk_segs;
	int nread;

	KASSERT(ndata <= sc->vioblk_nsegs,
	    ("%s: %d data segments, at most %d", __func__, ndata,
		sc->vioblk_nsegs));
	segs[0].ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_hdr);
	segs[0].ds_len = sizeof(struct vioblk_hdr);
	if (ndata > 0)
		memcpy(&segs[1], data, ndata * sizeof(segs[0]));
	segs[ndata + 1].ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_status);
	segs[ndata + 1].ds_len = sizeof(uint8_t);

	/* 2.7.4.2: what the device writes comes last. */
	nread = req->vr_bio->bio_cmd == BIO_WRITE ? 1 + ndata : 1;
	bus_dmamap_sync(sc->vioblk_shared_tag, sc->vioblk_shared_map,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	return (
	    vio_vq_enqueue(sc->vioblk_vq, req, segs, nread, ndata + 2 - nread));
}

/* bus_dma(9) has the segments, at once or after a wait. */
static void
vioblk_load_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct vioblk_req *req = arg;
	struct vioblk_softc *sc = req->vr_sc;
	bool deferred = req->vr_deferred;

	VIOBLK_LOCK_ASSERT(sc);
	if (deferred) {
		req->vr_deferred = false;
		sc->vioblk_flags &= ~VIOBLK_FROZEN;
		if (--sc->vioblk_deferred == 0)
			wakeup(&sc->vioblk_deferred);
	}
	if (error == 0) {
		req->vr_loaded = true;
		bus_dmamap_sync(sc->vioblk_tag, req->vr_map,
		    req->vr_bio->bio_cmd == BIO_READ ? BUS_DMASYNC_PREREAD :
						       BUS_DMASYNC_PREWRITE);
		/* While it waited, the device may have been stopped. */
		if ((sc->vioblk_flags & VIOBLK_STOPPED) != 0)
			error = ENXIO;
		else
			error = vioblk_enqueue(req, segs, nsegs);
	}
	if (error != 0)
		vioblk_req_done(req, error);
	if (deferred) {
		/* Nobody else is going to: we were called from outside. */
		vioblk_start(sc);
		vioblk_unlock(sc);
		VIOBLK_LOCK(sc);
	}
}

/* Gives the bio a request and sends it on its way. */
static void
vioblk_submit(struct vioblk_softc *sc, struct vioblk_req *req, struct bio *bp)
{
	struct vioblk_hdr *hdr = &req->vr_shared->vs_hdr;
	uint64_t sector = 0;
	uint32_t type;
	int error;

	switch (bp->bio_cmd) {
	case BIO_READ:
		type = VIOBLK_T_IN;
		break;
	case BIO_WRITE:
		type = VIOBLK_T_OUT;
		break;
	case BIO_FLUSH:
		type = VIOBLK_T_FLUSH;
		break;
	default:
		panic("%s: bio_cmd %d was let in", __func__, bp->bio_cmd);
	}
	if (type != VIOBLK_T_FLUSH)
		sector = bp->bio_offset / VIOBLK_SECTOR_SIZE;
	hdr->type = htole32(type);
	hdr->reserved = 0;
	hdr->sector = htole64(sector);
	req->vr_shared->vs_status = VIOBLK_STATUS_PENDING;

	req->vr_bio = bp;
	sc->vioblk_inflight++;
	sc->vioblk_requests++;
	if ((bp->bio_flags & BIO_ORDERED) != 0)
		sc->vioblk_flags |= VIOBLK_ORDERED;

	if (type == VIOBLK_T_FLUSH) {
		error = vioblk_enqueue(req, NULL, 0);
		if (error != 0)
			vioblk_req_done(req, error);
		return;
	}
	/*
	 * Whether it succeeds or fails (EFBIG: more segments than a request
	 * may have), the callback has dealt with it by the time this returns.
	 * EINPROGRESS: it will be called later, under our lock, and until
	 * then no other bio may overtake.
	 */
	error = bus_dmamap_load_bio(sc->vioblk_tag, req->vr_map, bp,
	    vioblk_load_cb, req, 0);
	if (error == EINPROGRESS) {
		req->vr_deferred = true;
		sc->vioblk_deferred++;
		sc->vioblk_deferrals++;
		sc->vioblk_flags |= VIOBLK_FROZEN;
	}
}

/* Descriptors that the bio may take at most: header, data, status. */
static int
vioblk_descriptors(struct vioblk_softc *sc, const struct bio *bp)
{
	u_long offset, pages;
	int nsegs;

	if (bp->bio_cmd == BIO_FLUSH)
		return (2);
	offset = (bp->bio_flags & BIO_UNMAPPED) != 0 ?
	    (u_long)bp->bio_ma_offset :
	    (u_long)bp->bio_data & PAGE_MASK;
	pages = howmany(offset + bp->bio_bcount, PAGE_SIZE);
	nsegs = pages * howmany(PAGE_SIZE, MIN(sc->vioblk_segsize, PAGE_SIZE));
	return (2 + MIN(nsegs, sc->vioblk_nsegs));
}

/* Whether the order of bios lets this one go now. */
static bool
vioblk_in_order(const struct vioblk_softc *sc, const struct bio *bp)
{
	if ((sc->vioblk_flags & VIOBLK_ORDERED) != 0)
		return (false);
	/*
	 * BIO_ORDERED waits for all earlier ones, and later ones for it.  A
	 * flush covers only writes that have completed before it is sent
	 * (5.2.6.2), so it waits whether or not it says that it is ordered.
	 */
	if ((bp->bio_flags & BIO_ORDERED) != 0 || bp->bio_cmd == BIO_FLUSH)
		return (sc->vioblk_inflight == 0);
	return (true);
}

void
vioblk_start(struct vioblk_softc *sc)
{
	struct vioblk_req *req;
	struct bio *bp;

	VIOBLK_LOCK_ASSERT(sc);
	while ((sc->vioblk_flags & VIOBLK_HELD) == 0 &&
	    (bp = bioq_first(&sc->vioblk_bioq)) != NULL &&
	    vioblk_in_order(sc, bp)) {
		req = TAILQ_FIRST(&sc->vioblk_free);
		if (req == NULL ||
		    !vio_vq_fits(sc->vioblk_vq, vioblk_descriptors(sc, bp))) {
			sc->vioblk_queue_full++;
			break;
		}
		bioq_remove(&sc->vioblk_bioq, bp);
		TAILQ_REMOVE(&sc->vioblk_free, req, vr_link);
		vioblk_submit(sc, req, bp);
	}
	if ((sc->vioblk_flags & VIOBLK_STOPPED) == 0 &&
	    vio_vq_notify(sc->vioblk_vq))
		sc->vioblk_notifications++;
}

/* What can be said about a bio without looking at the device. */
static int
vioblk_check(const struct vioblk_softc *sc, const struct bio *bp)
{
	switch (bp->bio_cmd) {
	case BIO_READ:
		return (0);
	case BIO_WRITE:
		if ((sc->vioblk_features & VIOBLK_F_RO) != 0)
			return (EROFS);
		return (0);
	case BIO_FLUSH:
		/*
		 * Without the feature there is no cache to flush (5.2.5.1);
		 * GEOM's name for that is EOPNOTSUPP, and it remembers.
		 */
		if ((sc->vioblk_features & VIOBLK_F_FLUSH) == 0)
			return (EOPNOTSUPP);
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

void
vioblk_strategy(struct bio *bp)
{
	struct vioblk_softc *sc = bp->bio_disk->d_drv1;
	int error;

	error = vioblk_check(sc, bp);
	if (error != 0) {
		biofinish(bp, NULL, error);
		return;
	}
	VIOBLK_LOCK(sc);
	if ((sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) != 0) {
		vioblk_bio_done(sc, bp, ENXIO);
	} else {
		bioq_insert_tail(&sc->vioblk_bioq, bp);
		vioblk_start(sc);
	}
	vioblk_unlock(sc);
}

/* Completes all that the device has used: EAGAIN, or EIO when it lies. */
static int
vioblk_dequeue(struct vioblk_softc *sc)
{
	struct vioblk_req *req;
	void *cookie;
	uint32_t len;
	int error;

	while ((error = vio_vq_dequeue(sc->vioblk_vq, &cookie, &len)) == 0) {
		req = cookie;
		vioblk_req_done(req, vioblk_result(req, len));
	}
	return (error);
}

void
vioblk_vq_intr(void *arg)
{
	struct vioblk_softc *sc = arg;
	bool again;

	do {
		VIOBLK_LOCK(sc);
		again = false;
		/* An interrupt may be late; the ring has been drained. */
		if ((sc->vioblk_flags & VIOBLK_STOPPED) == 0) {
			vio_vq_intr_disable(sc->vioblk_vq);
			if (vioblk_dequeue(sc) == EIO)
				vioblk_broken(sc);
			vioblk_start(sc);
			/* What was used meanwhile brings no interrupt. */
			again = vio_vq_intr_enable(sc->vioblk_vq);
		}
		vioblk_unlock(sc);
	} while (again);
}

void
vioblk_drain(struct vioblk_softc *sc, int seconds)
{
	VIOBLK_LOCK_ASSERT(sc);
	while (sc->vioblk_inflight > 0)
		if (mtx_sleep(&sc->vioblk_inflight, &sc->vioblk_mtx, PRIBIO,
			"vbddrn", seconds * hz) == EWOULDBLOCK)
			break;
}

void
vioblk_halt(struct vioblk_softc *sc)
{
	struct vioblk_req *req;

	VIOBLK_LOCK_ASSERT(sc);
	VIO_BUS_STOP(device_get_parent(sc->vioblk_dev));
	sc->vioblk_flags |= VIOBLK_STOPPED;
	/* Only now is the memory ours again; the used ring still stands. */
	(void)vioblk_dequeue(sc);
	while ((req = vio_vq_drain(sc->vioblk_vq)) != NULL)
		vioblk_req_done(req, EIO);
}

void
vioblk_fail_waiting(struct vioblk_softc *sc, int error)
{
	struct bio *bp;

	VIOBLK_LOCK_ASSERT(sc);
	while ((bp = bioq_takefirst(&sc->vioblk_bioq)) != NULL)
		vioblk_bio_done(sc, bp, error);
}

void
vioblk_broken(struct vioblk_softc *sc)
{
	device_printf(sc->vioblk_dev,
	    "device stopped, %d requests in flight failed\n",
	    sc->vioblk_inflight);
	sc->vioblk_flags |= VIOBLK_BROKEN;
	vioblk_halt(sc);
	vioblk_fail_waiting(sc, ENXIO);
}
