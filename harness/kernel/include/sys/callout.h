/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * callout(9), called timeout(9) before FreeBSD 13: functions that run after
 * a time.
 *
 * They run in the softclock thread and must not sleep; with C_DIRECT_EXEC
 * they run in interrupt context and may use spin mutexes only.  With a lock
 * (callout_init_mtx(), _rw(), _rm()), reset, schedule and stop are called
 * with it held, the function runs with it held, and a callout that has been
 * stopped does not run any more.
 */
#ifndef _SYS_CALLOUT_H_
#define _SYS_CALLOUT_H_
#include <sys/_callout.h>

#define CALLOUT_ACTIVE	       0x0002 /* set until stopped or deactivated */
#define CALLOUT_PENDING	       0x0004 /* waits for its time */
#define CALLOUT_MPSAFE	       0x0008 /* means nothing any more */
#define CALLOUT_RETURNUNLOCKED 0x0010 /* the function gives the lock back */
#define CALLOUT_SHAREDLOCK     0x0020 /* the function needs a read lock */
#define CALLOUT_DIRECT	       0x0100 /* runs in interrupt context */

/* Flags of the _sbt functions, of sleep(9) and of pause(9). */
#define C_DIRECT_EXEC 0x0001
#define C_PRELBITS    7
#define C_PRELRANGE   ((1 << C_PRELBITS) - 1)
#define C_PREL(x)     (((x) + 1) << 1)
#define C_PRELGET(x)  (int)((((x) >> 1) & C_PRELRANGE) - 1)
#define C_HARDCLOCK   0x0100 /* at a tick of the clock */
#define C_ABSOLUTE    0x0200 /* a time since boot, not from now */
#define C_PRECALC     0x0400 /* what callout_when() gave */
#define C_CATCH	      0x0800 /* signals end the sleep */

/* The parts that the macros below are made of. */
#define CS_DRAIN     0x0001
#define CS_EXECUTING 0x0002
void _callout_init_lock(struct callout *c, struct lock_object *lock, int flags);
int _callout_stop_safe(struct callout *c, int flags, callout_func_t *drain);

/* mpsafe 0: the function runs with Giant held. */
void callout_init(struct callout *c, int mpsafe);
#define callout_init_mtx(c, mtx, flags)                                       \
	_callout_init_lock((c), ((mtx) != NULL) ? &(mtx)->lock_object : NULL, \
	    (flags))
#define callout_init_rw(c, rw, flags)                                       \
	_callout_init_lock((c), ((rw) != NULL) ? &(rw)->lock_object : NULL, \
	    (flags))
#define callout_init_rm(c, rm, flags)                                       \
	_callout_init_lock((c), ((rm) != NULL) ? &(rm)->lock_object : NULL, \
	    (flags))

/*
 * Sets the function and when it runs: in `ticks` (at least 1) ticks, or sbt
 * from now.  Returns 1 when a run was called off by that, 0 otherwise.
 */
int callout_reset_sbt_on(struct callout *c, sbintime_t sbt, sbintime_t pr,
    callout_func_t *func, void *arg, int cpu, int flags);
#define callout_reset_sbt(c, sbt, pr, fn, arg, flags) \
	callout_reset_sbt_on((c), (sbt), (pr), (fn), (arg), -1, (flags))
#define callout_reset_sbt_curcpu(c, sbt, pr, fn, arg, flags)                 \
	callout_reset_sbt_on((c), (sbt), (pr), (fn), (arg), PCPU_GET(cpuid), \
	    (flags))
#define callout_reset_on(c, ticks, fn, arg, cpu)                            \
	callout_reset_sbt_on((c), tick_sbt *(ticks), 0, (fn), (arg), (cpu), \
	    C_HARDCLOCK)
#define callout_reset(c, ticks, fn, arg) \
	callout_reset_on((c), (ticks), (fn), (arg), -1)
#define callout_reset_curcpu(c, ticks, fn, arg) \
	callout_reset_on((c), (ticks), (fn), (arg), PCPU_GET(cpuid))

/* The same with the function and argument of the last time. */
#define callout_schedule_sbt_on(c, sbt, pr, cpu, flags)                        \
	callout_reset_sbt_on((c), (sbt), (pr), (c)->c_func, (c)->c_arg, (cpu), \
	    (flags))
#define callout_schedule_sbt(c, sbt, pr, flags) \
	callout_schedule_sbt_on((c), (sbt), (pr), -1, (flags))
#define callout_schedule_sbt_curcpu(c, sbt, pr, flags) \
	callout_schedule_sbt_on((c), (sbt), (pr), PCPU_GET(cpuid), (flags))
int callout_schedule(struct callout *c, int ticks);
int callout_schedule_on(struct callout *c, int ticks, int cpu);
#define callout_schedule_curcpu(c, ticks) \
	callout_schedule_on((c), (ticks), PCPU_GET(cpuid))

/*
 * Returns 1 when the run that it waited for was called off, 0 when the
 * function runs just now (and goes on), -1 when there was nothing to do.
 */
#define callout_stop(c) _callout_stop_safe((c), 0, NULL)
/* Also waits for the function to return, if it runs; sleeps. */
#define callout_drain(c) _callout_stop_safe((c), CS_DRAIN, NULL)
/*
 * When it returns 0, drain(arg) is called once the function has returned.
 * Until FreeBSD 13.
 */
#define callout_async_drain(c, drain) _callout_stop_safe((c), 0, (drain))

#define callout_pending(c)	      ((c)->c_iflags & CALLOUT_PENDING)
#define callout_active(c)	      ((c)->c_flags & CALLOUT_ACTIVE)
#define callout_deactivate(c)	      ((c)->c_flags &= ~CALLOUT_ACTIVE)

/* The time and precision that these arguments of a reset mean. */
void callout_when(sbintime_t sbt, sbintime_t precision, int flags,
    sbintime_t *sbt_res, sbintime_t *precision_res);

#endif /* !_SYS_CALLOUT_H_ */
