/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What each processor has of its own: the machine has one.
 */
#ifndef _SYS_PCPU_H_
#define _SYS_PCPU_H_
#include <sys/types.h>
#include <machine/pcpu.h>

#define curcpu		   0
#define curproc		   (curthread->td_proc)
#define PCPU_GET(member)   PCPU_GET_##member
#define PCPU_GET_cpuid	   0
#define PCPU_GET_curthread curthread

#endif /* !_SYS_PCPU_H_ */
