/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pci(4): the bus.  Finds the functions in the bridge's slots, gives each a
 * device with the resources that its BARs and its interrupt pin ask for, and
 * takes back what a driver forgets.
 */
#include "kernel/newbus.h"

#include <sys/module.h>
#include <sys/rman.h>
#include <sys/sbuf.h>
#include <dev/pci/pci_private.h>
#include <dev/pci/pcib_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pcib_if.h"

static devclass_t
pci_devclass(void)
{
	return (devclass_find("pci"));
}

/*
 * --- the functions on the bus ---
 */

static void
pci_add_child(device_t dev, struct pci_devinfo *dinfo)
{
	device_t child;

	child = device_add_child(dev, NULL, -1);
	if (child == NULL) {
		pci_free_device(dinfo);
		return;
	}
	dinfo->cfg.dev = child;
	device_set_ivars(child, dinfo);
	pci_add_resources(dev, child);
}

static device_t
pci_slot_device(device_t dev, int slot)
{
	struct pci_devinfo *dinfo;
	device_t child;

	TAILQ_FOREACH(child, &dev->children, link) {
		dinfo = device_get_ivars(child);
		if (dinfo->cfg.slot == slot)
			return (child);
	}
	return (NULL);
}

static void
pci_add_children(device_t dev)
{
	device_t pcib = device_get_parent(dev);
	int bus = pcib_get_bus(dev), domain = pcib_get_domain(dev);
	struct pci_devinfo *dinfo;
	int slot;

	for (slot = 0; slot <= PCIB_MAXSLOTS(pcib); slot++) {
		if (pci_slot_device(dev, slot) != NULL)
			continue;
		dinfo = pci_read_device(pcib, domain, bus, slot, 0);
		if (dinfo != NULL)
			pci_add_child(dev, dinfo);
	}
}

static int
pci_probe(device_t dev)
{
	device_set_desc(dev, "PCI bus");
	return (BUS_PROBE_GENERIC);
}

static int
pci_attach(device_t dev)
{
	pci_add_children(dev);
	return (bus_generic_attach(dev));
}

static int
pci_detach(device_t dev)
{
	int error;

	error = bus_generic_detach(dev);
	if (error != 0)
		return (error);
	return (device_delete_children(dev));
}

/* Functions may have been plugged in or out since we looked. */
static int
pci_rescan_method(device_t dev)
{
	device_t child, next;
	int error;

	TAILQ_FOREACH_SAFE(child, &dev->children, link, next) {
		if (BUS_CHILD_PRESENT(dev, child))
			continue;
		error = device_delete_child(dev, child);
		if (error != 0)
			return (error);
	}
	pci_add_children(dev);
	TAILQ_FOREACH(child, &dev->children, link) {
		if (device_get_state(child) == DS_NOTPRESENT)
			device_probe_and_attach(child);
	}
	return (0);
}

static int
pci_child_present_method(device_t dev, device_t child)
{
	return (PCI_READ_CONFIG(dev, child, PCIR_VENDOR, 2) != PCIV_INVALID);
}

static void
pci_driver_added_method(device_t dev, driver_t *driver)
{
	device_t child;

	DEVICE_IDENTIFY(driver, dev);
	TAILQ_FOREACH(child, &dev->children, link) {
		if (device_get_state(child) != DS_NOTPRESENT)
			continue;
		if (device_probe_and_attach(child) != 0)
			BUS_CHILD_DETACHED(dev, child);
	}
}

/*
 * What a driver has left behind.  Nobody can give it back any more, so it is
 * taken, in the order in which one depends on the other.
 */
static void
pci_take_back(device_t dev, device_t child, int type, const char *what)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct resource_list_entry *rle;

	STAILQ_FOREACH(rle, &dinfo->resources, link) {
		if (rle->type == type &&
		    resource_list_busy(&dinfo->resources, type, rle->rid))
			kern_gone(KO_RESOURCE, rle->res, what);
	}
	if (resource_list_release_active(&dinfo->resources, dev, child, type) !=
	    0)
		kern_misuse("%s: Device leaked %s resources",
		    child->namebuf != NULL ? child->namebuf : "pci", what);
}

static void
pci_child_detached_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	pci_take_back(dev, child, SYS_RES_IRQ, "irq");
	if (dinfo->cfg.msi.msi_alloc != 0 || dinfo->cfg.msix.msix_alloc != 0) {
		kern_misuse("%s: Device leaked MSI vectors",
		    child->namebuf != NULL ? child->namebuf : "pci");
		(void)PCI_RELEASE_MSI(dev, child);
	}
	pci_take_back(dev, child, SYS_RES_MEMORY, "memory");
	pci_take_back(dev, child, SYS_RES_IOPORT, "I/O");
}

static void
pci_child_deleted_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct resource_list_entry *rle;

	/* Of a driver whose attach has failed; others have detached. */
	pci_child_detached_method(dev, child);
	if (BUS_CHILD_PRESENT(dev, child))
		pci_clear_command_bit(dev, child,
		    PCIM_CMD_MEMEN | PCIM_CMD_PORTEN | PCIM_CMD_BUSMASTEREN);
	STAILQ_FOREACH(rle, &dinfo->resources, link) {
		if (rle->res != NULL)
			resource_list_unreserve(&dinfo->resources, dev, child,
			    rle->type, rle->rid);
	}
	pci_free_device(dinfo);
	device_set_ivars(child, NULL);
}

/*
 * --- what is said about them ---
 */

static int
pci_print_child_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct resource_list *rl = &dinfo->resources;
	int length;

	length = bus_print_child_header(dev, child);
	length += resource_list_print_type(rl, "port", SYS_RES_IOPORT, "%#jx");
	length += resource_list_print_type(rl, "mem", SYS_RES_MEMORY, "%#jx");
	length += resource_list_print_type(rl, "irq", SYS_RES_IRQ, "%jd");
	if (device_get_flags(dev) != 0)
		length += printf(" flags %#x", device_get_flags(dev));
	length += printf(" at device %d.%d", dinfo->cfg.slot, dinfo->cfg.func);
	length += bus_print_child_domain(dev, child);
	return (length + bus_print_child_footer(dev, child));
}

static const struct {
	uint8_t baseclass;
	int subclass; /* -1: the class itself */
	const char *desc;
} pci_class_names[] = {
	{ PCIC_OLD, -1, "old" },
	{ PCIC_STORAGE, -1, "mass storage" },
	{ PCIC_STORAGE, PCIS_STORAGE_SCSI, "SCSI" },
	{ PCIC_NETWORK, -1, "network" },
	{ PCIC_NETWORK, PCIS_NETWORK_ETHERNET, "ethernet" },
	{ PCIC_DISPLAY, -1, "display" },
	{ PCIC_MEMORY, -1, "memory" },
	{ PCIC_BRIDGE, -1, "bridge" },
	{ PCIC_SIMPLECOMM, -1, "simple comms" },
	{ PCIC_BASEPERIPH, -1, "base peripheral" },
	{ PCIC_INPUTDEV, -1, "input device" },
	{ PCIC_SERIALBUS, -1, "serial bus" },
	{ PCIC_CRYPTO, -1, "encrypt/decrypt" },
};

static void
pci_probe_nomatch_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	const char *cp = "unknown", *scp = NULL;
	size_t i;

	for (i = 0; i < nitems(pci_class_names); i++) {
		if (pci_class_names[i].baseclass != dinfo->cfg.baseclass)
			continue;
		if (pci_class_names[i].subclass == -1)
			cp = pci_class_names[i].desc;
		else if (pci_class_names[i].subclass == dinfo->cfg.subclass)
			scp = pci_class_names[i].desc;
	}
	device_printf(dev, "<%s%s%s> at device %d.%d (no driver attached)\n",
	    cp, scp != NULL ? ", " : "", scp != NULL ? scp : "",
	    dinfo->cfg.slot, dinfo->cfg.func);
}

static int
pci_child_location_method(device_t dev, device_t child, struct sbuf *sb)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	sbuf_printf(sb, "slot=%d function=%d dbsf=pci%d:%d:%d:%d", cfg->slot,
	    cfg->func, cfg->domain, cfg->bus, cfg->slot, cfg->func);
	return (0);
}

static int
pci_child_pnpinfo_method(device_t dev, device_t child, struct sbuf *sb)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	sbuf_printf(sb,
	    "vendor=0x%04x device=0x%04x subvendor=0x%04x "
	    "subdevice=0x%04x class=0x%02x%02x%02x",
	    cfg->vendor, cfg->device, cfg->subvendor, cfg->subdevice,
	    cfg->baseclass, cfg->subclass, cfg->progif);
	return (0);
}

#if __FreeBSD_version < 1400000
static int
pci_child_location_str_method(device_t dev, device_t child, char *buf,
    size_t buflen)
{
	return (bus_describe_str(pci_child_location_method, dev, child, buf,
	    buflen));
}

static int
pci_child_pnpinfo_str_method(device_t dev, device_t child, char *buf,
    size_t buflen)
{
	return (bus_describe_str(pci_child_pnpinfo_method, dev, child, buf,
	    buflen));
}
#endif

static int
pci_read_ivar_method(device_t dev, device_t child, int which, uintptr_t *result)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	switch (which) {
#define IVAR(name, value)             \
	case PCI_IVAR_##name:         \
		*result = cfg->value; \
		return (0)
		IVAR(SUBVENDOR, subvendor);
		IVAR(SUBDEVICE, subdevice);
		IVAR(VENDOR, vendor);
		IVAR(DEVICE, device);
		IVAR(CLASS, baseclass);
		IVAR(SUBCLASS, subclass);
		IVAR(PROGIF, progif);
		IVAR(REVID, revid);
		IVAR(INTPIN, intpin);
		IVAR(IRQ, intline);
		IVAR(DOMAIN, domain);
		IVAR(BUS, bus);
		IVAR(SLOT, slot);
		IVAR(FUNCTION, func);
		IVAR(CACHELNSZ, cachelnsz);
		IVAR(MINGNT, mingnt);
		IVAR(MAXLAT, maxlat);
		IVAR(LATTIMER, lattimer);
#undef IVAR
	case PCI_IVAR_DEVID:
		*result = (uint32_t)cfg->device << 16 | cfg->vendor;
		return (0);
	case PCI_IVAR_CMDREG:
		*result = PCI_READ_CONFIG(dev, child, PCIR_COMMAND, 2);
		return (0);
	case PCI_IVAR_ETHADDR:
		*result = 0;
		return (EINVAL);
	default:
		return (ENOENT);
	}
}

static int
pci_write_ivar_method(device_t dev, device_t child, int which, uintptr_t value)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	switch (which) {
	case PCI_IVAR_INTPIN:
		dinfo->cfg.intpin = value;
		return (0);
	case PCI_IVAR_ETHADDR:
	case PCI_IVAR_SUBVENDOR:
	case PCI_IVAR_SUBDEVICE:
	case PCI_IVAR_VENDOR:
	case PCI_IVAR_DEVICE:
	case PCI_IVAR_DEVID:
	case PCI_IVAR_CLASS:
	case PCI_IVAR_SUBCLASS:
	case PCI_IVAR_PROGIF:
	case PCI_IVAR_REVID:
	case PCI_IVAR_IRQ:
	case PCI_IVAR_DOMAIN:
	case PCI_IVAR_BUS:
	case PCI_IVAR_SLOT:
	case PCI_IVAR_FUNCTION:
		return (EINVAL);
	default:
		return (ENOENT);
	}
}

/*
 * --- resources ---
 */

static struct resource_list *
pci_get_resource_list_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	return (&dinfo->resources);
}

static struct resource *
pci_alloc_resource_method(device_t dev, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
{
	struct pci_devinfo *dinfo;

	if (device_get_parent(child) == dev && type == SYS_RES_IRQ) {
		/* The line and messages exclude each other. */
		dinfo = device_get_ivars(child);
		if (*rid == 0 &&
		    (dinfo->cfg.msi.msi_alloc > 0 ||
			dinfo->cfg.msix.msix_alloc > 0))
			return (NULL);
	}
	return (bus_generic_rl_alloc_resource(dev, child, type, rid, start, end,
	    count, flags));
}

static int
pci_activate_resource_method(device_t dev, device_t child,
    P_TYPE_RID struct resource *r)
{
	int error, kind = rman_get_type(r);

	error = bus_generic_activate_resource(dev, child, A_TYPE_RID(r) r);
	if (error != 0 || device_get_parent(child) != dev ||
	    (kind != SYS_RES_MEMORY && kind != SYS_RES_IOPORT))
		return (error);
	return (PCI_ENABLE_IO(dev, child, kind));
}

static int
pci_get_id_method(device_t dev, device_t child, enum pci_id_type type,
    uintptr_t *id)
{
	return (PCIB_GET_ID(device_get_parent(dev), child, type, id));
}

static kobj_method_t pci_methods[] = { DEVMETHOD(device_probe, pci_probe),
	DEVMETHOD(device_attach, pci_attach),
	DEVMETHOD(device_detach, pci_detach),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),
	DEVMETHOD(device_suspend, bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),

	DEVMETHOD(bus_print_child, pci_print_child_method),
	DEVMETHOD(bus_probe_nomatch, pci_probe_nomatch_method),
	DEVMETHOD(bus_read_ivar, pci_read_ivar_method),
	DEVMETHOD(bus_write_ivar, pci_write_ivar_method),
	DEVMETHOD(bus_driver_added, pci_driver_added_method),
	DEVMETHOD(bus_child_deleted, pci_child_deleted_method),
	DEVMETHOD(bus_child_detached, pci_child_detached_method),
	DEVMETHOD(bus_child_present, pci_child_present_method),
#if __FreeBSD_version < 1400000
	DEVMETHOD(bus_child_pnpinfo_str, pci_child_pnpinfo_str_method),
	DEVMETHOD(bus_child_location_str, pci_child_location_str_method),
#else
	DEVMETHOD(bus_child_pnpinfo, pci_child_pnpinfo_method),
	DEVMETHOD(bus_child_location, pci_child_location_method),
#endif
	DEVMETHOD(bus_suspend_child, pci_suspend_child_method),
	DEVMETHOD(bus_resume_child, pci_resume_child_method),
	DEVMETHOD(bus_rescan, pci_rescan_method),
	DEVMETHOD(bus_get_resource_list, pci_get_resource_list_method),
	DEVMETHOD(bus_set_resource, bus_generic_rl_set_resource),
	DEVMETHOD(bus_get_resource, bus_generic_rl_get_resource),
	DEVMETHOD(bus_delete_resource, bus_generic_rl_delete_resource),
	DEVMETHOD(bus_alloc_resource, pci_alloc_resource_method),
	DEVMETHOD(bus_adjust_resource, bus_generic_adjust_resource),
	DEVMETHOD(bus_release_resource, bus_generic_rl_release_resource),
	DEVMETHOD(bus_activate_resource, pci_activate_resource_method),
	DEVMETHOD(bus_deactivate_resource, bus_generic_deactivate_resource),
	DEVMETHOD(bus_setup_intr, pci_setup_intr_method),
	DEVMETHOD(bus_teardown_intr, pci_teardown_intr_method),

	DEVMETHOD(pci_read_config, pci_read_config_method),
	DEVMETHOD(pci_write_config, pci_write_config_method),
	DEVMETHOD(pci_enable_busmaster, pci_enable_busmaster_method),
	DEVMETHOD(pci_disable_busmaster, pci_disable_busmaster_method),
	DEVMETHOD(pci_enable_io, pci_enable_io_method),
	DEVMETHOD(pci_disable_io, pci_disable_io_method),
	DEVMETHOD(pci_get_powerstate, pci_get_powerstate_method),
	DEVMETHOD(pci_set_powerstate, pci_set_powerstate_method),
	DEVMETHOD(pci_find_cap, pci_find_cap_method),
	DEVMETHOD(pci_find_next_cap, pci_find_next_cap_method),
	DEVMETHOD(pci_find_extcap, pci_find_extcap_method),
	DEVMETHOD(pci_alloc_msi, pci_alloc_msi_method),
	DEVMETHOD(pci_alloc_msix, pci_alloc_msix_method),
	DEVMETHOD(pci_release_msi, pci_release_msi_method),
	DEVMETHOD(pci_msi_count, pci_msi_count_method),
	DEVMETHOD(pci_msix_count, pci_msix_count_method),
	DEVMETHOD(pci_msix_pba_bar, pci_msix_pba_bar_method),
	DEVMETHOD(pci_msix_table_bar, pci_msix_table_bar_method),
	DEVMETHOD(pci_get_id, pci_get_id_method), DEVMETHOD_END };

DECLARE_CLASS(pci_driver);
DEFINE_CLASS_0(pci, pci_driver, pci_methods, 0);
NEWBUS_MODULE(pci, pcib, pci_driver, BUS_PASS_DEFAULT);
MODULE_DEPEND(pci, pcib, 1, 1, 1);
MODULE_VERSION(pci, 1);

/*
 * --- searches ---
 */

static device_t
pci_find(bool (*match)(const pcicfgregs *cfg, const uint32_t *key),
    const uint32_t *key)
{
	struct pci_devinfo *dinfo;
	device_t bus, child;
	int unit;

	for (unit = 0; unit < devclass_get_maxunit(pci_devclass()); unit++) {
		bus = devclass_get_device(pci_devclass(), unit);
		if (bus == NULL)
			continue;
		TAILQ_FOREACH(child, &bus->children, link) {
			dinfo = device_get_ivars(child);
			if (match(&dinfo->cfg, key))
				return (child);
		}
	}
	return (NULL);
}

static bool
pci_match_place(const pcicfgregs *cfg, const uint32_t *key)
{
	return (cfg->domain == key[0] && cfg->bus == key[1] &&
	    cfg->slot == key[2] && cfg->func == key[3]);
}

static bool
pci_match_id(const pcicfgregs *cfg, const uint32_t *key)
{
	return (cfg->vendor == key[0] && cfg->device == key[1]);
}

device_t
pci_find_dbsf(uint32_t domain, uint8_t bus, uint8_t slot, uint8_t func)
{
	uint32_t key[] = { domain, bus, slot, func };

	return (pci_find(pci_match_place, key));
}

device_t
pci_find_bsf(uint8_t bus, uint8_t slot, uint8_t func)
{
	return (pci_find_dbsf(0, bus, slot, func));
}

device_t
pci_find_device(uint16_t vendor, uint16_t device)
{
	uint32_t key[] = { vendor, device };

	return (pci_find(pci_match_id, key));
}

const struct pci_device_table *
pci_match_device(device_t child, const struct pci_device_table *id, size_t nelt)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	pcicfgregs *cfg = &dinfo->cfg;

	for (; nelt-- > 0; id++) {
		if ((!id->match_flag_vendor || id->vendor == cfg->vendor) &&
		    (!id->match_flag_device || id->device == cfg->device) &&
		    (!id->match_flag_subvendor ||
			id->subvendor == cfg->subvendor) &&
		    (!id->match_flag_subdevice ||
			id->subdevice == cfg->subdevice) &&
		    (!id->match_flag_class || id->class_id == cfg->baseclass) &&
		    (!id->match_flag_subclass ||
			id->subclass == cfg->subclass) &&
		    (!id->match_flag_revid || id->revid == cfg->revid))
			return (id);
	}
	return (NULL);
}
