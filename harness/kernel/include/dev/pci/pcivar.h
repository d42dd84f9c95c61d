/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pci(9): what a driver of a PCI function asks its bus.
 */
#ifndef _DEV_PCI_PCIVAR_H_
#define _DEV_PCI_PCIVAR_H_

#include <sys/bus.h>
#include <dev/pci/pcireg.h>

#include "pci_if.h"

typedef uint64_t pci_addr_t;

#define PCI_INVALID_IRQ	       255
#define PCI_INTERRUPT_VALID(x) ((x) != PCI_INVALID_IRQ)

#define PCI_POWERSTATE_D0      0
#define PCI_POWERSTATE_D1      1
#define PCI_POWERSTATE_D2      2
#define PCI_POWERSTATE_D3      3
#define PCI_POWERSTATE_UNKNOWN -1

/*
 * --- instance variables ---
 */

enum pci_device_ivars {
	PCI_IVAR_SUBVENDOR,
	PCI_IVAR_SUBDEVICE,
	PCI_IVAR_VENDOR,
	PCI_IVAR_DEVICE,
	PCI_IVAR_DEVID, /* device in the upper half, vendor in the lower */
	PCI_IVAR_CLASS,
	PCI_IVAR_SUBCLASS,
	PCI_IVAR_PROGIF,
	PCI_IVAR_REVID,
	PCI_IVAR_INTPIN,
	PCI_IVAR_IRQ,
	PCI_IVAR_DOMAIN,
	PCI_IVAR_BUS,
	PCI_IVAR_SLOT,
	PCI_IVAR_FUNCTION,
	PCI_IVAR_ETHADDR, /* read only; always refused */
	PCI_IVAR_CMDREG,
	PCI_IVAR_CACHELNSZ,
	PCI_IVAR_MINGNT,
	PCI_IVAR_MAXLAT,
	PCI_IVAR_LATTIMER
};

#define PCI_ACCESSOR(var, ivar, type) __BUS_ACCESSOR(pci, var, PCI, ivar, type)
PCI_ACCESSOR(subvendor, SUBVENDOR, uint16_t)
PCI_ACCESSOR(subdevice, SUBDEVICE, uint16_t)
PCI_ACCESSOR(vendor, VENDOR, uint16_t)
PCI_ACCESSOR(device, DEVICE, uint16_t)
PCI_ACCESSOR(devid, DEVID, uint32_t)
PCI_ACCESSOR(class, CLASS, uint8_t)
PCI_ACCESSOR(subclass, SUBCLASS, uint8_t)
PCI_ACCESSOR(progif, PROGIF, uint8_t)
PCI_ACCESSOR(revid, REVID, uint8_t)
PCI_ACCESSOR(intpin, INTPIN, uint8_t)
PCI_ACCESSOR(irq, IRQ, uint8_t)
PCI_ACCESSOR(domain, DOMAIN, uint32_t)
PCI_ACCESSOR(bus, BUS, uint8_t)
PCI_ACCESSOR(slot, SLOT, uint8_t)
PCI_ACCESSOR(function, FUNCTION, uint8_t)
PCI_ACCESSOR(ether, ETHADDR, uint8_t *)
PCI_ACCESSOR(cmdreg, CMDREG, uint16_t)
PCI_ACCESSOR(cachelnsz, CACHELNSZ, uint8_t)
PCI_ACCESSOR(mingnt, MINGNT, uint8_t)
PCI_ACCESSOR(maxlat, MAXLAT, uint8_t)
PCI_ACCESSOR(lattimer, LATTIMER, uint8_t)
#undef PCI_ACCESSOR

/* Of a bridge, asked by the bus behind it. */
enum pcib_device_ivars { PCIB_IVAR_DOMAIN, PCIB_IVAR_BUS };

#define PCIB_ACCESSOR(var, ivar, type) \
	__BUS_ACCESSOR(pcib, var, PCIB, ivar, type)
PCIB_ACCESSOR(domain, DOMAIN, uint32_t)
PCIB_ACCESSOR(bus, BUS, uint32_t)
#undef PCIB_ACCESSOR

/*
 * --- tables of the devices that a driver knows ---
 */

struct pci_device_table {
	uint16_t match_flag_vendor : 1, match_flag_device : 1,
	    match_flag_subvendor : 1, match_flag_subdevice : 1,
	    match_flag_class : 1, match_flag_subclass : 1, match_flag_revid : 1,
	    match_flag_unused : 9;
	uint16_t vendor;
	uint16_t device;
	uint16_t subvendor;
	uint16_t subdevice;
	uint16_t class_id;
	uint16_t subclass;
	uint16_t revid;
	uint16_t unused;
	uintptr_t driver_data;
	const char *descr;
};

#define PCI_DEV(v, d)                                                  \
	.match_flag_vendor = 1, .vendor = (v), .match_flag_device = 1, \
	.device = (d)
#define PCI_SUBDEV(sv, sd)                            \
	.match_flag_subvendor = 1, .subvendor = (sv), \
	.match_flag_subdevice = 1, .subdevice = (sd)
#define PCI_CLASS(x)	.match_flag_class = 1, .class_id = (x)
#define PCI_SUBCLASS(x) .match_flag_subclass = 1, .subclass = (x)
#define PCI_REVID(x)	.match_flag_revid = 1, .revid = (x)
#define PCI_DESCR(x)	.descr = (x)
#define PCI_PNP_STR                                                   \
	"M16:mask;U16:vendor;U16:device;U16:subvendor;U16:subdevice;" \
	"U16:class;U16:subclass;U16:revid;"
#define PCI_PNP_INFO(table) \
	MODULE_PNP_INFO(PCI_PNP_STR, pci, table, table, nitems(table))

const struct pci_device_table *pci_match_device(device_t child,
    const struct pci_device_table *id, size_t nelt);
#define PCI_MATCH(child, table) pci_match_device(child, (table), nitems(table))

/*
 * --- methods, by the function's own device ---
 */

static __inline uint32_t
pci_read_config(device_t dev, int reg, int width)
{
	return (PCI_READ_CONFIG(device_get_parent(dev), dev, reg, width));
}

static __inline void
pci_write_config(device_t dev, int reg, uint32_t val, int width)
{
	PCI_WRITE_CONFIG(device_get_parent(dev), dev, reg, val, width);
}

static __inline int
pci_enable_busmaster(device_t dev)
{
	return (PCI_ENABLE_BUSMASTER(device_get_parent(dev), dev));
}

static __inline int
pci_disable_busmaster(device_t dev)
{
	return (PCI_DISABLE_BUSMASTER(device_get_parent(dev), dev));
}

static __inline int
pci_enable_io(device_t dev, int space)
{
	return (PCI_ENABLE_IO(device_get_parent(dev), dev, space));
}

static __inline int
pci_disable_io(device_t dev, int space)
{
	return (PCI_DISABLE_IO(device_get_parent(dev), dev, space));
}

static __inline int
pci_get_powerstate(device_t dev)
{
	return (PCI_GET_POWERSTATE(device_get_parent(dev), dev));
}

static __inline int
pci_set_powerstate(device_t dev, int state)
{
	return (PCI_SET_POWERSTATE(device_get_parent(dev), dev, state));
}

/* 0 and the capability's register, or ENOENT. */
static __inline int
pci_find_cap(device_t dev, int capability, int *capreg)
{
	return (PCI_FIND_CAP(device_get_parent(dev), dev, capability, capreg));
}

static __inline int
pci_find_next_cap(device_t dev, int capability, int start, int *capreg)
{
	return (PCI_FIND_NEXT_CAP(device_get_parent(dev), dev, capability,
	    start, capreg));
}

/* ENXIO: the functions here are not of PCI Express. */
static __inline int
pci_find_extcap(device_t dev, int capability, int *capreg)
{
	return (
	    PCI_FIND_EXTCAP(device_get_parent(dev), dev, capability, capreg));
}

/* For drivers that change the power state of their function. */
void pci_save_state(device_t dev);
void pci_restore_state(device_t dev);

/*
 * `count` messages or as many as there are, at least one: resources of type
 * SYS_RES_IRQ, rid 1 and up.  The BARs of table and pending bits must have
 * been allocated and activated: ENXIO.  ENODEV: no such capability, or the
 * machine has no use for it.
 */
static __inline int
pci_alloc_msi(device_t dev, int *count)
{
	return (PCI_ALLOC_MSI(device_get_parent(dev), dev, count));
}

static __inline int
pci_alloc_msix(device_t dev, int *count)
{
	return (PCI_ALLOC_MSIX(device_get_parent(dev), dev, count));
}

/* EBUSY while the resources are allocated; ENODEV: there are none. */
static __inline int
pci_release_msi(device_t dev)
{
	return (PCI_RELEASE_MSI(device_get_parent(dev), dev));
}

static __inline int
pci_msi_count(device_t dev)
{
	return (PCI_MSI_COUNT(device_get_parent(dev), dev));
}

static __inline int
pci_msix_count(device_t dev)
{
	return (PCI_MSIX_COUNT(device_get_parent(dev), dev));
}

static __inline int
pci_msix_pba_bar(device_t dev)
{
	return (PCI_MSIX_PBA_BAR(device_get_parent(dev), dev));
}

static __inline int
pci_msix_table_bar(device_t dev)
{
	return (PCI_MSIX_TABLE_BAR(device_get_parent(dev), dev));
}

static __inline int
pci_get_id(device_t dev, enum pci_id_type type, uintptr_t *id)
{
	return (PCI_GET_ID(device_get_parent(dev), dev, type, id));
}

static __inline uint16_t
pci_get_rid(device_t dev)
{
	uintptr_t rid;

	if (pci_get_id(dev, PCI_ID_RID, &rid) != 0)
		return (0);
	return (rid);
}

device_t pci_find_bsf(uint8_t bus, uint8_t slot, uint8_t func);
device_t pci_find_dbsf(uint32_t domain, uint8_t bus, uint8_t slot,
    uint8_t func);
device_t pci_find_device(uint16_t vendor, uint16_t device);

#endif /* !_DEV_PCI_PCIVAR_H_ */
