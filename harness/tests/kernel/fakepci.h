/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A PCI function that a test makes of the capabilities that it wants: MSI,
 * MSI-X, power management.  It keeps the rules of PCI 3.0 and does what the
 * test says; its driver, "fake", leaves the rest to the test as well.
 */
#ifndef RINGSIDE_TESTS_KERNEL_FAKEPCI_H
#define RINGSIDE_TESTS_KERNEL_FAKEPCI_H

#include <sys/param.h>
#include <sys/bus.h>

#include "machine/machine.h"
#include "model/device.h"
#include "model/pci.h"

#define FAKEPCI_VENDOR	 0x5249
#define FAKEPCI_MSIX_BAR 1 /* a page: the table, pending bits at half */
#define FAKEPCI_BAR_SIZE 0x1000u
#define FAKEPCI_VECTORS	 4

struct fakepci {
	struct pci_function base; /* first */
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];
	unsigned slot;
	unsigned cap_last, cap_end;
	unsigned msi, msix, pm; /* capabilities, or 0 */
	uint32_t table[FAKEPCI_VECTORS * 4];
	uint32_t pending; /* MSI-X */
	struct vdev_host *host;
	device_t dev; /* once it was found */
};

/* Building: the function is all zero before. */
void fakepci_init(struct fakepci *f, unsigned slot);
/* 2^`log2` messages. */
void fakepci_add_msi(struct fakepci *f, unsigned log2, bool is_64,
    bool maskable);
void fakepci_add_msix(struct fakepci *f);
void fakepci_add_pm(struct fakepci *f);
/* Plugs it in, lets the bus find it and the driver attach. */
void fakepci_plug(struct fakepci *f);
/* Pulls it out and lets the bus notice. */
void fakepci_unplug(struct fakepci *f);

/* A register, as the function has it. */
uint32_t fakepci_get(const struct fakepci *f, unsigned offset, unsigned width);

/* What the function does; a masked message stays pending. */
void fakepci_send_msi(struct fakepci *f, unsigned message);
void fakepci_send_msix(struct fakepci *f, unsigned message);
void fakepci_intx(struct fakepci *f, bool level);

/* Lets everybody else run. */
void fakepci_settle(void);

#endif /* !RINGSIDE_TESTS_KERNEL_FAKEPCI_H */
