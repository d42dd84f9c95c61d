/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kobj(9): which method a call reaches.  The interface under test is
 * device_if.m's, as kobj.awk has compiled it.
 */
#include <sys/param.h>
#include <sys/bus.h>
#include <sys/kobj.h>
#include <sys/malloc.h>

#include "tests/test.h"

static int
attach_one(device_t dev)
{
	return (1);
}

static int
attach_two(device_t dev)
{
	return (2);
}

static int
detach_two(device_t dev)
{
	return (22);
}

static int
suspend_three(device_t dev)
{
	return (333);
}

static kobj_method_t one_methods[] = { DEVMETHOD(device_attach, attach_one),
	DEVMETHOD_END };
static kobj_method_t two_methods[] = { DEVMETHOD(device_attach, attach_two),
	DEVMETHOD(device_detach, detach_two), DEVMETHOD_END };
static kobj_method_t three_methods[] = {
	DEVMETHOD(device_suspend, suspend_three), DEVMETHOD_END
};
static kobj_method_t no_methods[] = { DEVMETHOD_END };

static struct kobj_class one = { "one", one_methods, sizeof(struct kobj), NULL,
	0, NULL };
static struct kobj_class two = { "two", two_methods, sizeof(struct kobj), NULL,
	0, NULL };
DEFINE_CLASS_1(kobj_test_heir, heir, no_methods, sizeof(struct kobj), one);
DEFINE_CLASS_2(kobj_test_both, both, three_methods, sizeof(struct kobj), one,
    two);
DEFINE_CLASS_3(kobj_test_deep, deep, no_methods, sizeof(struct kobj), heir,
    both, two);

static device_t
as_device(struct kobj *obj)
{
	return ((device_t)(void *)obj);
}

KERNEL_TEST(kobj, finds_its_own_method)
{
	struct kobj obj;

	kobj_init(&obj, &two);
	T_EQ(DEVICE_ATTACH(as_device(&obj)), 2);
	T_EQ(DEVICE_DETACH(as_device(&obj)), 22);
	kobj_delete(&obj, NULL);
}

KERNEL_TEST(kobj, inherits_from_a_base_class)
{
	struct kobj obj;

	kobj_init(&obj, &heir);
	T_EQ(DEVICE_ATTACH(as_device(&obj)), 1);
	kobj_delete(&obj, NULL);
}

KERNEL_TEST(kobj, takes_the_first_of_two_base_classes)
{
	struct kobj obj;

	kobj_init(&obj, &both);
	T_EQ(DEVICE_ATTACH(as_device(&obj)), 1);
	T_EQ(DEVICE_DETACH(as_device(&obj)), 22);
	T_EQ(DEVICE_SUSPEND(as_device(&obj)), 333);
	kobj_delete(&obj, NULL);
}

KERNEL_TEST(kobj, searches_depth_first)
{
	struct kobj obj;

	kobj_init(&obj, &deep);
	T_EQ(DEVICE_ATTACH(as_device(&obj)), 1);
	T_EQ(DEVICE_DETACH(as_device(&obj)), 22);
	T_EQ(DEVICE_SUSPEND(as_device(&obj)), 333);
	kobj_delete(&obj, NULL);
}

KERNEL_TEST(kobj, falls_back_to_the_default)
{
	struct kobj obj;

	kobj_init(&obj, &one);
	/* With a default in the interface, and without. */
	T_EQ(DEVICE_SHUTDOWN(as_device(&obj)), 0);
	T_EQ(DEVICE_PROBE(as_device(&obj)), ENXIO);
	kobj_delete(&obj, NULL);
}

KERNEL_TEST(kobj, answers_the_same_from_the_cache)
{
	struct kobj a, b;

	kobj_init(&a, &one);
	kobj_init(&b, &two);
	for (int i = 0; i < 3; i++) {
		T_EQ(DEVICE_ATTACH(as_device(&a)), 1);
		T_EQ(DEVICE_ATTACH(as_device(&b)), 2);
		T_EQ(DEVICE_DETACH(as_device(&a)), ENXIO);
		T_EQ(DEVICE_DETACH(as_device(&b)), 22);
	}
	kobj_delete(&a, NULL);
	kobj_delete(&b, NULL);
}

KERNEL_TEST(kobj, counts_references_and_frees_the_methods)
{
	struct kobj *a, *b;

	T_EQ(one.refs, 0);
	a = kobj_create(&one, M_TEMP, M_WAITOK);
	b = kobj_create(&one, M_TEMP, M_WAITOK);
	T_EQ(one.refs, 2);
	T_TRUE(one.ops != NULL);
	T_TRUE(a->ops == b->ops);
	kobj_delete(a, M_TEMP);
	T_TRUE(one.ops != NULL);
	kobj_delete(b, M_TEMP);
	T_EQ(one.refs, 0);
	T_TRUE(one.ops == NULL);
}

KERNEL_TEST(kobj, class_in_memory_of_the_callers)
{
	static struct kobj_ops ops;
	struct kobj obj;

	kobj_class_compile_static(&two, &ops);
	T_TRUE(two.ops == &ops);
	kobj_init_static(&obj, &two);
	T_EQ(DEVICE_ATTACH(as_device(&obj)), 2);
	kobj_delete(&obj, NULL);
	/* Its methods stay with the last object gone. */
	T_TRUE(two.ops == &ops);
}

KERNEL_TEST_PANICS(kobj, object_of_a_class_that_is_not_compiled,
    "is not compiled")
{
	struct kobj obj;

	kobj_init_static(&obj, &one);
}
