/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): chains, and their two ends.
 */
#include "kernel/mbuf_var.h"

u_int
m_length(struct mbuf *m, struct mbuf **last)
{
	u_int len = 0;

	for (;; m = m->m_next) {
		len += m->m_len;
		if (m->m_next == NULL)
			break;
	}
	if (last != NULL)
		*last = m;
	return (len);
}

u_int
m_fixhdr(struct mbuf *m)
{
	M_ASSERTPKTHDR(m);
	return (m->m_pkthdr.len = m_length(m, NULL));
}

struct mbuf *
m_getptr(struct mbuf *m, int loc, int *off)
{
	for (; loc >= 0; m = m->m_next) {
		if (loc < m->m_len || (loc == m->m_len && m->m_next == NULL)) {
			*off = loc;
			return (m);
		}
		loc -= m->m_len;
		if (m->m_next == NULL)
			break;
	}
	return (NULL);
}

int
m_apply(struct mbuf *m, int off, int len, int (*f)(void *, void *, u_int),
    void *arg)
{
	int error, part;

	KASSERT(len >= 0, ("m_apply, negative len %d", len));
	m = __DECONST(struct mbuf *, mb_skip(m, &off, __func__));
	for (; len > 0; m = m->m_next, off = 0, len -= part) {
		KASSERT(m != NULL, ("m_apply, length > size of mbuf chain"));
		part = MIN(m->m_len - off, len);
		error = f(arg, mtod(m, char *) + off, part);
		if (error != 0)
			return (error);
	}
	return (0);
}

/*
 * --- growing ---
 */

void
m_cat(struct mbuf *m, struct mbuf *n)
{
	m = m_last(m);
	while (n != NULL) {
		if (M_TRAILINGSPACE(m) < n->m_len) {
			m->m_next = n;
			return;
		}
		memcpy(mtod(m, char *) + m->m_len, mtod(n, char *), n->m_len);
		m->m_len += n->m_len;
		n = m_free(n);
	}
}

void
m_catpkt(struct mbuf *m, struct mbuf *n)
{
	M_ASSERTPKTHDR(m);
	M_ASSERTPKTHDR(n);
	m->m_pkthdr.len += n->m_pkthdr.len;
	m_demote(n, 1, 0);
	m_cat(m, n);
}

int
m_append(struct mbuf *m0, int len, c_caddr_t cp)
{
	struct mbuf *m = m_last(m0), *n;
	int left = len, part;

	part = MIN(M_TRAILINGSPACE(m), left);
	while (left > 0) {
		memcpy(mtod(m, char *) + m->m_len, cp, part);
		m->m_len += part;
		cp += part;
		left -= part;
		if (left == 0)
			break;
		n = mb_get(M_NOWAIT, m->m_type, 0, __builtin_return_address(0));
		if (n == NULL)
			break;
		m->m_next = n;
		m = n;
		part = MIN(MLEN, left);
	}
	if ((m0->m_flags & M_PKTHDR) != 0)
		m0->m_pkthdr.len += len - left;
	return (left == 0);
}

struct mbuf *
m_prepend(struct mbuf *m, int len, int how)
{
	struct mbuf *mn;

	KASSERT(len >= 0 &&
		len <= ((m->m_flags & M_PKTHDR) != 0 ? MHLEN : MLEN),
	    ("m_prepend: %d bytes do not fit an mbuf", len));
	mn = mb_get(how, m->m_type, m->m_flags & M_PKTHDR,
	    __builtin_return_address(0));
	if (mn == NULL) {
		m_freem(m);
		return (NULL);
	}
	if ((m->m_flags & M_PKTHDR) != 0)
		m_move_pkthdr(mn, m);
	mn->m_next = m;
	if (len < M_SIZE(mn))
		m_align(mn, len);
	mn->m_len = len;
	return (mn);
}

/*
 * --- shrinking ---
 */

/* Returns the bytes that were not there to be dropped. */
static int
adj_front(struct mbuf *m, int len)
{
	int part;

	for (; m != NULL && len > 0; m = m->m_next, len -= part) {
		part = MIN(m->m_len, len);
		m->m_len -= part;
		m->m_data += part;
	}
	return (len);
}

/* Keeps the first `len` bytes; mbufs behind them become empty. */
static void
adj_keep(struct mbuf *m, int len)
{
	for (; m != NULL; m = m->m_next) {
		m->m_len = MIN(m->m_len, len);
		len -= m->m_len;
	}
}

void
m_adj(struct mbuf *m, int len)
{
	int total;

	if (m == NULL)
		return;
	if (len >= 0) {
		total = len - adj_front(m, len);
		if ((m->m_flags & M_PKTHDR) != 0)
			m->m_pkthdr.len -= total;
		return;
	}
	total = (int)m_length(m, NULL);
	total = len < -total ? 0 : total + len;
	adj_keep(m, total);
	if ((m->m_flags & M_PKTHDR) != 0)
		m->m_pkthdr.len = total;
}

/*
 * --- judging ---
 */

/* Whether the data lie in the mbuf's room. */
static bool
sane_data(const struct mbuf *m)
{
	const char *start = M_START(m), *end = start + M_SIZE(m);

	return (m->m_len >= 0 && m->m_data >= start && m->m_data <= end &&
	    m->m_len <= end - m->m_data);
}

int
m_sanity(struct mbuf *m0, int sanitize)
{
	struct mbuf *m;
	int total;

	if (!sane_data(m0))
		return (0);
	total = m0->m_len;
	for (m = m0->m_next; m != NULL; m = m->m_next) {
		if (!sane_data(m))
			return (0);
		total += m->m_len;
		if (m->m_nextpkt != NULL) {
			if (!sanitize)
				return (0);
			m_freem(m->m_nextpkt);
			m->m_nextpkt = NULL;
		}
		if ((m->m_flags & M_PKTHDR) != 0) {
			if (!sanitize)
				return (0);
			m_demote(m, 1, M_PROTOFLAGS | M_EOR);
		}
	}
	if ((m0->m_flags & M_PKTHDR) != 0 && m0->m_pkthdr.len != total) {
		if (!sanitize)
			return (0);
		m0->m_pkthdr.len = total;
	}
	return (1);
}

void
m_print(const struct mbuf *m, int maxlen)
{
	int left = maxlen >= 0 ? maxlen : INT_MAX, part;

	if (m == NULL) {
		printf("mbuf: %p\n", m);
		return;
	}
	if ((m->m_flags & M_PKTHDR) != 0)
		printf("mbuf: %p len: %d\n", m, m->m_pkthdr.len);
	for (; m != NULL && left > 0; m = m->m_next, left -= part) {
		part = MIN(m->m_len, left);
		printf("mbuf: %p len: %d, next: %p, %b%s", m, m->m_len,
		    m->m_next, (u_int)m->m_flags & ~M_PROTOFLAGS, M_FLAG_BITS,
		    part > 0 ? "" : "\n");
		for (int i = 0; i < part; i++)
			printf("%s%02x%s", i % 16 == 0 ? "\n    " : " ",
			    mtod(m, u_char *)[i], i == part - 1 ? "\n" : "");
	}
}
