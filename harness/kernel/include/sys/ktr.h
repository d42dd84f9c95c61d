/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ktr(9): compiled out, as in a kernel without "options KTR".
 */
#ifndef _SYS_KTR_H_
#define _SYS_KTR_H_
#define KTR_GEN			     0
#define KTR_LOCK		     0
#define CTR0(m, f)		     ((void)0)
#define CTR1(m, f, a)		     ((void)0)
#define CTR2(m, f, a, b)	     ((void)0)
#define CTR3(m, f, a, b, c)	     ((void)0)
#define CTR4(m, f, a, b, c, d)	     ((void)0)
#define CTR5(m, f, a, b, c, d, e)    ((void)0)
#define CTR6(m, f, a, b, c, d, e, g) ((void)0)

#endif /* !_SYS_KTR_H_ */
