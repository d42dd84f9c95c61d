#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What a PCI bridge does for the bus behind it.
#

#include <sys/bus.h>
#include <sys/rman.h>
#include <dev/pci/pcivar.h>
#include <dev/pci/pcib_private.h>

INTERFACE pcib;

CODE {
	static int
	null_route_interrupt(device_t pcib, device_t dev, int pin)
	{
		return (PCI_INVALID_IRQ);
	}
};

HEADER {
	#include "pci_if.h"
};

METHOD int maxslots {
	device_t dev;
};

METHOD int maxfuncs {
	device_t dev;
} DEFAULT pcib_maxfuncs;

METHOD u_int32_t read_config {
	device_t dev;
	u_int bus;
	u_int slot;
	u_int func;
	u_int reg;
	int width;
};

METHOD void write_config {
	device_t dev;
	u_int bus;
	u_int slot;
	u_int func;
	u_int reg;
	u_int32_t value;
	int width;
};

/**
 * The IRQ that pin 1 to 4 of the device raises, or PCI_INVALID_IRQ.
 */
METHOD int route_interrupt {
	device_t pcib;
	device_t dev;
	int pin;
} DEFAULT null_route_interrupt;

/**
 * `count` IRQs in a row, the first a multiple of `count`.
 */
METHOD int alloc_msi {
	device_t pcib;
	device_t dev;
	int count;
	int maxcount;
	int *irqs;
};

METHOD int release_msi {
	device_t pcib;
	device_t dev;
	int count;
	int *irqs;
};

METHOD int alloc_msix {
	device_t pcib;
	device_t dev;
	int *irq;
};

METHOD int release_msix {
	device_t pcib;
	device_t dev;
	int irq;
};

/**
 * The message that raises an IRQ of the above.
 */
METHOD int map_msi {
	device_t pcib;
	device_t dev;
	int irq;
	uint64_t *addr;
	uint32_t *data;
};

METHOD int get_id {
	device_t pcib;
	device_t dev;
	enum pci_id_type type;
	uintptr_t *id;
} DEFAULT pcib_get_id;
