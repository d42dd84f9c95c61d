/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Thread priorities: kept with the thread, no influence on the executive.
 */
#ifndef _SYS_PRIORITY_H_
#define _SYS_PRIORITY_H_
#define PRI_ITHD	  1
#define PRI_REALTIME	  2
#define PRI_TIMESHARE	  3

#define PRI_MIN_ITHD	  0
#define PI_REALTIME	  0
#define PI_INTR		  4
#define PI_AV		  PI_INTR
#define PI_NET		  PI_INTR
#define PI_DISK		  PI_INTR
#define PI_TTY		  PI_INTR
#define PI_DULL		  PI_INTR
#define PI_SOFT		  8
#define PI_SWI(c)	  PI_SOFT
#define PI_SOFTCLOCK	  PI_INTR

#define PRI_MIN_KERN	  48
#define PSWP		  (PRI_MIN_KERN + 0)
#define PVM		  (PRI_MIN_KERN + 1)
#define PINOD		  (PRI_MIN_KERN + 2)
#define PRIBIO		  (PRI_MIN_KERN + 3)
#define PVFS		  (PRI_MIN_KERN + 4)
#define PZERO		  (PRI_MIN_KERN + 5)
#define PSOCK		  (PRI_MIN_KERN + 6)
#define PWAIT		  (PRI_MIN_KERN + 7)
#define PLOCK		  (PRI_MIN_KERN + 8)
#define PPAUSE		  (PRI_MIN_KERN + 9)
#define PRI_MIN_TIMESHARE 88
#define PUSER		  PRI_MIN_TIMESHARE

#endif /* !_SYS_PRIORITY_H_ */
