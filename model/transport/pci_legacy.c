/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The legacy interface: the registers in BAR 0 that drivers older than virtio
 * 1.0 know (virtio 1.3, section 4.1.4.10).
 *
 * These registers are little-endian like all of PCI's.  What lies behind them
 * is the guest's own order: the device configuration, the rings and the
 * headers of requests (sections 2.5.3 and 2.7.3).  The guests here are
 * little-endian, so that it is all the same.
 */
#include <stddef.h>

#include "model/transport/pci_virtio_var.h"
#include "model/wire/pci.h"

#define LEGACY(field) offsetof(struct virtio_pci_legacy, field)
#define CLAUSE	      "4.1.4.10"

/* Where the device configuration begins: MSI-X, once it is on, moves it. */
static unsigned
legacy_header(const struct vpci_virtio *t)
{
	return (vpci_msix_enabled(&t->pci) ? sizeof(struct virtio_pci_legacy) :
					     VIRTIO_PCI_LEGACY_HEADER);
}

/* The width of the register that begins at `offset`, or 0. */
static unsigned
legacy_width(unsigned offset)
{
	switch (offset) {
	case LEGACY(device_features):
	case LEGACY(driver_features):
	case LEGACY(queue_address):
		return (4);
	case LEGACY(queue_size):
	case LEGACY(queue_select):
	case LEGACY(queue_notify):
	case LEGACY(config_msix_vector):
	case LEGACY(queue_msix_vector):
		return (2);
	case LEGACY(device_status):
	case LEGACY(isr_status):
		return (1);
	default:
		return (0);
	}
}

/*
 * Whether the access is one register, or lies in the device configuration,
 * where any width will do.
 */
static bool
legacy_check(struct vpci_virtio *t, uint64_t offset, unsigned width)
{
	const unsigned header = legacy_header(t);

	if (offset >= header ? offset - header + width <= t->dev->config_size :
			       legacy_width(offset) == width)
		return (true);
	vdev_report(t->dev, MODEL_QUEUE_NONE,
	    offset >= header ? CLAUSE : "4.1.3.1",
	    "legacy registers accessed at %#llx, %u bytes, where "
	    "%s",
	    (unsigned long long)offset, width,
	    offset >= header ? "no configuration is" : "no such field is");
	return (false);
}

void
vpci_legacy_build(struct vpci_virtio *t)
{
	struct pci_bar *bar = &t->pci.function.bars[VPCI_LEGACY_BAR];
	unsigned size;

	for (size = 32;
	     size < sizeof(struct virtio_pci_legacy) + t->dev->config_size;)
		size *= 2;
	vpci_add_bar(&t->pci, VPCI_LEGACY_BAR, size, true, false);
	bar->doorbell = LEGACY(queue_notify);
	bar->doorbell_size =
	    sizeof(((struct virtio_pci_legacy *)0)->queue_notify);
}

static uint32_t
legacy_read_register(struct vpci_virtio *t, unsigned offset)
{
	const struct vdev_queue *q = vdev_queue(t->dev, t->queue_select);

	switch (offset) {
	case LEGACY(device_features):
		return (vdev_offered(t->dev, 0));
	case LEGACY(driver_features):
		return (vdev_accepted(t->dev, 0));
	case LEGACY(queue_address):
		return (
		    q != NULL ? q->desc >> VIRTIO_PCI_LEGACY_QUEUE_SHIFT : 0);
	case LEGACY(queue_size):
		return (q != NULL ? q->max_size : 0);
	case LEGACY(queue_select):
		return (t->queue_select);
	case LEGACY(queue_notify):
		vdev_report(t->dev, MODEL_QUEUE_NONE, CLAUSE,
		    "the notification register was read");
		return (0);
	case LEGACY(device_status):
		return (t->dev->status);
	case LEGACY(isr_status):
		return (vpci_virtio_read_isr(t));
	case LEGACY(config_msix_vector):
		return (t->config_vector);
	default:
		return (vpci_virtio_queue_vector(t));
	}
}

uint64_t
vpci_legacy_read(struct vpci_virtio *t, uint64_t offset, unsigned width)
{
	const unsigned header = legacy_header(t);

	if (!vpci_virtio_by(t, true, false) || !legacy_check(t, offset, width))
		return (vpci_ones(width));
	if (offset >= header)
		return (vpci_get_config(t, offset - header, width));
	return (legacy_read_register(t, offset));
}

static void
legacy_write_register(struct vpci_virtio *t, unsigned offset, uint32_t value)
{
	switch (offset) {
	case LEGACY(driver_features):
		vdev_accept(t->dev, 0, value);
		break;
	case LEGACY(queue_address):
		vdev_queue_set_legacy(t->dev, t->queue_select,
		    (uint64_t)value << VIRTIO_PCI_LEGACY_QUEUE_SHIFT,
		    VIRTIO_PCI_LEGACY_QUEUE_ALIGN);
		break;
	case LEGACY(queue_select):
		t->queue_select = value;
		break;
	case LEGACY(queue_notify):
		vdev_notify(t->dev, value);
		break;
	case LEGACY(device_status):
		vdev_set_status(t->dev, value);
		break;
	case LEGACY(config_msix_vector):
		t->config_vector =
		    vpci_virtio_vector(t, "configuration", value);
		break;
	case LEGACY(queue_msix_vector):
		vpci_virtio_map_queue(t, value);
		break;
	default:
		vdev_report(t->dev, MODEL_QUEUE_NONE, CLAUSE,
		    "%#x written to the read-only register at %#x", value,
		    offset);
		break;
	}
}

void
vpci_legacy_write(struct vpci_virtio *t, uint64_t offset, uint64_t value,
    unsigned width)
{
	const unsigned header = legacy_header(t);
	const bool reset =
	    offset == LEGACY(device_status) && width == 1 && value == 0;

	if (!vpci_virtio_by(t, true, reset) || !legacy_check(t, offset, width))
		return;
	if (offset >= header)
		vpci_set_config(t, offset - header, value, width);
	else
		legacy_write_register(t, offset, value);
}
