/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A block device that does not do as it should: requests that take too long,
 * a device that asks for a reset, one that lies; and one that has changed.
 *
 * A reset takes back what was in flight and starts it again, since reads,
 * writes of the same data, flushes and deletions may all be done twice.  It
 * is bounded both ways: a request sees at most vioblk_retries of them, and
 * after as many in a row without anything done in between the device is
 * given up.  A device that lies is given up at once.
 *
 * Resets and resizes may take their time: they run in taskqueue(9)'s thread.
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

#include <machine/atomic.h>
#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

/* No use in doing anything with the device. */
#define VIOBLK_DEAD (VIOBLK_GONE | VIOBLK_BROKEN | VIOBLK_STOPPED)

static int
vioblk_inflight(struct vioblk_softc *sc)
{
	int i, n = 0;

	for (i = 0; i < sc->vioblk_nqueues; i++)
		n += sc->vioblk_queues[i].vbq_inflight;
	return (n);
}

/*
 * --- stop and go ---
 */

/* Waits until the queue is idle, or cannot be, or it is `until`. */
static void
vioblk_drain_queue(struct vioblk_queue *q, int until)
{
	struct vioblk_softc *sc = q->vbq_sc;
	int left;

	VIOBLK_LOCK(q);
	while (q->vbq_inflight > 0 &&
	    (sc->vioblk_flags & VIOBLK_STOPPED) == 0 &&
	    (left = until - ticks) > 0) {
		/* Of a device that was pulled out nothing will come. */
		if (bus_child_present(sc->vioblk_dev) == 0)
			break;
		(void)mtx_sleep(&q->vbq_inflight, &q->vbq_mtx, PRIBIO, "vbddrn",
		    MIN(left, hz));
	}
	vioblk_unlock(q);
}

void
vioblk_drain(struct vioblk_softc *sc, int flag, int seconds)
{
	int i, until;

	vioblk_lock_all(sc);
	sc->vioblk_flags |= flag;
	vioblk_unlock_all(sc);
	until = ticks + seconds * hz;
	for (i = 0; i < sc->vioblk_nqueues; i++)
		vioblk_drain_queue(&sc->vioblk_queues[i], until);
}

void
vioblk_unpause(struct vioblk_softc *sc)
{
	int i;

	vioblk_lock_all(sc);
	sc->vioblk_flags &= ~VIOBLK_PAUSED;
	for (i = 0; i < sc->vioblk_nqueues; i++)
		vioblk_start(&sc->vioblk_queues[i]);
	vioblk_order_advance(sc);
	vioblk_unlock_all(sc);
}

void
vioblk_halt(struct vioblk_softc *sc, bool retry)
{
	vioblk_lock_all(sc);
	if ((sc->vioblk_flags & VIOBLK_STOPPED) != 0) {
		vioblk_unlock_all(sc);
		return;
	}
	/* From here on nobody touches the rings. */
	sc->vioblk_flags |= VIOBLK_STOPPED;
	vioblk_unlock_all(sc);
	VIO_BUS_STOP(device_get_parent(sc->vioblk_dev));
	vioblk_lock_all(sc);
	vioblk_take_back(sc, retry);
	vioblk_unlock_all(sc);
}

/* The device stays stopped, for good. */
static void
vioblk_give_up(struct vioblk_softc *sc)
{
	vioblk_lock_all(sc);
	sc->vioblk_flags |= VIOBLK_BROKEN;
	vioblk_fail_waiting(sc, ENXIO);
	vioblk_unlock_all(sc);
}

int
vioblk_restart(struct vioblk_softc *sc)
{
	device_t bus = device_get_parent(sc->vioblk_dev);
	int error, i;

	error = VIO_BUS_REINIT(bus);
	if (error == 0)
		/* 5.2.5: the mode after a reset is the device's choice. */
		error = vioblk_write_cache_mode(sc);
	if (error != 0) {
		VIO_BUS_STOP(bus);
		device_printf(sc->vioblk_dev,
		    "the device does not come back: %d\n", error);
		vioblk_give_up(sc);
		return (error);
	}
	vioblk_lock_all(sc);
	sc->vioblk_flags &= ~VIOBLK_STOPPED;
	VIO_BUS_DRIVER_OK(bus);
	for (i = 0; i < sc->vioblk_nqueues; i++)
		vioblk_start(&sc->vioblk_queues[i]);
	vioblk_order_advance(sc);
	vioblk_unlock_all(sc);
	/* Nobody has told us of changes meanwhile. */
	vioblk_post(sc, VIOBLK_EV_CONFIG);
	return (0);
}

void
vioblk_broken(struct vioblk_softc *sc)
{
	vioblk_lock_all(sc);
	if ((sc->vioblk_flags & VIOBLK_STOPPED) != 0) {
		vioblk_unlock_all(sc);
		return;
	}
	device_printf(sc->vioblk_dev,
	    "device stopped, %d requests in flight failed\n",
	    vioblk_inflight(sc));
	sc->vioblk_flags |= VIOBLK_BROKEN;
	vioblk_unlock_all(sc);
	vioblk_halt(sc, false);
	vioblk_give_up(sc);
}

/*
 * --- resets ---
 */

static void
vioblk_recover(struct vioblk_softc *sc)
{
	struct vioblk_queue *q;
	bool give_up, progress = false;
	int i;

	vioblk_lock_all(sc);
	if ((sc->vioblk_flags & VIOBLK_DEAD) != 0) {
		vioblk_unlock_all(sc);
		return;
	}
	for (i = 0; i < sc->vioblk_nqueues; i++) {
		q = &sc->vioblk_queues[i];
		progress |= q->vbq_progress;
		q->vbq_progress = false;
	}
	sc->vioblk_futile = progress ? 0 : sc->vioblk_futile + 1;
	give_up = sc->vioblk_futile > sc->vioblk_retries;
	sc->vioblk_resets++;
	device_printf(sc->vioblk_dev, "%s, %d requests in flight\n",
	    give_up ? "resets are of no use: given up" : "reset",
	    vioblk_inflight(sc));
	vioblk_unlock_all(sc);

	vioblk_halt(sc, !give_up);
	if (give_up)
		vioblk_give_up(sc);
	else
		(void)vioblk_restart(sc);
}

/* How many requests the device has had for too long; counts each once. */
static int
vioblk_count_late(struct vioblk_queue *q, bool count)
{
	struct vioblk_req *req;
	int i, n = 0;

	for (i = 0; i < q->vbq_nreqs; i++) {
		req = &q->vbq_reqs[i];
		/* The first tick may come at once. */
		if (req->vr_bio == NULL || req->vr_deferred || req->vr_late ||
		    q->vbq_epoch - req->vr_epoch <=
			(u_int)q->vbq_sc->vioblk_timeout)
			continue;
		req->vr_late = count;
		n++;
	}
	return (n);
}

/* Something is late.  False when the device turns out to be a liar. */
static bool
vioblk_late(struct vioblk_queue *q)
{
	int n;

	/* It may be the interrupt that was lost. */
	n = q->vbq_inflight;
	do {
		if (vioblk_dequeue(q) == EIO)
			return (false);
	} while (vio_vq_intr_enable(q->vbq_vq));
	q->vbq_stats.vst_missed += n - q->vbq_inflight;
	n = vioblk_count_late(q, true);
	if (n > 0) {
		q->vbq_stats.vst_timeouts += n;
		device_printf(q->vbq_sc->vioblk_dev,
		    "%d requests not done within %d seconds\n", n,
		    q->vbq_sc->vioblk_timeout);
		vioblk_post(q->vbq_sc, VIOBLK_EV_RESET);
	}
	vioblk_start(q);
	return (true);
}

void
vioblk_timer(void *arg)
{
	struct vioblk_queue *q = arg;
	struct vioblk_softc *sc = q->vbq_sc;
	bool sane = true;

	q->vbq_ticking = false;
	q->vbq_epoch++;
	if ((sc->vioblk_flags & VIOBLK_DEAD) == 0) {
		if (sc->vioblk_timeout > 0 && vioblk_count_late(q, false) > 0)
			sane = vioblk_late(q);
		if (q->vbq_inflight > 0 && !q->vbq_ticking) {
			q->vbq_ticking = true;
			callout_reset(&q->vbq_timer, hz, vioblk_timer, q);
		}
	}
	vioblk_unlock(q);
	if (!sane)
		vioblk_broken(sc);
}

/*
 * --- changes ---
 */

/* Grown or shrunk; what is beyond the end now fails when it is started. */
static void
vioblk_resize(struct vioblk_softc *sc)
{
	uint64_t capacity;

	if ((sc->vioblk_flags & VIOBLK_DEAD) != 0 || sc->vioblk_disk == NULL ||
	    vioblk_read_capacity(sc, &capacity) != 0 ||
	    capacity == sc->vioblk_capacity)
		return;
	vioblk_lock_all(sc);
	sc->vioblk_capacity = capacity;
	sc->vioblk_resizes++;
	vioblk_unlock_all(sc);
	sc->vioblk_disk->d_mediasize = vioblk_media_size(sc);
	device_printf(sc->vioblk_dev, "now %juMB (%ju %u byte sectors)\n",
	    (uintmax_t)sc->vioblk_disk->d_mediasize >> 20,
	    (uintmax_t)sc->vioblk_disk->d_mediasize / sc->vioblk_sectorsize,
	    sc->vioblk_sectorsize);
	(void)disk_resize(sc->vioblk_disk, M_WAITOK);
}

void
vioblk_post(struct vioblk_softc *sc, u_int event)
{
	atomic_set_int(&sc->vioblk_events, event);
	taskqueue_enqueue(taskqueue_thread, &sc->vioblk_task);
}

void
vioblk_task_run(void *arg, int pending)
{
	struct vioblk_softc *sc = arg;
	u_int events;

	sx_xlock(&sc->vioblk_ctl);
	events = atomic_readandclear_int(&sc->vioblk_events);
	if ((events & VIOBLK_EV_RESET) != 0)
		vioblk_recover(sc);
	if ((events & VIOBLK_EV_CONFIG) != 0)
		vioblk_resize(sc);
	sx_xunlock(&sc->vioblk_ctl);
}
