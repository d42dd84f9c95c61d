/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Variable arguments, from the compiler.
 */
#ifndef _SYS_STDARG_H_
#define _SYS_STDARG_H_
#include <stdarg.h>

#endif /* !_SYS_STDARG_H_ */
