/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The price of locks: mutex(9), rwlock(9), sx(9), without and with what
 * witness(4) does about them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/sx.h>

#include "bench/bench.h"
#include "bench/boot.h"
#include "host/host.h"

#define ROUNDS 5000000

static double
mutex_pair(void)
{
	struct mtx m;
	uint64_t ns;

	mtx_init(&m, "bench", NULL, MTX_DEF | MTX_NEW);
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		mtx_lock(&m);
		mtx_unlock(&m);
	}
	ns = host_clock_ns() - ns;
	mtx_destroy(&m);
	return ((double)ns / ROUNDS);
}

/* With another one held, so that there is an order to check. */
static double
mutex_nested(void)
{
	struct mtx outer;
	double ns;

	mtx_init(&outer, "outer", NULL, MTX_DEF | MTX_NEW);
	mtx_lock(&outer);
	ns = mutex_pair();
	mtx_unlock(&outer);
	mtx_destroy(&outer);
	return (ns);
}

static double
spin_pair(void)
{
	struct mtx m;
	uint64_t ns;

	mtx_init(&m, "bench", NULL, MTX_SPIN | MTX_NEW);
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		mtx_lock_spin(&m);
		mtx_unlock_spin(&m);
	}
	ns = host_clock_ns() - ns;
	mtx_destroy(&m);
	return ((double)ns / ROUNDS);
}

static double
reader_pair(void)
{
	struct rwlock rw;
	uint64_t ns;

	rw_init_flags(&rw, "bench", RW_NEW);
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		rw_rlock(&rw);
		rw_runlock(&rw);
	}
	ns = host_clock_ns() - ns;
	rw_destroy(&rw);
	return ((double)ns / ROUNDS);
}

static double
sx_pair(void)
{
	struct sx sx;
	uint64_t ns;

	sx_init_flags(&sx, "bench", SX_NEW);
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		sx_xlock(&sx);
		sx_xunlock(&sx);
	}
	ns = host_clock_ns() - ns;
	sx_destroy(&sx);
	return ((double)ns / ROUNDS);
}

BENCH_AT_MOST(mutex, "mutex: lock and unlock", "ns", 10)
{
	return (bench_in_kernel(false, mutex_pair));
}

BENCH_AT_MOST(mutex_checked, "mutex: lock and unlock, checked", "ns", 30)
{
	return (bench_in_kernel(true, mutex_pair));
}

BENCH_AT_MOST(mutex_price, "mutex: price of being checked", "times", 3)
{
	double plain = bench_in_kernel(false, mutex_pair);

	return (bench_in_kernel(true, mutex_pair) / plain);
}

BENCH_FIGURE(mutex_nested, "mutex: the inner of two, checked", "ns")
{
	return (bench_in_kernel(true, mutex_nested));
}

BENCH_FIGURE(spin, "mutex: spin mutex", "ns")
{
	return (bench_in_kernel(false, spin_pair));
}

BENCH_FIGURE(rwlock, "rwlock: lock and unlock to read", "ns")
{
	return (bench_in_kernel(false, reader_pair));
}

BENCH_FIGURE(rwlock_checked, "rwlock: the same, checked", "ns")
{
	return (bench_in_kernel(true, reader_pair));
}

BENCH_FIGURE(sx, "sx: lock and unlock", "ns")
{
	return (bench_in_kernel(false, sx_pair));
}

BENCH_FIGURE(sx_checked, "sx: the same, checked", "ns")
{
	return (bench_in_kernel(true, sx_pair));
}
