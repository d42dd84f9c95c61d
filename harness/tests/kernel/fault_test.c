/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The switch that makes calls fail.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/malloc.h>

#include <machine/bus.h>

#include "kernel/kernel.h"
#include "tests/test.h"

static MALLOC_DEFINE(M_FAULT, "faulty", "tests");
static MALLOC_DEFINE(M_SOUND, "sound", "tests");

static struct kernel_faults_seen
seen(void)
{
	struct kernel_faults_seen now;

	kernel_faults_seen(&now);
	return (now);
}

static bool
fails(struct malloc_type *type, int flags)
{
	void *p = malloc(64, type, flags);

	free(p, type);
	return (p == NULL);
}

KERNEL_TEST(fault, the_nth_allocation)
{
	kernel_faults_set(&(struct kernel_faults) { .first = 3 });
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_TRUE(fails(M_FAULT, M_NOWAIT));
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_EQ(seen().passed[KF_MALLOC], 4);
	T_EQ(seen().failed, 1);
	T_EQ(seen().kind, KF_MALLOC);
}

KERNEL_TEST(fault, as_many_as_asked_for)
{
	kernel_faults_set(&(struct kernel_faults) { .first = 2, .count = 2 });
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_TRUE(fails(M_FAULT, M_NOWAIT));
	T_TRUE(fails(M_FAULT, M_NOWAIT));
	T_FALSE(fails(M_FAULT, M_NOWAIT));
}

KERNEL_TEST(fault, waitok_never_fails)
{
	kernel_faults_set(
	    &(struct kernel_faults) { .first = 1, .count = UINT64_MAX });
	T_FALSE(fails(M_FAULT, M_WAITOK));
	T_EQ(seen().passed[KF_MALLOC], 0);
}

KERNEL_TEST(fault, by_type)
{
	kernel_faults_set(
	    &(struct kernel_faults) { .site = "faulty@", .first = 1 });
	T_FALSE(fails(M_SOUND, M_NOWAIT));
	T_TRUE(fails(M_FAULT, M_NOWAIT));
	T_EQ(seen().matched, 1);
	T_EQ(seen().passed[KF_MALLOC], 2);
}

KERNEL_TEST(fault, by_caller)
{
	kernel_faults_set(
	    &(struct kernel_faults) { .site = "nobody_has_such_a_name",
		.first = 1 });
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_EQ(seen().matched, 0);
}

KERNEL_TEST(fault, all_kinds_of_malloc)
{
	void *p, *q;

	p = malloc(10, M_FAULT, M_WAITOK);
	kernel_faults_set(
	    &(struct kernel_faults) { .first = 1, .count = UINT64_MAX });
	T_TRUE(malloc_exec(10, M_FAULT, M_NOWAIT) == NULL);
	T_TRUE(malloc_aligned(10, 64, M_FAULT, M_NOWAIT) == NULL);
	T_TRUE(mallocarray(10, 2, M_FAULT, M_NOWAIT) == NULL);
	/* realloc() keeps what there was, reallocf() does not. */
	q = realloc(p, 20, M_FAULT, M_NOWAIT);
	T_TRUE(q == NULL);
	q = reallocf(p, 20, M_FAULT, M_NOWAIT);
	T_TRUE(q == NULL);
	T_EQ(seen().failed, 5);
}

KERNEL_TEST(fault, kinds_can_be_chosen)
{
	void *p;

	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_CONTIG, .first = 1 });
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	p = contigmalloc(PAGE_SIZE, M_FAULT, M_WAITOK, 0, ~0ul, PAGE_SIZE, 0);
	T_TRUE(p == NULL);
	T_STR(kernel_fault_name(seen().kind), "contigmalloc");
}

static void
thread(void *arg)
{
	++*(int *)arg;
	kthread_exit();
}

KERNEL_TEST(fault, threads)
{
	int ran = 0;

	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_THREAD, .first = 1 });
	T_EQ(kthread_add(thread, &ran, NULL, NULL, 0, 0, "one"), ENOMEM);
	T_EQ(kthread_add(thread, &ran, NULL, NULL, 0, 0, "two"), 0);
	pause("settle", 1);
	T_EQ(ran, 1);
	T_HAS(seen().site, "one@");
}

static int loaded, load_error;

static void
load_done(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	(void)arg;
	(void)segs;
	loaded = nsegs;
	load_error = error;
}

static void
no_lock(void *arg, bus_dma_lock_op_t op)
{
	(void)arg;
	(void)op;
}

KERNEL_TEST(fault, loads_fail_or_come_later)
{
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	void *p;

	p = malloc(512, M_FAULT, M_WAITOK);
	T_EQ(bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR,
		 BUS_SPACE_MAXADDR, NULL, NULL, 4096, 2, 4096, 0, no_lock, NULL,
		 &tag),
	    0);
	T_EQ(bus_dmamap_create(tag, 0, &map), 0);
	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_DMA_LOAD,
	    .first = 1,
	    .count = 2 });
	loaded = -1;
	T_EQ(bus_dmamap_load(tag, map, p, 512, load_done, NULL, BUS_DMA_NOWAIT),
	    ENOMEM);
	T_EQ(loaded, 0);
	T_EQ(load_error, ENOMEM);
	loaded = -1;
	T_EQ(bus_dmamap_load(tag, map, p, 512, load_done, NULL, 0),
	    EINPROGRESS);
	T_EQ(loaded, -1);
	pause("busdma", 1);
	T_EQ(loaded, 1);
	T_EQ(load_error, 0);
	bus_dmamap_unload(tag, map);
	bus_dmamap_destroy(tag, map);
	bus_dma_tag_destroy(tag);
	free(p, M_FAULT);
}

KERNEL_TEST(fault, off_is_off)
{
	kernel_faults_set(&(struct kernel_faults) { .first = 1 });
	kernel_faults_set(NULL);
	T_FALSE(fails(M_FAULT, M_NOWAIT));
	T_EQ(seen().passed[KF_MALLOC], 0);
}
