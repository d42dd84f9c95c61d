/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * C11's atomics, which are the compiler's.
 */
#ifndef _SYS_STDATOMIC_H_
#define _SYS_STDATOMIC_H_
#include <stdatomic.h>
#endif /* !_SYS_STDATOMIC_H_ */
