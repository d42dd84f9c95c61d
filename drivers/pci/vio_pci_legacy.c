/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The registers of the legacy interface, in an I/O BAR (virtio 1.3, section
 * 4.1.4.10).
 *
 * There is no FEATURES_OK, no configuration generation and no feature above
 * bit 31; a queue has the size that the device says, and is in use as soon as
 * its address is written.  Rings and configuration are in the guest's own
 * byte order (2.5.3, 2.7.3), which the rest of this driver takes to be little:
 * on other processors such a device is left alone.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/endian.h>
#include <sys/rman.h>

#include <machine/bus.h>
#include <machine/resource.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"
#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

CTASSERT(sizeof(struct vio_pci_legacy) == 24);
CTASSERT(offsetof(struct vio_pci_legacy, config_msix_vector) ==
    VIO_PCI_LEGACY_HEADER);

#define VIO_PCI_REG(field) offsetof(struct vio_pci_legacy, field)
#define VIO_PCI_READ(sc, width, field) \
	bus_read_##width((sc)->vio_pci_regs.vr_res, VIO_PCI_REG(field))
#define VIO_PCI_WRITE(sc, width, field, value)                           \
	bus_write_##width((sc)->vio_pci_regs.vr_res, VIO_PCI_REG(field), \
	    (value))

static int
vio_pci_legacy_map(struct vio_pci_softc *sc)
{
	device_t dev = sc->vio_pci_dev;
	struct resource *res;

	/* 4.1.2.3: revision 0 is the interface that is known here. */
	if (pci_get_revid(dev) != 0 || _BYTE_ORDER != _LITTLE_ENDIAN) {
		device_printf(dev, "no legacy interface of revision %u\n",
		    pci_get_revid(dev));
		return (ENXIO);
	}
	res = vio_pci_map_bar(sc, 0);
	if (res == NULL || sc->vio_pci_bar_type[0] != SYS_RES_IOPORT ||
	    rman_get_size(res) < sizeof(struct vio_pci_legacy)) {
		device_printf(dev, "no legacy registers in BAR 0\n");
		return (ENXIO);
	}
	sc->vio_pci_regs.vr_res = res;
	sc->vio_pci_regs.vr_offset = 0;
	sc->vio_pci_regs.vr_length = rman_get_size(res);
	sc->vio_pci_notify = sc->vio_pci_regs;
	sc->vio_pci_isr = sc->vio_pci_regs;
	sc->vio_pci_isr.vr_offset = VIO_PCI_REG(isr_status);
	if (pci_find_cap(dev, PCIY_MSIX, &sc->vio_pci_msix_cap) != 0)
		sc->vio_pci_msix_cap = 0;
	return (0);
}

static uint8_t
vio_pci_legacy_read_status(struct vio_pci_softc *sc)
{
	return (VIO_PCI_READ(sc, 1, device_status));
}

static void
vio_pci_legacy_write_status(struct vio_pci_softc *sc, uint8_t status)
{
	VIO_PCI_WRITE(sc, 1, device_status, status);
}

static uint64_t
vio_pci_legacy_read_features(struct vio_pci_softc *sc)
{
	return (VIO_PCI_READ(sc, 4, device_features));
}

/* 3.1.2: the device has no way to refuse. */
static int
vio_pci_legacy_agree(struct vio_pci_softc *sc, uint64_t features)
{
	VIO_PCI_WRITE(sc, 4, driver_features, (uint32_t)features);
	return (0);
}

static int
vio_pci_legacy_find_vq(struct vio_pci_softc *sc, int queue,
    struct vio_pci_place *place)
{
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	place->vpp_size = VIO_PCI_READ(sc, 2, queue_size);
	place->vpp_enabled = VIO_PCI_READ(sc, 4, queue_address) != 0;
	place->vpp_doorbell = VIO_PCI_REG(queue_notify);
	return (0);
}

/* 4.1.5.1.3: a number of pages, in 32 bits. */
static int
vio_pci_legacy_write_vq(struct vio_pci_softc *sc, int queue)
{
	bus_addr_t addr = vio_vq_desc_addr(sc->vio_pci_vqs[queue].vpq_vq);

	if (addr >> VIO_PCI_LEGACY_PAGE_SHIFT > UINT32_MAX) {
		device_printf(sc->vio_pci_dev,
		    "queue %d at %#jx is out of the device's reach\n", queue,
		    (uintmax_t)addr);
		return (ENOMEM);
	}
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 4, queue_address,
	    (uint32_t)(addr >> VIO_PCI_LEGACY_PAGE_SHIFT));
	return (0);
}

static void
vio_pci_legacy_enable_vq(struct vio_pci_softc *sc, int queue)
{
	/* It has been since its address was written. */
}

/* The two vector registers exist while MSI-X is enabled, as it is then. */
static uint16_t
vio_pci_legacy_map_config(struct vio_pci_softc *sc, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, config_msix_vector, vector);
	return (VIO_PCI_READ(sc, 2, config_msix_vector));
}

static uint16_t
vio_pci_legacy_map_vq(struct vio_pci_softc *sc, int queue, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_msix_vector, vector);
	return (VIO_PCI_READ(sc, 2, queue_msix_vector));
}

/*
 * Behind the registers, two of which come and go.  The function is asked: it
 * may have had MSI-X enabled before we came.
 */
static void
vio_pci_legacy_config(struct vio_pci_softc *sc, struct vio_pci_region *region)
{
	*region = sc->vio_pci_regs;
	region->vr_offset = VIO_PCI_LEGACY_HEADER;
	if (sc->vio_pci_msix_cap != 0 &&
	    (pci_read_config(sc->vio_pci_dev,
		 sc->vio_pci_msix_cap + PCIR_MSIX_CTRL, 2) &
		PCIM_MSIXCTRL_MSIX_ENABLE) != 0)
		region->vr_offset = sizeof(struct vio_pci_legacy);
	region->vr_length -= region->vr_offset;
}

static int
vio_pci_legacy_generation(struct vio_pci_softc *sc)
{
	return (-1);
}

const struct vio_pci_ops vio_pci_legacy_ops = {
	.vpo_name = "legacy",
	/* 6.3: ANY_LAYOUT must be accepted where it is offered. */
	.vpo_features = VIO_F_ANY_LAYOUT | VIO_VQ_FEATURES,
	.vpo_required = 0,
	.vpo_ring_align = 1 << VIO_PCI_LEGACY_PAGE_SHIFT,
	.vpo_fixed_size = true,
	.vpo_map = vio_pci_legacy_map,
	.vpo_read_status = vio_pci_legacy_read_status,
	.vpo_write_status = vio_pci_legacy_write_status,
	.vpo_read_features = vio_pci_legacy_read_features,
	.vpo_agree = vio_pci_legacy_agree,
	.vpo_find_vq = vio_pci_legacy_find_vq,
	.vpo_write_vq = vio_pci_legacy_write_vq,
	.vpo_enable_vq = vio_pci_legacy_enable_vq,
	.vpo_map_config = vio_pci_legacy_map_config,
	.vpo_map_vq = vio_pci_legacy_map_vq,
	.vpo_config = vio_pci_legacy_config,
	.vpo_generation = vio_pci_legacy_generation,
};
