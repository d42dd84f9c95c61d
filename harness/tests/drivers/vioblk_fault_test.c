/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver in want: everything that may fail, fails once.  It boots,
 * writes, reads and goes again and again, each time with the next point
 * failing, until a whole run passes without a failure.  Whatever fails, the
 * driver attaches or says no; it never panics, leaks or hangs.
 */
#include <stdio.h>
#include <string.h>

#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define ROUNDS_MAX 600
#define SIZE	   (64 << 10)

static uint8_t data[SIZE], back[SIZE];

/* What a run of all of the driver's life needed and gave. */
struct outcome {
	bool attached;
	int written; /* errors, FreeBSD's */
	int read;
	bool same;
};

static void
look(void *arg)
{
	struct outcome *outcome = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");

	outcome->attached = disk != NULL;
	if (disk != NULL)
		kernel_disk_close(disk);
}

static struct outcome
live(struct diskrig *rig)
{
	struct outcome outcome = { .written = -1, .read = -1 };

	memset(data, 0xa7, sizeof(data));
	memset(back, 0, sizeof(back));
	diskrig_boot(rig);
	fixture_run(look, &outcome);
	if (outcome.attached) {
		outcome.written = diskrig_write(0, data, SIZE);
		outcome.read = diskrig_read(0, back, SIZE);
		outcome.same = memcmp(data, back, SIZE) == 0;
		(void)diskrig_flush();
		(void)diskrig_delete(0, 4096);
		if (rig->blk.nqueues > 1) {
			/* Into a timeout and a reset as well. */
			rig->swallow = 1;
			(void)diskrig_read(0, data, 4096);
		}
	}
	diskrig_halt(rig, true);
	return (outcome);
}

/* Judges one run in which `seen` says what has failed. */
static void
judge(const struct outcome *outcome, const struct kernel_faults_seen *seen)
{
	char what[160];

	snprintf(what, sizeof(what),
	    "%s at %s: attached %d, written %d, read %d",
	    kernel_fault_name(seen->kind), seen->site, outcome->attached,
	    outcome->written, outcome->read);
	/* What was said to be written and read is what is there. */
	test_check(!outcome->attached || outcome->written != 0 ||
		outcome->read != 0 || outcome->same,
	    what, __FILE__, __LINE__);
	if (seen->failed == 0)
		test_check(outcome->attached && outcome->written == 0 &&
			outcome->read == 0,
		    what, __FILE__, __LINE__);
}

/* Returns how many points there were. */
static uint64_t
one_by_one(const struct kernel_faults *only, uint64_t count)
{
	struct kernel_faults faults = *only;
	struct kernel_faults_seen seen;
	struct outcome outcome;

	for (faults.first = 1; faults.first < ROUNDS_MAX; faults.first++) {
		struct diskrig rig = { .blk = { .queue_size = 16 } };

		faults.count = count;
		kernel_faults_set(&faults);
		outcome = live(&rig);
		kernel_faults_seen(&seen);
		judge(&outcome, &seen);
		if (seen.failed == 0)
			return (seen.matched);
	}
	test_check(false, "there is an end to what can fail", __FILE__,
	    __LINE__);
	return (0);
}

TEST(vioblk_fault, each_point_once)
{
	T_TRUE(one_by_one(&(struct kernel_faults) { 0 }, 1) > 20);
}

TEST(vioblk_fault, each_point_of_queues_and_resets)
{
	struct kernel_faults faults = { .count = 1 };
	struct kernel_faults_seen seen;
	struct outcome outcome;

	for (faults.first = 1; faults.first < ROUNDS_MAX; faults.first++) {
		struct diskrig rig = { .can_discard = true,
			.blk = { .queue_size = 16, .nqueues = 3 } };

		kernel_setenv("hw.vioblk.queues", "3");
		kernel_faults_set(&faults);
		outcome = live(&rig);
		kernel_faults_seen(&seen);
		judge(&outcome, &seen);
		if (seen.failed == 0)
			break;
	}
	T_TRUE(faults.first > 40 && faults.first < ROUNDS_MAX);
}

TEST(vioblk_fault, each_point_and_all_behind_it)
{
	T_TRUE(one_by_one(&(struct kernel_faults) { 0 }, UINT64_MAX) > 10);
}

TEST(vioblk_fault, each_kind_of_dma_and_all_behind_it)
{
	for (enum kernel_fault_kind kind = KF_DMA_TAG; kind <= KF_DMA_LOAD;
	     kind++)
		T_TRUE(
		    one_by_one(&(struct kernel_faults) { .kinds = 1u << kind },
			UINT64_MAX) > 0);
}

TEST(vioblk_fault, points_are_counted_by_kind)
{
	static const enum kernel_fault_kind must[] = { KF_DMA_TAG, KF_DMA_MAP,
		KF_DMA_MEM, KF_DMA_LOAD, KF_RESOURCE, KF_INTR, KF_MSIX };
	struct diskrig rig = { 0 };
	struct kernel_faults_seen seen;
	struct outcome outcome;

	kernel_faults_set(&(struct kernel_faults) { 0 });
	outcome = live(&rig);
	kernel_faults_seen(&seen);
	T_TRUE(outcome.same);
	T_EQ(seen.failed, 0);
	for (size_t i = 0; i < sizeof(must) / sizeof(must[0]); i++)
		T_TRUE(seen.passed[must[i]] > 0);
}

TEST(vioblk_fault, a_site_can_be_named)
{
	struct diskrig rig = { 0 };
	struct kernel_faults_seen seen;
	struct outcome outcome;

	kernel_faults_set(&(struct kernel_faults) {
	    .kinds = 1u << KF_DMA_MEM,
	    .site = "@vioblk_",
	    .first = 1,
	});
	outcome = live(&rig);
	kernel_faults_seen(&seen);
	T_FALSE(outcome.attached);
	T_EQ(seen.failed, 1);
	T_TRUE(seen.matched >= 1);
	T_EQ(seen.kind, KF_DMA_MEM);
	T_HAS(seen.site, "@vioblk_");
}

TEST(vioblk_fault, without_messages_the_line_serves)
{
	struct diskrig rig = { 0 };
	struct outcome outcome;

	kernel_faults_set(&(struct kernel_faults) {
	    .kinds = 1u << KF_MSIX,
	    .first = 1,
	    .count = UINT64_MAX,
	});
	outcome = live(&rig);
	T_TRUE(outcome.attached);
	T_TRUE(outcome.same);
}
