/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See <sys/limits.h>.
 */
#ifndef _MACHINE_LIMITS_H_
#define _MACHINE_LIMITS_H_
#include <sys/limits.h>

#endif /* !_MACHINE_LIMITS_H_ */
