/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine's edges: windows beside each other, accesses and slots out of
 * range, stray interrupts, turns of devices, memory at its seams.
 */
#include <errno.h>
#include <string.h>

#include "machine/machine.h"
#include "machine/memory.h"
#include "model/device.h"
#include "model/pci.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/test.h"

static struct pci_function function;
static unsigned last_bar, reads, nvectors, last_vector;

static uint32_t
fake_config_read(struct pci_function *f, unsigned offset, unsigned width)
{
	(void)f;
	(void)offset;
	(void)width;
	return (0x1234);
}

static void
fake_config_write(struct pci_function *f, unsigned offset, uint32_t value,
    unsigned width)
{
	(void)f;
	(void)offset;
	(void)value;
	(void)width;
}

static uint64_t
fake_bar_read(struct pci_function *f, unsigned bar, uint64_t offset,
    unsigned width)
{
	(void)f;
	(void)width;
	last_bar = bar;
	reads++;
	return (offset);
}

static void
fake_bar_write(struct pci_function *f, unsigned bar, uint64_t offset,
    uint64_t value, unsigned width)
{
	(void)f;
	(void)offset;
	(void)value;
	(void)width;
	last_bar = bar;
}

static const struct pci_function_ops fake_ops = {
	.config_read = fake_config_read,
	.config_write = fake_config_write,
	.bar_read = fake_bar_read,
	.bar_write = fake_bar_write,
};

#define BAR(i) (MACHINE_MMIO_BASE + 0x10000 * (uint64_t)(i))

static void
note_vector(void *arg, unsigned vector)
{
	(void)arg;
	nvectors++;
	last_vector = vector;
}

static void
begin(void)
{
	T_REQUIRE(machine_init(&(struct machine_config) { 0 }) == 0);
	sim_init(&(struct sim_config) { .guest_idle = machine_guest_idle });
	memset(&function, 0, sizeof(function));
	function.ops = &fake_ops;
	for (unsigned i = 0; i < 3; i++)
		function.bars[i] = (struct pci_bar) {
			.base = BAR(i),
			.size = 0x1000,
			.enabled = true,
		};
	last_bar = 99;
	reads = nvectors = 0;
	machine_set_intr_handler(note_vector, NULL);
}

static void
end(void)
{
	machine_pci_unplug(3);
	sim_fini();
	machine_fini();
}

TEST(machine_bus, each_window_is_its_own_bar)
{
	begin();
	machine_pci_plug(3, &function);
	for (unsigned i = 0; i < 6; i++) {
		T_EQ(machine_mmio_read(BAR(i % 3) + 8 * i, 4), 8 * i);
		T_EQ(last_bar, i % 3);
	}
	machine_mmio_write(BAR(1), 1, 4);
	T_EQ(last_bar, 1);
	end();
}

TEST(machine_bus, ports_are_an_address_space_of_their_own)
{
	struct machine_ledger start, now, delta;

	begin();
	function.bars[1].is_io = true;
	function.bars[1].base = 0xc000;
	function.bars[1].size = 64;
	function.bars[1].doorbell = 16;
	function.bars[1].doorbell_size = 2;
	machine_pci_plug(3, &function);
	machine_ledger_read(&start);
	T_EQ(machine_port_read(0xc008, 4), 8);
	T_EQ(last_bar, 1);
	T_EQ(machine_port_read(0xc03f, 1), 63);
	T_EQ(machine_port_read(0xc03f, 2), 0xffff);
	T_EQ(machine_port_read(0xbfff, 1), 0xff);
	machine_port_write(0xc010, 0, 2);
	machine_port_write(0xc012, 0, 2);
	T_EQ(machine_mmio_read(0xc008, 4), UINT32_MAX);
	machine_ledger_read(&now);
	machine_ledger_delta(&start, &now, &delta);
	T_EQ(delta.io_exits, 6);
	T_EQ(delta.mmio_exits, 1);
	T_EQ(delta.exits, 7);
	T_EQ(delta.notifications, 1);
	T_EQ(delta.master_aborts, 3);
	/* Smaller than an access. */
	function.bars[1].size = 2;
	machine_pci_plug(3, &function);
	T_EQ(machine_port_read(0xc000, 4), UINT32_MAX);
	end();
}

TEST(machine_bus, ports_and_empty_bars_are_no_windows)
{
	begin();
	function.bars[1].is_io = true;
	function.bars[2].size = 0;
	machine_pci_plug(3, &function);
	T_EQ(machine_mmio_read(BAR(1), 4), UINT32_MAX);
	T_EQ(machine_mmio_read(BAR(2), 4), UINT32_MAX);
	T_EQ(machine_mmio_read(BAR(2) + 0x100, 4), UINT32_MAX);
	T_EQ(reads, 0);
	end();
}

TEST(machine_bus, windows_end_with_their_last_byte)
{
	begin();
	machine_pci_plug(3, &function);
	for (unsigned width = 1; width <= 8; width *= 2) {
		T_EQ(machine_mmio_read(BAR(1) + 0x1000 - width, width),
		    0x1000 - width);
		T_EQ(machine_mmio_read(BAR(1) + 0x1001 - width, width),
		    UINT64_MAX >> (64 - 8 * width));
	}
	T_EQ(machine_mmio_read(BAR(0) - 1, 8), UINT64_MAX);
	T_EQ(reads, 4);
	end();
}

TEST(machine_bus, slots_and_widths_out_of_range)
{
	struct machine_ledger ledger;

	begin();
	T_TRUE(machine_device_host(MACHINE_PCI_SLOTS, "none") == NULL);
	machine_pci_plug(3, &function);
	T_EQ(machine_pci_read(3, 0, 4), 0x1234);
	/* Beyond the slots there is nothing, wherever that lies in memory. */
	for (unsigned slot = MACHINE_PCI_SLOTS; slot < 200; slot++)
		T_EQ(machine_pci_read(slot, 0, 2), 0xffff);
	machine_pci_write(MACHINE_PCI_SLOTS + 1, 0, 0, 4);
	T_EQ(machine_pci_read(3, 0, 3), 0xffffff);
	T_EQ(machine_pci_read(3, 0, 8), UINT32_MAX);
	machine_ledger_read(&ledger);
	T_EQ(ledger.master_aborts, 200 - MACHINE_PCI_SLOTS + 3);
	machine_pci_plug(MACHINE_PCI_SLOTS, &function);
	machine_pci_unplug(MACHINE_PCI_SLOTS);
	machine_intx_eoi(MACHINE_PCI_SLOTS);
	T_EQ(nvectors, 0);
	T_EQ(machine_pci_read(3, 0, 4), 0x1234);
	end();
}

TEST(machine_bus, powers_on_once)
{
	begin();
	T_EQ(machine_init(&(struct machine_config) { 0 }), EBUSY);
	machine_pci_plug(3, &function);
	end();
	/* Off, it has no devices, and its memory keeps its size. */
	T_TRUE(machine_device_host(4, "none") == NULL);
	T_EQ(machine_init(
		 &(struct machine_config) { .ram_size = machine_ram_size * 2 }),
	    EBUSY);
	T_EQ(machine_init(
		 &(struct machine_config) { .ram_size = machine_ram_size }),
	    0);
	T_EQ(machine_pci_read(3, 0, 4), UINT32_MAX);
	machine_fini();
}

TEST(machine_bus, only_interrupt_addresses_interrupt)
{
	struct vdev_host *host;

	begin();
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	host->msi(host->arg, MACHINE_MSI_BASE - 1, 70);
	host->msi(host->arg, MACHINE_MSI_BASE + MACHINE_MSI_SIZE, 70);
	host->msi(host->arg, MACHINE_RAM_BASE, 70);
	host->msi(host->arg, UINT64_MAX, 70);
	T_EQ(nvectors, 0);
	host->msi(host->arg, MACHINE_MSI_BASE + MACHINE_MSI_SIZE - 4, 70);
	T_EQ(nvectors, 1);
	T_EQ(last_vector, 70);
	/* The vector is the low byte; trigger and mode stand above it. */
	host->msi(host->arg, MACHINE_MSI_BASE, 0xc0000000u + 0x4100 + 71);
	T_EQ(last_vector, 71);
	end();
}

TEST(machine_bus, ledgers_are_subtracted_field_by_field)
{
	struct machine_ledger a = { 1, 2, 3, 4, 5, 6, 7 }, delta;
	struct machine_ledger b = { 11, 22, 33, 44, 55, 66, 77 };

	machine_ledger_delta(&a, &b, &delta);
	T_EQ(delta.exits, 10);
	T_EQ(delta.io_exits, 20);
	T_EQ(delta.mmio_exits, 30);
	T_EQ(delta.halt_exits, 40);
	T_EQ(delta.irq_injections, 50);
	T_EQ(delta.notifications, 60);
	T_EQ(delta.master_aborts, 70);
}

/*
 * --- turns ---
 */

static unsigned turns, others;

/* Always has more to do, three times. */
static bool
busy_process(struct vdev *dev, unsigned queue)
{
	(void)dev;
	T_EQ(queue, 0);
	/* Whoever was runnable has run between two turns. */
	T_EQ(others, turns);
	return (++turns < 3);
}

static const struct vdev_ops busy_ops = { .process = busy_process };

static void
count_turns(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		others++;
		sim_yield();
	}
}

TEST(machine_bus, a_busy_device_lets_others_run)
{
	struct machine_ledger ledger;
	struct vdev_host *host;
	static struct vdev dev;

	begin();
	turns = others = 0;
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	dev = (struct vdev) {
		.ops = &busy_ops,
		.host = host,
		.status = VIRTIO_CONFIG_S_DRIVER_OK,
		.dma = true,
		.nqueues = 1,
		.pending = { 1 },
	};
	host->schedule(host->arg, &dev);
	sim_task_create(&(struct sim_task_options) {
	    .name = "other",
	    .side = SIM_GUEST,
	    .fn = count_turns,
	});
	T_EQ(sim_run(), SIM_END_QUIET);
	T_EQ(turns, 3);
	/* The device's turns are not the guest's: it was idle once. */
	machine_ledger_read(&ledger);
	T_EQ(ledger.halt_exits, 1);
	/* What is unplugged before its turn does not get one. */
	dev.pending[0] = 1;
	host->schedule(host->arg, &dev);
	machine_pci_unplug(5);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_EQ(turns, 3);
	end();
}

/*
 * --- memory ---
 */

TEST(machine_bus, memory_is_mapped_by_whole_pages_and_chunks)
{
	uintptr_t seam = MACHINE_KERNEL_VIEW + MACHINE_PAGE_WINDOW;
	uintptr_t last = MACHINE_KERNEL_VIEW + machine_ram_size;

	begin();
	T_EQ(machine_memory_map(MACHINE_KERNEL_VIEW, 0), EINVAL);
	T_EQ(machine_memory_map(MACHINE_KERNEL_VIEW - 1, 2), EINVAL);
	T_EQ(machine_memory_map(last - 1, 2), EINVAL);
	/* Begins and ends in the midst of pages, on both sides of a seam. */
	T_EQ(machine_memory_map(seam - 4097, 4098), 0);
	T_EQ(machine_memory_map(last - 1, 1), 0);
	T_EQ(machine_contiguous(seam - 10, 100), 10);
	T_EQ(machine_contiguous(seam, 100), 100);
	end();
}
