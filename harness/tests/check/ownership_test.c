/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ownership of descriptors with chains of several, on several queues and
 * devices, and with events that cannot be: see referee_test.c for the rest.
 */
#include <string.h>

#include "check/referee.h"
#include "tests/test.h"

/* Tables in "guest memory", one a queue. */
#define TABLE(q) (0x1000u * ((q) + 1u))
static struct virtq_desc tables[3][8];

static bool
peek(void *arg, uint64_t gpa, void *buffer, size_t length)
{
	(void)arg;
	for (unsigned q = 0; q < 3; q++) {
		if (gpa >= TABLE(q) &&
		    gpa + length <= TABLE(q) + sizeof(tables[q])) {
			memcpy(buffer, (char *)tables[q] + (gpa - TABLE(q)),
			    length);
			return (true);
		}
	}
	return (false);
}

static void
enable(struct referee *referee, const char *device, uint16_t queue)
{
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_QUEUE_ENABLE,
		.device = device,
		.queue = queue,
		.enable = { .size = 8, .desc = TABLE(queue) },
	    });
}

static struct referee *
begin(void)
{
	struct referee *referee;

	for (unsigned q = 0; q < 3; q++) {
		for (unsigned i = 0; i < 8; i++)
			tables[q][i] = (struct virtq_desc) {
				.addr = wire64(0x10000u * (i + 1u)),
				.len = wire32(100 + i),
				.flags =
				    wire16(i % 2 != 0 ? VIRTQ_DESC_F_WRITE : 0),
			};
	}
	referee = referee_new(&(struct referee_config) { .peek = peek });
	enable(referee, "blk0", 0);
	enable(referee, "blk0", 1);
	enable(referee, "blk1", 0);
	return (referee);
}

static void
take(struct referee *referee, const char *device, uint16_t queue,
    const uint16_t *indices, uint16_t count)
{
	struct virtq_desc descs[8];

	for (uint16_t i = 0; i < count; i++)
		descs[i] = tables[queue][indices[i] & 7];
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_TAKE,
		.device = device,
		.queue = queue,
		.take = { .head = indices[0],
		    .count = count,
		    .descs = descs,
		    .indices = indices },
	    });
}

static void
give(struct referee *referee, const char *device, uint16_t queue, uint32_t id,
    uint32_t length)
{
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_GIVE,
		.device = device,
		.queue = queue,
		.give = { .id = id, .length = length },
	    });
}

static const uint16_t chain[] = { 2, 5, 3 }, middle[] = { 5 }, tail[] = { 3 };

TEST(ownership, all_of_a_chain_is_held)
{
	struct referee *referee = begin();

	take(referee, "blk0", 0, chain, 3);
	take(referee, "blk0", 0, middle, 1);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "descriptor 5 of the chain at 5 was made available while the "
	    "device holds it in the chain at 2");
	take(referee, "blk0", 0, tail, 1);
	T_EQ(referee_violations(referee), 2);
	/* It comes back by its head only, and then as a whole. */
	give(referee, "blk0", 0, 3, 0);
	T_EQ(referee_violations(referee), 3);
	give(referee, "blk0", 0, 2, 0);
	take(referee, "blk0", 0, middle, 1);
	take(referee, "blk0", 0, tail, 1);
	T_EQ(referee_violations(referee), 3);
	referee_free(referee);
}

TEST(ownership, room_is_what_the_device_may_write)
{
	struct referee *referee = begin();

	/* 5 and 3 are writable, 2 is not. */
	take(referee, "blk0", 0, chain, 3);
	give(referee, "blk0", 0, 2, 105 + 103);
	T_EQ(referee_violations(referee), 0);
	take(referee, "blk0", 0, chain, 3);
	give(referee, "blk0", 0, 2, 105 + 103 + 1);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "room for 208");
	referee_free(referee);
}

TEST(ownership, descriptor_of_a_table_has_no_room_itself)
{
	struct virtq_desc inner = { .len = wire32(10),
		.flags = wire16(VIRTQ_DESC_F_WRITE) };
	struct referee *referee = begin();
	uint16_t head = 1;

	tables[0][1].flags = wire16(VIRTQ_DESC_F_INDIRECT | VIRTQ_DESC_F_WRITE);
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_TAKE,
		.device = "blk0",
		.take = { .head = head,
		    .count = 1,
		    .descs = &tables[0][1],
		    .indices = &head,
		    .table_count = 1,
		    .table = &inner },
	    });
	give(referee, "blk0", 0, 1, 11);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "room for 10");
	referee_free(referee);
}

TEST(ownership, entries_of_a_table_are_held_too)
{
	struct virtq_desc *entries = tables[2];
	struct referee *referee = begin();
	uint16_t head = 1;

	/* Entries 0, 4 and 2 of a table that lies where queue 2's would. */
	tables[0][1].addr = wire64(TABLE(2));
	tables[0][1].len = wire32(8 * sizeof(*entries));
	tables[0][1].flags = wire16(VIRTQ_DESC_F_INDIRECT);
	entries[0].next = wire16(4);
	entries[4].next = wire16(2);
	for (unsigned changed = 0; changed < 8; changed++) {
		const struct virtq_desc read[] = { entries[0], entries[4],
			entries[2] };

		referee_model_event(referee,
		    &(struct model_event) {
			.type = MODEL_TAKE,
			.device = "blk0",
			.take = { .head = head,
			    .count = 1,
			    .descs = &tables[0][1],
			    .indices = &head,
			    .table_count = 3,
			    .table = read },
		    });
		entries[changed].len = wire32(1 + changed);
		give(referee, "blk0", 0, 1, 0);
	}
	/* The others are not part of the chain. */
	T_EQ(referee_violations(referee), 3);
	T_HAS(referee_text(referee, 0),
	    "changed table entry 0 while the device held the chain at 1");
	T_HAS(referee_text(referee, 1), "table entry 2");
	T_HAS(referee_text(referee, 2), "table entry 4");
	referee_free(referee);
}

TEST(ownership, any_descriptor_of_the_chain_may_have_changed)
{
	struct referee *referee = begin();

	take(referee, "blk0", 0, chain, 3);
	tables[0][3].addr = wire64(1);
	give(referee, "blk0", 0, 2, 0);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "changed descriptor 3 while the device held the chain at 2");
	referee_free(referee);
}

TEST(ownership, queues_and_devices_are_apart)
{
	struct referee *referee = begin();

	take(referee, "blk0", 0, chain, 3);
	take(referee, "blk0", 1, chain, 3);
	take(referee, "blk1", 0, chain, 3);
	T_EQ(referee_violations(referee), 0);
	/* A reset takes back both queues of one device. */
	referee_model_event(referee,
	    &(struct model_event) { .type = MODEL_RESET, .device = "blk0" });
	give(referee, "blk1", 0, 2, 0);
	T_EQ(referee_violations(referee), 0);
	enable(referee, "blk0", 0);
	take(referee, "blk0", 0, chain, 3);
	take(referee, "blk1", 0, chain, 3);
	referee_finish(referee);
	T_EQ(referee_violations(referee), 2);
	T_HAS(referee_text(referee, 0), "blk1 queue 0: the device never");
	T_HAS(referee_text(referee, 1), "blk0 queue 0: the device never");
	referee_free(referee);
}

TEST(ownership, enabled_again_is_a_new_ring)
{
	struct referee *referee = begin();

	take(referee, "blk0", 0, chain, 3);
	enable(referee, "blk0", 0);
	take(referee, "blk0", 0, chain, 3);
	give(referee, "blk0", 0, 2, 0);
	referee_finish(referee);
	T_EQ(referee_violations(referee), 0);
	referee_free(referee);
}

TEST(ownership, what_cannot_be_is_told)
{
	static const uint16_t outside[] = { 8 }, wild[] = { 65535 },
			      leads_out[] = { 1, 60000 };
	struct referee *referee = begin();

	take(referee, "blk0", 0, outside, 1);
	take(referee, "blk0", 0, wild, 1);
	take(referee, "blk0", 0, chain, 0);
	take(referee, "blk0", 0, leads_out, 2);
	take(referee, "blk9", 0, chain, 3);
	T_EQ(referee_violations(referee), 5);
	T_HAS(referee_text(referee, 0), "head 8 taken from a queue of 8");
	T_HAS(referee_text(referee, 4), "from a queue of 0 entries");
	give(referee, "blk0", 0, 8, 0);
	give(referee, "blk0", 0, UINT32_MAX, 0);
	give(referee, "blk9", 0, 0, 0);
	T_EQ(referee_violations(referee), 8);
	referee_free(referee);
}

TEST(ownership, does_without_memory)
{
	struct referee *referee = begin();

	referee_free(referee);
	referee = referee_new(&(struct referee_config) { 0 });
	enable(referee, "blk0", 0);
	take(referee, "blk0", 0, chain, 3);
	tables[0][3].addr = wire64(1);
	give(referee, "blk0", 0, 2, 0);
	T_EQ(referee_violations(referee), 0);
	referee_free(referee);
}

/*
 * --- leaks and texts ---
 */

static void
object(struct referee *referee, enum kernel_event_type type,
    enum kernel_object kind, const void *id, const void *device)
{
	referee_kernel_event(referee,
	    &(struct kernel_event) {
		.type = type,
		.object = kind,
		.id = id,
		.device = device,
		.device_name = device,
	    });
}

TEST(leaks, kinds_at_one_address_are_apart)
{
	static const char id[2], device[] = "dev0";
	struct referee *referee;

	referee = referee_new(&(struct referee_config) { 0 });
	for (unsigned kind = 0; kind < KO_COUNT; kind++)
		object(referee, KE_NEW, kind, id, device);
	object(referee, KE_GONE, KO_DMA_MAP, id, device);
	/* Never told of: none of its business. */
	object(referee, KE_GONE, KO_MALLOC, &id[1], device);
	object(referee, KE_DETACHED, 0, NULL, device);
	T_EQ(referee_violations(referee), KO_COUNT - 1);
	for (unsigned i = 0; i + 1 < KO_COUNT; i++) {
		T_FALSE(
		    strstr(referee_text(referee, i), "DMA map left") != NULL &&
		    strstr(referee_text(referee, i), "loaded") == NULL);
		T_HAS(referee_text(referee, i), " left behind by dev0 at");
	}
	referee_free(referee);
}

TEST(leaks, only_the_first_texts_are_kept)
{
	static const char ids[40], device[] = "dev0";
	struct referee *referee;

	referee = referee_new(&(struct referee_config) { 0 });
	for (unsigned i = 0; i < 40; i++)
		object(referee, KE_NEW, KO_MUTEX, &ids[i], device);
	object(referee, KE_HALT, 0, NULL, NULL);
	T_EQ(referee_violations(referee), 40);
	T_TRUE(referee_text(referee, REFEREE_KEPT - 1) != NULL);
	T_TRUE(referee_text(referee, REFEREE_KEPT) == NULL);
	referee_free(referee);
}
