/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A set of processors; see <sys/cpuset.h>.
 */
#ifndef _SYS__CPUSET_H_
#define _SYS__CPUSET_H_
#include <sys/_bitset.h>
#include <machine/param.h>

#define CPU_MAXSIZE MAXCPU
#define CPU_SETSIZE MAXCPU

BITSET_DEFINE(_cpuset, CPU_SETSIZE);
typedef struct _cpuset cpuset_t;

#endif /* !_SYS__CPUSET_H_ */
