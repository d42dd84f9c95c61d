/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a block device says about itself (virtio 1.3, sections 5.2.4 and
 * 5.2.5), checked before it becomes a limit: from nonsense the driver falls
 * back or stays away.
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
#include "virtio/vio.h"
#include "virtio/vio_compat.h"

CTASSERT(offsetof(struct vioblk_config, num_queues) == 34);
CTASSERT(offsetof(struct vioblk_config, write_zeroes_may_unmap) == 56);

/* A stripe larger than this is no hint but a mistake. */
#define VIOBLK_STRIPE_MAX (1u << 24)

/*
 * --- what the device says about itself ---
 */

#define VIOBLK_FIELD(config, field)                                         \
	((struct vio_config_field) { offsetof(struct vioblk_config, field), \
	    &(config)->field, sizeof((config)->field) })

/* Reads the fields whose features were negotiated, as one (5.2.4). */
static int
vioblk_read_config(struct vioblk_softc *sc, struct vioblk_config *config)
{
	struct {
		uint64_t feature;
		struct vio_config_field field;
	} const all[] = {
		{ VIOBLK_F_SIZE_MAX, VIOBLK_FIELD(config, size_max) },
		{ VIOBLK_F_SEG_MAX, VIOBLK_FIELD(config, seg_max) },
		{ VIOBLK_F_GEOMETRY, VIOBLK_FIELD(config, geometry.heads) },
		{ VIOBLK_F_GEOMETRY, VIOBLK_FIELD(config, geometry.sectors) },
		{ VIOBLK_F_BLK_SIZE, VIOBLK_FIELD(config, blk_size) },
		{ VIOBLK_F_TOPOLOGY,
		    VIOBLK_FIELD(config, topology.physical_block_exp) },
		{ VIOBLK_F_TOPOLOGY,
		    VIOBLK_FIELD(config, topology.alignment_offset) },
		{ VIOBLK_F_CONFIG_WCE, VIOBLK_FIELD(config, writeback) },
		{ VIOBLK_F_MQ, VIOBLK_FIELD(config, num_queues) },
		{ VIOBLK_F_DISCARD, VIOBLK_FIELD(config, max_discard_sectors) },
		{ VIOBLK_F_DISCARD, VIOBLK_FIELD(config, max_discard_seg) },
		{ VIOBLK_F_DISCARD,
		    VIOBLK_FIELD(config, discard_sector_alignment) },
		{ VIOBLK_F_WRITE_ZEROES,
		    VIOBLK_FIELD(config, max_write_zeroes_sectors) },
		{ VIOBLK_F_WRITE_ZEROES,
		    VIOBLK_FIELD(config, max_write_zeroes_seg) },
		{ VIOBLK_F_WRITE_ZEROES,
		    VIOBLK_FIELD(config, write_zeroes_may_unmap) },
	};
	struct vio_config_field fields[nitems(all) + 1];
	u_int i;
	int n = 0;

	memset(config, 0, sizeof(*config));
	fields[n++] = VIOBLK_FIELD(config, capacity);
	for (i = 0; i < nitems(all); i++)
		if (VIOBLK_HAS(sc, all[i].feature))
			fields[n++] = all[i].field;
	return (vio_read_config(sc->vioblk_dev, fields, n));
}

/* Whether there can be a disk of so many sectors: bytes are an off_t. */
static int
vioblk_check_capacity(struct vioblk_softc *sc, uint64_t capacity)
{
	if (capacity <= INT64_MAX / VIOBLK_SECTOR_SIZE)
		return (0);
	device_printf(sc->vioblk_dev, "capacity of %ju sectors\n",
	    (uintmax_t)capacity);
	return (ENXIO);
}

int
vioblk_read_capacity(struct vioblk_softc *sc, uint64_t *capacity)
{
	struct vioblk_config config;
	struct vio_config_field field = VIOBLK_FIELD(&config, capacity);
	int error;

	error = vio_read_config(sc->vioblk_dev, &field, 1);
	if (error == 0)
		error = vioblk_check_capacity(sc, config.capacity);
	*capacity = config.capacity;
	return (error);
}

uint64_t
vioblk_media_size(const struct vioblk_softc *sc)
{
	return (rounddown2(sc->vioblk_capacity * VIOBLK_SECTOR_SIZE,
	    (uint64_t)sc->vioblk_sectorsize));
}

bool
vioblk_in_range(const struct vioblk_softc *sc, uint64_t offset, uint64_t length)
{
	uint64_t size = sc->vioblk_capacity * VIOBLK_SECTOR_SIZE;

	return (offset <= size && length <= size - offset);
}

/* The sector of GEOM; nonsense becomes the smallest. */
static void
vioblk_set_sector(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t size = VIOBLK_SECTOR_SIZE;

	if (VIOBLK_HAS(sc, VIOBLK_F_BLK_SIZE)) {
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
}

/* Physical blocks become GEOM's stripes; nonsense is no hint. */
static void
vioblk_set_topology(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint64_t offset, stripe;

	if (!VIOBLK_HAS(sc, VIOBLK_F_TOPOLOGY) ||
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

/* For those who still count in heads and tracks. */
static void
vioblk_set_geometry(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	if (!VIOBLK_HAS(sc, VIOBLK_F_GEOMETRY) || config->geometry.heads == 0 ||
	    config->geometry.sectors == 0)
		return;
	sc->vioblk_fwheads = config->geometry.heads;
	sc->vioblk_fwsectors = config->geometry.sectors;
}

/*
 * Sectors that one deletion may have, or 0: not even a sector of GEOM's, or a
 * device that takes no range at all.  GEOM cuts at multiples of this, which
 * are multiples of `align` as far as it makes sense.
 */
static uint32_t
vioblk_delete_limit(struct vioblk_softc *sc, uint32_t max, uint32_t segs,
    uint32_t align)
{
	uint32_t sector = sc->vioblk_sectorsize / VIOBLK_SECTOR_SIZE;

	if (segs == 0)
		return (0);
	max = rounddown(max, sector);
	if (align > sector && align <= max && align % sector == 0)
		max = rounddown(max, align);
	return (max);
}

/*
 * BIO_DELETE is a hint that data is no longer needed: DISCARD, or else
 * WRITE_ZEROES where that gives the room back.
 */
static void
vioblk_set_delete(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t max;

	if (VIOBLK_HAS(sc, VIOBLK_F_RO))
		return;
	if (VIOBLK_HAS(sc, VIOBLK_F_DISCARD)) {
		max = vioblk_delete_limit(sc, config->max_discard_sectors,
		    config->max_discard_seg, config->discard_sector_alignment);
		if (max > 0) {
			sc->vioblk_delete_type = VIOBLK_T_DISCARD;
			sc->vioblk_delete_max = max;
			return;
		}
		device_printf(sc->vioblk_dev,
		    "discards of %u sectors, %u ranges; not used\n",
		    config->max_discard_sectors, config->max_discard_seg);
	}
	if (VIOBLK_HAS(sc, VIOBLK_F_WRITE_ZEROES) &&
	    config->write_zeroes_may_unmap != 0) {
		max = vioblk_delete_limit(sc, config->max_write_zeroes_sectors,
		    config->max_write_zeroes_seg, 0);
		if (max > 0) {
			sc->vioblk_delete_type = VIOBLK_T_WRITE_ZEROES;
			sc->vioblk_delete_max = max;
		}
	}
}

int
vioblk_read_limits(struct vioblk_softc *sc, struct vioblk_config *config)
{
	int error;

	error = vioblk_read_config(sc, config);
	if (error != 0) {
		device_printf(sc->vioblk_dev,
		    "configuration cannot be read: %d\n", error);
		return (error);
	}
	error = vioblk_check_capacity(sc, config->capacity);
	if (error != 0)
		return (error);
	sc->vioblk_capacity = config->capacity;
	vioblk_set_sector(sc, config);
	vioblk_set_topology(sc, config);
	vioblk_set_geometry(sc, config);
	vioblk_set_delete(sc, config);
	return (0);
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

uint16_t
vioblk_max_chain(struct vioblk_softc *sc, const struct vioblk_config *config)
{
	uint32_t nsegs = 1, perpage = 1;

	if (VIOBLK_HAS(sc, VIOBLK_F_SEG_MAX))
		nsegs = MIN(config->seg_max, VIOBLK_QUEUE_MAX);
	if (VIOBLK_HAS(sc, VIOBLK_F_SIZE_MAX))
		perpage = howmany(PAGE_SIZE,
		    MAX(VIOBLK_SECTOR_SIZE, MIN(config->size_max, PAGE_SIZE)));
	return (2 +
	    MIN((u_long)nsegs, (howmany(maxphys, PAGE_SIZE) + 1) * perpage));
}

int
vioblk_set_limits(struct vioblk_softc *sc, const struct vioblk_config *config,
    int queue_size)
{
	int nsegs;

	/* Without the feature the device has promised one (5.2.3). */
	nsegs = 1;
	if (VIOBLK_HAS(sc, VIOBLK_F_SEG_MAX))
		nsegs = MIN(config->seg_max, VIOBLK_QUEUE_MAX);
	nsegs = MIN(nsegs, queue_size - 2);
	sc->vioblk_segsize = maxphys;
	if (VIOBLK_HAS(sc, VIOBLK_F_SIZE_MAX))
		sc->vioblk_segsize = MIN(config->size_max, maxphys);
	if (nsegs < 1 || sc->vioblk_segsize < VIOBLK_SECTOR_SIZE) {
		device_printf(sc->vioblk_dev,
		    "%u segments of %u bytes, a queue of %d: no room for "
		    "data\n",
		    config->seg_max, sc->vioblk_segsize, queue_size);
		return (ENXIO);
	}
	/* No bio needs more than this. */
	sc->vioblk_perpage =
	    howmany(PAGE_SIZE, MIN(sc->vioblk_segsize, PAGE_SIZE));
	sc->vioblk_nsegs = MIN((u_long)nsegs,
	    (howmany(maxphys, PAGE_SIZE) + 1) * (u_long)sc->vioblk_perpage);
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
