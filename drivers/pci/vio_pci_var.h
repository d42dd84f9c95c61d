/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI transport's own view of a device, shared by its files:
 *
 *	vio_pci.c	 the device's place on the bus, and its child
 *	vio_pci_device.c status, features, queues and configuration
 *	vio_pci_modern.c the registers of the modern interface
 *	vio_pci_cap.c	 capabilities, which say where those are
 *	vio_pci_legacy.c the registers of the legacy interface
 *	vio_pci_intr.c	 MSI-X, MSI and INTx
 */
#ifndef _VIO_PCI_VAR_H_
#define _VIO_PCI_VAR_H_

#define VIO_PCI_BARS 6

struct vio_vq;
struct vio_vq_info;
struct vio_feature_desc;
struct vio_pci_softc;
struct vio_pci_region;

/* A structure of the device: a part of a BAR that was checked to exist. */
struct vio_pci_region {
	struct resource *vr_res; /* NULL: the device has no such structure */
	bus_size_t vr_offset;
	bus_size_t vr_length;
};

/* How interrupts are delivered. */
enum vio_pci_intr_mode {
	VIO_PCI_INTR_NONE,
	VIO_PCI_INTR_MSIX,	  /* a vector for each queue */
	VIO_PCI_INTR_MSIX_SHARED, /* one for all queues */
	VIO_PCI_INTR_MSI,	  /* one message, and the ISR says why */
	VIO_PCI_INTR_INTX,	  /* the shared line, likewise */
};

/* One interrupt that is set up. */
struct vio_pci_intr {
	struct vio_pci_softc *vi_sc;
	struct vio_vq *vi_vq; /* the queue that it is for, if one */
	struct resource *vi_res;
	int vi_rid;
	void *vi_cookie;
};

struct vio_pci_vq {
	struct vio_vq *vpq_vq;
	uint16_t vpq_vector; /* MSI-X table entry or VIO_PCI_NO_VECTOR */
};

/* What the device says about a queue. */
struct vio_pci_place {
	uint16_t vpp_size;
	bool vpp_enabled;
	bus_size_t vpp_doorbell; /* in the BAR of notifications */
};

/* The two interfaces: what differs between them. */
struct vio_pci_ops {
	const char *vpo_name;
	uint64_t vpo_features;	   /* what transport and queues can do */
	uint64_t vpo_required;	   /* without these there is no device */
	bus_size_t vpo_ring_align; /* of the used ring */
	bool vpo_fixed_size;	   /* queues are as large as the device says */

	/* Finds and maps the registers: 0, or ENXIO. */
	int (*vpo_map)(struct vio_pci_softc *);
	uint8_t (*vpo_read_status)(struct vio_pci_softc *);
	void (*vpo_write_status)(struct vio_pci_softc *, uint8_t status);
	uint64_t (*vpo_read_features)(struct vio_pci_softc *);
	/* Writes a set: 0, or ENOTSUP when the device refuses it. */
	int (*vpo_agree)(struct vio_pci_softc *, uint64_t features);
	/* 0, or ENXIO when there is no such queue. */
	int (*vpo_find_vq)(struct vio_pci_softc *, int queue,
	    struct vio_pci_place *place);
	/* Says where an allocated queue is: 0, ENOMEM or ENXIO. */
	int (*vpo_write_vq)(struct vio_pci_softc *, int queue);
	void (*vpo_enable_vq)(struct vio_pci_softc *, int queue);
	/* Write a vector, and return what the register then holds. */
	uint16_t (*vpo_map_config)(struct vio_pci_softc *, uint16_t vector);
	uint16_t (
	    *vpo_map_vq)(struct vio_pci_softc *, int queue, uint16_t vector);
	/* Where the device-specific configuration is now. */
	void (*vpo_config)(struct vio_pci_softc *, struct vio_pci_region *);
	int (*vpo_generation)(struct vio_pci_softc *);
};

struct vio_pci_softc {
	device_t vio_pci_dev;
	device_t vio_pci_child;
	uint16_t vio_pci_type; /* VIO_ID_* */
	const struct vio_pci_ops *vio_pci_ops;

	struct resource *vio_pci_bar[VIO_PCI_BARS];
	int vio_pci_bar_type[VIO_PCI_BARS];
	bool vio_pci_msix_mapped; /* its table and pending bits */

	/* The common configuration structure, or the legacy registers. */
	struct vio_pci_region vio_pci_regs;
	struct vio_pci_region vio_pci_notify;
	struct vio_pci_region vio_pci_isr;
	struct vio_pci_region vio_pci_config;
	uint32_t vio_pci_notify_multiplier;
	int vio_pci_msix_cap; /* legacy: its place, or 0 */

	const struct vio_feature_desc *vio_pci_feature_desc;
	uint64_t vio_pci_features;  /* negotiated */
	bool vio_pci_negotiated;    /* a driver has tried */
	uint8_t vio_pci_status;	    /* as we have written it */
	int vio_pci_reset_error;    /* of the last reset */
	int vio_pci_features_error; /* of the last negotiation */

	struct vio_pci_vq *vio_pci_vqs;
	int vio_pci_nvqs;

	enum vio_pci_intr_mode vio_pci_intr_mode;
	struct vio_pci_intr *vio_pci_intrs;
	int vio_pci_nintrs;
	uint16_t vio_pci_config_vector;
	char vio_pci_intr_text[40]; /* for sysctl(8) */
};

/* vio_pci.c */
/*
 * The resource of a BAR (its index, not its register), allocated at the
 * first call; NULL when there is no such BAR.
 */
struct resource *vio_pci_map_bar(struct vio_pci_softc *sc, int bar);
/* Whether its ids allow for the legacy interface. */
bool vio_pci_is_transitional(const struct vio_pci_softc *sc);
/* The tunable of that name for this device, or `value`. */
int vio_pci_tunable(const struct vio_pci_softc *sc, const char *name,
    int value);

/* vio_pci_modern.c, vio_pci_legacy.c */
extern const struct vio_pci_ops vio_pci_modern_ops;
extern const struct vio_pci_ops vio_pci_legacy_ops;

/* vio_pci_cap.c */
/* Finds and maps the structures; 0, or ENXIO after saying what is wrong. */
int vio_pci_modern_map(struct vio_pci_softc *sc);

/* vio_pci_device.c */
/* The status as the device has it. */
uint8_t vio_pci_read_status(struct vio_pci_softc *sc);
/* Adds bits to it; only a reset takes them away (2.1.1). */
void vio_pci_set_status(struct vio_pci_softc *sc, uint8_t bits);
/*
 * Whether the device was pulled out, after a register has given `value`: it
 * then reads as all ones and will not change its mind.
 */
bool vio_pci_is_gone(struct vio_pci_softc *sc, uint8_t value);
int vio_pci_reset(struct vio_pci_softc *sc);
/* 0, or ENOTSUP after saying what the interface cannot do without. */
int vio_pci_check_offer(struct vio_pci_softc *sc, uint64_t offered);
/*
 * Map configuration changes, or a queue, to an MSI-X vector: 0, or ENXIO
 * when the device cannot.
 */
int vio_pci_map_config_vector(struct vio_pci_softc *sc, uint16_t vector);
int vio_pci_map_vq_vector(struct vio_pci_softc *sc, int queue, uint16_t vector);
void vio_pci_free_vqs(struct vio_pci_softc *sc);
/* The methods of vio_bus_if.m that are the device's registers. */
uint64_t vio_pci_negotiate_features(device_t dev, uint64_t features);
int vio_pci_finalize_features(device_t dev);
bool vio_pci_with_feature(device_t dev, uint64_t feature);
int vio_pci_alloc_virtqueues(device_t dev, int nvqs, struct vio_vq_info *info);
void vio_pci_driver_ok(device_t dev);
void vio_pci_stop(device_t dev);
int vio_pci_reinit(device_t dev);
void vio_pci_notify_vq(device_t dev, uint16_t queue, bus_size_t offset);
int vio_pci_read_config(device_t dev, bus_size_t offset, void *dst, int len);
int vio_pci_write_config(device_t dev, bus_size_t offset, const void *src,
    int len);
int vio_pci_config_generation(device_t dev);

/* vio_pci_intr.c */
int vio_pci_setup_intr(device_t dev, enum intr_type type);
void vio_pci_teardown_intr(struct vio_pci_softc *sc);

#endif /* !_VIO_PCI_VAR_H_ */
