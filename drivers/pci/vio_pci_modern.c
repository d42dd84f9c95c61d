/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The registers of a modern device: status, features, configuration and
 * queues (virtio 1.3, sections 2.1, 2.2, 3.1 and 4.1.4).
 *
 * bus_space(9) gives registers on PCI in the host's byte order.  Fields are
 * accessed with their own width, those of 64 bits in halves (4.1.3.1).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/rman.h>

#include <machine/bus.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"
#include "virtio/vio.h"
#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/*
 * A reset is over at once in most devices, and soon in all others.  Waiting
 * for it in steps of a millisecond ends after a second.
 */
#define VIO_PCI_RESET_STEP_US 1000
#define VIO_PCI_RESET_STEPS   1000

/*
 * Parts of a ring in cache lines of their own: driver and device do not
 * write to the same one.
 */
#define VIO_PCI_RING_ALIGN 128

/* What the transport and the virtqueue can do for any device. */
#define VIO_PCI_FEATURES \
	(VIO_F_VERSION_1 | VIO_F_ACCESS_PLATFORM | VIO_VQ_FEATURES)

/* A register of the common configuration structure, by its field. */
#define VIO_PCI_REG(sc, field)            \
	((sc)->vio_pci_common.vr_offset + \
	    offsetof(struct vio_pci_common, field))
#define VIO_PCI_READ(sc, width, field) \
	bus_read_##width((sc)->vio_pci_common.vr_res, VIO_PCI_REG(sc, field))
#define VIO_PCI_WRITE(sc, width, field, value)                                 \
	bus_write_##width((sc)->vio_pci_common.vr_res, VIO_PCI_REG(sc, field), \
	    (value))

uint8_t
vio_pci_read_status(struct vio_pci_softc *sc)
{
	return (VIO_PCI_READ(sc, 1, device_status));
}

void
vio_pci_set_status(struct vio_pci_softc *sc, uint8_t bits)
{
	sc->vio_pci_status |= bits;
	VIO_PCI_WRITE(sc, 1, device_status, sc->vio_pci_status);
}

/* Pulled out, it reads as all ones and will not change its mind. */
static bool
vio_pci_is_gone(struct vio_pci_softc *sc, uint8_t status)
{
	return (status == 0xff && bus_child_present(sc->vio_pci_dev) == 0);
}

/*
 * 4.1.4.3.2: the device has reset when its status reads as 0.  One that
 * never gets there may still be using our memory, so it loses the bus.
 */
int
vio_pci_reset(struct vio_pci_softc *sc)
{
	uint8_t status;
	int step;

	sc->vio_pci_status = VIO_STATUS_RESET;
	sc->vio_pci_reset_error = 0;
	VIO_PCI_WRITE(sc, 1, device_status, VIO_STATUS_RESET);
	for (step = 0; step < VIO_PCI_RESET_STEPS; step++) {
		status = vio_pci_read_status(sc);
		if (status == VIO_STATUS_RESET) {
			pci_enable_busmaster(sc->vio_pci_dev);
			return (0);
		}
		if (vio_pci_is_gone(sc, status)) {
			sc->vio_pci_reset_error = ENXIO;
			return (ENXIO);
		}
		DELAY(VIO_PCI_RESET_STEP_US);
	}
	pci_disable_busmaster(sc->vio_pci_dev);
	device_printf(sc->vio_pci_dev,
	    "the device does not reset; taken off the bus\n");
	sc->vio_pci_reset_error = ETIMEDOUT;
	return (ETIMEDOUT);
}

void
vio_pci_stop(device_t dev)
{
	(void)vio_pci_reset(device_get_softc(dev));
}

/*
 * --- features (2.2) ---
 */

static uint64_t
vio_pci_device_features(struct vio_pci_softc *sc)
{
	uint64_t high, low;

	VIO_PCI_WRITE(sc, 4, device_feature_select, 0);
	low = VIO_PCI_READ(sc, 4, device_feature);
	VIO_PCI_WRITE(sc, 4, device_feature_select, 1);
	high = VIO_PCI_READ(sc, 4, device_feature);
	return (high << 32 | low);
}

static void
vio_pci_write_features(struct vio_pci_softc *sc, uint64_t features)
{
	VIO_PCI_WRITE(sc, 4, driver_feature_select, 0);
	VIO_PCI_WRITE(sc, 4, driver_feature, (uint32_t)features);
	VIO_PCI_WRITE(sc, 4, driver_feature_select, 1);
	VIO_PCI_WRITE(sc, 4, driver_feature, (uint32_t)(features >> 32));
	sc->vio_pci_features = features;
}

/* 3.1.1, steps 1 to 3. */
static int
vio_pci_begin(struct vio_pci_softc *sc)
{
	int error;

	error = vio_pci_reset(sc);
	if (error != 0)
		return (error);
	vio_pci_set_status(sc, VIO_STATUS_ACKNOWLEDGE);
	vio_pci_set_status(sc, VIO_STATUS_DRIVER);
	return (0);
}

uint64_t
vio_pci_negotiate_features(device_t dev, uint64_t features)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	uint64_t offered;

	sc->vio_pci_negotiated = true;
	sc->vio_pci_features = 0;
	/* finalize_features has the answer for a device that stays dead. */
	if (vio_pci_begin(sc) != 0)
		return (0);
	offered = vio_pci_device_features(sc);
	vio_describe_features(dev, "available features", offered,
	    sc->vio_pci_feature_desc);
	features = offered & (features | VIO_PCI_FEATURES);
	vio_describe_features(dev, "negotiated features", features,
	    sc->vio_pci_feature_desc);
	vio_pci_write_features(sc, features);
	return (features);
}

int
vio_pci_finalize_features(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	if (sc->vio_pci_reset_error != 0)
		return (sc->vio_pci_reset_error);
	if ((sc->vio_pci_features & VIO_F_VERSION_1) == 0) {
		device_printf(dev, "the device does not offer VERSION_1\n");
		return (ENOTSUP);
	}
	vio_pci_set_status(sc, VIO_STATUS_FEATURES_OK);
	if ((vio_pci_read_status(sc) & VIO_STATUS_FEATURES_OK) == 0) {
		device_printf(dev, "the device refuses features %#jx\n",
		    (uintmax_t)sc->vio_pci_features);
		return (ENOTSUP);
	}
	return (0);
}

bool
vio_pci_with_feature(device_t dev, uint64_t feature)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	return ((sc->vio_pci_features & feature) == feature);
}

/*
 * --- queues (4.1.5.1.3) ---
 */

/* The doorbell, checked to lie inside the notification structure. */
static int
vio_pci_notify_offset(struct vio_pci_softc *sc, int queue, bus_size_t *offset)
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

static int
vio_pci_alloc_vq(struct vio_pci_softc *sc, int queue,
    const struct vio_vq_info *info)
{
	bus_size_t offset;
	uint16_t size;
	int error;

	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	size = VIO_PCI_READ(sc, 2, queue_size);
	if (size == 0 || size > VIO_SPLIT_SIZE_MAX || !powerof2(size)) {
		device_printf(sc->vio_pci_dev, "queue %d (%s) of %u entries\n",
		    queue, info->vqi_name, size);
		return (ENXIO);
	}
	if (VIO_PCI_READ(sc, 2, queue_enable) != 0) {
		device_printf(sc->vio_pci_dev,
		    "queue %d (%s) is enabled after a reset\n", queue,
		    info->vqi_name);
		return (ENXIO);
	}
	error = vio_pci_notify_offset(sc, queue, &offset);
	if (error != 0)
		return (error);
	return (vio_vq_alloc(sc->vio_pci_dev, queue,
	    MIN(size, info->vqi_max_size), VIO_PCI_RING_ALIGN, offset,
	    sc->vio_pci_features, info, &sc->vio_pci_vqs[queue].vpq_vq));
}

/* Tells the device where a queue is; enabling it comes last. */
static void
vio_pci_write_vq(struct vio_pci_softc *sc, int queue)
{
	struct vio_vq *vq = sc->vio_pci_vqs[queue].vpq_vq;
	uint64_t addr;

	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_size, vio_vq_size(vq));
	addr = vio_vq_desc_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_desc_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_desc_hi, (uint32_t)(addr >> 32));
	addr = vio_vq_avail_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_driver_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_driver_hi, (uint32_t)(addr >> 32));
	addr = vio_vq_used_addr(vq);
	VIO_PCI_WRITE(sc, 4, queue_device_lo, (uint32_t)addr);
	VIO_PCI_WRITE(sc, 4, queue_device_hi, (uint32_t)(addr >> 32));
}

int
vio_pci_alloc_virtqueues(device_t dev, int nvqs, struct vio_vq_info *info)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int error, i;
	uint16_t have;

	KASSERT(nvqs > 0 && sc->vio_pci_vqs == NULL,
	    ("%s: %d queues, %d allocated", __func__, nvqs, sc->vio_pci_nvqs));
	have = VIO_PCI_READ(sc, 2, num_queues);
	if (nvqs > have) {
		device_printf(dev, "%d queues needed, the device has %u\n",
		    nvqs, have);
		return (ENXIO);
	}
	sc->vio_pci_vqs = malloc(nvqs * sizeof(sc->vio_pci_vqs[0]), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	sc->vio_pci_nvqs = nvqs;
	for (i = 0; i < nvqs; i++) {
		sc->vio_pci_vqs[i].vpq_vector = VIO_PCI_NO_VECTOR;
		error = vio_pci_alloc_vq(sc, i, &info[i]);
		if (error != 0) {
			vio_pci_free_vqs(sc);
			return (error);
		}
		vio_pci_write_vq(sc, i);
	}
	for (i = 0; i < nvqs; i++)
		*info[i].vqi_vqp = sc->vio_pci_vqs[i].vpq_vq;
	return (0);
}

void
vio_pci_free_vqs(struct vio_pci_softc *sc)
{
	int i;

	for (i = 0; i < sc->vio_pci_nvqs; i++)
		if (sc->vio_pci_vqs[i].vpq_vq != NULL)
			vio_vq_free(sc->vio_pci_vqs[i].vpq_vq);
	free(sc->vio_pci_vqs, M_DEVBUF);
	sc->vio_pci_vqs = NULL;
	sc->vio_pci_nvqs = 0;
}

/* 4.1.5.1.2.2: a mapping holds only if the register reads back the same. */
int
vio_pci_map_config_vector(struct vio_pci_softc *sc, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, config_msix_vector, vector);
	if (VIO_PCI_READ(sc, 2, config_msix_vector) != vector)
		return (ENXIO);
	sc->vio_pci_config_vector = vector;
	return (0);
}

int
vio_pci_map_vq_vector(struct vio_pci_softc *sc, int queue, uint16_t vector)
{
	VIO_PCI_WRITE(sc, 2, queue_select, queue);
	VIO_PCI_WRITE(sc, 2, queue_msix_vector, vector);
	if (VIO_PCI_READ(sc, 2, queue_msix_vector) != vector)
		return (ENXIO);
	sc->vio_pci_vqs[queue].vpq_vector = vector;
	return (0);
}

void
vio_pci_driver_ok(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int i;

	for (i = 0; i < sc->vio_pci_nvqs; i++) {
		VIO_PCI_WRITE(sc, 2, queue_select, i);
		VIO_PCI_WRITE(sc, 2, queue_enable, 1);
	}
	vio_pci_set_status(sc, VIO_STATUS_DRIVER_OK);
}

int
vio_pci_reinit(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	uint64_t features = sc->vio_pci_features;
	int error, i;

	error = vio_pci_begin(sc);
	if (error != 0)
		return (error);
	if ((vio_pci_device_features(sc) & features) != features) {
		device_printf(dev, "the device has lost features\n");
		error = ENXIO;
		goto fail;
	}
	vio_pci_write_features(sc, features);
	error = vio_pci_finalize_features(dev);
	for (i = 0; i < sc->vio_pci_nvqs && error == 0; i++) {
		error = vio_vq_reinit(sc->vio_pci_vqs[i].vpq_vq);
		if (error != 0)
			break;
		vio_pci_write_vq(sc, i);
		if (sc->vio_pci_vqs[i].vpq_vector != VIO_PCI_NO_VECTOR)
			error = vio_pci_map_vq_vector(sc, i,
			    sc->vio_pci_vqs[i].vpq_vector);
	}
	if (error == 0 && sc->vio_pci_config_vector != VIO_PCI_NO_VECTOR)
		error =
		    vio_pci_map_config_vector(sc, sc->vio_pci_config_vector);
	if (error == 0)
		return (0);
fail:
	vio_pci_stop(dev);
	return (error);
}

void
vio_pci_notify_vq(device_t dev, uint16_t queue, bus_size_t offset)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	bus_write_2(sc->vio_pci_notify.vr_res, offset, queue);
}

/*
 * --- device-specific configuration (2.5) ---
 */

/* The place of a field in its BAR, when the device has it. */
static int
vio_pci_config_field(struct vio_pci_softc *sc, bus_size_t offset, int len,
    bus_size_t *place)
{
	const struct vio_pci_region *region = &sc->vio_pci_config;

	if (len != 1 && len != 2 && len != 4 && len != 8)
		return (EINVAL);
	if (offset % MIN(len, 4) != 0)
		return (EINVAL);
	if (region->vr_res == NULL || offset > region->vr_length ||
	    (bus_size_t)len > region->vr_length - offset)
		return (ENXIO);
	*place = region->vr_offset + offset;
	return (0);
}

int
vio_pci_read_config(device_t dev, bus_size_t offset, void *dst, int len)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	struct resource *res = sc->vio_pci_config.vr_res;
	bus_size_t at;
	uint64_t low;
	int error;

	error = vio_pci_config_field(sc, offset, len, &at);
	if (error != 0)
		return (error);
	switch (len) {
	case 1:
		*(uint8_t *)dst = bus_read_1(res, at);
		break;
	case 2:
		*(uint16_t *)dst = bus_read_2(res, at);
		break;
	case 4:
		*(uint32_t *)dst = bus_read_4(res, at);
		break;
	default:
		low = bus_read_4(res, at);
		*(uint64_t *)dst =
		    (uint64_t)bus_read_4(res, at + 4) << 32 | low;
		break;
	}
	return (0);
}

int
vio_pci_write_config(device_t dev, bus_size_t offset, const void *src, int len)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	struct resource *res = sc->vio_pci_config.vr_res;
	bus_size_t at;
	uint64_t value;
	int error;

	error = vio_pci_config_field(sc, offset, len, &at);
	if (error != 0)
		return (error);
	switch (len) {
	case 1:
		bus_write_1(res, at, *(const uint8_t *)src);
		break;
	case 2:
		bus_write_2(res, at, *(const uint16_t *)src);
		break;
	case 4:
		bus_write_4(res, at, *(const uint32_t *)src);
		break;
	default:
		value = *(const uint64_t *)src;
		bus_write_4(res, at, (uint32_t)value);
		bus_write_4(res, at + 4, (uint32_t)(value >> 32));
		break;
	}
	return (0);
}

int
vio_pci_config_generation(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	return (VIO_PCI_READ(sc, 1, config_generation));
}
