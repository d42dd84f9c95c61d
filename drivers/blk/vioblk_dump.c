/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests that nobody is told of, but are waited for: the identity when the
 * device is attached, a flush when its cache's mode changes, and crash dumps.
 * There is one request for them, on queue 0.
 *
 * The kernel that dumps has panicked, wherever that was: no thread runs but
 * this, locks are void, and what the driver knows of its queues may be half
 * written.  So the first piece begins with a reset, and none of what was in
 * flight is looked at any more.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/conf.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sbuf.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_compat.h"
#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

/* How long the device may take, in microseconds. */
#define VIOBLK_IDENT_US 1000000
#define VIOBLK_FLUSH_US 30000000
#define VIOBLK_DUMP_US	10000000
/* Steps of waiting for it. */
#define VIOBLK_SLEEP_US 1000
#define VIOBLK_DELAY_US 10

/*
 * Waits until the request is over: 0, ETIMEDOUT, or EIO when the device lies.
 * What the request came to is in vr_error.
 */
static int
vioblk_poll(struct vioblk_softc *sc, int limit)
{
	struct vioblk_req *req = sc->vioblk_polled;
	struct vioblk_queue *q = req->vr_queue;
	int error, waited = 0;
	bool done;

	for (;;) {
		if (!sc->vioblk_dumping)
			VIOBLK_LOCK(q);
		do {
			error = vioblk_dequeue(q);
		} while (error == EAGAIN && !sc->vioblk_dumping &&
		    vio_vq_intr_enable(q->vbq_vq));
		done = req->vr_done;
		if (!sc->vioblk_dumping)
			vioblk_unlock(q);
		if (done || error == EIO)
			return (done ? 0 : EIO);
		if (waited >= limit)
			return (ETIMEDOUT);
		if (sc->vioblk_dumping) {
			DELAY(VIOBLK_DELAY_US);
			waited += VIOBLK_DELAY_US;
		} else {
			pause_sbt("vbdpoll", VIOBLK_SLEEP_US * SBT_1US, 0, 0);
			waited += VIOBLK_SLEEP_US;
		}
	}
}

/* Sends the request; its header is filled in. */
static int
vioblk_send_polled(struct vioblk_softc *sc, const bus_dma_segment_t *segs,
    int nsegs, uint32_t writable)
{
	struct vioblk_req *req = sc->vioblk_polled;
	int error;

	/* One that was given up is with the device until the reset. */
	if (!req->vr_done)
		return (EBUSY);
	req->vr_done = false;
	req->vr_error = 0;
	error = vioblk_enqueue(req, segs, nsegs, writable);
	if (error == 0)
		(void)vio_vq_notify(req->vr_queue->vbq_vq);
	else
		req->vr_done = true;
	return (error);
}

/*
 * --- identity ---
 */

/* Whatever the device says ends up on consoles and in names of files. */
static void
vioblk_copy_ident(struct vioblk_softc *sc)
{
	const char *from = sc->vioblk_polled->vr_shared->vs_u.ident;
	int end, i;
	char c;

	end = 0;
	for (i = 0; i < VIOBLK_ID_BYTES; i++) {
		/* It can change while it is read. */
		c = *(const volatile char *)&from[i];
		if (c == '\0')
			break;
		sc->vioblk_ident[i] = c > ' ' && c < 0x7f ? c : '_';
		if (c != ' ')
			end = i + 1;
	}
	/* Some pad with blanks. */
	memset(&sc->vioblk_ident[end], 0, sizeof(sc->vioblk_ident) - end);
}

int
vioblk_identify(struct vioblk_softc *sc)
{
	struct vioblk_req *req = sc->vioblk_polled;
	bus_dma_segment_t seg;
	int error;

	if (vioblk_tunable(sc, "no_ident", 0) != 0)
		return (0);
	VIOBLK_LOCK(req->vr_queue);
	memset(&req->vr_shared->vs_u, 0, sizeof(req->vr_shared->vs_u));
	vioblk_set_hdr(req, VIOBLK_T_GET_ID, 0);
	seg.ds_addr =
	    req->vr_shared_addr + offsetof(struct vioblk_shared, vs_u.ident);
	seg.ds_len = VIOBLK_ID_BYTES;
	error = vioblk_send_polled(sc, &seg, 1, VIOBLK_ID_BYTES);
	/* A shorter one may be all that was written. */
	req->vr_writable = 0;
	vioblk_unlock(req->vr_queue);
	if (error != 0)
		return (0);
	switch (vioblk_poll(sc, VIOBLK_IDENT_US)) {
	case 0:
		/* The interrupt handler may have seen it lie. */
		if ((sc->vioblk_flags & VIOBLK_BROKEN) != 0)
			return (ENXIO);
		if (req->vr_error == 0)
			vioblk_copy_ident(sc);
		return (0);
	case ETIMEDOUT:
		device_printf(sc->vioblk_dev,
		    "the device does not say its "
		    "identity; reset\n");
		vioblk_halt(sc, false);
		return (vioblk_restart(sc));
	default:
		vioblk_broken(sc);
		return (ENXIO);
	}
}

int
vioblk_flush_polled(struct vioblk_softc *sc)
{
	struct vioblk_req *req = sc->vioblk_polled;
	int error;

	VIOBLK_LOCK(req->vr_queue);
	vioblk_set_hdr(req, VIOBLK_T_FLUSH, 0);
	error = vioblk_send_polled(sc, NULL, 0, 0);
	vioblk_unlock(req->vr_queue);
	if (error == 0)
		error = vioblk_poll(sc, VIOBLK_FLUSH_US);
	if (error != 0) {
		/* It has our memory still: let the reset see to that. */
		vioblk_post(sc, VIOBLK_EV_RESET);
		return (error);
	}
	return (req->vr_error);
}

/*
 * --- crash dumps ---
 */

/* The device forgets, we forget, and it is brought up again. */
static int
vioblk_dump_begin(struct vioblk_softc *sc)
{
	device_t bus = device_get_parent(sc->vioblk_dev);
	int error, i;

	VIO_BUS_STOP(bus);
	for (i = 0; i < sc->vioblk_nqueues; i++)
		vio_vq_abandon(sc->vioblk_queues[i].vbq_vq);
	error = VIO_BUS_REINIT(bus);
	if (error == 0)
		error = vioblk_write_cache_mode(sc);
	if (error != 0)
		return (error);
	sc->vioblk_dumping = true;
	sc->vioblk_polled->vr_done = true;
	sc->vioblk_flags &= ~(VIOBLK_STOPPED | VIOBLK_BROKEN);
	VIO_BUS_DRIVER_OK(bus);
	vio_vq_intr_disable(sc->vioblk_queues[0].vbq_vq);
	return (0);
}

struct vioblk_dump_arg {
	struct vioblk_softc *sc;
	int error;
};

static void
vioblk_dump_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct vioblk_dump_arg *da = arg;
	struct vioblk_req *req = da->sc->vioblk_polled;

	if (error == 0) {
		bus_dmamap_sync(req->vr_queue->vbq_tag, req->vr_map,
		    BUS_DMASYNC_PREWRITE);
		error = vioblk_send_polled(da->sc, segs, nsegs, 0);
	}
	da->error = error;
}

static int
vioblk_dump_piece(struct vioblk_softc *sc, void *data, uint64_t offset,
    size_t length)
{
	struct vioblk_dump_arg arg = { sc, 0 };
	struct vioblk_req *req = sc->vioblk_polled;
	bus_dma_tag_t tag = req->vr_queue->vbq_tag;
	int error;

	if (length == 0) {
		if (!VIOBLK_HAS(sc, VIOBLK_F_FLUSH))
			return (0);
		vioblk_set_hdr(req, VIOBLK_T_FLUSH, 0);
		error = vioblk_send_polled(sc, NULL, 0, 0);
		return (error != 0 ? error : vioblk_poll(sc, VIOBLK_DUMP_US));
	}
	vioblk_set_hdr(req, VIOBLK_T_OUT, offset / VIOBLK_SECTOR_SIZE);
	error = bus_dmamap_load(tag, req->vr_map, data, length, vioblk_dump_cb,
	    &arg, BUS_DMA_NOWAIT);
	if (error != 0)
		return (error);
	error = arg.error;
	if (error == 0)
		error = vioblk_poll(sc, VIOBLK_DUMP_US);
	bus_dmamap_sync(tag, req->vr_map, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(tag, req->vr_map);
	return (error);
}

int
VIO_DUMPER(vioblk_dump, void *arg, void *data, off_t offset, size_t length)
{
	struct disk *disk = arg;
	struct vioblk_softc *sc = disk->d_drv1;
	int error;

	if (sc == NULL)
		return (ENXIO);
	if (VIOBLK_HAS(sc, VIOBLK_F_RO))
		return (EROFS);
	if (length > sc->vioblk_max_io || !vioblk_in_range(sc, offset, length))
		return (EINVAL);
	if (!sc->vioblk_dumping) {
		error = vioblk_dump_begin(sc);
		if (error != 0)
			return (error);
	}
	error = vioblk_dump_piece(sc, data, offset, length);
	if (error == 0)
		return (sc->vioblk_polled->vr_error);
	/* It may have our memory: the next piece begins with a reset. */
	sc->vioblk_dumping = false;
	return (error);
}
