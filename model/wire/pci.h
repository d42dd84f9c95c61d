/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio over PCI: ids, capabilities and the common configuration structure
 * (virtio 1.3, section 4.1).
 */
#ifndef RINGSIDE_MODEL_WIRE_PCI_H
#define RINGSIDE_MODEL_WIRE_PCI_H

#include "model/wire/le.h"

/* Section 4.1.2 */
#define VIRTIO_PCI_VENDOR_ID	     0x1af4
#define VIRTIO_PCI_DEVICE_ID_BASE    0x1040 /* plus the virtio device id */
#define VIRTIO_PCI_DEVICE_ID_MAX     0x107f
#define VIRTIO_PCI_TRANSITIONAL_BASE 0x1000

/* virtio_pci_cap.cfg_type, section 4.1.4 */
#define VIRTIO_PCI_CAP_COMMON_CFG	 1
#define VIRTIO_PCI_CAP_NOTIFY_CFG	 2
#define VIRTIO_PCI_CAP_ISR_CFG		 3
#define VIRTIO_PCI_CAP_DEVICE_CFG	 4
#define VIRTIO_PCI_CAP_PCI_CFG		 5
#define VIRTIO_PCI_CAP_SHARED_MEMORY_CFG 8
#define VIRTIO_PCI_CAP_VENDOR_CFG	 9

struct virtio_pci_cap {
	uint8_t cap_vndr;
	uint8_t cap_next;
	uint8_t cap_len;
	uint8_t cfg_type;
	uint8_t bar;
	uint8_t id;
	uint8_t padding[2];
	le32 offset;
	le32 length;
};

struct virtio_pci_cap64 {
	struct virtio_pci_cap cap;
	le32 offset_hi;
	le32 length_hi;
};

/* Section 4.1.4.4 */
struct virtio_pci_notify_cap {
	struct virtio_pci_cap cap;
	le32 notify_off_multiplier;
};

/* Section 4.1.4.9 */
struct virtio_pci_cfg_cap {
	struct virtio_pci_cap cap;
	uint8_t pci_cfg_data[4];
};

/*
 * Section 4.1.4.3.  The 64-bit fields are pairs of 32-bit ones, low half
 * first, because they are accessed so (section 4.1.3.1).
 */
struct virtio_pci_common_cfg {
	le32 device_feature_select;
	le32 device_feature;
	le32 driver_feature_select;
	le32 driver_feature;
	le16 config_msix_vector;
	le16 num_queues;
	uint8_t device_status;
	uint8_t config_generation;

	le16 queue_select;
	le16 queue_size;
	le16 queue_msix_vector;
	le16 queue_enable;
	le16 queue_notify_off;
	le32 queue_desc_lo;
	le32 queue_desc_hi;
	le32 queue_driver_lo;
	le32 queue_driver_hi;
	le32 queue_device_lo;
	le32 queue_device_hi;
	/* Each of these exists only with a feature of its own. */
	le16 queue_notif_config_data;
	le16 queue_reset;
	le16 admin_queue_index;
	le16 admin_queue_num;
};

/* The registers of the legacy interface, section 4.1.4.10 */
struct virtio_pci_legacy {
	le32 device_features;
	le32 driver_features;
	le32 queue_address; /* in pages of 4096 bytes */
	le16 queue_size;
	le16 queue_select;
	le16 queue_notify;
	uint8_t device_status;
	uint8_t isr_status;
	/* These two exist while MSI-X is enabled. */
	le16 config_msix_vector;
	le16 queue_msix_vector;
};
#define VIRTIO_PCI_LEGACY_HEADER      20 /* without the last two */
#define VIRTIO_PCI_LEGACY_QUEUE_SHIFT 12
#define VIRTIO_PCI_LEGACY_QUEUE_ALIGN 4096

/* ISR status bits, section 4.1.4.5 */
#define VIRTIO_PCI_ISR_QUEUE  0x1
#define VIRTIO_PCI_ISR_CONFIG 0x2

/* Section 4.1.5.1.2 */
#define VIRTIO_MSI_NO_VECTOR   0xffff
#define VIRTIO_MSI_VECTORS_MAX 0x800

#endif /* !RINGSIDE_MODEL_WIRE_PCI_H */
