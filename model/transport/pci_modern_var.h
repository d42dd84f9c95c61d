/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The modern PCI transport's state, shared by its own files only.
 */
#ifndef RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_VAR_H
#define RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_VAR_H

#include "model/device.h"
#include "model/transport/pci.h"

struct vpci_modern {
	struct vpci pci; /* first: its function is what the machine has */
	struct vdev *dev;
	unsigned window_cap; /* the VIRTIO_PCI_CAP_PCI_CFG capability */
	unsigned caps_begin; /* virtio capabilities in configuration space */
	unsigned caps_end;
	unsigned device_length; /* of the device-specific structure */
	uint32_t device_feature_select;
	uint32_t driver_feature_select;
	uint16_t queue_select;
	uint16_t config_vector;
	uint16_t queue_vectors[VDEV_QUEUES_MAX];
	uint8_t isr;
};

/*
 * The common configuration structure (section 4.1.4.3); `width` is 1 to 8.
 * An access that is not one field of its own width is reported.
 */
uint64_t vpci_common_read(struct vpci_modern *t, unsigned offset,
    unsigned width);
void vpci_common_write(struct vpci_modern *t, unsigned offset, uint64_t value,
    unsigned width);
unsigned vpci_common_length(void);

#endif /* !RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_VAR_H */
