/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ethernet as it is on the wire (IEEE 802.3, 802.1Q).
 */
#ifndef _NET_ETHERNET_H_
#define _NET_ETHERNET_H_
#include <sys/types.h>
#include <sys/_eventhandler.h>

/* Bytes. */
#define ETHER_ADDR_LEN	     6
#define ETHER_TYPE_LEN	     2
#define ETHER_CRC_LEN	     4
#define ETHER_HDR_LEN	     (ETHER_ADDR_LEN * 2 + ETHER_TYPE_LEN)
#define ETHER_MIN_LEN	     64	  /* of a frame, with its CRC */
#define ETHER_MAX_LEN	     1518 /* likewise */
#define ETHER_MAX_LEN_JUMBO  9018
#define ETHER_VLAN_ENCAP_LEN 4
#define ETHER_ALIGN	     2 /* in front, so that IP is aligned */

#define ETHERMTU	     (ETHER_MAX_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)
#define ETHERMIN	     (ETHER_MIN_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)
/* Of jumbo frames. */
#define ETHERMTU_JUMBO (ETHER_MAX_LEN_JUMBO - ETHER_HDR_LEN - ETHER_CRC_LEN)

/* The largest frame of an interface. */
#if __FreeBSD_version >= 1400000
#define ETHER_MAX_FRAME(ifp, etype, hasfcs)                                \
	(if_getmtu(ifp) + ETHER_HDR_LEN + ((hasfcs) ? ETHER_CRC_LEN : 0) + \
	    ((etype) == ETHERTYPE_VLAN ? ETHER_VLAN_ENCAP_LEN : 0))
#else
#define ETHER_MAX_FRAME(ifp, etype, hasfcs)                               \
	((ifp)->if_mtu + ETHER_HDR_LEN + ((hasfcs) ? ETHER_CRC_LEN : 0) + \
	    ((etype) == ETHERTYPE_VLAN ? ETHER_VLAN_ENCAP_LEN : 0))
#endif

#define ETHER_CRC_POLY_LE 0xedb88320
#define ETHER_CRC_POLY_BE 0x04c11db6

#define ETHER_IS_VALID_LEN(len) \
	((len) >= ETHER_MIN_LEN && (len) <= ETHER_MAX_LEN)

struct ether_header {
	u_char ether_dhost[ETHER_ADDR_LEN];
	u_char ether_shost[ETHER_ADDR_LEN];
	u_short ether_type;
} __packed;

struct ether_addr {
	u_char octet[ETHER_ADDR_LEN];
} __packed;

struct ether_vlan_header {
	uint8_t evl_dhost[ETHER_ADDR_LEN];
	uint8_t evl_shost[ETHER_ADDR_LEN];
	uint16_t evl_encap_proto; /* ETHERTYPE_VLAN */
	uint16_t evl_tag;
	uint16_t evl_proto;
} __packed;

#define ETHER_IS_MULTICAST(addr)      (*(addr)&0x01)
#define ETHER_IS_IPV6_MULTICAST(addr) ((addr)[0] == 0x33 && (addr)[1] == 0x33)
#define ETHER_IS_BROADCAST(addr)                                      \
	(((addr)[0] & (addr)[1] & (addr)[2] & (addr)[3] & (addr)[4] & \
	     (addr)[5]) == 0xff)
#define ETHER_IS_ZERO(addr)                                           \
	(((addr)[0] | (addr)[1] | (addr)[2] | (addr)[3] | (addr)[4] | \
	     (addr)[5]) == 0x00)

/* A tag in host order: priority, CFI, VLAN. */
#define EVL_VLID_MASK	   0x0FFF
#define EVL_PRI_MASK	   0xE000
#define EVL_VLANOFTAG(tag) ((tag)&EVL_VLID_MASK)
#define EVL_PRIOFTAG(tag)  (((tag) >> 13) & 7)
#define EVL_CFIOFTAG(tag)  (((tag) >> 12) & 1)
#define EVL_MAKETAG(vlid, pri, cfi) \
	((((((pri)&7) << 1) | ((cfi)&1)) << 12) | ((vlid)&EVL_VLID_MASK))

#define ETHERTYPE_8023	      0x0004
#define ETHERTYPE_PUP	      0x0200
#define ETHERTYPE_IP	      0x0800
#define ETHERTYPE_ARP	      0x0806
#define ETHERTYPE_FRARP	      0x0808
#define ETHERTYPE_TRANSETHER  0x6558
#define ETHERTYPE_REVARP      0x8035
#define ETHERTYPE_ATALK	      0x809B
#define ETHERTYPE_AARP	      0x80F3
#define ETHERTYPE_VLAN	      0x8100
#define ETHERTYPE_IPX	      0x8137
#define ETHERTYPE_SNMP	      0x814C
#define ETHERTYPE_IPV6	      0x86DD
#define ETHERTYPE_FLOWCONTROL 0x8808
#define ETHERTYPE_SLOW	      0x8809
#define ETHERTYPE_PPP	      0x880B
#define ETHERTYPE_MPLS	      0x8847
#define ETHERTYPE_MPLS_MCAST  0x8848
#define ETHERTYPE_PPPOEDISC   0x8863
#define ETHERTYPE_PPPOE	      0x8864
#define ETHERTYPE_PAE	      0x888E
#define ETHERTYPE_PROFINET    0x8892
#define ETHERTYPE_AOE	      0x88A2
#define ETHERTYPE_ETHERCAT    0x88A4
#define ETHERTYPE_QINQ	      0x88A8
#define ETHERTYPE_LLDP	      0x88CC
#define ETHERTYPE_MACSEC      0x88E5
#define ETHERTYPE_PBB	      0x88E7
#define ETHERTYPE_FCOE	      0x8906
#define ETHERTYPE_LOOPBACK    0x9000
#define ETHERTYPE_8021Q9100   0x9100
#define ETHERTYPE_8021Q9200   0x9200
#define ETHERTYPE_8021Q9300   0x9300
#define ETHERTYPE_MAX	      0xFFFF

/* Priorities of 802.1Q. */
#define IEEE8021Q_PCP_BE 0 /* best effort */
#define IEEE8021Q_PCP_BK 1 /* background, the lowest */
#define IEEE8021Q_PCP_EE 2
#define IEEE8021Q_PCP_CA 3
#define IEEE8021Q_PCP_VI 4
#define IEEE8021Q_PCP_VO 5
#define IEEE8021Q_PCP_IC 6
#define IEEE8021Q_PCP_NC 7 /* network control, the highest */

struct ifnet;
struct mbuf;

/* The CRC of that many bytes, not complemented. */
uint32_t ether_crc32_le(const uint8_t *buf, size_t len);
uint32_t ether_crc32_be(const uint8_t *buf, size_t len);
/* "0:1:2:3:4:5", valid until the next call. */
char *ether_sprintf(const u_int8_t *addr);

/*
 * The frame with a VLAN tag in it; NULL: no memory, and m has been freed.
 */
struct mbuf *ether_vlanencap_proto(struct mbuf *m, uint16_t tag,
    uint16_t proto);
static __inline struct mbuf *
ether_vlanencap(struct mbuf *m, uint16_t tag)
{
	return (ether_vlanencap_proto(m, tag, ETHERTYPE_VLAN));
}

/*
 * --- interfaces (ifnet(9)) ---
 */
struct bpf_if;
struct route;
struct sockaddr;

void ether_ifattach(struct ifnet *ifp, const u_int8_t *lla);
void ether_ifdetach(struct ifnet *ifp);
int ether_ioctl(struct ifnet *ifp, u_long command, caddr_t data);
int ether_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
    struct route *ro);
int ether_output_frame(struct ifnet *ifp, struct mbuf *m);
void ether_demux(struct ifnet *ifp, struct mbuf *m);
void ether_gen_addr(struct ifnet *ifp, struct ether_addr *hwaddr);
void ether_vlan_mtap(struct bpf_if *bp, struct mbuf *m, void *data, u_int dlen);
void ether_bpf_mtap_if(struct ifnet *ifp, struct mbuf *m);
#define ETHER_BPF_MTAP(ifp, m) ether_bpf_mtap_if((ifp), (m))

typedef void (*ether_ifattach_event_handler_t)(void *, struct ifnet *);
EVENTHANDLER_DECLARE(ether_ifattach_event, ether_ifattach_event_handler_t);

#endif /* !_NET_ETHERNET_H_ */
