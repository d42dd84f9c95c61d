/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The processor as kernel code sees it.
 */
#ifndef _MACHINE_CPU_H_
#define _MACHINE_CPU_H_
#include <sys/types.h>

/*
 * One turn of a loop that waits for somebody else: everybody else runs, since
 * on a real machine they would run at the same time.
 */
void kernel_spinwait(void);
#define cpu_spinwait() kernel_spinwait()

/* A cycle counter: virtual nanoseconds. */
uint64_t get_cyclecount(void);

#endif /* !_MACHINE_CPU_H_ */
