/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rwlock(9): locks that readers share.  They may not be held while sleeping.
 */
#ifndef _SYS_RWLOCK_H_
#define _SYS_RWLOCK_H_
#include <sys/_lock.h>
#include <sys/_rwlock.h>
#include <sys/lock.h>
#include <sys/pcpu.h>

/* rw_lock: the number of readers or the writer, and these. */
#define RW_LOCK_READ		0x01
#define RW_LOCK_READ_WAITERS	0x02
#define RW_LOCK_WRITE_WAITERS	0x04
#define RW_LOCK_WRITER_RECURSED 0x08
#define RW_LOCK_FLAGMASK	0x0f
#define RW_LOCK_WAITERS		(RW_LOCK_READ_WAITERS | RW_LOCK_WRITE_WAITERS)
#define RW_OWNER(x)		((x) & ~(uintptr_t)RW_LOCK_FLAGMASK)
#define RW_READERS_SHIFT	4
#define RW_READERS(x)		(RW_OWNER((x)) >> RW_READERS_SHIFT)
#define RW_READERS_LOCK(x)	((x) << RW_READERS_SHIFT | RW_LOCK_READ)
#define RW_ONE_READER		(1 << RW_READERS_SHIFT)
#define RW_UNLOCKED		RW_READERS_LOCK(0)
#define RW_DESTROYED		(RW_LOCK_READ_WAITERS | RW_LOCK_WRITE_WAITERS)
#define rw_recurse		lock_object.lo_data

/* rw_init_flags() */
#define RW_DUPOK     0x01
#define RW_NOPROFILE 0x02
#define RW_NOWITNESS 0x04
#define RW_QUIET     0x08
#define RW_RECURSE   0x10
#define RW_NEW	     0x20
/* rw_assert() */
#define RA_LOCKED      LA_LOCKED
#define RA_RLOCKED     LA_SLOCKED
#define RA_WLOCKED     LA_XLOCKED
#define RA_UNLOCKED    LA_UNLOCKED
#define RA_RECURSED    LA_RECURSED
#define RA_NOTRECURSED LA_NOTRECURSED

void rw_init_flags(struct rwlock *rw, const char *name, int opts);
void rw_destroy(struct rwlock *rw);
void rw_sysinit(void *arg);
int rw_wowned(const struct rwlock *rw);
void _rw_wlock(struct rwlock *rw, const char *file, int line);
int _rw_try_wlock(struct rwlock *rw, const char *file, int line);
void _rw_wunlock(struct rwlock *rw, const char *file, int line);
void _rw_rlock(struct rwlock *rw, const char *file, int line);
int _rw_try_rlock(struct rwlock *rw, const char *file, int line);
void _rw_runlock(struct rwlock *rw, const char *file, int line);
int _rw_try_upgrade(struct rwlock *rw, const char *file, int line);
void _rw_downgrade(struct rwlock *rw, const char *file, int line);
void _rw_assert(const struct rwlock *rw, int what, const char *file, int line);

#define rw_init(rw, n)	   rw_init_flags((rw), (n), 0)
#define rw_wlock(rw)	   _rw_wlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_wunlock(rw)	   _rw_wunlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_rlock(rw)	   _rw_rlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_runlock(rw)	   _rw_runlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_try_rlock(rw)   _rw_try_rlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_try_wlock(rw)   _rw_try_wlock((rw), LOCK_FILE, LOCK_LINE)
#define rw_try_upgrade(rw) _rw_try_upgrade((rw), LOCK_FILE, LOCK_LINE)
#define rw_downgrade(rw)   _rw_downgrade((rw), LOCK_FILE, LOCK_LINE)
#define rw_unlock(rw)                   \
	do {                            \
		if (rw_wowned(rw))      \
			rw_wunlock(rw); \
		else                    \
			rw_runlock(rw); \
	} while (0)
#define rw_sleep(chan, rw, pri, wmesg, timo)                                 \
	_sleep((chan), &(rw)->lock_object, (pri), (wmesg), tick_sbt *(timo), \
	    0, C_HARDCLOCK)
#define rw_initialized(rw) lock_initialized(&(rw)->lock_object)
#ifdef INVARIANTS
#define rw_assert(rw, what) _rw_assert((rw), (what), LOCK_FILE, LOCK_LINE)
#else
#define rw_assert(rw, what) ((void)0)
#endif

struct rw_args {
	void *ra_rw;
	const char *ra_desc;
	int ra_flags;
};
/* Initialises a static lock when its module is loaded. */
#define RW_SYSINIT_FLAGS(name, rw, desc, flags)                              \
	static struct rw_args name##_args = { (rw), (desc), (flags) };       \
	SYSINIT(name##_rw_sysinit, SI_SUB_LOCK, SI_ORDER_MIDDLE, rw_sysinit, \
	    &name##_args);                                                   \
	SYSUNINIT(name##_rw_sysuninit, SI_SUB_LOCK, SI_ORDER_MIDDLE,         \
	    rw_destroy, (rw))
#define RW_SYSINIT(name, rw, desc) RW_SYSINIT_FLAGS(name, rw, desc, 0)

#endif /* !_SYS_RWLOCK_H_ */
