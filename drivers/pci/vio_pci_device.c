/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a device is driven through, whichever interface it has: status,
 * features, virtqueues and configuration (virtio 1.3, sections 2.1 to 2.6 and
 * 3.1).  How the registers look is in vio_pci_modern.c and vio_pci_legacy.c.
 *
 * bus_space(9) gives registers on PCI in the host's byte order.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/rman.h>

#include <machine/bus.h>

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
 * --- status (2.1) ---
 */

uint8_t
vio_pci_read_status(struct vio_pci_softc *sc)
{
	return (sc->vio_pci_ops->vpo_read_status(sc));
}

void
vio_pci_set_status(struct vio_pci_softc *sc, uint8_t bits)
{
	sc->vio_pci_status |= bits;
	sc->vio_pci_ops->vpo_write_status(sc, sc->vio_pci_status);
}

bool
vio_pci_is_gone(struct vio_pci_softc *sc, uint8_t value)
{
	return (value == 0xff && bus_child_present(sc->vio_pci_dev) == 0);
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
	sc->vio_pci_ops->vpo_write_status(sc, VIO_STATUS_RESET);
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

int
vio_pci_check_offer(struct vio_pci_softc *sc, uint64_t offered)
{
	uint64_t missing = sc->vio_pci_ops->vpo_required & ~offered;

	if (missing == 0)
		return (0);
	vio_print_features(sc->vio_pci_dev, "the device does not offer",
	    missing, NULL);
	return (ENOTSUP);
}

/* Writes a set and asks whether the device takes it: 0 or ENOTSUP. */
static int
vio_pci_agree(struct vio_pci_softc *sc, uint64_t features)
{
	int error;

	error = sc->vio_pci_ops->vpo_agree(sc, features);
	sc->vio_pci_features = error == 0 ? features : 0;
	return (error);
}

/*
 * Agrees with the device on the largest of three sets that it takes: all
 * that both sides know; the same without what only makes rings faster; and
 * what no device of this interface goes without.
 */
static int
vio_pci_settle(struct vio_pci_softc *sc, uint64_t offered, uint64_t features)
{
	const uint64_t own = offered & sc->vio_pci_ops->vpo_features;
	const uint64_t sets[] = {
		(features & offered) | own,
		((features & offered) | own) & ~VIO_VQ_FEATURES,
		own & ~VIO_VQ_FEATURES,
	};
	size_t i;
	int error;

	error = vio_pci_check_offer(sc, offered);
	if (error != 0)
		return (error);
	for (i = 0; i < nitems(sets); i++) {
		if (i > 0 && sets[i] == sets[i - 1])
			continue;
		/* 2.2.2: only a reset lets a driver think again. */
		if (i > 0) {
			error = vio_pci_begin(sc);
			if (error != 0)
				return (error);
		}
		error = vio_pci_agree(sc, sets[i]);
		if (error == 0)
			return (0);
		vio_print_features(sc->vio_pci_dev,
		    "the device refuses features", sets[i],
		    sc->vio_pci_feature_desc);
	}
	return (error);
}

/* After a reset, the features that were agreed on before it. */
static int
vio_pci_renew(struct vio_pci_softc *sc)
{
	uint64_t features = sc->vio_pci_features, lost;
	int error;

	error = vio_pci_begin(sc);
	if (error != 0)
		return (error);
	lost = features & ~sc->vio_pci_ops->vpo_read_features(sc);
	if (lost != 0) {
		vio_print_features(sc->vio_pci_dev,
		    "the device has lost features", lost,
		    sc->vio_pci_feature_desc);
		return (ENXIO);
	}
	error = vio_pci_agree(sc, features);
	if (error != 0)
		vio_print_features(sc->vio_pci_dev,
		    "the device refuses features that it took before", features,
		    sc->vio_pci_feature_desc);
	/* A later attempt is for the same set. */
	sc->vio_pci_features = features;
	return (error);
}

uint64_t
vio_pci_negotiate_features(device_t dev, uint64_t features)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	uint64_t offered;
	int error;

	sc->vio_pci_negotiated = true;
	sc->vio_pci_features = 0;
	error = vio_pci_begin(sc);
	if (error == 0) {
		offered = sc->vio_pci_ops->vpo_read_features(sc);
		vio_describe_features(dev, "available features", offered,
		    sc->vio_pci_feature_desc);
		error = vio_pci_settle(sc, offered, features);
	}
	/* finalize_features gives the answer. */
	sc->vio_pci_features_error = error;
	if (error == 0)
		vio_describe_features(dev, "negotiated features",
		    sc->vio_pci_features, sc->vio_pci_feature_desc);
	return (sc->vio_pci_features);
}

int
vio_pci_finalize_features(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	return (sc->vio_pci_features_error);
}

bool
vio_pci_with_feature(device_t dev, uint64_t feature)
{
	struct vio_pci_softc *sc = device_get_softc(dev);

	return ((sc->vio_pci_features & feature) == feature);
}

/*
 * --- queues ---
 */

static int
vio_pci_alloc_vq(struct vio_pci_softc *sc, int queue,
    const struct vio_vq_info *info)
{
	const struct vio_pci_ops *ops = sc->vio_pci_ops;
	struct vio_pci_place place;
	int error;

	error = ops->vpo_find_vq(sc, queue, &place);
	if (error != 0)
		return (error);
	if (place.vpp_size == 0 || place.vpp_size > VIO_SPLIT_SIZE_MAX ||
	    !powerof2(place.vpp_size)) {
		device_printf(sc->vio_pci_dev, "queue %d (%s) of %u entries\n",
		    queue, info->vqi_name, place.vpp_size);
		return (ENXIO);
	}
	if (place.vpp_enabled) {
		device_printf(sc->vio_pci_dev,
		    "queue %d (%s) is enabled after a reset\n", queue,
		    info->vqi_name);
		return (ENXIO);
	}
	/* Only one that can be told may have another size than it says. */
	if (!ops->vpo_fixed_size && place.vpp_size > info->vqi_max_size)
		place.vpp_size = info->vqi_max_size;
	return (vio_vq_alloc(sc->vio_pci_dev, queue, place.vpp_size,
	    ops->vpo_ring_align, place.vpp_doorbell, sc->vio_pci_features, info,
	    &sc->vio_pci_vqs[queue].vpq_vq));
}

int
vio_pci_alloc_virtqueues(device_t dev, int nvqs, struct vio_vq_info *info)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	bool written;
	int error, i;

	KASSERT(nvqs > 0 && sc->vio_pci_vqs == NULL,
	    ("%s: %d queues, %d allocated", __func__, nvqs, sc->vio_pci_nvqs));
	sc->vio_pci_vqs = malloc(nvqs * sizeof(sc->vio_pci_vqs[0]), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	sc->vio_pci_nvqs = nvqs;
	for (i = 0; i < nvqs; i++)
		sc->vio_pci_vqs[i].vpq_vector = VIO_PCI_NO_VECTOR;
	error = 0;
	for (i = 0; i < nvqs && error == 0; i++)
		error = vio_pci_alloc_vq(sc, i, &info[i]);
	/* Only when nothing can go wrong any more does the device know. */
	written = error == 0;
	for (i = 0; i < nvqs && error == 0; i++)
		error = sc->vio_pci_ops->vpo_write_vq(sc, i);
	if (error != 0) {
		/*
		 * A legacy device has those that were written in use until
		 * it is reset; the driver may want to try with fewer.
		 */
		if (written && vio_pci_renew(sc) != 0)
			vio_pci_stop(dev);
		vio_pci_free_vqs(sc);
		return (error);
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
	if (sc->vio_pci_ops->vpo_map_config(sc, vector) != vector)
		return (ENXIO);
	sc->vio_pci_config_vector = vector;
	return (0);
}

int
vio_pci_map_vq_vector(struct vio_pci_softc *sc, int queue, uint16_t vector)
{
	if (sc->vio_pci_ops->vpo_map_vq(sc, queue, vector) != vector)
		return (ENXIO);
	sc->vio_pci_vqs[queue].vpq_vector = vector;
	return (0);
}

void
vio_pci_driver_ok(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int i;

	for (i = 0; i < sc->vio_pci_nvqs; i++)
		sc->vio_pci_ops->vpo_enable_vq(sc, i);
	vio_pci_set_status(sc, VIO_STATUS_DRIVER_OK);
}

/* The queues as they were, and the vectors that were theirs. */
static int
vio_pci_restore(struct vio_pci_softc *sc)
{
	struct vio_pci_vq *vpq;
	int error, i;

	for (i = 0; i < sc->vio_pci_nvqs; i++) {
		vpq = &sc->vio_pci_vqs[i];
		error = vio_vq_reinit(vpq->vpq_vq);
		if (error == 0)
			error = sc->vio_pci_ops->vpo_write_vq(sc, i);
		if (error == 0 && vpq->vpq_vector != VIO_PCI_NO_VECTOR)
			error = vio_pci_map_vq_vector(sc, i, vpq->vpq_vector);
		if (error != 0)
			return (error);
	}
	if (sc->vio_pci_config_vector == VIO_PCI_NO_VECTOR)
		return (0);
	return (vio_pci_map_config_vector(sc, sc->vio_pci_config_vector));
}

int
vio_pci_reinit(device_t dev)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int error;

	error = vio_pci_renew(sc);
	if (error == 0) {
		error = vio_pci_restore(sc);
		if (error != 0)
			device_printf(dev,
			    "queues cannot be set up again: %d\n", error);
	}
	if (error != 0)
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
    struct resource **res, bus_size_t *place)
{
	struct vio_pci_region region;

	if (len != 1 && len != 2 && len != 4 && len != 8)
		return (EINVAL);
	if (offset % MIN(len, 4) != 0)
		return (EINVAL);
	sc->vio_pci_ops->vpo_config(sc, &region);
	if (region.vr_res == NULL || offset > region.vr_length ||
	    (bus_size_t)len > region.vr_length - offset)
		return (ENXIO);
	*res = region.vr_res;
	*place = region.vr_offset + offset;
	return (0);
}

int
vio_pci_read_config(device_t dev, bus_size_t offset, void *dst, int len)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	struct resource *res;
	bus_size_t at;
	uint64_t low;
	int error;

	error = vio_pci_config_field(sc, offset, len, &res, &at);
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
	struct resource *res;
	bus_size_t at;
	uint64_t value;
	int error;

	error = vio_pci_config_field(sc, offset, len, &res, &at);
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

	return (sc->vio_pci_ops->vpo_generation(sc));
}
