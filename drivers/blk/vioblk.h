/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device on the wire: features, configuration and requests (virtio
 * 1.3, section 5.2).  Constants and layouts only; like vio_wire.h it includes
 * nothing, and all fields are little-endian.
 */
#ifndef _VIOBLK_H_
#define _VIOBLK_H_

/* Feature bits (5.2.3), as masks. */
#define VIOBLK_F_SIZE_MAX     (1ULL << 1)
#define VIOBLK_F_SEG_MAX      (1ULL << 2)
#define VIOBLK_F_GEOMETRY     (1ULL << 4)
#define VIOBLK_F_RO	      (1ULL << 5)
#define VIOBLK_F_BLK_SIZE     (1ULL << 6)
#define VIOBLK_F_FLUSH	      (1ULL << 9)
#define VIOBLK_F_TOPOLOGY     (1ULL << 10)
#define VIOBLK_F_CONFIG_WCE   (1ULL << 11)
#define VIOBLK_F_MQ	      (1ULL << 12)
#define VIOBLK_F_DISCARD      (1ULL << 13)
#define VIOBLK_F_WRITE_ZEROES (1ULL << 14)
#define VIOBLK_F_LIFETIME     (1ULL << 15)
#define VIOBLK_F_SECURE_ERASE (1ULL << 16)
#define VIOBLK_F_ZONED	      (1ULL << 17)

/* The unit of capacity and of request addresses, whatever blk_size is. */
#define VIOBLK_SECTOR_SIZE 512

/* Device configuration (5.2.4), up to what this driver reads. */
struct vioblk_config {
	uint64_t capacity;
	uint32_t size_max;
	uint32_t seg_max;
	struct {
		uint16_t cylinders;
		uint8_t heads;
		uint8_t sectors;
	} geometry;
	uint32_t blk_size;
	struct {
		uint8_t physical_block_exp;
		uint8_t alignment_offset;
		uint16_t min_io_size;
		uint32_t opt_io_size;
	} topology;
	uint8_t writeback;
	uint8_t unused0;
	uint16_t num_queues;
	uint32_t max_discard_sectors;
	uint32_t max_discard_seg;
	uint32_t discard_sector_alignment;
	uint32_t max_write_zeroes_sectors;
	uint32_t max_write_zeroes_seg;
	uint8_t write_zeroes_may_unmap;
	uint8_t unused1[3];
};

/* Request types (5.2.6). */
#define VIOBLK_T_IN	      0
#define VIOBLK_T_OUT	      1
#define VIOBLK_T_FLUSH	      4
#define VIOBLK_T_GET_ID	      8
#define VIOBLK_T_DISCARD      11
#define VIOBLK_T_WRITE_ZEROES 13

/* The answer to VIOBLK_T_GET_ID: padded with NULs, where there is room. */
#define VIOBLK_ID_BYTES 20

/* What the device reads in front of the data. */
struct vioblk_hdr {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};

/* The data of VIOBLK_T_DISCARD and VIOBLK_T_WRITE_ZEROES. */
struct vioblk_range {
	uint64_t sector;
	uint32_t num_sectors;
	uint32_t flags;
};

#define VIOBLK_RANGE_UNMAP 0x1 /* of VIOBLK_T_WRITE_ZEROES only */

/* The byte that it writes behind the data. */
#define VIOBLK_S_OK	0
#define VIOBLK_S_IOERR	1
#define VIOBLK_S_UNSUPP 2

#endif /* !_VIOBLK_H_ */
