/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A PCI function that lies: it stands in front of the model's and changes
 * what a driver sees of its configuration space and registers, and what the
 * device gets to see of the driver's writes.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_LIEPCI_H
#define RINGSIDE_TESTS_DRIVERS_LIEPCI_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pci.h"
#include "model/wire/pci.h"
#include "tests/drivers/diskrig.h"

struct liepci {
	struct pci_function base; /* first: what the machine has */
	struct pci_function *real;
	uint8_t config[PCI_CONFIG_SIZE]; /* where lied[] says so */
	bool lied[PCI_CONFIG_SIZE];
	/* Sees the truth, and may change it; or NULL. */
	void (*read)(unsigned bar, uint64_t offset, unsigned width,
	    uint64_t *value);
	/* May change it as well; true: the device never sees it; or NULL. */
	bool (*write)(unsigned bar, uint64_t offset, unsigned width,
	    uint64_t *value);
	/* Called once the function is there, to lie in configuration space. */
	void (*prepare)(void);
};

/* The one there is; all zero between tests. */
extern struct liepci lie;

/* Boots a machine whose disk is behind `lie`; halts it, and forgets. */
void liepci_boot(struct diskrig *rig);
void liepci_halt(struct diskrig *rig);

/* Configuration space: a lie, and the truth. */
void liepci_config(unsigned offset, uint32_t value, unsigned width);
uint32_t liepci_truth(unsigned offset, unsigned width);
/* The capability that describes a structure; 0: there is none. */
unsigned liepci_cap(uint8_t type);
/*
 * Puts a capability of virtio's at `at`, in front of the list or at its end.
 */
void liepci_add_cap(unsigned at, bool front, const struct virtio_pci_cap *cap);

/* Whether vbd0 is there and can be read, in a kernel thread of its own. */
bool liepci_disk_works(void);

#endif /* !RINGSIDE_TESTS_DRIVERS_LIEPCI_H */
