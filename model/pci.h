/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A PCI function as the machine sees it: configuration space and BARs.
 * Implemented by the transports in model/transport/.
 */
#ifndef RINGSIDE_MODEL_PCI_H
#define RINGSIDE_MODEL_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_CONFIG_SIZE 256
#define PCI_BARS	6

struct pci_function;

struct pci_function_ops {
	/* `width` is 1, 2 or 4; `offset` is inside configuration space. */
	uint32_t (*config_read)(struct pci_function *, unsigned offset,
	    unsigned width);
	void (*config_write)(struct pci_function *, unsigned offset,
	    uint32_t value, unsigned width);
	/*
	 * `offset` + `width` is inside the BAR; width 1, 2, 4 or 8.  `bar`
	 * is the index of its first register.
	 */
	uint64_t (*bar_read)(struct pci_function *, unsigned bar,
	    uint64_t offset, unsigned width);
	void (*bar_write)(struct pci_function *, unsigned bar, uint64_t offset,
	    uint64_t value, unsigned width);
	/* Power has come back: all is as after it came first.  Or NULL. */
	void (*power_on)(struct pci_function *);
};

/* One BAR as it stands now. */
struct pci_bar {
	uint64_t base; /* as written by the driver's side */
	uint64_t size; /* bytes, a power of two; 0: none */
	bool is_io;    /* I/O space instead of memory */
	bool is_64;    /* takes two registers */
	bool enabled;  /* decoding is on in the command register */
	/*
	 * [doorbell, doorbell + doorbell_size) inside it are queue
	 * notifications: the machine counts them by name.
	 */
	uint64_t doorbell;
	uint64_t doorbell_size;
};

struct pci_function {
	const struct pci_function_ops *ops;
	struct pci_bar bars[PCI_BARS];
	/* Raised by the function whenever a base or enable has changed. */
	bool bars_changed;
};

#endif /* !RINGSIDE_MODEL_PCI_H */
