/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * EVENTHANDLER(9): functions that are called when something has happened, in
 * order of priority.  Handlers run without the list's lock, so they may
 * register and deregister.
 */
#ifndef _SYS_EVENTHANDLER_H_
#define _SYS_EVENTHANDLER_H_
#include <sys/types.h>
#include <sys/_eventhandler.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/queue.h>

struct eventhandler_list {
	char *el_name;
	int el_flags;
	u_int el_runcount; /* threads that go through it */
	struct mtx el_lock;
	TAILQ_ENTRY(eventhandler_list) el_link;
	TAILQ_HEAD(, eventhandler_entry) el_entries;
};

#define EHL_LOCK(list)		    mtx_lock(&(list)->el_lock)
#define EHL_UNLOCK(list)	    mtx_unlock(&(list)->el_lock)
#define EHL_LOCK_ASSERT(list, what) mtx_assert(&(list)->el_lock, (what))

/* What an entry that never was registered for this event cannot be. */
#define EVENTHANDLER_PRI_FIRST 0
#define EVENTHANDLER_PRI_ANY   10000
#define EVENTHANDLER_PRI_LAST  20000

/* A NULL list: that of the name, made when needed.  Sleeps. */
eventhandler_tag eventhandler_register(struct eventhandler_list *list,
    const char *name, void *func, void *arg, int priority);
/* Returns with the list locked, or NULL. */
struct eventhandler_list *eventhandler_find_list(const char *name);
struct eventhandler_list *eventhandler_create_list(const char *name);
/*
 * The list is locked, and unlocked on return.  A NULL tag: all of it.  The
 * first waits until no thread runs handlers of the list.
 */
void eventhandler_deregister(struct eventhandler_list *list,
    eventhandler_tag tag);
void eventhandler_deregister_nowait(struct eventhandler_list *list,
    eventhandler_tag tag);
/* Frees what was deregistered meanwhile; the list is locked. */
void eventhandler_prune_list(struct eventhandler_list *list);

/* Calls the handlers of a locked list and unlocks it. */
#define _EVENTHANDLER_INVOKE(name, list, ...)                              \
	do {                                                               \
		struct eventhandler_entry *eh_ep_;                         \
		struct eventhandler_entry_##name *eh_typed_;               \
                                                                           \
		EHL_LOCK_ASSERT((list), MA_OWNED);                         \
		(list)->el_runcount++;                                     \
		TAILQ_FOREACH(eh_ep_, &(list)->el_entries, ee_link) {      \
			if (eh_ep_->ee_priority == EHE_DEAD_PRIORITY)      \
				continue;                                  \
			EHL_UNLOCK((list));                                \
			eh_typed_ =                                        \
			    (struct eventhandler_entry_##name *)eh_ep_;    \
			eh_typed_->eh_func(eh_ep_->ee_arg, ##__VA_ARGS__); \
			EHL_LOCK((list));                                  \
		}                                                          \
		KASSERT((list)->el_runcount > 0,                           \
		    ("eventhandler_invoke: runcount underflow"));          \
		if (--(list)->el_runcount == 0)                            \
			eventhandler_prune_list(list);                     \
		EHL_UNLOCK((list));                                        \
	} while (0)

#define EVENTHANDLER_INVOKE(name, ...)                                       \
	do {                                                                 \
		struct eventhandler_list *eh_list_;                          \
                                                                             \
		eh_list_ = eventhandler_find_list(#name);                    \
		if (eh_list_ != NULL)                                        \
			_EVENTHANDLER_INVOKE(name, eh_list_, ##__VA_ARGS__); \
	} while (0)

#define EVENTHANDLER_REGISTER(name, func, arg, priority) \
	eventhandler_register(NULL, #name, func, arg, priority)
#define EVENTHANDLER_DEREGISTER(name, tag)                      \
	do {                                                    \
		struct eventhandler_list *eh_list_;             \
                                                                \
		eh_list_ = eventhandler_find_list(#name);       \
		if (eh_list_ != NULL)                           \
			eventhandler_deregister(eh_list_, tag); \
	} while (0)
#define EVENTHANDLER_DEREGISTER_NOWAIT(name, tag)                      \
	do {                                                           \
		struct eventhandler_list *eh_list_;                    \
                                                                       \
		eh_list_ = eventhandler_find_list(#name);              \
		if (eh_list_ != NULL)                                  \
			eventhandler_deregister_nowait(eh_list_, tag); \
	} while (0)

/* A list that is found without a search by name. */
#define EVENTHANDLER_LIST_DEFINE(name)                                       \
	struct eventhandler_list *_eventhandler_list_##name;                 \
	static void _ehl_init_##name(void *ctx)                              \
	{                                                                    \
		(void)ctx;                                                   \
		_eventhandler_list_##name = eventhandler_create_list(#name); \
	}                                                                    \
	SYSINIT(name##_ehl_init, SI_SUB_EVENTHANDLER, SI_ORDER_ANY,          \
	    _ehl_init_##name, NULL);                                         \
	struct __hack
#define EVENTHANDLER_DIRECT_INVOKE(name, ...)                                \
	do {                                                                 \
		struct eventhandler_list *eh_list_;                          \
                                                                             \
		eh_list_ = _eventhandler_list_##name;                        \
		if (!TAILQ_EMPTY(&eh_list_->el_entries)) {                   \
			EHL_LOCK(eh_list_);                                  \
			_EVENTHANDLER_INVOKE(name, eh_list_, ##__VA_ARGS__); \
		}                                                            \
	} while (0)

/*
 * Registers at boot; unlike FreeBSD's, which has no end, the handler goes
 * when the modules have been unloaded.
 */
#define EVENTHANDLER_DEFINE(name, func, arg, priority)                         \
	static eventhandler_tag name##_tag;                                    \
	static void name##_evh_init(void *ctx)                                 \
	{                                                                      \
		name##_tag = EVENTHANDLER_REGISTER(name, func, ctx, priority); \
	}                                                                      \
	static void name##_evh_fini(void *ctx)                                 \
	{                                                                      \
		(void)ctx;                                                     \
		EVENTHANDLER_DEREGISTER(name, name##_tag);                     \
	}                                                                      \
	SYSINIT(name##_evh_init, SI_SUB_CONFIGURE, SI_ORDER_ANY,               \
	    name##_evh_init, arg);                                             \
	SYSUNINIT(name##_evh_fini, SI_SUB_CONFIGURE, SI_ORDER_ANY,             \
	    name##_evh_fini, arg);                                             \
	struct __hack

/*
 * --- the kernel's own events ---
 */

/* The system goes down; howto: RB_ of <sys/reboot.h>. */
typedef void (*shutdown_fn)(void *, int howto);
#define SHUTDOWN_PRI_FIRST   EVENTHANDLER_PRI_FIRST
#define SHUTDOWN_PRI_DEFAULT EVENTHANDLER_PRI_ANY
#define SHUTDOWN_PRI_LAST    EVENTHANDLER_PRI_LAST
EVENTHANDLER_DECLARE(shutdown_pre_sync, shutdown_fn);
EVENTHANDLER_DECLARE(shutdown_post_sync, shutdown_fn);
EVENTHANDLER_DECLARE(shutdown_final, shutdown_fn);

typedef void (*power_change_fn)(void *);
EVENTHANDLER_DECLARE(power_resume, power_change_fn);
EVENTHANDLER_DECLARE(power_suspend, power_change_fn);
EVENTHANDLER_DECLARE(power_suspend_early, power_change_fn);

typedef void (*vm_lowmem_handler_t)(void *, int flags);
#define LOWMEM_PRI_DEFAULT EVENTHANDLER_PRI_FIRST
EVENTHANDLER_DECLARE(vm_lowmem, vm_lowmem_handler_t);

typedef void (*mountroot_handler_t)(void *);
EVENTHANDLER_DECLARE(mountroot, mountroot_handler_t);

/* newbus */
enum evhdev_detach {
	EVHDEV_DETACH_BEGIN,
	EVHDEV_DETACH_COMPLETE,
	EVHDEV_DETACH_FAILED
};
typedef void (*device_attach_fn)(void *, device_t);
typedef void (*device_detach_fn)(void *, device_t, enum evhdev_detach);
EVENTHANDLER_DECLARE(device_attach, device_attach_fn);
EVENTHANDLER_DECLARE(device_detach, device_detach_fn);

#endif /* !_SYS_EVENTHANDLER_H_ */
