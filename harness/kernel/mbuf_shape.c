/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): the same bytes in other mbufs.
 */
#include "kernel/mbuf_var.h"

/*
 * --- contiguous headers ---
 */

/*
 * Moves bytes from the chain n to the end of m: `want`, and up to max_protohdr
 * while the first mbuf lasts that has them.  Returns what is left of n; *want
 * is what was not there.
 */
static struct mbuf *
pull(struct mbuf *m, struct mbuf *n, int *want, int space)
{
	int part;

	do {
		part = MIN(MIN(MAX(*want, (int)max_protohdr), space), n->m_len);
		memcpy(mtod(m, char *) + m->m_len, mtod(n, char *), part);
		*want -= part;
		m->m_len += part;
		n->m_len -= part;
		space -= part;
		if (n->m_len > 0)
			n->m_data += part;
		else
			n = m_free(n);
	} while (*want > 0 && n != NULL);
	return (n);
}

struct mbuf *
m_pullup(struct mbuf *n, int len)
{
	struct mbuf *m;

	KASSERT(len >= 0, ("%s: negative len %d", __func__, len));
	/* Into the first mbuf, if it has the room. */
	if ((n->m_flags & M_EXT) == 0 && n->m_data + len < &n->m_dat[MLEN] &&
	    n->m_next != NULL) {
		if (n->m_len >= len)
			return (n);
		m = n;
		n = n->m_next;
		len -= m->m_len;
	} else {
		m = len > MHLEN ?
		    NULL :
		    mb_get(M_NOWAIT, n->m_type, 0, __builtin_return_address(0));
		if (m == NULL)
			goto bad;
		if ((n->m_flags & M_PKTHDR) != 0)
			m_move_pkthdr(m, n);
	}
	n = pull(m, n, &len, (int)(&m->m_dat[MLEN] - (m->m_data + m->m_len)));
	if (len > 0) {
		m->m_next = NULL;
		(void)m_free(m);
		goto bad;
	}
	m->m_next = n;
	return (m);
bad:
	m_freem(n);
	return (NULL);
}

struct mbuf *
m_copyup(struct mbuf *n, int len, int dstoff)
{
	struct mbuf *m = NULL;

	KASSERT(len >= 0 && dstoff >= 0,
	    ("%s: negative len %d or offset %d", __func__, len, dstoff));
	if (len <= MHLEN - dstoff)
		m = mb_get(M_NOWAIT, n->m_type, 0, __builtin_return_address(0));
	if (m == NULL)
		goto bad;
	if ((n->m_flags & M_PKTHDR) != 0)
		m_move_pkthdr(m, n);
	m->m_data += dstoff;
	n = pull(m, n, &len, (int)(&m->m_dat[MLEN] - m->m_data));
	if (len > 0) {
		(void)m_free(m);
		goto bad;
	}
	m->m_next = n;
	return (m);
bad:
	m_freem(n);
	return (NULL);
}

/* A new mbuf behind n with [off, off + len) from n on, taken out there. */
static struct mbuf *
pulldown_new(struct mbuf *n, int off, int len, const void *caller)
{
	int head = MIN(n->m_len - off, len);
	int tail = n->m_len - off - head;
	struct mbuf *o, *rest;

	if (tail > 0) {
		rest = mb_get(M_NOWAIT, n->m_type, 0, caller);
		if (rest == NULL)
			return (NULL);
		mb_share(rest, n, off + head, tail);
		rest->m_next = n->m_next;
		n->m_next = rest;
		n->m_len -= tail;
	}
	if (len > MLEN)
		o = mb_getcl(M_NOWAIT, n->m_type, 0, caller);
	else
		o = mb_get(M_NOWAIT, n->m_type, 0, caller);
	if (o == NULL)
		return (NULL);
	m_copydata(n, off, len, mtod(o, char *));
	o->m_len = len;
	n->m_len = off;
	m_adj(n->m_next, len - head);
	o->m_next = n->m_next;
	n->m_next = o;
	return (o);
}

struct mbuf *
m_pulldown(struct mbuf *m, int off, int len, int *offp)
{
	int at = off, head;
	struct mbuf *n, *next;

	KASSERT(m != NULL, ("m == NULL in m_pulldown()"));
	if (len > MCLBYTES || m_length(m, NULL) < (u_int)off + (u_int)len)
		goto bad;
	for (n = m; at > 0 && at >= n->m_len && n->m_next != NULL;
	     n = n->m_next)
		at -= n->m_len;
	head = n->m_len - at;
	next = n->m_next;
	if ((at == 0 || offp != NULL) && head >= len && M_WRITABLE(n))
		goto found;
	if ((at == 0 || offp != NULL) && head < len &&
	    M_TRAILINGSPACE(n) >= len - head) {
		m_copydata(next, 0, len - head, mtod(n, char *) + n->m_len);
		n->m_len += len - head;
		m_adj(next, len - head);
		goto found;
	}
	if (head < len && next != NULL && next->m_len >= len - head &&
	    M_LEADINGSPACE(next) >= head) {
		next->m_data -= head;
		next->m_len += head;
		memcpy(mtod(next, char *), mtod(n, char *) + at, head);
		n->m_len = at;
		n = next;
	} else {
		n = pulldown_new(n, at, len, __builtin_return_address(0));
		if (n == NULL)
			goto bad;
	}
	at = 0;
found:
	if (offp != NULL)
		*offp = at;
	return (n);
bad:
	m_freem(m);
	return (NULL);
}

/*
 * --- splitting ---
 */

/* n, which is fresh, gets all of m from `at` on, and what follows m. */
static void
split_mbuf(struct mbuf *n, struct mbuf *m, int at)
{
	int left = m->m_len - at;

	if ((m->m_flags & M_EXT) != 0) {
		n->m_data = m->m_data + at;
		mb_dupcl(n, m);
	} else {
		m_align(n, left);
		memcpy(mtod(n, char *), mtod(m, char *) + at, left);
	}
	n->m_len = left;
	m->m_len = at;
	n->m_next = m->m_next;
	m->m_next = NULL;
}

struct mbuf *
m_split(struct mbuf *m0, int len0, int how)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *m = m0, *n, *tail;
	int len = len0;
	bool packet = (m0->m_flags & M_PKTHDR) != 0;

	MBUF_CHECKSLEEP(how);
	for (; m != NULL && len > m->m_len; m = m->m_next)
		len -= m->m_len;
	if (m == NULL)
		return (NULL);
	if (!packet && len == m->m_len) {
		n = m->m_next;
		m->m_next = NULL;
		return (n);
	}
	n = mb_get(how, m0->m_type, packet ? M_PKTHDR : 0, caller);
	if (n == NULL)
		return (NULL);
	if (len == m->m_len) {
		n->m_next = m->m_next;
		m->m_next = NULL;
	} else if ((m->m_flags & M_EXT) == 0 && m->m_len - len > M_SIZE(n)) {
		/* A packet header leaves no room for the rest of m. */
		tail = mb_get(how, m0->m_type, 0, caller);
		if (tail == NULL) {
			(void)m_free(n);
			return (NULL);
		}
		split_mbuf(tail, m, len);
		n->m_next = tail;
	} else
		split_mbuf(n, m, len);
	if (packet) {
		n->m_pkthdr.rcvif = m0->m_pkthdr.rcvif;
#if __FreeBSD_version >= 1400000
		if ((m0->m_pkthdr.csum_flags & CSUM_SND_TAG) != 0) {
			(void)m_snd_tag_ref(m0->m_pkthdr.snd_tag);
			n->m_pkthdr.csum_flags |= CSUM_SND_TAG;
		}
#endif
		n->m_pkthdr.len = m0->m_pkthdr.len - len0;
		m0->m_pkthdr.len = len0;
	}
	return (n);
}

/*
 * --- fewer mbufs, or more ---
 */

/* m_dup() of a packet in pieces of `size`; NULL: no memory. */
static struct mbuf *
reshape(struct mbuf *m0, int how, int size, const void *caller)
{
	struct mbuf *top = NULL, **end = &top, *m;
	int done, part;

	for (done = 0; top == NULL || done < m0->m_pkthdr.len; done += part) {
		part = MIN(m0->m_pkthdr.len - done, size);
		if (part > (top == NULL ? MHLEN : MLEN))
			m = mb_getcl(how, MT_DATA, 0, caller);
		else
			m = mb_get(how, MT_DATA, 0, caller);
		*end = m;
		if (m == NULL || (m == top && m_dup_pkthdr(m, m0, how) == 0)) {
			m_freem(top);
			return (NULL);
		}
		m->m_flags &= ~M_RDONLY;
		end = &m->m_next;
		m_copydata(m0, done, part, mtod(m, char *));
		m->m_len = part;
	}
	return (top);
}

struct mbuf *
m_defrag(struct mbuf *m0, int how)
{
	struct mbuf *m;

	MBUF_CHECKSLEEP(how);
	if ((m0->m_flags & M_PKTHDR) == 0)
		return (m0);
	(void)m_fixhdr(m0);
	m = reshape(m0, how, MCLBYTES, __builtin_return_address(0));
	if (m != NULL)
		m_freem(m0);
	return (m);
}

struct mbuf *
m_fragment(struct mbuf *m0, int how, int fragsize)
{
	struct mbuf *m;

	MBUF_CHECKSLEEP(how);
	if ((m0->m_flags & M_PKTHDR) == 0)
		return (m0);
	(void)m_fixhdr(m0);
	m = reshape(m0, how, MAX(MIN(fragsize, MCLBYTES), 1),
	    __builtin_return_address(0));
	if (m != NULL)
		m_freem(m0);
	return (m);
}

/* What fits behind the data of the mbuf in front goes there. */
static int
collapse_room(struct mbuf *m, int frags, int maxfrags)
{
	struct mbuf *n;

	while (frags > maxfrags && (n = m->m_next) != NULL) {
		if (n->m_len <= M_TRAILINGSPACE(m)) {
			memcpy(mtod(m, char *) + m->m_len, mtod(n, char *),
			    n->m_len);
			m->m_len += n->m_len;
			m->m_next = m_free(n);
			frags--;
		} else
			m = n;
	}
	return (frags);
}

struct mbuf *
m_collapse(struct mbuf *m0, int how, int maxfrags)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf **prev, *m, *n, *next;
	int frags = 1;

	for (m = m0->m_next; m != NULL; m = m->m_next)
		frags++;
	frags = collapse_room(m0, frags, maxfrags);
	if (frags <= maxfrags)
		return (m0);
	KASSERT(maxfrags > 1,
	    ("maxfrags %d, but normal collapse failed", maxfrags));
	/* Then two at a time into a cluster; the packet header stays. */
	prev = &m0->m_next;
	while ((n = *prev) != NULL && (next = n->m_next) != NULL) {
		if (n->m_len + next->m_len > MCLBYTES) {
			prev = &n->m_next;
			continue;
		}
		m = mb_getcl(how, MT_DATA, 0, caller);
		if (m == NULL)
			return (NULL);
		m->m_len = n->m_len + next->m_len;
		memcpy(mtod(m, char *), mtod(n, char *), n->m_len);
		memcpy(mtod(m, char *) + n->m_len, mtod(next, char *),
		    next->m_len);
		m->m_next = next->m_next;
		*prev = m;
		(void)m_free(n);
		(void)m_free(next);
		/* The cluster may have room for more. */
		frags = collapse_room(m, frags - 1, maxfrags);
		if (frags <= maxfrags)
			return (m0);
	}
	return (NULL);
}

/* The data of m in clusters of its own; NULL: no memory, and m as it was. */
static struct mbuf *
unshare_copy(struct mbuf *m, int how, const void *caller)
{
	struct mbuf *top = NULL, **end = &top, *n;
	int done, part;

	for (done = 0; top == NULL || done < m->m_len; done += part) {
		n = mb_getcl(how, m->m_type, 0, caller);
		*end = n;
		if (n == NULL) {
			m_freem(top);
			return (NULL);
		}
		end = &n->m_next;
		n->m_flags |= m->m_flags & M_COPYFLAGS & ~(M_PKTHDR | M_RDONLY);
		part = MIN(m->m_len - done, MCLBYTES);
		memcpy(mtod(n, char *), mtod(m, char *) + done, part);
		n->m_len = part;
	}
	if ((m->m_flags & M_PKTHDR) != 0) {
		m_move_pkthdr(top, m);
		top->m_flags &= ~M_RDONLY;
	}
	*end = m->m_next;
	return (top);
}

struct mbuf *
m_unshare(struct mbuf *m0, int how)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf **prev = &m0, *last = NULL, *m, *n;

	MBUF_CHECKSLEEP(how);
	while ((m = *prev) != NULL) {
		/* Behind a cluster that has the room, rather than alone. */
		if (last != NULL && (last->m_flags & M_EXT) != 0 &&
		    m->m_len <= M_TRAILINGSPACE(last)) {
			memcpy(mtod(last, char *) + last->m_len,
			    mtod(m, char *), m->m_len);
			last->m_len += m->m_len;
			*prev = m_free(m);
			continue;
		}
		if (!M_WRITABLE(m)) {
			n = unshare_copy(m, how, caller);
			if (n == NULL) {
				m_freem(m0);
				return (NULL);
			}
			*prev = n;
			/* The last of the copies. */
			while (n->m_next != m->m_next)
				n = n->m_next;
			(void)m_free(m);
			m = n;
		}
		last = m;
		prev = &m->m_next;
	}
	return (m0);
}
