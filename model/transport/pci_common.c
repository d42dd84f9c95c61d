/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The common configuration structure of the modern PCI transport, register by
 * register (virtio 1.3, section 4.1.4.3).
 */
#include <stddef.h>

#include "model/transport/pci_virtio_var.h"
#include "model/wire/pci.h"

#define COMMON(field)	 offsetof(struct virtio_pci_common_cfg, field)
#define COMMON_LENGTH	 COMMON(queue_notif_config_data)
#define CLAUSE_READ_ONLY "4.1.4.3.2"

/* The fields that come with features that are not offered are left out. */
unsigned
vpci_common_length(void)
{
	return (COMMON_LENGTH);
}

/* The width of the field that begins at `offset`, or 0. */
static unsigned
common_width(unsigned offset)
{
	switch (offset) {
	case COMMON(device_feature_select):
	case COMMON(device_feature):
	case COMMON(driver_feature_select):
	case COMMON(driver_feature):
	case COMMON(queue_desc_lo):
	case COMMON(queue_desc_hi):
	case COMMON(queue_driver_lo):
	case COMMON(queue_driver_hi):
	case COMMON(queue_device_lo):
	case COMMON(queue_device_hi):
		return (4);
	case COMMON(config_msix_vector):
	case COMMON(num_queues):
	case COMMON(queue_select):
	case COMMON(queue_size):
	case COMMON(queue_msix_vector):
	case COMMON(queue_enable):
	case COMMON(queue_notify_off):
		return (2);
	case COMMON(device_status):
	case COMMON(config_generation):
		return (1);
	default:
		return (0);
	}
}

static bool
common_check(struct vpci_virtio *t, unsigned offset, unsigned width)
{
	if (common_width(offset) == width)
		return (true);
	vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.3.1",
	    "common configuration accessed at %#x, %u bytes (a field there "
	    "has %u)",
	    offset, width, common_width(offset));
	return (false);
}

/* The fields of the queue that is selected. */
static uint32_t
common_read_queue(struct vpci_virtio *t, unsigned offset)
{
	const struct vdev_queue *q = vdev_queue(t->dev, t->queue_select);

	if (q == NULL) {
		/* Size 0 says it (section 4.1.4.3.1). */
		return (offset == COMMON(queue_msix_vector) ?
			VIRTIO_MSI_NO_VECTOR :
			0);
	}
	switch (offset) {
	case COMMON(queue_size):
		return (q->size);
	case COMMON(queue_msix_vector):
		return (vpci_virtio_queue_vector(t));
	case COMMON(queue_enable):
		return (q->enabled);
	case COMMON(queue_notify_off):
		return (t->queue_select);
	case COMMON(queue_desc_lo):
		return ((uint32_t)q->desc);
	case COMMON(queue_desc_hi):
		return (q->desc >> 32);
	case COMMON(queue_driver_lo):
		return ((uint32_t)q->driver);
	case COMMON(queue_driver_hi):
		return (q->driver >> 32);
	case COMMON(queue_device_lo):
		return ((uint32_t)q->device);
	default:
		return (q->device >> 32);
	}
}

uint64_t
vpci_common_read(struct vpci_virtio *t, unsigned offset, unsigned width)
{
	struct vdev *dev = t->dev;

	if (!common_check(t, offset, width))
		return (vpci_ones(width));
	switch (offset) {
	case COMMON(device_feature_select):
		return (t->device_feature_select);
	case COMMON(device_feature):
		return (vdev_offered(dev, t->device_feature_select));
	case COMMON(driver_feature_select):
		return (t->driver_feature_select);
	case COMMON(driver_feature):
		return (vdev_accepted(dev, t->driver_feature_select));
	case COMMON(config_msix_vector):
		return (t->config_vector);
	case COMMON(num_queues):
		return (dev->nqueues);
	case COMMON(device_status):
		return (dev->status);
	case COMMON(config_generation):
		return (dev->generation);
	case COMMON(queue_select):
		return (t->queue_select);
	default:
		return (common_read_queue(t, offset));
	}
}

static void
common_write_queue(struct vpci_virtio *t, unsigned offset, uint32_t value)
{
	struct vdev *dev = t->dev;
	unsigned queue = t->queue_select;

	switch (offset) {
	case COMMON(queue_size):
		vdev_queue_set_size(dev, queue, value);
		break;
	case COMMON(queue_msix_vector):
		vpci_virtio_map_queue(t, value);
		break;
	case COMMON(queue_enable):
		if (value == 1)
			vdev_queue_enable(dev, queue);
		else
			vdev_report(dev, queue, CLAUSE_READ_ONLY,
			    "%u written to queue_enable", value);
		break;
	case COMMON(queue_desc_lo):
	case COMMON(queue_desc_hi):
		vdev_queue_set_area(dev, queue, VDEV_DESC,
		    offset == COMMON(queue_desc_hi), value);
		break;
	case COMMON(queue_driver_lo):
	case COMMON(queue_driver_hi):
		vdev_queue_set_area(dev, queue, VDEV_DRIVER,
		    offset == COMMON(queue_driver_hi), value);
		break;
	case COMMON(queue_device_lo):
	case COMMON(queue_device_hi):
		vdev_queue_set_area(dev, queue, VDEV_DEVICE,
		    offset == COMMON(queue_device_hi), value);
		break;
	}
}

void
vpci_common_write(struct vpci_virtio *t, unsigned offset, uint64_t value,
    unsigned width)
{
	struct vdev *dev = t->dev;

	if (!common_check(t, offset, width))
		return;
	switch (offset) {
	case COMMON(device_feature_select):
		t->device_feature_select = value;
		break;
	case COMMON(driver_feature_select):
		t->driver_feature_select = value;
		break;
	case COMMON(driver_feature):
		vdev_accept(dev, t->driver_feature_select, value);
		break;
	case COMMON(config_msix_vector):
		t->config_vector =
		    vpci_virtio_vector(t, "configuration", value);
		break;
	case COMMON(device_status):
		vdev_set_status(dev, value);
		break;
	case COMMON(queue_select):
		t->queue_select = value;
		break;
	case COMMON(device_feature):
	case COMMON(num_queues):
	case COMMON(config_generation):
	case COMMON(queue_notify_off):
		vdev_report(dev, MODEL_QUEUE_NONE, CLAUSE_READ_ONLY,
		    "%#llx written to the read-only field at %#x",
		    (unsigned long long)value, offset);
		break;
	default:
		common_write_queue(t, offset, value);
		break;
	}
}
