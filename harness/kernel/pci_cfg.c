/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pci(9), configuration space: what a function is, how large its
 * register windows are, and giving them addresses.
 *
 * All that is read here comes from the device: lists are walked with a bound,
 * and a size or a register that makes no sense means that there is none.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>
#include <dev/pci/pci_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pcib_if.h"

/* A list of capabilities cannot be longer: 4 bytes each, above the header. */
#define PCI_MAX_CAPS ((PCI_REGMAX + 1 - 0x40) / 4)

/*
 * --- the registers ---
 */

uint32_t
pci_read_config_method(device_t dev, device_t child, int reg, int width)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	return (PCIB_READ_CONFIG(device_get_parent(dev), cfg->bus, cfg->slot,
	    cfg->func, reg, width));
}

void
pci_write_config_method(device_t dev, device_t child, int reg, uint32_t val,
    int width)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	PCIB_WRITE_CONFIG(device_get_parent(dev), cfg->bus, cfg->slot,
	    cfg->func, reg, val, width);
}

void
pci_set_command_bit(device_t dev, device_t child, uint16_t bit)
{
	uint16_t command;

	command = PCI_READ_CONFIG(dev, child, PCIR_COMMAND, 2);
	if ((command & bit) != bit)
		PCI_WRITE_CONFIG(dev, child, PCIR_COMMAND, command | bit, 2);
}

void
pci_clear_command_bit(device_t dev, device_t child, uint16_t bit)
{
	uint16_t command;

	command = PCI_READ_CONFIG(dev, child, PCIR_COMMAND, 2);
	if ((command & bit) != 0)
		PCI_WRITE_CONFIG(dev, child, PCIR_COMMAND, command & ~bit, 2);
}

int
pci_enable_busmaster_method(device_t dev, device_t child)
{
	pci_set_command_bit(dev, child, PCIM_CMD_BUSMASTEREN);
	return (0);
}

int
pci_disable_busmaster_method(device_t dev, device_t child)
{
	pci_clear_command_bit(dev, child, PCIM_CMD_BUSMASTEREN);
	return (0);
}

static int
pci_space_bit(int space, uint16_t *bit)
{
	switch (space) {
	case SYS_RES_IOPORT:
		*bit = PCIM_CMD_PORTEN;
		return (0);
	case SYS_RES_MEMORY:
		*bit = PCIM_CMD_MEMEN;
		return (0);
	default:
		return (EINVAL);
	}
}

int
pci_enable_io_method(device_t dev, device_t child, int space)
{
	uint16_t bit;
	int error;

	error = pci_space_bit(space, &bit);
	if (error != 0)
		return (error);
	pci_set_command_bit(dev, child, bit);
	if ((PCI_READ_CONFIG(dev, child, PCIR_COMMAND, 2) & bit) == bit)
		return (0);
	device_printf(child, "failed to enable %s mapping!\n",
	    space == SYS_RES_MEMORY ? "memory" : "I/O");
	return (ENXIO);
}

int
pci_disable_io_method(device_t dev, device_t child, int space)
{
	uint16_t bit;
	int error;

	error = pci_space_bit(space, &bit);
	if (error == 0)
		pci_clear_command_bit(dev, child, bit);
	return (error);
}

/*
 * --- capabilities ---
 */

/* Goes on from the pointer register `next`. */
static int
pci_walk_caps(device_t dev, device_t child, int next, int capability,
    int *capreg)
{
	int count, ptr;

	for (count = 0; count < PCI_MAX_CAPS; count++) {
		/* The two low bits are reserved. */
		ptr = PCI_READ_CONFIG(dev, child, next, 1) & 0xfc;
		if (ptr < 0x40)
			return (ENOENT);
		if (PCI_READ_CONFIG(dev, child, ptr + PCICAP_ID, 1) ==
		    (uint32_t)capability) {
			if (capreg != NULL)
				*capreg = ptr;
			return (0);
		}
		next = ptr + PCICAP_NEXTPTR;
	}
	return (ENOENT);
}

int
pci_find_cap_method(device_t dev, device_t child, int capability, int *capreg)
{
	uint16_t status;

	status = PCI_READ_CONFIG(dev, child, PCIR_STATUS, 2);
	if ((status & PCIM_STATUS_CAPPRESENT) == 0)
		return (ENXIO);
	return (pci_walk_caps(dev, child, PCIR_CAP_PTR, capability, capreg));
}

int
pci_find_next_cap_method(device_t dev, device_t child, int capability,
    int start, int *capreg)
{
	KASSERT(PCI_READ_CONFIG(dev, child, start + PCICAP_ID, 1) ==
		(uint32_t)capability,
	    ("%s: register %#x is not of capability %#x", __func__, start,
		capability));
	return (pci_walk_caps(dev, child, start + PCICAP_NEXTPTR, capability,
	    capreg));
}

/* Only PCI Express has extended configuration space. */
int
pci_find_extcap_method(device_t dev, device_t child, int capability,
    int *capreg)
{
	return (ENXIO);
}

/*
 * --- what a function is ---
 */

struct pci_devinfo *
pci_read_device(device_t pcib, int domain, int bus, int slot, int func)
{
	struct pci_devinfo *dinfo;
	pcicfgregs *cfg;
	uint32_t id;

#define REG(n, w) PCIB_READ_CONFIG(pcib, bus, slot, func, n, w)
	id = REG(PCIR_DEVVENDOR, 4);
	if ((id & 0xffff) == PCIV_INVALID)
		return (NULL);
	dinfo = book_alloc(sizeof(*dinfo));
	resource_list_init(&dinfo->resources);
	cfg = &dinfo->cfg;
	cfg->domain = domain;
	cfg->bus = bus;
	cfg->slot = slot;
	cfg->func = func;
	cfg->vendor = id & 0xffff;
	cfg->device = id >> 16;
	cfg->baseclass = REG(PCIR_CLASS, 1);
	cfg->subclass = REG(PCIR_SUBCLASS, 1);
	cfg->progif = REG(PCIR_PROGIF, 1);
	cfg->revid = REG(PCIR_REVID, 1);
	cfg->hdrtype = REG(PCIR_HDRTYPE, 1) & PCIM_HDRTYPE;
	cfg->cachelnsz = REG(PCIR_CACHELNSZ, 1);
	cfg->lattimer = REG(PCIR_LATTIMER, 1);
	cfg->intpin = REG(PCIR_INTPIN, 1);
	cfg->intline = PCI_INVALID_IRQ;
	if (cfg->hdrtype == PCIM_HDRTYPE_NORMAL) {
		cfg->subvendor = REG(PCIR_SUBVEND_0, 2);
		cfg->subdevice = REG(PCIR_SUBDEV_0, 2);
		cfg->mingnt = REG(PCIR_MINGNT, 1);
		cfg->maxlat = REG(PCIR_MAXLAT, 1);
	}
#undef REG
	return (dinfo);
}

void
pci_free_device(struct pci_devinfo *dinfo)
{
	resource_list_free(&dinfo->resources);
	book_free(dinfo->cfg.msix.msix_vectors);
	book_free(dinfo);
}

static void
pci_read_caps(device_t bus, device_t dev, pcicfgregs *cfg)
{
	struct pcicfg_msix *msix = &cfg->msix;
	uint32_t val;
	int reg;

	if (PCI_FIND_CAP(bus, dev, PCIY_PMG, &reg) == 0)
		cfg->pp_location = reg;
	if (PCI_FIND_CAP(bus, dev, PCIY_MSI, &reg) == 0) {
		cfg->msi.msi_location = reg;
		val = PCI_READ_CONFIG(bus, dev, reg + PCIR_MSI_CTRL, 2);
		cfg->msi.msi_ctrl = val;
		/* Two of the eight values are reserved. */
		cfg->msi.msi_msgnum =
		    MIN(1 << ((val & PCIM_MSICTRL_MMC_MASK) >> 1), PCI_MSI_MAX);
	}
	if (PCI_FIND_CAP(bus, dev, PCIY_MSIX, &reg) != 0)
		return;
	msix->msix_ctrl = PCI_READ_CONFIG(bus, dev, reg + PCIR_MSIX_CTRL, 2);
	msix->msix_msgnum = PCI_MSIX_MSGNUM(msix->msix_ctrl);
	val = PCI_READ_CONFIG(bus, dev, reg + PCIR_MSIX_TABLE, 4);
	msix->msix_table_bar = PCIR_BAR(val & PCIM_MSIX_BIR_MASK);
	msix->msix_table_offset = val & PCIM_MSIX_TABLE_OFFSET;
	val = PCI_READ_CONFIG(bus, dev, reg + PCIR_MSIX_PBA, 4);
	msix->msix_pba_bar = PCIR_BAR(val & PCIM_MSIX_BIR_MASK);
	msix->msix_pba_offset = val & PCIM_MSIX_TABLE_OFFSET;
	/* Two of the eight values of a BIR name no BAR. */
	if (msix->msix_table_bar <= PCIR_BAR(PCIR_MAX_BAR_0) &&
	    msix->msix_pba_bar <= PCIR_BAR(PCIR_MAX_BAR_0))
		msix->msix_location = reg;
}

/*
 * --- BARs ---
 */

static void
pci_write_bar(device_t bus, device_t dev, int reg, bool is_64, pci_addr_t base)
{
	PCI_WRITE_CONFIG(bus, dev, reg, base, 4);
	if (is_64)
		PCI_WRITE_CONFIG(bus, dev, reg + 4, base >> 32, 4);
}

/* What the BAR reads back when all ones are written. */
static pci_addr_t
pci_size_bar(device_t bus, device_t dev, int reg, bool is_64)
{
	pci_addr_t mask;

	pci_write_bar(bus, dev, reg, is_64, ~(pci_addr_t)0);
	mask = PCI_READ_CONFIG(bus, dev, reg, 4);
	/* Ports have 16 bits: the others may be fixed to 0 (PCI 3.0, 6.2.5). */
	if (PCI_BAR_IO(mask) && mask >> 16 == 0)
		mask |= 0xffff0000;
	if (is_64)
		mask |= (pci_addr_t)PCI_READ_CONFIG(bus, dev, reg + 4, 4) << 32;
	else if (mask != 0)
		mask |= (pci_addr_t)0xffffffff << 32;
	pci_write_bar(bus, dev, reg, is_64, 0);
	return (mask);
}

static void
pci_add_window(device_t bus, device_t dev, int reg, bool is_64, uint32_t val,
    pci_addr_t size)
{
	struct pci_devinfo *dinfo = device_get_ivars(dev);
	struct resource_list *rl = &dinfo->resources;
	rman_res_t end = is_64 ? RM_MAX_END : 0xffffffff;
	int log2 = __builtin_ctzll(size), type = SYS_RES_MEMORY;
	struct resource *r;
	u_int flags;

	/* Naturally aligned, as its size says; memory never below a page. */
	if (PCI_BAR_IO(val)) {
		type = SYS_RES_IOPORT;
		flags = RF_ALIGNMENT_LOG2(log2);
	} else {
		flags = RF_ALIGNMENT_LOG2(MAX(log2, PAGE_SHIFT));
		if ((val & PCIM_BAR_MEM_PREFETCH) != 0)
			flags |= RF_PREFETCHABLE;
	}
	resource_list_add(rl, type, reg, 0, end, size);
	r = resource_list_reserve(rl, bus, dev, type, &reg, 0, end, size,
	    flags);
	if (r == NULL) {
		device_printf(bus,
		    "device %d.%d: no room for %#jx bytes of "
		    "BAR %#x\n",
		    dinfo->cfg.slot, dinfo->cfg.func, (uintmax_t)size, reg);
		resource_list_delete(rl, type, reg);
		return;
	}
	pci_write_bar(bus, dev, reg, is_64, rman_get_start(r));
}

/* Returns how many registers the BAR takes. */
static int
pci_add_bar(device_t bus, device_t dev, int index)
{
	int reg = PCIR_BAR(index);
	pci_addr_t mask, size;
	uint32_t val;
	bool is_64;

	val = PCI_READ_CONFIG(bus, dev, reg, 4);
	is_64 =
	    PCI_BAR_MEM(val) && (val & PCIM_BAR_MEM_TYPE) == PCIM_BAR_MEM_64;
	if (is_64 && index == PCIR_MAX_BAR_0)
		return (1); /* its upper half would not be a BAR */
	mask = pci_size_bar(bus, dev, reg, is_64);
	mask &= PCI_BAR_IO(val) ? ~(pci_addr_t)3 : PCIM_BAR_MEM_BASE;
	if (mask == 0)
		return (is_64 ? 2 : 1);
	/* Above the lowest one there must be ones alone. */
	size = mask & -mask;
	if (mask != -size) {
		device_printf(bus, "BAR %#x has the strange mask %#jx\n", reg,
		    (uintmax_t)mask);
		return (is_64 ? 2 : 1);
	}
	pci_add_window(bus, dev, reg, is_64, val, size);
	return (is_64 ? 2 : 1);
}

static void
pci_add_irq(device_t bus, device_t dev, struct pci_devinfo *dinfo)
{
	int irq;

	if (dinfo->cfg.intpin == 0)
		return;
	irq = PCIB_ROUTE_INTERRUPT(device_get_parent(bus), dev,
	    dinfo->cfg.intpin);
	if (!PCI_INTERRUPT_VALID(irq))
		return;
	dinfo->cfg.intline = irq;
	PCI_WRITE_CONFIG(bus, dev, PCIR_INTLINE, irq, 1);
	resource_list_add(&dinfo->resources, SYS_RES_IRQ, 0, irq, irq, 1);
}

void
pci_add_resources(device_t bus, device_t dev)
{
	struct pci_devinfo *dinfo = device_get_ivars(dev);
	int i;

	pci_read_caps(bus, dev, &dinfo->cfg);
	if (dinfo->cfg.hdrtype != PCIM_HDRTYPE_NORMAL)
		return;
	/* It must not answer while its windows are moved about. */
	pci_clear_command_bit(bus, dev, PCIM_CMD_MEMEN | PCIM_CMD_PORTEN);
	for (i = 0; i <= PCIR_MAX_BAR_0;)
		i += pci_add_bar(bus, dev, i);
	pci_add_irq(bus, dev, dinfo);
}
