/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See tuned.h.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/sysctl.h>

#include "tests/kernel/tuned.h"

struct tuned tuned = {
	.number = 1,
	.name = "one",
	.sysctl_number = 2,
	.sysctl_name = "two",
	.sysctl_flag = true,
};

TUNABLE_INT("hw.tuned.number", &tuned.number);
/* The same variable under an older name. */
TUNABLE_INT("hw.tuned.count", &tuned.number);
TUNABLE_STR("hw.tuned.name", tuned.name, sizeof(tuned.name));

static SYSCTL_NODE(_debug, OID_AUTO, tuned, CTLFLAG_RW, NULL, "Tests");
SYSCTL_INT(_debug_tuned, OID_AUTO, number, CTLFLAG_RWTUN, &tuned.sysctl_number,
    0, "A number");
SYSCTL_STRING(_debug_tuned, OID_AUTO, name, CTLFLAG_RDTUN, tuned.sysctl_name,
    sizeof(tuned.sysctl_name), "A name");
SYSCTL_BOOL(_debug_tuned, OID_AUTO, flag, CTLFLAG_RDTUN, &tuned.sysctl_flag, 0,
    "A flag");
