/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfil(9): points where packets pass (heads), filters (hooks), and which
 * filter looks at which point.
 */
#include "kernel/ifnet_var.h"

#include <net/pfil.h>

#if __FreeBSD_version >= 1300000
static MALLOC_DEFINE(M_PFIL, "pfil", "pfil(9) packet filter hooks");

struct pfil_hook {
	LIST_ENTRY(pfil_hook) link;
	struct pfil_hook_args args;
};

struct pfil_link {
	TAILQ_ENTRY(pfil_link) chain;
	struct pfil_hook *hook;
};
TAILQ_HEAD(pfil_chain, pfil_link);

struct pfil_head {
	struct _pfil_head counts; /* first: the macros look at it */
	LIST_ENTRY(pfil_head) link;
	struct pfil_head_args args;
	struct pfil_chain in, out;
};

static LIST_HEAD(, pfil_hook) hooks = LIST_HEAD_INITIALIZER(hooks);
static LIST_HEAD(, pfil_head) heads = LIST_HEAD_INITIALIZER(heads);

static void
check_version(int version)
{
	KASSERT(version == PFIL_VERSION,
	    ("pfil: version %d is not %d", version, PFIL_VERSION));
}

pfil_head_t
pfil_head_register(struct pfil_head_args *pa)
{
	struct pfil_head *head, *other;

	check_version(pa->pa_version);
	LIST_FOREACH(other, &heads, link)
		if (strcmp(other->args.pa_headname, pa->pa_headname) == 0)
			printf("pfil: duplicate head \"%s\"\n",
			    pa->pa_headname);
	head = malloc(sizeof(*head), M_PFIL, M_WAITOK | M_ZERO);
	head->args = *pa;
	TAILQ_INIT(&head->in);
	TAILQ_INIT(&head->out);
	LIST_INSERT_HEAD(&heads, head, link);
	return (head);
}

/* Takes a filter, or with NULL all, from a chain; how many there were. */
static int
unlink_from(struct pfil_chain *chain, const struct pfil_hook *hook)
{
	struct pfil_link *link, *next;
	int count = 0;

	TAILQ_FOREACH_SAFE(link, chain, chain, next) {
		if (hook != NULL && link->hook != hook)
			continue;
		TAILQ_REMOVE(chain, link, chain);
		free(link, M_PFIL);
		count++;
	}
	return (count);
}

void
pfil_head_unregister(pfil_head_t head)
{
	LIST_REMOVE(head, link);
	(void)unlink_from(&head->in, NULL);
	(void)unlink_from(&head->out, NULL);
	free(head, M_PFIL);
}

pfil_hook_t
pfil_add_hook(struct pfil_hook_args *pa)
{
	struct pfil_hook *hook;

	check_version(pa->pa_version);
	hook = malloc(sizeof(*hook), M_PFIL, M_WAITOK | M_ZERO);
	hook->args = *pa;
	LIST_INSERT_HEAD(&hooks, hook, link);
	return (hook);
}

void
pfil_remove_hook(pfil_hook_t hook)
{
	struct pfil_head *head;

	LIST_FOREACH(head, &heads, link) {
		head->counts.head_nhooksin -= unlink_from(&head->in, hook);
		head->counts.head_nhooksout -= unlink_from(&head->out, hook);
	}
	LIST_REMOVE(hook, link);
	free(hook, M_PFIL);
}

static struct pfil_head *
find_head(const struct pfil_link_args *pa)
{
	struct pfil_head *head;

	if ((pa->pa_flags & PFIL_HEADPTR) != 0)
		return (pa->pa_head);
	LIST_FOREACH(head, &heads, link)
		if (strcmp(head->args.pa_headname, pa->pa_headname) == 0)
			return (head);
	return (NULL);
}

static struct pfil_hook *
find_hook(const struct pfil_link_args *pa)
{
	struct pfil_hook *hook;

	if ((pa->pa_flags & PFIL_HOOKPTR) != 0)
		return (pa->pa_hook);
	LIST_FOREACH(hook, &hooks, link)
		if (strcmp(hook->args.pa_modname, pa->pa_modname) == 0 &&
		    strcmp(hook->args.pa_rulname, pa->pa_rulname) == 0)
			return (hook);
	return (NULL);
}

static int
link_to(struct pfil_chain *chain, struct pfil_hook *hook, bool append)
{
	struct pfil_link *link;

	TAILQ_FOREACH(link, chain, chain)
		if (link->hook == hook)
			return (EEXIST);
	link = malloc(sizeof(*link), M_PFIL, M_WAITOK | M_ZERO);
	link->hook = hook;
	if (append)
		TAILQ_INSERT_TAIL(chain, link, chain);
	else
		TAILQ_INSERT_HEAD(chain, link, chain);
	return (0);
}

int
pfil_link(struct pfil_link_args *pa)
{
	struct pfil_head *head = find_head(pa);
	struct pfil_hook *hook = find_hook(pa);
	const bool append = (pa->pa_flags & PFIL_APPEND) != 0;
	const int dir = pa->pa_flags & (PFIL_IN | PFIL_OUT);
	int error = 0;

	check_version(pa->pa_version);
	if (head == NULL || hook == NULL)
		return (ENOENT);
	if (dir == 0 || hook->args.pa_type != head->args.pa_type ||
	    (hook->args.pa_flags & dir) != dir)
		return (EINVAL);
	if ((pa->pa_flags & PFIL_UNLINK) != 0) {
		int in = 0, out = 0;

		if ((dir & PFIL_IN) != 0)
			in = unlink_from(&head->in, hook);
		if ((dir & PFIL_OUT) != 0)
			out = unlink_from(&head->out, hook);
		head->counts.head_nhooksin -= in;
		head->counts.head_nhooksout -= out;
		return (in + out > 0 ? 0 : ENOENT);
	}
	if ((dir & PFIL_IN) != 0) {
		error = link_to(&head->in, hook, append);
		head->counts.head_nhooksin += error == 0;
	}
	if (error == 0 && (dir & PFIL_OUT) != 0) {
		error = link_to(&head->out, hook, !append);
		head->counts.head_nhooksout += error == 0;
	}
	return (error);
}

/*
 * --- at the point: until a filter does not let it pass ---
 */

#if __FreeBSD_version >= 1400000
static int
run(struct pfil_chain *chain, struct mbuf **m, struct ifnet *ifp, int flags,
    struct inpcb *inp)
{
	struct pfil_link *link;
	pfil_return_t rv = PFIL_PASS;

	NET_EPOCH_ASSERT();
	TAILQ_FOREACH(link, chain, chain) {
		const struct pfil_hook_args *args = &link->hook->args;

		rv = args->pa_mbuf_chk(m, ifp, flags, args->pa_ruleset, inp);
		if (rv == PFIL_DROPPED || rv == PFIL_CONSUMED)
			break;
	}
	return (rv);
}

int
pfil_mbuf_in(struct pfil_head *head, struct mbuf **m, struct ifnet *ifp,
    struct inpcb *inp)
{
	return (run(&head->in, m, ifp, PFIL_IN, inp));
}

int
pfil_mbuf_out(struct pfil_head *head, struct mbuf **m, struct ifnet *ifp,
    struct inpcb *inp)
{
	return (run(&head->out, m, ifp, PFIL_OUT, inp));
}

int
pfil_mem_in(struct pfil_head *head, void *mem, u_int len, struct ifnet *ifp,
    struct mbuf **m)
{
	struct pfil_link *link;
	pfil_return_t rv = PFIL_PASS;
	bool made = false;

	NET_EPOCH_ASSERT();
	TAILQ_FOREACH(link, &head->in, chain) {
		const struct pfil_hook_args *args = &link->hook->args;

		/* From the moment on that a filter has made an mbuf of it. */
		rv = made ?
		    args->pa_mbuf_chk(m, ifp, PFIL_IN, args->pa_ruleset, NULL) :
		    args->pa_mem_chk(mem, len, PFIL_IN, ifp, args->pa_ruleset,
			m);
		if (rv == PFIL_DROPPED || rv == PFIL_CONSUMED)
			return (rv);
		made = made || rv == PFIL_REALLOCED;
	}
	return (made ? PFIL_REALLOCED : PFIL_PASS);
}
#else
int
pfil_run_hooks(struct pfil_head *head, pfil_packet_t p, struct ifnet *ifp,
    int flags, struct inpcb *inp)
{
	struct pfil_chain *chain =
	    (flags & PFIL_IN) != 0 ? &head->in : &head->out;
	struct pfil_link *link;
	pfil_return_t rv = PFIL_PASS;

	NET_EPOCH_ASSERT();
	TAILQ_FOREACH(link, chain, chain) {
		const struct pfil_hook_args *args = &link->hook->args;

		rv = args->pa_func(p, ifp, flags, args->pa_ruleset, inp);
		if (rv == PFIL_DROPPED || rv == PFIL_CONSUMED)
			break;
	}
	return (rv);
}
#endif
#endif
