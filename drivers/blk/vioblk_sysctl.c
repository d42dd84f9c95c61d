/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tunables, settings and statistics of the block driver; vioblk(4) has them
 * all.
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
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/bus.h>

#include <geom/geom_disk.h>

#include "blk/vioblk.h"
#include "blk/vioblk_var.h"
#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

/* How long a change of the cache's mode waits for what is in flight. */
#define VIOBLK_PAUSE_SECONDS 10

int
vioblk_tunable(const struct vioblk_softc *sc, const char *name, int value)
{
	char path[64];

	snprintf(path, sizeof(path), "hw.vioblk.%s", name);
	TUNABLE_INT_FETCH(path, &value);
	snprintf(path, sizeof(path), "hw.vioblk.%d.%s",
	    device_get_unit(sc->vioblk_dev), name);
	TUNABLE_INT_FETCH(path, &value);
	return (value);
}

/*
 * --- the cache's mode ---
 */

int
vioblk_write_cache_mode(struct vioblk_softc *sc)
{
	uint8_t writeback = sc->vioblk_writeback;

	if (!VIOBLK_HAS(sc, VIOBLK_F_CONFIG_WCE))
		return (0);
	return (VIO_BUS_WRITE_CONFIG(device_get_parent(sc->vioblk_dev),
	    offsetof(struct vioblk_config, writeback), &writeback,
	    sizeof(writeback)));
}

/*
 * Requests that are in flight meanwhile would be neither volatile nor stable
 * (5.2.6.4), so there are none; and what was volatile stays so until it is
 * flushed (5.2.6.1).
 */
static int
vioblk_set_cache_mode(struct vioblk_softc *sc, bool writeback)
{
	bool old = sc->vioblk_writeback;
	int error, i;

	vioblk_drain(sc, VIOBLK_PAUSED, VIOBLK_PAUSE_SECONDS);
	error = (sc->vioblk_flags & VIOBLK_STOPPED) != 0 ? ENXIO : 0;
	for (i = 0; i < sc->vioblk_nqueues && error == 0; i++)
		if (sc->vioblk_queues[i].vbq_inflight > 0)
			error = EBUSY;
	if (error == 0) {
		sc->vioblk_writeback = writeback;
		error = vioblk_write_cache_mode(sc);
		if (error == 0 && !writeback && VIOBLK_HAS(sc, VIOBLK_F_FLUSH))
			error = vioblk_flush_polled(sc);
		if (error != 0) {
			sc->vioblk_writeback = old;
			(void)vioblk_write_cache_mode(sc);
		}
	}
	vioblk_unpause(sc);
	return (error);
}

static int
vioblk_sysctl_cache(SYSCTL_HANDLER_ARGS)
{
	struct vioblk_softc *sc = arg1;
	int error, value;

	value = sc->vioblk_writeback;
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (!VIOBLK_HAS(sc, VIOBLK_F_CONFIG_WCE))
		return (EPERM);
	if (value != 0 && value != 1)
		return (EINVAL);
	sx_xlock(&sc->vioblk_ctl);
	error = vioblk_set_cache_mode(sc, value != 0);
	sx_xunlock(&sc->vioblk_ctl);
	return (error);
}

/*
 * --- other settings ---
 */

/* Numbers that the next timeout or reset goes by; not negative. */
static int
vioblk_sysctl_limit(SYSCTL_HANDLER_ARGS)
{
	int error, value;

	value = *(int *)arg1;
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (value < 0 || value > arg2)
		return (EINVAL);
	*(int *)arg1 = value;
	return (0);
}

/*
 * --- statistics ---
 */

#define VIOBLK_STAT(field, name, descr)                                 \
	{                                                               \
		offsetof(struct vioblk_stats, vst_##field), name, descr \
	}

static const struct {
	size_t offset;
	const char *name;
	const char *descr;
} vioblk_stat_desc[] = {
	VIOBLK_STAT(requests, "requests", "Requests started"),
	VIOBLK_STAT(read_bytes, "read_bytes", "Bytes read"),
	VIOBLK_STAT(written_bytes, "written_bytes", "Bytes written"),
	VIOBLK_STAT(deleted_bytes, "deleted_bytes", "Bytes deleted"),
	VIOBLK_STAT(notifications, "notifications", "Notifications sent"),
	VIOBLK_STAT(interrupts, "interrupts", "Interrupts handled"),
	VIOBLK_STAT(errors, "errors", "Bios completed with an error"),
	VIOBLK_STAT(deferrals, "deferrals", "Requests that waited for bus_dma"),
	VIOBLK_STAT(queue_full, "queue_full", "Times that a bio found no room"),
	VIOBLK_STAT(bad_replies, "bad_replies", "Results that make no sense"),
	VIOBLK_STAT(timeouts, "timeouts", "Requests that took too long"),
	VIOBLK_STAT(missed, "missed_interrupts",
	    "Requests done without an interrupt"),
	VIOBLK_STAT(retries, "retries", "Requests started again"),
};

/* The sum over all queues. */
static int
vioblk_sysctl_sum(SYSCTL_HANDLER_ARGS)
{
	struct vioblk_softc *sc = arg1;
	struct vioblk_queue *q;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < sc->vioblk_nqueues; i++) {
		q = &sc->vioblk_queues[i];
		VIOBLK_LOCK(q);
		sum += *(uint64_t *)((char *)&q->vbq_stats + arg2);
		vioblk_unlock(q);
	}
	return (sysctl_handle_64(oidp, &sum, 0, req));
}

static int
vioblk_sysctl_inflight(SYSCTL_HANDLER_ARGS)
{
	struct vioblk_softc *sc = arg1;
	int i, sum = 0;

	for (i = 0; i < sc->vioblk_nqueues; i++)
		sum += sc->vioblk_queues[i].vbq_inflight;
	return (sysctl_handle_int(oidp, &sum, 0, req));
}

static void
vioblk_add_stats(struct vioblk_softc *sc, struct sysctl_oid_list *list)
{
	struct sysctl_ctx_list *ctx = &sc->vioblk_sysctl;
	struct sysctl_oid_list *sub;
	struct sysctl_oid *oid;
	char *stats;
	char name[16];
	u_int j;
	int i;

	oid = SYSCTL_ADD_NODE(ctx, list, OID_AUTO, "stats",
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "All queues together");
	sub = SYSCTL_CHILDREN(oid);
	for (j = 0; j < nitems(vioblk_stat_desc); j++)
		SYSCTL_ADD_PROC(ctx, sub, OID_AUTO, vioblk_stat_desc[j].name,
		    CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE, sc,
		    vioblk_stat_desc[j].offset, vioblk_sysctl_sum, "QU",
		    vioblk_stat_desc[j].descr);
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "resets", CTLFLAG_RD,
	    &sc->vioblk_resets, 0, "Resets of the device while in use");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "resizes", CTLFLAG_RD,
	    &sc->vioblk_resizes, 0, "Changes of the capacity");
	for (i = 0; i < sc->vioblk_nqueues; i++) {
		snprintf(name, sizeof(name), "queue%d", i);
		oid = SYSCTL_ADD_NODE(ctx, list, OID_AUTO, name,
		    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "One queue");
		sub = SYSCTL_CHILDREN(oid);
		stats = (char *)&sc->vioblk_queues[i].vbq_stats;
		for (j = 0; j < nitems(vioblk_stat_desc); j++)
			SYSCTL_ADD_U64(ctx, sub, OID_AUTO,
			    vioblk_stat_desc[j].name, CTLFLAG_RD,
			    (uint64_t *)(stats + vioblk_stat_desc[j].offset), 0,
			    vioblk_stat_desc[j].descr);
	}
}

void
vioblk_add_sysctls(struct vioblk_softc *sc)
{
	struct sysctl_ctx_list *ctx = &sc->vioblk_sysctl;
	struct sysctl_oid_list *list;

	/* Of our own, so that it is gone before what it shows is. */
	sysctl_ctx_init(ctx);
	sc->vioblk_has_sysctl = true;
	list = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->vioblk_dev));
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "queues", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioblk_nqueues, "Virtqueues in use");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "queue_size", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, vio_vq_size(sc->vioblk_queues[0].vbq_vq),
	    "Entries of a virtqueue");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "max_requests", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioblk_queues[0].vbq_nreqs - 1,
	    "Requests of a queue at a time");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "max_segments", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioblk_nsegs,
	    "Data segments in a request");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "flush", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, VIOBLK_HAS(sc, VIOBLK_F_FLUSH),
	    "The device has a write cache that can be flushed");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "inflight",
	    CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 0,
	    vioblk_sysctl_inflight, "I", "Requests in flight");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "writecache",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, sc, 0,
	    vioblk_sysctl_cache, "I",
	    "Write cache: 0 write-through, 1 write-back");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "timeout",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioblk_timeout,
	    86400, vioblk_sysctl_limit, "I",
	    "Seconds that a request may take; 0: any");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "retries",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioblk_retries,
	    1000, vioblk_sysctl_limit, "I", "Resets that a request may see");
	vioblk_add_stats(sc, list);
}
