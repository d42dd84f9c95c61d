/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The exact-width types and limits, from the compiler.
 */
#ifndef _SYS_STDINT_H_
#define _SYS_STDINT_H_
#include <stdint.h>

#endif /* !_SYS_STDINT_H_ */
