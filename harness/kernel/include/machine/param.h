/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Machine constants; 4 KiB pages on every host.
 */
#ifndef _MACHINE_PARAM_H_
#define _MACHINE_PARAM_H_
#include <machine/_types.h>

#if defined(__x86_64__)
#define MACHINE	     "amd64"
#define MACHINE_ARCH "amd64"
#ifndef __amd64__
#define __amd64__ 1
#endif
#elif defined(__aarch64__)
#define MACHINE	     "arm64"
#define MACHINE_ARCH "aarch64"
#endif

#define MAXCPU		      256
#define MAXMEMDOM	      8
#define CACHE_LINE_SHIFT      6
#define CACHE_LINE_SIZE	      (1 << CACHE_LINE_SHIFT)

#define PAGE_SHIFT	      12
#define PAGE_SIZE	      (1 << PAGE_SHIFT)
#define PAGE_MASK	      (PAGE_SIZE - 1)

#define round_page(x)	      ((((unsigned long)(x)) + PAGE_MASK) & ~PAGE_MASK)
#define trunc_page(x)	      ((unsigned long)(x) & ~PAGE_MASK)
#define atop(x)		      ((unsigned long)(x) >> PAGE_SHIFT)
#define ptoa(x)		      ((unsigned long)(x) << PAGE_SHIFT)
#define amd64_btop(x)	      ((unsigned long)(x) >> PAGE_SHIFT)
#define amd64_ptob(x)	      ((unsigned long)(x) << PAGE_SHIFT)
#define pgtok(x)	      ((unsigned long)(x) * (PAGE_SIZE / 1024))
#define ALIGNBYTES	      (sizeof(long) - 1)
#define ALIGN(p)	      (((unsigned long)(p) + ALIGNBYTES) & ~ALIGNBYTES)
#define ALIGNED_POINTER(p, t) 1

#endif /* !_MACHINE_PARAM_H_ */
