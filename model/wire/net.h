/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device on the wire (virtio 1.3, section 5.1).
 */
#ifndef RINGSIDE_MODEL_WIRE_NET_H
#define RINGSIDE_MODEL_WIRE_NET_H

#include "model/wire/le.h"

/* Feature bit numbers, section 5.1.3 */
#define VIRTIO_NET_F_CSUM		 0
#define VIRTIO_NET_F_GUEST_CSUM		 1
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS 2
#define VIRTIO_NET_F_MTU		 3
#define VIRTIO_NET_F_MAC		 5
#define VIRTIO_NET_F_GSO		 6 /* legacy */
#define VIRTIO_NET_F_GUEST_TSO4		 7
#define VIRTIO_NET_F_GUEST_TSO6		 8
#define VIRTIO_NET_F_GUEST_ECN		 9
#define VIRTIO_NET_F_GUEST_UFO		 10
#define VIRTIO_NET_F_HOST_TSO4		 11
#define VIRTIO_NET_F_HOST_TSO6		 12
#define VIRTIO_NET_F_HOST_ECN		 13
#define VIRTIO_NET_F_HOST_UFO		 14
#define VIRTIO_NET_F_MRG_RXBUF		 15
#define VIRTIO_NET_F_STATUS		 16
#define VIRTIO_NET_F_CTRL_VQ		 17
#define VIRTIO_NET_F_CTRL_RX		 18
#define VIRTIO_NET_F_CTRL_VLAN		 19
#define VIRTIO_NET_F_CTRL_RX_EXTRA	 20
#define VIRTIO_NET_F_GUEST_ANNOUNCE	 21
#define VIRTIO_NET_F_MQ			 22
#define VIRTIO_NET_F_CTRL_MAC_ADDR	 23
#define VIRTIO_NET_F_GUEST_RSC4		 41 /* legacy */
#define VIRTIO_NET_F_GUEST_RSC6		 42 /* legacy */
#define VIRTIO_NET_F_DEVICE_STATS	 50
#define VIRTIO_NET_F_HASH_TUNNEL	 51
#define VIRTIO_NET_F_VQ_NOTF_COAL	 52
#define VIRTIO_NET_F_NOTF_COAL		 53
#define VIRTIO_NET_F_GUEST_USO4		 54
#define VIRTIO_NET_F_GUEST_USO6		 55
#define VIRTIO_NET_F_HOST_USO		 56
#define VIRTIO_NET_F_HASH_REPORT	 57
#define VIRTIO_NET_F_GUEST_HDRLEN	 59
#define VIRTIO_NET_F_RSS		 60
#define VIRTIO_NET_F_RSC_EXT		 61
#define VIRTIO_NET_F_STANDBY		 62
#define VIRTIO_NET_F_SPEED_DUPLEX	 63

#define VIRTIO_NET_MAC_BYTES		 6

/* virtio_net_config.status */
#define VIRTIO_NET_S_LINK_UP  1
#define VIRTIO_NET_S_ANNOUNCE 2

/* virtio_net_config.speed and .duplex */
#define VIRTIO_NET_SPEED_UNKNOWN  0xffffffff
#define VIRTIO_NET_DUPLEX_HALF	  0x00
#define VIRTIO_NET_DUPLEX_FULL	  0x01
#define VIRTIO_NET_DUPLEX_UNKNOWN 0xff

/* Section 5.1.4 */
struct virtio_net_config {
	uint8_t mac[VIRTIO_NET_MAC_BYTES];
	le16 status;
	le16 max_virtqueue_pairs;
	le16 mtu;
	le32 speed;
	uint8_t duplex;
	uint8_t rss_max_key_size;
	le16 rss_max_indirection_table_length;
	le32 supported_hash_types;
} __attribute__((packed));

/* virtio_net_hdr.flags, section 5.1.6 */
#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1
#define VIRTIO_NET_HDR_F_DATA_VALID 2
#define VIRTIO_NET_HDR_F_RSC_INFO   4

/* virtio_net_hdr.gso_type */
#define VIRTIO_NET_HDR_GSO_NONE	  0
#define VIRTIO_NET_HDR_GSO_TCPV4  1
#define VIRTIO_NET_HDR_GSO_UDP	  3
#define VIRTIO_NET_HDR_GSO_TCPV6  4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#define VIRTIO_NET_HDR_GSO_ECN	  0x80

/*
 * What each frame begins with.  Legacy drivers without MRG_RXBUF leave
 * num_buffers out (section 5.1.6.1); the rest is there with HASH_REPORT.
 */
struct virtio_net_hdr {
	uint8_t flags;
	uint8_t gso_type;
	le16 hdr_len;
	le16 gso_size;
	le16 csum_start;
	le16 csum_offset;
	le16 num_buffers;
	le32 hash_value;
	le16 hash_report;
	le16 padding_reserved;
};
#define VIRTIO_NET_HDR_BYTES_LEGACY 10
#define VIRTIO_NET_HDR_BYTES	    12
#define VIRTIO_NET_HDR_BYTES_HASH   20

/* virtio_net_hdr.hash_report, section 5.1.6.4.4 */
#define VIRTIO_NET_HASH_REPORT_NONE	0
#define VIRTIO_NET_HASH_REPORT_IPv4	1
#define VIRTIO_NET_HASH_REPORT_TCPv4	2
#define VIRTIO_NET_HASH_REPORT_UDPv4	3
#define VIRTIO_NET_HASH_REPORT_IPv6	4
#define VIRTIO_NET_HASH_REPORT_TCPv6	5
#define VIRTIO_NET_HASH_REPORT_UDPv6	6
#define VIRTIO_NET_HASH_REPORT_IPv6_EX	7
#define VIRTIO_NET_HASH_REPORT_TCPv6_EX 8
#define VIRTIO_NET_HASH_REPORT_UDPv6_EX 9

/* Hash types as bits, section 5.1.6.4.3.1 */
#define VIRTIO_NET_HASH_TYPE_IPv4   (1u << 0)
#define VIRTIO_NET_HASH_TYPE_TCPv4  (1u << 1)
#define VIRTIO_NET_HASH_TYPE_UDPv4  (1u << 2)
#define VIRTIO_NET_HASH_TYPE_IPv6   (1u << 3)
#define VIRTIO_NET_HASH_TYPE_TCPv6  (1u << 4)
#define VIRTIO_NET_HASH_TYPE_UDPv6  (1u << 5)
#define VIRTIO_NET_HASH_TYPE_IP_EX  (1u << 6)
#define VIRTIO_NET_HASH_TYPE_TCP_EX (1u << 7)
#define VIRTIO_NET_HASH_TYPE_UDP_EX (1u << 8)

/*
 * Control commands, section 5.1.6.5: this header, the command's data, then
 * the device-writable part, which begins with the acknowledgement.
 */
struct virtio_net_ctrl_hdr {
	uint8_t class;
	uint8_t command;
};
#define VIRTIO_NET_OK		      0
#define VIRTIO_NET_ERR		      1

#define VIRTIO_NET_CTRL_RX	      0
#define VIRTIO_NET_CTRL_RX_PROMISC    0
#define VIRTIO_NET_CTRL_RX_ALLMULTI   1
#define VIRTIO_NET_CTRL_RX_ALLUNI     2
#define VIRTIO_NET_CTRL_RX_NOMULTI    3
#define VIRTIO_NET_CTRL_RX_NOUNI      4
#define VIRTIO_NET_CTRL_RX_NOBCAST    5

#define VIRTIO_NET_CTRL_MAC	      1
#define VIRTIO_NET_CTRL_MAC_TABLE_SET 0
#define VIRTIO_NET_CTRL_MAC_ADDR_SET  1

/* Twice: the unicast addresses, then the multicast ones. */
struct virtio_net_ctrl_mac {
	le32 entries;
	uint8_t macs[][VIRTIO_NET_MAC_BYTES];
} __attribute__((packed));

#define VIRTIO_NET_CTRL_VLAN		2
#define VIRTIO_NET_CTRL_VLAN_ADD	0
#define VIRTIO_NET_CTRL_VLAN_DEL	1

#define VIRTIO_NET_CTRL_ANNOUNCE	3
#define VIRTIO_NET_CTRL_ANNOUNCE_ACK	0

#define VIRTIO_NET_CTRL_MQ		4
#define VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET 0
#define VIRTIO_NET_CTRL_MQ_RSS_CONFIG	1
#define VIRTIO_NET_CTRL_MQ_HASH_CONFIG	2
#define VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN 1
#define VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MAX 0x8000

/*
 * RSS_CONFIG: this, the table's other entries, and the tail; the table has
 * indirection_table_mask + 1 entries in all.
 */
struct virtio_net_rss_config {
	le32 hash_types;
	le16 indirection_table_mask;
	le16 unclassified_queue;
	le16 indirection_table[];
};
struct virtio_net_rss_tail {
	le16 max_tx_vq;
	uint8_t hash_key_length;
	uint8_t hash_key_data[];
} __attribute__((packed));

struct virtio_net_hash_config {
	le32 hash_types;
	le16 reserved[4];
	uint8_t hash_key_length;
	uint8_t hash_key_data[];
} __attribute__((packed));

#define VIRTIO_NET_CTRL_GUEST_OFFLOADS	   5
#define VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET 0 /* a le64 of feature bits */

#define VIRTIO_NET_CTRL_NOTF_COAL	   6
#define VIRTIO_NET_CTRL_NOTF_COAL_TX_SET   0
#define VIRTIO_NET_CTRL_NOTF_COAL_RX_SET   1
#define VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET   2
#define VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET   3

struct virtio_net_ctrl_coal {
	le32 max_packets;
	le32 max_usecs;
};

struct virtio_net_ctrl_coal_vq {
	le16 vq_index;
	le16 reserved;
	struct virtio_net_ctrl_coal coal;
};

#endif /* !RINGSIDE_MODEL_WIRE_NET_H */
