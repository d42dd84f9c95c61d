/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * witness(4): who holds which lock.  Each thread has a list, in which the
 * lock pages note what they take and let go; what contradicts it is a driver
 * that lost count.  The order of locks is witness_order.c.
 *
 * A lock that was made while witness was off, or with a NOWITNESS option, has
 * no lo_witness and is in no list.
 */
#include "kernel/lock_var.h"
#include "kernel/witness_var.h"

#include <sys/kernel.h>
#include <sys/sysctl.h>

int witness_watch;
int witness_kdb;
int witness_trace;

SYSCTL_NODE(_debug, OID_AUTO, witness, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Witness Locking");
SYSCTL_INT(_debug_witness, OID_AUTO, watch, CTLFLAG_RWTUN, &witness_watch, 0,
    "witness is watching lock operations");
SYSCTL_INT(_debug_witness, OID_AUTO, kdb, CTLFLAG_RWTUN, &witness_kdb, 0,
    "panic on a lock order reversal");
SYSCTL_INT(_debug_witness, OID_AUTO, trace, CTLFLAG_RWTUN, &witness_trace, 0,
    "print backtraces with reports");

#define HELD_FIRST 8 /* locks that a thread has room for at first */

void
witness_boot(bool on)
{
	witness_watch = on ? 1 : -1;
	TUNABLE_INT_FETCH("debug.witness.watch", &witness_watch);
	witness_kdb = 0;
	witness_trace = 1;
	witness_order_boot();
}

void
witness_halt(void)
{
	witness_order_halt();
}

void
witness_init(struct lock_object *lock, const char *type)
{
	lock->lo_witness = NULL;
	if (witness_watch >= 0 && !KERNEL_PANICKED())
		lock->lo_witness = witness_enroll(type, LOCK_CLASS(lock));
}

/* What was seen of its type is true of the next one as well. */
void
witness_destroy(struct lock_object *lock)
{
	lock->lo_witness = NULL;
}

void
witness_thread_exit(struct thread *td)
{
	host_free(td->td_held);
	td->td_held = NULL;
	td->td_nheld = td->td_heldroom = 0;
}

/*
 * --- the list ---
 */

struct lock_instance *
witness_find(const struct thread *td, const struct lock_object *lock)
{
	for (u_int i = td->td_nheld; i-- > 0;) {
		if (td->td_held[i].li_lock == lock)
			return (&td->td_held[i]);
	}
	return (NULL);
}

/* Whether there is anything to do about the lock. */
static bool
watched(const struct lock_object *lock)
{
	return (lock->lo_witness != NULL && curthread != NULL &&
	    !KERNEL_PANICKED());
}

int
witness_format(const struct lock_instance *li, char *text, size_t size)
{
	const char *type = witness_name(li->li_witness);
	char name[64] = "?";
	struct lock_object lock;
	bool same;

	if (host_peek(li->li_lock, &lock, sizeof(lock)))
		kern_peek_string(lock.lo_name, name, sizeof(name));
	same = strcmp(type, name) == 0;
	return (snprintf(text, size, "%s %s %s%s%s%s r = %u locked @ %s:%d",
	    (li->li_flags & LI_EXCLUSIVE) != 0 ? "exclusive" : "shared",
	    witness_class(li->li_witness)->lc_name, name, same ? "" : " (",
	    same ? "" : type, same ? "" : ")", li->li_flags & LI_RECURSEMASK,
	    li->li_file, li->li_line));
}

void
witness_lock(struct lock_object *lock, int flags, const char *file, int line)
{
	struct thread *td = curthread;
	struct lock_instance *li;

	if (!watched(lock))
		return;
	li = td->td_nheld != 0 ? witness_find(td, lock) : NULL;
	if (__predict_false(li != NULL)) {
		li->li_flags++;
		li->li_file = file;
		li->li_line = line;
		return;
	}
	if (__predict_false(td->td_nheld == td->td_heldroom)) {
		td->td_heldroom = td->td_heldroom * 2 + HELD_FIRST;
		td->td_held = host_realloc(td->td_held,
		    td->td_heldroom * sizeof(*td->td_held));
	}
	witness_push(td, lock, flags, file, line);
}

static void
forget(struct thread *td, struct lock_instance *li)
{
	u_int i = (u_int)(li - td->td_held);

	td->td_nheld--;
	for (; i < td->td_nheld; i++)
		td->td_held[i] = td->td_held[i + 1];
}

void
witness_unlock(struct lock_object *lock, int flags, const char *file, int line)
{
	struct thread *td = curthread;
	struct lock_instance *li;
	const char *class = LOCK_CLASS(lock)->lc_name;

	if (!watched(lock))
		return;
	li = witness_find(td, lock);
	if (li == NULL) {
		lock_show_holder(lock);
		panic("lock (%s) %s not locked @ %s:%d", class, lock->lo_name,
		    file, line);
	}
	if ((li->li_flags & LI_EXCLUSIVE) != 0 && (flags & LOP_EXCLUSIVE) == 0)
		panic("shared unlock of (%s) %s @ %s:%d while exclusively "
		      "locked from %s:%d",
		    class, lock->lo_name, file, line, li->li_file, li->li_line);
	if ((li->li_flags & LI_EXCLUSIVE) == 0 && (flags & LOP_EXCLUSIVE) != 0)
		panic("exclusive unlock of (%s) %s @ %s:%d while share "
		      "locked from %s:%d",
		    class, lock->lo_name, file, line, li->li_file, li->li_line);
	if ((li->li_flags & LI_RECURSEMASK) != 0) {
		li->li_flags--;
		return;
	}
	if ((li->li_flags & LI_NORELEASE) != 0)
		panic("forbidden unlock of (%s) %s @ %s:%d", class,
		    lock->lo_name, file, line);
	forget(td, li);
}

void
kern_check_freed(const void *memory, size_t size)
{
	struct thread *td = curthread;
	struct lock_instance *li;
	char line[256];

	for (u_int i = td->td_nheld; i-- > 0;) {
		li = &td->td_held[i];
		if ((uintptr_t)li->li_lock - (uintptr_t)memory >= size)
			continue;
		(void)witness_format(li, line, sizeof(line));
		forget(td, li);
		kern_misuse("memory is freed with a lock in it that is held: "
			    "%s",
		    line);
	}
}

/* The entry of a lock that the running thread must hold. */
static struct lock_instance *
must_find(struct lock_object *lock, const char *what, const char *file,
    int line)
{
	struct lock_instance *li = witness_find(curthread, lock);

	if (li == NULL)
		panic("%s of unlocked lock (%s) %s @ %s:%d", what,
		    LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
	if ((li->li_flags & LI_RECURSEMASK) != 0)
		panic("%s of recursed lock (%s) %s r=%u @ %s:%d", what,
		    LOCK_CLASS(lock)->lc_name, lock->lo_name,
		    li->li_flags & LI_RECURSEMASK, file, line);
	return (li);
}

void
witness_upgrade(struct lock_object *lock, int flags, const char *file, int line)
{
	struct lock_instance *li;

	(void)flags;
	if (!watched(lock))
		return;
	li = must_find(lock, "upgrade", file, line);
	if ((li->li_flags & LI_EXCLUSIVE) != 0)
		panic("upgrade of exclusive lock (%s) %s @ %s:%d",
		    LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
	li->li_flags |= LI_EXCLUSIVE;
}

void
witness_downgrade(struct lock_object *lock, int flags, const char *file,
    int line)
{
	struct lock_instance *li;

	(void)flags;
	if (!watched(lock))
		return;
	li = must_find(lock, "downgrade", file, line);
	if ((li->li_flags & LI_EXCLUSIVE) == 0)
		panic("downgrade of shared lock (%s) %s @ %s:%d",
		    LOCK_CLASS(lock)->lc_name, lock->lo_name, file, line);
	li->li_flags &= ~LI_EXCLUSIVE;
}

/*
 * --- questions ---
 */

void
witness_assert(const struct lock_object *lock, int what, const char *file,
    int line)
{
	const char *class = LOCK_CLASS(lock)->lc_name;
	const struct lock_instance *li;
	bool recursed;

	if (!watched(lock) || witness_watch < 1)
		return;
	li = witness_find(curthread, lock);
	what &= LA_MASKASSERT;
	if (what == LA_UNLOCKED) {
		if (li != NULL)
			panic("Lock (%s) %s locked @ %s:%d.", class,
			    lock->lo_name, file, line);
		return;
	}
	if ((what & (LA_LOCKED | LA_SLOCKED | LA_XLOCKED)) == 0)
		panic("Invalid lock assertion at %s:%d.", file, line);
	if (li == NULL)
		panic("Lock (%s) %s not locked @ %s:%d.", class, lock->lo_name,
		    file, line);
	if ((what & LA_XLOCKED) != 0 && (li->li_flags & LI_EXCLUSIVE) == 0)
		panic("Lock (%s) %s not exclusively locked @ %s:%d.", class,
		    lock->lo_name, file, line);
	if ((what & LA_SLOCKED) != 0 && (li->li_flags & LI_EXCLUSIVE) != 0)
		panic("Lock (%s) %s exclusively locked @ %s:%d.", class,
		    lock->lo_name, file, line);
	recursed = (li->li_flags & LI_RECURSEMASK) != 0;
	if ((what & LA_RECURSED) != 0 && !recursed)
		panic("Lock (%s) %s not recursed @ %s:%d.", class,
		    lock->lo_name, file, line);
	if ((what & LA_NOTRECURSED) != 0 && recursed)
		panic("Lock (%s) %s recursed @ %s:%d.", class, lock->lo_name,
		    file, line);
}

/* Whether witness_warn() has something against the thread holding it. */
static bool
objectionable(const struct lock_instance *li, int flags,
    const struct lock_object *except)
{
	if (li->li_lock == except)
		return (false);
	if ((flags & WARN_GIANTOK) != 0 && li->li_lock == &Giant.lock_object)
		return (false);
	return (
	    (flags & WARN_SLEEPOK) == 0 || (li->li_flags & LI_SLEEPABLE) == 0);
}

int
witness_warn(int flags, struct lock_object *lock, const char *fmt, ...)
{
	struct thread *td = curthread;
	char line[256];
	va_list ap;
	int n = 0;

	if (td == NULL || witness_watch < 1 || KERNEL_PANICKED())
		return (0);
	for (u_int i = 0; i < td->td_nheld; i++) {
		if (objectionable(&td->td_held[i], flags, lock))
			n++;
	}
	if (n == 0)
		return (0);
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	witness_text_start("%s with the following %slocks held:", line,
	    (flags & WARN_SLEEPOK) != 0 ? "non-sleepable " : "");
	for (u_int i = 0; i < td->td_nheld; i++) {
		if (!objectionable(&td->td_held[i], flags, lock))
			continue;
		(void)witness_format(&td->td_held[i], line, sizeof(line));
		witness_text_add("\n%s", line);
	}
	witness_text_report((flags & WARN_PANIC) != 0);
	return (n);
}

const char *
witness_file(struct lock_object *lock)
{
	struct lock_instance *li;

	li = watched(lock) ? witness_find(curthread, lock) : NULL;
	return (li != NULL ? li->li_file : NULL);
}

int
witness_line(struct lock_object *lock)
{
	struct lock_instance *li;

	li = watched(lock) ? witness_find(curthread, lock) : NULL;
	return (li != NULL ? li->li_line : 0);
}

void
witness_save(struct lock_object *lock, const char **filep, int *linep)
{
	*filep = witness_file(lock);
	*linep = witness_line(lock);
}

void
witness_restore(struct lock_object *lock, const char *file, int line)
{
	struct lock_instance *li;

	li = watched(lock) ? witness_find(curthread, lock) : NULL;
	if (li == NULL || file == NULL)
		return;
	li->li_file = file;
	li->li_line = line;
}

static void
set_norelease(struct lock_object *lock, const char *call, u_int flag)
{
	struct lock_instance *li;

	if (!watched(lock))
		return;
	li = witness_find(curthread, lock);
	if (li == NULL)
		panic("%s: lock (%s) %s not locked", call,
		    LOCK_CLASS(lock)->lc_name, lock->lo_name);
	li->li_flags = (li->li_flags & ~(u_int)LI_NORELEASE) | flag;
}

void
witness_norelease(struct lock_object *lock)
{
	set_norelease(lock, __func__, LI_NORELEASE);
}

void
witness_releaseok(struct lock_object *lock)
{
	set_norelease(lock, __func__, 0);
}
