/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * counter(9): statistics that are cheap to count up.  One copy a processor,
 * of which there is one.
 */
#ifndef _SYS_COUNTER_H_
#define _SYS_COUNTER_H_
#include <sys/types.h>
#include <sys/systm.h>

typedef uint64_t *counter_u64_t;

/* M_WAITOK or M_NOWAIT; at 0.  NULL only with M_NOWAIT. */
counter_u64_t counter_u64_alloc(int flags);
void counter_u64_free(counter_u64_t c);

static __inline void
counter_u64_add(counter_u64_t c, int64_t inc)
{
	*c += (uint64_t)inc;
}
/* Between these two only the _protected form may be used. */
#define counter_enter() critical_enter()
#define counter_exit()	critical_exit()
#define counter_u64_add_protected(c, inc)                               \
	do {                                                            \
		KASSERT(curthread->td_critnest > 0,                     \
		    ("counter_u64_add_protected outside of a critical " \
		     "section"));                                       \
		counter_u64_add((c), (inc));                            \
	} while (0)

static __inline uint64_t
counter_u64_fetch(counter_u64_t c)
{
	return (*c);
}
static __inline void
counter_u64_zero(counter_u64_t c)
{
	*c = 0;
}
/* Reads and zeroes. */
static __inline uint64_t
counter_u64_fetch_and_zero(counter_u64_t c)
{
	uint64_t value = *c;

	*c = 0;
	return (value);
}

/* Arrays of counters, as statistics structures have them. */
#define COUNTER_ARRAY_ALLOC(a, n, wait)                       \
	do {                                                  \
		for (int co_i_ = 0; co_i_ < (n); co_i_++)     \
			(a)[co_i_] = counter_u64_alloc(wait); \
	} while (0)
#define COUNTER_ARRAY_FREE(a, n)                          \
	do {                                              \
		for (int co_i_ = 0; co_i_ < (n); co_i_++) \
			counter_u64_free((a)[co_i_]);     \
	} while (0)
#define COUNTER_ARRAY_COPY(a, dst, n)                      \
	do {                                               \
		for (int co_i_ = 0; co_i_ < (n); co_i_++)  \
			((uint64_t *)(dst))[co_i_] =       \
			    counter_u64_fetch((a)[co_i_]); \
	} while (0)
#define COUNTER_ARRAY_ZERO(a, n)                          \
	do {                                              \
		for (int co_i_ = 0; co_i_ < (n); co_i_++) \
			counter_u64_zero((a)[co_i_]);     \
	} while (0)

/* How often something may happen. */
struct counter_rate {
	counter_u64_t cr_rate; /* events in this second */
	volatile int cr_lock;
	int cr_ticks; /* when the second began */
	int cr_over;  /* how often it was too often */
};
/*
 * Counts one.  Returns 0 while there were at most `limit` in this second and
 * -1 beyond; and the first time after a second with more, how many that had.
 */
int64_t counter_ratecheck(struct counter_rate *cr, int64_t limit);

#endif /* !_SYS_COUNTER_H_ */
