/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio over PCI (virtio 1.3, section 4.1): a PCI function in front of any
 * device.
 *
 *	dev = vblk_new(&config, backend);
 *	transport = vpci_virtio_new(dev, machine_device_host(slot, "blk0"),
 *	    &(struct vpci_virtio_config) { .kind = VPCI_LEGACY });
 *	machine_pci_plug(slot, vpci_virtio_function(transport));
 *	...
 *	machine_pci_unplug(slot);
 *	vpci_virtio_free(transport);
 *	vdev_free(dev);
 */
#ifndef RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_H
#define RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_H

#include <stdbool.h>

#include "model/device.h"
#include "model/pci.h"

struct vpci_virtio;

enum vpci_kind {
	VPCI_MODERN,	   /* structures behind capabilities, in memory */
	VPCI_TRANSITIONAL, /* those, and the legacy registers in BAR 0 */
	VPCI_LEGACY,	   /* the legacy registers alone */
};

/*
 * What the function is.  All zero: modern, with an MSI-X vector for each
 * queue and one for configuration changes.  It always has an INTx pin, which
 * is what is left when there are no messages.
 */
struct vpci_virtio_config {
	enum vpci_kind kind;
	/* Vectors of MSI-X, up to VPCI_MSIX_MAX; 0: one a queue, and one. */
	int msix;
	/*
	 * Messages of MSI, a power of two up to 32, or 0: none.  Virtio sends
	 * the first alone.
	 */
	int msi;
	bool msi_masks; /* MSI messages can be masked */
};
#define VPCI_NO_MSIX  (-1) /* vpci_virtio_config.msix: none */
#define VPCI_MSIX_MAX 2048

/*
 * Host and device must outlive it; `config` may be NULL (all zero).  NULL
 * with errno EINVAL (a value that is not allowed, or a type that has no
 * transitional device id) or ENOMEM.
 */
struct vpci_virtio *vpci_virtio_new(struct vdev *dev, struct vdev_host *host,
    const struct vpci_virtio_config *config);
/* Resets the device and lets go of it.  NULL is allowed. */
void vpci_virtio_free(struct vpci_virtio *transport);

struct pci_function *vpci_virtio_function(struct vpci_virtio *transport);

/* The BARs, and what the modern one holds where. */
#define VPCI_LEGACY_BAR		  0 /* I/O */
#define VPCI_MSIX_BAR		  1 /* 32-bit */
#define VPCI_MODERN_BAR		  4 /* 64-bit */
#define VPCI_MODERN_BAR_SIZE	  0x4000
#define VPCI_MODERN_COMMON_OFFSET 0x0000
#define VPCI_MODERN_ISR_OFFSET	  0x1000
#define VPCI_MODERN_DEVICE_OFFSET 0x2000
#define VPCI_MODERN_NOTIFY_OFFSET 0x3000
#define VPCI_MODERN_PART_SIZE	  0x1000 /* the distance of two */
/* queue_notify_off is the queue's number; each has a dword. */
#define VPCI_MODERN_NOTIFY_MULTIPLIER 4

#endif /* !RINGSIDE_MODEL_TRANSPORT_PCI_VIRTIO_H */
