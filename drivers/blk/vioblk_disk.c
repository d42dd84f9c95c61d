/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver's disk(9), and the way into the driver.
 *
 * A disk may be open when its device goes.  GEOM then keeps struct disk until
 * the last user has closed it, and may be on its way into d_strategy.  So the
 * device's own memory is reached through d_drv1 only inside of a read section
 * of vioblk_gate; vioblk_disk_gone() clears it behind the write lock, and
 * d_gone, which GEOM calls when nobody is left, destroys the disk.  The
 * module stays until that has happened.
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
#include <sys/rmlock.h>
#include <sys/sbuf.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/atomic.h>
#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio.h"
#include "virtio/vio_compat.h"

/* How long an unload waits for disks that are still open. */
#define VIOBLK_UNLOAD_SECONDS 10

static struct rmlock vioblk_gate;
RM_SYSINIT(vioblk_gate, &vioblk_gate, "vioblk gate");

/* Disks without a device that GEOM has not let go of. */
static u_int vioblk_lingering;

/* What can be said about a bio without looking at the device. */
static int
vioblk_check(const struct vioblk_softc *sc, const struct bio *bp)
{
	switch (bp->bio_cmd) {
	case BIO_READ:
		return (0);
	case BIO_WRITE:
		return (VIOBLK_HAS(sc, VIOBLK_F_RO) ? EROFS : 0);
	case BIO_DELETE:
		if (VIOBLK_HAS(sc, VIOBLK_F_RO))
			return (EROFS);
		if (sc->vioblk_delete_type == 0)
			return (EOPNOTSUPP);
		/* GEOM has cut it. */
		if (bp->bio_bcount / VIOBLK_SECTOR_SIZE > sc->vioblk_delete_max)
			return (EINVAL);
		return (0);
	case BIO_FLUSH:
		/*
		 * Without the feature there is no cache to flush (5.2.5.1);
		 * GEOM's name for that is EOPNOTSUPP, and it remembers.
		 */
		return (VIOBLK_HAS(sc, VIOBLK_F_FLUSH) ? 0 : EOPNOTSUPP);
	default:
		return (EOPNOTSUPP);
	}
}

static void
vioblk_take_bio(struct vioblk_softc *sc, struct bio *bp, struct bio_queue *done)
{
	struct vioblk_queue *q;

	bp->bio_driver1 = NULL;
	if (__predict_false(vioblk_needs_order(bp))) {
		vioblk_order(sc, bp, done);
		return;
	}
	q = vioblk_pick_queue(sc, bp);
	VIOBLK_LOCK(q);
	if ((sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) != 0)
		vioblk_bio_done(q, bp, ENXIO);
	else if (sc->vioblk_barrier)
		vioblk_order_hold(sc, bp);
	else
		vioblk_queue_bio(q, bp);
	vioblk_unlock_to(q, done);
}

static void
vioblk_strategy(struct bio *bp)
{
	struct rm_priotracker tracker;
	struct vioblk_softc *sc;
	struct bio_queue done;
	int error = ENXIO;

	TAILQ_INIT(&done);
	rm_rlock(&vioblk_gate, &tracker);
	sc = bp->bio_disk->d_drv1;
	if (sc != NULL)
		error = vioblk_check(sc, bp);
	if (error == 0)
		vioblk_take_bio(sc, bp, &done);
	rm_runlock(&vioblk_gate, &tracker);
	if (error != 0) {
		bp->bio_resid = bp->bio_bcount;
		biofinish(bp, NULL, error);
	}
	vioblk_complete(&done);
}

/* The last user has closed it. */
static void
vioblk_gone(struct disk *disk)
{
	disk_destroy(disk);
	atomic_subtract_int(&vioblk_lingering, 1);
}

void
vioblk_disk_gone(struct vioblk_softc *sc)
{
	struct disk *disk = sc->vioblk_disk;

	if (disk == NULL)
		return;
	sc->vioblk_disk = NULL;
	rm_wlock(&vioblk_gate);
	disk->d_drv1 = NULL;
	rm_wunlock(&vioblk_gate);
	atomic_add_int(&vioblk_lingering, 1);
	disk_gone(disk);
}

static const char *
vioblk_cache_name(const struct vioblk_softc *sc)
{
	return (sc->vioblk_writeback ? "" : ", write-through");
}

void
vioblk_create_disk(struct vioblk_softc *sc)
{
	device_t dev = sc->vioblk_dev;
	struct disk *disk;

	disk = disk_alloc();
	disk->d_strategy = vioblk_strategy;
	disk->d_dump = vioblk_dump;
	disk->d_gone = vioblk_gone;
	disk->d_name = "vbd";
	disk->d_unit = device_get_unit(dev);
	disk->d_drv1 = sc;
	disk->d_sectorsize = sc->vioblk_sectorsize;
	disk->d_mediasize = vioblk_media_size(sc);
	disk->d_maxsize = sc->vioblk_max_io;
	disk->d_fwsectors = sc->vioblk_fwsectors;
	disk->d_fwheads = sc->vioblk_fwheads;
	disk->d_stripesize = sc->vioblk_stripesize;
	disk->d_stripeoffset = sc->vioblk_stripeoffset;
	strlcpy(disk->d_ident, sc->vioblk_ident, sizeof(disk->d_ident));
	strlcpy(disk->d_descr, device_get_desc(dev), sizeof(disk->d_descr));
	disk->d_hba_vendor = vio_get_vendor(dev);
	disk->d_hba_device = vio_get_device(dev);
	disk->d_hba_subvendor = vio_get_subvendor(dev);
	disk->d_hba_subdevice = vio_get_subdevice(dev);
	disk->d_flags = DISKFLAG_UNMAPPED_BIO | DISKFLAG_DIRECT_COMPLETION;
	if (VIOBLK_HAS(sc, VIOBLK_F_FLUSH))
		disk->d_flags |= DISKFLAG_CANFLUSHCACHE;
	if (VIOBLK_HAS(sc, VIOBLK_F_RO))
		disk->d_flags |= DISKFLAG_WRITE_PROTECT;
	if (sc->vioblk_delete_type != 0) {
		disk->d_flags |= DISKFLAG_CANDELETE;
		disk->d_delmaxsize =
		    (off_t)sc->vioblk_delete_max * VIOBLK_SECTOR_SIZE;
	}
	device_printf(dev, "%juMB (%ju %u byte sectors)%s%s\n",
	    (uintmax_t)disk->d_mediasize >> 20,
	    (uintmax_t)disk->d_mediasize / sc->vioblk_sectorsize,
	    sc->vioblk_sectorsize,
	    VIOBLK_HAS(sc, VIOBLK_F_RO) ? ", read-only" : "",
	    vioblk_cache_name(sc));
	sc->vioblk_disk = disk;
	disk_create(disk, DISK_VERSION);
}

int
vioblk_modevent(module_t mod, int type, void *arg)
{
	int i;

	switch (type) {
	case MOD_LOAD:
		atomic_store_int(&vioblk_lingering, 0);
		return (0);
	case MOD_QUIESCE:
	case MOD_UNLOAD:
		/* Our text is in use until GEOM has called vioblk_gone(). */
		for (i = 0; i < 10 * VIOBLK_UNLOAD_SECONDS &&
		     atomic_load_int(&vioblk_lingering) > 0;
		     i++)
			pause("vbdgone", MAX(1, hz / 10));
		return (atomic_load_int(&vioblk_lingering) > 0 ? EBUSY : 0);
	case MOD_SHUTDOWN:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}
