/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc(9): what it promises, and what it catches.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/domainset.h>
#include <sys/malloc.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <vm/vm.h>
#include <vm/pmap.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

static MALLOC_DEFINE(M_TEST, "test", "tests");
static MALLOC_DEFINE(M_OTHER, "other", "tests");

static bool
all_bytes(const uint8_t *p, size_t size, uint8_t value)
{
	for (; size > 0; size--)
		if (*p++ != value)
			return (false);
	return (true);
}

/* Hides a pointer's size from the compiler, which knows malloc(). */
static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return (p);
}

KERNEL_TEST(malloc, sizes_are_usable_and_aligned)
{
	static const size_t sizes[] = { 1, 16, 17, 63, 64, 100, 512, 2047, 2048,
		2049, 4096, 5000, 65536, 300000 };
	uint8_t *p[nitems(sizes)];
	size_t i;

	for (i = 0; i < nitems(sizes); i++) {
		p[i] = malloc(sizes[i], M_TEST, M_WAITOK);
		T_REQUIRE(machine_is_kva((uintptr_t)p[i], sizes[i]));
		T_EQ((uintptr_t)p[i] % 16, 0);
		if (sizes[i] >= PAGE_SIZE)
			T_EQ((uintptr_t)p[i] & PAGE_MASK, 0);
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < nitems(sizes); i++) {
		T_TRUE(all_bytes(p[i], sizes[i], i + 1));
		T_TRUE(malloc_usable_size(p[i]) >= sizes[i]);
		free(p[i], M_TEST);
	}
}

KERNEL_TEST(malloc, zeroes_when_asked)
{
	uint8_t *p;
	int i;

	for (i = 0; i < 40; i++) {
		p = malloc(200, M_TEST, M_WAITOK);
		memset(p, 0xa5, 200);
		free(p, M_TEST);
		p = malloc(200, M_TEST, M_WAITOK | M_ZERO);
		T_TRUE(all_bytes(p, 200, 0));
		free(p, M_TEST);
	}
	p = malloc(3 * PAGE_SIZE, M_TEST, M_NOWAIT | M_ZERO);
	T_TRUE(all_bytes(p, 3 * PAGE_SIZE, 0));
	free(p, M_TEST);
}

KERNEL_TEST(malloc, fresh_memory_holds_the_pattern)
{
	static const uint32_t pattern = 0xdeadc0de;
	char *p = malloc(64, M_TEST, M_WAITOK);
	char *q = malloc(8192, M_TEST, M_WAITOK);

	T_EQ(memcmp(p, &pattern, 4), 0);
	T_EQ(memcmp(p + 60, &pattern, 4), 0);
	T_EQ(memcmp(q, &pattern, 4), 0);
	T_EQ(memcmp(q + 8188, &pattern, 4), 0);
	free(p, M_TEST);
	free(q, M_TEST);
}

KERNEL_TEST(malloc, pages_are_not_neighbours)
{
	char *p = malloc(4 * PAGE_SIZE, M_TEST, M_WAITOK);
	int i;

	for (i = 0; i < 3; i++)
		T_TRUE(vtophys(p + (i + 1) * PAGE_SIZE) !=
		    vtophys(p + i * PAGE_SIZE) + PAGE_SIZE);
	free(p, M_TEST);
}

KERNEL_TEST(malloc, ledger_counts_by_type)
{
	struct malloc_type *type;
	void *a, *b;

	a = malloc(100, M_TEST, M_WAITOK);
	b = malloc(5000, M_TEST, M_WAITOK);
	type = malloc_desc2type("test");
	T_REQUIRE(type == M_TEST);
	T_EQ(type->ks_mti.mti_inuse, 2);
	T_EQ(type->ks_mti.mti_bytes, 5100);
	free(a, M_TEST);
	T_EQ(type->ks_mti.mti_bytes, 5000);
	free(b, M_TEST);
	T_EQ(type->ks_mti.mti_inuse, 0);
	T_EQ(type->ks_mti.mti_requests, 2);
}

KERNEL_TEST(malloc, counts_in_the_statistics)
{
	struct kernel_stats before, after;
	void *p;

	kernel_stats(&before);
	p = malloc(10, M_TEST, M_WAITOK);
	kernel_stats(&after);
	T_EQ(after.mallocs - before.mallocs, 1);
	free(p, M_TEST);
	kernel_stats(&after);
	T_EQ(after.frees - before.frees, 1);
}

KERNEL_TEST(malloc, nowait_fails_when_memory_is_short)
{
	void *p = malloc(machine_ram_size, M_TEST, M_NOWAIT);

	T_TRUE(p == NULL);
	free(p, M_TEST);
}

KERNEL_TEST(malloc, exhaustion_and_recovery)
{
	size_t size = MACHINE_CHUNK_SIZE, n = 0;
	void **list = NULL, **p;

	/* Each block points to the one before. */
	while ((p = malloc(size, M_TEST, M_NOWAIT)) != NULL) {
		*p = list;
		list = p;
		n++;
	}
	T_TRUE(n > 10);
	while ((p = list) != NULL) {
		list = *p;
		free(p, M_TEST);
	}
	p = malloc(8 * size, M_TEST, M_NOWAIT);
	T_TRUE(p != NULL);
	free(p, M_TEST);
}

KERNEL_TEST(malloc, realloc_keeps_the_bytes)
{
	uint8_t *p = malloc(100, M_TEST, M_WAITOK);

	memset(p, 7, 100);
	p = realloc(p, 6000, M_TEST, M_WAITOK);
	T_TRUE(all_bytes(p, 100, 7));
	p = realloc(p, 10, M_TEST, M_WAITOK);
	T_TRUE(all_bytes(p, 10, 7));
	p = reallocf(p, machine_ram_size, M_TEST, M_NOWAIT);
	T_TRUE(p == NULL);
	T_EQ(M_TEST->ks_mti.mti_inuse, 0);
}

KERNEL_TEST(malloc, aligned)
{
	void *p = malloc_aligned(40, 256, M_TEST, M_WAITOK);
	void *q = malloc_aligned(40, PAGE_SIZE, M_TEST, M_WAITOK);

	T_EQ((uintptr_t)p % 256, 0);
	T_EQ((uintptr_t)q % PAGE_SIZE, 0);
	free(p, M_TEST);
	zfree(q, M_TEST);
	free(NULL, M_TEST);
}

/* Freed items wait behind the others of their page. */
KERNEL_TEST(malloc, freed_items_are_not_reused_at_once)
{
	void *p = malloc(64, M_TEST, M_WAITOK), *q;

	free(p, M_TEST);
	q = malloc(64, M_TEST, M_WAITOK);
	T_TRUE(p != q);
	free(q, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_once, "is freed twice")
{
	void *p = opaque(malloc(50, M_TEST, M_WAITOK));

	free(p, M_TEST);
	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_pages_once, "is freed twice")
{
	void *p = opaque(malloc(50000, M_TEST, M_WAITOK));

	free(p, M_TEST);
	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_only_starts,
    "16 bytes inside the allocation")
{
	char *p = opaque(malloc(64, M_TEST, M_WAITOK));

	free(p + 16, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_only_starts_of_pages,
    "4096 bytes inside the allocation")
{
	char *p = opaque(malloc(3 * PAGE_SIZE, M_TEST, M_WAITOK));

	free(p + PAGE_SIZE, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_only_its_own, "is not allocated")
{
	static int not_ours;

	free(opaque(&not_ours), M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, frees_under_its_type,
    "is of type \"test\" and was freed as \"other\"")
{
	free(malloc(64, M_TEST, M_WAITOK), M_OTHER);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, wants_a_way_to_wait, "must name exactly one")
{
	void *p = malloc(64, M_TEST, M_ZERO);

	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, wants_one_way_to_wait,
    "must name exactly one")
{
	void *p = malloc(64, M_TEST, M_WAITOK | M_NOWAIT);

	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, waitok_never_fails, "out of memory")
{
	void *p = malloc(machine_ram_size, M_TEST, M_WAITOK);

	T_TRUE(p != NULL);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, waitok_may_sleep, "non-sleepable locks held")
{
	struct mtx mtx;

	memset(&mtx, 0, sizeof(mtx));
	mtx_init(&mtx, "test", NULL, MTX_DEF);
	mtx_lock(&mtx);
	free(malloc(64, M_TEST, M_WAITOK), M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, arrays_do_not_overflow, "overflowed")
{
	size_t many = SIZE_MAX / 8;

	free(mallocarray((size_t)opaque((void *)many), 16, M_TEST, M_WAITOK),
	    M_TEST);
}

/* AddressSanitizer would end the process at the write. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif
#if !defined(WITH_ASAN) && !defined(__SANITIZE_ADDRESS__)
KERNEL_TEST_ALWAYS_PANICS(malloc, slack_is_checked,
    "written past the end of an allocation")
{
	char *p = opaque(malloc(50, M_TEST, M_WAITOK));

	p[50] = 1;
	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, slack_of_pages_is_checked,
    "written past the end of an allocation")
{
	char *p = opaque(malloc(5001, M_TEST, M_WAITOK));

	p[5001] = 1;
	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(malloc, writes_after_free_are_found,
    "modified after free")
{
	char *p = opaque(malloc(50, M_TEST, M_WAITOK));
	int i;

	free(p, M_TEST);
	p[20] = 1;
	for (i = 0; i < 65; i++)
		T_TRUE(malloc(50, M_TEST, M_WAITOK) != NULL);
}
#endif

KERNEL_TEST_PANICS(malloc, inside_a_critical_section,
    "malloc: called with spinlock or critical section held")
{
	critical_enter();
	(void)opaque(malloc(10, M_TEST, M_NOWAIT));
}

KERNEL_TEST(malloc, domains_are_all_the_same)
{
	void *p = malloc_domainset(10, M_TEST, DOMAINSET_PREF(1), M_WAITOK);
	void *q = mallocarray_domainset(3, 10, M_TEST, DOMAINSET_RR(),
	    M_NOWAIT | M_ZERO);

	T_EQ(malloc_usable_size(q), 30);
	free_domain(p, M_TEST);
	free_domain(q, M_TEST);
}
