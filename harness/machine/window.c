/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Register windows: which enabled BAR an address belongs to.
 */
#include "machine/private.h"

void
machine_windows_refresh(void)
{
	struct pci_function *function;
	struct pci_bar *bar;

	machine.nwindows = 0;
	machine.last_window = 0;
	for (unsigned slot = 0; slot < MACHINE_PCI_SLOTS; slot++) {
		function = machine.slots[slot];
		if (function == NULL)
			continue;
		for (unsigned i = 0; i < PCI_BARS; i++) {
			bar = &function->bars[i];
			if (bar->size == 0 || bar->is_io || !bar->enabled)
				continue;
			machine.windows[machine.nwindows++] =
			    (struct machine_window) {
				    .base = bar->base,
				    .size = bar->size,
				    .doorbell = bar->doorbell,
				    .doorbell_size = bar->doorbell_size,
				    .function = function,
				    .bar = i,
			    };
		}
	}
}

static inline bool
inside(const struct machine_window *window, uint64_t address, unsigned width)
{
	/* A window is never smaller than an access. */
	return (address >= window->base &&
	    address - window->base <= window->size - width);
}

/* Counts the exit; NULL when nothing answers. */
static struct machine_window *
mmio_access(uint64_t address, unsigned width)
{
	sim_point(SIM_POINT_REGISTER);
	machine.ledger.exits++;
	machine.ledger.mmio_exits++;
	if (machine.last_window < machine.nwindows &&
	    inside(&machine.windows[machine.last_window], address, width))
		return (&machine.windows[machine.last_window]);
	for (unsigned i = 0; i < machine.nwindows; i++) {
		if (inside(&machine.windows[i], address, width)) {
			machine.last_window = i;
			return (&machine.windows[i]);
		}
	}
	machine.ledger.master_aborts++;
	return (NULL);
}

uint64_t
machine_mmio_read(uint64_t address, unsigned width)
{
	struct machine_window *window = mmio_access(address, width);

	if (window == NULL)
		return (
		    width >= 8 ? UINT64_MAX : (UINT64_C(1) << (width * 8)) - 1);
	return (window->function->ops->bar_read(window->function, window->bar,
	    address - window->base, width));
}

void
machine_mmio_write(uint64_t address, uint64_t value, unsigned width)
{
	struct machine_window *window = mmio_access(address, width);
	uint64_t offset;

	if (window == NULL)
		return;
	offset = address - window->base;
	if (offset - window->doorbell < window->doorbell_size)
		machine.ledger.notifications++;
	window->function->ops->bar_write(window->function, window->bar, offset,
	    value, width);
}
