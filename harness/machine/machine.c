/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Power, slots, the devices' tasks, and the ledger.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/private.h"

struct machine machine;

int
machine_init(const struct machine_config *config)
{
	size_t size;
	int error;

	if (machine.up)
		return (EBUSY);
	size = config->ram_size != 0 ? config->ram_size : MACHINE_RAM_DEFAULT;
	error = machine_memory_create(size);
	if (error != 0)
		return (error);
	memset(&machine, 0, sizeof(machine));
	for (unsigned i = 0; i < MACHINE_PCI_SLOTS; i++)
		machine.lines[i] = i;
	machine.up = true;
	return (0);
}

void
machine_fini(void)
{
	for (unsigned i = 0; i < MACHINE_PCI_SLOTS; i++)
		free(machine.devices[i]);
	memset(&machine, 0, sizeof(machine));
}

/*
 * A device's work is a task of its own, so that register writes return to
 * the driver at once, as a doorbell does.
 */
static void
device_task(void *arg)
{
	struct machine_device *device = arg;
	struct vdev *work;

	for (;;) {
		while ((work = device->work) == NULL)
			(void)sim_block("device idle", SIM_NEVER);
		device->work = NULL;
		vdev_run(work);
		/* More of the same waits for its next turn. */
		if (device->work != NULL)
			sim_yield();
	}
}

static void
device_schedule(void *arg, struct vdev *dev)
{
	struct machine_device *device = arg;

	if (device->removed)
		return;
	device->work = dev;
	if (device->task == NULL)
		device->task = sim_task_create(&(struct sim_task_options) {
		    .name = device->name,
		    .side = SIM_DEVICE,
		    .fn = device_task,
		    .arg = device,
		});
	else
		sim_wake(device->task);
}

static uint64_t
device_now(void *arg)
{
	(void)arg;
	return (sim_now());
}

static void
device_time(void *arg)
{
	struct machine_device *device = arg;
	struct vdev *dev = device->timed;

	device->timed = NULL;
	device_schedule(device, dev);
}

static void
device_schedule_at(void *arg, struct vdev *dev, uint64_t when)
{
	struct machine_device *device = arg;

	if (device->removed)
		return;
	/* The earliest of several: at its turn the device asks again. */
	if (device->timed != NULL && device->timer.when <= when)
		return;
	device->timed = dev;
	sim_timer_arm(&device->timer, when, device_time, device);
}

static void
device_ring_point(void *arg)
{
	(void)arg;
	sim_point(SIM_POINT_RING);
}

/*
 * --- asking before memory is accessed ---
 */

#if defined(__SANITIZE_ADDRESS__)
#define MACHINE_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MACHINE_ASAN true
#endif
#endif
#ifndef MACHINE_ASAN
#define MACHINE_ASAN false
#endif

static const char *
device_probe(void *arg, uint64_t gpa, uint64_t length, enum gmem_access access)
{
	const struct machine_device *device = arg;
	const char *why = NULL;

	/* First who may use it at all, then whether there is anything. */
	if (machine.dma_probe != NULL)
		why = machine.dma_probe(machine.dma_probe_arg, device->name,
		    gpa, length, access == GMEM_WRITE);
	if (why == NULL && MACHINE_ASAN)
		why = machine_memory_probe(NULL, gpa, length, access);
	return (why);
}

/* Without a probe the model may keep host addresses: that is the fast way. */
static void
device_set_probe(struct machine_device *device)
{
	struct gmem *mem = &device->host.mem;

	mem->probe_arg = device;
	mem->probe =
	    MACHINE_ASAN || machine.dma_probe != NULL ? device_probe : NULL;
}

void
machine_set_dma_probe(machine_dma_probe_fn *fn, void *arg)
{
	machine.dma_probe = fn;
	machine.dma_probe_arg = arg;
	for (unsigned i = 0; i < MACHINE_PCI_SLOTS; i++)
		if (machine.devices[i] != NULL)
			device_set_probe(machine.devices[i]);
}

struct vdev_host *
machine_device_host(unsigned slot, const char *name)
{
	struct machine_device *device;
	struct vdev_host *host;

	if (!machine.up || slot >= MACHINE_PCI_SLOTS ||
	    machine.devices[slot] != NULL)
		return (NULL);
	device = calloc(1, sizeof(*device));
	if (device == NULL)
		return (NULL);
	machine.devices[slot] = device;
	device->slot = slot;
	strncpy(device->name, name, sizeof(device->name) - 1);
	host = &device->host;
	host->arg = device;
	host->mem.nregions = 1;
	host->mem.regions[0] = (struct gmem_region) {
		.gpa = MACHINE_RAM_BASE,
		.size = machine_ram_size,
		.host = (uint8_t *)MACHINE_DEVICE_VIEW,
	};
	device_set_probe(device);
	host->msi = machine_msi;
	host->intx = machine_intx;
	host->schedule = device_schedule;
	host->now = device_now;
	host->schedule_at = device_schedule_at;
	host->ring_point = sim_preemptive ? device_ring_point : NULL;
	return (host);
}

void
machine_pci_plug(unsigned slot, struct pci_function *function)
{
	if (slot >= MACHINE_PCI_SLOTS)
		return;
	machine.slots[slot] = function;
	if (machine.devices[slot] != NULL)
		machine.devices[slot]->removed = false;
	machine_windows_refresh();
}

void
machine_pci_unplug(unsigned slot)
{
	if (slot >= MACHINE_PCI_SLOTS)
		return;
	machine.slots[slot] = NULL;
	if (machine.devices[slot] != NULL) {
		machine.devices[slot]->work = NULL;
		if (machine.devices[slot]->timed != NULL)
			(void)sim_timer_disarm(&machine.devices[slot]->timer);
		machine.devices[slot]->timed = NULL;
		machine.devices[slot]->line = false;
		machine.devices[slot]->removed = true;
	}
	machine_windows_refresh();
}

void
machine_sleep(void)
{
	struct pci_function *function;

	for (unsigned slot = 0; slot < MACHINE_PCI_SLOTS; slot++) {
		function = machine.slots[slot];
		if (function == NULL || function->ops->power_on == NULL)
			continue;
		function->ops->power_on(function);
		function->bars_changed = false;
	}
	machine_windows_refresh();
}

void
machine_guest_idle(void *arg)
{
	(void)arg;
	machine.ledger.exits++;
	machine.ledger.halt_exits++;
}

void
machine_ledger_read(struct machine_ledger *ledger)
{
	*ledger = machine.ledger;
}

void
machine_ledger_delta(const struct machine_ledger *start,
    const struct machine_ledger *end, struct machine_ledger *delta)
{
	delta->exits = end->exits - start->exits;
	delta->io_exits = end->io_exits - start->io_exits;
	delta->mmio_exits = end->mmio_exits - start->mmio_exits;
	delta->halt_exits = end->halt_exits - start->halt_exits;
	delta->irq_injections = end->irq_injections - start->irq_injections;
	delta->notifications = end->notifications - start->notifications;
	delta->master_aborts = end->master_aborts - start->master_aborts;
}
