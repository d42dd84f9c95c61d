/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The drivers and the model each have wire definitions of their own, so that
 * neither inherits a mistake of the other.  Here the two are compared, name
 * by name; that the model's are right is proved against Linux's headers.
 */
#include <stddef.h>
#include <stdint.h>

#include "drivers/blk/vioblk.h"
#include "drivers/pci/vio_pci_wire.h"
#include "drivers/virtio/vio_wire.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/ids.h"
#include "model/wire/pci.h"
#include "model/wire/virtq.h"
#include "tests/test.h"

#define BIT(n) (UINT64_C(1) << (n))

/* The same field of two structures: offset and width. */
#define SAME_FIELD(a, b, field)                                             \
	do {                                                                \
		T_EQ(offsetof(struct a, field), offsetof(struct b, field)); \
		T_EQ(sizeof(((struct a *)NULL)->field),                     \
		    sizeof(((struct b *)NULL)->field));                     \
	} while (0)

TEST(driver_wire, device_types)
{
	T_EQ(VIO_ID_NETWORK, VIRTIO_ID_NET);
	T_EQ(VIO_ID_BLOCK, VIRTIO_ID_BLOCK);
	T_EQ(VIO_ID_CONSOLE, VIRTIO_ID_CONSOLE);
	T_EQ(VIO_ID_ENTROPY, VIRTIO_ID_RNG);
	T_EQ(VIO_ID_BALLOON, VIRTIO_ID_BALLOON);
	T_EQ(VIO_ID_SCSI, VIRTIO_ID_SCSI);
}

TEST(driver_wire, status_bits)
{
	T_EQ(VIO_STATUS_RESET, 0);
	T_EQ(VIO_STATUS_ACKNOWLEDGE, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	T_EQ(VIO_STATUS_DRIVER, VIRTIO_CONFIG_S_DRIVER);
	T_EQ(VIO_STATUS_DRIVER_OK, VIRTIO_CONFIG_S_DRIVER_OK);
	T_EQ(VIO_STATUS_FEATURES_OK, VIRTIO_CONFIG_S_FEATURES_OK);
	T_EQ(VIO_STATUS_NEEDS_RESET, VIRTIO_CONFIG_S_NEEDS_RESET);
	T_EQ(VIO_STATUS_FAILED, VIRTIO_CONFIG_S_FAILED);
}

TEST(driver_wire, common_features)
{
	T_EQ(VIO_F_NOTIFY_ON_EMPTY, BIT(VIRTIO_F_NOTIFY_ON_EMPTY));
	T_EQ(VIO_F_ANY_LAYOUT, BIT(VIRTIO_F_ANY_LAYOUT));
	T_EQ(VIO_F_INDIRECT_DESC, BIT(VIRTIO_RING_F_INDIRECT_DESC));
	T_EQ(VIO_F_EVENT_IDX, BIT(VIRTIO_RING_F_EVENT_IDX));
	T_EQ(VIO_F_VERSION_1, BIT(VIRTIO_F_VERSION_1));
	T_EQ(VIO_F_ACCESS_PLATFORM, BIT(VIRTIO_F_ACCESS_PLATFORM));
	T_EQ(VIO_F_RING_PACKED, BIT(VIRTIO_F_RING_PACKED));
	T_EQ(VIO_F_IN_ORDER, BIT(VIRTIO_F_IN_ORDER));
	T_EQ(VIO_F_ORDER_PLATFORM, BIT(VIRTIO_F_ORDER_PLATFORM));
	T_EQ(VIO_F_SR_IOV, BIT(VIRTIO_F_SR_IOV));
	T_EQ(VIO_F_NOTIFICATION_DATA, BIT(VIRTIO_F_NOTIFICATION_DATA));
	T_EQ(VIO_F_NOTIF_CONFIG_DATA, BIT(VIRTIO_F_NOTIF_CONFIG_DATA));
	T_EQ(VIO_F_RING_RESET, BIT(VIRTIO_F_RING_RESET));
	T_EQ(VIO_F_ADMIN_VQ, BIT(VIRTIO_F_ADMIN_VQ));
}

TEST(driver_wire, split_ring)
{
	T_EQ(VIO_SPLIT_SIZE_MAX, VIRTQ_SIZE_MAX);
	T_EQ(VIO_DESC_ALIGN, VIRTQ_DESC_ALIGN);
	T_EQ(VIO_AVAIL_ALIGN, VIRTQ_AVAIL_ALIGN);
	T_EQ(VIO_USED_ALIGN, VIRTQ_USED_ALIGN);
	T_EQ(VIO_DESC_F_NEXT, VIRTQ_DESC_F_NEXT);
	T_EQ(VIO_DESC_F_WRITE, VIRTQ_DESC_F_WRITE);
	T_EQ(VIO_DESC_F_INDIRECT, VIRTQ_DESC_F_INDIRECT);
	T_EQ(VIO_AVAIL_F_NO_INTERRUPT, VIRTQ_AVAIL_F_NO_INTERRUPT);
	T_EQ(VIO_USED_F_NO_NOTIFY, VIRTQ_USED_F_NO_NOTIFY);

	T_EQ(sizeof(struct vio_desc), sizeof(struct virtq_desc));
	SAME_FIELD(vio_desc, virtq_desc, addr);
	SAME_FIELD(vio_desc, virtq_desc, len);
	SAME_FIELD(vio_desc, virtq_desc, flags);
	SAME_FIELD(vio_desc, virtq_desc, next);
	SAME_FIELD(vio_avail, virtq_avail, flags);
	SAME_FIELD(vio_avail, virtq_avail, idx);
	T_EQ(offsetof(struct vio_avail, ring),
	    offsetof(struct virtq_avail, ring));
	T_EQ(sizeof(struct vio_used_elem), sizeof(struct virtq_used_elem));
	SAME_FIELD(vio_used_elem, virtq_used_elem, id);
	SAME_FIELD(vio_used_elem, virtq_used_elem, len);
	SAME_FIELD(vio_used, virtq_used, flags);
	SAME_FIELD(vio_used, virtq_used, idx);
	T_EQ(offsetof(struct vio_used, ring),
	    offsetof(struct virtq_used, ring));
}

TEST(driver_wire, pci_identification)
{
	T_EQ(VIO_PCI_VENDOR, VIRTIO_PCI_VENDOR_ID);
	T_EQ(VIO_PCI_DEVICE_FIRST, VIRTIO_PCI_DEVICE_ID_BASE);
	T_EQ(VIO_PCI_DEVICE_LAST, VIRTIO_PCI_DEVICE_ID_MAX);
}

TEST(driver_wire, pci_capabilities)
{
	T_EQ(VIO_PCI_CAP_COMMON_CFG, VIRTIO_PCI_CAP_COMMON_CFG);
	T_EQ(VIO_PCI_CAP_NOTIFY_CFG, VIRTIO_PCI_CAP_NOTIFY_CFG);
	T_EQ(VIO_PCI_CAP_ISR_CFG, VIRTIO_PCI_CAP_ISR_CFG);
	T_EQ(VIO_PCI_CAP_DEVICE_CFG, VIRTIO_PCI_CAP_DEVICE_CFG);
	T_EQ(VIO_PCI_CAP_PCI_CFG, VIRTIO_PCI_CAP_PCI_CFG);
	T_EQ(VIO_PCI_ISR_QUEUE, VIRTIO_PCI_ISR_QUEUE);
	T_EQ(VIO_PCI_ISR_CONFIG, VIRTIO_PCI_ISR_CONFIG);
	T_EQ(VIO_PCI_NO_VECTOR, VIRTIO_MSI_NO_VECTOR);

	T_EQ(sizeof(struct vio_pci_cap), sizeof(struct virtio_pci_cap));
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, cap_vndr);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, cap_next);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, cap_len);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, cfg_type);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, bar);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, id);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, offset);
	SAME_FIELD(vio_pci_cap, virtio_pci_cap, length);
	SAME_FIELD(vio_pci_notify_cap, virtio_pci_notify_cap,
	    notify_off_multiplier);
}

TEST(driver_wire, pci_common_configuration)
{
#define SAME(field) SAME_FIELD(vio_pci_common, virtio_pci_common_cfg, field)
	SAME(device_feature_select);
	SAME(device_feature);
	SAME(driver_feature_select);
	SAME(driver_feature);
	SAME(config_msix_vector);
	SAME(num_queues);
	SAME(device_status);
	SAME(config_generation);
	SAME(queue_select);
	SAME(queue_size);
	SAME(queue_msix_vector);
	SAME(queue_enable);
	SAME(queue_notify_off);
	SAME(queue_desc_lo);
	SAME(queue_desc_hi);
	SAME(queue_driver_lo);
	SAME(queue_driver_hi);
	SAME(queue_device_lo);
	SAME(queue_device_hi);
#undef SAME
	/* The driver asks for no more of the structure than this. */
	T_EQ(sizeof(struct vio_pci_common), 56);
}

TEST(driver_wire, pci_legacy_registers)
{
#define SAME(field) SAME_FIELD(vio_pci_legacy, virtio_pci_legacy, field)
	SAME(device_features);
	SAME(driver_features);
	SAME(queue_address);
	SAME(queue_size);
	SAME(queue_select);
	SAME(queue_notify);
	SAME(device_status);
	SAME(isr_status);
	SAME(config_msix_vector);
	SAME(queue_msix_vector);
#undef SAME
	T_EQ(sizeof(struct vio_pci_legacy), sizeof(struct virtio_pci_legacy));
	T_EQ(VIO_PCI_LEGACY_HEADER, VIRTIO_PCI_LEGACY_HEADER);
	T_EQ(VIO_PCI_LEGACY_PAGE_SHIFT, VIRTIO_PCI_LEGACY_QUEUE_SHIFT);
	T_EQ(VIO_PCI_TRANSITIONAL_FIRST, VIRTIO_PCI_TRANSITIONAL_BASE);
}

TEST(driver_wire, block_features)
{
	T_EQ(VIOBLK_F_SIZE_MAX, BIT(VIRTIO_BLK_F_SIZE_MAX));
	T_EQ(VIOBLK_F_SEG_MAX, BIT(VIRTIO_BLK_F_SEG_MAX));
	T_EQ(VIOBLK_F_GEOMETRY, BIT(VIRTIO_BLK_F_GEOMETRY));
	T_EQ(VIOBLK_F_RO, BIT(VIRTIO_BLK_F_RO));
	T_EQ(VIOBLK_F_BLK_SIZE, BIT(VIRTIO_BLK_F_BLK_SIZE));
	T_EQ(VIOBLK_F_FLUSH, BIT(VIRTIO_BLK_F_FLUSH));
	T_EQ(VIOBLK_F_TOPOLOGY, BIT(VIRTIO_BLK_F_TOPOLOGY));
	T_EQ(VIOBLK_F_CONFIG_WCE, BIT(VIRTIO_BLK_F_CONFIG_WCE));
	T_EQ(VIOBLK_F_MQ, BIT(VIRTIO_BLK_F_MQ));
	T_EQ(VIOBLK_F_DISCARD, BIT(VIRTIO_BLK_F_DISCARD));
	T_EQ(VIOBLK_F_WRITE_ZEROES, BIT(VIRTIO_BLK_F_WRITE_ZEROES));
	T_EQ(VIOBLK_F_LIFETIME, BIT(VIRTIO_BLK_F_LIFETIME));
	T_EQ(VIOBLK_F_SECURE_ERASE, BIT(VIRTIO_BLK_F_SECURE_ERASE));
	T_EQ(VIOBLK_F_ZONED, BIT(VIRTIO_BLK_F_ZONED));
}

TEST(driver_wire, block_configuration)
{
#define SAME(field) SAME_FIELD(vioblk_config, virtio_blk_config, field)
	SAME(capacity);
	SAME(size_max);
	SAME(seg_max);
	SAME(geometry.cylinders);
	SAME(geometry.heads);
	SAME(geometry.sectors);
	SAME(blk_size);
	SAME(topology.physical_block_exp);
	SAME(topology.alignment_offset);
	SAME(topology.min_io_size);
	SAME(topology.opt_io_size);
	SAME(writeback);
	SAME(num_queues);
	SAME(max_discard_sectors);
	SAME(max_discard_seg);
	SAME(discard_sector_alignment);
	SAME(max_write_zeroes_sectors);
	SAME(max_write_zeroes_seg);
	SAME(write_zeroes_may_unmap);
#undef SAME
}

TEST(driver_wire, block_requests)
{
	T_EQ(VIOBLK_SECTOR_SIZE, VIRTIO_BLK_SECTOR_SIZE);
	T_EQ(VIOBLK_T_IN, VIRTIO_BLK_T_IN);
	T_EQ(VIOBLK_T_OUT, VIRTIO_BLK_T_OUT);
	T_EQ(VIOBLK_T_FLUSH, VIRTIO_BLK_T_FLUSH);
	T_EQ(VIOBLK_T_GET_ID, VIRTIO_BLK_T_GET_ID);
	T_EQ(VIOBLK_T_DISCARD, VIRTIO_BLK_T_DISCARD);
	T_EQ(VIOBLK_T_WRITE_ZEROES, VIRTIO_BLK_T_WRITE_ZEROES);
	T_EQ(VIOBLK_ID_BYTES, VIRTIO_BLK_ID_BYTES);
	T_EQ(VIOBLK_RANGE_UNMAP, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	T_EQ(VIOBLK_S_OK, VIRTIO_BLK_S_OK);
	T_EQ(VIOBLK_S_IOERR, VIRTIO_BLK_S_IOERR);
	T_EQ(VIOBLK_S_UNSUPP, VIRTIO_BLK_S_UNSUPP);
	T_EQ(sizeof(struct vioblk_hdr), sizeof(struct virtio_blk_outhdr));
	SAME_FIELD(vioblk_hdr, virtio_blk_outhdr, type);
	SAME_FIELD(vioblk_hdr, virtio_blk_outhdr, reserved);
	SAME_FIELD(vioblk_hdr, virtio_blk_outhdr, sector);
	T_EQ(sizeof(struct vioblk_range),
	    sizeof(struct virtio_blk_discard_write_zeroes));
	SAME_FIELD(vioblk_range, virtio_blk_discard_write_zeroes, sector);
	SAME_FIELD(vioblk_range, virtio_blk_discard_write_zeroes, num_sectors);
	SAME_FIELD(vioblk_range, virtio_blk_discard_write_zeroes, flags);
}
