/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See fakepci.h.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "sim/sim.h"
#include "tests/kernel/fakepci.h"
#include "tests/test.h"

#define MSI_LENGTH  0x18
#define MSIX_LENGTH 12
#define PM_LENGTH   8
#define PBA	    (FAKEPCI_BAR_SIZE / 2)

static void
put(uint8_t *bytes, uint32_t value, unsigned width)
{
	memcpy(bytes, &value, width);
}

uint32_t
fakepci_get(const struct fakepci *f, unsigned offset, unsigned width)
{
	uint32_t value = 0;

	memcpy(&value, &f->config[offset], width);
	return (value);
}

static bool
is_on(const struct fakepci *f)
{
	return (f->pm == 0 ||
	    (fakepci_get(f, f->pm + PCIR_POWER_STATUS, 2) & PCIM_PSTAT_DMASK) ==
		PCIM_PSTAT_D0);
}

/* What the machine needs to know of the BAR. */
static void
update(struct fakepci *f)
{
	struct pci_bar *bar = &f->base.bars[FAKEPCI_MSIX_BAR];

	bar->base = fakepci_get(f, PCIR_BAR(FAKEPCI_MSIX_BAR), 4) & ~0xfu;
	bar->enabled =
	    is_on(f) && (fakepci_get(f, PCIR_COMMAND, 2) & PCIM_CMD_MEMEN) != 0;
	f->base.bars_changed = true;
}

/* --- messages --- */

static void
deliver_msix(struct fakepci *f)
{
	uint16_t ctrl = fakepci_get(f, f->msix + PCIR_MSIX_CTRL, 2);
	const uint32_t *entry;

	if ((ctrl & PCIM_MSIXCTRL_MSIX_ENABLE) == 0 ||
	    (ctrl & PCIM_MSIXCTRL_FUNCTION_MASK) != 0)
		return;
	for (int i = 0; i < FAKEPCI_VECTORS; i++) {
		entry = &f->table[i * 4];
		if ((f->pending & (1u << i)) == 0 ||
		    (entry[3] & PCIM_MSIX_VCTRL_MASK) != 0)
			continue;
		f->pending &= ~(1u << i);
		f->host->msi(f->host->arg, entry[0] | (uint64_t)entry[1] << 32,
		    entry[2]);
	}
}

void
fakepci_send_msix(struct fakepci *f, unsigned message)
{
	f->pending |= 1u << message;
	deliver_msix(f);
}

/* Of the messages in use, those below stand in the low bits of the data. */
static void
deliver_msi(struct fakepci *f)
{
	uint16_t ctrl = fakepci_get(f, f->msi + PCIR_MSI_CTRL, 2);
	bool is_64 = (ctrl & PCIM_MSICTRL_64BIT) != 0;
	uint32_t masked = 0, pending, data;
	uint64_t address;

	pending = fakepci_get(f, f->msi + PCIR_MSI_PENDING, 4);
	if ((ctrl & PCIM_MSICTRL_VECTOR) != 0)
		masked = fakepci_get(f, f->msi + PCIR_MSI_MASK, 4);
	if ((ctrl & PCIM_MSICTRL_MSI_ENABLE) == 0)
		return;
	address = fakepci_get(f, f->msi + PCIR_MSI_ADDR, 4);
	if (is_64)
		address |=
		    (uint64_t)fakepci_get(f, f->msi + PCIR_MSI_ADDR_HIGH, 4)
		    << 32;
	data = fakepci_get(f,
	    f->msi + (is_64 ? PCIR_MSI_DATA_64BIT : PCIR_MSI_DATA), 2);
	for (unsigned i = 0; i < 1u << ((ctrl & PCIM_MSICTRL_MME_MASK) >> 4);
	     i++) {
		if ((pending & ~masked & (1u << i)) == 0)
			continue;
		pending &= ~(1u << i);
		put(&f->config[f->msi + PCIR_MSI_PENDING], pending, 4);
		f->host->msi(f->host->arg, address, data | i);
	}
}

void
fakepci_send_msi(struct fakepci *f, unsigned message)
{
	uint32_t pending = fakepci_get(f, f->msi + PCIR_MSI_PENDING, 4);

	put(&f->config[f->msi + PCIR_MSI_PENDING], pending | 1u << message, 4);
	deliver_msi(f);
}

void
fakepci_intx(struct fakepci *f, bool level)
{
	f->host->intx(f->host->arg, level);
}

/* --- accesses --- */

static uint32_t
config_read(struct pci_function *function, unsigned offset, unsigned width)
{
	return (fakepci_get((struct fakepci *)function, offset, width));
}

/* On the way back from D3 all is forgotten. */
static void
power_on(struct pci_function *function)
{
	struct fakepci *f = (struct fakepci *)function;

	for (int i = 0; i < PCI_CONFIG_SIZE; i++)
		f->config[i] &= ~f->writable[i];
	bzero(f->table, sizeof(f->table));
	for (int i = 0; i < FAKEPCI_VECTORS; i++)
		f->table[i * 4 + 3] = PCIM_MSIX_VCTRL_MASK;
	f->pending = 0;
	update(f);
}

static void
config_write(struct pci_function *function, unsigned offset, uint32_t value,
    unsigned width)
{
	struct fakepci *f = (struct fakepci *)function;
	bool was_on = is_on(f);

	for (unsigned i = offset; i < offset + width; i++, value >>= 8)
		f->config[i] =
		    (f->config[i] & ~f->writable[i]) | (value & f->writable[i]);
	if (!was_on && is_on(f))
		power_on(function);
	update(f);
	if (f->msi != 0)
		deliver_msi(f);
	if (f->msix != 0)
		deliver_msix(f);
}

static uint64_t
bar_read(struct pci_function *function, unsigned bar, uint64_t offset,
    unsigned width)
{
	struct fakepci *f = (struct fakepci *)function;

	if (offset < sizeof(f->table))
		return (f->table[offset / 4]);
	return (offset == PBA ? f->pending : 0);
}

static void
bar_write(struct pci_function *function, unsigned bar, uint64_t offset,
    uint64_t value, unsigned width)
{
	struct fakepci *f = (struct fakepci *)function;

	if (offset >= sizeof(f->table))
		return;
	f->table[offset / 4] = value;
	deliver_msix(f);
}

static const struct pci_function_ops ops = {
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.power_on = power_on,
};

/* --- building --- */

void
fakepci_init(struct fakepci *f, unsigned slot)
{
	bzero(f, sizeof(*f));
	f->base.ops = &ops;
	f->slot = slot;
	f->cap_end = 0x40;
	put(&f->config[PCIR_VENDOR], FAKEPCI_VENDOR, 2);
	put(&f->config[PCIR_DEVICE], slot, 2);
	put(&f->config[PCIR_CLASS], PCIC_OTHER, 1);
	put(&f->config[PCIR_INTPIN], 1, 1);
	put(&f->writable[PCIR_COMMAND],
	    PCIM_CMD_MEMEN | PCIM_CMD_BUSMASTEREN | PCIM_CMD_INTxDIS, 2);
	put(&f->writable[PCIR_CACHELNSZ], 0xff, 1);
	put(&f->writable[PCIR_LATTIMER], 0xff, 1);
	put(&f->writable[PCIR_INTLINE], 0xff, 1);
}

static unsigned
add_cap(struct fakepci *f, uint8_t id, unsigned length)
{
	unsigned at = f->cap_end;

	put(&f->config[PCIR_STATUS], PCIM_STATUS_CAPPRESENT, 2);
	put(&f->config[f->cap_last != 0 ? f->cap_last + PCICAP_NEXTPTR :
					  PCIR_CAP_PTR],
	    at, 1);
	put(&f->config[at], id, 1);
	f->cap_last = at;
	f->cap_end = at + length;
	return (at);
}

void
fakepci_add_msi(struct fakepci *f, unsigned log2, bool is_64, bool maskable)
{
	unsigned at = f->msi = add_cap(f, PCIY_MSI, MSI_LENGTH);
	unsigned data = at + (is_64 ? PCIR_MSI_DATA_64BIT : PCIR_MSI_DATA);

	put(&f->config[at + PCIR_MSI_CTRL],
	    log2 << 1 | (is_64 ? PCIM_MSICTRL_64BIT : 0) |
		(maskable ? PCIM_MSICTRL_VECTOR : 0),
	    2);
	put(&f->writable[at + PCIR_MSI_CTRL],
	    PCIM_MSICTRL_MSI_ENABLE | PCIM_MSICTRL_MME_MASK, 2);
	put(&f->writable[at + PCIR_MSI_ADDR], 0xfffffffc, 4);
	if (is_64)
		put(&f->writable[at + PCIR_MSI_ADDR_HIGH], 0xffffffff, 4);
	put(&f->writable[data], 0xffff, 2);
	if (maskable)
		put(&f->writable[at + PCIR_MSI_MASK], 0xffffffff, 4);
}

void
fakepci_add_msix(struct fakepci *f)
{
	unsigned at = f->msix = add_cap(f, PCIY_MSIX, MSIX_LENGTH);

	put(&f->config[at + PCIR_MSIX_CTRL], FAKEPCI_VECTORS - 1, 2);
	put(&f->writable[at + PCIR_MSIX_CTRL],
	    PCIM_MSIXCTRL_MSIX_ENABLE | PCIM_MSIXCTRL_FUNCTION_MASK, 2);
	put(&f->config[at + PCIR_MSIX_TABLE], FAKEPCI_MSIX_BAR, 4);
	put(&f->config[at + PCIR_MSIX_PBA], PBA | FAKEPCI_MSIX_BAR, 4);
	put(&f->writable[PCIR_BAR(FAKEPCI_MSIX_BAR)], -FAKEPCI_BAR_SIZE, 4);
	f->base.bars[FAKEPCI_MSIX_BAR].size = FAKEPCI_BAR_SIZE;
}

void
fakepci_add_pm(struct fakepci *f)
{
	f->pm = add_cap(f, PCIY_PMG, PM_LENGTH);
	put(&f->config[f->pm + PCIR_POWER_CAP], 3 | PCIM_PCAP_D2SUPP, 2);
	put(&f->writable[f->pm + PCIR_POWER_STATUS], PCIM_PSTAT_DMASK, 2);
}

/* --- the driver --- */

static int
fake_probe(device_t dev)
{
	device_set_desc(dev, "fake function");
	return (
	    pci_get_vendor(dev) == FAKEPCI_VENDOR ? BUS_PROBE_DEFAULT : ENXIO);
}

static int
fake_nothing(device_t dev)
{
	return (0);
}

static device_method_t fake_methods[] = { DEVMETHOD(device_probe, fake_probe),
	DEVMETHOD(device_attach, fake_nothing),
	DEVMETHOD(device_detach, fake_nothing),

	/* It has children, too, whose requests it hands on. */
	DEVMETHOD(bus_alloc_resource, bus_generic_alloc_resource),
	DEVMETHOD(bus_release_resource, bus_generic_release_resource),
	DEVMETHOD(bus_activate_resource, bus_generic_activate_resource),
	DEVMETHOD(bus_deactivate_resource, bus_generic_deactivate_resource),
	DEVMETHOD(bus_adjust_resource, bus_generic_adjust_resource),
	DEVMETHOD(bus_setup_intr, bus_generic_setup_intr),
	DEVMETHOD(bus_teardown_intr, bus_generic_teardown_intr),
	DEVMETHOD_END };
static driver_t fake_driver = { "fake", fake_methods, 0, NULL, 0, NULL };

static void
rescan(void)
{
	T_REQUIRE(
	    BUS_RESCAN(devclass_get_device(devclass_find("pci"), 0)) == 0);
}

void
fakepci_plug(struct fakepci *f)
{
	f->host = machine_device_host(f->slot, "fake");
	T_REQUIRE(f->host != NULL);
	power_on(&f->base);
	machine_pci_plug(f->slot, &f->base);
	/* Of the first function. */
	if (fake_driver.refs == 0)
		T_REQUIRE(devclass_add_driver(devclass_find("pci"),
			      &fake_driver, BUS_PASS_DEFAULT, NULL) == 0);
	rescan();
	f->dev = pci_find_bsf(0, f->slot, 0);
	T_REQUIRE(f->dev != NULL);
	T_TRUE(device_is_attached(f->dev));
}

void
fakepci_unplug(struct fakepci *f)
{
	machine_pci_unplug(f->slot);
	rescan();
	T_TRUE(pci_find_bsf(0, f->slot, 0) == NULL);
	if (devclass_get_count(devclass_find("fake")) == 0)
		T_EQ(devclass_delete_driver(devclass_find("pci"), &fake_driver),
		    0);
}

void
fakepci_settle(void)
{
	for (int i = 0; i < 20; i++)
		sim_yield();
}
