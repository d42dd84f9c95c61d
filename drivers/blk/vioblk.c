/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `vioblk`: disks vbd0, vbd1, ... on virtio block devices
 * (virtio 1.3, section 5.2).  Here a device comes, sleeps and goes; what the
 * other files are for is said in vioblk_var.h.
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
#include <sys/sbuf.h>
#include <sys/smp.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio.h"
#include "virtio/vio_compat.h"
#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"
#include "vio_if.h"

#define VIOBLK_FEATURES                                             \
	(VIOBLK_F_SIZE_MAX | VIOBLK_F_SEG_MAX | VIOBLK_F_GEOMETRY | \
	    VIOBLK_F_RO | VIOBLK_F_BLK_SIZE | VIOBLK_F_FLUSH |      \
	    VIOBLK_F_TOPOLOGY | VIOBLK_F_CONFIG_WCE | VIOBLK_F_MQ | \
	    VIOBLK_F_DISCARD | VIOBLK_F_WRITE_ZEROES)

/* How long a detach waits for a device before it takes requests away. */
#define VIOBLK_DRAIN_SECONDS 10
/* What loader.conf(5) may change. */
#define VIOBLK_TIMEOUT_SECONDS 30
#define VIOBLK_RETRIES	       3

static const struct vio_feature_desc vioblk_feature_desc[] = {
	{ VIOBLK_F_SIZE_MAX, "SIZE_MAX" },
	{ VIOBLK_F_SEG_MAX, "SEG_MAX" },
	{ VIOBLK_F_GEOMETRY, "GEOMETRY" },
	{ VIOBLK_F_RO, "RO" },
	{ VIOBLK_F_BLK_SIZE, "BLK_SIZE" },
	{ VIOBLK_F_FLUSH, "FLUSH" },
	{ VIOBLK_F_TOPOLOGY, "TOPOLOGY" },
	{ VIOBLK_F_CONFIG_WCE, "CONFIG_WCE" },
	{ VIOBLK_F_MQ, "MQ" },
	{ VIOBLK_F_DISCARD, "DISCARD" },
	{ VIOBLK_F_WRITE_ZEROES, "WRITE_ZEROES" },
	{ VIOBLK_F_LIFETIME, "LIFETIME" },
	{ VIOBLK_F_SECURE_ERASE, "SECURE_ERASE" },
	{ VIOBLK_F_ZONED, "ZONED" },
	{ 0, NULL },
};

static int
vioblk_probe(device_t dev)
{
	return (vio_probe(dev, VIO_ID_BLOCK, "VirtIO block device"));
}

/*
 * --- attach and detach ---
 */

/* A queue for each processor, unless told otherwise. */
static int
vioblk_count_queues(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	int have = 1, want;

	if (VIOBLK_HAS(sc, VIOBLK_F_MQ)) {
		have = MIN(config->num_queues, VIOBLK_QUEUES_MAX);
		if (have == 0) {
			device_printf(sc->vioblk_dev, "no queues; 1 used\n");
			have = 1;
		}
	}
	want = vioblk_tunable(sc, "queues", 0);
	if (want <= 0)
		want = mp_ncpus;
	return (MIN(have, want));
}

/* Gives the virtqueues that there are to `n` queues of ours. */
static int
vioblk_alloc_vqs(struct vioblk_softc *sc, const struct vioblk_config *config,
    int n)
{
	struct vio_vq_info *info;
	struct vioblk_queue *q;
	int error, i;

	info = malloc(n * sizeof(*info), M_DEVBUF, M_WAITOK | M_ZERO);
	vioblk_init_queues(sc, n);
	for (i = 0; i < n; i++) {
		q = &sc->vioblk_queues[i];
		info[i].vqi_name = "requests";
		info[i].vqi_max_size = VIOBLK_QUEUE_MAX;
		info[i].vqi_max_indirect = vioblk_max_chain(sc, config);
		info[i].vqi_intr = vioblk_vq_intr;
		info[i].vqi_arg = q;
		info[i].vqi_vqp = &q->vbq_vq;
	}
	error = VIO_BUS_ALLOC_VIRTQUEUES(device_get_parent(sc->vioblk_dev), n,
	    info);
	free(info, M_DEVBUF);
	return (error);
}

/* Queues, limits, requests. */
static int
vioblk_setup_queues(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	int error, i, n, size;

	n = vioblk_count_queues(sc, config);
	error = vioblk_alloc_vqs(sc, config, n);
	if (error != 0 && n > 1) {
		device_printf(sc->vioblk_dev, "%d queues: error %d; 1 used\n",
		    n, error);
		vioblk_free_queues(sc);
		error = vioblk_alloc_vqs(sc, config, 1);
	}
	if (error != 0)
		return (error);
	size = VIOBLK_QUEUE_MAX;
	for (i = 0; i < sc->vioblk_nqueues; i++)
		size = MIN(size, vio_vq_size(sc->vioblk_queues[i].vbq_vq));
	error = vioblk_set_limits(sc, config, size);
	if (error != 0)
		return (error);
	error = vioblk_alloc_requests(sc);
	if (error != 0)
		device_printf(sc->vioblk_dev, "no memory for requests: %d\n",
		    error);
	return (error);
}

/* The mode that the cache is in, or shall be (5.2.5). */
static int
vioblk_setup_cache(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	int mode;

	if (!VIOBLK_HAS(sc, VIOBLK_F_CONFIG_WCE)) {
		sc->vioblk_writeback = VIOBLK_HAS(sc, VIOBLK_F_FLUSH);
		return (0);
	}
	sc->vioblk_writeback = config->writeback != 0;
	mode = vioblk_tunable(sc, "writecache_mode", -1);
	if (mode != 0 && mode != 1)
		return (0);
	sc->vioblk_writeback = mode != 0;
	return (vioblk_write_cache_mode(sc));
}

/*
 * Lets what is in flight finish, within limits, and stops the device.  What
 * is taken back fails, or is started again by a resume.
 */
static void
vioblk_quiesce(struct vioblk_softc *sc, bool retry)
{
	int left = 0, i;

	if (sc->vioblk_nqueues == 0 || sc->vioblk_queues[0].vbq_vq == NULL ||
	    (sc->vioblk_flags & VIOBLK_STOPPED) != 0)
		return;
	vioblk_drain(sc, 0, VIOBLK_DRAIN_SECONDS);
	for (i = 0; i < sc->vioblk_nqueues; i++)
		left += sc->vioblk_queues[i].vbq_inflight;
	if (left > 0)
		device_printf(sc->vioblk_dev, "%d requests taken back\n", left);
	vioblk_halt(sc, retry);
}

/* Also of a half-built device. */
static int
vioblk_detach(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);
	struct vioblk_queue *q;
	int i;

	if (sc->vioblk_has_sysctl)
		sysctl_ctx_free(&sc->vioblk_sysctl);
	sc->vioblk_has_sysctl = false;
	vioblk_disk_gone(sc);

	sx_xlock(&sc->vioblk_ctl);
	vioblk_lock_all(sc);
	sc->vioblk_flags |= VIOBLK_GONE;
	vioblk_fail_waiting(sc, ENXIO);
	vioblk_unlock_all(sc);
	vioblk_quiesce(sc, false);
	sx_xunlock(&sc->vioblk_ctl);

	for (i = 0; i < sc->vioblk_nqueues; i++) {
		q = &sc->vioblk_queues[i];
		VIOBLK_LOCK(q);
		/* A load cannot be called off; bus_dma(9) will call. */
		while (q->vbq_deferred > 0)
			mtx_sleep(&q->vbq_deferred, &q->vbq_mtx, PRIBIO,
			    "vbddma", 0);
		vioblk_unlock(q);
		callout_drain(&q->vbq_timer);
	}
	VIO_BUS_FREE_VIRTQUEUES(device_get_parent(dev));
	taskqueue_drain(taskqueue_thread, &sc->vioblk_task);
	vioblk_free_queues(sc);
	mtx_destroy(&sc->vioblk_hold_mtx);
	sx_destroy(&sc->vioblk_ctl);
	return (0);
}

static int
vioblk_attach(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);
	device_t bus = device_get_parent(dev);
	struct vioblk_config config;
	int error;

	sc->vioblk_dev = dev;
	sx_init(&sc->vioblk_ctl, "vioblk control");
	mtx_init(&sc->vioblk_hold_mtx, device_get_nameunit(dev), "vioblk hold",
	    MTX_DEF);
	bioq_init(&sc->vioblk_hold);
	TASK_INIT(&sc->vioblk_task, 0, vioblk_task_run, sc);
	sc->vioblk_timeout =
	    MAX(0, vioblk_tunable(sc, "timeout", VIOBLK_TIMEOUT_SECONDS));
	sc->vioblk_retries =
	    MAX(0, vioblk_tunable(sc, "retries", VIOBLK_RETRIES));

	vio_set_feature_desc(dev, vioblk_feature_desc);
	sc->vioblk_features = VIO_BUS_NEGOTIATE_FEATURES(bus, VIOBLK_FEATURES);
	error = VIO_BUS_FINALIZE_FEATURES(bus);
	if (error != 0)
		goto fail;
	error = vioblk_read_limits(sc, &config);
	if (error != 0)
		goto fail;
	error = vioblk_setup_queues(sc, &config);
	if (error != 0)
		goto fail;
	error = vioblk_setup_cache(sc, &config);
	if (error != 0)
		goto fail;
	error = VIO_BUS_SETUP_INTR(bus, INTR_TYPE_BIO);
	if (error != 0)
		goto fail;
	/* From here on the device may ask for a reset, which has to wait. */
	sx_xlock(&sc->vioblk_ctl);
	VIO_BUS_DRIVER_OK(bus);
	error = vioblk_identify(sc);
	sx_xunlock(&sc->vioblk_ctl);
	if (error != 0)
		goto fail;
	vioblk_add_sysctls(sc);
	vioblk_create_disk(sc);
	/* It may have changed before anybody listened. */
	vioblk_post(sc, VIOBLK_EV_CONFIG);
	return (0);

fail:
	vioblk_detach(dev);
	return (error);
}

/*
 * --- sleep and other events ---
 */

static int
vioblk_suspend(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	sx_xlock(&sc->vioblk_ctl);
	vioblk_lock_all(sc);
	sc->vioblk_flags |= VIOBLK_SUSPENDED;
	vioblk_unlock_all(sc);
	vioblk_quiesce(sc, true);
	sx_xunlock(&sc->vioblk_ctl);
	return (0);
}

static int
vioblk_resume(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);
	int error = 0;

	sx_xlock(&sc->vioblk_ctl);
	vioblk_lock_all(sc);
	sc->vioblk_flags &= ~VIOBLK_SUSPENDED;
	vioblk_unlock_all(sc);
	if ((sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) == 0)
		error = vioblk_restart(sc);
	sx_xunlock(&sc->vioblk_ctl);
	return (error);
}

/* File systems are synced by now; the device must not go on by itself. */
static int
vioblk_shutdown(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	sx_xlock(&sc->vioblk_ctl);
	vioblk_lock_all(sc);
	sc->vioblk_flags |= VIOBLK_GONE;
	vioblk_fail_waiting(sc, ENXIO);
	vioblk_unlock_all(sc);
	vioblk_quiesce(sc, false);
	sx_xunlock(&sc->vioblk_ctl);
	return (0);
}

/* 2.1.2: what is in flight may never be completed. */
static void
vioblk_needs_reset(device_t dev)
{
	device_printf(dev, "the device needs a reset\n");
	vioblk_post(device_get_softc(dev), VIOBLK_EV_RESET);
}

static void
vioblk_config_change(device_t dev)
{
	vioblk_post(device_get_softc(dev), VIOBLK_EV_CONFIG);
}

static device_method_t vioblk_methods[] = {
	/* Device interface. */
	DEVMETHOD(device_probe, vioblk_probe),
	DEVMETHOD(device_attach, vioblk_attach),
	DEVMETHOD(device_detach, vioblk_detach),
	DEVMETHOD(device_suspend, vioblk_suspend),
	DEVMETHOD(device_resume, vioblk_resume),
	DEVMETHOD(device_shutdown, vioblk_shutdown),

	/* Virtio interface. */
	DEVMETHOD(vio_config_change, vioblk_config_change),
	DEVMETHOD(vio_needs_reset, vioblk_needs_reset),

	DEVMETHOD_END
};

static driver_t vioblk_driver = {
	.name = "vioblk",
	.methods = vioblk_methods,
	.size = sizeof(struct vioblk_softc),
};

VIO_DRIVER_MODULE_EV(vioblk, vio_pci, vioblk_driver, vioblk_modevent);
MODULE_VERSION(vioblk, 1);
MODULE_DEPEND(vioblk, vio, 1, 1, 1);
