/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What every virtio device and driver agree on, whatever the device and the
 * transport: feature bits, device status, device types and the split ring
 * (virtio 1.3, sections 2, 2.7, 5 and 6).  Constants and layouts only.
 *
 * All fields of more than one byte are little-endian; whoever touches shared
 * memory converts.  The header includes nothing: the includer provides
 * uint8_t to uint64_t (<sys/types.h> in the kernel).
 */
#ifndef _VIO_WIRE_H_
#define _VIO_WIRE_H_

/* Device types (5). */
#define VIO_ID_NETWORK 1
#define VIO_ID_BLOCK   2
#define VIO_ID_CONSOLE 3
#define VIO_ID_ENTROPY 4
#define VIO_ID_BALLOON 5
#define VIO_ID_SCSI    8

/* Device status (2.1). */
#define VIO_STATUS_RESET       0x00
#define VIO_STATUS_ACKNOWLEDGE 0x01
#define VIO_STATUS_DRIVER      0x02
#define VIO_STATUS_DRIVER_OK   0x04
#define VIO_STATUS_FEATURES_OK 0x08
#define VIO_STATUS_NEEDS_RESET 0x40
#define VIO_STATUS_FAILED      0x80

/* Feature bits that belong to no device type (6), as masks. */
#define VIO_F_NOTIFY_ON_EMPTY	(1ULL << 24)
#define VIO_F_ANY_LAYOUT	(1ULL << 27)
#define VIO_F_INDIRECT_DESC	(1ULL << 28)
#define VIO_F_EVENT_IDX		(1ULL << 29)
#define VIO_F_VERSION_1		(1ULL << 32)
#define VIO_F_ACCESS_PLATFORM	(1ULL << 33)
#define VIO_F_RING_PACKED	(1ULL << 34)
#define VIO_F_IN_ORDER		(1ULL << 35)
#define VIO_F_ORDER_PLATFORM	(1ULL << 36)
#define VIO_F_SR_IOV		(1ULL << 37)
#define VIO_F_NOTIFICATION_DATA (1ULL << 38)
#define VIO_F_NOTIF_CONFIG_DATA (1ULL << 39)
#define VIO_F_RING_RESET	(1ULL << 40)
#define VIO_F_ADMIN_VQ		(1ULL << 41)

/* The largest split queue: the size is a power of two in 16 bits (2.7). */
#define VIO_SPLIT_SIZE_MAX 32768

/* Where the three parts of a split ring must begin (2.7). */
#define VIO_DESC_ALIGN	16
#define VIO_AVAIL_ALIGN 2
#define VIO_USED_ALIGN	4

/* The descriptor table (2.7.5). */
struct vio_desc {
	uint64_t addr; /* guest-physical */
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

#define VIO_DESC_F_NEXT	    1
#define VIO_DESC_F_WRITE    2 /* the device writes, else it reads */
#define VIO_DESC_F_INDIRECT 4

/* The available ring, written by the driver (2.7.6). */
struct vio_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

#define VIO_AVAIL_F_NO_INTERRUPT 1

/* The used ring, written by the device (2.7.8). */
struct vio_used_elem {
	uint32_t id;  /* head of the chain */
	uint32_t len; /* bytes written to its device-writable part */
};

struct vio_used {
	uint16_t flags;
	uint16_t idx;
	struct vio_used_elem ring[];
};

#define VIO_USED_F_NO_NOTIFY 1

#endif /* !_VIO_WIRE_H_ */
