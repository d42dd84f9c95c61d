/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf_tags(9), and send tags.  <sys/mbuf.h> includes this.
 */
#ifndef _SYS__MBUF_TAG_H_
#define _SYS__MBUF_TAG_H_
#include <sys/_mbuf.h>
#include <sys/refcount.h>

#define MBUF_TAG_MEM_NAME "mbuf_tag"

/* In an id: the tag stays when the packet passes an interface. */
#define MTAG_PERSISTENT 0x800
/* The cookie of those who know none. */
#define MTAG_ABI_COMPAT			    0

#define PACKET_TAG_NONE			    0
#define PACKET_TAG_IPSEC_IN_DONE	    1
#define PACKET_TAG_IPSEC_OUT_DONE	    2
#define PACKET_TAG_IPSEC_IN_CRYPTO_DONE	    3
#define PACKET_TAG_IPSEC_OUT_CRYPTO_NEEDED  4
#define PACKET_TAG_IPSEC_IN_COULD_DO_CRYPTO 5
#define PACKET_TAG_IPSEC_PENDING_TDB	    6
#define PACKET_TAG_BRIDGE		    7
#define PACKET_TAG_GIF			    8
#define PACKET_TAG_GRE			    9
#define PACKET_TAG_IN_PACKET_CHECKSUM	    10
#define PACKET_TAG_ENCAP		    11
#define PACKET_TAG_IPSEC_SOCKET		    12
#define PACKET_TAG_IPSEC_HISTORY	    13
#define PACKET_TAG_IPV6_INPUT		    14
#define PACKET_TAG_DUMMYNET		    15
#define PACKET_TAG_DIVERT		    17
#define PACKET_TAG_IPFORWARD		    18
#define PACKET_TAG_MACLABEL		    (19 | MTAG_PERSISTENT)
#define PACKET_TAG_PF			    21
#define PACKET_TAG_IPOPTIONS		    27
#define PACKET_TAG_CARP			    28
#define PACKET_TAG_IPSEC_NAT_T_PORTS	    29
#define PACKET_TAG_ND_OUTGOING		    30

/* NULL: no memory, or a negative length.  Frees itself by default. */
struct m_tag *m_tag_alloc(uint32_t cookie, uint16_t type, int len, int how);
void m_tag_free_default(struct m_tag *t);
/* Takes it out and frees it. */
void m_tag_delete(struct mbuf *m, struct m_tag *t);
/* From t on; NULL: all. */
void m_tag_delete_chain(struct mbuf *m, struct m_tag *t);
void m_tag_delete_nonpersistent(struct mbuf *m);
/* The first of these behind t; NULL: from the start. */
struct m_tag *m_tag_locate(struct mbuf *m, uint32_t cookie, uint16_t type,
    struct m_tag *t);
struct m_tag *m_tag_copy(struct m_tag *t, int how);
/* 1, or 0: no memory, and `to` has no tags. */
int m_tag_copy_chain(struct mbuf *to, const struct mbuf *from, int how);

static __inline void
m_tag_init(struct mbuf *m)
{
	SLIST_INIT(&m->m_pkthdr.tags);
}
static __inline void
m_tag_setup(struct m_tag *t, uint32_t cookie, uint16_t type, int len)
{
	t->m_tag_id = type;
	t->m_tag_len = len;
	t->m_tag_cookie = cookie;
}
static __inline void
m_tag_free(struct m_tag *t)
{
	t->m_tag_free(t);
}
static __inline struct m_tag *
m_tag_first(struct mbuf *m)
{
	return (SLIST_FIRST(&m->m_pkthdr.tags));
}
static __inline struct m_tag *
m_tag_next(struct mbuf *m __unused, struct m_tag *t)
{
	return (SLIST_NEXT(t, m_tag_link));
}
static __inline void
m_tag_prepend(struct mbuf *m, struct m_tag *t)
{
	SLIST_INSERT_HEAD(&m->m_pkthdr.tags, t, m_tag_link);
}
static __inline void
m_tag_unlink(struct mbuf *m, struct m_tag *t)
{
	SLIST_REMOVE(&m->m_pkthdr.tags, t, m_tag, m_tag_link);
}
static __inline struct m_tag *
m_tag_get(uint16_t type, int length, int how)
{
	return (m_tag_alloc(MTAG_ABI_COMPAT, type, length, how));
}
static __inline struct m_tag *
m_tag_find(struct mbuf *m, uint16_t type, struct m_tag *start)
{
	return (m_tag_locate(m, MTAG_ABI_COMPAT, type, start));
}

/*
 * --- send tags: who sends, for interfaces with rates or keys ---
 */

#if __FreeBSD_version >= 1400000
union if_snd_tag_modify_params;
union if_snd_tag_query_params;

/* What <net/if_var.h> calls the methods of a kind of send tag. */
struct if_snd_tag_sw {
	int (*snd_tag_modify)(struct m_snd_tag *,
	    union if_snd_tag_modify_params *);
	int (*snd_tag_query)(struct m_snd_tag *,
	    union if_snd_tag_query_params *);
	void (*snd_tag_free)(struct m_snd_tag *);
	struct m_snd_tag *(*next_snd_tag)(struct m_snd_tag *);
	u_int type;
};

struct m_snd_tag {
	struct ifnet *ifp;
	const struct if_snd_tag_sw *sw;
	volatile u_int refcount;
};

/* One reference, the caller's. */
void m_snd_tag_init(struct m_snd_tag *mst, struct ifnet *ifp,
    const struct if_snd_tag_sw *sw);
void m_snd_tag_destroy(struct m_snd_tag *mst);

static __inline struct m_snd_tag *
m_snd_tag_ref(struct m_snd_tag *mst)
{
	refcount_acquire(&mst->refcount);
	return (mst);
}
static __inline void
m_snd_tag_rele(struct m_snd_tag *mst)
{
	if (refcount_release(&mst->refcount))
		m_snd_tag_destroy(mst);
}
#endif

#endif /* !_SYS__MBUF_TAG_H_ */
