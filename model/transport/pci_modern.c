/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The modern interface: capabilities and the structures that they point to,
 * except the common configuration (virtio 1.3, section 4.1.4).
 */
#include <stddef.h>
#include <string.h>

#include "model/transport/pci_virtio_var.h"
#include "model/wire/pci.h"

#define WINDOW_BAR    offsetof(struct virtio_pci_cfg_cap, cap.bar)
#define WINDOW_OFFSET offsetof(struct virtio_pci_cfg_cap, cap.offset)
#define WINDOW_LENGTH offsetof(struct virtio_pci_cfg_cap, cap.length)
#define WINDOW_DATA   offsetof(struct virtio_pci_cfg_cap, pci_cfg_data)

/*
 * --- the register BAR ---
 */

/* The structure that a BAR offset falls into. */
static unsigned
vpci_modern_part(uint64_t offset)
{
	return (offset & ~(uint64_t)(VPCI_MODERN_PART_SIZE - 1));
}

/* Its length as its capability gives it. */
static unsigned
vpci_modern_part_length(const struct vpci_virtio *t, unsigned part)
{
	switch (part) {
	case VPCI_MODERN_COMMON_OFFSET:
		return (vpci_common_length());
	case VPCI_MODERN_ISR_OFFSET:
		return (1);
	case VPCI_MODERN_DEVICE_OFFSET:
		return (t->device_length);
	default:
		return (t->dev->nqueues * VPCI_MODERN_NOTIFY_MULTIPLIER);
	}
}

/* Whether the access stays inside a structure; if not, reported. */
static bool
vpci_modern_inside(struct vpci_virtio *t, uint64_t offset, unsigned width)
{
	unsigned part = vpci_modern_part(offset);

	if (offset - part + width <= vpci_modern_part_length(t, part))
		return (true);
	vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4",
	    "BAR %u accessed at %#llx, %u bytes, where no structure is",
	    VPCI_MODERN_BAR, (unsigned long long)offset, width);
	return (false);
}

uint64_t
vpci_modern_read(struct vpci_virtio *t, uint64_t offset, unsigned width)
{
	unsigned part = vpci_modern_part(offset);

	if (!vpci_virtio_by(t, false, false) ||
	    !vpci_modern_inside(t, offset, width))
		return (vpci_ones(width));
	switch (part) {
	case VPCI_MODERN_COMMON_OFFSET:
		return (vpci_common_read(t, offset - part, width));
	case VPCI_MODERN_ISR_OFFSET:
		return (vpci_virtio_read_isr(t));
	case VPCI_MODERN_DEVICE_OFFSET:
		return (vpci_get_config(t, offset - part, width));
	default:
		vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4.4",
		    "a notification register was read");
		return (vpci_ones(width));
	}
}

/* Section 4.1.5.2.1: the queue's number, in 16 bits, at its own address. */
static void
vpci_modern_notify(struct vpci_virtio *t, unsigned offset, uint64_t value,
    unsigned width)
{
	unsigned queue = offset / VPCI_MODERN_NOTIFY_MULTIPLIER;

	if (width != 2 || offset % VPCI_MODERN_NOTIFY_MULTIPLIER != 0 ||
	    value != queue) {
		vdev_report(t->dev, queue, "4.1.5.2.1",
		    "notification %#llx of %u bytes at offset %#x",
		    (unsigned long long)value, width, offset);
		return;
	}
	vdev_notify(t->dev, queue);
}

void
vpci_modern_write(struct vpci_virtio *t, uint64_t offset, uint64_t value,
    unsigned width)
{
	const bool reset = width == 1 && value == 0 &&
	    offset ==
		VPCI_MODERN_COMMON_OFFSET +
		    offsetof(struct virtio_pci_common_cfg, device_status);
	unsigned part = vpci_modern_part(offset);

	if (!vpci_virtio_by(t, false, reset) ||
	    !vpci_modern_inside(t, offset, width))
		return;
	switch (part) {
	case VPCI_MODERN_COMMON_OFFSET:
		vpci_common_write(t, offset - part, value, width);
		break;
	case VPCI_MODERN_ISR_OFFSET:
		vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4.5",
		    "ISR status was written");
		break;
	case VPCI_MODERN_DEVICE_OFFSET:
		vpci_set_config(t, offset - part, value, width);
		break;
	default:
		vpci_modern_notify(t, offset - part, value, width);
		break;
	}
}

/*
 * --- configuration space ---
 */

/*
 * The window (section 4.1.4.9) as the driver has set it: true when it shows
 * `width` bytes of a structure in the register BAR.
 */
static bool
vpci_modern_window(struct vpci_virtio *t, uint32_t *offset, unsigned *width)
{
	const unsigned cap = t->window_cap;
	unsigned bar, part;

	bar = vpci_config_read(&t->pci, cap + WINDOW_BAR, 1);
	*offset = vpci_config_read(&t->pci, cap + WINDOW_OFFSET, 4);
	*width = vpci_config_read(&t->pci, cap + WINDOW_LENGTH, 4);
	if (bar == VPCI_MODERN_BAR && *offset < VPCI_MODERN_BAR_SIZE &&
	    (*width == 1 || *width == 2 || *width == 4) &&
	    *offset % *width == 0) {
		part = vpci_modern_part(*offset);
		if (*offset - part + *width <= vpci_modern_part_length(t, part))
			return (true);
	}
	vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4.9.2",
	    "pci_cfg_data accessed with BAR %u, offset %#x, length %u", bar,
	    *offset, *width);
	return (false);
}

uint32_t
vpci_modern_config_read(struct vpci_virtio *t, unsigned offset, unsigned width)
{
	const unsigned data = t->window_cap + WINDOW_DATA;
	uint32_t where, value;
	unsigned length, i;

	if (offset == data) {
		value = UINT32_MAX;
		if (vpci_modern_window(t, &where, &length))
			value = vpci_modern_read(t, where, length);
		for (i = 0; i < sizeof(value); i++)
			t->pci.config[data + i] = value >> (8 * i);
	}
	return (vpci_config_read(&t->pci, offset, width));
}

void
vpci_modern_config_write(struct vpci_virtio *t, unsigned offset, uint32_t value,
    unsigned width)
{
	const unsigned data = t->window_cap + WINDOW_DATA;
	uint32_t where;
	unsigned length;

	/* Capabilities are not the driver's, the window's apart. */
	if (offset < t->window_cap && offset + width > t->caps_begin &&
	    offset < t->caps_end)
		vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4.1",
		    "capability at %#x written", offset);
	vpci_config_write(&t->pci, offset, value, width);
	if (offset != data || !vpci_modern_window(t, &where, &length))
		return;
	value = vpci_config_read(&t->pci, data, 4);
	vpci_modern_write(t, where, value & vpci_ones(length), length);
}

/*
 * --- building ---
 */

/* Appends one capability of section 4.1.4 and returns its place. */
static unsigned
vpci_modern_add(struct vpci_virtio *t, uint8_t type, uint8_t cap_length,
    uint32_t offset, uint32_t length)
{
	struct virtio_pci_cap cap;
	unsigned at;

	at = vpci_add_cap(&t->pci, VPCI_CAP_VENDOR, cap_length);
	memset(&cap, 0, sizeof(cap));
	cap.cap_vndr = VPCI_CAP_VENDOR;
	cap.cap_len = cap_length;
	cap.cfg_type = type;
	cap.bar = length != 0 ? VPCI_MODERN_BAR : 0;
	cap.offset = wire32(offset);
	cap.length = wire32(length);
	memcpy(t->pci.config + at, &cap, sizeof(cap));
	return (at);
}

void
vpci_modern_build(struct vpci_virtio *t)
{
	const le32 multiplier = wire32(VPCI_MODERN_NOTIFY_MULTIPLIER);
	struct vpci *pci = &t->pci;
	struct pci_bar *bar = &pci->function.bars[VPCI_MODERN_BAR];
	unsigned at;

	t->device_length = (t->dev->config_size + 3) & ~3u;
	vpci_add_bar(pci, VPCI_MODERN_BAR, VPCI_MODERN_BAR_SIZE, false, true);
	bar->doorbell = VPCI_MODERN_NOTIFY_OFFSET;
	bar->doorbell_size =
	    vpci_modern_part_length(t, VPCI_MODERN_NOTIFY_OFFSET);
	t->caps_begin = pci->cap_end;
	(void)vpci_modern_add(t, VIRTIO_PCI_CAP_COMMON_CFG,
	    sizeof(struct virtio_pci_cap), VPCI_MODERN_COMMON_OFFSET,
	    vpci_common_length());
	at = vpci_modern_add(t, VIRTIO_PCI_CAP_NOTIFY_CFG,
	    sizeof(struct virtio_pci_notify_cap), VPCI_MODERN_NOTIFY_OFFSET,
	    bar->doorbell_size);
	memcpy(pci->config + at + sizeof(struct virtio_pci_cap), &multiplier,
	    sizeof(multiplier));
	(void)vpci_modern_add(t, VIRTIO_PCI_CAP_ISR_CFG,
	    sizeof(struct virtio_pci_cap), VPCI_MODERN_ISR_OFFSET, 1);
	if (t->device_length != 0)
		(void)vpci_modern_add(t, VIRTIO_PCI_CAP_DEVICE_CFG,
		    sizeof(struct virtio_pci_cap), VPCI_MODERN_DEVICE_OFFSET,
		    t->device_length);
	t->caps_end = pci->cap_end;
	at = vpci_modern_add(t, VIRTIO_PCI_CAP_PCI_CFG,
	    sizeof(struct virtio_pci_cfg_cap), 0, 0);
	t->window_cap = at;
	memset(pci->writable + at + WINDOW_BAR, 0xff, 1);
	memset(pci->writable + at + WINDOW_OFFSET, 0xff, 4);
	memset(pci->writable + at + WINDOW_LENGTH, 0xff, 4);
	memset(pci->writable + at + WINDOW_DATA, 0xff, 4);
}
