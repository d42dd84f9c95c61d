/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device core: feature words and device-specific configuration (virtio
 * 1.3, sections 2.2 and 2.5).
 */
#include "model/device.h"

#include <string.h>

#include "model/wire/config.h"

/*
 * --- features ---
 */

static uint32_t
vdev_word(uint64_t features, uint32_t word)
{
	/* No feature is above 63 (section 4.1.4.3.1). */
	return (word < 2 ? (uint32_t)(features >> (32 * word)) : 0);
}

/*
 * What the interface in use offers.  The legacy one shows only the low half
 * (section 4.1.4.10), and that any framing will do (section 6.3).
 */
static uint64_t
vdev_offers(const struct vdev *dev)
{
	if (!dev->legacy)
		return (dev->offered);
	return ((uint32_t)dev->offered | VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT));
}

uint32_t
vdev_offered(const struct vdev *dev, uint32_t word)
{
	return (vdev_word(vdev_offers(dev), word));
}

uint32_t
vdev_accepted(const struct vdev *dev, uint32_t word)
{
	return (vdev_word(dev->accepted & vdev_offers(dev), word));
}

/*
 * Without FEATURES_OK nothing can be refused: what was not offered is left
 * out, and the rest is in force at once, until a queue depends on it (section
 * 3.1.2: "devices finalized features on first-use").
 */
static void
vdev_accept_legacy(struct vdev *dev, uint32_t bits)
{
	uint32_t extra = bits & ~(uint32_t)vdev_offers(dev);
	unsigned i;

	for (i = 0; i < dev->nqueues; i++) {
		if (!dev->queues[i].enabled)
			continue;
		vdev_report(dev, i, "3.1.2",
		    "features %#x written while a queue is in use", bits);
		return;
	}
	if (extra != 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "2.2.1",
		    "accepted features %#x that were not offered", extra);
	dev->accepted = bits;
	dev->negotiated = bits & ~extra;
	if (dev->ops->features_ok != NULL &&
	    !dev->ops->features_ok(dev, dev->negotiated))
		vdev_report(dev, MODEL_QUEUE_NONE, "2.2.1",
		    "accepted features %#x need others", bits);
}

void
vdev_accept(struct vdev *dev, uint32_t word, uint32_t bits)
{
	uint64_t mask;

	if (dev->status & VIRTIO_CONFIG_S_FEATURES_OK) {
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "features %#x (word %u) written after FEATURES_OK", bits,
		    word);
		return;
	}
	if ((dev->status & VIRTIO_CONFIG_S_DRIVER) == 0)
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "features %#x (word %u) written before DRIVER", bits, word);
	if (dev->legacy) {
		vdev_accept_legacy(dev, bits);
		return;
	}
	if (word >= 2) {
		if (bits != 0)
			vdev_report(dev, MODEL_QUEUE_NONE, "2.2.1",
			    "features %#x (word %u) were not offered", bits,
			    word);
		return;
	}
	mask = (uint64_t)UINT32_MAX << (32 * word);
	dev->accepted = (dev->accepted & ~mask) | (uint64_t)bits << (32 * word);
}

/*
 * --- configuration ---
 */

static bool
vdev_field_exists(const struct vdev *dev, const struct vdev_field *field)
{
	return (field->feature == VDEV_ALWAYS ||
	    ((dev->offered >> field->feature) & 1) != 0 ||
	    (field->other != 0 && ((dev->offered >> field->other) & 1) != 0));
}

/*
 * The access rule of section 4.1.3.1, which holds for MMIO as well (4.2.2.2):
 * a field is accessed with its own width; a 64-bit field by its halves.
 * Bytes that belong to no field may be accessed anyhow.
 */
static bool
vdev_check_field(struct vdev *dev, unsigned offset, unsigned length)
{
	const struct vdev_field *field;
	unsigned i, width;

	if (length > dev->config_size || offset > dev->config_size - length) {
		vdev_report(dev, MODEL_QUEUE_NONE, "2.5.1",
		    "configuration of %u bytes accessed at %u, %u bytes",
		    dev->config_size, offset, length);
		return (false);
	}
	/* Section 4.1.4.10: legacy drivers use any width. */
	if (dev->legacy)
		return (true);
	for (i = 0; i < dev->ops->nfields; i++) {
		field = &dev->ops->fields[i];
		if (offset + length <= field->offset ||
		    offset >= (unsigned)field->offset + field->width)
			continue;
		width = field->width == 8 ? 4 : field->width;
		if (length != width || (offset - field->offset) % width != 0) {
			vdev_report(dev, MODEL_QUEUE_NONE, "4.1.3.1",
			    "configuration field of %u bytes at %u accessed "
			    "at %u, %u bytes",
			    field->width, field->offset, offset, length);
			return (false);
		}
		if (!vdev_field_exists(dev, field))
			vdev_report(dev, MODEL_QUEUE_NONE, "2.5.1",
			    "configuration field at %u accessed, whose "
			    "feature %u is not offered",
			    field->offset, field->feature);
		if (field->late != NULL &&
		    (dev->status & VIRTIO_CONFIG_S_FEATURES_OK) == 0)
			vdev_report(dev, MODEL_QUEUE_NONE, field->late,
			    "configuration field at %u accessed before "
			    "FEATURES_OK",
			    field->offset);
		return (true);
	}
	return (true);
}

bool
vdev_config_read(struct vdev *dev, unsigned offset, void *value,
    unsigned length)
{
	if (!vdev_check_field(dev, offset, length)) {
		memset(value, 0xff, length);
		return (false);
	}
	/*
	 * Section 4.1.4.3.1: counting changes only as they are read, an 8-bit
	 * count cannot come round unnoticed.
	 */
	if (dev->config_changed) {
		dev->config_changed = false;
		dev->generation++;
	}
	memcpy(value, dev->config + offset, length);
	return (true);
}

bool
vdev_config_write(struct vdev *dev, unsigned offset, const void *value,
    unsigned length)
{
	if (!vdev_check_field(dev, offset, length))
		return (false);
	/* Section 3.1.2: legacy drivers may do so at any time. */
	if (!dev->legacy && (dev->status & VIRTIO_CONFIG_S_FEATURES_OK) == 0) {
		vdev_report(dev, MODEL_QUEUE_NONE, "3.1.1",
		    "configuration written at %u before FEATURES_OK", offset);
		return (false);
	}
	if (dev->ops->config_write == NULL ||
	    !dev->ops->config_write(dev, offset, value, length)) {
		vdev_report(dev, MODEL_QUEUE_NONE, "2.5",
		    "configuration written at %u, where it is read-only",
		    offset);
		return (false);
	}
	return (true);
}

void
vdev_config_changed(struct vdev *dev)
{
	dev->config_changed = true;
	if (dev->host != NULL)
		vdev_config_interrupt(dev);
}
