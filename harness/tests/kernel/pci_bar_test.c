/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the PCI bus makes of BARs, also of those that make no sense.  The
 * writable bits of a BAR are its size.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/rman.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kernel/kernel.h"
#include "tests/kernel/fakepci.h"
#include "tests/test.h"

static struct fakepci f;

static void
set_bar(int bar, uint32_t type, uint32_t writable)
{
	memcpy(&f.config[PCIR_BAR(bar)], &type, 4);
	memcpy(&f.writable[PCIR_BAR(bar)], &writable, 4);
}

static rman_res_t
size_of(int bar)
{
	return (bus_get_resource_count(f.dev, SYS_RES_MEMORY, PCIR_BAR(bar)));
}

static rman_res_t
ports_of(int bar)
{
	return (bus_get_resource_count(f.dev, SYS_RES_IOPORT, PCIR_BAR(bar)));
}

KERNEL_TEST(pci_bar, sizes_are_the_writable_bits)
{
	fakepci_init(&f, 3);
	set_bar(0, 0, 0xffffffc0);
	set_bar(1, PCIM_BAR_MEM_PREFETCH, 0xffff0000);
	set_bar(2, PCIM_BAR_MEM_64, 0xfff00000);
	set_bar(3, 0, 0xffffffff);
	set_bar(4, PCIM_BAR_IO_SPACE, 0xfffffffc);
	fakepci_plug(&f);
	T_EQ(size_of(0), 64);
	T_EQ(size_of(1), 0x10000);
	T_EQ(size_of(2), 0x100000);
	T_EQ(size_of(3), 0);
	T_EQ(size_of(4), 0);
	T_EQ(ports_of(4), 4);
	T_EQ(size_of(5), 0);
	/* A window has a page for itself. */
	T_EQ(bus_get_resource_start(f.dev, SYS_RES_MEMORY, PCIR_BAR(0)) %
		PAGE_SIZE,
	    0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, ports_have_16_bits)
{
	rman_res_t start;

	fakepci_init(&f, 3);
	set_bar(0, PCIM_BAR_IO_SPACE, 0xffc0);
	set_bar(1, PCIM_BAR_IO_SPACE, 0xffffff00);
	set_bar(2, PCIM_BAR_IO_SPACE, 0xff0fff00);
	/* More than there are. */
	set_bar(3, PCIM_BAR_IO_SPACE, 0xfffe0000);
	fakepci_plug(&f);
	T_EQ(ports_of(0), 0x40);
	T_EQ(ports_of(1), 0x100);
	T_EQ(ports_of(2), 0);
	T_EQ(ports_of(3), 0);
	T_HAS(kernel_log_text(), "BAR 0x18 has the strange mask");
	T_HAS(kernel_log_text(), "no room for 0x20000 bytes of BAR 0x1c");
	for (int i = 0; i < 2; i++) {
		start =
		    bus_get_resource_start(f.dev, SYS_RES_IOPORT, PCIR_BAR(i));
		T_EQ(start % ports_of(i), 0);
		T_TRUE(start >= MACHINE_PORT_BASE && start < 0x10000);
		T_EQ(fakepci_get(&f, PCIR_BAR(i), 4), start | 1);
	}
	fakepci_unplug(&f);
}

KERNEL_TEST_MISUSE(pci_bar, forgotten_ports_are_taken_back,
    "leaked I/O resources")
{
	struct resource *r;
	int rid = PCIR_BAR(0);

	fakepci_init(&f, 3);
	set_bar(0, PCIM_BAR_IO_SPACE, 0xffc0);
	f.writable[PCIR_COMMAND] |= PCIM_CMD_PORTEN;
	fakepci_plug(&f);
	r = bus_alloc_resource_any(f.dev, SYS_RES_IOPORT, &rid, RF_ACTIVE);
	T_REQUIRE(r != NULL);
	T_EQ(rman_get_bustag(r), X86_BUS_SPACE_IO);
	T_EQ(rman_get_bushandle(r), rman_get_start(r));
	T_TRUE((fakepci_get(&f, PCIR_COMMAND, 2) & PCIM_CMD_PORTEN) != 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, nonsense_is_no_window)
{
	fakepci_init(&f, 3);
	set_bar(0, 0, 0xff0ff000);
	set_bar(1, 0, 0x00fff000);
	/* The half of a window that has no other half. */
	set_bar(5, PCIM_BAR_MEM_64, 0xfffff000);
	fakepci_plug(&f);
	T_EQ(size_of(0), 0);
	T_EQ(size_of(1), 0);
	T_EQ(size_of(5), 0);
	T_HAS(kernel_log_text(), "BAR 0x10 has the strange mask");
	T_HAS(kernel_log_text(), "BAR 0x14 has the strange mask");
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, more_than_there_is_room_for)
{
	fakepci_init(&f, 3);
	set_bar(0, 0, 0x80000000);
	set_bar(1, 0, 0xfffff000);
	fakepci_plug(&f);
	T_EQ(size_of(0), 0);
	T_EQ(size_of(1), 0x1000);
	T_HAS(kernel_log_text(), "no room for 0x80000000 bytes of BAR 0x10");
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, bridges_have_other_registers)
{
	fakepci_init(&f, 3);
	f.config[PCIR_HDRTYPE] = PCIM_HDRTYPE_BRIDGE;
	set_bar(0, 0, 0xfffff000);
	fakepci_plug(&f);
	T_EQ(size_of(0), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, function_without_a_pin)
{
	int rid = 0;

	fakepci_init(&f, 3);
	f.config[PCIR_INTPIN] = 0;
	fakepci_plug(&f);
	T_TRUE(bus_alloc_resource_any(f.dev, SYS_RES_IRQ, &rid, 0) == NULL);
	T_EQ(pci_get_irq(f.dev), PCI_INVALID_IRQ);
	fakepci_unplug(&f);
	fakepci_init(&f, 4);
	f.config[PCIR_INTPIN] = 5; /* there are four */
	fakepci_plug(&f);
	T_EQ(pci_get_irq(f.dev), PCI_INVALID_IRQ);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_bar, window_that_does_not_open)
{
	struct resource *r;
	int rid = PCIR_BAR(0);

	fakepci_init(&f, 3);
	set_bar(0, 0, 0xfffff000);
	f.writable[PCIR_COMMAND] = 0;
	fakepci_plug(&f);
	r = bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, RF_ACTIVE);
	T_TRUE(r == NULL);
	T_HAS(kernel_log_text(), "failed to enable memory mapping!");
	fakepci_unplug(&f);
}
