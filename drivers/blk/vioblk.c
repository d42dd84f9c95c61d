/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `vioblk`: disks vbd0, vbd1, ... on virtio block devices
 * (virtio 1.3, section 5.2).  Here a device comes and goes; the way of a bio
 * is in vioblk_io.c.
 *
 * What the device says about itself is checked before it becomes a limit:
 * from a nonsensical geometry the driver falls back or stays away.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sbuf.h>
#include <sys/sysctl.h>

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

CTASSERT(sizeof(struct vioblk_hdr) == 16);
CTASSERT(sizeof(struct vioblk_shared) == 32);
CTASSERT(offsetof(struct vioblk_config, num_queues) == 34);

#define VIOBLK_FEATURES                                       \
	(VIOBLK_F_SIZE_MAX | VIOBLK_F_SEG_MAX | VIOBLK_F_RO | \
	    VIOBLK_F_BLK_SIZE | VIOBLK_F_FLUSH | VIOBLK_F_TOPOLOGY)

/* More entries than this help no disk. */
#define VIOBLK_QUEUE_MAX 1024
/* Header, data and status: what most requests take. */
#define VIOBLK_CHAIN 3
/* How long a detach waits for a device before it takes requests away. */
#define VIOBLK_DRAIN_SECONDS 10
/* A stripe larger than this is no hint but a mistake. */
#define VIOBLK_STRIPE_MAX (1u << 24)

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

/*
 * --- what the device says about itself ---
 */

/* Reads the fields whose features were negotiated, as one (5.2.4). */
static int
vioblk_read_config(struct vioblk_softc *sc, struct vioblk_config *config)
{
#define VIOBLK_FIELD(field)                                                 \
	((struct vio_config_field) { offsetof(struct vioblk_config, field), \
	    &config->field, sizeof(config->field) })
	struct vio_config_field fields[6];
	int n = 0;

	memset(config, 0, sizeof(*config));
	fields[n++] = VIOBLK_FIELD(capacity);
	if ((sc->vioblk_features & VIOBLK_F_SIZE_MAX) != 0)
		fields[n++] = VIOBLK_FIELD(size_max);
	if ((sc->vioblk_features & VIOBLK_F_SEG_MAX) != 0)
		fields[n++] = VIOBLK_FIELD(seg_max);
	if ((sc->vioblk_features & VIOBLK_F_BLK_SIZE) != 0)
		fields[n++] = VIOBLK_FIELD(blk_size);
	if ((sc->vioblk_features & VIOBLK_F_TOPOLOGY) != 0) {
		fields[n++] = VIOBLK_FIELD(topology.physical_block_exp);
		fields[n++] = VIOBLK_FIELD(topology.alignment_offset);
	}
	return (vio_read_config(sc->vioblk_dev, fields, n));
#undef VIOBLK_FIELD
}

/* Sector and media size; ENXIO when there can be no such disk. */
static int
vioblk_set_media(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t size = VIOBLK_SECTOR_SIZE;

	if (config->capacity > INT64_MAX / VIOBLK_SECTOR_SIZE) {
		device_printf(sc->vioblk_dev, "capacity of %ju sectors\n",
		    (uintmax_t)config->capacity);
		return (ENXIO);
	}
	sc->vioblk_capacity = config->capacity;
	if ((sc->vioblk_features & VIOBLK_F_BLK_SIZE) != 0) {
		size = config->blk_size;
		if (size < VIOBLK_SECTOR_SIZE || size > maxphys ||
		    !powerof2(size)) {
			device_printf(sc->vioblk_dev,
			    "block size of %u bytes; %u used\n", size,
			    VIOBLK_SECTOR_SIZE);
			size = VIOBLK_SECTOR_SIZE;
		}
	}
	sc->vioblk_sectorsize = size;
	return (0);
}

/* Physical blocks become GEOM's stripes; nonsense is no hint. */
static void
vioblk_set_topology(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint64_t offset, stripe;

	if ((sc->vioblk_features & VIOBLK_F_TOPOLOGY) == 0 ||
	    config->topology.physical_block_exp == 0 ||
	    config->topology.physical_block_exp >= 32)
		return;
	stripe = (uint64_t)sc->vioblk_sectorsize
	    << config->topology.physical_block_exp;
	offset =
	    (uint64_t)sc->vioblk_sectorsize * config->topology.alignment_offset;
	if (stripe > VIOBLK_STRIPE_MAX || offset >= stripe)
		return;
	sc->vioblk_stripesize = stripe;
	sc->vioblk_stripeoffset = (stripe - offset) % stripe;
}

/*
 * The largest transfer that fits into `nsegs` segments of `segsize` bytes
 * wherever its buffer begins: busdma(9) cuts at pages, and a buffer that is
 * not aligned touches one page more than its length says.
 */
static uint32_t
vioblk_max_transfer(int nsegs, uint32_t segsize)
{
	uint32_t perpage, size;

	size = MIN(segsize, PAGE_SIZE);
	perpage = howmany(PAGE_SIZE, size);
	if (nsegs / perpage >= 2)
		return (
		    MIN((nsegs / perpage - 1) * (uint64_t)PAGE_SIZE, maxphys));
	/* With one segment, only buffers inside a page go through. */
	return (nsegs == 1 ? size : MIN((nsegs - 1) * size, PAGE_SIZE));
}

/*
 * Segments of the longest request that the device's limits allow: what a
 * table must have room for, before there is a queue.
 */
static uint16_t
vioblk_max_chain(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t nsegs = 1, perpage = 1;

	if ((sc->vioblk_features & VIOBLK_F_SEG_MAX) != 0)
		nsegs = MIN(config->seg_max, VIOBLK_QUEUE_MAX);
	if ((sc->vioblk_features & VIOBLK_F_SIZE_MAX) != 0)
		perpage = howmany(PAGE_SIZE,
		    MAX(VIOBLK_SECTOR_SIZE, MIN(config->size_max, PAGE_SIZE)));
	return (2 +
	    MIN((u_long)nsegs, (howmany(maxphys, PAGE_SIZE) + 1) * perpage));
}

/* Segments and transfer size; ENXIO when not even a sector would fit. */
static int
vioblk_set_limits(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t perpage;
	int nsegs, size;

	/* Without the feature the device has promised one (5.2.3). */
	nsegs = 1;
	if ((sc->vioblk_features & VIOBLK_F_SEG_MAX) != 0)
		nsegs = MIN(config->seg_max, VIOBLK_QUEUE_MAX);
	size = vio_vq_size(sc->vioblk_vq);
	nsegs = MIN(nsegs, size - 2);
	sc->vioblk_segsize = maxphys;
	if ((sc->vioblk_features & VIOBLK_F_SIZE_MAX) != 0)
		sc->vioblk_segsize = MIN(config->size_max, maxphys);
	if (nsegs < 1 || sc->vioblk_segsize < VIOBLK_SECTOR_SIZE) {
		device_printf(sc->vioblk_dev,
		    "%u segments of %u bytes, a queue of %d: no room for "
		    "data\n",
		    config->seg_max, sc->vioblk_segsize, size);
		return (ENXIO);
	}
	/* No bio needs more than this. */
	perpage = howmany(PAGE_SIZE, MIN(sc->vioblk_segsize, PAGE_SIZE));
	sc->vioblk_nsegs =
	    MIN((u_long)nsegs, (howmany(maxphys, PAGE_SIZE) + 1) * perpage);
	sc->vioblk_max_io = rounddown2(
	    vioblk_max_transfer(sc->vioblk_nsegs, sc->vioblk_segsize),
	    sc->vioblk_sectorsize);
	if (sc->vioblk_max_io == 0) {
		device_printf(sc->vioblk_dev,
		    "no room for a sector of %u bytes in %d segments\n",
		    sc->vioblk_sectorsize, sc->vioblk_nsegs);
		return (ENXIO);
	}
	return (0);
}

/*
 * --- requests ---
 */

static void
vioblk_shared_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	bus_addr_t *addr = arg;

	if (error == 0)
		*addr = segs[0].ds_addr;
}

/* The headers and status bytes of all requests, at known addresses. */
static int
vioblk_alloc_shared(struct vioblk_softc *sc)
{
	bus_size_t size = sc->vioblk_nreqs * sizeof(struct vioblk_shared);
	void *memory;
	int error;

	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioblk_dev),
	    sizeof(struct vioblk_shared), 0, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size, 0, NULL, NULL,
	    &sc->vioblk_shared_tag);
	if (error != 0)
		return (error);
	error = bus_dmamem_alloc(sc->vioblk_shared_tag, &memory,
	    BUS_DMA_WAITOK | BUS_DMA_ZERO | BUS_DMA_COHERENT,
	    &sc->vioblk_shared_map);
	if (error != 0)
		return (error);
	sc->vioblk_shared = memory;
	error = bus_dmamap_load(sc->vioblk_shared_tag, sc->vioblk_shared_map,
	    memory, size, vioblk_shared_cb, &sc->vioblk_shared_addr,
	    BUS_DMA_NOWAIT);
	if (error == 0 && sc->vioblk_shared_addr == 0)
		error = ENOMEM;
	return (error);
}

static int
vioblk_alloc_requests(struct vioblk_softc *sc)
{
	struct vioblk_req *req;
	int error, i;

	sc->vioblk_nreqs = MAX(1, vio_vq_capacity(sc->vioblk_vq, VIOBLK_CHAIN));
	error = vioblk_alloc_shared(sc);
	if (error != 0)
		return (error);
	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioblk_dev), 1, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, sc->vioblk_max_io,
	    sc->vioblk_nsegs, sc->vioblk_segsize, 0, busdma_lock_mutex,
	    &sc->vioblk_mtx, &sc->vioblk_tag);
	if (error != 0)
		return (error);
	sc->vioblk_segs =
	    malloc((sc->vioblk_nsegs + 2) * sizeof(sc->vioblk_segs[0]),
		M_DEVBUF, M_WAITOK | M_ZERO);
	sc->vioblk_reqs = malloc(sc->vioblk_nreqs * sizeof(*req), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	for (i = 0; i < sc->vioblk_nreqs; i++) {
		req = &sc->vioblk_reqs[i];
		req->vr_sc = sc;
		req->vr_shared = &sc->vioblk_shared[i];
		req->vr_shared_addr =
		    sc->vioblk_shared_addr + i * sizeof(struct vioblk_shared);
		error = bus_dmamap_create(sc->vioblk_tag, 0, &req->vr_map);
		if (error != 0)
			return (error);
		req->vr_has_map = true;
		TAILQ_INSERT_TAIL(&sc->vioblk_free, req, vr_link);
	}
	return (0);
}

/* Also after only a part of vioblk_alloc_requests(). */
static void
vioblk_free_requests(struct vioblk_softc *sc)
{
	int i;

	if (sc->vioblk_reqs != NULL)
		for (i = 0; i < sc->vioblk_nreqs; i++)
			if (sc->vioblk_reqs[i].vr_has_map)
				bus_dmamap_destroy(sc->vioblk_tag,
				    sc->vioblk_reqs[i].vr_map);
	free(sc->vioblk_reqs, M_DEVBUF);
	free(sc->vioblk_segs, M_DEVBUF);
	if (sc->vioblk_tag != NULL)
		bus_dma_tag_destroy(sc->vioblk_tag);
	if (sc->vioblk_shared_addr != 0)
		bus_dmamap_unload(sc->vioblk_shared_tag, sc->vioblk_shared_map);
	if (sc->vioblk_shared != NULL)
		bus_dmamem_free(sc->vioblk_shared_tag, sc->vioblk_shared,
		    sc->vioblk_shared_map);
	if (sc->vioblk_shared_tag != NULL)
		bus_dma_tag_destroy(sc->vioblk_shared_tag);
}

/*
 * --- disk(9) and sysctl(9) ---
 */

static void
vioblk_create_disk(struct vioblk_softc *sc)
{
	device_t dev = sc->vioblk_dev;
	struct disk *disk;

	disk = disk_alloc();
	disk->d_strategy = vioblk_strategy;
	disk->d_name = "vbd";
	disk->d_unit = device_get_unit(dev);
	disk->d_drv1 = sc;
	disk->d_sectorsize = sc->vioblk_sectorsize;
	disk->d_mediasize = rounddown2(sc->vioblk_capacity * VIOBLK_SECTOR_SIZE,
	    (uint64_t)sc->vioblk_sectorsize);
	disk->d_maxsize = sc->vioblk_max_io;
	disk->d_stripesize = sc->vioblk_stripesize;
	disk->d_stripeoffset = sc->vioblk_stripeoffset;
	disk->d_hba_vendor = vio_get_vendor(dev);
	disk->d_hba_device = vio_get_device(dev);
	disk->d_hba_subvendor = vio_get_subvendor(dev);
	disk->d_hba_subdevice = vio_get_subdevice(dev);
	disk->d_flags = DISKFLAG_UNMAPPED_BIO | DISKFLAG_DIRECT_COMPLETION;
	if ((sc->vioblk_features & VIOBLK_F_FLUSH) != 0)
		disk->d_flags |= DISKFLAG_CANFLUSHCACHE;
	if ((sc->vioblk_features & VIOBLK_F_RO) != 0)
		disk->d_flags |= DISKFLAG_WRITE_PROTECT;

	device_printf(dev, "%juMB (%ju %u byte sectors)%s%s\n",
	    (uintmax_t)disk->d_mediasize >> 20,
	    (uintmax_t)disk->d_mediasize / sc->vioblk_sectorsize,
	    sc->vioblk_sectorsize,
	    (sc->vioblk_features & VIOBLK_F_RO) != 0 ? ", read-only" : "",
	    (sc->vioblk_features & VIOBLK_F_FLUSH) != 0 ? "" :
							  ", write-through");
	sc->vioblk_disk = disk;
	disk_create(disk, DISK_VERSION);
}

static void
vioblk_add_sysctls(struct vioblk_softc *sc)
{
	struct sysctl_ctx_list *ctx;
	struct sysctl_oid_list *list;

	ctx = device_get_sysctl_ctx(sc->vioblk_dev);
	list = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->vioblk_dev));
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "queue_size", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, vio_vq_size(sc->vioblk_vq),
	    "Entries of the virtqueue");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "max_requests", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioblk_nreqs, "Requests at a time");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "max_segments", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioblk_nsegs,
	    "Data segments in a request");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "flush", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, (sc->vioblk_features & VIOBLK_F_FLUSH) != 0,
	    "The device has a write cache that can be flushed");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "inflight", CTLFLAG_RD,
	    &sc->vioblk_inflight, 0, "Requests in flight");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "requests", CTLFLAG_RD,
	    &sc->vioblk_requests, 0, "Requests started");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "errors", CTLFLAG_RD,
	    &sc->vioblk_errors, 0, "Bios completed with an error");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "deferrals", CTLFLAG_RD,
	    &sc->vioblk_deferrals, 0, "Requests that waited for bus_dma");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "queue_full", CTLFLAG_RD,
	    &sc->vioblk_queue_full, 0, "Times that a bio found no room");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "bad_replies", CTLFLAG_RD,
	    &sc->vioblk_bad_replies, 0, "Results that make no sense");
	SYSCTL_ADD_U64(ctx, list, OID_AUTO, "notifications", CTLFLAG_RD,
	    &sc->vioblk_notifications, 0, "Notifications sent");
}

/*
 * --- device(9) ---
 */

static int
vioblk_probe(device_t dev)
{
	return (vio_probe(dev, VIO_ID_BLOCK, "VirtIO block device"));
}

/*
 * Lets what is in flight finish, within limits, and stops the device; bios
 * that wait are left to the caller.  Locked; sleeps.
 */
static void
vioblk_quiesce(struct vioblk_softc *sc)
{
	if (sc->vioblk_vq == NULL || (sc->vioblk_flags & VIOBLK_STOPPED) != 0)
		return;
	/* Of a device that was pulled out nothing will come. */
	if (bus_child_present(sc->vioblk_dev) != 0)
		vioblk_drain(sc, VIOBLK_DRAIN_SECONDS);
	if (sc->vioblk_inflight > 0)
		device_printf(sc->vioblk_dev, "%d requests taken back\n",
		    sc->vioblk_inflight);
	if ((sc->vioblk_flags & VIOBLK_STOPPED) == 0)
		vioblk_halt(sc);
}

static int
vioblk_detach(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	VIOBLK_LOCK(sc);
	sc->vioblk_flags |= VIOBLK_GONE;
	vioblk_fail_waiting(sc, ENXIO);
	vioblk_quiesce(sc);
	/* A load cannot be called off; bus_dma(9) will call. */
	while (sc->vioblk_deferred > 0)
		mtx_sleep(&sc->vioblk_deferred, &sc->vioblk_mtx, PRIBIO,
		    "vbddma", 0);
	vioblk_unlock(sc);

	if (sc->vioblk_disk != NULL)
		disk_destroy(sc->vioblk_disk);
	if (sc->vioblk_vq != NULL)
		VIO_BUS_FREE_VIRTQUEUES(device_get_parent(dev));
	vioblk_free_requests(sc);
	mtx_destroy(&sc->vioblk_mtx);
	return (0);
}

static int
vioblk_attach(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);
	device_t bus = device_get_parent(dev);
	struct vioblk_config config;
	struct vio_vq_info info;
	int error;

	sc->vioblk_dev = dev;
	mtx_init(&sc->vioblk_mtx, device_get_nameunit(dev), "vioblk", MTX_DEF);
	bioq_init(&sc->vioblk_bioq);
	TAILQ_INIT(&sc->vioblk_done);
	TAILQ_INIT(&sc->vioblk_free);

	vio_set_feature_desc(dev, vioblk_feature_desc);
	sc->vioblk_features = VIO_BUS_NEGOTIATE_FEATURES(bus, VIOBLK_FEATURES);
	error = VIO_BUS_FINALIZE_FEATURES(bus);
	if (error != 0)
		goto fail;
	error = vioblk_read_config(sc, &config);
	if (error != 0) {
		device_printf(dev, "configuration cannot be read: %d\n", error);
		goto fail;
	}
	error = vioblk_set_media(sc, &config);
	if (error != 0)
		goto fail;
	vioblk_set_topology(sc, &config);

	info.vqi_name = "requests";
	info.vqi_max_size = VIOBLK_QUEUE_MAX;
	info.vqi_max_indirect = vioblk_max_chain(sc, &config);
	info.vqi_intr = vioblk_vq_intr;
	info.vqi_arg = sc;
	info.vqi_vqp = &sc->vioblk_vq;
	error = VIO_BUS_ALLOC_VIRTQUEUES(bus, 1, &info);
	if (error != 0)
		goto fail;
	error = vioblk_set_limits(sc, &config);
	if (error != 0)
		goto fail;
	error = vioblk_alloc_requests(sc);
	if (error != 0) {
		device_printf(dev, "no memory for requests: %d\n", error);
		goto fail;
	}
	error = VIO_BUS_SETUP_INTR(bus, INTR_TYPE_BIO);
	if (error != 0)
		goto fail;
	VIO_BUS_DRIVER_OK(bus);
	vioblk_add_sysctls(sc);
	vioblk_create_disk(sc);
	return (0);

fail:
	vioblk_detach(dev);
	return (error);
}

static int
vioblk_suspend(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	VIOBLK_LOCK(sc);
	sc->vioblk_flags |= VIOBLK_SUSPENDED;
	vioblk_quiesce(sc);
	vioblk_unlock(sc);
	return (0);
}

static int
vioblk_resume(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);
	device_t bus = device_get_parent(dev);
	int error = 0;

	VIOBLK_LOCK(sc);
	sc->vioblk_flags &= ~VIOBLK_SUSPENDED;
	if ((sc->vioblk_flags & (VIOBLK_GONE | VIOBLK_BROKEN)) == 0) {
		error = VIO_BUS_REINIT(bus);
		if (error == 0) {
			sc->vioblk_flags &= ~VIOBLK_STOPPED;
			VIO_BUS_DRIVER_OK(bus);
			vioblk_start(sc);
		} else {
			vioblk_broken(sc);
		}
	}
	vioblk_unlock(sc);
	return (error);
}

/* File systems are synced by now; the device must not go on by itself. */
static int
vioblk_shutdown(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	VIOBLK_LOCK(sc);
	sc->vioblk_flags |= VIOBLK_GONE;
	vioblk_fail_waiting(sc, ENXIO);
	vioblk_quiesce(sc);
	vioblk_unlock(sc);
	return (0);
}

/* 2.1.2: nothing that is in flight can be relied upon. */
static void
vioblk_needs_reset(device_t dev)
{
	struct vioblk_softc *sc = device_get_softc(dev);

	VIOBLK_LOCK(sc);
	if ((sc->vioblk_flags & VIOBLK_STOPPED) == 0) {
		device_printf(dev, "the device needs a reset\n");
		vioblk_broken(sc);
	}
	vioblk_unlock(sc);
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
	DEVMETHOD(vio_needs_reset, vioblk_needs_reset),

	DEVMETHOD_END
};

static driver_t vioblk_driver = {
	.name = "vioblk",
	.methods = vioblk_methods,
	.size = sizeof(struct vioblk_softc),
};

VIO_DRIVER_MODULE(vioblk, vio_pci, vioblk_driver);
MODULE_VERSION(vioblk, 1);
MODULE_DEPEND(vioblk, vio, 1, 1, 1);
