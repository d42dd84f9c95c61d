/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of mbuf(9) share.
 */
#ifndef RINGSIDE_KERNEL_MBUF_VAR_H
#define RINGSIDE_KERNEL_MBUF_VAR_H

#include "kernel/kern.h"

#include <sys/mbuf.h>

/* m_get(), m_gethdr() and m_getcl() for a caller's caller. */
struct mbuf *mb_get(int how, short type, int flags, const void *caller);
struct mbuf *mb_getcl(int how, short type, int flags, const void *caller);
/* m_getjcl(), of MCLBYTES too. */
struct mbuf *mb_getjcl(int how, short type, int flags, int size,
    const void *caller);
/* A cluster alone, or NULL. */
void *mb_cluster(int how, int size, const void *caller);

/* Attaches a cluster whose size and type are known. */
static inline void
mb_cljset(struct mbuf *m, void *cl, u_int size, int type)
{
	m->m_data = m->m_ext.ext_buf = cl;
	m->m_ext.ext_free = NULL;
	m->m_ext.ext_arg1 = m->m_ext.ext_arg2 = NULL;
	m->m_ext.ext_size = size;
	m->m_ext.ext_type = type;
	m->m_ext.ext_flags = EXT_FLAG_EMBREF;
	m->m_ext.ext_count = 1;
	m->m_flags |= M_EXT;
}

/* n, without external storage, gets [off, off + len) of m. */
static inline void
mb_share(struct mbuf *n, struct mbuf *m, int off, int len)
{
	n->m_len = len;
	if ((m->m_flags & M_EXT) != 0) {
		n->m_data = m->m_data + off;
		mb_dupcl(n, m);
	} else
		memcpy(mtod(n, char *), mtod(m, char *) + off, len);
}

/* Where a copy goes on: m, or what follows, and at which of its bytes. */
static inline const struct mbuf *
mb_skip(const struct mbuf *m, int *off, const char *func)
{
	KASSERT(*off >= 0, ("%s: negative offset %d", func, *off));
	while (*off > 0) {
		KASSERT(m != NULL,
		    ("%s: offset %d beyond the end of the chain", func, *off));
		if (*off < m->m_len)
			break;
		*off -= m->m_len;
		m = m->m_next;
	}
	return (m);
}

#endif /* !RINGSIDE_KERNEL_MBUF_VAR_H */
