/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * counter(9).
 */
#include "kernel/kern.h"

#include <sys/counter.h>
#include <sys/malloc.h>
#include <sys/sysctl.h>

static MALLOC_DEFINE(M_COUNTER, "counter", "counters");

counter_u64_t
counter_u64_alloc(int flags)
{
	return (malloc(sizeof(uint64_t), M_COUNTER, flags | M_ZERO));
}

void
counter_u64_free(counter_u64_t c)
{
	free(c, M_COUNTER);
}

int64_t
counter_ratecheck(struct counter_rate *cr, int64_t limit)
{
	int64_t last = cr->cr_over;
	int now = ticks;

	if (now - cr->cr_ticks >= hz) {
		last = (int64_t)counter_u64_fetch_and_zero(cr->cr_rate);
		if (last <= limit)
			last = 0;
		cr->cr_over = 0;
		cr->cr_ticks = now;
	}
	counter_u64_add(cr->cr_rate, 1);
	if (cr->cr_over != 0)
		return (-1);
	if ((int64_t)counter_u64_fetch(cr->cr_rate) > limit)
		last = cr->cr_over = -1;
	return (last);
}

int
sysctl_handle_counter_u64(SYSCTL_HANDLER_ARGS)
{
	counter_u64_t counter = *(counter_u64_t *)arg1;
	uint64_t value = counter_u64_fetch(counter);
	int error;

	(void)arg2;
	error = SYSCTL_OUT(req, &value, sizeof(value));
	if (error != 0 || req->newptr == NULL)
		return (error);
	/* Whatever is written: it starts anew. */
	counter_u64_zero(counter);
	return (0);
}
