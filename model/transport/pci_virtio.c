/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A virtio function on PCI: what it says that it is, its BARs, its
 * interrupts, and by which interface it is driven (virtio 1.3, section 4.1).
 */
#include "model/transport/pci_virtio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/transport/pci_virtio_var.h"
#include "model/wire/ids.h"
#include "model/wire/pci.h"

/* At least 0x40, so that no legacy driver takes it (section 4.1.2.1). */
#define SUBSYSTEM_ID_MODERN 0x1100

static struct vpci_virtio *
vpci_virtio_of(struct pci_function *function)
{
	return ((struct vpci_virtio *)(void *)function);
}

/*
 * --- which interface ---
 */

bool
vpci_virtio_by(struct vpci_virtio *t, bool legacy, bool reset)
{
	if (t->dev->legacy == legacy)
		return (true);
	if (t->dev->status == 0 || reset) {
		t->dev->legacy = legacy;
		return (true);
	}
	vdev_report(t->dev, MODEL_QUEUE_NONE, "2.2.3",
	    "the %s interface accessed while the device is driven by the "
	    "other (status %#x)",
	    legacy ? "legacy" : "modern", t->dev->status);
	return (false);
}

/*
 * --- interrupts ---
 */

static void
vpci_virtio_set_isr(struct vpci_virtio *t, uint8_t isr)
{
	t->isr = isr;
	vpci_set_intx(&t->pci, isr != 0);
}

/* Without MSI-X: the ISR says what for, and the line or a message comes. */
static void
vpci_virtio_raise(struct vpci_virtio *t, uint8_t bit)
{
	vpci_virtio_set_isr(t, t->isr | bit);
	if (vpci_msi_enabled(&t->pci))
		vpci_msi_send(&t->pci, 0);
}

/* Section 4.1.5.3 */
static bool
vpci_virtio_interrupt(void *arg, unsigned queue)
{
	struct vpci_virtio *t = arg;

	if (!vpci_msix_enabled(&t->pci)) {
		vpci_virtio_raise(t, VIRTIO_PCI_ISR_QUEUE);
		return (true);
	}
	if (t->queue_vectors[queue] == VIRTIO_MSI_NO_VECTOR)
		return (false);
	vpci_msix_send(&t->pci, t->queue_vectors[queue]);
	return (true);
}

/* Section 4.1.5.4; the ISR bit is set in either mode (4.1.4.5.1). */
static bool
vpci_virtio_config_interrupt(void *arg)
{
	struct vpci_virtio *t = arg;

	if (!vpci_msix_enabled(&t->pci)) {
		vpci_virtio_raise(t, VIRTIO_PCI_ISR_CONFIG);
		return (true);
	}
	vpci_virtio_set_isr(t, t->isr | VIRTIO_PCI_ISR_CONFIG);
	if (t->config_vector == VIRTIO_MSI_NO_VECTOR)
		return (false);
	vpci_msix_send(&t->pci, t->config_vector);
	return (true);
}

uint8_t
vpci_virtio_read_isr(struct vpci_virtio *t)
{
	uint8_t isr = t->isr;

	vpci_virtio_set_isr(t, 0);
	return (isr);
}

uint16_t
vpci_virtio_vector(struct vpci_virtio *t, const char *what, uint16_t vector)
{
	if (vector < t->pci.nvectors || vector == VIRTIO_MSI_NO_VECTOR)
		return (vector);
	vdev_report(t->dev, MODEL_QUEUE_NONE, "4.1.5.1.2.2",
	    "%s mapped to vector %u of %u", what, vector, t->pci.nvectors);
	return (VIRTIO_MSI_NO_VECTOR);
}

void
vpci_virtio_map_queue(struct vpci_virtio *t, uint16_t vector)
{
	if (t->queue_select < t->dev->nqueues)
		t->queue_vectors[t->queue_select] =
		    vpci_virtio_vector(t, "a queue", vector);
}

uint16_t
vpci_virtio_queue_vector(const struct vpci_virtio *t)
{
	if (t->queue_select >= t->dev->nqueues)
		return (VIRTIO_MSI_NO_VECTOR);
	return (t->queue_vectors[t->queue_select]);
}

/*
 * --- device configuration ---
 */

uint64_t
vpci_get_config(struct vpci_virtio *t, unsigned offset, unsigned width)
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

void
vpci_set_config(struct vpci_virtio *t, unsigned offset, uint64_t value,
    unsigned width)
{
	uint8_t bytes[8];
	unsigned i;

	for (i = 0; i < width; i++)
		bytes[i] = value >> (8 * i);
	(void)vdev_config_write(t->dev, offset, bytes, width);
}

/*
 * --- what device and function ask for ---
 */

/* Sections 2.4.1 and 4.1.5.1.2.1: nothing is sent, nothing is mapped. */
static void
vpci_virtio_reset(void *arg)
{
	struct vpci_virtio *t = arg;
	unsigned i;

	t->device_feature_select = 0;
	t->driver_feature_select = 0;
	t->queue_select = 0;
	t->config_vector = VIRTIO_MSI_NO_VECTOR;
	for (i = 0; i < VDEV_QUEUES_MAX; i++)
		t->queue_vectors[i] = VIRTIO_MSI_NO_VECTOR;
	vpci_messages_forget(&t->pci);
	vpci_virtio_set_isr(t, 0);
}

static const struct vdev_transport_ops vpci_virtio_transport = {
	.interrupt = vpci_virtio_interrupt,
	.config_interrupt = vpci_virtio_config_interrupt,
	.reset = vpci_virtio_reset,
};

/* The command register decides about memory. */
static void
vpci_virtio_changed(struct vpci *pci)
{
	struct vpci_virtio *t = vpci_virtio_of(&pci->function);
	bool master = vpci_may_master(pci);

	if (master != t->dev->dma)
		vdev_set_dma(t->dev, master);
}

static void
vpci_virtio_power_lost(struct vpci *pci)
{
	vdev_reset(vpci_virtio_of(&pci->function)->dev);
}

static void
vpci_virtio_power_on(struct pci_function *function)
{
	vpci_power_on(&vpci_virtio_of(function)->pci);
}

/*
 * --- accesses ---
 */

static uint64_t
vpci_virtio_bar_read(struct pci_function *function, unsigned bar,
    uint64_t offset, unsigned width)
{
	struct vpci_virtio *t = vpci_virtio_of(function);

	switch (bar) {
	case VPCI_LEGACY_BAR:
		return (vpci_legacy_read(t, offset, width));
	case VPCI_MSIX_BAR:
		return (vpci_msix_read(&t->pci, offset, width));
	default:
		return (vpci_modern_read(t, offset, width));
	}
}

static void
vpci_virtio_bar_write(struct pci_function *function, unsigned bar,
    uint64_t offset, uint64_t value, unsigned width)
{
	struct vpci_virtio *t = vpci_virtio_of(function);

	switch (bar) {
	case VPCI_LEGACY_BAR:
		vpci_legacy_write(t, offset, value, width);
		break;
	case VPCI_MSIX_BAR:
		vpci_msix_write(&t->pci, offset, value, width);
		break;
	default:
		vpci_modern_write(t, offset, value, width);
		break;
	}
}

static uint32_t
vpci_virtio_config_read(struct pci_function *function, unsigned offset,
    unsigned width)
{
	struct vpci_virtio *t = vpci_virtio_of(function);

	if (t->window_cap != 0)
		return (vpci_modern_config_read(t, offset, width));
	return (vpci_config_read(&t->pci, offset, width));
}

static void
vpci_virtio_config_write(struct pci_function *function, unsigned offset,
    uint32_t value, unsigned width)
{
	struct vpci_virtio *t = vpci_virtio_of(function);

	if (t->window_cap != 0)
		vpci_modern_config_write(t, offset, value, width);
	else
		vpci_config_write(&t->pci, offset, value, width);
}

static const struct pci_function_ops vpci_virtio_ops = {
	.config_read = vpci_virtio_config_read,
	.config_write = vpci_virtio_config_write,
	.bar_read = vpci_virtio_bar_read,
	.bar_write = vpci_virtio_bar_write,
	.power_on = vpci_virtio_power_on,
};

/*
 * --- building ---
 */

/* PCI class codes as drivers expect them of such devices. */
static uint32_t
vpci_virtio_class(uint16_t type)
{
	switch (type) {
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

/* Section 4.1.2: the types that there were before virtio 1.0; 0: none. */
static uint16_t
vpci_transitional_id(uint16_t type)
{
	switch (type) {
	case VIRTIO_ID_NET:
		return (VIRTIO_PCI_TRANSITIONAL_BASE);
	case VIRTIO_ID_BLOCK:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 1);
	case VIRTIO_ID_BALLOON:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 2);
	case VIRTIO_ID_CONSOLE:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 3);
	case VIRTIO_ID_SCSI:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 4);
	case VIRTIO_ID_RNG:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 5);
	case VIRTIO_ID_9P:
		return (VIRTIO_PCI_TRANSITIONAL_BASE + 9);
	default:
		return (0);
	}
}

/* Sections 4.1.2.1 and 4.1.2.3; false when there is no such function. */
static bool
vpci_virtio_ids(const struct vdev *dev, enum vpci_kind kind,
    struct vpci_ids *ids)
{
	const uint16_t type = dev->ops->device_id;

	*ids = (struct vpci_ids) {
		.vendor = VIRTIO_PCI_VENDOR_ID,
		.device = VIRTIO_PCI_DEVICE_ID_BASE + type,
		.subsystem_vendor = VIRTIO_PCI_VENDOR_ID,
		.subsystem = SUBSYSTEM_ID_MODERN,
		.revision = 1,
		.class_code = vpci_virtio_class(type),
	};
	if (kind == VPCI_MODERN)
		return (true);
	ids->device = vpci_transitional_id(type);
	ids->subsystem = type;
	ids->revision = 0;
	return (ids->device != 0);
}

static bool
vpci_virtio_check(const struct vpci_virtio_config *config)
{
	return ((unsigned)config->kind <= VPCI_LEGACY &&
	    config->msix >= VPCI_NO_MSIX && config->msix <= VPCI_MSIX_MAX &&
	    config->msi >= 0 && config->msi <= VPCI_MSI_MAX &&
	    (config->msi & (config->msi - 1)) == 0);
}

/* BARs and capabilities; false: no memory. */
static bool
vpci_virtio_build(struct vpci_virtio *t,
    const struct vpci_virtio_config *config)
{
	int vectors =
	    config->msix != 0 ? config->msix : (int)t->dev->nqueues + 1;

	if (t->kind != VPCI_MODERN)
		vpci_legacy_build(t);
	if (vectors != VPCI_NO_MSIX &&
	    !vpci_add_msix(&t->pci, VPCI_MSIX_BAR, vectors))
		return (false);
	if (config->msi != 0)
		vpci_add_msi(&t->pci, config->msi, config->msi_masks);
	if (t->kind != VPCI_LEGACY)
		vpci_modern_build(t);
	vpci_add_pm(&t->pci);
	return (true);
}

struct vpci_virtio *
vpci_virtio_new(struct vdev *dev, struct vdev_host *host,
    const struct vpci_virtio_config *config)
{
	const struct vpci_virtio_config none = { .kind = VPCI_MODERN };
	struct vpci_virtio *t;
	struct vpci_ids ids;

	if (config == NULL)
		config = &none;
	if (!vpci_virtio_check(config) ||
	    !vpci_virtio_ids(dev, config->kind, &ids)) {
		errno = EINVAL;
		return (NULL);
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return (NULL);
	t->dev = dev;
	t->kind = config->kind;
	vpci_init(&t->pci, &ids, host, dev->name);
	t->pci.function.ops = &vpci_virtio_ops;
	t->pci.changed = vpci_virtio_changed;
	t->pci.reset = vpci_virtio_power_lost;
	if (!vpci_virtio_build(t, config)) {
		free(t);
		errno = ENOMEM;
		return (NULL);
	}
	vdev_attach(dev, host, &vpci_virtio_transport, t);
	dev->legacy = t->kind == VPCI_LEGACY;
	vpci_virtio_reset(t);
	return (t);
}

void
vpci_virtio_free(struct vpci_virtio *transport)
{
	if (transport == NULL)
		return;
	vdev_detach(transport->dev);
	vpci_fini(&transport->pci);
	free(transport);
}

struct pci_function *
vpci_virtio_function(struct vpci_virtio *transport)
{
	return (&transport->pci.function);
}
