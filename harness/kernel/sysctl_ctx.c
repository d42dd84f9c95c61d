/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sysctl_ctx_init(9): lists of dynamic nodes that are removed together.
 *
 * A list's head is the driver's (it may lie in guest memory), its entries are
 * the host's.
 */
#include "kernel/sysctl_var.h"

#include <sys/sysctl.h>

struct ctx_entry {
	struct sysctl_ctx_entry entry; /* first */
	LIST_ENTRY(ctx_entry) all;
};

static LIST_HEAD(, ctx_entry) ctx_all = LIST_HEAD_INITIALIZER(&ctx_all);

/* At halt: the heads may be gone, only the entries are freed. */
void
sysctl_ctx_forget(void)
{
	struct ctx_entry *e;

	while ((e = LIST_FIRST(&ctx_all)) != NULL) {
		LIST_REMOVE(e, all);
		host_free(e);
	}
}

int
sysctl_ctx_init(struct sysctl_ctx_list *clist)
{
	if (clist == NULL)
		return (EINVAL);
	TAILQ_INIT(clist);
	return (0);
}

struct sysctl_ctx_entry *
sysctl_ctx_entry_add(struct sysctl_ctx_list *clist, struct sysctl_oid *oid)
{
	struct ctx_entry *e;

	if (clist == NULL || oid == NULL)
		return (NULL);
	e = host_alloc(sizeof(*e));
	e->entry.entry = oid;
	LIST_INSERT_HEAD(&ctx_all, e, all);
	/* The youngest first: children come off before their parents. */
	TAILQ_INSERT_HEAD(clist, &e->entry, link);
	return (&e->entry);
}

struct sysctl_ctx_entry *
sysctl_ctx_entry_find(struct sysctl_ctx_list *clist, struct sysctl_oid *oid)
{
	struct sysctl_ctx_entry *entry;

	if (clist == NULL || oid == NULL)
		return (NULL);
	TAILQ_FOREACH(entry, clist, link)
		if (entry->entry == oid)
			return (entry);
	return (NULL);
}

static void
ctx_entry_free(struct sysctl_ctx_list *clist, struct sysctl_ctx_entry *entry)
{
	struct ctx_entry *e = (struct ctx_entry *)entry;

	TAILQ_REMOVE(clist, entry, link);
	LIST_REMOVE(e, all);
	host_free(e);
}

int
sysctl_ctx_entry_del(struct sysctl_ctx_list *clist, struct sysctl_oid *oid)
{
	struct sysctl_ctx_entry *entry = sysctl_ctx_entry_find(clist, oid);

	if (entry == NULL)
		return (ENOENT);
	ctx_entry_free(clist, entry);
	return (0);
}

/*
 * All or nothing: the nodes are first taken off without being freed, which
 * tells whether all can go; then they are put back, and only when all could
 * go are they removed for good.
 */
int
sysctl_ctx_free(struct sysctl_ctx_list *clist)
{
	struct sysctl_ctx_entry *entry, *stop = NULL, *next;
	int error = 0;

	TAILQ_FOREACH(entry, clist, link) {
		error = sysctl_remove_oid(entry->entry, 0, 0);
		if (error != 0) {
			stop = entry;
			break;
		}
	}
	if (stop != NULL)
		entry = TAILQ_PREV(stop, sysctl_ctx_list, link);
	else
		entry = TAILQ_LAST(clist, sysctl_ctx_list);
	for (; entry != NULL; entry = TAILQ_PREV(entry, sysctl_ctx_list, link))
		sysctl_put_back(entry->entry);
	if (error != 0)
		return (EBUSY);
	TAILQ_FOREACH_SAFE(entry, clist, link, next) {
		error = sysctl_remove_oid(entry->entry, 1, 0);
		if (error != 0)
			panic("sysctl_ctx_free: entry %p refused to go (%d)",
			    entry->entry, error);
		ctx_entry_free(clist, entry);
	}
	return (0);
}
