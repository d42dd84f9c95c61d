/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): chains, data in and out, copies.
 */
#include <sys/uio.h>

#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

/* A packet of 3000 bytes in mbufs of all kinds, one of them empty. */
static struct mbuf *
mixed(void)
{
	return (MBUF_MAKE(1, 100, 0, 1500, 60, 1339));
}

KERNEL_TEST(mbuf_chain, lengths_and_places)
{
	struct mbuf *m = mixed(), *last, *n;
	int off;

	T_EQ(m_length(m, &last), 3000);
	T_EQ(last, m_last(m));
	m->m_pkthdr.len = 7;
	T_EQ(m_sanity(m, 0), 0);
	T_EQ(m_sanity(m, 1), 1);
	T_EQ(m_fixhdr(m), 3000);
	T_EQ(m_sanity(m, 0), 1);
	for (int at = 0; at < 3000; at++) {
		n = m_getptr(m, at, &off);
		if (n == NULL || mtod(n, u_char *)[off] != MBUF_BYTE(at))
			T_EQ(at, -1);
	}
	T_EQ(m_getptr(m, 3000, &off), last);
	T_EQ(off, last->m_len);
	T_EQ(m_getptr(m, 3001, &off), NULL);
	last->m_data += MCLBYTES;
	T_EQ(m_sanity(m, 1), 0);
	last->m_data -= MCLBYTES;
	m_freem(m);
}

static int
count_bytes(void *arg, void *data, u_int len)
{
	(void)data;
	*(u_int *)arg += len;
	return (len == 60 ? 5 : 0);
}

KERNEL_TEST(mbuf_chain, apply_stops_at_an_error)
{
	struct mbuf *m = mixed();
	u_int bytes = 0;

	T_EQ(m_apply(m, 50, 1500, count_bytes, &bytes), 0);
	T_EQ(bytes, 1500);
	bytes = 0;
	T_EQ(m_apply(m, 0, 3000, count_bytes, &bytes), 5);
	T_EQ(bytes, 1 + 100 + 1500 + 60);
	T_EQ(m_apply(m, 3000, 0, count_bytes, &bytes), 0);
	m_freem(m);
}

KERNEL_TEST(mbuf_chain, copydata_from_and_to_anywhere)
{
	char *buf = malloc(3000, M_TEMP, M_WAITOK);
	struct mbuf *m = mixed();
	bool ok = true;

	for (int off = 0; off < 3000; off += 37)
		for (int len = 0; len <= 3000 - off; len += 211) {
			m_copydata(m, off, len, buf);
			for (int i = 0; i < len; i++)
				ok = ok && (u_char)buf[i] == MBUF_BYTE(off + i);
		}
	T_TRUE(ok);
	m_copydata(m, 3000, 0, buf);
	free(buf, M_TEMP);
	m_freem(m);
}

KERNEL_TEST_PANICS(mbuf_chain, copydata_beyond_the_end,
    "m_copydata, length > size of mbuf chain")
{
	char buf[8];

	m_copydata(MBUF_MAKE(10), 5, 6, buf);
}

KERNEL_TEST_PANICS(mbuf_chain, copydata_from_beyond_the_end,
    "m_copydata: offset 1 beyond the end")
{
	char buf[8];

	m_copydata(MBUF_MAKE(10), 11, 1, buf);
}

KERNEL_TEST_PANICS(mbuf_chain, copydata_negative, "negative offset -1")
{
	char buf[8];

	m_copydata(MBUF_MAKE(10), -1, 1, buf);
}

/* Writes go where they should, and the chain grows by as much as it must. */
KERNEL_TEST(mbuf_chain, copyback_grows_the_chain)
{
	char *buf = malloc(3000, M_TEMP, M_WAITOK);
	struct mbuf *m;
	int sum;

	for (int i = 0; i < 3000; i++)
		buf[i] = (char)MBUF_BYTE(i);
	for (int off = 0; off <= 600; off += 50) {
		m = MBUF_MAKE(20, 30);
		m_copyback(m, off, 1000, buf + off);
		T_EQ(m->m_pkthdr.len, off + 1000);
		T_EQ(m_length(m, NULL), off + 1000);
		if (off <= 50)
			T_TRUE(mbuf_holds(m, 0, off + 1000));
		else {
			/* What nobody wrote is zero. */
			m_copydata(m, 50, off - 50, buf + 2000);
			sum = 0;
			for (int i = 0; i < off - 50; i++)
				sum += buf[2000 + i];
			T_EQ(sum, 0);
			m_adj(m, off);
			T_TRUE(mbuf_holds(m, off, 1000));
		}
		m_freem(m);
	}
	/* Without memory, as far as it goes. */
	m = MBUF_MAKE(20, 30);
	mbuf_fault("mbuf@", 2);
	m_copyback(m, 0, 1000, buf);
	mbuf_fault(NULL, 0);
	T_TRUE(m->m_pkthdr.len < 1000);
	T_TRUE(mbuf_holds(m, 0, m->m_pkthdr.len));
	m_freem(m);
	m_copyback(NULL, 0, 10, buf);
	free(buf, M_TEMP);
}

KERNEL_TEST(mbuf_chain, append)
{
	u_char buf[900];
	struct mbuf *m = MBUF_MAKE(10, 20);

	for (int i = 0; i < 900; i++)
		buf[i] = MBUF_BYTE(30 + i);
	T_EQ(m_append(m, 900, (c_caddr_t)buf), 1);
	T_EQ(m->m_pkthdr.len, 930);
	T_TRUE(mbuf_holds(m, 0, 930));
	T_EQ(m_append(m, 0, NULL), 1);
	m_freem(m);
	m = MBUF_MAKE(10, 20);
	mbuf_fault("mbuf@", 2);
	T_EQ(m_append(m, 900, (c_caddr_t)buf), 0);
	mbuf_fault(NULL, 0);
	T_TRUE(m->m_pkthdr.len > 30 && m->m_pkthdr.len < 930);
	T_TRUE(mbuf_holds(m, 0, m->m_pkthdr.len));
	m_freem(m);
}

KERNEL_TEST(mbuf_chain, adj_from_both_ends)
{
	struct mbuf *m;

	for (int len = 0; len <= 3000; len += 50) {
		m = mixed();
		m_adj(m, len);
		T_EQ(m->m_pkthdr.len, 3000 - len);
		T_TRUE(mbuf_holds(m, len, 3000 - len));
		m_freem(m);
		m = mixed();
		m_adj(m, -len);
		T_EQ(m->m_pkthdr.len, 3000 - len);
		T_TRUE(mbuf_holds(m, 0, 3000 - len));
		m_freem(m);
	}
	/* More than there is: nothing is left. */
	m = mixed();
	m_adj(m, 4000);
	T_EQ(m->m_pkthdr.len, 0);
	m_freem(m);
	m = mixed();
	m_adj(m, -4000);
	T_EQ(m->m_pkthdr.len, 0);
	T_EQ(m_length(m, NULL), 0);
	m_freem(m);
	m_adj(NULL, 1);
}

KERNEL_TEST(mbuf_chain, cat_fills_what_room_there_is)
{
	struct mbuf *m = MBUF_MAKE(10), *n = m_get(M_WAITOK, MT_DATA);
	struct mbuf *p;

	n->m_len = 40;
	for (int i = 0; i < 40; i++)
		mtod(n, u_char *)[i] = MBUF_BYTE(10 + i);
	m_cat(m, n);
	T_EQ(m->m_next, NULL);
	T_EQ(m->m_len, 50);
	(void)m_fixhdr(m);
	T_TRUE(mbuf_holds(m, 0, 50));
	/* Not into what is not ours alone. */
	m->m_flags |= M_RDONLY;
	p = MBUF_MAKE(10, 20);
	m_catpkt(m, p);
	T_EQ(m->m_next, p);
	T_EQ(p->m_flags & M_PKTHDR, 0);
	T_EQ(m->m_pkthdr.len, 80);
	T_EQ(m_sanity(m, 0), 1);
	m_freem(m);
}

KERNEL_TEST(mbuf_chain, prepend_in_place_or_in_front)
{
	struct mbuf *m = MBUF_MAKE(MHLEN, 100), *old = m;

	m->m_pkthdr.flowid = 5;
	M_PREPEND(m, 14, M_NOWAIT);
	T_TRUE(m != old);
	T_EQ(m->m_next, old);
	T_EQ(m->m_len, 14);
	T_EQ(m->m_pkthdr.len, MHLEN + 114);
	T_EQ(m->m_pkthdr.flowid, 5);
	T_EQ(old->m_flags & M_PKTHDR, 0);
	/* Now there is room. */
	T_TRUE(M_LEADINGSPACE(m) >= 100);
	old = m;
	M_PREPEND(m, 100, M_NOWAIT);
	T_EQ(m, old);
	T_EQ(m->m_len, 114);
	T_EQ(m_sanity(m, 0), 1);
	m_freem(m);
	/* Without memory the packet is gone. */
	m = MBUF_MAKE(MHLEN, 100);
	mbuf_fault("mbuf@", 1);
	M_PREPEND(m, 14, M_NOWAIT);
	mbuf_fault(NULL, 0);
	T_EQ(m, NULL);
	T_EQ(mbuf_used(zone_mbuf), 0);
}

/*
 * --- copies ---
 */

KERNEL_TEST(mbuf_chain, copym_of_any_part)
{
	struct mbuf *m = mixed(), *n;

	for (int off = 0; off < 3000; off += 61)
		for (int len = 1; len <= 3000 - off; len += 307) {
			n = m_copym(m, off, len, M_NOWAIT);
			T_REQUIRE(n != NULL);
			if (!mbuf_holds(n, off, len))
				T_EQ(off, len);
			T_EQ((n->m_flags & M_PKTHDR) != 0, off == 0);
			if (off == 0)
				T_EQ(n->m_pkthdr.len, len);
			m_freem(n);
		}
	n = m_copym(m, 1000, M_COPYALL, M_NOWAIT);
	T_TRUE(mbuf_holds(n, 1000, 2000));
	m_freem(n);
	n = m_copym(m, 0, M_COPYALL, M_NOWAIT);
	T_TRUE(mbuf_holds(n, 0, 3000));
	T_FALSE(M_WRITABLE(m_last(n)));
	m_freem(n);
	T_TRUE(M_WRITABLE(m_last(m)));
	T_EQ(m_copym(m, 0, 0, M_NOWAIT), NULL);
	m_freem(m);
}

KERNEL_TEST_PANICS(mbuf_chain, copym_beyond_the_end,
    "m_copym, length > size of mbuf chain")
{
	(void)m_copym(MBUF_MAKE(10), 5, 6, M_NOWAIT);
}

/* Whichever allocation fails, there is no copy and nothing is lost. */
KERNEL_TEST(mbuf_chain, copies_are_whole_or_not_there)
{
	struct mbuf *m = mixed(), *n;
	struct kernel_faults_seen seen;
	int n_faults, used = mbuf_used(zone_mbuf) + mbuf_used(zone_pack);

	for (int which = 0; which < 3; which++)
		for (n_faults = 1;; n_faults++) {
			mbuf_fault("mbuf", n_faults);
			n = which == 0 ? m_copym(m, 0, M_COPYALL, M_NOWAIT) :
			    which == 1 ? m_copypacket(m, M_NOWAIT) :
					 m_dup(m, M_NOWAIT);
			kernel_faults_seen(&seen);
			mbuf_fault(NULL, 0);
			T_EQ(n == NULL, seen.failed != 0);
			m_freem(n);
			T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), used);
			if (seen.failed == 0)
				break;
			T_TRUE(mbuf_holds(m, 0, 3000));
		}
	m_freem(m);
}

KERNEL_TEST(mbuf_chain, copypacket_keeps_the_layout)
{
	struct mbuf *m = mixed(), *n, *a, *b;

	M_PREPEND(m, 0, M_NOWAIT);
	m_adj(m, 1);
	n = m_copypacket(m, M_NOWAIT);
	T_TRUE(mbuf_holds(n, 1, 2999));
	T_EQ(mbuf_count(n), mbuf_count(m));
	T_EQ(n->m_data - n->m_pktdat, m->m_data - m->m_pktdat);
	for (a = m, b = n; a != NULL; a = a->m_next, b = b->m_next) {
		T_EQ(a->m_len, b->m_len);
		T_EQ((a->m_flags & M_EXT) != 0, a->m_data == b->m_data);
	}
	m_freem(m);
	T_TRUE(mbuf_holds(n, 1, 2999));
	m_freem(n);
}

KERNEL_TEST(mbuf_chain, dup_shares_nothing)
{
	struct mbuf *m = mixed(), *n, *b;

	m->m_flags |= M_RDONLY | M_BCAST;
	n = m_dup(m, M_NOWAIT);
	T_EQ(n->m_flags & (M_RDONLY | M_BCAST | M_PKTHDR), M_BCAST | M_PKTHDR);
	for (b = n; b != NULL; b = b->m_next)
		T_TRUE(M_WRITABLE(b));
	T_EQ(mbuf_count(n), 2);
	m_freem(m);
	T_TRUE(mbuf_holds(n, 0, 3000));
	m_freem(n);
	T_EQ(m_dup(NULL, M_NOWAIT), NULL);
	m = m_gethdr(M_NOWAIT, MT_DATA);
	n = m_dup(m, M_NOWAIT);
	T_EQ(n->m_pkthdr.len, 0);
	m_freem(m);
	m_freem(n);
}

KERNEL_TEST(mbuf_chain, devget)
{
	char *buf = malloc(5000, M_TEMP, M_WAITOK);
	struct mbuf *m;

	for (int i = 0; i < 5000; i++)
		buf[i] = (char)MBUF_BYTE(i);
	for (int len = 1; len <= 5000; len += 119) {
		m = m_devget(buf, len, 2, (struct ifnet *)buf, NULL);
		T_EQ(m->m_pkthdr.len, len);
		T_EQ(m->m_pkthdr.rcvif, (struct ifnet *)buf);
		T_TRUE(M_LEADINGSPACE(m) >= 2);
		T_TRUE(mbuf_holds(m, 0, len));
		m_freem(m);
	}
	mbuf_fault("mbuf", 2);
	T_EQ(m_devget(buf, 5000, 0, NULL, NULL), NULL);
	mbuf_fault(NULL, 0);
	T_EQ(m_devget(buf, 10, MHLEN + 1, NULL, NULL), NULL);
	free(buf, M_TEMP);
}

KERNEL_TEST(mbuf_chain, from_and_to_a_uio)
{
	char *buf = malloc(9000, M_TEMP, M_WAITOK | M_ZERO);
	struct iovec iov = { .iov_base = buf, .iov_len = 4000 };
	struct uio uio = { .uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_resid = 4000,
		.uio_segflg = UIO_SYSSPACE,
		.uio_rw = UIO_WRITE };
	struct mbuf *m;

	for (int i = 0; i < 4000; i++)
		buf[i] = (char)MBUF_BYTE(i);
	m = m_uiotombuf(&uio, M_NOWAIT, 3500, 16, M_PKTHDR);
	T_EQ(m->m_pkthdr.len, 3500);
	T_EQ(M_LEADINGSPACE(m), 16);
	T_TRUE(mbuf_holds(m, 0, 3500));
	T_EQ(uio.uio_resid, 500);
	T_EQ(m_uiotombuf(&uio, M_NOWAIT, 0, MHLEN, M_PKTHDR), NULL);
	iov = (struct iovec) { .iov_base = buf + 5000, .iov_len = 4000 };
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_resid = 4000;
	uio.uio_rw = UIO_READ;
	T_EQ(m_mbuftouio(&uio, m, 0), 0);
	T_EQ(uio.uio_resid, 500);
	T_EQ(memcmp(buf, buf + 5000, 3500), 0);
	m_freem(m);
	free(buf, M_TEMP);
}

KERNEL_TEST(mbuf_chain, print)
{
	struct mbuf *m = MBUF_MAKE(3);

	m_print(m, -1);
	T_HAS(kernel_log_text(), "len: 3");
	T_HAS(kernel_log_text(), "00 07 0e\n");
	m_freem(m);
}
