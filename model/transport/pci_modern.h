/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio over PCI without the legacy interface (virtio 1.3, section 4.1): a
 * PCI function in front of any device.
 *
 *	dev = vblk_new(&config, backend);
 *	transport = vpci_modern_new(dev, machine_device_host(slot, "blk0"));
 *	machine_pci_plug(slot, vpci_modern_function(transport));
 *	...
 *	machine_pci_unplug(slot);
 *	vpci_modern_free(transport);
 *	vdev_free(dev);
 */
#ifndef RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_H
#define RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_H

#include "model/device.h"
#include "model/pci.h"

struct vpci_modern;

/*
 * Host and device must outlive it.  NULL when there is no memory.  There is
 * an MSI-X vector for each queue and one for configuration changes.
 */
struct vpci_modern *vpci_modern_new(struct vdev *dev, struct vdev_host *host);
/* Resets the device and lets go of it.  NULL is allowed. */
void vpci_modern_free(struct vpci_modern *transport);

struct pci_function *vpci_modern_function(struct vpci_modern *transport);

/* The BARs, and what the register BAR holds where. */
#define VPCI_MODERN_MSIX_BAR	  1 /* 32-bit */
#define VPCI_MODERN_BAR		  4 /* 64-bit */
#define VPCI_MODERN_BAR_SIZE	  0x4000
#define VPCI_MODERN_COMMON_OFFSET 0x0000
#define VPCI_MODERN_ISR_OFFSET	  0x1000
#define VPCI_MODERN_DEVICE_OFFSET 0x2000
#define VPCI_MODERN_NOTIFY_OFFSET 0x3000
#define VPCI_MODERN_PART_SIZE	  0x1000 /* the distance of two */
/* queue_notify_off is the queue's number; each has a dword. */
#define VPCI_MODERN_NOTIFY_MULTIPLIER 4

#endif /* !RINGSIDE_MODEL_TRANSPORT_PCI_MODERN_H */
