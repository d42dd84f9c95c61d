/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Time as the kernel measures it (time(9), sbintime): virtual here.
 */
#ifndef _SYS_TIME_H_
#define _SYS_TIME_H_
#include <sys/types.h>

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

struct bintime {
	time_t sec;
	uint64_t frac;
};

/* sbintime_t: seconds in the upper 32 bits, a binary fraction below. */
#define SBT_1S	((sbintime_t)1 << 32)
#define SBT_1M	(SBT_1S * 60)
#define SBT_1MS (SBT_1S / 1000)
#define SBT_1US (SBT_1S / 1000000)
#define SBT_1NS (SBT_1S / 1000000000)
#define SBT_MAX 0x7fffffffffffffffLL

static __inline int
sbintime_getsec(sbintime_t sbt)
{
	return (sbt >> 32);
}

/* Split so that nothing overflows; rounded to nearest, as sbttons must be. */
static __inline int64_t
sbttons(sbintime_t sbt)
{
	uint64_t ns = (uint64_t)(uint32_t)sbt * 1000000000;

	return ((sbt >> 32) * 1000000000 + (int64_t)(ns >> 32));
}

static __inline sbintime_t
nstosbt(int64_t ns)
{
	int64_t sec = ns / 1000000000;
	uint64_t rest = ns - sec * 1000000000;

	/* Rounded up: a sleep is never shorter than asked for. */
	return ((sec << 32) + ((rest << 32) + 999999999) / 1000000000);
}

static __inline int64_t
sbttous(sbintime_t sbt)
{
	return (sbttons(sbt) / 1000);
}

static __inline sbintime_t
ustosbt(int64_t us)
{
	return (nstosbt(us * 1000));
}

static __inline int64_t
sbttoms(sbintime_t sbt)
{
	return (sbttons(sbt) / 1000000);
}

static __inline sbintime_t
mstosbt(int64_t ms)
{
	return (nstosbt(ms * 1000000));
}

/* Seconds since boot, ticks since boot, ticks a second. */
extern volatile time_t time_second;
extern volatile time_t time_uptime;
extern int hz;
extern int tick;

sbintime_t sbinuptime(void);
sbintime_t getsbinuptime(void);
void nanouptime(struct timespec *ts);
void getnanouptime(struct timespec *ts);
void microuptime(struct timeval *tv);
void getmicrouptime(struct timeval *tv);
int ppsratecheck(struct timeval *last, int *count, int maxpps);

#endif /* !_SYS_TIME_H_ */
