/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * EVENTHANDLER(9): who is called, in which order, and how one leaves.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/eventhandler.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>

#include "tests/test.h"

typedef void (*test_event_fn)(void *arg, int value);
EVENTHANDLER_DECLARE(test_event, test_event_fn);
EVENTHANDLER_DECLARE(test_direct, test_event_fn);
EVENTHANDLER_LIST_DEFINE(test_direct);
EVENTHANDLER_DECLARE(test_static, test_event_fn);

static char order[16];
static int sum;
static eventhandler_tag tag_self, tag_slow;

static void
note(void *arg, int value)
{
	strlcat(order, arg, sizeof(order));
	sum += value;
}

static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";

static void
reset(void)
{
	order[0] = '\0';
	sum = 0;
}

KERNEL_TEST(eventhandler, calls_by_priority_then_age)
{
	eventhandler_tag tags[4];

	reset();
	tags[0] =
	    EVENTHANDLER_REGISTER(test_event, note, c, EVENTHANDLER_PRI_ANY);
	tags[1] =
	    EVENTHANDLER_REGISTER(test_event, note, d, EVENTHANDLER_PRI_LAST);
	tags[2] =
	    EVENTHANDLER_REGISTER(test_event, note, a, EVENTHANDLER_PRI_FIRST);
	tags[3] =
	    EVENTHANDLER_REGISTER(test_event, note, b, EVENTHANDLER_PRI_FIRST);
	EVENTHANDLER_INVOKE(test_event, 5);
	T_STR(order, "abcd");
	T_EQ(sum, 20);
	for (int i = 0; i < 4; i++)
		EVENTHANDLER_DEREGISTER(test_event, tags[i]);
	EVENTHANDLER_INVOKE(test_event, 5);
	T_EQ(sum, 20);
}

KERNEL_TEST(eventhandler, nobody_listens)
{
	EVENTHANDLER_INVOKE(test_event, 1);
	EVENTHANDLER_DIRECT_INVOKE(test_direct, 1);
	T_TRUE(eventhandler_find_list("no such event") == NULL);
}

KERNEL_TEST(eventhandler, a_list_can_be_invoked_directly)
{
	eventhandler_tag tag;

	reset();
	tag = EVENTHANDLER_REGISTER(test_direct, note, a, EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_DIRECT_INVOKE(test_direct, 7);
	T_EQ(sum, 7);
	EVENTHANDLER_DEREGISTER(test_direct, tag);
}

static void
leaves(void *arg, int value)
{
	note(arg, value);
	EVENTHANDLER_DEREGISTER_NOWAIT(test_event, tag_self);
}

KERNEL_TEST(eventhandler, a_handler_may_remove_itself)
{
	eventhandler_tag tag;

	reset();
	tag_self = EVENTHANDLER_REGISTER(test_event, leaves, a,
	    EVENTHANDLER_PRI_FIRST);
	tag = EVENTHANDLER_REGISTER(test_event, note, b, EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_INVOKE(test_event, 1);
	EVENTHANDLER_INVOKE(test_event, 1);
	T_STR(order, "abb");
	EVENTHANDLER_DEREGISTER(test_event, tag);
}

static void
removes_next(void *arg, int value)
{
	note(arg, value);
	EVENTHANDLER_DEREGISTER_NOWAIT(test_event, tag_slow);
}

KERNEL_TEST(eventhandler, one_that_was_removed_is_not_called)
{
	eventhandler_tag tag;

	reset();
	tag = EVENTHANDLER_REGISTER(test_event, removes_next, a,
	    EVENTHANDLER_PRI_FIRST);
	tag_slow =
	    EVENTHANDLER_REGISTER(test_event, note, b, EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_INVOKE(test_event, 1);
	T_STR(order, "a");
	EVENTHANDLER_DEREGISTER(test_event, tag);
}

static bool slow_is_in, slow_is_out;

static void
slow(void *arg, int value)
{
	slow_is_in = true;
	pause("slow", 5);
	note(arg, value);
	slow_is_out = true;
}

static void
invoke(void *arg)
{
	(void)arg;
	EVENTHANDLER_INVOKE(test_event, 3);
	kthread_exit();
}

KERNEL_TEST(eventhandler, deregister_waits_until_nobody_is_inside)
{
	reset();
	slow_is_in = slow_is_out = false;
	tag_slow =
	    EVENTHANDLER_REGISTER(test_event, slow, a, EVENTHANDLER_PRI_ANY);
	T_EQ(kthread_add(invoke, NULL, NULL, NULL, 0, 0, "invoke"), 0);
	pause("let it in", 1);
	T_TRUE(slow_is_in);
	EVENTHANDLER_DEREGISTER(test_event, tag_slow);
	T_TRUE(slow_is_out);
	pause("let it end", 1);
}

KERNEL_TEST(eventhandler, no_tag_is_all_of_them)
{
	reset();
	(void)EVENTHANDLER_REGISTER(test_event, note, a, 1);
	(void)EVENTHANDLER_REGISTER(test_event, note, b, 2);
	EVENTHANDLER_DEREGISTER(test_event, NULL);
	EVENTHANDLER_INVOKE(test_event, 1);
	T_EQ(sum, 0);
}

static void
at_boot(void *arg, int value)
{
	note(arg, value);
}
EVENTHANDLER_DEFINE(test_static, at_boot, c, EVENTHANDLER_PRI_LAST);

KERNEL_TEST(eventhandler, static_handlers_are_there_from_boot)
{
	reset();
	EVENTHANDLER_INVOKE(test_static, 1);
	T_STR(order, "c");
}

KERNEL_TEST_MISUSE(eventhandler, deregister_twice,
    "is not registered for test_event")
{
	eventhandler_tag tag;

	tag = EVENTHANDLER_REGISTER(test_event, note, a, 1);
	EVENTHANDLER_DEREGISTER(test_event, tag);
	EVENTHANDLER_DEREGISTER(test_event, tag);
}

KERNEL_TEST_PANICS(eventhandler, dead_priority, "registered with dead priority")
{
	(void)EVENTHANDLER_REGISTER(test_event, note, a, EHE_DEAD_PRIORITY);
}
