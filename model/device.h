/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device core: status, features, configuration and queues of one virtio
 * device, between a transport in front of it and a device type behind it
 * (virtio 1.3, section 2), by the legacy interface as well.  Devices never know
 *their transport, transports never know their device.
 *
 *	machine ---- struct vdev_host ----------- model
 *	transport -- vdev_*() ------------------> core --- struct vdev_ops -->
 *blk transport <- struct vdev_transport_ops -- core <-- vring_*(), vdev_*()
 *
 * A device runs in two contexts: register accesses, in the driver's task, and
 * vdev_run(), in a task of the machine's.  The host lets one of them run at a
 * time and changes between them only where the model calls it (ring_point
 * above all); the core allows for a reset in the middle of vdev_run().
 */
#ifndef RINGSIDE_MODEL_DEVICE_H
#define RINGSIDE_MODEL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/event.h"
#include "model/memory.h"
#include "model/ring.h"

struct vdev;

/* What a device asks of the machine that it is plugged into. */
struct vdev_host {
	void *arg;
	struct gmem mem;
	/* Bus mastering has written `data` to the message address. */
	void (*msi)(void *arg, uint64_t address, uint32_t data);
	/* The level of the function's INTx line. */
	void (*intx)(void *arg, bool level);
	/*
	 * The device has work: call vdev_run() soon, from a task of its own.
	 * May be called many times before that happens.
	 */
	void (*schedule)(void *arg, struct vdev *dev);
	/*
	 * The machine's time in nanoseconds, and a turn at a time: as
	 * schedule(), not before `when`.  Both or neither; NULL: no clock.
	 */
	uint64_t (*now)(void *arg);
	void (*schedule_at)(void *arg, struct vdev *dev, uint64_t when);
	/* Before each ring access of the device, or NULL: a scheduling point.
	 */
	void (*ring_point)(void *arg);
	model_event_fn *event; /* or NULL; must not let a driver run */
	void *event_arg;
};

/* Does the work that notifications have announced.  Never blocks. */
void vdev_run(struct vdev *dev);

/* Destroys a device that no transport holds any more; NULL is allowed. */
void vdev_free(struct vdev *dev);

/*
 * --- what a device type provides ---
 */

/* 64 pairs of a network device, and its control queue. */
#define VDEV_QUEUES_MAX	  129
#define VDEV_QUEUE_WORDS  ((VDEV_QUEUES_MAX + 63) / 64)

#define VDEV_FEATURE(bit) (UINT64_C(1) << (bit))

/* One field of the device's configuration, for those who check accesses. */
struct vdev_field {
	/* Not to be read before FEATURES_OK, says this clause; or NULL. */
	const char *late;
	uint16_t offset;
	uint8_t width;	 /* 1, 2, 4 or 8 */
	uint8_t feature; /* it exists with this feature; VDEV_ALWAYS */
	uint8_t other;	 /* it exists with this feature as well; 0: no other */
};
#define VDEV_ALWAYS 0xff

struct vdev_ops {
	const char *type; /* "blk" */
	uint16_t device_id;
	/*
	 * The driver has notified the queue, and DRIVER_OK is set.  Does a
	 * bounded amount of work and returns true when more may be left.
	 */
	bool (*process)(struct vdev *, unsigned queue);
	/* Fields by ascending offset; may be NULL with nfields 0. */
	const struct vdev_field *fields;
	unsigned nfields;
	/*
	 * The driver wrote [offset, offset + length).  true: what it meant is
	 * now in vdev.config; false: there is nothing to be written there.
	 * NULL: nothing ever is.
	 */
	bool (*config_write)(struct vdev *, unsigned offset, const void *value,
	    unsigned length);
	/* Whether this set is consistent, or NULL (any is). */
	bool (*features_ok)(struct vdev *, uint64_t features);
	/* The driver has set DRIVER_OK, or NULL. */
	void (*driver_ok)(struct vdev *);
	/* Forget everything about the driver; queues are already off.  Or
	 * NULL. */
	void (*reset)(struct vdev *);
	void (*destroy)(struct vdev *);
};

/* What the core asks of the transport that holds it. */
struct vdev_transport_ops {
	/* Sends the queue's interrupt; false when the driver wants none. */
	bool (*interrupt)(void *arg, unsigned queue);
	bool (*config_interrupt)(void *arg);
	/* Forget vectors and interrupt status. */
	void (*reset)(void *arg);
};

struct vdev_queue {
	uint16_t max_size; /* what the device can do */
	/* What the driver has set up. */
	uint16_t size;
	uint64_t desc;
	uint64_t driver;
	uint64_t device;
	bool enabled;
	struct vring ring;
};

struct vdev {
	const struct vdev_ops *ops;
	char name[32]; /* "blk0" */
	struct vdev_host *host;
	const struct vdev_transport_ops *transport;
	void *transport_arg;

	/* Feature sets have bit n for feature n. */
	uint64_t offered;
	uint64_t accepted;   /* as the driver writes it */
	uint64_t negotiated; /* once FEATURES_OK is set (legacy: accepted) */
	uint8_t status;
	bool legacy; /* driven by the legacy interface, says the transport */

	/* Device-specific configuration, little-endian (section 2.5). */
	uint8_t *config;
	unsigned config_size;
	uint8_t generation;
	bool config_changed; /* since the driver last read it */

	unsigned nqueues;
	struct vdev_queue *queues;
	/* One bit a queue: notified, and to be worked on later. */
	uint64_t pending[VDEV_QUEUE_WORDS];
	uint64_t deferred[VDEV_QUEUE_WORDS];
	bool running;	  /* inside vdev_run() */
	bool dma;	  /* may reach memory: the transport says */
	uint64_t reports; /* rules broken by the driver so far */
};

struct vdev_setup {
	const struct vdev_ops *ops;
	const char *name;
	uint64_t features; /* VIRTIO_F_VERSION_1 is added */
	void *config;	   /* must outlive the device */
	unsigned config_size;
	unsigned nqueues;    /* up to VDEV_QUEUES_MAX */
	uint16_t queue_size; /* a power of two */
};

/* For device types: 0, EINVAL or ENOMEM; vdev_fini() frees what it made. */
int vdev_init(struct vdev *dev, const struct vdev_setup *setup);
void vdev_fini(struct vdev *dev);

/* The device cannot go on (section 2.1.2). */
void vdev_needs_reset(struct vdev *dev);
/* The device has changed its configuration. */
void vdev_config_changed(struct vdev *dev);
/* Sends a configuration change notification, if the driver is live. */
void vdev_config_interrupt(struct vdev *dev);
/*
 * Something else than the driver has work for the queue: it is processed soon,
 * unless nothing may be now.
 */
void vdev_wake(struct vdev *dev, unsigned queue);
/*
 * The queue is to be processed again at a time of the machine's, or earlier;
 * only where the host has a clock.
 */
void vdev_defer(struct vdev *dev, unsigned queue, uint64_t when);
/* Sends the used buffer notification of a queue. */
void vdev_interrupt(struct vdev *dev, unsigned queue);

static inline bool
vdev_has(const struct vdev *dev, unsigned feature)
{
	return ((dev->negotiated >> feature) & 1);
}

/* A rule broken by the driver; `queue` may be MODEL_QUEUE_NONE. */
void vdev_report(struct vdev *dev, uint16_t queue, const char *clause,
    const char *fmt, ...) __attribute__((format(printf, 4, 5), cold));

/*
 * --- what a transport calls ---
 */

void vdev_attach(struct vdev *dev, struct vdev_host *host,
    const struct vdev_transport_ops *ops, void *arg);
/* Resets, then forgets host and transport. */
void vdev_detach(struct vdev *dev);

/* Whether the device may reach memory now; work waits until it may. */
void vdev_set_dma(struct vdev *dev, bool on);

/* Status register (sections 2.1, 3.1.1); 0 resets. */
void vdev_set_status(struct vdev *dev, uint8_t status);
void vdev_reset(struct vdev *dev);

/* Features in words of 32 bits, word 0 the lowest. */
uint32_t vdev_offered(const struct vdev *dev, uint32_t word);
uint32_t vdev_accepted(const struct vdev *dev, uint32_t word);
void vdev_accept(struct vdev *dev, uint32_t word, uint32_t bits);

/*
 * Device-specific configuration.  false when there is no such field, or it
 * was accessed with a wrong width: reported; reads then give all ones.
 */
bool vdev_config_read(struct vdev *dev, unsigned offset, void *value,
    unsigned length);
bool vdev_config_write(struct vdev *dev, unsigned offset, const void *value,
    unsigned length);

/* NULL when the device has no such queue. */
static inline struct vdev_queue *
vdev_queue(struct vdev *dev, unsigned queue)
{
	return (queue < dev->nqueues ? &dev->queues[queue] : NULL);
}

/* Setters of a queue that is not enabled; broken rules are reported. */
void vdev_queue_set_size(struct vdev *dev, unsigned queue, uint16_t size);
enum vdev_area { VDEV_DESC, VDEV_DRIVER, VDEV_DEVICE };
/* One half (0 low, 1 high) of an area's address. */
void vdev_queue_set_area(struct vdev *dev, unsigned queue, enum vdev_area area,
    unsigned half, uint32_t value);
void vdev_queue_enable(struct vdev *dev, unsigned queue);
/*
 * The legacy way (section 2.7.2): all three areas follow from the address of
 * the first, the used ring at a multiple of `align`, and the queue is enabled;
 * address 0 disables it.
 */
void vdev_queue_set_legacy(struct vdev *dev, unsigned queue, uint64_t address,
    uint32_t align);

/* The driver says that a queue has something for the device. */
void vdev_notify(struct vdev *dev, unsigned queue);

#endif /* !RINGSIDE_MODEL_DEVICE_H */
