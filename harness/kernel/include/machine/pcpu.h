/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See <sys/pcpu.h>.
 */
#ifndef _MACHINE_PCPU_H_
#define _MACHINE_PCPU_H_
struct thread;

/* The running kernel thread; the executive keeps it. */
extern _Thread_local void *sim_current_local;
#define curthread ((struct thread *)sim_current_local)

#endif /* !_MACHINE_PCPU_H_ */
