/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver's own state, shared by vioblk.c (attach, detach, limits)
 * and vioblk_io.c (the way of a bio).
 */
#ifndef _VIOBLK_VAR_H_
#define _VIOBLK_VAR_H_

struct vio_vq;
struct vioblk_softc;

/* The part of a request that the device sees, beside the data. */
struct vioblk_shared {
	struct vioblk_hdr vs_hdr;
	uint8_t vs_status;
	uint8_t vs_pad[15];
};

/* In vs_status until the device writes it: no status of section 5.2.6. */
#define VIOBLK_STATUS_PENDING 0xff

/* One request.  All are made at attach, each with its map. */
struct vioblk_req {
	TAILQ_ENTRY(vioblk_req) vr_link; /* on the free list */
	struct vioblk_softc *vr_sc;
	struct bio *vr_bio; /* NULL: free */
	bus_dmamap_t vr_map;
	struct vioblk_shared *vr_shared;
	bus_addr_t vr_shared_addr;
	bool vr_has_map;  /* vr_map exists */
	bool vr_deferred; /* bus_dma(9) will call back */
	bool vr_loaded;	  /* vr_map is loaded */
};

TAILQ_HEAD(vioblk_req_list, vioblk_req);

/* vioblk_flags */
#define VIOBLK_FROZEN	 0x01 /* a load is deferred: order must be kept */
#define VIOBLK_ORDERED	 0x02 /* a BIO_ORDERED request is in flight */
#define VIOBLK_SUSPENDED 0x04 /* bios wait until resume */
#define VIOBLK_GONE	 0x08 /* detaching or shut down: bios fail */
#define VIOBLK_BROKEN	 0x10 /* the device cannot be used: bios fail */
#define VIOBLK_STOPPED	 0x20 /* the device is reset: its ring is dead */
/* While one of these holds, waiting bios go on waiting. */
#define VIOBLK_HELD                                                       \
	(VIOBLK_FROZEN | VIOBLK_SUSPENDED | VIOBLK_GONE | VIOBLK_BROKEN | \
	    VIOBLK_STOPPED)

struct vioblk_softc {
	device_t vioblk_dev;
	struct mtx vioblk_mtx;
	int vioblk_flags;
	uint64_t vioblk_features;
	struct vio_vq *vioblk_vq;
	struct disk *vioblk_disk;

	/* Limits, fixed at attach. */
	uint64_t vioblk_capacity;   /* sectors of 512 bytes */
	uint32_t vioblk_sectorsize; /* bytes */
	uint32_t vioblk_max_io;	    /* bytes */
	uint32_t vioblk_segsize;    /* bytes in one data segment at most */
	int vioblk_nsegs;	    /* data segments in one request at most */
	uint32_t vioblk_stripesize;
	uint32_t vioblk_stripeoffset;

	/* Requests. */
	bus_dma_tag_t vioblk_tag; /* data */
	bus_dma_tag_t vioblk_shared_tag;
	bus_dmamap_t vioblk_shared_map;
	struct vioblk_shared *vioblk_shared;
	bus_addr_t vioblk_shared_addr;
	struct vioblk_req *vioblk_reqs;
	int vioblk_nreqs;
	struct vioblk_req_list vioblk_free;
	/* Where a chain is put together: header, data, status. */
	bus_dma_segment_t *vioblk_segs;

	/* Bios: waiting for a request, and waiting for biodone(9). */
	struct bio_queue_head vioblk_bioq;
	struct bio_queue vioblk_done;
	int vioblk_inflight; /* requests in use */
	int vioblk_deferred; /* of which waiting for bus_dma(9) */

	/* Statistics, for sysctl(8). */
	uint64_t vioblk_requests; /* started */
	uint64_t vioblk_notifications;
	uint64_t vioblk_errors;	     /* bios completed with an error */
	uint64_t vioblk_deferrals;   /* loads that bus_dma(9) deferred */
	uint64_t vioblk_queue_full;  /* times that a bio found no room */
	uint64_t vioblk_bad_replies; /* results that make no sense */
};

#define VIOBLK_LOCK(sc)	       mtx_lock(&(sc)->vioblk_mtx)
#define VIOBLK_LOCK_ASSERT(sc) mtx_assert(&(sc)->vioblk_mtx, MA_OWNED)

/* vioblk_io.c */
/*
 * Lets the lock go and completes the bios that were collected under it:
 * biodone(9) may come back with the next one at once.
 */
void vioblk_unlock(struct vioblk_softc *sc);
void vioblk_strategy(struct bio *bp);
void vioblk_vq_intr(void *arg);
/* Starts what waits and can be started.  Locked. */
void vioblk_start(struct vioblk_softc *sc);
/*
 * Waits until nothing is in flight, at most for `seconds`; what is then
 * still out comes back with vioblk_halt().  Locked; sleeps.
 */
void vioblk_drain(struct vioblk_softc *sc, int seconds);
/*
 * Stops the device, takes back what it has used, and fails the rest with
 * EIO.  Requests that bus_dma(9) still defers fail when it calls.  Locked.
 */
void vioblk_halt(struct vioblk_softc *sc);
/* Fails the bios that wait.  Locked. */
void vioblk_fail_waiting(struct vioblk_softc *sc, int error);
/* The device is of no use any more.  Locked. */
void vioblk_broken(struct vioblk_softc *sc);

#endif /* !_VIOBLK_VAR_H_ */
