/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device on the wire: features, configuration, packet headers and
 * control commands (virtio 1.3, section 5.1).  Constants and layouts only;
 * like vio_wire.h it includes nothing, and all fields are little-endian.
 */
#ifndef _IF_VIO_H_
#define _IF_VIO_H_

/* Feature bits (5.1.3), as masks. */
#define VIOIF_F_CSUM		    (1ULL << 0)
#define VIOIF_F_GUEST_CSUM	    (1ULL << 1)
#define VIOIF_F_CTRL_GUEST_OFFLOADS (1ULL << 2)
#define VIOIF_F_MTU		    (1ULL << 3)
#define VIOIF_F_MAC		    (1ULL << 5)
#define VIOIF_F_GUEST_TSO4	    (1ULL << 7)
#define VIOIF_F_GUEST_TSO6	    (1ULL << 8)
#define VIOIF_F_GUEST_ECN	    (1ULL << 9)
#define VIOIF_F_GUEST_UFO	    (1ULL << 10)
#define VIOIF_F_HOST_TSO4	    (1ULL << 11)
#define VIOIF_F_HOST_TSO6	    (1ULL << 12)
#define VIOIF_F_HOST_ECN	    (1ULL << 13)
#define VIOIF_F_HOST_UFO	    (1ULL << 14)
#define VIOIF_F_MRG_RXBUF	    (1ULL << 15)
#define VIOIF_F_STATUS		    (1ULL << 16)
#define VIOIF_F_CTRL_VQ		    (1ULL << 17)
#define VIOIF_F_CTRL_RX		    (1ULL << 18)
#define VIOIF_F_CTRL_VLAN	    (1ULL << 19)
#define VIOIF_F_CTRL_RX_EXTRA	    (1ULL << 20)
#define VIOIF_F_GUEST_ANNOUNCE	    (1ULL << 21)
#define VIOIF_F_MQ		    (1ULL << 22)
#define VIOIF_F_CTRL_MAC_ADDR	    (1ULL << 23)
#define VIOIF_F_VQ_NOTF_COAL	    (1ULL << 52)
#define VIOIF_F_NOTF_COAL	    (1ULL << 53)
#define VIOIF_F_GUEST_USO4	    (1ULL << 54)
#define VIOIF_F_GUEST_USO6	    (1ULL << 55)
#define VIOIF_F_HOST_USO	    (1ULL << 56)
#define VIOIF_F_HASH_REPORT	    (1ULL << 57)
#define VIOIF_F_GUEST_HDRLEN	    (1ULL << 59)
#define VIOIF_F_RSS		    (1ULL << 60)
#define VIOIF_F_RSC_EXT		    (1ULL << 61)
#define VIOIF_F_STANDBY		    (1ULL << 62)
#define VIOIF_F_SPEED_DUPLEX	    (1ULL << 63)

/* Device configuration (5.1.4). */
struct vioif_config {
	uint8_t mac[6];
	uint16_t status;
	uint16_t max_virtqueue_pairs;
	uint16_t mtu;
	uint32_t speed; /* Mbit/s */
	uint8_t duplex;
	uint8_t rss_max_key_size;
	uint16_t rss_max_indirection_table_length;
	uint32_t supported_hash_types;
};

#define VIOIF_S_LINK_UP	 1
#define VIOIF_S_ANNOUNCE 2

/* 5.1.4.2: a larger speed, and any other duplex than these, is unknown. */
#define VIOIF_SPEED_MAX	  0x7fffffffu
#define VIOIF_DUPLEX_HALF 0
#define VIOIF_DUPLEX_FULL 1

/* 5.1.4.1: what max_virtqueue_pairs and mtu may be. */
#define VIOIF_PAIRS_LIMIT 0x8000
#define VIOIF_MTU_MIN	  68

/*
 * The header of a packet (5.1.6).  How much of it there is depends on what
 * was negotiated: to gso and csum, with num_buffers, or with the hash.
 */
struct vioif_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
	uint16_t hash_value[2]; /* a 32-bit number, aligned to 2 bytes */
	uint16_t hash_report;
	uint16_t padding;
};

#define VIOIF_HDR_LEGACY 10 /* neither VERSION_1 nor MRG_RXBUF */
#define VIOIF_HDR_MRG	 12
#define VIOIF_HDR_HASH	 20 /* HASH_REPORT */

/* flags */
#define VIOIF_HDR_NEEDS_CSUM 1
#define VIOIF_HDR_DATA_VALID 2
#define VIOIF_HDR_RSC_INFO   4

/* gso_type */
#define VIOIF_GSO_NONE	 0
#define VIOIF_GSO_TCPV4	 1
#define VIOIF_GSO_UDP	 3
#define VIOIF_GSO_TCPV6	 4
#define VIOIF_GSO_UDP_L4 5
#define VIOIF_GSO_ECN	 0x80

/* hash_report: what the hash was calculated of (5.1.6.4.4). */
#define VIOIF_HASH_NONE	     0
#define VIOIF_HASH_IPV4	     1
#define VIOIF_HASH_TCPV4     2
#define VIOIF_HASH_UDPV4     3
#define VIOIF_HASH_IPV6	     4
#define VIOIF_HASH_TCPV6     5
#define VIOIF_HASH_UDPV6     6
#define VIOIF_HASH_IPV6_EX   7
#define VIOIF_HASH_TCPV6_EX  8
#define VIOIF_HASH_UDPV6_EX  9
#define VIOIF_HASH_TYPE(rep) (1u << ((rep)-1))
#define VIOIF_HASH_TYPES     0x1ffu

/* A control command begins with this and ends with a byte (5.1.6.5). */
struct vioif_ctrl {
	uint8_t class;
	uint8_t command;
};

#define VIOIF_CTRL_OK		 0
#define VIOIF_CTRL_ERR		 1

#define VIOIF_CTRL_RX		 0 /* each with a byte, 0 or 1 */
#define VIOIF_CTRL_RX_PROMISC	 0
#define VIOIF_CTRL_RX_ALLMULTI	 1
#define VIOIF_CTRL_RX_ALLUNI	 2 /* this and below: CTRL_RX_EXTRA */
#define VIOIF_CTRL_RX_NOMULTI	 3
#define VIOIF_CTRL_RX_NOUNI	 4
#define VIOIF_CTRL_RX_NOBCAST	 5
#define VIOIF_CTRL_RX_COMMANDS	 6

#define VIOIF_CTRL_MAC		 1
#define VIOIF_CTRL_MAC_TABLE_SET 0 /* two tables: unicast, multicast */
#define VIOIF_CTRL_MAC_ADDR_SET	 1 /* 6 bytes */

#define VIOIF_CTRL_VLAN		 2 /* each with 16 bits, the VLAN */
#define VIOIF_CTRL_VLAN_ADD	 0
#define VIOIF_CTRL_VLAN_DEL	 1

#define VIOIF_CTRL_ANNOUNCE	 3
#define VIOIF_CTRL_ANNOUNCE_ACK	 0

#define VIOIF_CTRL_MQ		 4
#define VIOIF_CTRL_MQ_PAIRS	 0 /* 16 bits: pairs in use */
#define VIOIF_CTRL_MQ_RSS	 1
#define VIOIF_CTRL_MQ_HASH	 2

#define VIOIF_CTRL_OFFLOADS	 5
#define VIOIF_CTRL_OFFLOADS_SET	 0 /* 64 bits: GUEST features */

#define VIOIF_CTRL_COAL		 6
#define VIOIF_CTRL_COAL_TX	 0
#define VIOIF_CTRL_COAL_RX	 1

/* VIOIF_CTRL_COAL_*. */
struct vioif_coal {
	uint32_t max_packets;
	uint32_t max_usecs;
};

/* One of the tables of VIOIF_CTRL_MAC_TABLE_SET; `entries` addresses follow. */
struct vioif_mac_table {
	uint32_t entries;
	uint8_t macs[][6];
};

/*
 * VIOIF_CTRL_MQ_RSS: this, indirection_table_mask + 1 queue numbers, then
 * struct vioif_rss_tail, then the key.  VIOIF_CTRL_MQ_HASH: the hash types,
 * four words of zero, the key's length in a byte, and the key.
 */
struct vioif_rss_head {
	uint32_t hash_types;
	uint16_t indirection_table_mask;
	uint16_t unclassified_queue;
};

#define VIOIF_RSS_KEY_BYTES 40

#endif /* !_IF_VIO_H_ */
