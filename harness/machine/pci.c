/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PCI configuration space by the type 1 mechanism: an address written to one
 * port, data moved through another, so two exits an access.
 */
#include "machine/private.h"

static struct pci_function *
config_access(unsigned slot, unsigned offset, unsigned width)
{
	struct pci_function *function = NULL;

	sim_point(SIM_POINT_REGISTER);
	machine.ledger.io_exits += 2;
	machine.ledger.exits += 2;
	if (slot < MACHINE_PCI_SLOTS && offset < PCI_CONFIG_SIZE &&
	    (width == 1 || width == 2 || width == 4) && offset % width == 0)
		function = machine.slots[slot];
	if (function == NULL)
		machine.ledger.master_aborts++;
	return (function);
}

uint32_t
machine_pci_read(unsigned slot, unsigned offset, unsigned width)
{
	struct pci_function *function;

	function = config_access(slot, offset, width);
	if (function == NULL)
		return (width >= 4 ? UINT32_MAX : (1u << (width * 8)) - 1);
	return (function->ops->config_read(function, offset, width));
}

void
machine_pci_write(unsigned slot, unsigned offset, uint32_t value,
    unsigned width)
{
	struct pci_function *function;

	function = config_access(slot, offset, width);
	if (function == NULL)
		return;
	function->ops->config_write(function, offset, value, width);
	if (function->bars_changed) {
		function->bars_changed = false;
		machine_windows_refresh();
	}
}
