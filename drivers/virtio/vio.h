/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the drivers of virtio devices share, whatever the transport.  A
 * transport adds one child a device; drivers attach to the transport's
 * devclass and reach it through vio_bus_if.
 */
#ifndef _VIO_H_
#define _VIO_H_

/* Instance variables that a transport keeps for its child. */
enum vio_ivars {
	VIO_IVAR_DEVICE_TYPE,  /* VIO_ID_*; read-only */
	VIO_IVAR_VENDOR,       /* what the transport knows; read-only */
	VIO_IVAR_DEVICE,       /* read-only */
	VIO_IVAR_SUBVENDOR,    /* read-only */
	VIO_IVAR_SUBDEVICE,    /* read-only */
	VIO_IVAR_FEATURE_DESC, /* names of the type's feature bits */
};

/* Names of feature bits; a table ends with a mask of 0. */
struct vio_feature_desc {
	uint64_t vfd_mask;
	const char *vfd_name;
};

__BUS_ACCESSOR(vio, device_type, VIO, DEVICE_TYPE, uint16_t)
__BUS_ACCESSOR(vio, vendor, VIO, VENDOR, uint16_t)
__BUS_ACCESSOR(vio, device, VIO, DEVICE, uint16_t)
__BUS_ACCESSOR(vio, subvendor, VIO, SUBVENDOR, uint16_t)
__BUS_ACCESSOR(vio, subdevice, VIO, SUBDEVICE, uint16_t)
__BUS_ACCESSOR(vio, feature_desc, VIO, FEATURE_DESC,
    const struct vio_feature_desc *)

/* One field of the device-specific configuration. */
struct vio_config_field {
	bus_size_t vcf_offset;
	void *vcf_dst; /* receives the value in the host's byte order */
	int vcf_len;   /* 1, 2, 4 or 8 */
};

/*
 * A probe method: BUS_PROBE_VENDOR, with the description set, when the
 * device is of type `type`; else ENXIO.
 */
int vio_probe(device_t dev, uint16_t type, const char *desc);

/* "block" for VIO_ID_BLOCK; NULL for a type without a name here. */
const char *vio_device_name(uint16_t type);

/*
 * Logs a set of features under bootverbose: "what: 0x100000040
 * <VERSION_1,BLK_SIZE>".  `desc` may be NULL.
 */
void vio_describe_features(device_t dev, const char *what, uint64_t features,
    const struct vio_feature_desc *desc);

/* The same, whether or not the kernel is verbose. */
void vio_print_features(device_t dev, const char *what, uint64_t features,
    const struct vio_feature_desc *desc);

/*
 * Reads fields that belong together, again and again until none of them has
 * changed meanwhile (2.5.1).  Returns 0, an error of read_config, or EBUSY
 * when the configuration never comes to rest.
 */
int vio_read_config(device_t dev, const struct vio_config_field *fields,
    int nfields);

#endif /* !_VIO_H_ */
