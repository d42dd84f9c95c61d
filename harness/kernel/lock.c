/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * lock(9), locking(9): what all kinds of locks have in common.
 */
#include "kernel/lock_var.h"

struct lock_class *lock_classes[LOCK_CLASS_MAX + 1] = {
	[LOCK_CLASS_MTX_SLEEP] = &lock_class_mtx_sleep,
	[LOCK_CLASS_MTX_SPIN] = &lock_class_mtx_spin,
	[LOCK_CLASS_SX] = &lock_class_sx,
	[LOCK_CLASS_RM] = &lock_class_rm,
	[LOCK_CLASS_RM_SLEEPABLE] = &lock_class_rm_sleepable,
	[LOCK_CLASS_RW] = &lock_class_rw,
};

/* How messages call a lock of each class. */
static const char *const lock_words[] = {
	[LOCK_CLASS_MTX_SLEEP] = "mutex",
	[LOCK_CLASS_MTX_SPIN] = "mutex",
	[LOCK_CLASS_SX] = "sx",
	[LOCK_CLASS_RM] = "rmlock",
	[LOCK_CLASS_RM_SLEEPABLE] = "rmlock",
	[LOCK_CLASS_RW] = "rwlock",
};

/* What is left in lo_flags of a destroyed lock, beside its class. */
#define LO_DESTROYED 0xdead

/* Threads that wait for some lock, the longest first. */
static TAILQ_HEAD(, thread) waiters = TAILQ_HEAD_INITIALIZER(waiters);
static uint64_t wait_order;

/*
 * Initialized locks among the program's static data.  They outlive the
 * kernel that they belong to, and the next one must find them as new as if
 * the module had just been loaded.
 */
struct static_lock {
	struct lock_object *lock;
	LIST_ENTRY(static_lock) link;
};
static LIST_HEAD(, static_lock) static_locks = LIST_HEAD_INITIALIZER(
    static_locks);

/* The program's bounds; the linker makes these. */
extern char __executable_start[], _end[];

void
lock_boot(void)
{
	TAILQ_INIT(&waiters);
	wait_order = 0;
}

void
lock_halt(void)
{
	struct static_lock *entry;

	while ((entry = LIST_FIRST(&static_locks)) != NULL) {
		bzero(entry->lock, sizeof(*entry->lock));
		LIST_REMOVE(entry, link);
		host_free(entry);
	}
}

static struct static_lock *
static_lock_find(const struct lock_object *lock)
{
	struct static_lock *entry;

	LIST_FOREACH(entry, &static_locks, link) {
		if (entry->lock == lock)
			break;
	}
	return (entry);
}

static bool
is_static(const struct lock_object *lock)
{
	return ((const char *)lock >= __executable_start &&
	    (const char *)lock < _end);
}

void
lock_init(struct lock_object *lock, struct lock_class *class, const char *name,
    const char *type, int flags)
{
	struct static_lock *entry;
	u_int i;

	KASSERT((flags & LO_NEW) != 0 || !lock_initialized(lock),
	    ("lock \"%s\" %p already initialized", name, lock));
	for (i = 0; i < LOCK_CLASS_MAX && lock_classes[i] != class; i++)
		continue;
	lock->lo_name = name;
	lock->lo_flags = i << LO_CLASSSHIFT | (u_int)flags | LO_INITIALIZED;
	lock->lo_data = 0;
	lock->lo_witness = NULL;
	if ((flags & LO_WITNESS) != 0)
		witness_init(lock, type != NULL ? type : name);
	if (is_static(lock) && static_lock_find(lock) == NULL) {
		entry = host_alloc(sizeof(*entry));
		entry->lock = lock;
		LIST_INSERT_HEAD(&static_locks, entry, link);
	}
}

void
lock_destroy(struct lock_object *lock)
{
	struct static_lock *entry;

	KASSERT(lock_initialized(lock), ("lock %p is not initialized", lock));
	witness_destroy(lock);
	lock->lo_flags = (lock->lo_flags & LO_CLASSMASK) | LO_DESTROYED;
	if (is_static(lock) && (entry = static_lock_find(lock)) != NULL) {
		LIST_REMOVE(entry, link);
		host_free(entry);
	}
}

void
spinlock_enter(void)
{
	critical_enter();
}

void
spinlock_exit(void)
{
	critical_exit();
}

/*
 * --- waiting ---
 */

void
lock_wait(struct lock_object *lock, enum lock_queue queue)
{
	struct thread *td = curthread;

	td->td_blocked = lock;
	td->td_lock_queue = queue;
	td->td_wait_order = wait_order++;
	TAILQ_INSERT_TAIL(&waiters, td, td_lockq);
	while (td->td_blocked != NULL)
		(void)sim_block(lock->lo_name, SIM_NEVER);
}

/* Who waits longest in that line, and began before the `before`th wait. */
static struct thread *
first_waiter(const struct lock_object *lock, enum lock_queue queue,
    uint64_t before)
{
	struct thread *td;

	TAILQ_FOREACH(td, &waiters, td_lockq) {
		if (td->td_blocked == lock && td->td_lock_queue == (int)queue &&
		    td->td_wait_order < before)
			return (td);
	}
	return (NULL);
}

bool
lock_has_waiters(const struct lock_object *lock, enum lock_queue queue)
{
	return (first_waiter(lock, queue, wait_order) != NULL);
}

static bool
wake_before(struct lock_object *lock, enum lock_queue queue, uint64_t before)
{
	struct thread *td = first_waiter(lock, queue, before);

	if (td == NULL)
		return (false);
	TAILQ_REMOVE(&waiters, td, td_lockq);
	td->td_blocked = NULL;
	sim_wake(td->td_task);
	return (true);
}

void
lock_wake_one(struct lock_object *lock, enum lock_queue queue)
{
	(void)wake_before(lock, queue, wait_order);
}

/*
 * A wake may let others run, who may come to wait here again: they are not
 * meant, and whoever is has to be looked up each time.
 */
void
lock_wake_all(struct lock_object *lock, enum lock_queue queue)
{
	uint64_t before = wait_order;

	while (wake_before(lock, queue, before))
		continue;
}

/*
 * --- checks ---
 */

void
lock_unusable(const struct lock_object *lock, u_int class, const char *call,
    const char *file, int line)
{
	u_int is = LO_CLASSINDEX(lock);

	if ((lock->lo_flags & LO_CLASSFLAGS) == LO_DESTROYED)
		panic("%s() of destroyed %s @ %s:%d", call, lock_words[class],
		    file, line);
	if (!lock_initialized(lock) || lock_classes[is] == NULL)
		panic("%s() of %s %p that was never initialized @ %s:%d", call,
		    lock_words[class], lock, file, line);
	if (curthread == NULL)
		panic("%s() of %s %s outside of a thread @ %s:%d", call,
		    lock_words[class], lock->lo_name, file, line);
	panic("%s() of %s %s @ %s:%d", call, lock_classes[is]->lc_name,
	    lock->lo_name, file, line);
}

void
lock_bad_context(const struct lock_object *lock, const char *call,
    const char *file, int line)
{
	struct thread *td = curthread;

	if (KERNEL_PANICKED())
		return;
	if (td->td_intr_nesting_level != 0)
		panic("%s() of %s %s in an interrupt filter @ %s:%d", call,
		    LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
	panic("acquiring blockable sleep lock with spinlock or critical "
	      "section held (%s) %s @ %s:%d",
	    LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
}

/*
 * FreeBSD notices only when the lock is held by another thread at that very
 * moment: then it panics.
 */
void
lock_check_sleepable(struct lock_object *lock, const char *call,
    const char *file, int line)
{
	lock_check_context(lock, call, file, line);
	if (__predict_false(!THREAD_CAN_SLEEP()))
		kern_misuse("%s() of %s %s with sleeping prohibited @ %s:%d",
		    call, LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
}

void
lock_show_holder(const struct lock_object *lock)
{
	struct thread *owner = NULL;
	struct lock_instance *li;
	char text[256];

	if (LOCK_CLASS(lock)->lc_owner(lock, &owner) == 0 || owner == NULL)
		return;
	li = witness_find(owner, lock);
	if (li != NULL)
		(void)witness_format(li, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s %s", LOCK_CLASS(lock)->lc_name,
		    lock->lo_name);
	printf("thread %s (%d) holds %s\n", owner->td_name, owner->td_tid,
	    text);
}

u_int
kern_locks_held(void)
{
	struct thread *td = curthread;

	return ((u_int)(td->td_locks + td->td_spinlocks));
}

/*
 * What the thread holds is known as a count in any case, and one by one when
 * witness(4) is on.
 */
static void
locks_left(u_int before, const char *what, const char *who)
{
	struct thread *td = curthread;
	const char *of = who != NULL ? " of " : "";
	char last[256] = "";

	if (KERNEL_PANICKED())
		return;
	if (who == NULL)
		who = "";
	if (kern_locks_held() == before)
		panic("%s%s%s returned in a critical section", what, of, who);
	for (u_int i = 0; i < td->td_nheld; i++) {
		(void)witness_format(&td->td_held[i], last, sizeof(last));
		printf("held: %s\n", last);
	}
	if (kern_locks_held() < before)
		panic("%s%s%s returned with %u locks held, it had %u before",
		    what, of, who, kern_locks_held(), before);
	panic("%s%s%s returned with the following locks held: %u, the last "
	      "is %s",
	    what, of, who, kern_locks_held() - before,
	    last[0] != '\0' ? last : "not watched");
}

void
kern_check_locks(u_int before, const char *what, const char *who)
{
	if (__predict_false(kern_locks_held() != before ||
		(before == 0 && curthread->td_critnest != 0)))
		locks_left(before, what, who);
}

size_t
kern_thread_locks(const struct thread *td, char *text, size_t size)
{
	char line[256];
	size_t used = 0;

	if (size != 0)
		text[0] = '\0';
	for (u_int i = 0; i < td->td_nheld && used < size; i++) {
		(void)witness_format(&td->td_held[i], line, sizeof(line));
		used +=
		    (size_t)snprintf(text + used, size - used, "%s\n", line);
	}
	if (td->td_locks + td->td_spinlocks > (int)td->td_nheld && used < size)
		used += (size_t)snprintf(text + used, size - used,
		    "%d lock(s) that witness(4) does not watch\n",
		    td->td_locks + td->td_spinlocks - (int)td->td_nheld);
	return (used < size || size == 0 ? used : size - 1);
}
