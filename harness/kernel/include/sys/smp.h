/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The processors: one, as the executive runs one task at a time.
 */
#ifndef _SYS_SMP_H_
#define _SYS_SMP_H_
#include <sys/types.h>

extern int mp_ncpus;
extern int mp_maxid;
extern u_int mp_cores;

#define CPU_ABSENT(cpu) ((cpu) > (u_int)mp_maxid)
#define CPU_FOREACH(cpu) \
	for ((cpu) = 0; (u_int)(cpu) <= (u_int)mp_maxid; (cpu)++)
#define CPU_FIRST()   0
#define CPU_NEXT(cpu) ((int)(cpu) >= mp_maxid ? 0 : (int)(cpu) + 1)

#endif /* !_SYS_SMP_H_ */
