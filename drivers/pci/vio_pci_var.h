/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI transport's own view of a device, shared by its files:
 *
 *	vio_pci.c	 the device's place on the bus, and its child
 *	vio_pci_cap.c	 capabilities, and the windows that they describe
 *	vio_pci_modern.c status, features, configuration and queues
 *	vio_pci_intr.c	 MSI-X and INTx
 */
#ifndef _VIO_PCI_VAR_H_
#define _VIO_PCI_VAR_H_

#define VIO_PCI_BARS 6

struct vio_vq;
struct vio_vq_info;
struct vio_feature_desc;
struct vio_pci_softc;

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
	VIO_PCI_INTR_INTX,
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

struct vio_pci_softc {
	device_t vio_pci_dev;
	device_t vio_pci_child;
	uint16_t vio_pci_type; /* VIO_ID_* */

	struct resource *vio_pci_bar[VIO_PCI_BARS];
	int vio_pci_bar_type[VIO_PCI_BARS];
	bool vio_pci_msix_mapped; /* its table and pending bits */

	struct vio_pci_region vio_pci_common;
	struct vio_pci_region vio_pci_notify;
	struct vio_pci_region vio_pci_isr;
	struct vio_pci_region vio_pci_config;
	uint32_t vio_pci_notify_multiplier;

	const struct vio_feature_desc *vio_pci_feature_desc;
	uint64_t vio_pci_features; /* negotiated */
	bool vio_pci_negotiated;   /* a driver has tried */
	uint8_t vio_pci_status;	   /* as we have written it */
	int vio_pci_reset_error;   /* of the last reset */

	struct vio_pci_vq *vio_pci_vqs;
	int vio_pci_nvqs;

	enum vio_pci_intr_mode vio_pci_intr_mode;
	struct vio_pci_intr *vio_pci_intrs;
	int vio_pci_nintrs;
	uint16_t vio_pci_config_vector;
};

/* vio_pci_cap.c */
/* Finds and maps the structures; 0, or ENXIO after saying what is wrong. */
int vio_pci_map(struct vio_pci_softc *sc);
/*
 * The resource of a BAR (its index, not its register), allocated at the
 * first call; NULL when there is no such BAR.
 */
struct resource *vio_pci_map_bar(struct vio_pci_softc *sc, int bar);
void vio_pci_unmap(struct vio_pci_softc *sc);

/* vio_pci_modern.c */
/* The status as the device has it. */
uint8_t vio_pci_read_status(struct vio_pci_softc *sc);
/* Adds bits to it; only a reset takes them away (2.1.1). */
void vio_pci_set_status(struct vio_pci_softc *sc, uint8_t bits);
int vio_pci_reset(struct vio_pci_softc *sc);
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
