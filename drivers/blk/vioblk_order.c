/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What must not overtake what.
 *
 * A bio with BIO_ORDERED waits for all earlier ones, on whatever queue, and
 * all later ones wait for it.  A flush covers only writes that were completed
 * before it was sent (virtio 1.3, section 5.2.6.2), so it is treated alike
 * whether or not it says that it is ordered.
 *
 * The first such bio raises a barrier: from then on new bios are held, in
 * their order, instead of going to a queue.  Queues work off what they have.
 * When the last of them has, the ordered bio is started alone; when that is
 * done, those behind it are, up to the next ordered one.  When none is left
 * the barrier falls.  Whoever leaves a queue with nothing in it while there
 * is a barrier (vioblk_unlock_to()) looks whether it was the last one.
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
#include <sys/pcpu.h>
#include <sys/queue.h>
#include <sys/smp.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"

/* Neighbours in such a piece of the disk share a queue. */
#define VIOBLK_SPREAD_SHIFT 16

struct vioblk_queue *
vioblk_pick_queue(struct vioblk_softc *sc, const struct bio *bp)
{
	u_int i;

	if (sc->vioblk_nqueues == 1)
		return (&sc->vioblk_queues[0]);
	/* That it is another processor by now makes it no worse. */
	i = curcpu;
	/* More queues than processors were asked for: use them all. */
	if (sc->vioblk_nqueues > mp_ncpus)
		i += (u_int)(bp->bio_offset >> VIOBLK_SPREAD_SHIFT);
	return (&sc->vioblk_queues[i % sc->vioblk_nqueues]);
}

bool
vioblk_needs_order(const struct bio *bp)
{
	return ((bp->bio_flags & BIO_ORDERED) != 0 || bp->bio_cmd == BIO_FLUSH);
}

static bool
vioblk_all_idle(struct vioblk_softc *sc)
{
	int i;

	for (i = 0; i < sc->vioblk_nqueues; i++)
		if (!vioblk_queue_idle(&sc->vioblk_queues[i]))
			return (false);
	return (true);
}

void
vioblk_order_hold(struct vioblk_softc *sc, struct bio *bp)
{
	mtx_lock(&sc->vioblk_hold_mtx);
	bioq_insert_tail(&sc->vioblk_hold, bp);
	mtx_unlock(&sc->vioblk_hold_mtx);
}

void
vioblk_order_advance(struct vioblk_softc *sc)
{
	struct vioblk_queue *q;
	struct bio *bp;

	while (sc->vioblk_barrier) {
		if (sc->vioblk_ordered) {
			if (!vioblk_all_idle(sc))
				return;
			sc->vioblk_ordered = false;
		}
		bp = bioq_first(&sc->vioblk_hold);
		if (bp == NULL) {
			sc->vioblk_barrier = false;
			return;
		}
		q = &sc->vioblk_queues[0];
		if (vioblk_needs_order(bp)) {
			if (!vioblk_all_idle(sc))
				return;
			sc->vioblk_ordered = true;
		} else {
			q = vioblk_pick_queue(sc, bp);
		}
		bioq_remove(&sc->vioblk_hold, bp);
		vioblk_queue_bio(q, bp);
	}
}

void
vioblk_order(struct vioblk_softc *sc, struct bio *bp, struct bio_queue *done)
{
	vioblk_lock_all(sc);
	if ((sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) != 0) {
		vioblk_bio_done(&sc->vioblk_queues[0], bp, ENXIO);
	} else {
		bioq_insert_tail(&sc->vioblk_hold, bp);
		if (!sc->vioblk_barrier) {
			sc->vioblk_barrier = true;
			vioblk_order_advance(sc);
		}
	}
	vioblk_unlock_all_to(sc, done);
}

void
vioblk_fail_waiting(struct vioblk_softc *sc, int error)
{
	struct vioblk_queue *q;
	struct bio *bp;
	int i;

	for (i = 0; i < sc->vioblk_nqueues; i++) {
		q = &sc->vioblk_queues[i];
		VIOBLK_LOCK_ASSERT(q);
		while ((bp = bioq_takefirst(&q->vbq_bioq)) != NULL)
			vioblk_bio_done(q, bp, error);
	}
	while ((bp = bioq_takefirst(&sc->vioblk_hold)) != NULL)
		vioblk_bio_done(&sc->vioblk_queues[0], bp, error);
	sc->vioblk_barrier = false;
	sc->vioblk_ordered = false;
}
