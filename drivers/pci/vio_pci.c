/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `vio_pci`: virtio devices on PCI, by the modern
 * interface (virtio 1.3, section 4.1).
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

static int
vio_pci_probe(device_t dev)
{
	char desc[64];
	const char *name;
	uint16_t id, type;

	id = pci_get_device(dev);
	if (pci_get_vendor(dev) != VIO_PCI_VENDOR ||
	    id < VIO_PCI_DEVICE_FIRST || id > VIO_PCI_DEVICE_LAST)
		return (ENXIO);
	type = id - VIO_PCI_DEVICE_FIRST;
	name = vio_device_name(type);
	if (name != NULL)
		snprintf(desc, sizeof(desc), "VirtIO PCI (modern) %s adapter",
		    name);
	else
		snprintf(desc, sizeof(desc),
		    "VirtIO PCI (modern) adapter, type %u", type);
	device_set_desc_copy(dev, desc);
	return (BUS_PROBE_VENDOR);
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
	if (sc->vio_pci_common.vr_res != NULL && sc->vio_pci_reset_error == 0)
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
	sc->vio_pci_type = pci_get_device(dev) - VIO_PCI_DEVICE_FIRST;
	sc->vio_pci_config_vector = VIO_PCI_NO_VECTOR;

	error = vio_pci_map(sc);
	if (error != 0)
		goto fail;
	error = vio_pci_reset(sc);
	if (error != 0)
		goto fail;
	vio_pci_set_status(sc, VIO_STATUS_ACKNOWLEDGE);

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
