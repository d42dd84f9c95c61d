/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of machine/ share.
 */
#ifndef RINGSIDE_MACHINE_PRIVATE_H
#define RINGSIDE_MACHINE_PRIVATE_H

#include "machine/machine.h"
#include "machine/memory.h"
#include "model/device.h"
#include "model/pci.h"
#include "sim/sim.h"

/* One device's view of the machine, and the task that does its work. */
struct machine_device {
	struct vdev_host host;
	unsigned slot;
	char name[32];
	struct sim_task *task;
	struct vdev *work; /* asked for a turn */
	struct sim_timer timer;
	struct vdev *timed; /* the one that the timer is for, or NULL */
	bool line;	    /* INTx is asserted */
	bool removed;	    /* was taken out */
};

/* An enabled BAR. */
struct machine_window {
	uint64_t base;
	uint64_t size;
	uint64_t doorbell; /* offsets of the notification area */
	uint64_t doorbell_size;
	struct pci_function *function;
	unsigned bar;
};

/* Those of one address space. */
struct machine_windows {
	struct machine_window window[MACHINE_PCI_SLOTS * PCI_BARS];
	unsigned count;
	unsigned last; /* where the last access went */
};

struct machine {
	bool up;
	struct pci_function *slots[MACHINE_PCI_SLOTS];
	struct machine_device *devices[MACHINE_PCI_SLOTS];
	unsigned lines[MACHINE_PCI_SLOTS]; /* INTx, by slot */
	struct machine_windows memory;
	struct machine_windows ports;
	machine_dma_probe_fn *dma_probe;
	void *dma_probe_arg;
	machine_intr_fn *intr;
	void *intr_arg;
	struct machine_ledger ledger;
};

extern struct machine machine;

/* window.c: looks again at which BARs decode. */
void machine_windows_refresh(void);

/* irq.c: the model's callbacks. */
void machine_msi(void *arg, uint64_t address, uint32_t data);
void machine_intx(void *arg, bool level);

/* memory.c: AddressSanitizer's opinion on a range, for struct gmem. */
const char *machine_memory_probe(void *arg, uint64_t gpa, uint64_t length,
    enum gmem_access access);

#endif /* !RINGSIDE_MACHINE_PRIVATE_H */
