/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9).
 *
 * Mbufs and clusters are items of uma(9) zones in guest memory.  A cluster
 * lies in one page, and larger ones are physically contiguous.  Each call
 * that may fail passes a point of kernel_faults_set(), named like the zone
 * that it takes from.
 *
 * `how` is M_WAITOK or M_NOWAIT; only with the latter is NULL an answer to be
 * expected, unless something else is said.
 */
#ifndef _SYS_MBUF_H_
#define _SYS_MBUF_H_
#include <sys/_mbuf.h>
#include <sys/_mbuf_csum.h>
#include <sys/_mbuf_tag.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <vm/uma.h>

struct uio;

/* Names of zones. */
#define MBUF_MEM_NAME		"mbuf"
#define MBUF_CLUSTER_MEM_NAME	"mbuf_cluster"
#define MBUF_PACKET_MEM_NAME	"mbuf_packet"
#define MBUF_JUMBOP_MEM_NAME	"mbuf_jumbo_page"
#define MBUF_JUMBO9_MEM_NAME	"mbuf_jumbo_9k"
#define MBUF_JUMBO16_MEM_NAME	"mbuf_jumbo_16k"
#define MBUF_EXTREFCNT_MEM_NAME "mbuf_ext_refcnt"

extern uma_zone_t zone_mbuf;
extern uma_zone_t zone_clust;
extern uma_zone_t zone_pack; /* an mbuf with its cluster */
extern uma_zone_t zone_jumbop;
extern uma_zone_t zone_jumbo9;
extern uma_zone_t zone_jumbo16;

/* Limits of these zones: tunables, and writable at kern.ipc. */
extern int nmbufs;
extern int nmbclusters;
extern int nmbjumbop;
extern int nmbjumbo9;
extern int nmbjumbo16;

/* How much room the layers want in front of their data. */
#if __FreeBSD_version >= 1400000
extern u_int max_linkhdr;
extern u_int max_hdr;
extern u_int max_protohdr;
#else
extern int max_linkhdr;
extern int max_hdr;
extern int max_protohdr;
extern int max_datalen;
#endif

#define M_COPYALL 1000000000 /* a length: to the end */

#define MBUF_CHECKSLEEP(how)                                            \
	do {                                                            \
		if ((how) == M_WAITOK)                                  \
			WITNESS_WARN(WARN_GIANTOK | WARN_SLEEPOK, NULL, \
			    "Sleeping in \"%s\"", __func__);            \
	} while (0)

/*
 * --- making mbufs ---
 */

/* What m_get() and its kin tell the constructors of the zones. */
struct mb_args {
	int flags;
	short type;
};
#define MB_DTOR_SKIP 0x1 /* and what they tell the mbuf's destructor */

static __inline struct mbuf *
m_get(int how, short type)
{
	struct mb_args args = { .flags = 0, .type = type };

	return (uma_zalloc_arg(zone_mbuf, &args, how));
}
static __inline struct mbuf *
m_gethdr(int how, short type)
{
	struct mb_args args = { .flags = M_PKTHDR, .type = type };

	return (uma_zalloc_arg(zone_mbuf, &args, how));
}
/* With a cluster; flags are 0 or M_PKTHDR. */
static __inline struct mbuf *
m_getcl(int how, short type, int flags)
{
	struct mb_args args = { .flags = flags, .type = type };

	return (uma_zalloc_arg(zone_pack, &args, how));
}
/* The same with nothing in it set, for those who call m_init() or not. */
static __inline struct mbuf *
m_get_raw(int how, short type)
{
	struct mb_args args = { .flags = 0, .type = type | MT_NOINIT };

	return (uma_zalloc_arg(zone_mbuf, &args, how));
}
static __inline struct mbuf *
m_gethdr_raw(int how, short type)
{
	struct mb_args args = { .flags = M_PKTHDR, .type = type | MT_NOINIT };

	return (uma_zalloc_arg(zone_mbuf, &args, how));
}

/* With a cluster of MCLBYTES, MJUMPAGESIZE, MJUM9BYTES or MJUM16BYTES. */
struct mbuf *m_getjcl(int how, short type, int flags, int size);
/* One mbuf for `size` bytes: with none, or the smallest cluster up to a page;
 * NULL also when there is none of that size. */
struct mbuf *m_get2(int size, int how, short type, int flags);
#if __FreeBSD_version >= 1400000
/* The same with all clusters. */
struct mbuf *m_get3(int size, int how, short type, int flags);
#endif
/*
 * A chain with room for `len` bytes, behind m if that is not NULL; returns
 * the head of all.  NULL: nothing was added.
 */
struct mbuf *m_getm2(struct mbuf *m, int len, int how, short type, int flags);
/* Adds a cluster to an mbuf without external storage: 1, or 0. */
int m_clget(struct mbuf *m, int how);
/*
 * The same of any size; returns it.  m may be NULL: the cluster alone, for
 * m_cljset() or a free routine.
 */
void *m_cljget(struct mbuf *m, int how, int size);

int m_pkthdr_init(struct mbuf *m, int how);
static __inline int
m_init(struct mbuf *m, int how, short type, int flags)
{
	m->m_next = NULL;
	m->m_nextpkt = NULL;
	m->m_data = m->m_dat;
	m->m_len = 0;
	m->m_flags = flags;
	m->m_type = type;
	return ((flags & M_PKTHDR) != 0 ? m_pkthdr_init(m, how) : 0);
}

/* The ext_type of a size, and its zone; other sizes panic. */
int m_gettype(int size);
uma_zone_t m_getzone(int size);
/* Attaches a cluster of m_cljget(NULL). */
void m_cljset(struct mbuf *m, void *cl, int type);

/*
 * Attaches storage of the caller's; the free routine is called, with the mbuf
 * that was given here, when the last reference goes.
 */
void m_extadd(struct mbuf *m, char *buf, u_int size, m_ext_free_t freef,
    void *arg1, void *arg2, int flags, int type);
/* The same with a counter that the caller has. */
void m_extaddref(struct mbuf *m, char *buf, u_int size, u_int *ref_cnt,
    m_ext_free_t freef, void *arg1, void *arg2);
/* m becomes another reference to n's storage. */
void mb_dupcl(struct mbuf *m, struct mbuf *n);
/* Lets go of the storage, and frees the mbuf. */
void mb_free_ext(struct mbuf *m);

static __inline u_int
m_extrefcnt(struct mbuf *m)
{
	KASSERT(m->m_flags & M_EXT, ("%s: M_EXT missing", __func__));
	return ((m->m_ext.ext_flags & EXT_FLAG_EMBREF) != 0 ?
		m->m_ext.ext_count :
		*m->m_ext.ext_cnt);
}

/*
 * --- freeing them ---
 */

/* One; returns the one behind it. */
struct mbuf *m_free(struct mbuf *m);
/* A chain, or NULL. */
void m_freem(struct mbuf *m);
#if __FreeBSD_version >= 1400000
/* All packets of a queue. */
void m_freemp(struct mbuf *m);
/* An mbuf of m_get_raw(). */
static __inline void
m_free_raw(struct mbuf *m)
{
	uma_zfree_arg(zone_mbuf, m, (void *)(uintptr_t)MB_DTOR_SKIP);
}
#endif

/*
 * --- one mbuf ---
 */

#define mtod(m, t)		((t)((m)->m_data))
#define mtodo(m, o)		((void *)(((m)->m_data) + (o)))

#define MGET(m, how, type)	((m) = m_get((how), (type)))
#define MGETHDR(m, how, type)	((m) = m_gethdr((how), (type)))
#define MCLGET(m, how)		m_clget((m), (how))
#define M_MOVE_PKTHDR(to, from) m_move_pkthdr((to), (from))
#define MCHTYPE(m, t)		m_chtype((m), (t))
#define MEXTADD(m, buf, size, free, arg1, arg2, flags, type)                  \
	m_extadd((m), (char *)(buf), (size), (free), (arg1), (arg2), (flags), \
	    (type))
#define m_getm(m, len, how, type) m_getm2((m), (len), (how), (type), M_PKTHDR)

/* Whether its data may be changed: nobody else sees them. */
#define M_WRITABLE(m)                                      \
	(((m)->m_flags & (M_RDONLY | _M_UNMAPPED)) == 0 && \
	    (((m)->m_flags & M_EXT) == 0 || m_extrefcnt(m) == 1))

#define M_ASSERTPKTHDR(m)                               \
	KASSERT((m) != NULL && (m)->m_flags & M_PKTHDR, \
	    ("%s: no mbuf packet header!", __func__))
#define M_ASSERT_NO_SND_TAG(m)                                  \
	KASSERT((m) != NULL && (m)->m_flags & M_PKTHDR &&       \
		((m)->m_pkthdr.csum_flags & CSUM_SND_TAG) == 0, \
	    ("%s: receive mbuf has send tag!", __func__))
/* Panics when the mbuf is free, or none at all. */
#define M_ASSERTVALID(m) m_assert_valid((m), __func__)
#define M_ASSERTMAPPED(m)                          \
	KASSERT(((m)->m_flags & _M_UNMAPPED) == 0, \
	    ("%s: chain %p contains an unmapped mbuf", __func__, (m)))

/* Where the room begins, and its bytes. */
#define M_START(m)                                               \
	(((m)->m_flags & M_EXT)		  ? (m)->m_ext.ext_buf : \
		((m)->m_flags & M_PKTHDR) ? &(m)->m_pktdat[0] :  \
					    &(m)->m_dat[0])
#define M_SIZE(m)                                                      \
	(((m)->m_flags & M_EXT)		  ? (int)(m)->m_ext.ext_size : \
		((m)->m_flags & M_PKTHDR) ? MHLEN :                    \
					    MLEN)
/* Bytes in front of and behind the data; 0 where they may not be written. */
#define M_LEADINGSPACE(m) (M_WRITABLE(m) ? (int)((m)->m_data - M_START(m)) : 0)
#define M_TRAILINGROOM(m) \
	((int)(M_START(m) + M_SIZE(m) - ((m)->m_data + (m)->m_len)))
#define M_TRAILINGSPACE(m) (M_WRITABLE(m) ? M_TRAILINGROOM(m) : 0)

#define M_ALIGN(m, len)	   m_align((m), (len))
#define MH_ALIGN(m, len)   m_align((m), (len))
#define MEXT_ALIGN(m, len) m_align((m), (len))

void m_assert_valid(const struct mbuf *m, const char *func);
/* Of a fresh mbuf: `len` bytes at the end, at a multiple of a long. */
static __inline void
m_align(struct mbuf *m, int len)
{
	KASSERT(m->m_data == M_START(m), ("%s: not a virgin mbuf", __func__));
	m->m_data += (M_SIZE(m) - len) & ~((int)sizeof(long) - 1);
}
static __inline void
m_chtype(struct mbuf *m, short new_type)
{
	m->m_type = new_type;
}
static __inline struct ifnet *
m_rcvif(struct mbuf *m)
{
	M_ASSERTPKTHDR(m);
	return ((m->m_pkthdr.csum_flags & CSUM_SND_TAG) != 0 ?
		NULL :
		m->m_pkthdr.rcvif);
}

#define M_GETFIB(m) ((m)->m_pkthdr.fibnum)
#define M_SETFIB(m, fib)                                         \
	do {                                                     \
		KASSERT((m)->m_flags &M_PKTHDR,                  \
		    ("Attempt to set FIB on non header mbuf.")); \
		(m)->m_pkthdr.fibnum = (fib);                    \
	} while (0)

/*
 * --- packet headers ---
 */

/* To an mbuf without data, of a packet header that then is nobody's. */
void m_move_pkthdr(struct mbuf *to, struct mbuf *from);
/* A copy, tags and all: 1; 0: no memory for these. */
int m_dup_pkthdr(struct mbuf *to, const struct mbuf *from, int how);
#if __FreeBSD_version >= 1400000
void m_demote_pkthdr(struct mbuf *m);
#endif
/* m, if `all`, and what follows it, are no packets of their own. */
void m_demote(struct mbuf *m, int all, int flags);

/*
 * --- chains (mbuf_chain.c, mbuf_split.c) ---
 */

/* Bytes in the chain, and its last mbuf. */
u_int m_length(struct mbuf *m, struct mbuf **last);
/* Sets m_pkthdr.len to it. */
u_int m_fixhdr(struct mbuf *m);
static __inline struct mbuf *
m_last(struct mbuf *m)
{
	while (m->m_next != NULL)
		m = m->m_next;
	return (m);
}
static __inline void
m_clrprotoflags(struct mbuf *m)
{
	for (; m != NULL; m = m->m_next)
		m->m_flags &= ~M_PROTOFLAGS;
}
/* The mbuf with byte `loc`, and where in it; the end counts as within. */
struct mbuf *m_getptr(struct mbuf *m, int loc, int *off);
/* Calls f for each piece of [off, off + len); what is not 0 ends it. */
int m_apply(struct mbuf *m, int off, int len, int (*f)(void *, void *, u_int),
    void *arg);
/*
 * Whether the chain is in order: 1, or 0.  With `sanitize` it is put in order
 * where that can be done.
 */
int m_sanity(struct mbuf *m, int sanitize);

/* Drops bytes: positive ones from the front, negative ones from the end. */
void m_adj(struct mbuf *m, int len);
/* n behind m; n's packet header, if any, loses its meaning. */
void m_cat(struct mbuf *m, struct mbuf *n);
/* The same of packets: m_pkthdr.len is their sum, and n is no packet. */
void m_catpkt(struct mbuf *m, struct mbuf *n);
/* 1, or 0: not all was appended. */
int m_append(struct mbuf *m, int len, c_caddr_t cp);
/* In a new mbuf in front; NULL: m has been freed. */
struct mbuf *m_prepend(struct mbuf *m, int len, int how);
#define M_PREPEND(m, plen, how)                                    \
	do {                                                       \
		struct mbuf **_mmp = &(m);                         \
		struct mbuf *_mm = *_mmp;                          \
		int _mplen = (plen);                               \
		int __mhow = (how);                                \
                                                                   \
		MBUF_CHECKSLEEP(__mhow);                           \
		if (M_LEADINGSPACE(_mm) >= _mplen) {               \
			_mm->m_data -= _mplen;                     \
			_mm->m_len += _mplen;                      \
		} else                                             \
			_mm = m_prepend(_mm, _mplen, __mhow);      \
		if (_mm != NULL && (_mm->m_flags & M_PKTHDR) != 0) \
			_mm->m_pkthdr.len += _mplen;               \
		*_mmp = _mm;                                       \
	} while (0)
/*
 * The first `len` bytes, at most MHLEN, in the first mbuf; m_copyup() leaves
 * `dstoff` bytes free in front.  NULL: m has been freed.
 */
struct mbuf *m_pullup(struct mbuf *m, int len);
struct mbuf *m_copyup(struct mbuf *m, int len, int dstoff);
/*
 * Bytes [off, off + len) in one mbuf, which is returned, at *offp; without
 * offp, at its start.  NULL: m has been freed.
 */
struct mbuf *m_pulldown(struct mbuf *m, int off, int len, int *offp);
/* All from `len` on becomes another chain; NULL: m is as it was. */
struct mbuf *m_split(struct mbuf *m, int len, int how);

/*
 * --- copying ---
 */

void m_copydata(const struct mbuf *m, int off, int len, caddr_t cp);
/* Writes; the chain grows where it must, as far as there is memory. */
void m_copyback(struct mbuf *m, int off, int len, c_caddr_t cp);
/* The same bytes in other mbufs, read-only where the storage is shared. */
struct mbuf *m_copym(struct mbuf *m, int off, int len, int how);
/* The same of a whole packet, laid out in the same way. */
struct mbuf *m_copypacket(struct mbuf *m, int how);
/* All copied. */
struct mbuf *m_dup(const struct mbuf *m, int how);
/*
 * As few mbufs as possible, respectively at most maxfrags; NULL: it cannot be
 * done, and m is as it was (m_collapse() may have moved data within it).
 */
struct mbuf *m_defrag(struct mbuf *m, int how);
struct mbuf *m_collapse(struct mbuf *m, int how, int maxfrags);
/* At least fragsize bytes a piece, for tests. */
struct mbuf *m_fragment(struct mbuf *m, int how, int fragsize);
/* A chain that may be written; NULL: m has been freed. */
struct mbuf *m_unshare(struct mbuf *m, int how);
/* A packet from a device's memory, `off` bytes of room in front. */
struct mbuf *m_devget(char *buf, int len, int off, struct ifnet *ifp,
    void (*copy)(char *, caddr_t, u_int));
/* All of uio, or `len` bytes of it if not 0; `align` of room in front. */
struct mbuf *m_uiotombuf(struct uio *uio, int how, int len, int align,
    int flags);
/* At most `len` bytes if not 0; returns an errno. */
int m_mbuftouio(struct uio *uio, const struct mbuf *m, int len);
/* To the log: at most maxlen bytes, -1: all. */
void m_print(const struct mbuf *m, int maxlen);

#include <sys/_mbufq.h>

#endif /* !_SYS_MBUF_H_ */
