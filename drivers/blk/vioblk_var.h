/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver's own state, shared by its files:
 *
 *	vioblk.c	 a device comes, sleeps and goes
 *	vioblk_limits.c	 what the device says about itself
 *	vioblk_queue.c	 queues and their requests: made, locked, unmade
 *	vioblk_disk.c	 disk(9): the way in
 *	vioblk_io.c	 the way of a bio, out and back
 *	vioblk_order.c	 what must not overtake what, across queues
 *	vioblk_reset.c	 timeouts, resets, changes of the configuration
 *	vioblk_dump.c	 requests by polling: identity, crash dumps
 *	vioblk_sysctl.c	 tunables, settings and statistics
 *
 * Locks, in the order in which they are taken:
 *
 *	vioblk_ctl	 an sx(9) lock: attach, suspend, resume, shutdown,
 *			 detach, reset, resize and the cache's mode exclude
 *			 each other
 *	vioblk_gate	 an rmlock(9): nobody is in d_strategy
 *	vbq_mtx		 a queue, by ascending index where several are held
 *	vioblk_hold_mtx	 the bios that wait behind a barrier
 *
 * What concerns all queues (vioblk_flags, vioblk_barrier, the capacity) is
 * written with the locks of all of them and read with any.  biodone(9) is
 * called with none.
 */
#ifndef _VIOBLK_VAR_H_
#define _VIOBLK_VAR_H_

struct vio_vq;
struct vioblk_queue;
struct vioblk_softc;

/* A request is never larger: an entry of a queue and a map for each segment. */
#define VIOBLK_QUEUE_MAX 1024
/* More queues than this are left alone. */
#define VIOBLK_QUEUES_MAX 64

/* The part of a request that the device sees, beside the data. */
struct vioblk_shared {
	struct vioblk_hdr vs_hdr;
	union {
		struct vioblk_range range;   /* of a deletion */
		char ident[VIOBLK_ID_BYTES]; /* of VIOBLK_T_GET_ID */
	} vs_u;
	uint8_t vs_status;
	uint8_t vs_pad[23];
};

/* In vs_status until the device writes it: no status of section 5.2.6. */
#define VIOBLK_STATUS_PENDING 0xff

/* One request.  All are made at attach, each with its map. */
struct vioblk_req {
	TAILQ_ENTRY(vioblk_req) vr_link; /* on the free list */
	struct vioblk_queue *vr_queue;
	struct bio *vr_bio; /* NULL: free, or the one for polling */
	bus_dmamap_t vr_map;
	struct vioblk_shared *vr_shared;
	bus_addr_t vr_shared_addr;
	uint32_t vr_writable; /* data bytes that the device has to write */
	u_int vr_epoch;	      /* vbq_epoch when it was started */
	int vr_error;	      /* by polling: what it came to */
	bool vr_polled;	      /* the one for polling */
	bool vr_done;	      /* by polling: it is over */
	bool vr_has_map;      /* vr_map exists */
	bool vr_deferred;     /* bus_dma(9) will call back */
	bool vr_loaded;	      /* vr_map is loaded */
	bool vr_late;	      /* has been counted as a timeout */
};

TAILQ_HEAD(vioblk_req_list, vioblk_req);

/* Statistics of a queue; all of them uint64_t. */
struct vioblk_stats {
	uint64_t vst_requests; /* started */
	uint64_t vst_read_bytes;
	uint64_t vst_written_bytes;
	uint64_t vst_deleted_bytes;
	uint64_t vst_notifications;
	uint64_t vst_interrupts;  /* handled */
	uint64_t vst_errors;	  /* bios completed with an error */
	uint64_t vst_deferrals;	  /* loads that bus_dma(9) deferred */
	uint64_t vst_queue_full;  /* times that a bio found no room */
	uint64_t vst_bad_replies; /* results that make no sense */
	uint64_t vst_timeouts;	  /* requests that took too long */
	uint64_t vst_missed;	  /* used, without an interrupt */
	uint64_t vst_retries;	  /* requests started again */
};

struct vioblk_queue {
	struct mtx vbq_mtx;
	struct vioblk_softc *vbq_sc;
	struct vio_vq *vbq_vq;
	int vbq_index;
	bool vbq_frozen;   /* a load is deferred: order must be kept */
	bool vbq_ticking;  /* vbq_timer is set */
	bool vbq_progress; /* something was completed since a reset */
	int vbq_inflight;  /* requests in use */
	int vbq_deferred;  /* of which waiting for bus_dma(9) */

	/* Bios: waiting for a request, and waiting for biodone(9). */
	struct bio_queue_head vbq_bioq;
	struct bio_queue vbq_done;

	/* Requests. */
	struct vioblk_req_list vbq_free;
	struct vioblk_req *vbq_reqs;
	int vbq_nreqs;
	/* Where a chain is put together: header, data, status. */
	bus_dma_segment_t *vbq_segs;
	bus_dma_tag_t vbq_tag; /* data */
	bus_dma_tag_t vbq_shared_tag;
	bus_dmamap_t vbq_shared_map;
	struct vioblk_shared *vbq_shared;
	bus_addr_t vbq_shared_addr;

	struct callout vbq_timer;
	u_int vbq_epoch; /* ticks of vbq_timer so far */
	struct vioblk_stats vbq_stats;
};

/* vioblk_flags */
#define VIOBLK_SUSPENDED 0x01 /* bios wait until resume */
#define VIOBLK_PAUSED	 0x02 /* bios wait for a moment */
#define VIOBLK_GONE	 0x04 /* detaching or shut down: bios fail */
#define VIOBLK_BROKEN	 0x08 /* the device cannot be used: bios fail */
#define VIOBLK_STOPPED	 0x10 /* the device is reset: its rings are dead */
/* While one of these holds, waiting bios go on waiting. */
#define VIOBLK_HELD                                                       \
	(VIOBLK_SUSPENDED | VIOBLK_PAUSED | VIOBLK_GONE | VIOBLK_BROKEN | \
	    VIOBLK_STOPPED)

/* vioblk_events: what the task has to see to. */
#define VIOBLK_EV_RESET	 0x01
#define VIOBLK_EV_CONFIG 0x02

struct vioblk_softc {
	device_t vioblk_dev;
	struct sx vioblk_ctl;
	int vioblk_flags;
	uint64_t vioblk_features;
	struct disk *vioblk_disk; /* the driver's until disk_gone(9) */
	struct vioblk_queue *vioblk_queues;
	int vioblk_nqueues;
	/* The request for polling is queue 0's, and nobody else's. */
	struct vioblk_req *vioblk_polled;
	bool vioblk_dumping;

	/* Limits, fixed at attach but for the capacity. */
	uint64_t vioblk_capacity;   /* sectors of 512 bytes */
	uint32_t vioblk_sectorsize; /* bytes */
	uint32_t vioblk_max_io;	    /* bytes */
	uint32_t vioblk_segsize;    /* bytes in one data segment at most */
	int vioblk_nsegs;	    /* data segments in one request at most */
	int vioblk_perpage;	    /* data segments that a page may take */
	uint32_t vioblk_stripesize;
	uint32_t vioblk_stripeoffset;
	uint8_t vioblk_fwsectors;
	uint8_t vioblk_fwheads;
	uint32_t vioblk_delete_type; /* VIOBLK_T_*; 0: not offered */
	uint32_t vioblk_delete_max;  /* sectors of 512 bytes */
	char vioblk_ident[VIOBLK_ID_BYTES + 1];
	bool vioblk_writeback; /* the cache's mode, as far as it is known */

	/* Order across queues, see vioblk_order.c. */
	bool vioblk_barrier;	    /* new bios go to vioblk_hold */
	bool vioblk_ordered;	    /* the one under way is alone */
	struct mtx vioblk_hold_mtx; /* when not all queues are locked */
	struct bio_queue_head vioblk_hold;

	/* Trouble. */
	struct task vioblk_task;
	u_int vioblk_events;	 /* by atomic(9) */
	int vioblk_timeout;	 /* seconds; 0: none */
	int vioblk_retries;	 /* resets that a request may see */
	int vioblk_futile;	 /* resets in a row that led nowhere */
	uint64_t vioblk_resets;	 /* of the device, while in use */
	uint64_t vioblk_resizes; /* changes of the capacity */

	struct sysctl_ctx_list vioblk_sysctl;
	bool vioblk_has_sysctl;
};

#define VIOBLK_LOCK(q)		mtx_lock(&(q)->vbq_mtx)
#define VIOBLK_LOCK_ASSERT(q)	mtx_assert(&(q)->vbq_mtx, MA_OWNED)

#define VIOBLK_HAS(sc, feature) (((sc)->vioblk_features & (feature)) != 0)

/* Requests that were started; nothing of it waits on a list any more. */
static inline bool
vioblk_queue_idle(struct vioblk_queue *q)
{
	return (q->vbq_inflight == 0 && bioq_first(&q->vbq_bioq) == NULL);
}

/* vioblk_limits.c */
/*
 * Reads and checks all of the configuration but what depends on a queue.
 * 0, ENXIO (no such disk can be), or what reading says.
 */
int vioblk_read_limits(struct vioblk_softc *sc, struct vioblk_config *config);
/* Segments and transfer size; ENXIO when not even a sector would fit. */
int vioblk_set_limits(struct vioblk_softc *sc,
    const struct vioblk_config *config, int queue_size);
/*
 * Segments of the longest request that the device's limits allow: what an
 * indirect table must have room for, before there is a queue.
 */
uint16_t vioblk_max_chain(struct vioblk_softc *sc,
    const struct vioblk_config *config);
/* The capacity as it is now; ENXIO when there can be no such disk. */
int vioblk_read_capacity(struct vioblk_softc *sc, uint64_t *capacity);
/* d_mediasize of that many sectors. */
uint64_t vioblk_media_size(const struct vioblk_softc *sc);
/* Whether the bytes are on the disk.  A queue is locked, or nobody runs. */
bool vioblk_in_range(const struct vioblk_softc *sc, uint64_t offset,
    uint64_t length);

/* vioblk_queue.c */
/* Locks and lists of `n` queues.  Sleeps. */
void vioblk_init_queues(struct vioblk_softc *sc, int n);
/* Everything that requests need, the virtqueues being there; 0 or an errno. */
int vioblk_alloc_requests(struct vioblk_softc *sc);
/* Also when only a part of it was ever made. */
void vioblk_free_queues(struct vioblk_softc *sc);
void vioblk_lock_all(struct vioblk_softc *sc);
/*
 * Let the locks go and complete the bios that were collected under them:
 * biodone(9) may come back with the next one at once.
 */
void vioblk_unlock(struct vioblk_queue *q);
void vioblk_unlock_all(struct vioblk_softc *sc);
/* The same in two steps: the bios are added to a list of the caller's. */
void vioblk_unlock_to(struct vioblk_queue *q, struct bio_queue *done);
void vioblk_unlock_all_to(struct vioblk_softc *sc, struct bio_queue *done);
void vioblk_complete(struct bio_queue *done);

/* vioblk_disk.c */
/* Creates the disk; it is in use from then on. */
void vioblk_create_disk(struct vioblk_softc *sc);
/*
 * Takes the disk from its users: when this returns nobody is in d_strategy,
 * nobody will be, and the disk is no longer the driver's to touch.
 */
void vioblk_disk_gone(struct vioblk_softc *sc);
int vioblk_modevent(module_t mod, int type, void *arg);

/* vioblk_io.c */
void vioblk_vq_intr(void *arg);
/* A bio for this queue.  Locked. */
void vioblk_queue_bio(struct vioblk_queue *q, struct bio *bp);
/* Starts what waits and can be started.  Locked. */
void vioblk_start(struct vioblk_queue *q);
/* Has the bio completed when the lock is let go.  Locked. */
void vioblk_bio_done(struct vioblk_queue *q, struct bio *bp, int error);
/* Fills in the header; the data are the caller's business. */
void vioblk_set_hdr(struct vioblk_req *req, uint32_t type, uint64_t sector);
/*
 * Puts header, `ndata` data segments and status on the ring; the data are
 * for the device to write, if `writable` is not 0: that many bytes.
 */
int vioblk_enqueue(struct vioblk_req *req, const bus_dma_segment_t *data,
    int ndata, uint32_t writable);
/* Completes all that the device has used: EAGAIN, or EIO when it lies. */
int vioblk_dequeue(struct vioblk_queue *q);
/*
 * The device is stopped: completes what it has used and takes the rest back,
 * to be started again, if `retry`, or to fail with EIO.  Requests that
 * bus_dma(9) still defers see to themselves when it calls.  All locked.
 */
void vioblk_take_back(struct vioblk_softc *sc, bool retry);

/* vioblk_order.c */
/* The queue for a bio. */
struct vioblk_queue *vioblk_pick_queue(struct vioblk_softc *sc,
    const struct bio *bp);
/* Whether it must be alone. */
bool vioblk_needs_order(const struct bio *bp);
/*
 * Lets it wait for all that came earlier, and whatever comes later for it.
 * Not locked.
 */
void vioblk_order(struct vioblk_softc *sc, struct bio *bp,
    struct bio_queue *done);
/* Has it wait behind the barrier that there is.  A queue is locked. */
void vioblk_order_hold(struct vioblk_softc *sc, struct bio *bp);
/* Starts what a barrier held, as far as it may now.  All locked. */
void vioblk_order_advance(struct vioblk_softc *sc);
/* Fails the bios that wait, in queues and behind barriers.  All locked. */
void vioblk_fail_waiting(struct vioblk_softc *sc, int error);

/* vioblk_reset.c */
void vioblk_task_run(void *arg, int pending);
void vioblk_post(struct vioblk_softc *sc, u_int event);
/* Runs each second while something is in flight.  Locked; unlocks. */
void vioblk_timer(void *arg);
/* The device has lied and is of no use any more.  Not locked. */
void vioblk_broken(struct vioblk_softc *sc);
/*
 * Holds bios back, by `flag`, and lets what is in flight finish, at most for
 * `seconds`.  Not locked, but for vioblk_ctl; sleeps.
 */
void vioblk_drain(struct vioblk_softc *sc, int flag, int seconds);
/* Stops the device and takes its requests back.  Like vioblk_drain(). */
void vioblk_halt(struct vioblk_softc *sc, bool retry);
/* Brings a stopped device back; what waits starts.  0, or it is broken. */
int vioblk_restart(struct vioblk_softc *sc);
/* Lets what was held by VIOBLK_PAUSED go on. */
void vioblk_unpause(struct vioblk_softc *sc);

/* vioblk_dump.c */
/* Asks for the identity, within limits; none is none.  0 or a fatal errno. */
int vioblk_identify(struct vioblk_softc *sc);
/* Flushes, when the device is idle; sleeps. */
int vioblk_flush_polled(struct vioblk_softc *sc);
dumper_t vioblk_dump;

/* vioblk_sysctl.c */
/* hw.vioblk.N.NAME, else hw.vioblk.NAME, else `value`. */
int vioblk_tunable(const struct vioblk_softc *sc, const char *name, int value);
void vioblk_add_sysctls(struct vioblk_softc *sc);
/* Tells the device in which mode its cache shall be, if it can be told. */
int vioblk_write_cache_mode(struct vioblk_softc *sc);

#endif /* !_VIOBLK_VAR_H_ */
