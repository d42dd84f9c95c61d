/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The referee's opinion on unloading, fed with events by hand; and what the
 * kernel allows a device on a machine without an IOMMU.
 */
#include <string.h>

#include "check/referee.h"
#include "machine/memory.h"
#include "tests/dmadev.h"
#include "tests/fixture.h"
#include "tests/test.h"

/*
 * --- the referee ---
 */

#define BUFFER 0x1000000u

static struct referee *
begin(void)
{
	struct referee *referee =
	    referee_new(&(struct referee_config) { .peek = NULL });

	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_QUEUE_ENABLE,
		.device = "blk0",
		.enable = { .size = 8,
		    .desc = 0x2000000,
		    .driver = 0x2000080,
		    .device = 0x2001000 },
	    });
	return (referee);
}

static void
load(struct referee *referee, enum kernel_event_type type, int id, uint64_t gpa,
    uint64_t length)
{
	static char ids[8];
	struct kernel_segment segments[2] = {
		{ .gpa = 0x5000000, .length = 16 },
		{ .gpa = gpa, .length = length },
	};

	referee_kernel_event(referee,
	    &(struct kernel_event) {
		.type = type,
		.object = KO_DMA_LOAD,
		.id = &ids[id],
		.device_name = "vioblk0",
		.segments = segments,
		.nsegments = 2,
	    });
}

/* The device takes a chain of one buffer. */
static void
take(struct referee *referee, uint16_t head, uint64_t gpa, uint32_t length,
    bool indirect)
{
	struct virtq_desc desc = { .addr = wire64(gpa), .len = wire32(length) };
	struct virtq_desc table = { .addr = wire64(0x3000000),
		.len = wire32(16),
		.flags = wire16(VIRTQ_DESC_F_INDIRECT) };

	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_TAKE,
		.device = "blk0",
		.take = { .head = head,
		    .count = 1,
		    .descs = indirect ? &table : &desc,
		    .indices = &head,
		    .table = &desc,
		    .table_count = indirect },
	    });
}

static void
give(struct referee *referee, uint16_t head)
{
	referee_model_event(referee,
	    &(struct model_event) {
		.type = MODEL_GIVE,
		.device = "blk0",
		.give = { .id = head },
	    });
}

/* How often the checker of DMA has spoken, and what it said last. */
static unsigned
said(struct referee *referee, const char **text)
{
	unsigned n = 0;

	for (unsigned i = 0; referee_text(referee, i) != NULL; i++) {
		if (strncmp(referee_text(referee, i), "dma: ", 5) != 0)
			continue;
		*text = referee_text(referee, i);
		n++;
	}
	return (n);
}

TEST(referee_dma, accepts_unloading_what_was_given)
{
	struct referee *referee = begin();
	const char *text = NULL;

	load(referee, KE_NEW, 1, BUFFER, 10000);
	take(referee, 3, BUFFER + 100, 9000, false);
	give(referee, 3);
	load(referee, KE_GONE, 1, BUFFER, 10000);
	/* And one that it never saw loaded. */
	load(referee, KE_GONE, 2, BUFFER, 10000);
	T_EQ(said(referee, &text), 0);
	referee_free(referee);
}

TEST(referee_dma, sees_an_unload_of_what_is_held)
{
	struct referee *referee = begin();
	const char *text = NULL;

	load(referee, KE_NEW, 1, BUFFER, 10000);
	load(referee, KE_NEW, 2, BUFFER + 0x10000, 100);
	take(referee, 3, BUFFER + 9000, 512, false);
	load(referee, KE_GONE, 2, BUFFER + 0x10000, 100);
	T_EQ(said(referee, &text), 0);
	load(referee, KE_GONE, 1, BUFFER, 10000);
	T_EQ(said(referee, &text), 1);
	T_STR(text,
	    "dma: blk0 queue 0: vioblk0 unloads memory at 0x1002328 while the "
	    "device has it in the chain at 3");
	referee_free(referee);
}

TEST(referee_dma, looks_into_indirect_tables)
{
	struct referee *referee = begin();
	const char *text = NULL;

	load(referee, KE_NEW, 1, BUFFER, 512);
	take(referee, 0, BUFFER, 512, true);
	load(referee, KE_GONE, 1, BUFFER, 512);
	T_EQ(said(referee, &text), 1);
	referee_free(referee);
}

TEST(referee_dma, accepts_a_second_load_of_the_same)
{
	struct referee *referee = begin();
	const char *text = NULL;

	load(referee, KE_NEW, 1, BUFFER, 512);
	load(referee, KE_NEW, 2, BUFFER, 512);
	take(referee, 0, BUFFER, 512, false);
	take(referee, 1, BUFFER, 512, false);
	give(referee, 1);
	load(referee, KE_GONE, 2, BUFFER, 512);
	T_EQ(said(referee, &text), 0);
	load(referee, KE_GONE, 1, BUFFER, 512);
	T_EQ(said(referee, &text), 1);
	referee_free(referee);
}

TEST(referee_dma, keeps_rings_until_the_reset)
{
	struct referee *referee = begin();
	const char *text = NULL;

	load(referee, KE_NEW, 1, 0x2000000, 8192);
	load(referee, KE_GONE, 1, 0x2000000, 8192);
	T_EQ(said(referee, &text), 1);
	T_HAS(text, "has it in its ring");
	load(referee, KE_NEW, 1, 0x2000000, 8192);
	take(referee, 2, BUFFER, 512, false);
	referee_model_event(referee,
	    &(struct model_event) { .type = MODEL_RESET, .device = "blk0" });
	load(referee, KE_GONE, 1, 0x2000000, 8192);
	T_EQ(said(referee, &text), 1);
	referee_free(referee);
}

/*
 * --- physical addresses ---
 */

/* <vm/pmap.h>, which is the kernel's side's. */
uint64_t pmap_kextract(unsigned long va);

static bool
reads_what_it_was_told(void)
{
	char *p = kernel_buffer_alloc(MACHINE_PAGE_SIZE);
	char data[8];
	uint64_t pa;
	bool told;

	T_REQUIRE(p != NULL);
	pa = machine_kva_to_gpa((uintptr_t)p);
	fixture_expect_misuse("no load has produced");
	T_FALSE(dmadev_read(pa, data, sizeof(data)));
	T_EQ(pmap_kextract((unsigned long)(uintptr_t)p), pa);
	told = dmadev_read(pa, data, sizeof(data));
	kernel_buffer_free(p);
	T_FALSE(dmadev_read(pa, data, sizeof(data)));
	return (told);
}

static void
try_physical(void *arg)
{
	*(bool *)arg = reads_what_it_was_told();
}

TEST(dma_physical, addresses_asked_for_may_be_used)
{
	bool told = false;

	fixture_boot(&(struct fixture_config) { .dma_physical = true });
	fixture_run(try_physical, &told);
	fixture_halt();
	T_TRUE(told);
}

/* Who knows where a ring begins knows where it is. */
static void
read_the_end(void *arg)
{
	size_t size = 5 * MACHINE_PAGE_SIZE;
	char *p = dmadev_contig_alloc(size), data[8];
	uint64_t pa;

	T_REQUIRE(p != NULL);
	pa = pmap_kextract((unsigned long)(uintptr_t)p);
	*(bool *)arg = dmadev_read(pa + size - 8, data, sizeof(data));
	dmadev_contig_free(p, size);
	fixture_expect_misuse("no load has produced");
	T_FALSE(dmadev_read(pa + size - 8, data, sizeof(data)));
}

TEST(dma_physical, contiguous_memory_is_told_as_a_whole)
{
	bool told = false;

	fixture_boot(&(struct fixture_config) { .dma_physical = true });
	fixture_run(read_the_end, &told);
	fixture_halt();
	T_TRUE(told);
}

TEST(dma_physical, but_not_with_an_iommu)
{
	bool told = true;

	fixture_boot(NULL);
	fixture_run(try_physical, &told);
	fixture_halt();
	T_FALSE(told);
}
