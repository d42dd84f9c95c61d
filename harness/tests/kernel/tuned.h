/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Static variables that the kernel's environment sets, as drivers have them:
 * hw.tuned.number, hw.tuned.name and, as sysctls, debug.tuned.number, .name
 * and .flag.
 */
#ifndef RINGSIDE_TESTS_KERNEL_TUNED_H
#define RINGSIDE_TESTS_KERNEL_TUNED_H

#include <stdbool.h>

struct tuned {
	int number;
	char name[16];
	int sysctl_number;
	char sysctl_name[16];
	bool sysctl_flag;
};

extern struct tuned tuned;

#endif /* !RINGSIDE_TESTS_KERNEL_TUNED_H */
