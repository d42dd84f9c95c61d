/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A callout; see <sys/callout.h>.
 */
#ifndef _SYS__CALLOUT_H_
#define _SYS__CALLOUT_H_
#include <sys/types.h>

struct lock_object;

typedef void callout_func_t(void *);

struct callout {
	sbintime_t c_time;	/* when it is to run, since boot */
	sbintime_t c_precision; /* kept; nothing is coalesced */
	void *c_arg;
	callout_func_t *c_func;
	struct lock_object *c_lock; /* NULL: none */
	short c_flags;		    /* CALLOUT_ACTIVE: the user's */
	short c_iflags;		    /* the other CALLOUT_ flags */
	volatile int c_cpu;
	uint32_t c_magic; /* says that it was initialised */
};

#endif /* !_SYS__CALLOUT_H_ */
