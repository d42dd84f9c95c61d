/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * cpuset(9), as far as it is not macros.
 */
#include "kernel/kern.h"

#include <sys/cpuset.h>

cpuset_t all_cpus = CPUSET_T_INITIALIZER(1);

char *
cpusetobj_strprint(char *buf, const cpuset_t *set)
{
	size_t used = 0, i;

	/* Words above the highest that is not 0 say nothing. */
	for (i = _NCPUWORDS - 1; i > 0 && set->__bits[i] == 0; i--)
		continue;
	for (i++; i-- > 0;)
		used += (size_t)snprintf(buf + used, CPUSETBUFSIZ - used,
		    "%lx%s", (u_long)set->__bits[i], i > 0 ? "," : "");
	return (buf);
}
