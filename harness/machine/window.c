/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Register windows: which enabled BAR an address, or a port, belongs to.
 */
#include "machine/private.h"

static void
add_window(struct pci_function *function, unsigned i)
{
	struct pci_bar *bar = &function->bars[i];
	struct machine_windows *space;

	if (bar->size == 0 || !bar->enabled)
		return;
	space = bar->is_io ? &machine.ports : &machine.memory;
	space->window[space->count++] = (struct machine_window) {
		.base = bar->base,
		.size = bar->size,
		.doorbell = bar->doorbell,
		.doorbell_size = bar->doorbell_size,
		.function = function,
		.bar = i,
	};
}

void
machine_windows_refresh(void)
{
	machine.memory.count = machine.memory.last = 0;
	machine.ports.count = machine.ports.last = 0;
	for (unsigned slot = 0; slot < MACHINE_PCI_SLOTS; slot++) {
		if (machine.slots[slot] == NULL)
			continue;
		for (unsigned i = 0; i < PCI_BARS; i++)
			add_window(machine.slots[slot], i);
	}
}

static inline bool
inside(const struct machine_window *window, uint64_t address, unsigned width)
{
	/* `width` first: an I/O window may be smaller than an access. */
	return (width <= window->size && address >= window->base &&
	    address - window->base <= window->size - width);
}

/* The window that answers to an access; NULL when nothing does. */
static struct machine_window *
find_window(struct machine_windows *space, uint64_t address, unsigned width)
{
	if (space->last < space->count &&
	    inside(&space->window[space->last], address, width))
		return (&space->window[space->last]);
	for (unsigned i = 0; i < space->count; i++) {
		if (inside(&space->window[i], address, width)) {
			space->last = i;
			return (&space->window[i]);
		}
	}
	machine.ledger.master_aborts++;
	return (NULL);
}

static inline uint64_t
read_window(struct machine_window *window, uint64_t address, unsigned width)
{
	if (window == NULL)
		return (
		    width >= 8 ? UINT64_MAX : (UINT64_C(1) << (width * 8)) - 1);
	return (window->function->ops->bar_read(window->function, window->bar,
	    address - window->base, width));
}

static inline void
write_window(struct machine_window *window, uint64_t address, uint64_t value,
    unsigned width)
{
	uint64_t offset;

	if (window == NULL)
		return;
	offset = address - window->base;
	if (offset - window->doorbell < window->doorbell_size)
		machine.ledger.notifications++;
	window->function->ops->bar_write(window->function, window->bar, offset,
	    value, width);
}

/*
 * --- memory ---
 */

static struct machine_window *
mmio_access(uint64_t address, unsigned width)
{
	sim_point(SIM_POINT_REGISTER);
	machine.ledger.exits++;
	machine.ledger.mmio_exits++;
	return (find_window(&machine.memory, address, width));
}

uint64_t
machine_mmio_read(uint64_t address, unsigned width)
{
	return (read_window(mmio_access(address, width), address, width));
}

void
machine_mmio_write(uint64_t address, uint64_t value, unsigned width)
{
	write_window(mmio_access(address, width), address, value, width);
}

/*
 * --- ports ---
 */

static struct machine_window *
port_access(uint32_t port, unsigned width)
{
	sim_point(SIM_POINT_REGISTER);
	machine.ledger.exits++;
	machine.ledger.io_exits++;
	return (find_window(&machine.ports, port, width));
}

uint32_t
machine_port_read(uint32_t port, unsigned width)
{
	return (read_window(port_access(port, width), port, width));
}

void
machine_port_write(uint32_t port, uint32_t value, unsigned width)
{
	write_window(port_access(port, width), port, value, width);
}
