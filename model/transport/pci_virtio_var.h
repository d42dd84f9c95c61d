/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of a virtio function on PCI, shared by its own files only:
 *
 *	pci_virtio.c	the function: what it is, its BARs, its interrupts
 *	pci_modern.c	capabilities, and the structures in the modern BAR
 *	pci_common.c	of them, the common configuration
 *	pci_legacy.c	the registers in the legacy BAR
 */
#ifndef RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_VAR_H
#define RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_VAR_H

#include "model/device.h"
#include "model/transport/pci.h"
#include "model/transport/pci_virtio.h"

struct vpci_virtio {
	struct vpci pci; /* first: its function is what the machine has */
	struct vdev *dev;
	enum vpci_kind kind;
	/* Of both interfaces. */
	uint16_t queue_select;
	uint16_t config_vector;
	uint16_t queue_vectors[VDEV_QUEUES_MAX];
	uint8_t isr;
	/* Of the modern one. */
	unsigned window_cap; /* the VIRTIO_PCI_CAP_PCI_CFG capability */
	unsigned caps_begin; /* virtio capabilities in configuration space */
	unsigned caps_end;
	unsigned device_length; /* of the device-specific structure */
	uint32_t device_feature_select;
	uint32_t driver_feature_select;
};

/* pci_virtio.c */
/*
 * An access by the legacy interface, or the modern one.  The first of them
 * after a reset decides which a transitional device is driven by, until the
 * next reset, which either may do (section 2.2.3).  false, with a report,
 * for the other.
 */
bool vpci_virtio_by(struct vpci_virtio *t, bool legacy, bool reset);
/* Reading clears it and drops INTx (section 4.1.4.5). */
uint8_t vpci_virtio_read_isr(struct vpci_virtio *t);
/*
 * The vector that a mapping to `vector` reads back as: none for one that
 * there is not (section 4.1.5.1.2.1).
 */
uint16_t vpci_virtio_vector(struct vpci_virtio *t, const char *what,
    uint16_t vector);
/* Maps the queue that is selected. */
void vpci_virtio_map_queue(struct vpci_virtio *t, uint16_t vector);
uint16_t vpci_virtio_queue_vector(const struct vpci_virtio *t);
/* The same from bytes and to bytes, little-endian. */
uint64_t vpci_get_config(struct vpci_virtio *t, unsigned offset,
    unsigned width);
void vpci_set_config(struct vpci_virtio *t, unsigned offset, uint64_t value,
    unsigned width);

/* pci_modern.c */
/* The modern BAR and the capabilities that describe it. */
void vpci_modern_build(struct vpci_virtio *t);
uint64_t vpci_modern_read(struct vpci_virtio *t, uint64_t offset,
    unsigned width);
void vpci_modern_write(struct vpci_virtio *t, uint64_t offset, uint64_t value,
    unsigned width);
/* Configuration space, with the window of section 4.1.4.9 in it. */
uint32_t vpci_modern_config_read(struct vpci_virtio *t, unsigned offset,
    unsigned width);
void vpci_modern_config_write(struct vpci_virtio *t, unsigned offset,
    uint32_t value, unsigned width);

/* pci_common.c */
/*
 * The common configuration structure (section 4.1.4.3); `width` is 1 to 8.
 * An access that is not one field of its own width is reported.
 */
uint64_t vpci_common_read(struct vpci_virtio *t, unsigned offset,
    unsigned width);
void vpci_common_write(struct vpci_virtio *t, unsigned offset, uint64_t value,
    unsigned width);
unsigned vpci_common_length(void);

/* pci_legacy.c */
void vpci_legacy_build(struct vpci_virtio *t);
uint64_t vpci_legacy_read(struct vpci_virtio *t, uint64_t offset,
    unsigned width);
void vpci_legacy_write(struct vpci_virtio *t, uint64_t offset, uint64_t value,
    unsigned width);

#endif /* !RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_VAR_H */
