/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio device ids (virtio 1.3, section 5): those of the device types that
 * an in-house driver or model may have.
 */
#ifndef RINGSIDE_MODEL_WIRE_IDS_H
#define RINGSIDE_MODEL_WIRE_IDS_H

#define VIRTIO_ID_NET	  1
#define VIRTIO_ID_BLOCK	  2
#define VIRTIO_ID_CONSOLE 3
#define VIRTIO_ID_RNG	  4
#define VIRTIO_ID_BALLOON 5
#define VIRTIO_ID_SCSI	  8
#define VIRTIO_ID_9P	  9
#define VIRTIO_ID_GPU	  16
#define VIRTIO_ID_INPUT	  18
#define VIRTIO_ID_VSOCK	  19
#define VIRTIO_ID_CRYPTO  20
#define VIRTIO_ID_IOMMU	  23
#define VIRTIO_ID_MEM	  24
#define VIRTIO_ID_SOUND	  25
#define VIRTIO_ID_FS	  26
#define VIRTIO_ID_PMEM	  27

#endif /* !RINGSIDE_MODEL_WIRE_IDS_H */
