/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Parameters of the virtual memory system.
 */
#ifndef _VM_VM_PARAM_H_
#define _VM_VM_PARAM_H_

#include <sys/param.h>

#endif /* !_VM_VM_PARAM_H_ */
