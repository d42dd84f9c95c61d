/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The executive's own price.
 */
#include "bench/bench.h"
#include "host/host.h"
#include "sim/sim.h"

#define YIELDS 2000000

static void
yield_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < YIELDS; i++)
		sim_yield();
}

BENCH_FIGURE(switch_, "sim: switch to another task", "ns")
{
	uint64_t ns;

	sim_init(&(struct sim_config) { 0 });
	for (int i = 0; i < 2; i++)
		sim_task_create(&(struct sim_task_options) {
		    .name = "yielder",
		    .fn = yield_often,
		});
	ns = host_clock_ns();
	(void)sim_run();
	ns = host_clock_ns() - ns;
	sim_fini();
	return ((double)ns / (2.0 * YIELDS));
}
