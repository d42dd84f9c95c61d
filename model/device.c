/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device core: life, status, queues, notifications and work.  Features
 * and configuration are in device_config.c.
 */
#include "model/device.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/report.h"
#include "model/wire/config.h"

#define STATUS_DRIVER_BITS                                            \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |       \
	    VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_FEATURES_OK | \
	    VIRTIO_CONFIG_S_FAILED)

/*
 * --- life ---
 */

int
vdev_init(struct vdev *dev, const struct vdev_setup *setup)
{
	unsigned i;

	if (setup->nqueues == 0 || setup->nqueues > VDEV_QUEUES_MAX ||
	    setup->queue_size == 0 || setup->queue_size > VIRTQ_SIZE_MAX ||
	    (setup->queue_size & (setup->queue_size - 1)) != 0)
		return (EINVAL);
	memset(dev, 0, sizeof(*dev));
	dev->ops = setup->ops;
	(void)snprintf(dev->name, sizeof(dev->name), "%s", setup->name);
	dev->offered = setup->features | VDEV_FEATURE(VIRTIO_F_VERSION_1);
	dev->config = setup->config;
	dev->config_size = setup->config_size;
	dev->queues = calloc(setup->nqueues, sizeof(*dev->queues));
	if (dev->queues == NULL)
		return (ENOMEM);
	dev->nqueues = setup->nqueues;
	for (i = 0; i < dev->nqueues; i++) {
		dev->queues[i].max_size = setup->queue_size;
		dev->queues[i].size = setup->queue_size;
		if (!vring_init(&dev->queues[i].ring, dev, i,
			setup->queue_size)) {
			vdev_fini(dev);
			return (ENOMEM);
		}
	}
	return (0);
}

void
vdev_fini(struct vdev *dev)
{
	unsigned i;

	for (i = 0; i < dev->nqueues; i++)
		vring_fini(&dev->queues[i].ring);
	free(dev->queues);
	dev->queues = NULL;
	dev->nqueues = 0;
}

void
vdev_free(struct vdev *dev)
{
	if (dev == NULL)
		return;
	assert(dev->host == NULL);
	dev->ops->destroy(dev);
}

void
vdev_attach(struct vdev *dev, struct vdev_host *host,
    const struct vdev_transport_ops *ops, void *arg)
{
	assert(dev->host == NULL);
	dev->host = host;
	dev->transport = ops;
	dev->transport_arg = arg;
}

void
vdev_detach(struct vdev *dev)
{
	vdev_reset(dev);
	dev->host = NULL;
	dev->transport = NULL;
	dev->transport_arg = NULL;
	dev->dma = false;
	dev->legacy = false;
}

void
vdev_report(struct vdev *dev, uint16_t queue, const char *clause,
    const char *fmt, ...)
{
	va_list ap;

	dev->reports++;
	va_start(ap, fmt);
	model_vreport(dev->host, dev->name, queue, clause, fmt, ap);
	va_end(ap);
}

static void
vdev_tell(const struct vdev *dev, const struct model_event *event)
{
	if (dev->host->event != NULL)
		dev->host->event(dev->host->event_arg, event);
}

/*
 * --- what is to be worked on ---
 */

static inline void
vdev_mark(uint64_t *words, unsigned queue)
{
	words[queue / 64] |= UINT64_C(1) << (queue % 64);
}

static inline void
vdev_unmark(uint64_t *words, unsigned queue)
{
	words[queue / 64] &= ~(UINT64_C(1) << (queue % 64));
}

static inline bool
vdev_any(const uint64_t *words)
{
	uint64_t any;
	unsigned i;

	any = 0;
	for (i = 0; i < VDEV_QUEUE_WORDS; i++)
		any |= words[i];
	return (any != 0);
}

static void
vdev_forget_work(struct vdev *dev)
{
	memset(dev->pending, 0, sizeof(dev->pending));
	memset(dev->deferred, 0, sizeof(dev->deferred));
}

/*
 * --- status ---
 */

void
vdev_reset(struct vdev *dev)
{
	const struct model_event event = {
		.type = MODEL_RESET,
		.device = dev->name,
		.queue = MODEL_QUEUE_NONE,
	};
	struct vdev_queue *q;
	unsigned i;

	for (i = 0; i < dev->nqueues; i++) {
		q = &dev->queues[i];
		/* Ends whatever vdev_run() is in the middle of. */
		vring_disable(&q->ring);
		q->size = q->max_size;
		q->desc = q->driver = q->device = 0;
		q->enabled = false;
	}
	vdev_forget_work(dev);
	dev->accepted = 0;
	dev->negotiated = 0;
	if (dev->ops->reset != NULL)
		dev->ops->reset(dev);
	if (dev->transport->reset != NULL)
		dev->transport->reset(dev->transport_arg);
	dev->status = 0;
	vdev_tell(dev, &event);
}

/* Section 2.2.2: refuses what was not offered, by not setting the bit. */
static bool
vdev_negotiate(struct vdev *dev)
{
	uint64_t extra = dev->accepted & ~dev->offered;

	if (extra != 0) {
		vdev_report(dev, MODEL_QUEUE_NONE, "2.2.1",
		    "accepted features %#llx that were not offered",
		    (unsigned long long)extra);
		return (false);
	}
	if ((dev->accepted & VDEV_FEATURE(VIRTIO_F_VERSION_1)) == 0) {
		vdev_report(dev, MODEL_QUEUE_NONE, "6.1",
		    "VIRTIO_F_VERSION_1 was not accepted (features %#llx)",
		    (unsigned long long)dev->accepted);
		return (false);
	}
	if (dev->ops->features_ok != NULL &&
	    !dev->ops->features_ok(dev, dev->accepted)) {
		vdev_report(dev, MODEL_QUEUE_NONE, "2.2.1",
		    "accepted features %#llx need others",
		    (unsigned long long)dev->accepted);
		return (false);
	}
	dev->negotiated = dev->accepted;
	return (true);
}

/* What the driver may not write to the register, by clause. */
static void
vdev_check_status(struct vdev *dev, uint8_t status)
{
	uint8_t cleared = dev->status & ~status & STATUS_DRIVER_BITS;
	uint8_t added = status & ~dev->status;

	if (cleared != 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "2.1.1",
		    "status %#x written over %#x clears %#x without a reset",
		    status, dev->status, cleared);
	if ((added & ~STATUS_DRIVER_BITS) != 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "2.1",
		    "status %#x has bits that are not the driver's", status);
	if ((dev->status & VIRTIO_CONFIG_S_FAILED) && added != 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "2.1.1",
		    "status %#x written after FAILED, without a reset", status);
	if ((added & VIRTIO_CONFIG_S_DRIVER) &&
	    (status & VIRTIO_CONFIG_S_ACKNOWLEDGE) == 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "DRIVER set before ACKNOWLEDGE (status %#x)", status);
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) &&
	    (status & VIRTIO_CONFIG_S_DRIVER) == 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "FEATURES_OK set before DRIVER (status %#x)", status);
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) && dev->legacy)
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.2",
		    "FEATURES_OK set by the legacy interface (status %#x)",
		    status);
}

void
vdev_set_status(struct vdev *dev, uint8_t status)
{
	struct model_event event = {
		.type = MODEL_STATUS,
		.device = dev->name,
		.queue = MODEL_QUEUE_NONE,
	};
	uint8_t added, now;

	event.status.old = dev->status;
	event.status.new = status;
	vdev_tell(dev, &event);
	if (status == 0) {
		vdev_reset(dev);
		return;
	}
	vdev_check_status(dev, status);
	added = status & ~dev->status & STATUS_DRIVER_BITS;
	now = dev->status | added;
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) &&
	    (dev->legacy || !vdev_negotiate(dev)))
		now &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	if ((added & VIRTIO_CONFIG_S_DRIVER_OK) && !dev->legacy &&
	    (now & VIRTIO_CONFIG_S_FEATURES_OK) == 0) {
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "DRIVER_OK set without FEATURES_OK (status %#x)", status);
		now &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	}
	added = now & ~dev->status;
	dev->status = now;
	if ((added & VIRTIO_CONFIG_S_DRIVER_OK) && dev->ops->driver_ok != NULL)
		dev->ops->driver_ok(dev);
}

void
vdev_needs_reset(struct vdev *dev)
{
	if (dev->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	dev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	vdev_forget_work(dev);
	/* Section 2.1.2: a live driver is told. */
	vdev_config_interrupt(dev);
}

/*
 * --- queues ---
 */

/* The queue, if it exists and its fields may be written now. */
static struct vdev_queue *
vdev_queue_writable(struct vdev *dev, unsigned queue, const char *what)
{
	struct vdev_queue *q = vdev_queue(dev, queue);

	if (q == NULL) {
		vdev_report(dev, queue, "4.1.5.1.3",
		    "%s written for queue %u of %u", what, queue, dev->nqueues);
		return (NULL);
	}
	if (q->enabled) {
		vdev_report(dev, queue, "4.1.4.3.2",
		    "%s written while the queue is enabled", what);
		return (NULL);
	}
	return (q);
}

void
vdev_queue_set_size(struct vdev *dev, unsigned queue, uint16_t size)
{
	struct vdev_queue *q = vdev_queue_writable(dev, queue, "size");

	if (q == NULL)
		return;
	if ((size & (size - 1)) != 0 || size > q->max_size) {
		/* Section 4.1.4.3.1: nothing else may be presented. */
		vdev_report(dev, queue, "4.1.4.3.2",
		    "size %u is not a power of two up to %u", size,
		    q->max_size);
		return;
	}
	if (size == 0)
		vdev_report(dev, queue, "4.1.4.3.2",
		    "size 0 is not a power of two");
	q->size = size;
}

void
vdev_queue_set_area(struct vdev *dev, unsigned queue, enum vdev_area area,
    unsigned half, uint32_t value)
{
	struct vdev_queue *q = vdev_queue_writable(dev, queue, "address");
	uint64_t *address;

	if (q == NULL)
		return;
	address = area == VDEV_DESC ? &q->desc :
	    area == VDEV_DRIVER	    ? &q->driver :
				      &q->device;
	if (half == 0)
		*address = (*address & ~(uint64_t)UINT32_MAX) | value;
	else
		*address = (uint32_t)*address | (uint64_t)value << 32;
}

void
vdev_queue_enable(struct vdev *dev, unsigned queue)
{
	struct vdev_queue *q = vdev_queue(dev, queue);
	struct vring_layout layout;
	struct model_event event = {
		.type = MODEL_QUEUE_ENABLE,
		.device = dev->name,
		.queue = queue,
	};

	if (q != NULL && q->enabled)
		return;
	if (q == NULL || q->size == 0) {
		vdev_report(dev, queue, "4.1.5.1.3",
		    "queue %u enabled with size 0", queue);
		return;
	}
	if (!dev->legacy && (dev->status & VIRTIO_CONFIG_S_FEATURES_OK) == 0) {
		vdev_report(dev, queue, "3.1.1",
		    "queue enabled before FEATURES_OK (status %#x)",
		    dev->status);
		return;
	}
	if (dev->status & VIRTIO_CONFIG_S_DRIVER_OK)
		vdev_report(dev, queue, "3.1.1",
		    "queue enabled after DRIVER_OK (status %#x)", dev->status);
	layout.size = q->size;
	layout.desc = q->desc;
	layout.driver = q->driver;
	layout.device = q->device;
	if (!vring_enable(&q->ring, &layout, dev->negotiated))
		return;
	q->enabled = true;
	event.enable.size = q->size;
	event.enable.desc = q->desc;
	event.enable.driver = q->driver;
	event.enable.device = q->device;
	event.enable.features = dev->negotiated;
	vdev_tell(dev, &event);
}

void
vdev_queue_set_legacy(struct vdev *dev, unsigned queue, uint64_t address,
    uint32_t align)
{
	struct vdev_queue *q = vdev_queue(dev, queue);

	if (address == 0 && q != NULL) {
		vring_disable(&q->ring);
		q->enabled = false;
		q->desc = q->driver = q->device = 0;
		vdev_unmark(dev->pending, queue);
		return;
	}
	q = vdev_queue_writable(dev, queue, "address");
	if (q == NULL)
		return;
	q->desc = address;
	q->driver = address + VIRTQ_DESC_BYTES(q->size);
	q->device = q->driver + VIRTQ_AVAIL_BYTES(q->size);
	q->device = (q->device + align - 1) & ~((uint64_t)align - 1);
	vdev_queue_enable(dev, queue);
}

/*
 * --- notifications and work ---
 */

/*
 * Whether the driver may use the device: legacy drivers do from the start
 * (section 3.1.2), others as from DRIVER_OK.
 */
static inline bool
vdev_in_use(const struct vdev *dev)
{
	return (dev->legacy || (dev->status & VIRTIO_CONFIG_S_DRIVER_OK) != 0);
}

/* Whether queues may be worked on at all. */
static inline bool
vdev_is_live(const struct vdev *dev)
{
	return (vdev_in_use(dev) &&
	    (dev->status &
		(VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED)) == 0);
}

void
vdev_notify(struct vdev *dev, unsigned queue)
{
	struct vdev_queue *q = vdev_queue(dev, queue);
	const struct model_event event = {
		.type = MODEL_NOTIFY,
		.device = dev->name,
		.queue = queue,
	};

	vdev_tell(dev, &event);
	if (q == NULL || !q->enabled) {
		/* Of a device that needs a reset, nothing is expected. */
		if ((dev->status & VIRTIO_CONFIG_S_NEEDS_RESET) == 0)
			vdev_report(dev, queue, "2.3",
			    "notification for queue %u, which is not enabled",
			    queue);
		return;
	}
	if (!vdev_in_use(dev)) {
		vdev_report(dev, queue, "3.1.1",
		    "notification before DRIVER_OK (status %#x)", dev->status);
		return;
	}
	if (!vdev_is_live(dev))
		return;
	vdev_mark(dev->pending, queue);
	if (!dev->dma) {
		vdev_report(dev, queue, "PCI 3.0 6.2.2",
		    "notification while bus mastering is off");
		return;
	}
	dev->host->schedule(dev->host->arg, dev);
}

void
vdev_wake(struct vdev *dev, unsigned queue)
{
	const struct vdev_queue *q = vdev_queue(dev, queue);

	if (dev->host == NULL || q == NULL || !q->enabled || !vdev_is_live(dev))
		return;
	vdev_mark(dev->pending, queue);
	/* vdev_run() looks once more before it ends. */
	if (dev->dma && !dev->running)
		dev->host->schedule(dev->host->arg, dev);
}

void
vdev_set_dma(struct vdev *dev, bool on)
{
	dev->dma = on;
	if (on && vdev_any(dev->pending))
		dev->host->schedule(dev->host->arg, dev);
}

/* Each queue of a word that was notified, once. */
static void
vdev_run_word(struct vdev *dev, unsigned word)
{
	uint64_t left, bit;
	unsigned queue;

	for (left = dev->pending[word]; left != 0; left &= ~bit) {
		queue = __builtin_ctzll(left);
		bit = UINT64_C(1) << queue;
		if (!vdev_is_live(dev) || !dev->dma)
			return;
		if ((dev->pending[word] & bit) == 0)
			continue; /* a reset has come between */
		dev->pending[word] &= ~bit;
		if (dev->ops->process(dev, 64 * word + queue) &&
		    vdev_is_live(dev))
			dev->pending[word] |= bit;
	}
}

void
vdev_run(struct vdev *dev)
{
	unsigned i;

	/* A second caller finds its work done by the first. */
	if (dev->running || dev->host == NULL)
		return;
	dev->running = true;
	/* A turn that comes early is as good: they look at the clock. */
	for (i = 0; i < VDEV_QUEUE_WORDS; i++) {
		dev->pending[i] |= dev->deferred[i];
		dev->deferred[i] = 0;
	}
	/* One round. */
	for (i = 0; i < VDEV_QUEUE_WORDS; i++)
		vdev_run_word(dev, i);
	dev->running = false;
	if (vdev_any(dev->pending) && vdev_is_live(dev) && dev->dma)
		dev->host->schedule(dev->host->arg, dev);
}

void
vdev_defer(struct vdev *dev, unsigned queue, uint64_t when)
{
	if (!vdev_is_live(dev))
		return;
	vdev_mark(dev->deferred, queue);
	dev->host->schedule_at(dev->host->arg, dev, when);
}

void
vdev_config_interrupt(struct vdev *dev)
{
	const struct model_event event = {
		.type = MODEL_INTERRUPT,
		.device = dev->name,
		.queue = MODEL_QUEUE_NONE,
	};

	if ((dev->status & VIRTIO_CONFIG_S_DRIVER_OK) == 0)
		return;
	if (dev->transport->config_interrupt(dev->transport_arg))
		vdev_tell(dev, &event);
}

void
vdev_interrupt(struct vdev *dev, unsigned queue)
{
	struct model_event event = {
		.type = MODEL_INTERRUPT,
		.device = dev->name,
		.queue = queue,
	};

	/* Section 2.1.2: none before DRIVER_OK. */
	if (!vdev_in_use(dev))
		return;
	if (!dev->transport->interrupt(dev->transport_arg, queue))
		event.type = MODEL_MUTE;
	vdev_tell(dev, &event);
}
