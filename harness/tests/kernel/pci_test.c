/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pci(4) and pci(9), against a function that the tests make: two windows
 * (one of them 64 bits wide, with the MSI-X table), two vendor capabilities
 * and an interrupt pin.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/rman.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>
#include <machine/intr_machdep.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "model/device.h"
#include "model/pci.h"
#include "sim/sim.h"
#include "tests/test.h"

#define SLOT	  3
#define BAR0_SIZE 0x1000u
#define BAR2_SIZE 0x4000u
#define TABLE	  0x800u /* in BAR 2 */
#define VECTORS	  3
#define CAP_A	  0x40
#define CAP_MSIX  0x50
#define CAP_B	  0x60

/*
 * --- the function ---
 */

static struct function {
	struct pci_function base; /* first */
	uint8_t config[PCI_CONFIG_SIZE];
	uint32_t table[VECTORS * 4];
	uint32_t last_write; /* to BAR 0 */
} fn;
static struct vdev_host *host;

static void
put(unsigned offset, uint32_t value, unsigned width)
{
	memcpy(&fn.config[offset], &value, width);
}

static uint32_t
get(unsigned offset, unsigned width)
{
	uint32_t value = 0;

	memcpy(&value, &fn.config[offset], width);
	return (value);
}

static uint32_t
fn_config_read(struct pci_function *f, unsigned offset, unsigned width)
{
	return (get(offset, width));
}

/* What the machine needs to know of the BARs. */
static void
fn_update(void)
{
	bool on = (get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN) != 0;

	fn.base.bars[0].base = get(PCIR_BAR(0), 4) & ~0xfu;
	fn.base.bars[2].base =
	    (get(PCIR_BAR(2), 4) & ~0xfu) | (uint64_t)get(PCIR_BAR(3), 4) << 32;
	fn.base.bars[0].enabled = fn.base.bars[2].enabled = on;
	fn.base.bars_changed = true;
}

static void
fn_config_write(struct pci_function *f, unsigned offset, uint32_t value,
    unsigned width)
{
	switch (offset) {
	case PCIR_COMMAND:
		put(offset, value, 2);
		break;
	case PCIR_BAR(0):
		put(offset, value & ~(BAR0_SIZE - 1), 4);
		break;
	case PCIR_BAR(2):
		put(offset, (value & ~(BAR2_SIZE - 1)) | PCIM_BAR_MEM_64, 4);
		break;
	case PCIR_BAR(3):
	case PCIR_INTLINE:
		put(offset, value, width);
		break;
	case CAP_MSIX + PCIR_MSIX_CTRL:
		put(offset,
		    (get(offset, 2) & PCIM_MSIXCTRL_TABLE_SIZE) |
			(value & ~PCIM_MSIXCTRL_TABLE_SIZE),
		    2);
		break;
	default:
		return; /* read only */
	}
	fn_update();
}

static uint64_t
fn_bar_read(struct pci_function *f, unsigned bar, uint64_t offset,
    unsigned width)
{
	if (bar == 2 && offset >= TABLE && offset < TABLE + sizeof(fn.table))
		return (fn.table[(offset - TABLE) / 4]);
	return (bar == 0 ? 0x11223344 : 0);
}

static void
fn_bar_write(struct pci_function *f, unsigned bar, uint64_t offset,
    uint64_t value, unsigned width)
{
	if (bar == 2 && offset >= TABLE && offset < TABLE + sizeof(fn.table))
		fn.table[(offset - TABLE) / 4] = value;
	else if (bar == 0)
		fn.last_write = value;
}

static const struct pci_function_ops fn_ops = {
	.config_read = fn_config_read,
	.config_write = fn_config_write,
	.bar_read = fn_bar_read,
	.bar_write = fn_bar_write,
};

static void
fn_plug(void)
{
	bzero(&fn, sizeof(fn));
	fn.base.ops = &fn_ops;
	put(PCIR_VENDOR, 0x5249, 2);
	put(PCIR_DEVICE, 0x0001, 2);
	put(PCIR_STATUS, PCIM_STATUS_CAPPRESENT, 2);
	put(PCIR_REVID, 1, 1);
	put(PCIR_SUBCLASS, PCIS_STORAGE_SCSI, 1);
	put(PCIR_CLASS, PCIC_STORAGE, 1);
	put(PCIR_SUBVEND_0, 0x1af4, 2);
	put(PCIR_SUBDEV_0, 0x1100, 2);
	put(PCIR_INTPIN, 1, 1);
	put(PCIR_BAR(2), PCIM_BAR_MEM_64, 4);
	put(PCIR_CAP_PTR, CAP_A, 1);
	put(CAP_A, PCIY_VENDOR | CAP_MSIX << 8, 2);
	put(CAP_MSIX, PCIY_MSIX | CAP_B << 8, 2);
	put(CAP_MSIX + PCIR_MSIX_CTRL, VECTORS - 1, 2);
	put(CAP_MSIX + PCIR_MSIX_TABLE, 2 | TABLE, 4);
	put(CAP_MSIX + PCIR_MSIX_PBA, 2 | 0x1000, 4);
	put(CAP_B, PCIY_VENDOR, 2);
	fn.base.bars[0].size = BAR0_SIZE;
	fn.base.bars[2].size = BAR2_SIZE;
	fn.base.bars[2].is_64 = true;
	host = machine_device_host(SLOT, "fake");
	machine_pci_plug(SLOT, &fn.base);
}

/*
 * --- a driver that leaves the work to the tests ---
 */

static int
t_probe(device_t dev)
{
	device_set_desc(dev, "fake function");
	return (pci_get_devid(dev) == 0x00015249 ? BUS_PROBE_DEFAULT : ENXIO);
}

static int
t_nothing(device_t dev)
{
	return (0);
}

static kobj_method_t t_methods[] = { DEVMETHOD(device_probe, t_probe),
	DEVMETHOD(device_attach, t_nothing),
	DEVMETHOD(device_detach, t_nothing), DEVMETHOD_END };
static driver_t t_driver = { "fake", t_methods, 0, NULL, 0, NULL };

static device_t pci, dev;
static struct resource *bar0, *bar2;
static int rid0, rid2;

static void
setup(void)
{
	pci = devclass_get_device(devclass_find("pci"), 0);
	T_REQUIRE(pci != NULL);
	fn_plug();
	T_REQUIRE(devclass_add_driver(devclass_find("pci"), &t_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
	T_REQUIRE(BUS_RESCAN(pci) == 0);
	dev = pci_find_device(0x5249, 0x0001);
	T_REQUIRE(dev != NULL);
	T_TRUE(device_is_attached(dev));
	rid0 = PCIR_BAR(0);
	rid2 = PCIR_BAR(2);
}

static void
teardown(void)
{
	T_EQ(devclass_delete_driver(devclass_find("pci"), &t_driver), 0);
	machine_pci_unplug(SLOT);
	T_EQ(BUS_RESCAN(pci), 0);
	T_TRUE(pci_find_device(0x5249, 0x0001) == NULL);
}

static void
take_bars(void)
{
	bar0 = bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid0, RF_ACTIVE);
	bar2 = bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid2, RF_ACTIVE);
	T_REQUIRE(bar0 != NULL && bar2 != NULL);
}

static void
give_bars(void)
{
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid0, bar0), 0);
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid2, bar2), 0);
}

KERNEL_TEST(pci_bus, function_is_found_and_described)
{
	char text[128];

	setup();
	T_EQ(pci_get_vendor(dev), 0x5249);
	T_EQ(pci_get_device(dev), 0x0001);
	T_EQ(pci_get_subdevice(dev), 0x1100);
	T_EQ(pci_get_revid(dev), 1);
	T_EQ(pci_get_class(dev), PCIC_STORAGE);
	T_EQ(pci_get_slot(dev), SLOT);
	T_EQ(pci_get_rid(dev), SLOT << 3);
	T_EQ(pci_get_irq(dev), MACHINE_INTX_VECTOR(SLOT));
	T_TRUE(pci_find_bsf(0, SLOT, 0) == dev);
	T_HAS(kernel_log_text(), "fake0: <fake function> mem 0xc0000000-");
	T_HAS(kernel_log_text(), " irq 35 at device 3.0 on pci0\n");
	T_EQ(kernel_sysctl_read("dev.fake.0.%location", text, sizeof(text)), 0);
	T_STR(text, "slot=3 function=0 dbsf=pci0:0:3:0");
	T_EQ(kernel_sysctl_read("dev.fake.0.%pnpinfo", text, sizeof(text)), 0);
	T_STR(text,
	    "vendor=0x5249 device=0x0001 subvendor=0x1af4 subdevice=0x1100 "
	    "class=0x010000");
	teardown();
}

KERNEL_TEST(pci_bus, bars_get_addresses_of_their_size)
{
	setup();
	take_bars();
	T_EQ(rman_get_size(bar0), BAR0_SIZE);
	T_EQ(rman_get_size(bar2), BAR2_SIZE);
	T_EQ(rman_get_start(bar2) % BAR2_SIZE, 0);
	T_TRUE(rman_get_start(bar0) >= MACHINE_MMIO_BASE);
	T_EQ(fn.base.bars[0].base, rman_get_start(bar0));
	T_EQ(fn.base.bars[2].base, rman_get_start(bar2));
	/* One at a time. */
	T_TRUE(bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid0, RF_ACTIVE) ==
	    NULL);
	give_bars();
	teardown();
}

KERNEL_TEST(pci_bus, decoding_starts_with_activation)
{
	setup();
	T_EQ(get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN, 0);
	bar0 = bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid0, 0);
	T_REQUIRE(bar0 != NULL);
	T_EQ(get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN, 0);
	T_EQ(bus_activate_resource(dev, SYS_RES_MEMORY, rid0, bar0), 0);
	T_TRUE((get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN) != 0);
	T_EQ(bus_read_4(bar0, 0), 0x11223344);
	bus_write_4(bar0, 8, 0xabcd);
	T_EQ(fn.last_write, 0xabcd);
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid0, bar0), 0);
	teardown();
}

KERNEL_TEST(pci_bus, busmaster_is_a_bit_of_the_command_register)
{
	setup();
	T_EQ(get(PCIR_COMMAND, 2) & PCIM_CMD_BUSMASTEREN, 0);
	T_EQ(pci_enable_busmaster(dev), 0);
	T_TRUE((get(PCIR_COMMAND, 2) & PCIM_CMD_BUSMASTEREN) != 0);
	T_EQ(pci_disable_busmaster(dev), 0);
	T_EQ(get(PCIR_COMMAND, 2) & PCIM_CMD_BUSMASTEREN, 0);
	teardown();
}

KERNEL_TEST(pci_bus, capabilities_are_walked)
{
	int reg = 0;

	setup();
	T_EQ(pci_find_cap(dev, PCIY_VENDOR, &reg), 0);
	T_EQ(reg, CAP_A);
	T_EQ(pci_find_next_cap(dev, PCIY_VENDOR, reg, &reg), 0);
	T_EQ(reg, CAP_B);
	T_EQ(pci_find_next_cap(dev, PCIY_VENDOR, reg, &reg), ENOENT);
	T_EQ(pci_find_cap(dev, PCIY_EXPRESS, &reg), ENOENT);
	/* A list that bites its tail ends all the same. */
	put(CAP_B, PCIY_VENDOR | CAP_A << 8, 2);
	T_EQ(pci_find_cap(dev, PCIY_EXPRESS, &reg), ENOENT);
	put(PCIR_STATUS, 0, 2);
	T_EQ(pci_find_cap(dev, PCIY_VENDOR, &reg), ENXIO);
	teardown();
}

static int runs;

static void
handler(void *arg)
{
	runs++;
}

KERNEL_TEST(pci_bus, msix_raises_the_handler)
{
	struct resource *irq;
	void *cookie;
	int count = 10, rid = 2;

	setup();
	runs = 0;
	T_EQ(pci_msix_count(dev), VECTORS);
	T_EQ(pci_msix_table_bar(dev), rid2);
	T_EQ(pci_msix_pba_bar(dev), rid2);
	/* The table's window must be there first. */
	T_EQ(pci_alloc_msix(dev, &count), ENXIO);
	take_bars();
	T_EQ(pci_alloc_msix(dev, &count), 0);
	T_EQ(count, VECTORS);
	T_EQ(fn.table[3] & 1, 1);
	T_TRUE((get(CAP_MSIX + PCIR_MSIX_CTRL, 2) &
		   PCIM_MSIXCTRL_MSIX_ENABLE) != 0);

	irq = bus_alloc_resource_any(dev, SYS_RES_IRQ, &rid, RF_ACTIVE);
	T_REQUIRE(irq != NULL);
	T_REQUIRE(bus_setup_intr(dev, irq, INTR_TYPE_BIO | INTR_MPSAFE, NULL,
		      handler, NULL, &cookie) == 0);
	T_EQ(fn.table[4 + 3] & 1, 0); /* unmasked */
	T_EQ(fn.table[3] & 1, 1);     /* the others are not */
	T_TRUE((get(PCIR_COMMAND, 2) & PCIM_CMD_INTxDIS) != 0);
	host->msi(host->arg, fn.table[4] | (uint64_t)fn.table[5] << 32,
	    fn.table[6]);
	for (int i = 0; i < 10; i++)
		sim_yield();
	T_EQ(runs, 1);

	T_EQ(pci_release_msi(dev), EBUSY);
	T_EQ(bus_teardown_intr(dev, irq, cookie), 0);
	T_EQ(fn.table[4 + 3] & 1, 1);
	T_EQ(pci_release_msi(dev), EBUSY);
	T_EQ(bus_release_resource(dev, SYS_RES_IRQ, rid, irq), 0);
	T_EQ(pci_release_msi(dev), 0);
	T_EQ(pci_release_msi(dev), ENODEV);
	T_EQ(get(CAP_MSIX + PCIR_MSIX_CTRL, 2) & PCIM_MSIXCTRL_MSIX_ENABLE, 0);
	give_bars();
	teardown();
}

KERNEL_TEST(pci_bus, table_outside_of_its_window_is_refused)
{
	int count = 1;

	pci = devclass_get_device(devclass_find("pci"), 0);
	fn_plug();
	put(CAP_MSIX + PCIR_MSIX_TABLE, 2 | (BAR2_SIZE - 16), 4);
	T_REQUIRE(devclass_add_driver(devclass_find("pci"), &t_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
	T_REQUIRE(BUS_RESCAN(pci) == 0);
	dev = pci_find_device(0x5249, 0x0001);
	T_REQUIRE(dev != NULL);
	rid0 = PCIR_BAR(0);
	rid2 = PCIR_BAR(2);
	take_bars();
	T_EQ(pci_alloc_msix(dev, &count), ENXIO);
	give_bars();
	teardown();
}

KERNEL_TEST(pci_bus, line_and_messages_exclude_each_other)
{
	struct resource *irq;
	void *cookie;
	int count = 1, rid = 0;

	setup();
	runs = 0;
	take_bars();
	irq = bus_alloc_resource_any(dev, SYS_RES_IRQ, &rid,
	    RF_ACTIVE | RF_SHAREABLE);
	T_REQUIRE(irq != NULL);
	T_EQ(pci_alloc_msix(dev, &count), ENXIO);
	T_REQUIRE(bus_setup_intr(dev, irq, INTR_TYPE_BIO | INTR_MPSAFE, NULL,
		      handler, NULL, &cookie) == 0);
	host->intx(host->arg, true);
	host->intx(host->arg, false);
	for (int i = 0; i < 10; i++)
		sim_yield();
	T_EQ(runs, 1);
	T_EQ(bus_teardown_intr(dev, irq, cookie), 0);
	T_EQ(bus_release_resource(dev, SYS_RES_IRQ, rid, irq), 0);
	T_EQ(pci_alloc_msix(dev, &count), 0);
	T_TRUE(bus_alloc_resource_any(dev, SYS_RES_IRQ, &rid, 0) == NULL);
	T_EQ(pci_release_msi(dev), 0);
	give_bars();
	teardown();
}

KERNEL_TEST(pci_bus, msi_is_cleanly_refused)
{
	int count = 1;

	setup();
	T_EQ(pci_msi_count(dev), 0);
	T_EQ(pci_alloc_msi(dev, &count), ENODEV);
	T_EQ(pci_get_powerstate(dev), PCI_POWERSTATE_D0);
	T_EQ(pci_set_powerstate(dev, PCI_POWERSTATE_D3), EOPNOTSUPP);
	teardown();
}

KERNEL_TEST_MISUSE(pci_bus, leaked_window_is_taken_back_and_reported,
    "fake0: Device leaked memory resources")
{
	setup();
	bar0 = bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid0, RF_ACTIVE);
	T_REQUIRE(bar0 != NULL);
	teardown();
}

KERNEL_TEST(pci_bus, function_without_a_driver_is_announced)
{
	pci = devclass_get_device(devclass_find("pci"), 0);
	fn_plug();
	T_EQ(BUS_RESCAN(pci), 0);
	T_HAS(kernel_log_text(),
	    "pci0: <mass storage, SCSI> at device 3.0 (no driver attached)\n");
	machine_pci_unplug(SLOT);
	T_EQ(BUS_RESCAN(pci), 0);
}

KERNEL_TEST(pci_bus, variables_of_a_function)
{
	uintptr_t value;

	setup();
	T_EQ(pci_get_subclass(dev), PCIS_STORAGE_SCSI);
	T_EQ(pci_get_progif(dev), 0);
	T_EQ(pci_get_intpin(dev), 1);
	T_EQ(pci_get_domain(dev), 0);
	T_EQ(pci_get_bus(dev), 0);
	T_EQ(pci_get_function(dev), 0);
	T_EQ(pci_get_cachelnsz(dev), 0);
	T_EQ(pci_get_mingnt(dev), 0);
	T_EQ(pci_get_maxlat(dev), 0);
	T_EQ(pci_get_lattimer(dev), 0);
	T_EQ(pci_get_cmdreg(dev), get(PCIR_COMMAND, 2));
	T_EQ(BUS_READ_IVAR(pci, dev, PCI_IVAR_ETHADDR, &value), EINVAL);
	T_EQ(BUS_READ_IVAR(pci, dev, 1000, &value), ENOENT);
	T_EQ(BUS_WRITE_IVAR(pci, dev, PCI_IVAR_VENDOR, 1), EINVAL);
	T_EQ(BUS_WRITE_IVAR(pci, dev, 1000, 1), ENOENT);
	T_EQ(BUS_WRITE_IVAR(pci, dev, PCI_IVAR_INTPIN, 2), 0);
	T_EQ(pci_get_intpin(dev), 2);
	T_EQ(BUS_READ_IVAR(device_get_parent(pci), pci, 1000, &value), ENOENT);
	T_EQ(BUS_READ_IVAR(root_bus, pci, 0, &value), ENOENT);
	T_EQ(BUS_WRITE_IVAR(root_bus, pci, 0, 0), ENOENT);
	T_EQ(pci_get_id(dev, PCI_ID_MSI, &value), EINVAL);
	teardown();
}

KERNEL_TEST(pci_bus, table_of_known_devices)
{
	static const struct pci_device_table none[] = {
		{ PCI_DEV(0x5249, 2) },
		{ PCI_DEV(0x5249, 1), PCI_SUBDEV(0x1af4, 0x1101) },
		{ PCI_CLASS(PCIC_NETWORK) },
		{ PCI_CLASS(PCIC_STORAGE), PCI_SUBCLASS(PCIS_STORAGE_OTHER) },
		{ PCI_REVID(2) },
	};
	static const struct pci_device_table some[] = {
		{ PCI_DEV(0x5249, 2) },
		{ PCI_DEV(0x5249, 1), PCI_SUBDEV(0x1af4, 0x1100), PCI_REVID(1),
		    PCI_CLASS(PCIC_STORAGE), PCI_SUBCLASS(PCIS_STORAGE_SCSI),
		    PCI_DESCR("ours") },
	};

	setup();
	T_TRUE(PCI_MATCH(dev, none) == NULL);
	T_TRUE(PCI_MATCH(dev, some) == &some[1]);
	T_TRUE(pci_find_device(0x5249, 2) == NULL);
	T_TRUE(pci_find_bsf(1, SLOT, 0) == NULL);
	teardown();
}

KERNEL_TEST(pci_bus, decoding_is_switched_by_space)
{
	setup();
	T_EQ(PCI_ENABLE_IO(pci, dev, SYS_RES_MEMORY), 0);
	T_TRUE((get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN) != 0);
	T_EQ(PCI_DISABLE_IO(pci, dev, SYS_RES_MEMORY), 0);
	T_EQ(get(PCIR_COMMAND, 2) & PCIM_CMD_MEMEN, 0);
	T_EQ(PCI_ENABLE_IO(pci, dev, SYS_RES_IRQ), EINVAL);
	T_EQ(PCI_DISABLE_IO(pci, dev, SYS_RES_IRQ), EINVAL);
	/* Nobody home any more: the bit does not stick. */
	machine_pci_unplug(SLOT);
	T_EQ(PCI_ENABLE_IO(pci, dev, SYS_RES_MEMORY), 0); /* reads ones */
	machine_pci_plug(SLOT, &fn.base);
	teardown();
}
