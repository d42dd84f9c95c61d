/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Constants of <sys/param.h>.
 *
 * __FreeBSD_version says whose kernel interface the headers show; `make
 * KPI=12` chooses it.  They know four: 12.1 (1201000), 13.0 (1300139), 14.0
 * (1400097, the default) and 15.0 (1500068).  Where releases differ, a driver
 * sees what that release has and does not see what came later.
 */
#ifndef _SYS_PARAM_H_
#define _SYS_PARAM_H_
#ifndef __FreeBSD_version
#define __FreeBSD_version 1400097
#endif
#ifndef __FreeBSD__
#define __FreeBSD__ (__FreeBSD_version / 100000)
#endif

#include <sys/_types.h>
#include <sys/types.h>
#include <sys/errno.h>
#include <sys/limits.h>
#include <sys/time.h>
#include <sys/priority.h>
#include <machine/param.h>

#define DEV_BSIZE  512
#define DEV_BSHIFT 9
#define MAXCOMLEN  19
#define MAXPATHLEN 1024
#define NBBY	   8
#define NBPW	   sizeof(int)
#define MAXBSIZE   65536
#define DFLTPHYS   (64 * 1024)
#ifndef MAXPHYS /* since 13 the default of the variable maxphys */
#if __FreeBSD_version < 1300000
#define MAXPHYS (128 * 1024)
#else
#define MAXPHYS (1024 * 1024)
#endif
#endif

#define MCLSHIFT	   11
#define MCLBYTES	   (1 << MCLSHIFT)
#define MJUMPAGESIZE	   PAGE_SIZE
#define MJUM9BYTES	   (9 * 1024)
#define MJUM16BYTES	   (16 * 1024)

#define btodb(bytes)	   ((daddr_t)((bytes) >> DEV_BSHIFT))
#define dbtob(db)	   ((off_t)(db) << DEV_BSHIFT)
#define btoc(x)		   (((vm_offset_t)(x) + PAGE_MASK) >> PAGE_SHIFT)
#define ctob(x)		   ((x) << PAGE_SHIFT)

#define nitems(x)	   (sizeof((x)) / sizeof((x)[0]))
#define howmany(x, y)	   (((x) + ((y)-1)) / (y))
#define rounddown(x, y)	   (((x) / (y)) * (y))
#define rounddown2(x, y)   __align_down(x, y)
#define __align_down(x, y) ((x) & ~((__typeof(x))(y)-1))
#define roundup(x, y)	   ((((x) + ((y)-1)) / (y)) * (y))
#define roundup2(x, y)	   (((x) + ((y)-1)) & ~((__typeof(x))(y)-1))
#define powerof2(x)	   ((((x)-1) & (x)) == 0)
#define MIN(a, b)	   (((a) < (b)) ? (a) : (b))
#define MAX(a, b)	   (((a) > (b)) ? (a) : (b))

#define __bit_byte(a, i)   (((unsigned char *)(a))[(i) / NBBY])
#define __bit_cbyte(a, i)  (((const unsigned char *)(a))[(i) / NBBY])
#define __bit_mask(i)	   (1 << ((i) % NBBY))
#define setbit(a, i)	   (__bit_byte(a, i) |= __bit_mask(i))
#define clrbit(a, i)	   (__bit_byte(a, i) &= ~__bit_mask(i))
#define isset(a, i)	   (__bit_cbyte(a, i) & __bit_mask(i))
#define isclr(a, i)	   (!isset(a, i))

#define member2struct(s, m, x) \
	((struct s *)(void *)((char *)(x)-__offsetof(struct s, m)))

/* Priorities and flags of sleep(9). */
#define PCATCH	0x100
#define PDROP	0x200
#define PRIMASK 0xff
#define PNOLOCK 0x400

#endif /* !_SYS_PARAM_H_ */
