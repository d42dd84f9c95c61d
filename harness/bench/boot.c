/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See boot.h.
 */
#include "bench/bench.h"
#include "bench/boot.h"
#include "cli/session.h"

struct boot_call {
	double (*fn)(void);
	double value;
};

static void
boot_main(void *arg)
{
	struct boot_call *call = arg;

	call->value = call->fn();
}

double
bench_in_kernel(bool checked, double (*fn)(void))
{
	struct session_config config = { .referee = checked };
	struct boot_call call = { .fn = fn };
	struct session *session;
	int status;
	bool ok;

	session = session_open(&config, &status);
	if (session == NULL)
		return (bench_fail("no kernel (%d)", status));
	ok = session_run(session, "bench", boot_main, &call);
	if (session_close(session) != 0 || !ok)
		return (bench_fail("the kernel did not survive, or leaked"));
	return (call.value);
}
