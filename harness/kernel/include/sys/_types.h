/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See <machine/_types.h>.
 */
#ifndef _SYS__TYPES_H_
#define _SYS__TYPES_H_
#include <sys/cdefs.h>
#include <machine/_types.h>

#endif /* !_SYS__TYPES_H_ */
