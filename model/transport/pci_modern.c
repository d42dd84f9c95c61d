/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The modern PCI transport: the function, its capabilities and the structures
 * that they point to, except the common configuration (virtio 1.3, section
 * 4.1.4).
 */
#include "model/transport/pci_modern.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/transport/pci_modern_var.h"
#include "model/wire/ids.h"
#include "model/wire/pci.h"

#define WINDOW_BAR    offsetof(struct virtio_pci_cfg_cap, cap.bar)
#define WINDOW_OFFSET offsetof(struct virtio_pci_cfg_cap, cap.offset)
#define WINDOW_LENGTH offsetof(struct virtio_pci_cfg_cap, cap.length)
#define WINDOW_DATA   offsetof(struct virtio_pci_cfg_cap, pci_cfg_data)

/* At least 0x40, so that no legacy driver takes it (section 4.1.2.1). */
#define SUBSYSTEM_ID 0x1100

static struct vpci_modern *
vpci_modern_of(struct pci_function *function)
{
	return ((struct vpci_modern *)(void *)function);
}

/*
 * --- interrupts ---
 */

static void
vpci_modern_set_isr(struct vpci_modern *t, uint8_t isr)
{
	t->isr = isr;
	vpci_set_intx(&t->pci, isr != 0);
}

/* Section 4.1.5.3 */
static bool
vpci_modern_interrupt(void *arg, unsigned queue)
{
	struct vpci_modern *t = arg;

	if (!vpci_msix_enabled(&t->pci)) {
		vpci_modern_set_isr(t, t->isr | VIRTIO_PCI_ISR_QUEUE);
		return (true);
	}
	if (t->queue_vectors[queue] == VIRTIO_MSI_NO_VECTOR)
		return (false);
	vpci_msix_send(&t->pci, t->queue_vectors[queue]);
	return (true);
}

/* Section 4.1.5.4; the ISR bit is set in either mode (4.1.4.5.1). */
static bool
vpci_modern_config_interrupt(void *arg)
{
	struct vpci_modern *t = arg;

	vpci_modern_set_isr(t, t->isr | VIRTIO_PCI_ISR_CONFIG);
	if (!vpci_msix_enabled(&t->pci))
		return (true);
	if (t->config_vector == VIRTIO_MSI_NO_VECTOR)
		return (false);
	vpci_msix_send(&t->pci, t->config_vector);
	return (true);
}

/* Sections 2.4.1 and 4.1.5.1.2.1: nothing is sent, nothing is mapped. */
static void
vpci_modern_reset(void *arg)
{
	struct vpci_modern *t = arg;
	unsigned i;

	t->device_feature_select = 0;
	t->driver_feature_select = 0;
	t->queue_select = 0;
	t->config_vector = VIRTIO_MSI_NO_VECTOR;
	for (i = 0; i < VDEV_QUEUES_MAX; i++)
		t->queue_vectors[i] = VIRTIO_MSI_NO_VECTOR;
	vpci_msix_forget(&t->pci);
	vpci_modern_set_isr(t, 0);
}

static const struct vdev_transport_ops vpci_modern_transport = {
	.interrupt = vpci_modern_interrupt,
	.config_interrupt = vpci_modern_config_interrupt,
	.reset = vpci_modern_reset,
};

/* The command register decides about memory. */
static void
vpci_modern_changed(struct vpci *pci)
{
	struct vpci_modern *t = vpci_modern_of(&pci->function);
	bool master = vpci_may_master(pci);

	if (master != t->dev->dma)
		vdev_set_dma(t->dev, master);
}

static void
vpci_modern_power_lost(struct vpci *pci)
{
	vdev_reset(vpci_modern_of(&pci->function)->dev);
}

static void
vpci_modern_power_on(struct pci_function *function)
{
	vpci_power_on(&vpci_modern_of(function)->pci);
}

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
vpci_modern_part_length(const struct vpci_modern *t, unsigned part)
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
vpci_modern_inside(struct vpci_modern *t, uint64_t offset, unsigned width)
{
	unsigned part = vpci_modern_part(offset);

	if (offset - part + width <= vpci_modern_part_length(t, part))
		return (true);
	vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4",
	    "BAR %u accessed at %#llx, %u bytes, where no structure is",
	    VPCI_MODERN_BAR, (unsigned long long)offset, width);
	return (false);
}

static uint64_t
vpci_modern_config_field(struct vpci_modern *t, unsigned offset, unsigned width)
{
	uint8_t bytes[8];
	uint64_t value;
	unsigned i;

	(void)vdev_config_read(t->dev, offset, bytes, width);
	value = 0;
	for (i = 0; i < width; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return (value);
}

static uint64_t
vpci_modern_bar_read(struct pci_function *function, unsigned bar,
    uint64_t offset, unsigned width)
{
	struct vpci_modern *t = vpci_modern_of(function);
	unsigned part = vpci_modern_part(offset);
	uint8_t isr;

	if (bar == VPCI_MODERN_MSIX_BAR)
		return (vpci_msix_read(&t->pci, offset, width));
	if (!vpci_modern_inside(t, offset, width))
		return (vpci_ones(width));
	switch (part) {
	case VPCI_MODERN_COMMON_OFFSET:
		return (vpci_common_read(t, offset - part, width));
	case VPCI_MODERN_ISR_OFFSET:
		/* Reading clears it and drops INTx (section 4.1.4.5). */
		isr = t->isr;
		vpci_modern_set_isr(t, 0);
		return (isr);
	case VPCI_MODERN_DEVICE_OFFSET:
		return (vpci_modern_config_field(t, offset - part, width));
	default:
		vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.4.4",
		    "a notification register was read");
		return (vpci_ones(width));
	}
}

/* Section 4.1.5.2.1: the queue's number, in 16 bits, at its own address. */
static void
vpci_modern_notify(struct vpci_modern *t, unsigned offset, uint64_t value,
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

static void
vpci_modern_bar_write(struct pci_function *function, unsigned bar,
    uint64_t offset, uint64_t value, unsigned width)
{
	struct vpci_modern *t = vpci_modern_of(function);
	unsigned part = vpci_modern_part(offset);
	uint8_t bytes[8];
	unsigned i;

	if (bar == VPCI_MODERN_MSIX_BAR) {
		vpci_msix_write(&t->pci, offset, value, width);
		return;
	}
	if (!vpci_modern_inside(t, offset, width))
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
		for (i = 0; i < width; i++)
			bytes[i] = value >> (8 * i);
		(void)vdev_config_write(t->dev, offset - part, bytes, width);
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
vpci_modern_window(struct vpci_modern *t, uint32_t *offset, unsigned *width)
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

static uint32_t
vpci_modern_config_read(struct pci_function *function, unsigned offset,
    unsigned width)
{
	struct vpci_modern *t = vpci_modern_of(function);
	const unsigned data = t->window_cap + WINDOW_DATA;
	uint32_t where, value;
	unsigned length, i;

	if (offset == data) {
		value = UINT32_MAX;
		if (vpci_modern_window(t, &where, &length))
			value = vpci_modern_bar_read(function, VPCI_MODERN_BAR,
			    where, length);
		for (i = 0; i < sizeof(value); i++)
			t->pci.config[data + i] = value >> (8 * i);
	}
	return (vpci_config_read(&t->pci, offset, width));
}

static void
vpci_modern_config_write(struct pci_function *function, unsigned offset,
    uint32_t value, unsigned width)
{
	struct vpci_modern *t = vpci_modern_of(function);
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
	vpci_modern_bar_write(function, VPCI_MODERN_BAR, where,
	    value & vpci_ones(length), length);
}

static const struct pci_function_ops vpci_modern_ops = {
	.config_read = vpci_modern_config_read,
	.config_write = vpci_modern_config_write,
	.bar_read = vpci_modern_bar_read,
	.bar_write = vpci_modern_bar_write,
	.power_on = vpci_modern_power_on,
};

/*
 * --- building ---
 */

/* Appends one capability of section 4.1.4 and returns its place. */
static unsigned
vpci_modern_add(struct vpci_modern *t, uint8_t type, uint8_t cap_length,
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

static void
vpci_modern_add_caps(struct vpci_modern *t)
{
	const le32 multiplier = wire32(VPCI_MODERN_NOTIFY_MULTIPLIER);
	struct vpci *pci = &t->pci;
	struct pci_bar *bar = &pci->function.bars[VPCI_MODERN_BAR];
	unsigned at;

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

/* PCI class codes as drivers expect them of such devices. */
static uint32_t
vpci_modern_class(uint16_t device_id)
{
	switch (device_id) {
	case VIRTIO_ID_NET:
		return (0x020000); /* Ethernet */
	case VIRTIO_ID_BLOCK:
	case VIRTIO_ID_SCSI:
		return (0x010000); /* SCSI storage */
	case VIRTIO_ID_CONSOLE:
		return (0x078000); /* other communication */
	default:
		return (0x00ff00); /* none of the classes */
	}
}

struct vpci_modern *
vpci_modern_new(struct vdev *dev, struct vdev_host *host)
{
	const struct vpci_ids ids = {
		.vendor = VIRTIO_PCI_VENDOR_ID,
		.device = VIRTIO_PCI_DEVICE_ID_BASE + dev->ops->device_id,
		.subsystem_vendor = VIRTIO_PCI_VENDOR_ID,
		.subsystem = SUBSYSTEM_ID,
		.revision = 1,
		.class_code = vpci_modern_class(dev->ops->device_id),
	};
	struct vpci_modern *t;

	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return (NULL);
	t->dev = dev;
	vpci_init(&t->pci, &ids, host, dev->name);
	t->pci.function.ops = &vpci_modern_ops;
	t->pci.changed = vpci_modern_changed;
	t->pci.reset = vpci_modern_power_lost;
	t->device_length = (dev->config_size + 3) & ~3u;
	if (!vpci_add_msix(&t->pci, VPCI_MODERN_MSIX_BAR, dev->nqueues + 1)) {
		free(t);
		return (NULL);
	}
	vpci_add_bar(&t->pci, VPCI_MODERN_BAR, VPCI_MODERN_BAR_SIZE, false,
	    true);
	vpci_modern_add_caps(t);
	vpci_add_pm(&t->pci);
	vdev_attach(dev, host, &vpci_modern_transport, t);
	vpci_modern_reset(t);
	return (t);
}

void
vpci_modern_free(struct vpci_modern *transport)
{
	if (transport == NULL)
		return;
	vdev_detach(transport->dev);
	vpci_fini(&transport->pci);
	free(transport);
}

struct pci_function *
vpci_modern_function(struct vpci_modern *transport)
{
	return (&transport->pci.function);
}
