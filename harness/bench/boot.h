/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel without devices for a benchmark to run in.  Usable from host-side
 * and kernel-side benchmarks (those in bench/kernel/).
 */
#ifndef RINGSIDE_BENCH_BOOT_H
#define RINGSIDE_BENCH_BOOT_H

#include <stdbool.h>

/*
 * Boots, calls fn() in a kernel thread, shuts down, and returns what fn
 * returned.  `checked`: with the referee and all that goes with it.
 */
double bench_in_kernel(bool checked, double (*fn)(void));

#endif /* !RINGSIDE_BENCH_BOOT_H */
