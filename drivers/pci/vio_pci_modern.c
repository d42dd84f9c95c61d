/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The registers of the modern interface: the structures that vio_pci_cap.c
 * has found (virtio 1.3, section 4.1.4).  Fields are accessed with their own
 * width, those of 64 bits in halves (4.1.3.1).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/rman.h>

#include <machine/bus.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"
#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

/*
 * Parts of a ring in cache lines of their own: driver and device do not
 * write to the same one.
 */
#define VIO_PCI_RING_ALIGN 128

/* A register of the common configuration structure, by its field. */
#define VIO_PCI_REG(sc, field) \
	((sc)->vio_pci_regs.vr_offset + offsetof(struct vio_pci_common, field))
#define VIO_PCI_READ(sc, width, field) \
	bus_read_##width((sc)->vio_pci_regs.vr_res, VIO_PCI_REG(sc, field))
#define VIO_PCI_WRITE(sc, width, field, value)                               \
	bus_write_##width((sc)->vio_pci_regs.vr_res, VIO_PCI_REG(sc, field), \
	    (value))

static uint8_t
vio_pci_modern_read_status(struct vio_pci_softc *sc)
{
	return (VIO_PCI_READ(sc, 1, device_status));
}

static void
vio_pci_modern_write_status(struct vio_pci_softc *sc, uint8_t status)
{
	VIO_PCI_WRITE(sc, 1, device_status, status);
}

static uint64_t
vio_pci_modern_read_features(struct vio_pci_softc *sc)
{
	uint64_t high, low;

	VIO_PCI_WRITE(sc, 4, device_feature_select, 0);
	low = VIO_PCI_READ(sc, 4, device_feature);
	VIO_PCI_WRITE(sc, 4, device_feature_select, 1);
	high = VIO_PCI_READ(sc, 4, device_feature);
	return (high << 32 | low);
}

/* 3.1.1, steps 4 to 6. */
static int
vio_pci_modern_agree(struct vio_pci_softc *sc, uint64_t features)
{
	VIO_PCI_WRITE(sc, 4, driver_feature_select, 0);
	VIO_PCI_WRITE(sc, 4, driver_feature, (uint32_t)features);
	VIO_PCI_WRITE(sc, 4, driver_feature_select, 1);
	VIO_PCI_WRITE(sc, 4, driver_feature, (uint32_t)(features >> 32));
	vio_pci_set_status(sc, VIO_STATUS_FEATURES_OK);
	if ((vio_pci_read_status(sc) & VIO_STATUS_FEATURES_OK) != 0)
		return (0);
	sc->vio_pci_status &= ~VIO_STATUS_FEATURES_OK;
	return (ENOTSUP);
}

/* The doorbell, checked to lie inside the notification structure. */
static int
vio_pci_modern_doorbell(struct vio_pci_softc *sc, int queue, bus_size_t *offset)
{
	uint64_t off;
	uint16_t notify_off;

	notify_off = VIO_PCI_READ(sc, 2, queue_notify_off);
	/* 16 by 32 bits: no overflow. */
	off = (uint64_t)notify_off * sc->vio_pci_notify_multiplier;
	if (off % 2 != 0 || off + 2 > sc->vio_pci_notify.vr_length) {
		device_printf(sc->vio_pci_dev,
		    "queue %d: doorbell at %#jx of %#jx bytes\n", queue,
		    (uintmax_t)off, (uintmax_t)sc->vio_pci_notify.vr_length);
		return (ENXIO);
	}
	*offset = sc->vio_pci_notify.vr_offset + off;
	return (0);
}

/* 4.1.5.1.3 */
static int
vio_pci_modern_find_vq(struct vio_pci_softc *sc, int queue,
    struct vio_pci_place *place)
{
	uint16_t have;

	have = VIO_PCI_READ(sc, 2, num_queues);
	if (queue >= have) {
		device_printf(sc->vio_pci_dev,
		    "queue %d needed, the device has %u\n", queue, have);
		return (ENXIO);
	}
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	place->vpp_size = VIO_PCI_READ(sc, 2, queue_size);
	place->vpp_enabled = VIO_PCI_READ(sc, 2, queue_enable) != 0;
	return (vio_pci_modern_doorbell(sc, queue, &place->vpp_doorbell));
}

/* Tells the device where a queue is; enabling it comes last. */
static int
vio_pci_modern_write_vq(struct vio_pci_softc *sc, int queue)
{
	struct vio_vq *vq = sc->vio_pci_vqs[queue].vpq_vq;
	uint64_t addr;

	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_size, vio_vq_size(vq));
	if (VIO_PCI_READ(sc, 2, queue_size) != vio_vq_size(vq)) {
		device_printf(sc->vio_pci_dev,
		    "queue %d cannot have %u entries\n", queue,
		    vio_vq_size(vq));
		return (ENXIO);
	}
	addr = vio_vq_desc_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_desc_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_desc_hi, (uint32_t)(addr >> 32));
	addr = vio_vq_avail_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_driver_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_driver_hi, (uint32_t)(addr >> 32));
	addr = vio_vq_used_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_device_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_device_hi, (uint32_t)(addr >> 32));
	return (0);
}

static void
vio_pci_modern_enable_vq(struct vio_pci_softc *sc, int queue)
{
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_enable, 1);
}

static uint16_t
vio_pci_modern_map_config(struct vio_pci_softc *sc, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, config_msix_vector, vector);
	return (VIO_PCI_READ(sc, 2, config_msix_vector));
}

static uint16_t
vio_pci_modern_map_vq(struct vio_pci_softc *sc, int queue, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_msix_vector, vector);
	return (VIO_PCI_READ(sc, 2, queue_msix_vector));
}

static void
vio_pci_modern_config(struct vio_pci_softc *sc, struct vio_pci_region *region)
{
	*region = sc->vio_pci_config;
}

static int
vio_pci_modern_generation(struct vio_pci_softc *sc)
{
	return (VIO_PCI_READ(sc, 1, config_generation));
}

const struct vio_pci_ops vio_pci_modern_ops = {
	.vpo_name = "modern",
	.vpo_features =
	    VIO_F_VERSION_1 | VIO_F_ACCESS_PLATFORM | VIO_VQ_FEATURES,
	.vpo_required = VIO_F_VERSION_1,
	.vpo_ring_align = VIO_PCI_RING_ALIGN,
	.vpo_fixed_size = false,
	.vpo_map = vio_pci_modern_map,
	.vpo_read_status = vio_pci_modern_read_status,
	.vpo_write_status = vio_pci_modern_write_status,
	.vpo_read_features = vio_pci_modern_read_features,
	.vpo_agree = vio_pci_modern_agree,
	.vpo_find_vq = vio_pci_modern_find_vq,
	.vpo_write_vq = vio_pci_modern_write_vq,
	.vpo_enable_vq = vio_pci_modern_enable_vq,
	.vpo_map_config = vio_pci_modern_map_config,
	.vpo_map_vq = vio_pci_modern_map_vq,
	.vpo_config = vio_pci_modern_config,
	.vpo_generation = vio_pci_modern_generation,
};
