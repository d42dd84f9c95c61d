/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions that sources of both machines use by name.
 */
#ifndef _MACHINE_CPUFUNC_H_
#define _MACHINE_CPUFUNC_H_
#include <sys/types.h>

static __inline void
breakpoint(void)
{
	__builtin_trap();
}

#endif /* !_MACHINE_CPUFUNC_H_ */
