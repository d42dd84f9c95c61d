/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): data in and out, and copies of packets.
 */
#include "kernel/mbuf_var.h"

#include <sys/uio.h>

void
m_copydata(const struct mbuf *m, int off, int len, caddr_t cp)
{
	int part;

	KASSERT(len >= 0, ("m_copydata, negative len %d", len));
	m = mb_skip(m, &off, __func__);
	for (; len > 0; m = m->m_next, off = 0, len -= part, cp += part) {
		KASSERT(m != NULL, ("m_copydata, length > size of mbuf chain"));
		part = MIN(m->m_len - off, len);
		memcpy(cp, mtod(m, const char *) + off, part);
	}
}

/* Another mbuf behind m, of zeros; `want` bytes of it count. */
static struct mbuf *
copyback_grow(struct mbuf *m, int want, const void *caller)
{
	struct mbuf *n;

	n = mb_get(M_NOWAIT, m->m_type, 0, caller);
	if (n == NULL)
		return (NULL);
	bzero(mtod(n, char *), MLEN);
	n->m_len = MIN(MLEN, want);
	m->m_next = n;
	return (n);
}

void
m_copyback(struct mbuf *m0, int off, int len, c_caddr_t cp)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *m = m0;
	int part, total = 0;

	if (m0 == NULL)
		return;
	while (off > m->m_len) {
		off -= m->m_len;
		total += m->m_len;
		if (m->m_next == NULL &&
		    copyback_grow(m, len + off, caller) == NULL)
			goto out;
		m = m->m_next;
	}
	while (len > 0) {
		if (m->m_next == NULL && len > m->m_len - off)
			m->m_len +=
			    MIN(len - (m->m_len - off), M_TRAILINGSPACE(m));
		part = MIN(m->m_len - off, len);
		memcpy(mtod(m, char *) + off, cp, part);
		cp += part;
		len -= part;
		total += off + part;
		off = 0;
		if (len == 0)
			break;
		if (m->m_next == NULL && copyback_grow(m, len, caller) == NULL)
			break;
		m = m->m_next;
	}
out:
	if ((m0->m_flags & M_PKTHDR) != 0 && m0->m_pkthdr.len < total)
		m0->m_pkthdr.len = total;
}

/*
 * --- packets ---
 */

struct mbuf *
m_copym(struct mbuf *m, int off0, int len, int how)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *top = NULL, **end = &top, *n;
	int off = off0, part;
	bool header;

	KASSERT(len >= 0, ("m_copym, negative len %d", len));
	MBUF_CHECKSLEEP(how);
	header = off == 0 && (m->m_flags & M_PKTHDR) != 0;
	m = __DECONST(struct mbuf *, mb_skip(m, &off, __func__));
	for (; len > 0; m = m->m_next, off = 0) {
		if (m == NULL) {
			KASSERT(len >= M_COPYALL / 2,
			    ("m_copym, length > size of mbuf chain"));
			break;
		}
		n = mb_get(how, m->m_type, header ? M_PKTHDR : 0, caller);
		*end = n;
		if (n == NULL)
			goto nospace;
		end = &n->m_next;
		if (header) {
			if (m_dup_pkthdr(n, m, how) == 0)
				goto nospace;
			if (len != M_COPYALL)
				n->m_pkthdr.len = len;
			header = false;
		}
		part = MIN(len, m->m_len - off);
		mb_share(n, m, off, part);
		len -= part;
	}
	return (top);
nospace:
	m_freem(top);
	return (NULL);
}

struct mbuf *
m_copypacket(struct mbuf *m, int how)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *top = NULL, **end = &top, *n;

	M_ASSERTPKTHDR(m);
	MBUF_CHECKSLEEP(how);
	for (; m != NULL; m = m->m_next) {
		n = mb_get(how, m->m_type, 0, caller);
		*end = n;
		if (n == NULL)
			goto nospace;
		end = &n->m_next;
		if (end == &top->m_next && m_dup_pkthdr(n, m, how) == 0)
			goto nospace;
		if ((m->m_flags & M_EXT) == 0 && n == top)
			n->m_data = n->m_pktdat + (m->m_data - m->m_pktdat);
		mb_share(n, m, 0, m->m_len);
	}
	return (top);
nospace:
	m_freem(top);
	return (NULL);
}

struct mbuf *
m_dup(const struct mbuf *m, int how)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *top = NULL, **end = &top, *n;
	int done, left, room;

	if (m == NULL)
		return (NULL);
	M_ASSERTPKTHDR(m);
	MBUF_CHECKSLEEP(how);
	left = m->m_pkthdr.len;
	for (done = 0; top == NULL || left > 0; done += room, left -= room) {
		if (left >= MINCLSIZE)
			n = mb_getcl(how, m->m_type, 0, caller);
		else
			n = mb_get(how, m->m_type, 0, caller);
		*end = n;
		if (n == NULL)
			goto nospace;
		end = &n->m_next;
		if (n == top) {
			if (m_dup_pkthdr(n, m, how) == 0)
				goto nospace;
			n->m_flags &= ~M_RDONLY;
		}
		room = MIN(M_SIZE(n), left);
		m_copydata(m, done, room, mtod(n, char *));
		n->m_len = room;
	}
	return (top);
nospace:
	m_freem(top);
	return (NULL);
}

/*
 * --- from and to elsewhere ---
 */

struct mbuf *
m_devget(char *buf, int len, int off, struct ifnet *ifp,
    void (*copy)(char *, caddr_t, u_int))
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *top = NULL, **end = &top, *m;
	int flags = M_PKTHDR, part;

	if (off < 0 || off > MHLEN)
		return (NULL);
	for (; len > 0; buf += part, len -= part, flags = 0, off = 0) {
		if (len + off >= MINCLSIZE)
			m = mb_getcl(M_NOWAIT, MT_DATA, flags, caller);
		else
			m = mb_get(M_NOWAIT, MT_DATA, flags, caller);
		*end = m;
		if (m == NULL) {
			m_freem(top);
			return (NULL);
		}
		end = &m->m_next;
		if (m == top) {
			m->m_pkthdr.rcvif = ifp;
			m->m_pkthdr.len = len;
			/* Small packets leave room for a link header. */
			if (len + off + (int)max_linkhdr <= MHLEN)
				m->m_data += max_linkhdr;
		}
		m->m_data += off;
		part = m->m_len = MIN(len, M_TRAILINGSPACE(m));
		if (copy != NULL)
			copy(buf, mtod(m, caddr_t), (u_int)part);
		else
			memcpy(mtod(m, caddr_t), buf, part);
	}
	return (top);
}

struct mbuf *
m_uiotombuf(struct uio *uio, int how, int len, int align, int flags)
{
	struct mbuf *m, *mb;
	int part, total;

	total = len > 0 ? MIN(uio->uio_resid, len) : uio->uio_resid;
	/* The smallest mbuf must have room for that. */
	if (align >= MHLEN)
		return (NULL);
	m = m_getm2(NULL, MAX(total + align, 1), how, MT_DATA, flags);
	if (m == NULL)
		return (NULL);
	m->m_data += align;
	for (mb = m; mb != NULL && total > 0; mb = mb->m_next, total -= part) {
		part = MIN(M_TRAILINGSPACE(mb), total);
		if (uiomove(mtod(mb, void *), part, uio) != 0) {
			m_freem(m);
			return (NULL);
		}
		mb->m_len = part;
		if ((flags & M_PKTHDR) != 0)
			m->m_pkthdr.len += part;
	}
	return (m);
}

int
m_mbuftouio(struct uio *uio, const struct mbuf *m, int len)
{
	int error = 0, part, total;

	total = len > 0 ? MIN(uio->uio_resid, len) : uio->uio_resid;
	for (; m != NULL && total > 0 && error == 0; m = m->m_next) {
		part = MIN(m->m_len, total);
		error = uiomove(mtod(m, void *), part, uio);
		total -= part;
	}
	return (error);
}
