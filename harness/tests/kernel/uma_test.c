/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uma(9): what zones promise, and what they catch.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/malloc.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/uma.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

#define MAGIC 0x5ca1ab1e

/* Hides from the compiler what became of a pointer. */
static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return (p);
}

static uma_zone_t
plain(size_t size)
{
	return (uma_zcreate("test", size, NULL, NULL, NULL, NULL, UMA_ALIGN_PTR,
	    0));
}

KERNEL_TEST(uma, items_are_apart_and_aligned)
{
	static const size_t sizes[] = { 1, 24, 64, 100, 1000, 2048, 4096,
		5000 };
	char *item[40];
	uma_zone_t zone;

	for (size_t s = 0; s < nitems(sizes); s++) {
		zone = plain(sizes[s]);
		for (size_t i = 0; i < nitems(item); i++) {
			item[i] = uma_zalloc(zone, M_WAITOK);
			T_REQUIRE(machine_is_kva((uintptr_t)item[i], sizes[s]));
			T_EQ((uintptr_t)item[i] & UMA_ALIGN_PTR, 0);
			memset(item[i], (int)i, sizes[s]);
		}
		T_EQ(uma_zone_get_cur(zone), nitems(item));
		T_TRUE(uma_zone_memory(zone) >= nitems(item) * sizes[s]);
		for (size_t i = 0; i < nitems(item); i++) {
			T_EQ((u_char)item[i][0], i);
			T_EQ((u_char)item[i][sizes[s] - 1], i);
			uma_zfree(zone, item[i]);
		}
		T_EQ(uma_zone_get_cur(zone), 0);
		uma_zone_reclaim(zone, UMA_RECLAIM_DRAIN);
		T_EQ(uma_zone_memory(zone), 0);
		uma_zdestroy(zone);
	}
}

KERNEL_TEST(uma, cache_lines_and_contiguous_items)
{
	uma_zone_t zone;
	char *item;

	zone = uma_zcreate("lines", 24, NULL, NULL, NULL, NULL, UMA_ALIGN_CACHE,
	    UMA_ZONE_NODUMP);
	for (int i = 0; i < 3; i++) {
		item = uma_zalloc(zone, M_NOWAIT);
		T_EQ((uintptr_t)item % CACHE_LINE_SIZE, 0);
		uma_zfree(zone, item);
	}
	uma_zdestroy(zone);
	zone = uma_zcreate("contig", 3 * PAGE_SIZE, NULL, NULL, NULL, NULL,
	    UMA_ALIGN_PTR, UMA_ZONE_CONTIG);
	item = uma_zalloc(zone, M_WAITOK);
	T_EQ(vtophys(item + 2 * PAGE_SIZE) - vtophys(item), 2 * PAGE_SIZE);
	uma_zfree(zone, item);
	uma_zdestroy(zone);
}

KERNEL_TEST(uma, zeroes_when_asked)
{
	uma_zone_t zone = plain(64);
	uint64_t *item;

	for (int i = 0; i < 100; i++) {
		item = uma_zalloc(zone, M_WAITOK | M_ZERO);
		T_EQ(item[0] | item[7], 0);
		item[0] = item[7] = ~0ul;
		uma_zfree(zone, item);
	}
	uma_zfree(zone, NULL);
	uma_zdestroy(zone);
}

KERNEL_TEST(uma, fresh_items_hold_the_pattern_or_zero)
{
	uma_zone_t zone = plain(64);
	uint64_t *item;

	item = uma_zalloc(zone, M_WAITOK);
	T_EQ(item[0], 0xdeadc0dedeadc0deul);
	uma_zfree(zone, item);
	uma_zdestroy(zone);
	zone = uma_zcreate("zero", 64, NULL, NULL, NULL, NULL, UMA_ALIGN_PTR,
	    UMA_ZONE_ZINIT);
	item = uma_zalloc(zone, M_WAITOK);
	T_EQ(item[0], 0);
	uma_zfree(zone, item);
	uma_zdestroy(zone);
}

static int inits, finis, ctors, dtors, fail_ctor, fail_init;

struct object {
	uint32_t inited;
	uint32_t uses;
};

static int
object_init(void *mem, int size, int flags)
{
	struct object *object = mem;

	(void)flags;
	T_EQ(size, sizeof(*object));
	if (fail_init > 0 && --fail_init == 0)
		return (ENOMEM);
	object->inited = MAGIC;
	object->uses = 0;
	inits++;
	return (0);
}

static void
object_fini(void *mem, int size)
{
	struct object *object = mem;

	(void)size;
	T_EQ(object->inited, MAGIC);
	finis++;
}

static int
object_ctor(void *mem, int size, void *arg, int flags)
{
	struct object *object = mem;

	(void)size;
	(void)flags;
	T_EQ(object->inited, MAGIC);
	T_TRUE(arg == &ctors);
	if (fail_ctor)
		return (ENOMEM);
	object->uses++;
	ctors++;
	return (0);
}

static void
object_dtor(void *mem, int size, void *arg)
{
	(void)mem;
	(void)size;
	T_TRUE(arg == &dtors);
	dtors++;
}

static uma_zone_t
objects(void)
{
	inits = finis = ctors = dtors = fail_ctor = fail_init = 0;
	return (uma_zcreate("objects", sizeof(struct object), object_ctor,
	    object_dtor, object_init, object_fini, UMA_ALIGN_PTR, 0));
}

KERNEL_TEST(uma, items_keep_what_init_has_made)
{
	uma_zone_t zone = objects();
	struct object *object;
	uint32_t uses = 0;

	for (int i = 0; i < 2000; i++) {
		object = uma_zalloc_arg(zone, &ctors, M_WAITOK);
		uses = MAX(uses, object->uses);
		uma_zfree_arg(zone, object, &dtors);
	}
	T_EQ(ctors, 2000);
	T_EQ(dtors, 2000);
	T_TRUE(inits > 1 && inits < 1000);
	T_TRUE(uses > 1);
	T_EQ(finis, 0);
	uma_zdestroy(zone);
	T_EQ(finis, inits);
}

KERNEL_TEST(uma, a_ctor_may_refuse)
{
	uma_zone_t zone = objects();
	void *item;

	fail_ctor = 1;
	item = uma_zalloc_arg(zone, &ctors, M_WAITOK);
	T_TRUE(item == NULL);
	T_EQ(uma_zone_get_cur(zone), 0);
	T_EQ(dtors, 0);
	fail_ctor = 0;
	item = uma_zalloc_arg(zone, &ctors, M_WAITOK);
	T_TRUE(item != NULL);
	uma_zfree_arg(zone, item, &dtors);
	uma_zdestroy(zone);
}

KERNEL_TEST(uma, an_init_may_refuse)
{
	uma_zone_t zone = objects();
	void *item;

	fail_init = 5;
	item = uma_zalloc_arg(zone, &ctors, M_NOWAIT);
	T_TRUE(item == NULL);
	T_EQ(finis, 4);
	T_EQ(uma_zone_memory(zone), 0);
	fail_init = 2;
	uma_prealloc(zone, 1);
	T_EQ(uma_zone_memory(zone), 0);
	item = uma_zalloc_arg(zone, &ctors, M_NOWAIT);
	uma_zfree_arg(zone, item, &dtors);
	uma_zdestroy(zone);
}

static int actions;

static void
action(uma_zone_t zone, int pending)
{
	(void)zone;
	actions += pending;
}

KERNEL_TEST(uma, a_limit_is_kept)
{
	uma_zone_t zone = plain(32);
	void *item[3];

	actions = 0;
	T_EQ(uma_zone_get_max(zone), 0);
	T_EQ(uma_zone_set_max(zone, 2), 2);
	uma_zone_set_warning(zone, "the test is full");
	uma_zone_set_maxaction(zone, action);
	item[0] = uma_zalloc(zone, M_NOWAIT);
	T_FALSE(uma_zone_exhausted(zone));
	item[1] = uma_zalloc(zone, M_NOWAIT);
	T_TRUE(uma_zone_exhausted(zone));
	item[2] = uma_zalloc(zone, M_NOWAIT);
	T_TRUE(item[2] == NULL);
	item[2] = uma_zalloc(zone, M_NOWAIT);
	T_TRUE(item[2] == NULL);
	pause("action", 1);
	T_EQ(actions, 2);
	T_HAS(kernel_log_text(), "[zone: test] the test is full");
	T_TRUE(strstr(strstr(kernel_log_text(), "the test is full") + 1,
		   "the test is full") == NULL);
	uma_zfree(zone, item[0]);
	uma_zfree(zone, item[1]);
	uma_zdestroy(zone);
}

struct waiter {
	uma_zone_t zone;
	void *item;
};

static void
wait_for_item(void *arg)
{
	struct waiter *waiter = arg;

	waiter->item = uma_zalloc(waiter->zone, M_WAITOK);
	kthread_exit();
}

KERNEL_TEST(uma, waitok_waits_for_an_item)
{
	struct waiter waiter = { .zone = plain(32) };
	void *item;

	uma_zone_set_max(waiter.zone, 1);
	item = uma_zalloc(waiter.zone, M_WAITOK);
	T_EQ(kthread_add(wait_for_item, &waiter, NULL, NULL, 0, 0, "wait"), 0);
	pause("let it wait", 2);
	T_TRUE(waiter.item == NULL);
	uma_zfree(waiter.zone, item);
	pause("let it go on", 2);
	T_TRUE(waiter.item != NULL);
	uma_zfree(waiter.zone, waiter.item);
	uma_zdestroy(waiter.zone);
}

/* Takes all of memory, page by page. */
static uint32_t
exhaust(void ***pages)
{
	uint32_t n = 0;
	void **page, **last = NULL;

	while ((page = malloc(PAGE_SIZE - 64, M_TEMP, M_NOWAIT)) != NULL) {
		*page = last;
		last = page;
		n++;
	}
	*pages = last;
	return (n);
}

KERNEL_TEST(uma, the_reserve_is_for_those_who_say_so)
{
	uma_zone_t zone = plain(2048);
	void **pages, *item, *next, *reserved;

	uma_zone_reserve(zone, 1);
	uma_prealloc(zone, 2);
	(void)exhaust(&pages);
	/* With AddressSanitizer one item fills a page, without it half. */
	for (next = NULL; (item = uma_zalloc(zone, M_NOWAIT)) != NULL;) {
		*(void **)item = next;
		next = item;
	}
	reserved = uma_zalloc(zone, M_NOWAIT | M_USE_RESERVE);
	T_TRUE(reserved != NULL);
	T_TRUE(uma_zalloc(zone, M_NOWAIT | M_USE_RESERVE) == NULL);
	uma_zfree(zone, reserved);
	while ((item = next) != NULL) {
		next = *(void **)item;
		uma_zfree(zone, item);
	}
	while (pages != NULL) {
		item = pages;
		pages = *pages;
		free(item, M_TEMP);
	}
	uma_zdestroy(zone);
}

KERNEL_TEST(uma, nofree_zones_keep_their_memory)
{
	uma_zone_t zone;
	size_t before;

	zone = uma_zcreate("kept", 100, NULL, NULL, NULL, NULL, UMA_ALIGN_INT,
	    UMA_ZONE_NOFREE);
	uma_prealloc(zone, 100);
	before = uma_zone_memory(zone);
	T_TRUE(before >= 100 * 100);
	uma_zone_reclaim(zone, UMA_RECLAIM_TRIM);
	T_EQ(uma_zone_memory(zone), before);
	uma_zdestroy(zone);
}

KERNEL_TEST(uma, allocations_can_be_made_to_fail)
{
	uma_zone_t zone = plain(16);
	void *item;

	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_UMA,
	    .site = "test@",
	    .first = 1 });
	item = uma_zalloc(zone, M_NOWAIT);
	T_TRUE(item == NULL);
	item = uma_zalloc(zone, M_NOWAIT);
	uma_zfree(zone, item);
	uma_zdestroy(zone);
}

/*
 * --- statistics ---
 */

static struct kernel_memory found;

static void
find(void *arg, const struct kernel_memory *memory)
{
	if (strcmp(memory->name, arg) == 0)
		found = *memory;
}

static MALLOC_DEFINE(M_COUNTED, "counted", "tests");

KERNEL_TEST(uma, use_can_be_read)
{
	static char text[16384];
	uma_zone_t zone = plain(100);
	void *item, *p, *q;

	item = uma_zalloc(zone, M_WAITOK);
	uma_zone_set_max(zone, 1);
	T_TRUE(uma_zalloc(zone, M_NOWAIT) == NULL);
	kernel_memory_foreach(find, __DECONST(char *, "test"));
	T_TRUE(found.zone);
	T_EQ(found.inuse, 1);
	T_EQ(found.bytes, 100);
	T_EQ(found.requests, 1);
	T_EQ(found.failures, 1);
	T_EQ(found.limit, 1);

	p = malloc(10, M_COUNTED, M_WAITOK);
	q = malloc(20, M_COUNTED, M_WAITOK);
	free(p, M_COUNTED);
	p = malloc(1ul << 60, M_COUNTED, M_NOWAIT);
	T_TRUE(p == NULL);
	kernel_memory_foreach(find, __DECONST(char *, "counted"));
	T_FALSE(found.zone);
	T_EQ(found.inuse, 1);
	T_EQ(found.bytes, 20);
	T_EQ(found.requests, 2);
	T_EQ(found.failures, 1);
	T_EQ(kernel_sysctl_read("kern.malloc", text, sizeof(text)), 0);
	T_HAS(text, "             counted        1         20          2");
	T_EQ(kernel_sysctl_read("vm.zone", text, sizeof(text)), 0);
	T_HAS(text, "                test        1        100          1");
	free(q, M_COUNTED);
	uma_zfree(zone, item);
	uma_zdestroy(zone);
}

/*
 * --- misuse ---
 */

KERNEL_TEST_MISUSE(uma, destroy_with_items_in_use,
    "Freed UMA keg (test) was not empty (1 items).  Lost 1 pages of memory.")
{
	uma_zone_t zone = plain(100);
	char *item = uma_zalloc(zone, M_WAITOK);

	uma_zdestroy(zone);
	*(char *)opaque(item) = 1; /* it is lost, not gone */
}

KERNEL_TEST_PANICS(uma, free_twice, "Duplicate free of")
{
	uma_zone_t zone = plain(100);
	void *item = uma_zalloc(zone, M_WAITOK);

	uma_zfree(zone, item);
	uma_zfree(zone, opaque(item));
}

KERNEL_TEST_PANICS(uma, free_to_another_zone,
    "did not belong to zone test, but to objects")
{
	uma_zone_t zone = plain(100), other = objects();

	uma_zfree(zone, uma_zalloc_arg(other, &ctors, M_WAITOK));
}

KERNEL_TEST_PANICS(uma, free_of_what_malloc_gave, "did not belong to zone test")
{
	uma_zfree(plain(100), malloc(100, M_TEMP, M_WAITOK));
}

KERNEL_TEST_PANICS(uma, item_given_to_free, "was not allocated by")
{
	free(uma_zalloc(plain(100), M_WAITOK), M_TEMP);
}

KERNEL_TEST_PANICS(uma, free_in_the_middle, "Unaligned free of")
{
	uma_zone_t zone = plain(100);
	char *item = uma_zalloc(zone, M_WAITOK);

	uma_zfree(zone, item + 8);
}

KERNEL_TEST_PANICS(uma, neither_wait_nor_nowait, "must name exactly one of")
{
	(void)opaque(uma_zalloc(plain(100), M_ZERO));
}

KERNEL_TEST_PANICS(uma, inside_a_critical_section,
    "called within spinlock or critical section")
{
	uma_zone_t zone = plain(100);

	critical_enter();
	(void)opaque(uma_zalloc(zone, M_NOWAIT));
}

KERNEL_TEST_PANICS(uma, unknown_flags, "uma_zcreate: unknown flags")
{
	(void)opaque(
	    uma_zcreate("odd", 8, NULL, NULL, NULL, NULL, 0, 1u << 31));
}

KERNEL_TEST_PANICS(uma, odd_alignment, "invalid alignment mask")
{
	(void)opaque(uma_zcreate("odd", 8, NULL, NULL, NULL, NULL, 6, 0));
}

KERNEL_TEST_PANICS(uma, no_memory, "uma_zalloc: out of memory: zone huge")
{
	uma_zone_t zone;
	void **pages;

	zone = uma_zcreate("huge", 1 << 20, NULL, NULL, NULL, NULL,
	    UMA_ALIGN_PTR, 0);
	(void)exhaust(&pages);
	T_TRUE(uma_zalloc(zone, M_NOWAIT) == NULL);
	(void)opaque(uma_zalloc(zone, M_WAITOK));
}

/*
 * --- secondary zones ---
 */

static int imports, exports, fail_import;

static int
second_init(void *mem, int size, int flags)
{
	(void)flags;
	if (fail_import)
		return (ENOMEM);
	imports++;
	memset(mem, 0x5a, size);
	return (0);
}

static void
second_fini(void *mem, int size)
{
	exports++;
	T_EQ(((u_char *)mem)[size - 1], 0x5a);
}

/* Items keep what zinit has made of them until they go back. */
KERNEL_TEST(uma, secondary_zones_keep_items_fit)
{
	uma_zone_t zone = plain(256), second;
	u_char *a, *b, *c;

	imports = exports = fail_import = 0;
	second = uma_zsecond_create("second", NULL, NULL, second_init,
	    second_fini, zone);
	a = uma_zalloc(second, M_NOWAIT);
	b = uma_zalloc(second, M_NOWAIT);
	c = uma_zalloc(zone, M_NOWAIT);
	T_EQ(imports, 2);
	T_EQ(a[0], 0x5a);
	T_EQ(uma_zone_get_cur(second), 2);
	T_EQ(uma_zone_get_cur(zone), 1);
	a[0] = 7;
	uma_zfree(second, a);
	T_EQ(exports, 0);
	T_EQ(uma_zalloc(second, M_NOWAIT), a);
	T_EQ(a[0], 7);
	T_EQ(imports, 2);
	fail_import = 1;
	T_EQ(uma_zalloc(second, M_NOWAIT), NULL);
	uma_zfree(second, a);
	uma_zfree(second, b);
	uma_zone_reclaim(second, UMA_RECLAIM_DRAIN);
	T_EQ(exports, 2);
	uma_zfree(zone, c);
	uma_zdestroy(second);
	uma_zdestroy(zone);
}

KERNEL_TEST_ALWAYS_PANICS(uma, secondary_items_are_not_the_primarys,
    "did not belong to zone test, but to another that shares its memory")
{
	uma_zone_t zone = plain(256), second;

	second = uma_zsecond_create("second", NULL, NULL, NULL, NULL, zone);
	uma_zfree(zone, uma_zalloc(second, M_NOWAIT));
}

KERNEL_TEST_ALWAYS_PANICS(uma, secondary_double_free, "Duplicate free")
{
	uma_zone_t zone = plain(256), second;
	void *item;

	second = uma_zsecond_create("second", NULL, NULL, NULL, NULL, zone);
	item = uma_zalloc(second, M_NOWAIT);
	uma_zfree(second, item);
	uma_zfree(second, opaque(item));
}
