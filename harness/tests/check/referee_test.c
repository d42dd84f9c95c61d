/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The referee's checkers, fed with events by hand: each rule with a history
 * that keeps it and one that breaks it.
 */
#include <string.h>

#include "check/referee.h"
#include "tests/test.h"

/* A ring's descriptor table in "guest memory" at 0x1000. */
#define TABLE 0x1000
static struct virtq_desc table[8];

static bool
peek(void *arg, uint64_t gpa, void *buffer, size_t length)
{
	(void)arg;
	if (gpa < TABLE || gpa + length > TABLE + sizeof(table))
		return (false);
	memcpy(buffer, (char *)table + (gpa - TABLE), length);
	return (true);
}

static struct referee *
begin(void)
{
	struct referee *referee;

	for (uint16_t i = 0; i < 8; i++)
		table[i] = (struct virtq_desc) {
			.addr = wire64(0x10000u * (i + 1u)),
			.len = wire32(512),
			.flags = wire16(VIRTQ_DESC_F_WRITE),
		};
	referee = referee_new(&(struct referee_config) { .peek = peek });
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_QUEUE_ENABLE,
		.device = "blk0",
		.enable = { .size = 8, .desc = TABLE },
	    });
	return (referee);
}

/* A chain of one descriptor. */
static void
take(struct referee *referee, uint16_t head)
{
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_TAKE,
		.device = "blk0",
		.take = { .head = head,
		    .count = 1,
		    .descs = &table[head & 7],
		    .indices = &head },
	    });
}

static void
give(struct referee *referee, uint32_t id, uint32_t length)
{
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_GIVE,
		.device = "blk0",
		.give = { .id = id, .length = length },
	    });
}

TEST(referee, accepts_a_fair_ring)
{
	struct referee *referee = begin();

	take(referee, 1);
	take(referee, 2);
	give(referee, 2, 512);
	take(referee, 2);
	give(referee, 1, 0);
	give(referee, 2, 1);
	referee_finish(referee);
	T_EQ(referee_violations(referee), 0);
	T_TRUE(referee_text(referee, 0) == NULL);
	referee_free(referee);
}

TEST(referee, sees_a_descriptor_taken_twice)
{
	struct referee *referee = begin();

	take(referee, 3);
	take(referee, 3);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "while the device holds it");
	referee_free(referee);
}

TEST(referee, sees_a_completion_of_what_is_not_held)
{
	struct referee *referee = begin();

	take(referee, 3);
	give(referee, 4, 0);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "which it does not hold");
	give(referee, 3, 0);
	give(referee, 3, 0);
	T_EQ(referee_violations(referee), 2);
	give(referee, 99, 0);
	T_EQ(referee_violations(referee), 3);
	referee_free(referee);
}

TEST(referee, sees_a_length_beyond_the_chain)
{
	struct referee *referee = begin();

	take(referee, 0);
	give(referee, 0, 513);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "room for 512");
	referee_free(referee);
}

TEST(referee, sees_a_descriptor_changed_in_flight)
{
	struct referee *referee = begin();

	take(referee, 5);
	table[5].len = wire32(4096);
	give(referee, 5, 0);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "the driver changed descriptor 5");
	referee_free(referee);
}

TEST(referee, sees_a_chain_that_never_comes_back)
{
	struct referee *referee = begin();

	take(referee, 6);
	referee_finish(referee);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "never gave back 1");
	referee_free(referee);
}

TEST(referee, forgets_a_ring_at_reset)
{
	struct referee *referee = begin();

	take(referee, 6);
	referee_model_event(referee,
	    &(struct model_event) { .type = MODEL_RESET, .device = "blk0" });
	referee_finish(referee);
	T_EQ(referee_violations(referee), 0);
	take(referee, 1);
	T_EQ(referee_violations(referee), 1);
	referee_free(referee);
}

TEST(referee, counts_the_room_of_an_indirect_table)
{
	struct referee *referee = begin();
	struct virtq_desc inner[2] = {
		{ .len = wire32(16) },
		{ .len = wire32(1024), .flags = wire16(VIRTQ_DESC_F_WRITE) },
	};
	uint16_t head = 2;

	table[2].flags = wire16(VIRTQ_DESC_F_INDIRECT);
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_TAKE,
		.device = "blk0",
		.take = { .head = head,
		    .count = 1,
		    .descs = &table[2],
		    .indices = &head,
		    .table_count = 2,
		    .table = inner },
	    });
	give(referee, 2, 1024);
	T_EQ(referee_violations(referee), 0);
	referee_free(referee);
}

/*
 * --- leaks ---
 */

static char devices[2];

static void
object(struct referee *referee, enum kernel_event_type type,
    enum kernel_object kind, const void *id, const void *device)
{
	referee_kernel_event(referee,
	    &(struct kernel_event) {
		.type = type,
		.object = kind,
		.id = id,
		.size = 64,
		.name = "thing",
		.device = device,
		.device_name = device != NULL ? "vioblk0" : NULL,
	    });
}

TEST(referee, accepts_what_is_given_back)
{
	struct referee *referee = begin();

	object(referee, KE_NEW, KO_MALLOC, &table[0], &devices[0]);
	object(referee, KE_NEW, KO_DMA_MAP, &table[0], &devices[0]);
	object(referee, KE_GONE, KO_MALLOC, &table[0], NULL);
	object(referee, KE_GONE, KO_DMA_MAP, &table[0], &devices[0]);
	object(referee, KE_DETACHED, 0, NULL, &devices[0]);
	T_EQ(referee_violations(referee), 0);
	referee_free(referee);
}

TEST(referee, names_a_leak_at_detach)
{
	struct referee *referee = begin();

	object(referee, KE_NEW, KO_MALLOC, &table[0], &devices[0]);
	object(referee, KE_NEW, KO_MUTEX, &table[1], &devices[1]);
	object(referee, KE_DETACHED, 0, NULL, &devices[0]);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "malloc(9) memory left behind by vioblk0 at detach: \"thing\"");
	/* The other device's mutex is found when everything is gone. */
	object(referee, KE_HALT, 0, NULL, NULL);
	T_EQ(referee_violations(referee), 2);
	T_HAS(referee_text(referee, 1), "mutex left behind");
	referee_free(referee);
}

TEST(referee, keeps_thousands_of_objects_apart)
{
	static char ids[5000];
	struct referee *referee = begin();

	for (size_t i = 0; i < sizeof(ids); i++)
		object(referee, KE_NEW, KO_MALLOC, &ids[i], &devices[0]);
	for (size_t i = 0; i < sizeof(ids); i++) {
		if (i % 1000 != 7)
			object(referee, KE_GONE, KO_MALLOC, &ids[i], NULL);
	}
	object(referee, KE_DETACHED, 0, NULL, &devices[0]);
	T_EQ(referee_violations(referee), 5);
	object(referee, KE_HALT, 0, NULL, NULL);
	T_EQ(referee_violations(referee), 5);
	referee_free(referee);
}

/*
 * --- rules ---
 */

static unsigned told;

static void
violation(void *arg, const char *checker, const char *text)
{
	T_STR(checker, "rules");
	T_HAS(text, arg);
	told++;
}

TEST(referee, passes_on_reports_and_misuse)
{
	struct referee *referee;

	told = 0;
	referee = referee_new(&(struct referee_config) {
	    .violation = violation,
	    .violation_arg = (void *)"too fast",
	});
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_REPORT,
		.device = "blk0",
		.report = { .clause = "2.7.13", .text = "too fast" },
	    });
	referee_kernel_event(referee,
	    &(struct kernel_event) { .type = KE_MISUSE, .text = "too fast" });
	referee_kernel_event(referee,
	    &(struct kernel_event) { .type = KE_PANIC, .text = "too fast" });
	T_EQ(told, 3);
	T_EQ(referee_violations(referee), 3);
	T_HAS(referee_text(referee, 0), "virtio 1.3, 2.7.13");
	referee_free(referee);
}
