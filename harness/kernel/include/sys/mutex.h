/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mutex(9): default and spin mutexes, with INVARIANTS' checks.
 */
#ifndef _SYS_MUTEX_H_
#define _SYS_MUTEX_H_
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/_lock.h>
#include <sys/_mutex.h>
#include <sys/lock.h>
#include <sys/pcpu.h>

/* mtx_init() types and options */
#define MTX_DEF	      0x00000000
#define MTX_SPIN      0x00000001
#define MTX_RECURSE   0x00000004
#define MTX_NOWITNESS 0x00000008
#define MTX_NOPROFILE 0x00000020
#define MTX_NEW	      0x00000040
/* mtx_lock_flags() options */
#define MTX_QUIET LOP_QUIET
#define MTX_DUPOK LOP_DUPOK
/* mtx_assert() */
#define MA_OWNED       LA_XLOCKED
#define MA_NOTOWNED    LA_UNLOCKED
#define MA_RECURSED    LA_RECURSED
#define MA_NOTRECURSED LA_NOTRECURSED

/* mtx_lock: a thread and, in the low bits, these. */
#define MTX_RECURSED  0x00000001
#define MTX_CONTESTED 0x00000002
#define MTX_FLAGMASK  0x00000007
#define MTX_UNOWNED   0x00000000
#define MTX_DESTROYED 0x00000004

void mtx_init(struct mtx *m, const char *name, const char *type, int opts);
void mtx_destroy(struct mtx *m);
void mtx_sysinit(void *arg);
void __mtx_lock(struct mtx *m, int opts, const char *file, int line);
void __mtx_unlock(struct mtx *m, int opts, const char *file, int line);
int __mtx_trylock(struct mtx *m, int opts, const char *file, int line);
void __mtx_lock_spin(struct mtx *m, int opts, const char *file, int line);
void __mtx_unlock_spin(struct mtx *m, int opts, const char *file, int line);
int __mtx_trylock_spin(struct mtx *m, int opts, const char *file, int line);
void __mtx_assert(const struct mtx *m, int what, const char *file, int line);

#define mtx_lock(m)		mtx_lock_flags((m), 0)
#define mtx_lock_flags(m, o)	__mtx_lock((m), (o), LOCK_FILE, LOCK_LINE)
#define mtx_unlock(m)		mtx_unlock_flags((m), 0)
#define mtx_unlock_flags(m, o)	__mtx_unlock((m), (o), LOCK_FILE, LOCK_LINE)
#define mtx_trylock(m)		mtx_trylock_flags((m), 0)
#define mtx_trylock_flags(m, o) __mtx_trylock((m), (o), LOCK_FILE, LOCK_LINE)
#define mtx_lock_spin(m)	mtx_lock_spin_flags((m), 0)
#define mtx_lock_spin_flags(m, o) \
	__mtx_lock_spin((m), (o), LOCK_FILE, LOCK_LINE)
#define mtx_unlock_spin(m) mtx_unlock_spin_flags((m), 0)
#define mtx_unlock_spin_flags(m, o) \
	__mtx_unlock_spin((m), (o), LOCK_FILE, LOCK_LINE)
#define mtx_trylock_spin(m) mtx_trylock_spin_flags((m), 0)
#define mtx_trylock_spin_flags(m, o) \
	__mtx_trylock_spin((m), (o), LOCK_FILE, LOCK_LINE)

#define mtx_initialized(m) (lock_initialized(&(m)->lock_object) != 0)
#define mtx_name(m)	   ((m)->lock_object.lo_name)
#define mtx_owner(m)	   ((struct thread *)((m)->mtx_lock & ~MTX_FLAGMASK))
#define mtx_owned(m)	   (mtx_owner(m) == curthread && curthread != NULL)
#define mtx_recursed(m)	   (((m)->mtx_lock & MTX_RECURSED) != 0)
#ifdef INVARIANTS
#define mtx_assert(m, what) __mtx_assert((m), (what), LOCK_FILE, LOCK_LINE)
#else
#define mtx_assert(m, what) ((void)0)
#endif
#define mtx_sleep(chan, mtx, pri, wmesg, timo) \
	msleep((chan), (mtx), (pri), (wmesg), (timo))

/* A pair: lets Giant go, however often it is held, and takes it again. */
#define DROP_GIANT()                                     \
	do {                                             \
		int _giantcnt = 0;                       \
		WITNESS_SAVE_DECL(Giant);                \
		WITNESS_SAVE(&Giant.lock_object, Giant); \
		for (; mtx_owned(&Giant); _giantcnt++)   \
	mtx_unlock(&Giant)
#define PICKUP_GIANT()          \
	PARTIAL_PICKUP_GIANT(); \
	}                       \
	while (0)
#define PARTIAL_PICKUP_GIANT()                                      \
	do {                                                        \
		mtx_assert(&Giant, MA_NOTOWNED);                    \
		if (_giantcnt > 0) {                                \
			while (_giantcnt-- > 0)                     \
				mtx_lock(&Giant);                   \
			WITNESS_RESTORE(&Giant.lock_object, Giant); \
		}                                                   \
	} while (0)

/*
 * mtx_pool(9): mutexes that are shared by whatever hashes to them.
 */
struct mtx_pool;
struct mtx_pool *mtx_pool_create(const char *mtx_name, int pool_size, int opts);
void mtx_pool_destroy(struct mtx_pool **poolp);
struct mtx *mtx_pool_find(struct mtx_pool *pool, void *ptr);
struct mtx *mtx_pool_alloc(struct mtx_pool *pool);
#define mtx_pool_lock(pool, ptr) mtx_lock(mtx_pool_find((pool), (ptr)))
#define mtx_pool_lock_spin(pool, ptr) \
	mtx_lock_spin(mtx_pool_find((pool), (ptr)))
#define mtx_pool_unlock(pool, ptr) mtx_unlock(mtx_pool_find((pool), (ptr)))
#define mtx_pool_unlock_spin(pool, ptr) \
	mtx_unlock_spin(mtx_pool_find((pool), (ptr)))
extern struct mtx_pool *mtxpool_sleep;

struct mtx_args {
	void *ma_mtx;
	const char *ma_desc;
	int ma_opts;
};
/* Initialises a static mutex when its module is loaded. */
#define MTX_SYSINIT(name, mtx, desc, opts)                                     \
	static struct mtx_args name##_args = { (mtx), (desc), (opts) };        \
	SYSINIT(name##_mtx_sysinit, SI_SUB_LOCK, SI_ORDER_MIDDLE, mtx_sysinit, \
	    &name##_args);                                                     \
	SYSUNINIT(name##_mtx_sysuninit, SI_SUB_LOCK, SI_ORDER_MIDDLE,          \
	    mtx_sysuninit, &name##_args)
void mtx_sysuninit(void *arg);

extern struct mtx Giant;
#define GIANT_REQUIRED mtx_assert(&Giant, MA_OWNED)

#endif /* !_SYS_MUTEX_H_ */
