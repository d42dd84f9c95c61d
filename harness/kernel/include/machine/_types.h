/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The basic types under their reserved names, from the compiler.
 */
#ifndef _MACHINE__TYPES_H_
#define _MACHINE__TYPES_H_
typedef __INT8_TYPE__ __int8_t;
typedef __UINT8_TYPE__ __uint8_t;
typedef __INT16_TYPE__ __int16_t;
typedef __UINT16_TYPE__ __uint16_t;
typedef __INT32_TYPE__ __int32_t;
typedef __UINT32_TYPE__ __uint32_t;
typedef __INT64_TYPE__ __int64_t;
typedef __UINT64_TYPE__ __uint64_t;
typedef __INTPTR_TYPE__ __intptr_t;
typedef __UINTPTR_TYPE__ __uintptr_t;
typedef __INTMAX_TYPE__ __intmax_t;
typedef __UINTMAX_TYPE__ __uintmax_t;
typedef __SIZE_TYPE__ __size_t;
typedef __PTRDIFF_TYPE__ __ptrdiff_t;
typedef __INT64_TYPE__ __ssize_t;
typedef __INT64_TYPE__ __register_t;
typedef __UINT64_TYPE__ __u_register_t;
typedef __UINT64_TYPE__ __vm_offset_t;
typedef __UINT64_TYPE__ __vm_paddr_t;
typedef __UINT64_TYPE__ __vm_size_t;
typedef __INT64_TYPE__ __time_t;
typedef __INT64_TYPE__ __sbintime_t;
typedef __INT64_TYPE__ __off_t;

/* Both amd64 and arm64 allow unaligned accesses. */
#define __NO_STRICT_ALIGNMENT

#endif /* !_MACHINE__TYPES_H_ */
