/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device on the wire (virtio 1.3, section 5.2).
 */
#ifndef RINGSIDE_MODEL_WIRE_BLK_H
#define RINGSIDE_MODEL_WIRE_BLK_H

#include "model/wire/le.h"

/* Feature bit numbers, section 5.2.3 */
#define VIRTIO_BLK_F_BARRIER	  0 /* legacy */
#define VIRTIO_BLK_F_SIZE_MAX	  1
#define VIRTIO_BLK_F_SEG_MAX	  2
#define VIRTIO_BLK_F_GEOMETRY	  4
#define VIRTIO_BLK_F_RO		  5
#define VIRTIO_BLK_F_BLK_SIZE	  6
#define VIRTIO_BLK_F_SCSI	  7 /* legacy */
#define VIRTIO_BLK_F_FLUSH	  9
#define VIRTIO_BLK_F_TOPOLOGY	  10
#define VIRTIO_BLK_F_CONFIG_WCE	  11
#define VIRTIO_BLK_F_MQ		  12
#define VIRTIO_BLK_F_DISCARD	  13
#define VIRTIO_BLK_F_WRITE_ZEROES 14
#define VIRTIO_BLK_F_LIFETIME	  15
#define VIRTIO_BLK_F_SECURE_ERASE 16
#define VIRTIO_BLK_F_ZONED	  17

/* All offsets and lengths on the wire are in units of this. */
#define VIRTIO_BLK_SECTOR_SIZE 512

/* Section 5.2.4 */
struct virtio_blk_config {
	le64 capacity;
	le32 size_max;
	le32 seg_max;
	struct {
		le16 cylinders;
		uint8_t heads;
		uint8_t sectors;
	} geometry;
	le32 blk_size;
	struct {
		uint8_t physical_block_exp;
		uint8_t alignment_offset;
		le16 min_io_size;
		le32 opt_io_size;
	} topology;
	uint8_t writeback;
	uint8_t unused0;
	le16 num_queues;
	le32 max_discard_sectors;
	le32 max_discard_seg;
	le32 discard_sector_alignment;
	le32 max_write_zeroes_sectors;
	le32 max_write_zeroes_seg;
	uint8_t write_zeroes_may_unmap;
	uint8_t unused1[3];
	le32 max_secure_erase_sectors;
	le32 max_secure_erase_seg;
	le32 secure_erase_sector_alignment;
} __attribute__((packed));

/* Request types, section 5.2.6 */
#define VIRTIO_BLK_T_IN		  0
#define VIRTIO_BLK_T_OUT	  1
#define VIRTIO_BLK_T_SCSI_CMD	  2 /* legacy */
#define VIRTIO_BLK_T_FLUSH	  4
#define VIRTIO_BLK_T_FLUSH_OUT	  5 /* legacy */
#define VIRTIO_BLK_T_GET_ID	  8
#define VIRTIO_BLK_T_GET_LIFETIME 10
#define VIRTIO_BLK_T_DISCARD	  11
#define VIRTIO_BLK_T_WRITE_ZEROES 13
#define VIRTIO_BLK_T_SECURE_ERASE 14

/* Length of a VIRTIO_BLK_T_GET_ID answer. */
#define VIRTIO_BLK_ID_BYTES 20

/* The last byte of a request's device-writable part. */
#define VIRTIO_BLK_S_OK	    0
#define VIRTIO_BLK_S_IOERR  1
#define VIRTIO_BLK_S_UNSUPP 2

/* What the device-readable part of a request begins with. */
struct virtio_blk_outhdr {
	le32 type;
	le32 reserved;
	le64 sector;
};

/* One range of a discard or write-zeroes request. */
struct virtio_blk_discard_write_zeroes {
	le64 sector;
	le32 num_sectors;
	le32 flags;
};

#define VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP 0x1

#endif /* !RINGSIDE_MODEL_WIRE_BLK_H */
