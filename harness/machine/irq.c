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

/* Whether anybody who is wired to the line asserts it. */
static bool
line_is_high(unsigned line)
{
	for (unsigned slot = 0; slot < MACHINE_PCI_SLOTS; slot++) {
		if (machine.lines[slot] == line &&
		    machine.devices[slot] != NULL &&
		    machine.devices[slot]->line)
			return (true);
	}
	return (false);
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
	const struct machine_device *device = arg;

	if (device->removed)
		return;
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
	unsigned line = machine.lines[device->slot];
	bool was = line_is_high(line);

	device->line = level;
	if (level && !was)
		inject(MACHINE_INTX_VECTOR(line));
}

void
machine_intx_wire(unsigned slot, unsigned line)
{
	if (slot < MACHINE_PCI_SLOTS && line < MACHINE_PCI_SLOTS)
		machine.lines[slot] = line;
}

unsigned
machine_intx_line(unsigned slot)
{
	return (slot < MACHINE_PCI_SLOTS ? machine.lines[slot] : 0);
}

void
machine_intx_eoi(unsigned line)
{
	if (line_is_high(line))
		inject(MACHINE_INTX_VECTOR(line));
}
