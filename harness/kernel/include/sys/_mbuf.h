/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): what an mbuf is, and its flags.  <sys/mbuf.h> includes this.
 *
 * The layout is FreeBSD's: 256 bytes, headers at the front, the rest data.
 * Not here: unmapped mbufs (M_EXTPG); nothing in this kernel makes them.
 */
#ifndef _SYS__MBUF_H_
#define _SYS__MBUF_H_
#include <sys/param.h>
#include <sys/queue.h>

#ifndef MSIZE
#define MSIZE 256
#endif

#define MHSIZE	  ((int)offsetof(struct mbuf, m_dat))
#define MPKTHSIZE ((int)offsetof(struct mbuf, m_pktdat))
#define MLEN	  ((int)(MSIZE - MHSIZE))    /* data without a packet header */
#define MHLEN	  ((int)(MSIZE - MPKTHSIZE)) /* and with one */
#define MINCLSIZE (MHLEN + 1)		     /* from here on: a cluster */
#define M_NODOM	  255			     /* numa_domain: any */

struct ifnet;
struct m_snd_tag;
struct mbuf;

/* The start of a tag; m_tag_len bytes that are its owner's follow. */
struct m_tag {
	SLIST_ENTRY(m_tag) m_tag_link;
	u_int16_t m_tag_id;
	u_int16_t m_tag_len;
	u_int32_t m_tag_cookie;
	void (*m_tag_free)(struct m_tag *);
};

union mbuf_scratch {
	uint8_t eight[8];
	uint16_t sixteen[4];
	uint32_t thirtytwo[2];
	uint64_t sixtyfour[1];
	uintptr_t unintptr[1];
	void *ptr;
};

struct pkthdr {
	union {
		struct m_snd_tag *snd_tag; /* CSUM_SND_TAG */
		struct ifnet *rcvif;	   /* where it was received */
		struct {
			uint16_t rcvidx;
			uint16_t rcvgen;
		};
	};
#if __FreeBSD_version >= 1400000
	union {
		struct ifnet *leaf_rcvif;
		struct {
			uint16_t leaf_rcvidx;
			uint16_t leaf_rcvgen;
		};
	};
#endif
	SLIST_HEAD(packet_tags, m_tag) tags;
	int32_t len; /* of the whole packet */

	/* These stay with the packet from layer to layer. */
	uint32_t flowid;
	uint32_t csum_flags; /* CSUM_ */
	uint16_t fibnum;
#if __FreeBSD_version >= 1300000
	uint8_t numa_domain;
#else
	uint8_t cosqos;
#endif
	uint8_t rsstype; /* M_HASHTYPE_ */
	union {
		uint64_t rcv_tstmp; /* nanoseconds, with M_TSTMP */
		struct {
			uint8_t l2hlen;
			uint8_t l3hlen;
			uint8_t l4hlen;
			uint8_t l5hlen;
			uint8_t inner_l2hlen;
			uint8_t inner_l3hlen;
			uint8_t inner_l4hlen;
			uint8_t inner_l5hlen;
		};
	};
	union mbuf_scratch PH_per;

	/* And this is the layer's that has the packet. */
	union {
		union mbuf_scratch PH_loc;
		u_int memlen;
	};
};
#define ether_vtag   PH_per.sixteen[0] /* with M_VLANTAG, host order */
#define tcp_tun_port PH_per.sixteen[0]
#define vt_nrecs     PH_per.sixteen[0]
#define tso_segsz    PH_per.sixteen[1]	 /* outbound, with CSUM_TSO */
#define lro_nsegs    tso_segsz		 /* inbound */
#define csum_data    PH_per.thirtytwo[1] /* where, or the sum */
#if __FreeBSD_version >= 1400000
#define lro_tcp_d_len  PH_loc.sixteen[0]
#define lro_tcp_d_csum PH_loc.sixteen[1]
#define lro_tcp_h_off  PH_loc.sixteen[2]
#define lro_etype      PH_loc.sixteen[3]
#elif __FreeBSD_version >= 1300000
#define lro_len	 PH_loc.sixteen[0]
#define lro_csum PH_loc.sixteen[1]
#endif

/* Gets the mbuf that has the count and the arguments. */
typedef void m_ext_free_t(struct mbuf *);

struct m_ext {
	union {
		volatile u_int ext_count; /* EXT_FLAG_EMBREF: here */
		volatile u_int *ext_cnt;  /* or in another mbuf */
	};
	uint32_t ext_size;
	uint32_t ext_type : 8, /* EXT_ */
	    ext_flags : 24;    /* EXT_FLAG_ */
	char *ext_buf;
#define m_ext_copylen offsetof(struct m_ext, ext_arg2)
	/*
	 * How it is freed: known to the mbuf that has the count, and with
	 * EXT_EXTREF to each that refers to the storage.
	 */
	void *ext_arg2;
	m_ext_free_t *ext_free;
	void *ext_arg1;
};

struct mbuf {
	union { /* the rest of the packet */
		struct mbuf *m_next;
		SLIST_ENTRY(mbuf) m_slist;
		STAILQ_ENTRY(mbuf) m_stailq;
	};
	union { /* the next packet */
		struct mbuf *m_nextpkt;
		SLIST_ENTRY(mbuf) m_slistpkt;
		STAILQ_ENTRY(mbuf) m_stailqpkt;
	};
	caddr_t m_data;
	int32_t m_len;
	uint32_t m_type : 8, m_flags : 24;
	union {
		struct {
			struct pkthdr m_pkthdr; /* M_PKTHDR */
			union {
				struct m_ext m_ext; /* M_EXT */
				char m_pktdat[0];
			};
		};
		char m_dat[0]; /* neither */
	};
};

/* m_flags.  Those from M_PROTO1 on mean what a protocol wants. */
#define M_EXT	      0x00000001 /* has external storage */
#define M_PKTHDR      0x00000002 /* starts a packet */
#define M_EOR	      0x00000004 /* ends a record */
#define M_RDONLY      0x00000008
#define M_BCAST	      0x00000010 /* to or from the broadcast address */
#define M_MCAST	      0x00000020
#define M_PROMISC     0x00000040 /* was not for us */
#define M_VLANTAG     0x00000080 /* ether_vtag is valid */
#define M_NOFREE      0x00000200 /* is part of its own cluster */
#define M_TSTMP	      0x00000400 /* rcv_tstmp is valid */
#define M_TSTMP_HPREC 0x00000800 /* and from the hardware */
#if __FreeBSD_version >= 1300000
#define M_EXTPG	    0x00000100 /* unmapped pages */
#define M_TSTMP_LRO 0x00001000
#define M_PROTO1    0x00002000
#define M_PROTO2    0x00004000
#define M_PROTO3    0x00008000
#define M_PROTO4    0x00010000
#define M_PROTO5    0x00020000
#define M_PROTO6    0x00040000
#define M_PROTO7    0x00080000
#define M_PROTO8    0x00100000
#define M_PROTO9    0x00200000
#define M_PROTO10   0x00400000
#define M_PROTO11   0x00800000
#define M_PROTO12   0
#define _M_TSTMPS   (M_TSTMP | M_TSTMP_HPREC | M_TSTMP_LRO)
#define _M_UNMAPPED M_EXTPG
#else
#define M_NOMAP	    0x00000100
#define M_PROTO1    0x00001000
#define M_PROTO2    0x00002000
#define M_PROTO3    0x00004000
#define M_PROTO4    0x00008000
#define M_PROTO5    0x00010000
#define M_PROTO6    0x00020000
#define M_PROTO7    0x00040000
#define M_PROTO8    0x00080000
#define M_PROTO9    0x00100000
#define M_PROTO10   0x00200000
#define M_PROTO11   0x00400000
#define M_PROTO12   0x00800000
#define _M_TSTMPS   (M_TSTMP | M_TSTMP_HPREC)
#define _M_UNMAPPED M_NOMAP
#endif
#define M_PROTOFLAGS                                                       \
	(M_PROTO1 | M_PROTO2 | M_PROTO3 | M_PROTO4 | M_PROTO5 | M_PROTO6 | \
	    M_PROTO7 | M_PROTO8 | M_PROTO9 | M_PROTO10 | M_PROTO11 |       \
	    M_PROTO12)

/* What goes along with a packet header. */
#define M_COPYFLAGS                                                    \
	(M_PKTHDR | M_EOR | M_RDONLY | M_BCAST | M_MCAST | M_PROMISC | \
	    M_VLANTAG | _M_TSTMPS | M_PROTOFLAGS)
/* What remains of an mbuf in the middle of a chain. */
#define M_DEMOTEFLAGS (M_EXT | M_RDONLY | M_NOFREE | _M_UNMAPPED)

/* For %b of printf(9). */
#define M_FLAG_BITS                                               \
	"\20\1M_EXT\2M_PKTHDR\3M_EOR\4M_RDONLY\5M_BCAST\6M_MCAST" \
	"\7M_PROMISC\10M_VLANTAG\11M_EXTPG\12M_NOFREE\13M_TSTMP"  \
	"\14M_TSTMP_HPREC"
#if __FreeBSD_version >= 1300000
#define M_FLAG_PROTOBITS                                             \
	"\15M_TSTMP_LRO\16M_PROTO1\17M_PROTO2\20M_PROTO3\21M_PROTO4" \
	"\22M_PROTO5\23M_PROTO6\24M_PROTO7\25M_PROTO8\26M_PROTO9"    \
	"\27M_PROTO10\30M_PROTO11"
#else
#define M_FLAG_PROTOBITS                                           \
	"\15M_PROTO1\16M_PROTO2\17M_PROTO3\20M_PROTO4\21M_PROTO5"  \
	"\22M_PROTO6\23M_PROTO7\24M_PROTO8\25M_PROTO9\26M_PROTO10" \
	"\27M_PROTO11\30M_PROTO12"
#endif
#define M_FLAG_PRINTF (M_FLAG_BITS M_FLAG_PROTOBITS)

/* m_pkthdr.rsstype: how flowid came to be (RSS of Microsoft's NDIS). */
#define M_HASHTYPE_HASHPROP	   0x80 /* a hash, not just a number */
#define M_HASHTYPE_INNER	   0x40
#define M_HASHTYPE_HASH(t)	   (M_HASHTYPE_HASHPROP | (t))
#define M_HASHTYPE_NONE		   0
#define M_HASHTYPE_RSS_IPV4	   M_HASHTYPE_HASH(1)
#define M_HASHTYPE_RSS_TCP_IPV4	   M_HASHTYPE_HASH(2)
#define M_HASHTYPE_RSS_IPV6	   M_HASHTYPE_HASH(3)
#define M_HASHTYPE_RSS_TCP_IPV6	   M_HASHTYPE_HASH(4)
#define M_HASHTYPE_RSS_IPV6_EX	   M_HASHTYPE_HASH(5)
#define M_HASHTYPE_RSS_TCP_IPV6_EX M_HASHTYPE_HASH(6)
#define M_HASHTYPE_RSS_UDP_IPV4	   M_HASHTYPE_HASH(7)
#define M_HASHTYPE_RSS_UDP_IPV6	   M_HASHTYPE_HASH(9)
#define M_HASHTYPE_RSS_UDP_IPV6_EX M_HASHTYPE_HASH(10)
#define M_HASHTYPE_OPAQUE	   0x3f /* orders packets, no more */
#define M_HASHTYPE_OPAQUE_HASH	   M_HASHTYPE_HASH(M_HASHTYPE_OPAQUE)

#define M_HASHTYPE_CLEAR(m)	   ((m)->m_pkthdr.rsstype = 0)
#define M_HASHTYPE_SET(m, v)	   ((m)->m_pkthdr.rsstype = (v))
#define M_HASHTYPE_TEST(m, v)	   (M_HASHTYPE_GET(m) == (v))
#define M_HASHTYPE_ISHASH(m) \
	(((m)->m_pkthdr.rsstype & M_HASHTYPE_HASHPROP) != 0)
#if __FreeBSD_version >= 1400000
#define M_HASHTYPE_GET(m)      ((m)->m_pkthdr.rsstype & ~M_HASHTYPE_INNER)
#define M_HASHTYPE_SETINNER(m) ((m)->m_pkthdr.rsstype |= M_HASHTYPE_INNER)
#else
#define M_HASHTYPE_GET(m) ((m)->m_pkthdr.rsstype)
#endif

/* ext_type: where the storage is from. */
#define EXT_CLUSTER    1
#define EXT_SFBUF      2
#define EXT_JUMBOP     3
#define EXT_JUMBO9     4
#define EXT_JUMBO16    5
#define EXT_PACKET     6 /* mbuf and cluster are one */
#define EXT_MBUF       7
#define EXT_RXRING     8
#define EXT_CTL	       9
#define EXT_VENDOR1    224
#define EXT_VENDOR2    225
#define EXT_VENDOR3    226
#define EXT_VENDOR4    227
#define EXT_EXP1       244
#define EXT_EXP2       245
#define EXT_EXP3       246
#define EXT_EXP4       247
#define EXT_NET_DRV    252 /* a driver's */
#define EXT_MOD_TYPE   253 /* a module's */
#define EXT_DISPOSABLE 254
#define EXT_EXTREF     255 /* its owner has the count */

/* ext_flags */
#define EXT_FLAG_EMBREF	 0x000001 /* ext_count is the count */
#define EXT_FLAG_EXTREF	 0x000002
#define EXT_FLAG_NOFREE	 0x000010
#define EXT_FLAG_VENDOR1 0x010000
#define EXT_FLAG_VENDOR2 0x020000
#define EXT_FLAG_VENDOR3 0x040000
#define EXT_FLAG_VENDOR4 0x080000
#define EXT_FLAG_EXP1	 0x100000
#define EXT_FLAG_EXP2	 0x200000
#define EXT_FLAG_EXP3	 0x400000
#define EXT_FLAG_EXP4	 0x800000
#define EXT_FLAG_BITS                                               \
	"\20\1EXT_FLAG_EMBREF\2EXT_FLAG_EXTREF\5EXT_FLAG_NOFREE"    \
	"\21EXT_FLAG_VENDOR1\22EXT_FLAG_VENDOR2\23EXT_FLAG_VENDOR3" \
	"\24EXT_FLAG_VENDOR4\25EXT_FLAG_EXP1\26EXT_FLAG_EXP2"       \
	"\27EXT_FLAG_EXP3\30EXT_FLAG_EXP4"

/* m_type */
#define MT_NOTMBUF    0
#define MT_DATA	      1
#define MT_HEADER     MT_DATA
#define MT_VENDOR1    4
#define MT_VENDOR2    5
#define MT_VENDOR3    6
#define MT_VENDOR4    7
#define MT_SONAME     8
#define MT_EXP1	      9
#define MT_EXP2	      10
#define MT_EXP3	      11
#define MT_EXP4	      12
#define MT_CONTROL    14
#define MT_EXTCONTROL 15
#define MT_OOBDATA    16
#define MT_NOINIT     255 /* to an allocation: leave it as it is */

#endif /* !_SYS__MBUF_H_ */
