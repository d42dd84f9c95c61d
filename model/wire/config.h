/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Device status bits (virtio 1.3, section 2.1) and the feature bits that are
 * the same for every device type (section 6).  Feature names are bit numbers.
 */
#ifndef RINGSIDE_MODEL_WIRE_CONFIG_H
#define RINGSIDE_MODEL_WIRE_CONFIG_H

#define VIRTIO_CONFIG_S_ACKNOWLEDGE 0x01
#define VIRTIO_CONFIG_S_DRIVER	    0x02
#define VIRTIO_CONFIG_S_DRIVER_OK   0x04
#define VIRTIO_CONFIG_S_FEATURES_OK 0x08
#define VIRTIO_CONFIG_S_NEEDS_RESET 0x40
#define VIRTIO_CONFIG_S_FAILED	    0x80

/* Legacy interface only. */
#define VIRTIO_F_NOTIFY_ON_EMPTY    24
#define VIRTIO_F_ANY_LAYOUT	    27

#define VIRTIO_RING_F_INDIRECT_DESC 28
#define VIRTIO_RING_F_EVENT_IDX	    29

#define VIRTIO_F_VERSION_1	    32
#define VIRTIO_F_ACCESS_PLATFORM    33
#define VIRTIO_F_RING_PACKED	    34
#define VIRTIO_F_IN_ORDER	    35
#define VIRTIO_F_ORDER_PLATFORM	    36
#define VIRTIO_F_SR_IOV		    37
#define VIRTIO_F_NOTIFICATION_DATA  38
#define VIRTIO_F_NOTIF_CONFIG_DATA  39
#define VIRTIO_F_RING_RESET	    40
#define VIRTIO_F_ADMIN_VQ	    41

#endif /* !RINGSIDE_MODEL_WIRE_CONFIG_H */
