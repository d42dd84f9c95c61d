/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfil(9).
 */
#include "tests/kernel/fakenet.h"

#include <sys/epoch.h>
#include <net/pfil.h>

#include "tests/test.h"

#if __FreeBSD_version >= 1400000
/* The rule set is what the filter answers. */
static pfil_return_t
filter(struct mbuf **m, struct ifnet *ifp, int flags, void *ruleset,
    struct inpcb *inp)
{
	pfil_return_t *answer = ruleset;

	(void)ifp;
	(void)inp;
	T_EQ(flags, PFIL_IN);
	(*m)->m_pkthdr.flowid++;
	return (*answer);
}

static pfil_head_t
head(void)
{
	struct pfil_head_args pa = { .pa_version = PFIL_VERSION,
		.pa_flags = PFIL_IN,
		.pa_type = PFIL_TYPE_ETHERNET,
		.pa_headname = "fake3" };

	return (pfil_head_register(&pa));
}

static pfil_hook_t
hook(pfil_return_t *answer)
{
	struct pfil_hook_args pa = { .pa_version = PFIL_VERSION,
		.pa_flags = PFIL_IN,
		.pa_type = PFIL_TYPE_ETHERNET,
		.pa_mbuf_chk = filter,
		.pa_ruleset = answer,
		.pa_modname = "test",
		.pa_rulname = "default" };

	return (pfil_add_hook(&pa));
}

KERNEL_TEST(pfil, filters_what_passes)
{
	pfil_head_t point = head();
	pfil_return_t answer[2] = { PFIL_PASS, PFIL_PASS };
	pfil_hook_t a = hook(&answer[0]), b = hook(&answer[1]);
	struct pfil_link_args pa = { .pa_version = PFIL_VERSION,
		.pa_flags = PFIL_IN | PFIL_HEADPTR | PFIL_HOOKPTR,
		.pa_head = point,
		.pa_hook = a };
	struct mbuf *m = fakenet_frame(NULL, 60);
	struct epoch_tracker et;

	m->m_pkthdr.flowid = 0;
	T_FALSE(PFIL_HOOKED_IN(point));
	T_EQ(pfil_link(&pa), 0);
	T_EQ(pfil_link(&pa), EEXIST);
	pa.pa_hook = b;
	T_EQ(pfil_link(&pa), 0);
	T_TRUE(PFIL_HOOKED_IN(point));
	NET_EPOCH_ENTER(et);
	T_EQ(pfil_mbuf_in(point, &m, NULL, NULL), PFIL_PASS);
	T_EQ(m->m_pkthdr.flowid, 2);
	/* The one that came last is asked first. */
	answer[1] = PFIL_DROPPED;
	T_EQ(pfil_mbuf_in(point, &m, NULL, NULL), PFIL_DROPPED);
	T_EQ(m->m_pkthdr.flowid, 3);
	NET_EPOCH_EXIT(et);
	pa.pa_flags |= PFIL_UNLINK;
	T_EQ(pfil_link(&pa), 0);
	T_EQ(pfil_link(&pa), ENOENT);
	pfil_remove_hook(a);
	T_FALSE(PFIL_HOOKED_IN(point));
	pfil_remove_hook(b);
	pfil_head_unregister(point);
	m_freem(m);
}

KERNEL_TEST(pfil, by_name)
{
	pfil_head_t point = head();
	pfil_return_t answer = PFIL_PASS;
	pfil_hook_t filter_hook = hook(&answer);
	struct pfil_link_args pa = { .pa_version = PFIL_VERSION,
		.pa_flags = PFIL_IN,
		.pa_headname = "fake3",
		.pa_modname = "test",
		.pa_rulname = "default" };

	T_EQ(pfil_link(&pa), 0);
	pa.pa_headname = "fake4";
	T_EQ(pfil_link(&pa), ENOENT);
	pa.pa_headname = "fake3";
	pa.pa_flags = PFIL_OUT; /* not this filter's */
	T_EQ(pfil_link(&pa), EINVAL);
	pfil_head_unregister(point);
	pfil_remove_hook(filter_hook);
}

KERNEL_TEST_PANICS(pfil, wants_the_epoch, "Assertion in_epoch")
{
	pfil_head_t point = head();
	struct mbuf *m = fakenet_frame(NULL, 60);

	(void)pfil_mbuf_in(point, &m, NULL, NULL);
}
#endif
