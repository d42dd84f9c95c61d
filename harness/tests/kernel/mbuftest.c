/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See mbuftest.h.
 */
#include "tests/kernel/mbuftest.h"

static struct mbuf *
make_one(int len, int flags)
{
	if (len <= MCLBYTES && len > (flags != 0 ? MHLEN : MLEN))
		return (m_getcl(M_WAITOK, MT_DATA, flags));
	if (len > MJUM9BYTES)
		return (m_getjcl(M_WAITOK, MT_DATA, flags, MJUM16BYTES));
	if (len > MJUMPAGESIZE)
		return (m_getjcl(M_WAITOK, MT_DATA, flags, MJUM9BYTES));
	if (len > MCLBYTES)
		return (m_getjcl(M_WAITOK, MT_DATA, flags, MJUMPAGESIZE));
	return (flags != 0 ? m_gethdr(M_WAITOK, MT_DATA) :
			     m_get(M_WAITOK, MT_DATA));
}

struct mbuf *
mbuf_make(const int *lens, int n)
{
	struct mbuf *top = NULL, **end = &top, *m;
	int at = 0;

	for (int i = 0; i < n; i++) {
		m = make_one(lens[i], i == 0 ? M_PKTHDR : 0);
		m->m_len = lens[i];
		for (int j = 0; j < lens[i]; j++, at++)
			mtod(m, u_char *)[j] = MBUF_BYTE(at);
		*end = m;
		end = &m->m_next;
	}
	if (top != NULL)
		top->m_pkthdr.len = at;
	return (top);
}

bool
mbuf_holds(struct mbuf *m, int from, int len)
{
	const struct mbuf *n;
	int at = 0;

	if (m_sanity(m, 0) == 0)
		return (false);
	for (n = m; n != NULL; n = n->m_next)
		for (int i = 0; i < n->m_len; i++, at++)
			if (mtod(n, u_char *)[i] != MBUF_BYTE(from + at))
				return (false);
	return (at == len);
}

int
mbuf_count(const struct mbuf *m)
{
	int n = 0;

	for (; m != NULL; m = m->m_next)
		n++;
	return (n);
}

int
mbuf_used(uma_zone_t zone)
{
	return (uma_zone_get_cur(zone));
}

void
mbuf_fault(const char *site, int n)
{
	static struct kernel_faults faults;

	faults = (struct kernel_faults) { .kinds = 1u << KF_UMA,
		.site = site,
		.first = (uint64_t)n };
	kernel_faults_set(n == 0 ? NULL : &faults);
}
