/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Types of <sys/types.h> that kernel sources use.
 */
#ifndef _SYS_TYPES_H_
#define _SYS_TYPES_H_
#include <sys/cdefs.h>
#include <sys/_types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <machine/endian.h>

typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef unsigned short ushort;
typedef unsigned int uint;

typedef __uint8_t u_int8_t;
typedef __uint16_t u_int16_t;
typedef __uint32_t u_int32_t;
typedef __uint64_t u_int64_t;
typedef __uint64_t u_quad_t;
typedef __int64_t quad_t;
typedef quad_t *qaddr_t;

typedef char *caddr_t;
typedef const char *c_caddr_t;
typedef __ssize_t ssize_t;
typedef __off_t off_t;
typedef __int64_t daddr_t;
typedef __uint64_t dev_t;
typedef __uint64_t ino_t;
typedef __uint16_t mode_t;
typedef __int32_t pid_t;
typedef __int32_t lwpid_t;
typedef __uint32_t uid_t;
typedef __uint32_t gid_t;
typedef __int64_t id_t;
typedef __int32_t cpusetid_t;
typedef __register_t register_t;
typedef __u_register_t u_register_t;
typedef __time_t time_t;
typedef __sbintime_t sbintime_t;
typedef __int64_t suseconds_t;
typedef __int32_t clockid_t;
typedef unsigned long __fixpt_t;
typedef __uint32_t fixpt_t;
typedef int boolean_t;

typedef __vm_offset_t vm_offset_t;
typedef __vm_paddr_t vm_paddr_t;
typedef __vm_size_t vm_size_t;
typedef __uint64_t vm_pindex_t;
typedef __int64_t vm_ooffset_t;
typedef __uint64_t segsz_t;

typedef __uint64_t rman_res_t;
#define RM_MAX_END (~(rman_res_t)0)

struct _device;
typedef struct _device *device_t;

struct thread;
struct proc;
struct ucred;
struct cdev;
struct uio;
struct bio;
struct sbuf;

#endif /* !_SYS_TYPES_H_ */
