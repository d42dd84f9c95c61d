/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf_tags(9), and send tags.
 */
#include "kernel/mbuf_var.h"

static MALLOC_DEFINE(M_PACKET_TAGS, MBUF_TAG_MEM_NAME,
    "packet-attached information");

void
m_tag_free_default(struct m_tag *t)
{
	free(t, M_PACKET_TAGS);
}

struct m_tag *
m_tag_alloc(uint32_t cookie, uint16_t type, int len, int how)
{
	struct m_tag *t;

	MBUF_CHECKSLEEP(how);
	if (len < 0 || len > (int)UINT16_MAX)
		return (NULL);
	t = malloc(sizeof(*t) + (size_t)len, M_PACKET_TAGS, how);
	if (t == NULL)
		return (NULL);
	m_tag_setup(t, cookie, type, len);
	t->m_tag_free = m_tag_free_default;
	return (t);
}

void
m_tag_delete(struct mbuf *m, struct m_tag *t)
{
	KASSERT(m != NULL && t != NULL,
	    ("m_tag_delete: null argument, m %p t %p", m, t));
	m_tag_unlink(m, t);
	m_tag_free(t);
}

void
m_tag_delete_chain(struct mbuf *m, struct m_tag *t)
{
	struct m_tag *next;

	KASSERT(m != NULL, ("m_tag_delete_chain: null mbuf"));
	if (t == NULL)
		t = m_tag_first(m);
	for (; t != NULL; t = next) {
		next = m_tag_next(m, t);
		m_tag_delete(m, t);
	}
}

void
m_tag_delete_nonpersistent(struct mbuf *m)
{
	struct m_tag *next, *t;

	for (t = m_tag_first(m); t != NULL; t = next) {
		next = m_tag_next(m, t);
		if ((t->m_tag_id & MTAG_PERSISTENT) == 0)
			m_tag_delete(m, t);
	}
}

struct m_tag *
m_tag_locate(struct mbuf *m, uint32_t cookie, uint16_t type, struct m_tag *t)
{
	KASSERT(m != NULL, ("m_tag_locate: null mbuf"));
	t = t != NULL ? m_tag_next(m, t) : m_tag_first(m);
	while (t != NULL && (t->m_tag_cookie != cookie || t->m_tag_id != type))
		t = m_tag_next(m, t);
	return (t);
}

struct m_tag *
m_tag_copy(struct m_tag *t, int how)
{
	struct m_tag *copy;

	MBUF_CHECKSLEEP(how);
	KASSERT(t != NULL, ("m_tag_copy: null tag"));
	copy = m_tag_alloc(t->m_tag_cookie, t->m_tag_id, t->m_tag_len, how);
	if (copy != NULL)
		memcpy(copy + 1, t + 1, t->m_tag_len);
	return (copy);
}

int
m_tag_copy_chain(struct mbuf *to, const struct mbuf *from, int how)
{
	struct m_tag *copy, *last = NULL, *t;

	MBUF_CHECKSLEEP(how);
	KASSERT(to != NULL && from != NULL,
	    ("m_tag_copy_chain: null argument, to %p from %p", to, from));
	m_tag_delete_chain(to, NULL);
	SLIST_FOREACH(t, &from->m_pkthdr.tags, m_tag_link) {
		copy = m_tag_copy(t, how);
		if (copy == NULL) {
			m_tag_delete_chain(to, NULL);
			return (0);
		}
		if (last == NULL)
			m_tag_prepend(to, copy);
		else
			SLIST_INSERT_AFTER(last, copy, m_tag_link);
		last = copy;
	}
	return (1);
}

#if __FreeBSD_version >= 1400000
void
m_snd_tag_init(struct m_snd_tag *mst, struct ifnet *ifp,
    const struct if_snd_tag_sw *sw)
{
	mst->ifp = ifp;
	mst->sw = sw;
	refcount_init(&mst->refcount, 1);
}

void
m_snd_tag_destroy(struct m_snd_tag *mst)
{
	mst->sw->snd_tag_free(mst);
}
#endif
