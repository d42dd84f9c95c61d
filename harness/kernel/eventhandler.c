/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * EVENTHANDLER(9).  Calling the handlers is a macro's work, in
 * <sys/eventhandler.h>; here are the lists.  They live in the host's memory
 * until the kernel halts; a handler that is still registered then has been
 * forgotten by its driver.
 */
#include "kernel/kern.h"

#include <sys/eventhandler.h>
#include <sys/proc.h>

/* What all entries look like, whatever their functions take. */
struct generic_entry {
	struct eventhandler_entry ee;
	void *func;
};

static TAILQ_HEAD(, eventhandler_list) lists = TAILQ_HEAD_INITIALIZER(lists);

void
eventhandler_boot(void)
{
	TAILQ_INIT(&lists);
}

static void
entry_free(struct eventhandler_list *list, struct eventhandler_entry *ep)
{
	TAILQ_REMOVE(&list->el_entries, ep, ee_link);
	kern_gone(KO_EVENTHANDLER, ep, list->el_name);
	host_free(ep);
}

static void
list_free(struct eventhandler_list *list)
{
	struct eventhandler_entry *ep;

	/* The checkers have been told of what is left. */
	while ((ep = TAILQ_FIRST(&list->el_entries)) != NULL) {
		TAILQ_REMOVE(&list->el_entries, ep, ee_link);
		host_free(ep);
	}
	TAILQ_REMOVE(&lists, list, el_link);
	host_free(list->el_name);
	host_free(list);
}

void
eventhandler_halt(void)
{
	struct eventhandler_list *list;

	TAILQ_FOREACH(list, &lists, el_link)
		mtx_destroy(&list->el_lock);
	eventhandler_forget();
}

void
eventhandler_forget(void)
{
	while (!TAILQ_EMPTY(&lists))
		list_free(TAILQ_FIRST(&lists));
}

/*
 * --- lists ---
 */

static struct eventhandler_list *
find(const char *name)
{
	struct eventhandler_list *list;

	TAILQ_FOREACH(list, &lists, el_link)
		if (strcmp(list->el_name, name) == 0)
			return (list);
	return (NULL);
}

struct eventhandler_list *
eventhandler_find_list(const char *name)
{
	struct eventhandler_list *list = find(name);

	if (list != NULL)
		EHL_LOCK(list);
	return (list);
}

struct eventhandler_list *
eventhandler_create_list(const char *name)
{
	struct eventhandler_list *list = find(name);
	const char *device_name;
	const void *device;

	if (list != NULL)
		return (list);
	list = host_alloc(sizeof(*list));
	list->el_name = host_alloc(strlen(name) + 1);
	memcpy(list->el_name, name, strlen(name) + 1);
	TAILQ_INIT(&list->el_entries);
	/* The list stays when the driver that was first goes. */
	device_name = curthread->td_device_name;
	device = kern_set_device(NULL, NULL);
	mtx_init(&list->el_lock, list->el_name, "eventhandler list", MTX_DEF);
	(void)kern_set_device(device, device_name);
	TAILQ_INSERT_HEAD(&lists, list, el_link);
	return (list);
}

/*
 * --- entries ---
 */

eventhandler_tag
eventhandler_register(struct eventhandler_list *list, const char *name,
    void *func, void *arg, int priority)
{
	struct eventhandler_entry *ep, *at;
	struct generic_entry *entry;

	kern_assert_can_sleep(__func__);
	KASSERT(priority != EHE_DEAD_PRIORITY,
	    ("%s: handler for %s registered with dead priority", __func__,
		name));
	KASSERT(func != NULL, ("%s: no handler for %s", __func__, name));
	if (list == NULL)
		list = eventhandler_create_list(name);
	entry = host_alloc(sizeof(*entry));
	entry->func = func;
	ep = &entry->ee;
	ep->ee_arg = arg;
	ep->ee_priority = priority;
	EHL_LOCK(list);
	TAILQ_FOREACH(at, &list->el_entries, ee_link)
		if (at->ee_priority != EHE_DEAD_PRIORITY &&
		    priority < at->ee_priority)
			break;
	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, ep, ee_link);
	else
		TAILQ_INSERT_TAIL(&list->el_entries, ep, ee_link);
	kern_new(KO_EVENTHANDLER, ep, sizeof(*entry), list->el_name);
	EHL_UNLOCK(list);
	return (ep);
}

static bool
is_registered(const struct eventhandler_list *list, eventhandler_tag tag)
{
	const struct eventhandler_entry *ep;

	TAILQ_FOREACH(ep, &list->el_entries, ee_link)
		if (ep == tag)
			return (ep->ee_priority != EHE_DEAD_PRIORITY);
	return (false);
}

static void
remove_entry(struct eventhandler_list *list, struct eventhandler_entry *ep)
{
	if (list->el_runcount == 0)
		entry_free(list, ep);
	else
		ep->ee_priority = EHE_DEAD_PRIORITY;
}

static void
deregister(struct eventhandler_list *list, eventhandler_tag tag, bool wait)
{
	struct eventhandler_entry *ep, *next;

	EHL_LOCK_ASSERT(list, MA_OWNED);
	if (tag == NULL) {
		TAILQ_FOREACH_SAFE(ep, &list->el_entries, ee_link, next)
			remove_entry(list, ep);
	} else if (is_registered(list, tag)) {
		remove_entry(list, tag);
	} else {
		/* FreeBSD would take apart whatever it points at. */
		kern_misuse("eventhandler_deregister: %p is not registered "
			    "for %s",
		    tag, list->el_name);
	}
	while (wait && list->el_runcount > 0)
		mtx_sleep(list, &list->el_lock, 0, "evhrm", 0);
	EHL_UNLOCK(list);
}

void
eventhandler_deregister(struct eventhandler_list *list, eventhandler_tag tag)
{
	deregister(list, tag, true);
}

void
eventhandler_deregister_nowait(struct eventhandler_list *list,
    eventhandler_tag tag)
{
	deregister(list, tag, false);
}

void
eventhandler_prune_list(struct eventhandler_list *list)
{
	struct eventhandler_entry *ep, *next;

	EHL_LOCK_ASSERT(list, MA_OWNED);
	TAILQ_FOREACH_SAFE(ep, &list->el_entries, ee_link, next)
		if (ep->ee_priority == EHE_DEAD_PRIORITY)
			entry_free(list, ep);
	wakeup(list);
}
