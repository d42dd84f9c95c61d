/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver's definitions of what is on the wire against Linux's;
 * what not all of Linux's headers have, against the specification's numbers.
 */
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_net.h>

#include "tests/test.h"

/* What is long to say. */
enum {
	LINUX_HDR_MRG = sizeof(struct virtio_net_hdr_v1),
	LINUX_HDR_HASH = sizeof(struct virtio_net_hdr_v1_hash),
	LINUX_HDR_LEGACY = sizeof(struct virtio_net_hdr),
	LINUX_CONFIG_STATUS = offsetof(struct virtio_net_config, status),
	LINUX_CONFIG_PAIRS =
	    offsetof(struct virtio_net_config, max_virtqueue_pairs),
	LINUX_CONFIG_MTU = offsetof(struct virtio_net_config, mtu),
	LINUX_CONFIG_SPEED = offsetof(struct virtio_net_config, speed),
	LINUX_CONFIG_DUPLEX = offsetof(struct virtio_net_config, duplex),
	LINUX_CONFIG_KEY = offsetof(struct virtio_net_config, rss_max_key_size),
	LINUX_CONFIG_TABLE = offsetof(struct virtio_net_config,
	    rss_max_indirection_table_length),
	LINUX_CONFIG_TYPES =
	    offsetof(struct virtio_net_config, supported_hash_types),
	LINUX_HASH_VALUE = offsetof(struct virtio_net_hdr_v1_hash, hash_value),
	LINUX_HASH_REPORT =
	    offsetof(struct virtio_net_hdr_v1_hash, hash_report),
};

#include "drivers/net/if_vio.h"

#define BIT(n) (UINT64_C(1) << (n))

TEST(net_wire, features)
{
	T_EQ(VIOIF_F_CSUM, BIT(VIRTIO_NET_F_CSUM));
	T_EQ(VIOIF_F_GUEST_CSUM, BIT(VIRTIO_NET_F_GUEST_CSUM));
	T_EQ(VIOIF_F_CTRL_GUEST_OFFLOADS,
	    BIT(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS));
	T_EQ(VIOIF_F_MTU, BIT(VIRTIO_NET_F_MTU));
	T_EQ(VIOIF_F_MAC, BIT(VIRTIO_NET_F_MAC));
	T_EQ(VIOIF_F_GUEST_TSO4, BIT(VIRTIO_NET_F_GUEST_TSO4));
	T_EQ(VIOIF_F_GUEST_TSO6, BIT(VIRTIO_NET_F_GUEST_TSO6));
	T_EQ(VIOIF_F_GUEST_ECN, BIT(VIRTIO_NET_F_GUEST_ECN));
	T_EQ(VIOIF_F_GUEST_UFO, BIT(VIRTIO_NET_F_GUEST_UFO));
	T_EQ(VIOIF_F_HOST_TSO4, BIT(VIRTIO_NET_F_HOST_TSO4));
	T_EQ(VIOIF_F_HOST_TSO6, BIT(VIRTIO_NET_F_HOST_TSO6));
	T_EQ(VIOIF_F_HOST_ECN, BIT(VIRTIO_NET_F_HOST_ECN));
	T_EQ(VIOIF_F_HOST_UFO, BIT(VIRTIO_NET_F_HOST_UFO));
	T_EQ(VIOIF_F_MRG_RXBUF, BIT(VIRTIO_NET_F_MRG_RXBUF));
	T_EQ(VIOIF_F_STATUS, BIT(VIRTIO_NET_F_STATUS));
	T_EQ(VIOIF_F_CTRL_VQ, BIT(VIRTIO_NET_F_CTRL_VQ));
	T_EQ(VIOIF_F_CTRL_RX, BIT(VIRTIO_NET_F_CTRL_RX));
	T_EQ(VIOIF_F_CTRL_VLAN, BIT(VIRTIO_NET_F_CTRL_VLAN));
	T_EQ(VIOIF_F_CTRL_RX_EXTRA, BIT(VIRTIO_NET_F_CTRL_RX_EXTRA));
	T_EQ(VIOIF_F_GUEST_ANNOUNCE, BIT(VIRTIO_NET_F_GUEST_ANNOUNCE));
	T_EQ(VIOIF_F_MQ, BIT(VIRTIO_NET_F_MQ));
	T_EQ(VIOIF_F_CTRL_MAC_ADDR, BIT(VIRTIO_NET_F_CTRL_MAC_ADDR));
	T_EQ(VIOIF_F_HASH_REPORT, BIT(VIRTIO_NET_F_HASH_REPORT));
	T_EQ(VIOIF_F_RSS, BIT(VIRTIO_NET_F_RSS));
	T_EQ(VIOIF_F_RSC_EXT, BIT(VIRTIO_NET_F_RSC_EXT));
	T_EQ(VIOIF_F_STANDBY, BIT(VIRTIO_NET_F_STANDBY));
	T_EQ(VIOIF_F_SPEED_DUPLEX, BIT(VIRTIO_NET_F_SPEED_DUPLEX));
	/* Not in all of Linux's headers; by number, from section 5.1.3. */
	T_EQ(VIOIF_F_VQ_NOTF_COAL, BIT(52));
	T_EQ(VIOIF_F_NOTF_COAL, BIT(53));
	T_EQ(VIOIF_F_GUEST_USO4, BIT(54));
	T_EQ(VIOIF_F_GUEST_USO6, BIT(55));
	T_EQ(VIOIF_F_HOST_USO, BIT(56));
	T_EQ(VIOIF_F_GUEST_HDRLEN, BIT(59));
}

TEST(net_wire, configuration)
{
	T_EQ(offsetof(struct vioif_config, mac), 0);
	T_EQ(offsetof(struct vioif_config, status), LINUX_CONFIG_STATUS);
	T_EQ(offsetof(struct vioif_config, max_virtqueue_pairs),
	    LINUX_CONFIG_PAIRS);
	T_EQ(offsetof(struct vioif_config, mtu), LINUX_CONFIG_MTU);
	T_EQ(offsetof(struct vioif_config, speed), LINUX_CONFIG_SPEED);
	T_EQ(offsetof(struct vioif_config, duplex), LINUX_CONFIG_DUPLEX);
	T_EQ(offsetof(struct vioif_config, rss_max_key_size), LINUX_CONFIG_KEY);
	T_EQ(offsetof(struct vioif_config, rss_max_indirection_table_length),
	    LINUX_CONFIG_TABLE);
	T_EQ(offsetof(struct vioif_config, supported_hash_types),
	    LINUX_CONFIG_TYPES);
	T_EQ(VIOIF_S_LINK_UP, VIRTIO_NET_S_LINK_UP);
	T_EQ(VIOIF_S_ANNOUNCE, VIRTIO_NET_S_ANNOUNCE);
}

TEST(net_wire, header)
{
	T_EQ(VIOIF_HDR_LEGACY, LINUX_HDR_LEGACY);
	T_EQ(VIOIF_HDR_MRG, LINUX_HDR_MRG);
	T_EQ(VIOIF_HDR_HASH, LINUX_HDR_HASH);
	T_EQ(sizeof(struct vioif_hdr), LINUX_HDR_HASH);
	T_EQ(offsetof(struct vioif_hdr, hdr_len),
	    offsetof(struct virtio_net_hdr, hdr_len));
	T_EQ(offsetof(struct vioif_hdr, gso_size),
	    offsetof(struct virtio_net_hdr, gso_size));
	T_EQ(offsetof(struct vioif_hdr, csum_start),
	    offsetof(struct virtio_net_hdr, csum_start));
	T_EQ(offsetof(struct vioif_hdr, csum_offset),
	    offsetof(struct virtio_net_hdr, csum_offset));
	T_EQ(offsetof(struct vioif_hdr, num_buffers),
	    offsetof(struct virtio_net_hdr_v1, num_buffers));
	T_EQ(offsetof(struct vioif_hdr, hash_value), LINUX_HASH_VALUE);
	T_EQ(offsetof(struct vioif_hdr, hash_report), LINUX_HASH_REPORT);
	T_EQ(VIOIF_HDR_NEEDS_CSUM, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	T_EQ(VIOIF_HDR_DATA_VALID, VIRTIO_NET_HDR_F_DATA_VALID);
	T_EQ(VIOIF_HDR_RSC_INFO, VIRTIO_NET_HDR_F_RSC_INFO);
	T_EQ(VIOIF_GSO_NONE, VIRTIO_NET_HDR_GSO_NONE);
	T_EQ(VIOIF_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV4);
	T_EQ(VIOIF_GSO_UDP, VIRTIO_NET_HDR_GSO_UDP);
	T_EQ(VIOIF_GSO_TCPV6, VIRTIO_NET_HDR_GSO_TCPV6);
	T_EQ(VIOIF_GSO_ECN, VIRTIO_NET_HDR_GSO_ECN);
	T_EQ(VIOIF_GSO_UDP_L4, 5);
}

TEST(net_wire, hashes)
{
	T_EQ(VIOIF_HASH_NONE, VIRTIO_NET_HASH_REPORT_NONE);
	T_EQ(VIOIF_HASH_IPV4, VIRTIO_NET_HASH_REPORT_IPv4);
	T_EQ(VIOIF_HASH_TCPV4, VIRTIO_NET_HASH_REPORT_TCPv4);
	T_EQ(VIOIF_HASH_UDPV4, VIRTIO_NET_HASH_REPORT_UDPv4);
	T_EQ(VIOIF_HASH_IPV6, VIRTIO_NET_HASH_REPORT_IPv6);
	T_EQ(VIOIF_HASH_TCPV6, VIRTIO_NET_HASH_REPORT_TCPv6);
	T_EQ(VIOIF_HASH_UDPV6, VIRTIO_NET_HASH_REPORT_UDPv6);
	T_EQ(VIOIF_HASH_IPV6_EX, VIRTIO_NET_HASH_REPORT_IPv6_EX);
	T_EQ(VIOIF_HASH_TCPV6_EX, VIRTIO_NET_HASH_REPORT_TCPv6_EX);
	T_EQ(VIOIF_HASH_UDPV6_EX, VIRTIO_NET_HASH_REPORT_UDPv6_EX);
	T_EQ(VIOIF_HASH_TYPE(VIOIF_HASH_UDPV6_EX),
	    VIRTIO_NET_RSS_HASH_TYPE_UDP_EX);
	T_EQ(VIOIF_HASH_TYPES, 2 * VIRTIO_NET_RSS_HASH_TYPE_UDP_EX - 1);
}

TEST(net_wire, commands)
{
	T_EQ(sizeof(struct vioif_ctrl), sizeof(struct virtio_net_ctrl_hdr));
	T_EQ(VIOIF_CTRL_OK, VIRTIO_NET_OK);
	T_EQ(VIOIF_CTRL_ERR, VIRTIO_NET_ERR);
	T_EQ(VIOIF_CTRL_RX, VIRTIO_NET_CTRL_RX);
	T_EQ(VIOIF_CTRL_RX_PROMISC, VIRTIO_NET_CTRL_RX_PROMISC);
	T_EQ(VIOIF_CTRL_RX_ALLMULTI, VIRTIO_NET_CTRL_RX_ALLMULTI);
	T_EQ(VIOIF_CTRL_RX_ALLUNI, VIRTIO_NET_CTRL_RX_ALLUNI);
	T_EQ(VIOIF_CTRL_RX_NOMULTI, VIRTIO_NET_CTRL_RX_NOMULTI);
	T_EQ(VIOIF_CTRL_RX_NOUNI, VIRTIO_NET_CTRL_RX_NOUNI);
	T_EQ(VIOIF_CTRL_RX_NOBCAST, VIRTIO_NET_CTRL_RX_NOBCAST);
	T_EQ(VIOIF_CTRL_MAC, VIRTIO_NET_CTRL_MAC);
	T_EQ(VIOIF_CTRL_MAC_TABLE_SET, VIRTIO_NET_CTRL_MAC_TABLE_SET);
	T_EQ(VIOIF_CTRL_MAC_ADDR_SET, VIRTIO_NET_CTRL_MAC_ADDR_SET);
	T_EQ(VIOIF_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN);
	T_EQ(VIOIF_CTRL_VLAN_ADD, VIRTIO_NET_CTRL_VLAN_ADD);
	T_EQ(VIOIF_CTRL_VLAN_DEL, VIRTIO_NET_CTRL_VLAN_DEL);
	T_EQ(VIOIF_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE);
	T_EQ(VIOIF_CTRL_ANNOUNCE_ACK, VIRTIO_NET_CTRL_ANNOUNCE_ACK);
	T_EQ(VIOIF_CTRL_MQ, VIRTIO_NET_CTRL_MQ);
	T_EQ(VIOIF_CTRL_MQ_PAIRS, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET);
	T_EQ(VIOIF_CTRL_MQ_RSS, VIRTIO_NET_CTRL_MQ_RSS_CONFIG);
	T_EQ(VIOIF_CTRL_MQ_HASH, VIRTIO_NET_CTRL_MQ_HASH_CONFIG);
	T_EQ(VIOIF_CTRL_OFFLOADS, VIRTIO_NET_CTRL_GUEST_OFFLOADS);
	T_EQ(VIOIF_CTRL_OFFLOADS_SET, VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET);
	T_EQ(VIOIF_PAIRS_LIMIT, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MAX);
	/* Section 5.1.6.5.8. */
	T_EQ(VIOIF_CTRL_COAL, 6);
	T_EQ(VIOIF_CTRL_COAL_TX, 0);
	T_EQ(VIOIF_CTRL_COAL_RX, 1);
	T_EQ(sizeof(struct vioif_coal), 8);
	T_EQ(sizeof(struct vioif_rss_head), 8);
}
