/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * module(9) and SYSINIT(9): in which order things come up, and that modules
 * are told when they come and go.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>

#include "tests/test.h"

/*
 * What ran, in order, since the last boot of this kernel: a letter each.
 */
static char trail[32];
static size_t trail_length;

static void
step(void *arg)
{
	const char *letter = arg;

	if (*letter == 'a')
		trail_length = 0;
	if (trail_length < sizeof(trail) - 1)
		trail[trail_length++] = *letter;
	trail[trail_length] = '\0';
}

/* Written against the order in which they must run. */
static char letters[] = "abcdef";
SYSINIT(test_e, SI_SUB_PSEUDO, SI_ORDER_ANY, step, &letters[4]);
SYSINIT(test_d, SI_SUB_PSEUDO, SI_ORDER_SECOND, step, &letters[3]);
SYSINIT(test_c, SI_SUB_PSEUDO, SI_ORDER_FIRST, step, &letters[2]);
SYSINIT(test_b, SI_SUB_LOCK, SI_ORDER_ANY, step, &letters[1]);
SYSINIT(test_a, SI_SUB_TUNABLES, SI_ORDER_FIRST, step, &letters[0]);
SYSUNINIT(test_f, SI_SUB_PSEUDO, SI_ORDER_FIRST, step, &letters[5]);

KERNEL_TEST(module, sysinits_run_by_subsystem_and_order)
{
	T_STR(trail, "abcde");
}

static int loads, unloads, quiesces, refuse;
static void *seen_arg;

static int
test_modevent(module_t mod, int what, void *arg)
{
	seen_arg = arg;
	switch (what) {
	case MOD_LOAD:
		loads++;
		return (refuse);
	case MOD_QUIESCE:
		quiesces++;
		return (refuse);
	case MOD_UNLOAD:
		unloads++;
		return (refuse);
	default:
		return (EOPNOTSUPP);
	}
}

/* One that is linked in, and one that a test brings up by itself. */
static moduledata_t linked_mod = { "test_linked", test_modevent, &loads };
DECLARE_MODULE(test_linked, linked_mod, SI_SUB_PSEUDO, SI_ORDER_MIDDLE);
MODULE_VERSION(test_linked, 1);
MODULE_DEPEND(test_linked, pci, 1, 1, 1);

static moduledata_t late_mod = { "test_late", test_modevent, &unloads };

KERNEL_TEST(module, what_is_linked_in_is_loaded)
{
	module_t mod;

	mod = module_lookupbyname("test_linked");
	T_REQUIRE(mod != NULL);
	T_STR(module_getname(mod), "test_linked");
	T_TRUE(module_lookupbyid(module_getid(mod)) == mod);
	T_TRUE(module_lookupbyname("no_such_module") == NULL);
}

KERNEL_TEST(module, handler_is_told_of_load_and_unload)
{
	module_t mod;

	loads = unloads = quiesces = refuse = 0;
	module_register_init(&late_mod);
	T_EQ(loads, 1);
	T_TRUE(seen_arg == &unloads);
	mod = module_lookupbyname("test_late");
	T_REQUIRE(mod != NULL);
	T_EQ(module_quiesce(mod), 0);
	T_EQ(module_unload(mod), 0);
	T_EQ(quiesces, 1);
	T_EQ(unloads, 1);
	T_TRUE(module_lookupbyname("test_late") == NULL);
}

KERNEL_TEST(module, that_refuses_to_load_is_not_there)
{
	loads = 0;
	refuse = ENXIO;
	module_register_init(&late_mod);
	refuse = 0;
	T_EQ(loads, 1);
	T_TRUE(module_lookupbyname("test_late") == NULL);
}

KERNEL_TEST(module, that_refuses_to_unload_stays)
{
	module_t mod;

	refuse = 0;
	module_register_init(&late_mod);
	mod = module_lookupbyname("test_late");
	T_REQUIRE(mod != NULL);
	refuse = EBUSY;
	T_EQ(module_quiesce(mod), EBUSY);
	T_EQ(module_unload(mod), EBUSY);
	T_TRUE(module_lookupbyname("test_late") == mod);
	refuse = 0;
}

static int
stubborn_modevent(module_t mod, int what, void *arg)
{
	return (what == MOD_LOAD ? 0 : EBUSY);
}
static moduledata_t stubborn_mod = { "test_stubborn", stubborn_modevent, NULL };

KERNEL_TEST_MISUSE(module, stubborn_one_is_reported_at_halt,
    "module test_stubborn cannot be unloaded")
{
	module_register_init(&stubborn_mod);
	T_TRUE(module_lookupbyname("test_stubborn") != NULL);
}

KERNEL_TEST(module, registers_a_name_once)
{
	T_EQ(module_register(&linked_mod, NULL), EEXIST);
}

KERNEL_TEST(module, references_keep_it)
{
	modspecific_t specific = { .intval = 7 };
	module_t mod;

	loads = unloads = quiesces = refuse = 0;
	module_register_init(&late_mod);
	mod = module_lookupbyname("test_late");
	T_REQUIRE(mod != NULL);
	module_setspecific(mod, &specific);
	T_TRUE(module_file(mod) == NULL);
	T_TRUE(module_getfnext(mod) == NULL);
	T_TRUE(module_lookupbyid(module_getid(mod) + 1) == NULL);
	module_reference(mod);
	module_release(mod);
	T_TRUE(module_lookupbyname("test_late") == mod);
	T_EQ(module_register(&late_mod, NULL), EEXIST);
	module_register_init(&late_mod);
	T_EQ(loads, 1);
	T_EQ(module_unload(mod), 0);
	T_TRUE(module_lookupbyname("test_late") == NULL);
}

static moduledata_t mute_mod = { "test_mute", NULL, NULL };

KERNEL_TEST(module, without_a_handler)
{
	module_register_init(&mute_mod);
	T_TRUE(module_lookupbyname("test_mute") != NULL);
	T_EQ(module_quiesce(module_lookupbyname("test_mute")), 0);
	T_EQ(module_unload(module_lookupbyname("test_mute")), 0);
}
