/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts: messages and INTx lines become vectors.
 */
#include "machine/private.h"

static void
inject(unsigned vector)
{
	machine.ledger.irq_injections++;
	if (machine.intr != NULL)
		machine.intr(machine.intr_arg, vector);
}

void
machine_set_intr_handler(machine_intr_fn *fn, void *arg)
{
	machine.intr = fn;
	machine.intr_arg = arg;
}

/*
 * The format of a PC: the address says that it is an interrupt (and to which
 * processor: there is one), the low byte of the data is the vector.
 */
void
machine_msi_message(unsigned vector, uint64_t *address, uint32_t *data)
{
	*address = MACHINE_MSI_BASE;
	*data = vector;
}

void
machine_msi(void *arg, uint64_t address, uint32_t data)
{
	(void)arg;
	if (address < MACHINE_MSI_BASE ||
	    address - MACHINE_MSI_BASE >= MACHINE_MSI_SIZE) {
		machine.ledger.master_aborts++;
		return;
	}
	inject(data % MACHINE_VECTORS);
}

void
machine_intx(void *arg, bool level)
{
	struct machine_device *device = arg;
	bool rises = level && !device->line;

	device->line = level;
	if (rises)
		inject(MACHINE_INTX_VECTOR(device->slot));
}

void
machine_intx_eoi(unsigned slot)
{
	if (slot < MACHINE_PCI_SLOTS && machine.devices[slot] != NULL &&
	    machine.devices[slot]->line)
		inject(MACHINE_INTX_VECTOR(slot));
}
