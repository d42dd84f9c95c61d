/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * config_intrhook(9), and the order in which SYSINIT(9) brings things up.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>

#include "kernel/kernel.h"
#include "tests/test.h"

/* What happened at boot, one letter each. */
static char boot_order[16];
static struct intr_config_hook boot_hook, second_hook;
static bool boot_wants_hooks;

static void
append(const char *what)
{
	strlcat(boot_order, what, sizeof(boot_order));
}

/* No time passes at the boot of other tests. */
static int device_ticks;

static void
finish_later(void *arg)
{
	if (device_ticks > 0)
		pause("device", device_ticks);
	append("2");
	config_intrhook_disestablish(arg);
	kthread_exit();
}

static void
hook(void *arg)
{
	append("h");
	/* As a driver does that must wait for its device; faults come too. */
	if (kthread_add(finish_later, arg, NULL, NULL, 0, 0, "finish") != 0)
		config_intrhook_disestablish(arg);
}

static void
oneshot(void *arg)
{
	append(arg);
}

static void
at_drivers(void *arg)
{
	(void)arg;
	boot_order[0] = '\0';
	append("d");
	boot_hook.ich_func = hook;
	boot_hook.ich_arg = &boot_hook;
	(void)config_intrhook_establish(&boot_hook);
	config_intrhook_oneshot(oneshot, __DECONST(char *, "o"));
	second_hook.ich_func = hook;
	(void)config_intrhook_establish(&second_hook);
	boot_wants_hooks = config_intrhook_drain(&second_hook) == ICHS_QUEUED;
}
SYSINIT(intrhook_test_drivers, SI_SUB_DRIVERS, SI_ORDER_ANY, at_drivers, NULL);

static void
at(void *arg)
{
	append(arg);
}
SYSINIT(intrhook_test_b, SI_SUB_CONFIGURE, SI_ORDER_SECOND, at, "B");
SYSINIT(intrhook_test_a, SI_SUB_CONFIGURE, SI_ORDER_FIRST, at, "A");
SYSINIT(intrhook_test_c, SI_SUB_CONFIGURE, SI_ORDER_ANY, at, "C");
SYSINIT(intrhook_test_z, SI_SUB_ROOT_CONF, SI_ORDER_FIRST, at, "Z");
/* Before everything else, and never. */
SYSINIT(intrhook_test_never, SI_SUB_DUMMY, SI_ORDER_FIRST, at, "!");

KERNEL_TEST(config_intrhook, the_boot_waits_for_hooks)
{
	T_STR(boot_order, "dABCho2Z");
	T_TRUE(boot_wants_hooks);
	T_EQ(config_intrhook_drain(&boot_hook), ICHS_DONE);
}

static struct intr_config_hook late;
static int ran;

static void
count(void *arg)
{
	ran++;
	if (arg != NULL)
		config_intrhook_disestablish(arg);
}

KERNEL_TEST(config_intrhook, afterwards_hooks_run_at_once)
{
	ran = 0;
	late = (struct intr_config_hook) { .ich_func = count };
	T_EQ(config_intrhook_establish(&late), 0);
	T_EQ(ran, 1);
	T_EQ(config_intrhook_establish(&late), 1);
	T_EQ(ran, 1);
	config_intrhook_disestablish(&late);
	late.ich_arg = &late;
	T_EQ(config_intrhook_establish(&late), 0);
	T_EQ(ran, 2);
	config_intrhook_oneshot(count, NULL);
	T_EQ(ran, 3);
}

static struct intr_config_hook inner;

static void
nests(void *arg)
{
	inner =
	    (struct intr_config_hook) { .ich_func = count, .ich_arg = &inner };
	(void)config_intrhook_establish(&inner);
	/* It comes when this one has returned. */
	T_EQ(ran, 0);
	config_intrhook_disestablish(arg);
}

KERNEL_TEST(config_intrhook, hooks_of_hooks_come_later)
{
	ran = 0;
	late =
	    (struct intr_config_hook) { .ich_func = nests, .ich_arg = &late };
	T_EQ(config_intrhook_establish(&late), 0);
	T_EQ(ran, 1);
}

static void
starts(void *arg)
{
	(void)kthread_add(finish_later, arg, NULL, NULL, 0, 0, "finish");
}

KERNEL_TEST(config_intrhook, drain_waits_for_one_that_runs)
{
	int start = ticks;

	device_ticks = 3;
	late =
	    (struct intr_config_hook) { .ich_func = starts, .ich_arg = &late };
	T_EQ(config_intrhook_establish(&late), 0);
	T_EQ(config_intrhook_drain(&late), ICHS_RUNNING);
	T_EQ(ticks - start, 3);
	T_EQ(config_intrhook_drain(&late), ICHS_DONE);
	device_ticks = 0;
}

KERNEL_TEST_PANICS(config_intrhook, disestablish_of_nothing,
    "disestablishing an unestablished hook")
{
	late = (struct intr_config_hook) { .ich_func = count };
	config_intrhook_disestablish(&late);
}

KERNEL_TEST_MISUSE(config_intrhook, never_disestablished,
    "config_intrhook: count was never disestablished")
{
	late = (struct intr_config_hook) { .ich_func = count };
	(void)config_intrhook_establish(&late);
}
