/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The types of bus_space(9) and bus_dma(9), as on amd64.
 */
#ifndef _MACHINE__BUS_H_
#define _MACHINE__BUS_H_

#include <sys/types.h>

typedef uint64_t bus_addr_t;
typedef uint64_t bus_size_t;

typedef uint64_t bus_space_tag_t;
typedef uint64_t bus_space_handle_t;

#endif /* !_MACHINE__BUS_H_ */
