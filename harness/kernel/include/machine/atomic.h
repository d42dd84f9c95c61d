/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * atomic(9) and the barriers, on the compiler's atomics.
 */
#ifndef _MACHINE_ATOMIC_H_
#define _MACHINE_ATOMIC_H_
#include <sys/types.h>

/*
 * A barrier is a place where the executive may let another task in, and where
 * the weak-memory mode drains its queues; see kernel_barrier_point().
 */
extern _Thread_local _Bool sim_preemptive;
void kernel_barrier_point(void);

static __inline void
atomic_point(void)
{
	if (__predict_false(sim_preemptive))
		kernel_barrier_point();
}

#define ATOMIC_FENCE(order)                   \
	do {                                  \
		__atomic_thread_fence(order); \
		atomic_point();               \
	} while (0)

/* Full, read and write barriers; these order DMA memory as well. */
#define mb()			      ATOMIC_FENCE(__ATOMIC_SEQ_CST)
#define rmb()			      ATOMIC_FENCE(__ATOMIC_ACQUIRE)
#define wmb()			      ATOMIC_FENCE(__ATOMIC_RELEASE)

#define atomic_thread_fence_acq()     ATOMIC_FENCE(__ATOMIC_ACQUIRE)
#define atomic_thread_fence_rel()     ATOMIC_FENCE(__ATOMIC_RELEASE)
#define atomic_thread_fence_acq_rel() ATOMIC_FENCE(__ATOMIC_ACQ_REL)
#define atomic_thread_fence_seq_cst() ATOMIC_FENCE(__ATOMIC_SEQ_CST)
#define atomic_interrupt_fence()      __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* Operations that need no order exist as plain, _acq_ and _rel_ forms. */
#define ATOMIC_RMW(type, suffix, order)                                      \
	static __inline void atomic_set_##suffix(volatile type *p, type v)   \
	{                                                                    \
		(void)__atomic_fetch_or(p, v, order);                        \
		atomic_point();                                              \
	}                                                                    \
	static __inline void atomic_clear_##suffix(volatile type *p, type v) \
	{                                                                    \
		(void)__atomic_fetch_and(p, (type)~v, order);                \
		atomic_point();                                              \
	}                                                                    \
	static __inline void atomic_add_##suffix(volatile type *p, type v)   \
	{                                                                    \
		(void)__atomic_fetch_add(p, v, order);                       \
		atomic_point();                                              \
	}                                                                    \
	static __inline void atomic_subtract_##suffix(volatile type *p,      \
	    type v)                                                          \
	{                                                                    \
		(void)__atomic_fetch_sub(p, v, order);                       \
		atomic_point();                                              \
	}                                                                    \
	static __inline int atomic_cmpset_##suffix(volatile type *p,         \
	    type expect, type v)                                             \
	{                                                                    \
		int done = __atomic_compare_exchange_n(p, &expect, v, false, \
		    order, __ATOMIC_RELAXED);                                \
		atomic_point();                                              \
		return (done);                                               \
	}                                                                    \
	static __inline int atomic_fcmpset_##suffix(volatile type *p,        \
	    type *expect, type v)                                            \
	{                                                                    \
		int done = __atomic_compare_exchange_n(p, expect, v, false,  \
		    order, __ATOMIC_RELAXED);                                \
		atomic_point();                                              \
		return (done);                                               \
	}

#define ATOMIC_TYPE(type, suffix)                                             \
	ATOMIC_RMW(type, suffix, __ATOMIC_RELAXED)                            \
	ATOMIC_RMW(type, acq_##suffix, __ATOMIC_ACQUIRE)                      \
	ATOMIC_RMW(type, rel_##suffix, __ATOMIC_RELEASE)                      \
	static __inline type atomic_load_##suffix(const volatile type *p)     \
	{                                                                     \
		return (__atomic_load_n(p, __ATOMIC_RELAXED));                \
	}                                                                     \
	static __inline type atomic_load_acq_##suffix(const volatile type *p) \
	{                                                                     \
		type v = __atomic_load_n(p, __ATOMIC_ACQUIRE);                \
		atomic_point();                                               \
		return (v);                                                   \
	}                                                                     \
	static __inline void atomic_store_##suffix(volatile type *p, type v)  \
	{                                                                     \
		__atomic_store_n(p, v, __ATOMIC_RELAXED);                     \
	}                                                                     \
	static __inline void atomic_store_rel_##suffix(volatile type *p,      \
	    type v)                                                           \
	{                                                                     \
		atomic_point();                                               \
		__atomic_store_n(p, v, __ATOMIC_RELEASE);                     \
	}                                                                     \
	static __inline type atomic_fetchadd_##suffix(volatile type *p,       \
	    type v)                                                           \
	{                                                                     \
		type old = __atomic_fetch_add(p, v, __ATOMIC_RELAXED);        \
		atomic_point();                                               \
		return (old);                                                 \
	}                                                                     \
	static __inline type atomic_swap_##suffix(volatile type *p, type v)   \
	{                                                                     \
		type old = __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);       \
		atomic_point();                                               \
		return (old);                                                 \
	}                                                                     \
	static __inline type atomic_readandclear_##suffix(volatile type *p)   \
	{                                                                     \
		return (atomic_swap_##suffix(p, 0));                          \
	}                                                                     \
	static __inline int atomic_testandset_##suffix(volatile type *p,      \
	    u_int bit)                                                        \
	{                                                                     \
		type mask = (type)((type)1 << (bit % (sizeof(type) * 8)));    \
		type old = __atomic_fetch_or(p, mask, __ATOMIC_RELAXED);      \
		atomic_point();                                               \
		return ((old & mask) != 0);                                   \
	}                                                                     \
	static __inline int atomic_testandclear_##suffix(volatile type *p,    \
	    u_int bit)                                                        \
	{                                                                     \
		type mask = (type)((type)1 << (bit % (sizeof(type) * 8)));    \
		type old =                                                    \
		    __atomic_fetch_and(p, (type)~mask, __ATOMIC_RELAXED);     \
		atomic_point();                                               \
		return ((old & mask) != 0);                                   \
	}

ATOMIC_TYPE(u_char, char)
ATOMIC_TYPE(u_short, short)
ATOMIC_TYPE(u_int, int)
ATOMIC_TYPE(u_long, long)
ATOMIC_TYPE(uint8_t, 8)
ATOMIC_TYPE(uint16_t, 16)
ATOMIC_TYPE(uint32_t, 32)
ATOMIC_TYPE(uint64_t, 64)
ATOMIC_TYPE(uintptr_t, ptr)

#define atomic_load_ptr(p) \
	((__typeof(*(p)))__atomic_load_n((p), __ATOMIC_RELAXED))
#define atomic_store_ptr(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_load_bool(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_store_bool(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

#undef ATOMIC_TYPE
#undef ATOMIC_RMW

#endif /* !_MACHINE_ATOMIC_H_ */
