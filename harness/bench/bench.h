/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Benchmarks, as each file of bench/ writes them.
 *
 *	BENCH_AT_LEAST(read_4k, "blk: random 4 KiB reads", "1/s", 1e6)
 *	{
 *		...
 *		return (reads / seconds);
 *	}
 *
 * A benchmark registers itself.  Its function is called several times, each
 * time for a whole measurement, and the median counts: it is what a shared
 * machine disturbs least.  A bound is part of what `make bench` decides.
 *
 * All code here is host-side and may read the wall clock (host_clock_ns()).
 */
#ifndef RINGSIDE_BENCH_BENCH_H
#define RINGSIDE_BENCH_BENCH_H

enum bench_sense {
	BENCH_LOWER_BOUND, /* the median must be at least the bound */
	BENCH_UPPER_BOUND, /* at most */
	BENCH_NO_BOUND,	   /* only shown */
};

struct bench_row {
	const char *name; /* at most 34 characters; rows are sorted by it */
	const char *unit; /* at most 8 */
	double bound;
	enum bench_sense sense;
	/* One measurement in `unit`; or bench_fail(). */
	double (*fn)(void);
};

/*
 * For `return`: the measurement failed, and with it the row, for the reason
 * given.
 */
double bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same when this host lacks something for it: the row is shown with the
 * reason, has no value, and counts as neither.
 */
double bench_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define BENCH_DEFINE(ident, n, u, b, s)                               \
	static double bench_##ident(void);                            \
	static const struct bench_row bench_row_##ident = {           \
		.name = n,                                            \
		.unit = u,                                            \
		.bound = b,                                           \
		.sense = s,                                           \
		.fn = bench_##ident,                                  \
	};                                                            \
	__attribute__((used, retain,                                  \
	    section("ringside_bench"))) static const struct bench_row \
	    *const bench_entry_##ident = &bench_row_##ident;          \
	static double bench_##ident(void)

#define BENCH_AT_LEAST(ident, n, u, b) \
	BENCH_DEFINE(ident, n, u, b, BENCH_LOWER_BOUND)
#define BENCH_AT_MOST(ident, n, u, b) \
	BENCH_DEFINE(ident, n, u, b, BENCH_UPPER_BOUND)
#define BENCH_FIGURE(ident, n, u) BENCH_DEFINE(ident, n, u, 0, BENCH_NO_BOUND)

#endif /* !RINGSIDE_BENCH_BENCH_H */
