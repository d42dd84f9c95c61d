/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a modern device keeps its structures (virtio 1.3, section 4.1.4).
 *
 * The capability list, the BAR numbers, offsets and lengths are the device's
 * word.  Nothing is mapped before it was found to lie inside a BAR that the
 * kernel has given us, and the walk along the list is bounded.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/rman.h>

#include <machine/bus.h>
#include <machine/resource.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"

CTASSERT(sizeof(struct vio_pci_cap) == 16);
CTASSERT(sizeof(struct vio_pci_notify_cap) == 20);
CTASSERT(sizeof(struct vio_pci_common) == 56);

/* The list lies behind the header of configuration space (PCI 3.0, 6.7). */
#define VIO_PCI_CAP_FIRST 0x40
#define VIO_PCI_CAP_END	  0x100
/* As many as fit: more mean that the list bites its tail. */
#define VIO_PCI_CAP_COUNT ((VIO_PCI_CAP_END - VIO_PCI_CAP_FIRST) / 4)

/* What a structure must be to be of use. */
struct vio_pci_want {
	uint8_t vw_type;
	uint8_t vw_cap_len; /* of the capability, at least */
	uint32_t vw_length; /* of the structure, at least */
	uint32_t vw_align;  /* of its offset */
	bool vw_required;
	const char *vw_name;
};

static const struct vio_pci_want vio_pci_wants[] = {
	{ VIO_PCI_CAP_COMMON_CFG, sizeof(struct vio_pci_cap),
	    sizeof(struct vio_pci_common), 4, true, "common configuration" },
	{ VIO_PCI_CAP_NOTIFY_CFG, sizeof(struct vio_pci_notify_cap), 2, 2, true,
	    "notification" },
	{ VIO_PCI_CAP_ISR_CFG, sizeof(struct vio_pci_cap), 1, 1, true,
	    "ISR status" },
	/* Only types that have something to configure have one. */
	{ VIO_PCI_CAP_DEVICE_CFG, sizeof(struct vio_pci_cap), 1, 4, false,
	    "device configuration" },
};

static struct vio_pci_region *
vio_pci_region(struct vio_pci_softc *sc, uint8_t type)
{
	switch (type) {
	case VIO_PCI_CAP_COMMON_CFG:
		return (&sc->vio_pci_regs);
	case VIO_PCI_CAP_NOTIFY_CFG:
		return (&sc->vio_pci_notify);
	case VIO_PCI_CAP_ISR_CFG:
		return (&sc->vio_pci_isr);
	case VIO_PCI_CAP_DEVICE_CFG:
		return (&sc->vio_pci_config);
	default:
		return (NULL);
	}
}

static const struct vio_pci_want *
vio_pci_want(uint8_t type)
{
	size_t i;

	for (i = 0; i < nitems(vio_pci_wants); i++)
		if (vio_pci_wants[i].vw_type == type)
			return (&vio_pci_wants[i]);
	return (NULL);
}

static void
vio_pci_bad_cap(struct vio_pci_softc *sc, const struct vio_pci_want *want,
    uint8_t bar, uint32_t offset, uint32_t length, const char *why)
{
	device_printf(sc->vio_pci_dev,
	    "%s structure at %#x+%#x in BAR %u: %s; ignored\n", want->vw_name,
	    offset, length, bar, why);
}

/*
 * Looks at one vendor-specific capability, `ptr` in configuration space.
 * The first usable instance of a structure is the one that the device
 * prefers (4.1.4.1); what is reserved or unusable is passed over.
 */
static void
vio_pci_read_cap(struct vio_pci_softc *sc, int ptr)
{
	device_t dev = sc->vio_pci_dev;
	const struct vio_pci_want *want;
	struct vio_pci_region *region;
	struct resource *res;
	uint32_t length, offset;
	uint8_t bar, cap_len, type;

	type = pci_read_config(dev,
	    ptr + (int)offsetof(struct vio_pci_cap, cfg_type), 1);
	region = vio_pci_region(sc, type);
	if (region == NULL || region->vr_res != NULL)
		return;
	want = vio_pci_want(type);
	cap_len = pci_read_config(dev,
	    ptr + (int)offsetof(struct vio_pci_cap, cap_len), 1);
	if (cap_len < want->vw_cap_len ||
	    ptr + want->vw_cap_len > VIO_PCI_CAP_END) {
		vio_pci_bad_cap(sc, want, 0, 0, 0, "capability too short");
		return;
	}
	bar = pci_read_config(dev, ptr + (int)offsetof(struct vio_pci_cap, bar),
	    1);
	if (bar >= VIO_PCI_BARS)
		return;
	offset = pci_read_config(dev,
	    ptr + (int)offsetof(struct vio_pci_cap, offset), 4);
	length = pci_read_config(dev,
	    ptr + (int)offsetof(struct vio_pci_cap, length), 4);
	if (length < want->vw_length || offset % want->vw_align != 0) {
		vio_pci_bad_cap(sc, want, bar, offset, length,
		    "too short or misaligned");
		return;
	}
	res = vio_pci_map_bar(sc, bar);
	if (res == NULL) {
		vio_pci_bad_cap(sc, want, bar, offset, length,
		    "cannot map the BAR");
		return;
	}
	if ((uint64_t)offset + length > rman_get_size(res)) {
		vio_pci_bad_cap(sc, want, bar, offset, length,
		    "not inside the BAR");
		return;
	}
	if (type == VIO_PCI_CAP_NOTIFY_CFG)
		sc->vio_pci_notify_multiplier = pci_read_config(dev,
		    ptr +
			(int)offsetof(struct vio_pci_notify_cap,
			    notify_off_multiplier),
		    4);
	region->vr_res = res;
	region->vr_offset = offset;
	region->vr_length = length;
}

/* Returns how many vendor-specific capabilities there are. */
static int
vio_pci_walk_caps(struct vio_pci_softc *sc)
{
	device_t dev = sc->vio_pci_dev;
	int count, found, ptr;

	if ((pci_read_config(dev, PCIR_STATUS, 2) & PCIM_STATUS_CAPPRESENT) ==
	    0)
		return (0);
	found = 0;
	ptr = pci_read_config(dev, PCIR_CAP_PTR, 1);
	for (count = 0; count < VIO_PCI_CAP_COUNT; count++) {
		/* The two lowest bits are reserved and to be masked. */
		ptr &= ~3;
		if (ptr < VIO_PCI_CAP_FIRST)
			return (found);
		if (pci_read_config(dev, ptr + PCICAP_ID, 1) == PCIY_VENDOR) {
			vio_pci_read_cap(sc, ptr);
			found++;
		}
		ptr = pci_read_config(dev, ptr + PCICAP_NEXTPTR, 1);
	}
	device_printf(dev, "the capability list does not end\n");
	return (found);
}

int
vio_pci_modern_map(struct vio_pci_softc *sc)
{
	const struct vio_pci_want *want;
	struct vio_pci_region *region;
	size_t i;

	/* A legacy device has none, and nothing is wrong with it. */
	if (vio_pci_walk_caps(sc) == 0 && vio_pci_is_transitional(sc))
		return (ENXIO);
	for (i = 0; i < nitems(vio_pci_wants); i++) {
		want = &vio_pci_wants[i];
		region = vio_pci_region(sc, want->vw_type);
		if (region->vr_res == NULL && want->vw_required) {
			device_printf(sc->vio_pci_dev,
			    "no usable %s structure\n", want->vw_name);
			return (ENXIO);
		}
		if (bootverbose && region->vr_res != NULL)
			device_printf(sc->vio_pci_dev,
			    "%s structure: %#jx bytes at %#jx\n", want->vw_name,
			    (uintmax_t)region->vr_length,
			    (uintmax_t)(rman_get_start(region->vr_res) +
				region->vr_offset));
	}
	return (0);
}
