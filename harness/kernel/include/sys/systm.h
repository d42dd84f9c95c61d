/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's everyday calls: printf(9), panic(9), KASSERT(9), sleep(9),
 * DELAY(9), byte strings.
 */
#ifndef _SYS_SYSTM_H_
#define _SYS_SYSTM_H_
#include <sys/param.h>
#include <sys/types.h>
#include <sys/callout.h>
#include <sys/queue.h>
#include <sys/libkern.h>
#include <sys/_kenv.h>
#include <sys/_stdarg.h>
#include <machine/atomic.h>
#include <machine/cpufunc.h>

extern int bootverbose;
extern int cold; /* 1 until the first devices may sleep */
extern volatile int ticks;
#if __FreeBSD_version >= 1300000
extern u_long maxphys; /* largest transfer of a bio, in bytes */
#endif
extern int maxusers;
extern long physmem; /* pages */
extern const char *panicstr;

#define KERNEL_PANICKED() __predict_false(panicstr != NULL)
/* Nobody else will run: a panic, or a crash dump. */
extern bool scheduler_stopped;
#define SCHEDULER_STOPPED() __predict_false(scheduler_stopped)

void panic(const char *fmt, ...) __dead2 __printflike(1, 2);
void vpanic(const char *fmt, va_list ap) __dead2 __printflike(1, 0);
/* Part of KASSERT: panics. */
void kassert_panic(const char *fmt, ...) __dead2 __printflike(1, 2);

#ifdef INVARIANTS
#define KASSERT(exp, msg)                    \
	do {                                 \
		if (__predict_false(!(exp))) \
			kassert_panic msg;   \
	} while (0)
#else
#define KASSERT(exp, msg) \
	do {              \
	} while (0)
#endif
#define MPASS(ex) MPASS4(ex, #ex, __FILE__, __LINE__)
#define MPASS4(ex, what, file, line) \
	KASSERT((ex), ("Assertion %s failed at %s:%d", what, file, line))
#define VNASSERT(exp, vp, msg) KASSERT(exp, msg)

#define CTASSERT(x)	       _Static_assert(x, "CTASSERT failed")
#define __CTASSERT(x)	       CTASSERT(x)
#ifndef static_assert
#define static_assert _Static_assert
#endif

#define __read_mostly
#define __read_frequently
#define __exclusive_cache_line __aligned(CACHE_LINE_SIZE)

/* printf(9): %b and %D beside the usual; floating point is not there. */
int printf(const char *fmt, ...);
int vprintf(const char *fmt, va_list ap);
int sprintf(char *buf, const char *fmt, ...);
int vsprintf(char *buf, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
void log(int priority, const char *fmt, ...);
#define LOG_EMERG   0
#define LOG_ALERT   1
#define LOG_CRIT    2
#define LOG_ERR	    3
#define LOG_WARNING 4
#define LOG_NOTICE  5
#define LOG_INFO    6
#define LOG_DEBUG   7

/* The host's C library keeps these contracts. */
void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);
#define memcpy(d, s, n)	 __builtin_memcpy((d), (s), (n))
#define memmove(d, s, n) __builtin_memmove((d), (s), (n))
#define memset(d, c, n)	 __builtin_memset((d), (c), (n))
#define memcmp(a, b, n)	 __builtin_memcmp((a), (b), (n))
#define bcopy(s, d, n)	 __builtin_memmove((d), (s), (n))
#define bzero(d, n)	 __builtin_memset((d), 0, (n))
#define bcmp(a, b, n)	 __builtin_memcmp((a), (b), (n))
void explicit_bzero(void *p, size_t n);

/* sleep(9) */
struct lock_object;
struct mtx;
int _sleep(const void *chan, struct lock_object *lock, int pri,
    const char *wmesg, sbintime_t sbt, sbintime_t pr, int flags);
int msleep_spin_sbt(const void *chan, struct mtx *mtx, const char *wmesg,
    sbintime_t sbt, sbintime_t pr, int flags);
int pause_sbt(const char *wmesg, sbintime_t sbt, sbintime_t pr, int flags);
void wakeup(const void *chan);
void wakeup_one(const void *chan);
void wakeup_any(const void *chan);

#define msleep(chan, mtx, pri, wmesg, timo)                                   \
	_sleep((chan), &(mtx)->lock_object, (pri), (wmesg), tick_sbt *(timo), \
	    0, C_HARDCLOCK)
#define msleep_sbt(chan, mtx, pri, wmesg, bt, pr, flags) \
	_sleep((chan), &(mtx)->lock_object, (pri), (wmesg), (bt), (pr), (flags))
#define msleep_spin(chan, mtx, wmesg, timo)                          \
	msleep_spin_sbt((chan), (mtx), (wmesg), tick_sbt *(timo), 0, \
	    C_HARDCLOCK)
#define tsleep(chan, pri, wmesg, timo) \
	_sleep((chan), NULL, (pri), (wmesg), tick_sbt *(timo), 0, C_HARDCLOCK)
#define tsleep_sbt(chan, pri, wmesg, bt, pr, flags) \
	_sleep((chan), NULL, (pri), (wmesg), (bt), (pr), (flags))
#define pause(wmesg, timo) pause_sbt((wmesg), tick_sbt *(timo), 0, C_HARDCLOCK)
extern sbintime_t tick_sbt;

/* Waits that long without letting go of the processor. */
void DELAY(int microseconds);

void critical_enter(void);
void critical_exit(void);

#endif /* !_SYS_SYSTM_H_ */
