/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interfaces as they are configured: flags, capabilities, requests of
 * ioctl(2).  Not here: SIOCSIFCAPNV, since there is no nv(9).
 */
#ifndef _NET_IF_H_
#define _NET_IF_H_
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#define IF_NAMESIZE 16
#define IFNAMSIZ    IF_NAMESIZE
#define IF_MAXUNIT  0x7fff

/*
 * if_flags.  (i): the driver's before it attaches, then nobody's; (n): the
 * network stack's; (d): the driver's, in if_drv_flags.
 */
#define IFF_UP		0x1   /* (n) */
#define IFF_BROADCAST	0x2   /* (i) */
#define IFF_DEBUG	0x4   /* (n) */
#define IFF_LOOPBACK	0x8   /* (i) */
#define IFF_POINTOPOINT 0x10  /* (i) */
#define IFF_DRV_RUNNING 0x40  /* (d) resources allocated */
#define IFF_NOARP	0x80  /* (n) */
#define IFF_PROMISC	0x100 /* (n) receive all */
#define IFF_ALLMULTI	0x200 /* (n) receive all multicast */
#define IFF_DRV_OACTIVE 0x400 /* (d) transmit queue is full */
#define IFF_SIMPLEX	0x800 /* (i) does not hear itself */
#define IFF_LINK0	0x1000
#define IFF_LINK1	0x2000
#define IFF_LINK2	0x4000
#define IFF_MULTICAST	0x8000	 /* (i) */
#define IFF_CANTCONFIG	0x10000	 /* (i) */
#define IFF_PPROMISC	0x20000	 /* (n) promiscuous: a user wants it */
#define IFF_MONITOR	0x40000	 /* (n) what comes in goes no further */
#define IFF_STATICARP	0x80000	 /* (n) */
#define IFF_DYING	0x200000 /* (n) */
#define IFF_RENAMING	0x400000 /* (n) */
#if __FreeBSD_version >= 1300000
#define IFF_NEEDSEPOCH 0x20	/* (i) if_input() is called outside of epoch */
#define IFF_STICKYARP  0x100000 /* (n) */
#define IFF_CANTCHANGE                                                         \
	(IFF_BROADCAST | IFF_POINTOPOINT | IFF_DRV_RUNNING | IFF_DRV_OACTIVE | \
	    IFF_SIMPLEX | IFF_MULTICAST | IFF_ALLMULTI | IFF_PROMISC |         \
	    IFF_DYING | IFF_CANTCONFIG | IFF_NEEDSEPOCH)
#else
#define IFF_CANTCHANGE                                                         \
	(IFF_BROADCAST | IFF_POINTOPOINT | IFF_DRV_RUNNING | IFF_DRV_OACTIVE | \
	    IFF_SIMPLEX | IFF_MULTICAST | IFF_ALLMULTI | IFF_PROMISC |         \
	    IFF_DYING | IFF_CANTCONFIG)
#endif
#if __FreeBSD_version >= 1400000
#define IFF_PALLMULTI 0x800000 /* (n) all multicast: a user wants it */
#endif

#define LINK_STATE_UNKNOWN 0
#define LINK_STATE_DOWN	   1
#define LINK_STATE_UP	   2

/* Bits a second. */
#define IF_Kbps(x) ((uintmax_t)(x)*1000)
#define IF_Mbps(x) (IF_Kbps((x)*1000))
#define IF_Gbps(x) (IF_Mbps((x)*1000))

/* if_capabilities: what there is; if_capenable: what is switched on. */
#define IFCAP_RXCSUM	     0x00000001
#define IFCAP_TXCSUM	     0x00000002
#define IFCAP_NETCONS	     0x00000004
#define IFCAP_VLAN_MTU	     0x00000008 /* frames with a tag on top */
#define IFCAP_VLAN_HWTAGGING 0x00000010
#define IFCAP_JUMBO_MTU	     0x00000020
#define IFCAP_POLLING	     0x00000040
#define IFCAP_VLAN_HWCSUM    0x00000080
#define IFCAP_TSO4	     0x00000100
#define IFCAP_TSO6	     0x00000200
#define IFCAP_LRO	     0x00000400
#define IFCAP_WOL_UCAST	     0x00000800
#define IFCAP_WOL_MCAST	     0x00001000
#define IFCAP_WOL_MAGIC	     0x00002000
#define IFCAP_TOE4	     0x00004000
#define IFCAP_TOE6	     0x00008000
#define IFCAP_VLAN_HWFILTER  0x00010000
#define IFCAP_VLAN_HWTSO     0x00040000
#define IFCAP_LINKSTATE	     0x00080000 /* the link state changes */
#define IFCAP_NETMAP	     0x00100000
#define IFCAP_RXCSUM_IPV6    0x00200000
#define IFCAP_TXCSUM_IPV6    0x00400000
#define IFCAP_HWSTATS	     0x00800000 /* the driver counts bytes itself */
#define IFCAP_TXRTLMT	     0x01000000
#define IFCAP_HWRXTSTMP	     0x02000000
#if __FreeBSD_version >= 1300000
#define IFCAP_MEXTPG	   0x04000000
#define IFCAP_TXTLS4	   0x08000000
#define IFCAP_TXTLS6	   0x10000000
#define IFCAP_VXLAN_HWCSUM 0x20000000
#define IFCAP_VXLAN_HWTSO  0x40000000
#define IFCAP_TXTLS_RTLMT  0x80000000
#define IFCAP_TXTLS	   (IFCAP_TXTLS4 | IFCAP_TXTLS6)
#else
#define IFCAP_NOMAP 0x04000000
#endif
#define IFCAP_HWCSUM	  (IFCAP_RXCSUM | IFCAP_TXCSUM)
#define IFCAP_HWCSUM_IPV6 (IFCAP_RXCSUM_IPV6 | IFCAP_TXCSUM_IPV6)
#define IFCAP_TSO	  (IFCAP_TSO4 | IFCAP_TSO6)
#define IFCAP_WOL	  (IFCAP_WOL_UCAST | IFCAP_WOL_MCAST | IFCAP_WOL_MAGIC)
#define IFCAP_TOE	  (IFCAP_TOE4 | IFCAP_TOE6)
#define IFCAP_ALLCAPS	  0xffffffff
#if __FreeBSD_version >= 1400000
#define IFCAP_NV	 0x00020000
#define IFCAP_CANTCHANGE (IFCAP_NETMAP | IFCAP_NV)
/* if_capabilities2, as numbers of bits. */
#define IFCAP2_RXTLS4	     0
#define IFCAP2_RXTLS6	     1
#define IFCAP2_IPSEC_OFFLOAD 2
#define IFCAP2_BIT(x)	     (1UL << (x))
#else
#define IFCAP_CANTCHANGE IFCAP_NETMAP
#endif

#define IFQ_MAXLEN     50
#define IFNET_SLOWHZ   1
#define IFNET_PCP_NONE 0xff

struct if_data {
	uint8_t ifi_type;
	uint8_t ifi_physical;
	uint8_t ifi_addrlen;
	uint8_t ifi_hdrlen;
	uint8_t ifi_link_state;
	uint8_t ifi_vhid;
	uint16_t ifi_datalen;
	uint32_t ifi_mtu;
	uint32_t ifi_metric;
	uint64_t ifi_baudrate;
	uint64_t ifi_ipackets;
	uint64_t ifi_ierrors;
	uint64_t ifi_opackets;
	uint64_t ifi_oerrors;
	uint64_t ifi_collisions;
	uint64_t ifi_ibytes;
	uint64_t ifi_obytes;
	uint64_t ifi_imcasts;
	uint64_t ifi_omcasts;
	uint64_t ifi_iqdrops;
	uint64_t ifi_oqdrops;
	uint64_t ifi_noproto;
	uint64_t ifi_hwassist;
	time_t ifi_epoch;
	struct timeval ifi_lastchange;
};

struct ifreq_buffer {
	size_t length;
	void *buffer;
};

/* Most requests. */
struct ifreq {
	char ifr_name[IFNAMSIZ];
	union {
		struct sockaddr ifru_addr;
		struct sockaddr ifru_dstaddr;
		struct sockaddr ifru_broadaddr;
		struct ifreq_buffer ifru_buffer;
		short ifru_flags[2];
		short ifru_index;
		int ifru_jid;
		int ifru_metric;
		int ifru_mtu;
		int ifru_phys;
		int ifru_media;
		caddr_t ifru_data;
		int ifru_cap[2];
		u_int ifru_fib;
		u_char ifru_vlan_pcp;
	} ifr_ifru;
};
#define ifr_addr      ifr_ifru.ifru_addr
#define ifr_dstaddr   ifr_ifru.ifru_dstaddr
#define ifr_broadaddr ifr_ifru.ifru_broadaddr
#define ifr_flags     ifr_ifru.ifru_flags[0] /* the low 16 bits */
#define ifr_flagshigh ifr_ifru.ifru_flags[1]
#define ifr_metric    ifr_ifru.ifru_metric
#define ifr_mtu	      ifr_ifru.ifru_mtu
#define ifr_phys      ifr_ifru.ifru_phys
#define ifr_media     ifr_ifru.ifru_media
#define ifr_reqcap    ifr_ifru.ifru_cap[0]
#define ifr_curcap    ifr_ifru.ifru_cap[1]
#define ifr_index     ifr_ifru.ifru_index
#define ifr_fib	      ifr_ifru.ifru_fib
#define ifr_vlan_pcp  ifr_ifru.ifru_vlan_pcp
#define ifr_lan_pcp   ifr_ifru.ifru_vlan_pcp
/* What ifr_data and ifr_buffer point to. */
void *ifr_data_get_ptr(void *ifrp);
#if __FreeBSD_version >= 1300000
void *ifr_buffer_get_buffer(void *data);
size_t ifr_buffer_get_length(void *data);
#endif

struct ifaliasreq {
	char ifra_name[IFNAMSIZ];
	struct sockaddr ifra_addr;
	struct sockaddr ifra_broadaddr;
	struct sockaddr ifra_mask;
	int ifra_vhid;
};

struct ifmediareq {
	char ifm_name[IFNAMSIZ];
	int ifm_current; /* IFM_: what was set */
	int ifm_mask;
	int ifm_status; /* IFM_AVALID, IFM_ACTIVE */
	int ifm_active; /* IFM_: what it is */
	int ifm_count;	/* of ifm_ulist: in, room; out, media there are */
	int *ifm_ulist;
};

struct ifdrv {
	char ifd_name[IFNAMSIZ];
	unsigned long ifd_cmd;
	size_t ifd_len;
	void *ifd_data;
};

#define IFSTATMAX 800
struct ifstat {
	char ifs_name[IFNAMSIZ];
	char ascii[IFSTATMAX + 1];
};

struct ifi2creq {
	uint8_t dev_addr;
	uint8_t offset;
	uint8_t len;
	uint8_t spare0;
	uint32_t spare1;
	uint8_t data[8];
};

/* How received packets are spread (RSS). */
#define RSS_FUNC_NONE	     0
#define RSS_FUNC_PRIVATE     1
#define RSS_FUNC_TOEPLITZ    2
#define RSS_TYPE_IPV4	     0x00000001
#define RSS_TYPE_TCP_IPV4    0x00000002
#define RSS_TYPE_IPV6	     0x00000004
#define RSS_TYPE_IPV6_EX     0x00000008
#define RSS_TYPE_TCP_IPV6    0x00000010
#define RSS_TYPE_TCP_IPV6_EX 0x00000020
#define RSS_TYPE_UDP_IPV4    0x00000040
#define RSS_TYPE_UDP_IPV6    0x00000080
#define RSS_TYPE_UDP_IPV6_EX 0x00000100
#define RSS_KEYLEN	     128
struct ifrsskey {
	char ifrk_name[IFNAMSIZ];
	uint8_t ifrk_func;
	uint8_t ifrk_spare0;
	uint16_t ifrk_keylen;
	uint8_t ifrk_key[RSS_KEYLEN];
};
struct ifrsshash {
	char ifrh_name[IFNAMSIZ];
	uint8_t ifrh_func;
	uint8_t ifrh_spare0;
	uint16_t ifrh_spare1;
	uint32_t ifrh_types;
};

#if __FreeBSD_version >= 1300000
#define IFDR_MSG_SIZE	   64
#define IFDR_REASON_MSG	   1
#define IFDR_REASON_VENDOR 2
struct ifdownreason {
	char ifdr_name[IFNAMSIZ];
	uint32_t ifdr_reason;
	uint32_t ifdr_vendor;
	char ifdr_msg[IFDR_MSG_SIZE];
};
#endif

/*
 * An interface.  Since 14 nobody but the network stack sees what is in it;
 * <net/if_var.h> has the functions.
 */
typedef struct ifnet *if_t;

#endif /* !_NET_IF_H_ */
