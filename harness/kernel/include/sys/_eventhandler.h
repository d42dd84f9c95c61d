/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of <sys/eventhandler.h> that headers declaring events need.
 */
#ifndef _SYS__EVENTHANDLER_H_
#define _SYS__EVENTHANDLER_H_
#include <sys/cdefs.h>
#include <sys/queue.h>

struct eventhandler_entry {
	TAILQ_ENTRY(eventhandler_entry) ee_link;
	int ee_priority;
	void *ee_arg;
};
#define EHE_DEAD_PRIORITY (-1) /* deregistered while the list is in use */

typedef struct eventhandler_entry *eventhandler_tag;

/* Gives an event's handlers their type. */
#define EVENTHANDLER_DECLARE(name, type)      \
	struct eventhandler_entry_##name {    \
		struct eventhandler_entry ee; \
		type eh_func;                 \
	};                                    \
	struct __hack

struct eventhandler_list;
#define EVENTHANDLER_LIST_DECLARE(name) \
	extern struct eventhandler_list *_eventhandler_list_##name

#endif /* !_SYS__EVENTHANDLER_H_ */
