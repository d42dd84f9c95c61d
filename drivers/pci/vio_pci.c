/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `vio_pci`: virtio devices on PCI (virtio 1.3, section
 * 4.1), by the modern interface where there is one, else by the legacy one.
 *
 * A vio_pci device is a bus with one child.  Whatever driver knows the
 * child's type attaches to it and reaches the device through vio_bus_if.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/rman.h>
#include <sys/sbuf.h>
#include <sys/sysctl.h>

#include <machine/bus.h>
#include <machine/resource.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"
#include "virtio/vio.h"
#include "virtio/vio_compat.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/*
 * The type of a device by its ids, 0 if it is none of ours.  Type 0 is
 * reserved, and those of transitional devices are below 0x40 (4.1.2).
 */
static uint16_t
vio_pci_device_type(device_t dev)
{
	uint16_t id = pci_get_device(dev);

	if (pci_get_vendor(dev) != VIO_PCI_VENDOR ||
	    id < VIO_PCI_TRANSITIONAL_FIRST || id > VIO_PCI_DEVICE_LAST)
		return (0);
	if (id >= VIO_PCI_DEVICE_FIRST)
		return (id - VIO_PCI_DEVICE_FIRST);
	id = pci_get_subdevice(dev);
	return (
	    id < VIO_PCI_DEVICE_FIRST - VIO_PCI_TRANSITIONAL_FIRST ? id : 0);
}

bool
vio_pci_is_transitional(const struct vio_pci_softc *sc)
{
	return (pci_get_device(sc->vio_pci_dev) < VIO_PCI_DEVICE_FIRST);
}

static int
vio_pci_probe(device_t dev)
{
	char desc[64];
	const char *kind, *name;
	uint16_t type;

	type = vio_pci_device_type(dev);
	if (type == 0)
		return (ENXIO);
	kind = pci_get_device(dev) < VIO_PCI_DEVICE_FIRST ? "transitional" :
							    "modern";
	name = vio_device_name(type);
	if (name != NULL)
		snprintf(desc, sizeof(desc), "VirtIO PCI (%s) %s adapter", kind,
		    name);
	else
		snprintf(desc, sizeof(desc), "VirtIO PCI (%s) adapter, type %u",
		    kind, type);
	device_set_desc_copy(dev, desc);
	return (BUS_PROBE_VENDOR);
}

/* hw.vio_pci.NAME, for this device hw.vio_pci.UNIT.NAME, or `value`. */
int
vio_pci_tunable(const struct vio_pci_softc *sc, const char *name, int value)
{
	char path[64];

	snprintf(path, sizeof(path), "hw.vio_pci.%s", name);
	TUNABLE_INT_FETCH(path, &value);
	snprintf(path, sizeof(path), "hw.vio_pci.%d.%s",
	    device_get_unit(sc->vio_pci_dev), name);
	TUNABLE_INT_FETCH(path, &value);
	return (value);
}

/*
 * --- BARs ---
 */

struct resource *
vio_pci_map_bar(struct vio_pci_softc *sc, int bar)
{
	int rid, type;

	KASSERT(bar >= 0 && bar < VIO_PCI_BARS, ("%s: BAR %d", __func__, bar));
	if (sc->vio_pci_bar[bar] != NULL)
		return (sc->vio_pci_bar[bar]);
	rid = PCIR_BAR(bar);
	type = PCI_BAR_IO(pci_read_config(sc->vio_pci_dev, rid, 4)) ?
	    SYS_RES_IOPORT :
	    SYS_RES_MEMORY;
	sc->vio_pci_bar[bar] =
	    bus_alloc_resource_any(sc->vio_pci_dev, type, &rid, RF_ACTIVE);
	sc->vio_pci_bar_type[bar] = type;
	return (sc->vio_pci_bar[bar]);
}

static void
vio_pci_unmap(struct vio_pci_softc *sc)
{
	const struct vio_pci_region none = { .vr_res = NULL };
	int bar;

	sc->vio_pci_regs = sc->vio_pci_notify = sc->vio_pci_isr =
	    sc->vio_pci_config = none;
	for (bar = 0; bar < VIO_PCI_BARS; bar++) {
		if (sc->vio_pci_bar[bar] == NULL)
			continue;
		bus_release_resource(sc->vio_pci_dev, sc->vio_pci_bar_type[bar],
		    PCIR_BAR(bar), sc->vio_pci_bar[bar]);
		sc->vio_pci_bar[bar] = NULL;
	}
}

/* Maps the BAR whose register is `reg`: the device's word, or -1. */
static bool
vio_pci_map_register(struct vio_pci_softc *sc, int reg)
{
	if (reg < PCIR_BAR(0) || reg > PCIR_BAR(VIO_PCI_BARS - 1))
		return (false);
	return (vio_pci_map_bar(sc, (reg - PCIR_BARS) / 4) != NULL);
}

/*
 * --- attach and detach ---
 */

/* Finds the device's registers and resets it by them. */
static int
vio_pci_try(struct vio_pci_softc *sc, const struct vio_pci_ops *ops)
{
	int error;

	sc->vio_pci_ops = ops;
	error = ops->vpo_map(sc);
	if (error == 0)
		error = vio_pci_reset(sc);
	if (error == 0) {
		vio_pci_set_status(sc, VIO_STATUS_ACKNOWLEDGE);
		error = vio_pci_check_offer(sc, ops->vpo_read_features(sc));
	}
	if (error != 0)
		vio_pci_unmap(sc);
	return (error);
}

/*
 * A transitional device has both interfaces, a legacy one is told from it by
 * the want of the modern one's capabilities (4.1.5.1.1.1), or of VERSION_1
 * (2.2.3).
 */
static int
vio_pci_choose(struct vio_pci_softc *sc)
{
	int error;

	if (!vio_pci_is_transitional(sc))
		return (vio_pci_try(sc, &vio_pci_modern_ops));
	if (vio_pci_tunable(sc, "transitional", 1) != 0) {
		error = vio_pci_try(sc, &vio_pci_modern_ops);
		/* One that is dead is so by any interface. */
		if (error == 0 || sc->vio_pci_reset_error != 0)
			return (error);
	}
	return (vio_pci_try(sc, &vio_pci_legacy_ops));
}

static void
vio_pci_add_sysctls(struct vio_pci_softc *sc)
{
	struct sysctl_ctx_list *ctx;
	struct sysctl_oid_list *list;

	ctx = device_get_sysctl_ctx(sc->vio_pci_dev);
	list = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->vio_pci_dev));
	SYSCTL_ADD_STRING(ctx, list, OID_AUTO, "interface", CTLFLAG_RD,
	    __DECONST(char *, sc->vio_pci_ops->vpo_name), 0,
	    "Interface that the device is driven by");
	SYSCTL_ADD_STRING(ctx, list, OID_AUTO, "interrupts", CTLFLAG_RD,
	    sc->vio_pci_intr_text, 0, "How the device interrupts");
}

/* 3.1.1: when attaching has failed for good, the device is told. */
static void
vio_pci_check_child(struct vio_pci_softc *sc)
{
	if (sc->vio_pci_negotiated && !device_is_attached(sc->vio_pci_child)) {
		vio_pci_set_status(sc, VIO_STATUS_FAILED);
		sc->vio_pci_negotiated = false;
	}
}

static int
vio_pci_detach(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int error;

	if (sc->vio_pci_child != NULL) {
		error = device_delete_child(dev, sc->vio_pci_child);
		if (error != 0)
			return (error);
		sc->vio_pci_child = NULL;
	}
	/* Without a child the device may have been left half way. */
	if (sc->vio_pci_regs.vr_res != NULL && sc->vio_pci_reset_error == 0)
		vio_pci_stop(dev);
	vio_pci_teardown_intr(sc);
	vio_pci_free_vqs(sc);
	vio_pci_unmap(sc);
	return (0);
}

static int
vio_pci_attach(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int error;

	sc->vio_pci_dev = dev;
	sc->vio_pci_type = vio_pci_device_type(dev);
	sc->vio_pci_config_vector = VIO_PCI_NO_VECTOR;

	error = vio_pci_choose(sc);
	if (error != 0)
		goto fail;
	if (bootverbose)
		device_printf(dev, "driven by the %s interface\n",
		    sc->vio_pci_ops->vpo_name);
	/* pci(9) hands out messages only while table and pending bits are. */
	sc->vio_pci_msix_mapped =
	    vio_pci_map_register(sc, pci_msix_table_bar(dev)) &&
	    vio_pci_map_register(sc, pci_msix_pba_bar(dev));
	vio_pci_add_sysctls(sc);

	sc->vio_pci_child = device_add_child(dev, NULL, DEVICE_UNIT_ANY);
	if (sc->vio_pci_child == NULL) {
		error = ENOMEM;
		goto fail;
	}
	bus_generic_attach(dev);
	vio_pci_check_child(sc);
	return (0);

fail:
	vio_pci_detach(dev);
	return (error);
}

/* A driver was loaded that may be the one for our child. */
static void
vio_pci_driver_added(device_t dev, driver_t *driver)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	bus_generic_driver_added(dev, driver);
	if (sc->vio_pci_child != NULL)
		vio_pci_check_child(sc);
}

/*
 * After a detach the device is quiet and ready for another driver, whatever
 * the last one left undone.
 */
static void
vio_pci_child_detached(device_t dev, device_t child)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	vio_pci_stop(dev);
	vio_pci_teardown_intr(sc);
	vio_pci_free_vqs(sc);
	sc->vio_pci_negotiated = false;
	sc->vio_pci_feature_desc = NULL;
	if (sc->vio_pci_reset_error == 0)
		vio_pci_set_status(sc, VIO_STATUS_ACKNOWLEDGE);
}

static int
vio_pci_read_ivar(device_t dev, device_t child, int index, uintptr_t *result)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	switch (index) {
	case VIO_IVAR_DEVICE_TYPE:
		*result = sc->vio_pci_type;
		return (0);
	case VIO_IVAR_VENDOR:
		*result = pci_get_vendor(dev);
		return (0);
	case VIO_IVAR_DEVICE:
		*result = pci_get_device(dev);
		return (0);
	case VIO_IVAR_SUBVENDOR:
		*result = pci_get_subvendor(dev);
		return (0);
	case VIO_IVAR_SUBDEVICE:
		*result = pci_get_subdevice(dev);
		return (0);
	case VIO_IVAR_FEATURE_DESC:
		*result = (uintptr_t)sc->vio_pci_feature_desc;
		return (0);
	default:
		return (ENOENT);
	}
}

static int
vio_pci_write_ivar(device_t dev, device_t child, int index, uintptr_t value)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	switch (index) {
	case VIO_IVAR_FEATURE_DESC:
		sc->vio_pci_feature_desc = (const void *)value;
		return (0);
	case VIO_IVAR_DEVICE_TYPE:
	case VIO_IVAR_VENDOR:
	case VIO_IVAR_DEVICE:
	case VIO_IVAR_SUBVENDOR:
	case VIO_IVAR_SUBDEVICE:
		return (EINVAL);
	default:
		return (ENOENT);
	}
}

/* What devctl(8) and devmatch(8) show of the child. */
static int
vio_pci_child_pnpinfo(device_t dev, device_t child, struct sbuf *sb)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	sbuf_printf(sb,
	    "vendor=0x%04x device=0x%04x subvendor=0x%04x device_type=0x%04x",
	    pci_get_vendor(dev), pci_get_device(dev), pci_get_subvendor(dev),
	    sc->vio_pci_type);
	return (0);
}
VIO_PNPINFO_WRAPPER(vio_pci_child_pnpinfo);

static void
vio_pci_free_virtqueues(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	vio_pci_teardown_intr(sc);
	vio_pci_free_vqs(sc);
}

static device_method_t vio_pci_methods[] = {
	/* Device interface. */
	DEVMETHOD(device_probe, vio_pci_probe),
	DEVMETHOD(device_attach, vio_pci_attach),
	DEVMETHOD(device_detach, vio_pci_detach),
	DEVMETHOD(device_suspend, bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),

	/* Bus interface. */
	DEVMETHOD(bus_driver_added, vio_pci_driver_added),
	DEVMETHOD(bus_child_detached, vio_pci_child_detached),
	DEVMETHOD(bus_read_ivar, vio_pci_read_ivar),
	DEVMETHOD(bus_write_ivar, vio_pci_write_ivar),
	VIO_PNPINFO_METHOD(vio_pci_child_pnpinfo),

	/* Virtio bus interface. */
	DEVMETHOD(vio_bus_negotiate_features, vio_pci_negotiate_features),
	DEVMETHOD(vio_bus_finalize_features, vio_pci_finalize_features),
	DEVMETHOD(vio_bus_with_feature, vio_pci_with_feature),
	DEVMETHOD(vio_bus_alloc_virtqueues, vio_pci_alloc_virtqueues),
	DEVMETHOD(vio_bus_free_virtqueues, vio_pci_free_virtqueues),
	DEVMETHOD(vio_bus_setup_intr, vio_pci_setup_intr),
	DEVMETHOD(vio_bus_driver_ok, vio_pci_driver_ok),
	DEVMETHOD(vio_bus_stop, vio_pci_stop),
	DEVMETHOD(vio_bus_reinit, vio_pci_reinit),
	DEVMETHOD(vio_bus_notify_vq, vio_pci_notify_vq),
	DEVMETHOD(vio_bus_read_config, vio_pci_read_config),
	DEVMETHOD(vio_bus_write_config, vio_pci_write_config),
	DEVMETHOD(vio_bus_config_generation, vio_pci_config_generation),

	DEVMETHOD_END
};

static driver_t vio_pci_driver = {
	.name = "vio_pci",
	.methods = vio_pci_methods,
	.size = sizeof(struct vio_pci_softc),
};

VIO_DRIVER_MODULE(vio_pci, pci, vio_pci_driver);
MODULE_VERSION(vio_pci, 1);
MODULE_DEPEND(vio_pci, pci, 1, 1, 1);
MODULE_DEPEND(vio_pci, vio, 1, 1, 1);
