/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What others have judged already: the model's reports on the driver, by
 * clause of the specification, and the kernel's on misuse of section 9.
 */
#include <stdlib.h>

#include "check/checker.h"

static void *
rules_create(struct referee *referee)
{
	return (referee);
}

static void
rules_destroy(void *state)
{
	(void)state;
}

static void
rules_model(void *state, const struct model_event *event)
{
	if (event->type == MODEL_REPORT)
		referee_violation(state, &check_rules, "%s: virtio 1.3, %s: %s",
		    event->device, event->report.clause, event->report.text);
}

static void
rules_kernel(void *state, const struct kernel_event *event)
{
	const char *who =
	    event->device_name != NULL ? event->device_name : "kernel";

	if (event->type == KE_MISUSE)
		referee_violation(state, &check_rules, "%s: %s", who,
		    event->text);
	else if (event->type == KE_PANIC)
		referee_violation(state, &check_rules, "panic: %s",
		    event->text);
}

const struct checker check_rules = {
	.name = "rules",
	.create = rules_create,
	.destroy = rules_destroy,
	.model = rules_model,
	.kernel = rules_kernel,
};
