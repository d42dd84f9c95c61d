/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * g_bio(9): bios, how they are completed, and the queues of them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <geom/geom.h>

#include "kernel/kernel.h"
#include "tests/test.h"

/*
 * --- queues of bios ---
 */

static void
sorted(const off_t *offsets, int n, off_t last, const off_t *expected)
{
	struct bio_queue_head queue;
	struct bio *bp;
	int i;

	bioq_init(&queue);
	queue.last_offset = last;
	for (i = 0; i < n; i++) {
		bp = g_alloc_bio();
		bp->bio_cmd = BIO_READ;
		bp->bio_offset = offsets[i] < 0 ? -offsets[i] : offsets[i];
		/* A negative offset stands for a barrier. */
		if (offsets[i] < 0)
			bp->bio_flags = BIO_ORDERED;
		bioq_disksort(&queue, bp);
	}
	T_EQ(queue.total, n);
	for (i = 0; i < n; i++) {
		bp = bioq_takefirst(&queue);
		T_EQ(bp->bio_offset, expected[i]);
		g_destroy_bio(bp);
	}
	T_TRUE(bioq_first(&queue) == NULL);
}

KERNEL_TEST(g_bio, bioq_sorts_one_way)
{
	sorted((const off_t[]) { 50, 10, 90, 70 }, 4, 0,
	    (const off_t[]) { 10, 50, 70, 90 });
	sorted((const off_t[]) { 50, 10, 90, 70 }, 4, 60,
	    (const off_t[]) { 70, 90, 10, 50 });
}

KERNEL_TEST(g_bio, bioq_keeps_barriers)
{
	sorted((const off_t[]) { 50, 10, -30, 40, 35 }, 5, 0,
	    (const off_t[]) { 10, 50, 30, 35, 40 });
}

KERNEL_TEST_PANICS(g_bio, pool_bios_go_back_once, "destroyed twice")
{
	struct bio *bp = g_alloc_bio();

	g_destroy_bio(bp);
	g_destroy_bio(bp);
}

KERNEL_TEST(g_bio, what_has_no_offset_is_not_sorted)
{
	struct bio_queue_head queue;
	struct bio *flush = g_alloc_bio(), *low = g_alloc_bio(),
		   *high = g_alloc_bio();

	bioq_init(&queue);
	high->bio_cmd = low->bio_cmd = BIO_WRITE;
	high->bio_offset = 1000;
	flush->bio_cmd = BIO_FLUSH;
	low->bio_offset = 10;
	bioq_disksort(&queue, high);
	bioq_disksort(&queue, flush);
	bioq_disksort(&queue, low);
	T_TRUE(bioq_takefirst(&queue) == high);
	T_TRUE(bioq_takefirst(&queue) == flush);
	T_TRUE(bioq_takefirst(&queue) == low);
	T_EQ(queue.total, 0);
	g_destroy_bio(low);
	g_destroy_bio(high);
	g_destroy_bio(flush);
}

KERNEL_TEST(g_bio, bioq_goes_on_from_where_it_was)
{
	struct bio_queue_head queue;
	struct bio *bios[3];
	int i;

	bioq_init(&queue);
	for (i = 0; i < 3; i++) {
		bios[i] = g_alloc_bio();
		bios[i]->bio_cmd = BIO_READ;
		bios[i]->bio_offset = i * 1000;
		bios[i]->bio_length = 500;
	}
	bioq_disksort(&queue, bios[1]);
	T_TRUE(bioq_takefirst(&queue) == bios[1]);
	T_EQ(queue.last_offset, 1500);
	/* What lies behind waits for the next round. */
	bioq_disksort(&queue, bios[0]);
	bioq_disksort(&queue, bios[2]);
	T_TRUE(bioq_takefirst(&queue) == bios[2]);
	T_TRUE(bioq_takefirst(&queue) == bios[0]);
	/* At the head is at the head. */
	bioq_insert_tail(&queue, bios[0]);
	bioq_insert_head(&queue, bios[2]);
	T_TRUE(bioq_first(&queue) == bios[2]);
	bioq_remove(&queue, bios[0]);
	T_TRUE(queue.insert_point == NULL);
	T_TRUE(bioq_takefirst(&queue) == bios[2]);
	T_TRUE(bioq_takefirst(&queue) == NULL);
	for (i = 0; i < 3; i++)
		g_destroy_bio(bios[i]);
}

KERNEL_TEST(g_bio, bioq_flush_fails_all)
{
	struct bio *a = g_alloc_bio(), *b = g_alloc_bio();
	struct bio_queue_head queue;

	bioq_init(&queue);
	bioq_insert_tail(&queue, a);
	bioq_insert_tail(&queue, b);
	bioq_flush(&queue, NULL, ENXIO);
	T_EQ(biowait(a, "a"), ENXIO);
	T_EQ(biowait(b, "b"), ENXIO);
	T_TRUE(bioq_first(&queue) == NULL);
	g_destroy_bio(a);
	g_destroy_bio(b);
}

static void
finish_later(void *arg)
{
	struct bio *bp = arg;

	bp->bio_flags |= BIO_ERROR;
	biodone(bp);
}

KERNEL_TEST(g_bio, biowait_waits)
{
	struct bio *bp = g_alloc_bio();

	kernel_spawn("finisher", finish_later, bp);
	/* BIO_ERROR alone does not say which. */
	T_EQ(biowait(bp, "later"), EIO);
	g_destroy_bio(bp);
}

KERNEL_TEST(g_bio, clones_know_their_parent)
{
	struct bio *bp = g_alloc_bio(), *clone, *copy;

	bp->bio_cmd = BIO_WRITE;
	bp->bio_flags = BIO_ORDERED | BIO_TRANSIENT_MAPPING;
	bp->bio_offset = 512;
	bp->bio_length = 1024;
	clone = g_clone_bio(bp);
	copy = g_duplicate_bio(clone);
	T_TRUE(clone->bio_parent == bp);
	T_TRUE(copy->bio_parent == clone);
	T_EQ(bp->bio_children, 1);
	T_EQ(copy->bio_cmd, BIO_WRITE);
	T_EQ(copy->bio_flags, BIO_ORDERED);
	T_EQ(copy->bio_offset, 512);
	T_EQ(copy->bio_length, 1024);
	g_reset_bio(bp);
	T_EQ(bp->bio_children, 0);
	g_destroy_bio(copy);
	g_destroy_bio(clone);
	g_destroy_bio(bp);
}

KERNEL_TEST_MISUSE(g_bio, queued_bios_are_not_done, "is still on a queue")
{
	struct bio *bp = g_alloc_bio();
	struct bio_queue_head queue;

	bioq_init(&queue);
	bioq_insert_tail(&queue, bp);
	biodone(bp);
	bioq_remove(&queue, bp);
	g_destroy_bio(bp);
}

KERNEL_TEST_PANICS(g_bio, queued_bios_are_not_queued, "is on a queue already")
{
	struct bio *bp = g_alloc_bio();
	struct bio_queue_head queue;

	bioq_init(&queue);
	bioq_insert_tail(&queue, bp);
	bioq_insert_head(&queue, bp);
}

KERNEL_TEST_PANICS(g_bio, bios_leave_a_queue_once, "is on no queue")
{
	struct bio *bp = g_alloc_bio();
	struct bio_queue_head queue;

	bioq_init(&queue);
	bioq_insert_tail(&queue, bp);
	bioq_remove(&queue, bp);
	bioq_remove(&queue, bp);
}

KERNEL_TEST_PANICS(g_bio, there_are_no_statistics, "there is no devstat here")
{
	biofinish(g_alloc_bio(), (struct devstat *)g_alloc_bio(), 0);
}
