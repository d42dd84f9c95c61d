/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio over PCI: identification, capabilities and registers (virtio 1.3,
 * section 4.1).  Constants and layouts only; like vio_wire.h it includes
 * nothing.
 */
#ifndef _VIO_PCI_WIRE_H_
#define _VIO_PCI_WIRE_H_

/*
 * Identification (4.1.2): the device's type is its id less the first modern
 * one; of transitional and legacy devices, the subsystem's id.
 */
#define VIO_PCI_VENDOR		   0x1af4
#define VIO_PCI_TRANSITIONAL_FIRST 0x1000
#define VIO_PCI_TRANSITIONAL_LAST  0x103f
#define VIO_PCI_DEVICE_FIRST	   0x1040
#define VIO_PCI_DEVICE_LAST	   0x107f

/* A vendor-specific capability that says where a structure is (4.1.4). */
struct vio_pci_cap {
	uint8_t cap_vndr;
	uint8_t cap_next;
	uint8_t cap_len;
	uint8_t cfg_type;
	uint8_t bar;
	uint8_t id;
	uint8_t padding[2];
	uint32_t offset;
	uint32_t length;
};

struct vio_pci_notify_cap {
	struct vio_pci_cap cap;
	uint32_t notify_off_multiplier;
};

/* cfg_type */
#define VIO_PCI_CAP_COMMON_CFG 1
#define VIO_PCI_CAP_NOTIFY_CFG 2
#define VIO_PCI_CAP_ISR_CFG    3
#define VIO_PCI_CAP_DEVICE_CFG 4
#define VIO_PCI_CAP_PCI_CFG    5

/* The common configuration structure (4.1.4.3), up to queue_device. */
struct vio_pci_common {
	uint32_t device_feature_select;
	uint32_t device_feature;
	uint32_t driver_feature_select;
	uint32_t driver_feature;
	uint16_t config_msix_vector;
	uint16_t num_queues;
	uint8_t device_status;
	uint8_t config_generation;
	uint16_t queue_select;
	uint16_t queue_size;
	uint16_t queue_msix_vector;
	uint16_t queue_enable;
	uint16_t queue_notify_off;
	uint32_t queue_desc_lo;
	uint32_t queue_desc_hi;
	uint32_t queue_driver_lo;
	uint32_t queue_driver_hi;
	uint32_t queue_device_lo;
	uint32_t queue_device_hi;
};

/* The registers of the legacy interface (4.1.4.10). */
struct vio_pci_legacy {
	uint32_t device_features;
	uint32_t driver_features;
	uint32_t queue_address; /* in pages */
	uint16_t queue_size;
	uint16_t queue_select;
	uint16_t queue_notify;
	uint8_t device_status;
	uint8_t isr_status;
	/* These two exist while MSI-X is enabled. */
	uint16_t config_msix_vector;
	uint16_t queue_msix_vector;
};

#define VIO_PCI_LEGACY_HEADER	  20 /* without the last two */
#define VIO_PCI_LEGACY_PAGE_SHIFT 12

/* ISR status (4.1.4.5). */
#define VIO_PCI_ISR_QUEUE  0x01
#define VIO_PCI_ISR_CONFIG 0x02

/* "No vector" in the two vector registers (4.1.5.1.2). */
#define VIO_PCI_NO_VECTOR 0xffff

#endif /* !_VIO_PCI_WIRE_H_ */
