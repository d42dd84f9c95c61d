/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): what the checks say to a driver that does not keep its word,
 * and to a device that takes what nobody gave it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <machine/bus.h>
#include <vm/vm.h>
#include <vm/pmap.h>

#include "kernel/kernel.h"
#include "tests/dmadev.h"
#include "tests/test.h"

#define PREREAD	  BUS_DMASYNC_PREREAD
#define PREWRITE  BUS_DMASYNC_PREWRITE
#define POSTREAD  BUS_DMASYNC_POSTREAD
#define POSTWRITE BUS_DMASYNC_POSTWRITE

/* A tag, a map and memory, as most tests here want them. */
struct load {
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	char *memory;
	bus_addr_t pa; /* of the first segment */
	int nsegs;
};

static void
loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct load *load = arg;

	T_REQUIRE(error == 0);
	load->pa = segs[0].ds_addr;
	load->nsegs = nsegs;
}

static void
load_more(struct load *load, void *memory, size_t size)
{
	load->memory = memory;
	T_REQUIRE(bus_dmamap_load(load->tag, load->map, memory, size, loaded,
		      load, BUS_DMA_NOWAIT) == 0);
}

static void
make(struct load *load, bus_size_t align)
{
	T_REQUIRE(bus_dma_tag_create(NULL, align, 0, BUS_SPACE_MAXADDR,
		      BUS_SPACE_MAXADDR, NULL, NULL, 65536, 16, 65536, 0, NULL,
		      NULL, &load->tag) == 0);
	T_REQUIRE(bus_dmamap_create(load->tag, 0, &load->map) == 0);
}

static void
begin(struct load *load, size_t size)
{
	make(load, 1);
	load_more(load, malloc(size, M_TEMP, M_WAITOK | M_ZERO), size);
}

static void
sync(struct load *load, int op)
{
	bus_dmamap_sync(load->tag, load->map, op);
}

static void
drop(struct load *load)
{
	bus_dmamap_unload(load->tag, load->map);
	(void)bus_dmamap_destroy(load->tag, load->map);
	(void)bus_dma_tag_destroy(load->tag);
}

static void
end(struct load *load)
{
	drop(load);
	free(load->memory, M_TEMP);
}

/*
 * --- what is right ---
 */

KERNEL_TEST(dma_check, turns_are_taken)
{
	char data[100];
	struct load l;
	int i;

	begin(&l, 100);
	for (i = 0; i < 3; i++) {
		memset(l.memory, i, 100);
		sync(&l, PREWRITE | PREREAD);
		T_TRUE(dmadev_read(l.pa, data, 100));
		T_EQ(data[99], i);
		data[0] = 7;
		T_TRUE(dmadev_write(l.pa, data, 50));
		T_TRUE(dmadev_why() == NULL);
		sync(&l, POSTREAD | POSTWRITE);
		T_EQ(l.memory[0], 7);
	}
	end(&l);
}

/* It may turn out that the device did nothing. */
KERNEL_TEST(dma_check, turns_may_be_left_unused)
{
	struct load l;

	begin(&l, 100);
	sync(&l, PREREAD);
	bus_dmamap_unload(l.tag, l.map);
	load_more(&l, l.memory, 100);
	end(&l);
}

KERNEL_TEST(dma_check, two_maps_of_the_same_memory)
{
	struct load a, b;
	char data[64];
	int first;

	for (first = 0; first < 2; first++) {
		begin(&a, 64);
		make(&b, 1);
		load_more(&b, a.memory, 64);
		sync(&a, PREWRITE);
		T_TRUE(dmadev_read(a.pa, data, 64));
		sync(&b, PREWRITE);
		T_TRUE(dmadev_read(a.pa, data, 64));
		/* Nothing says which of them was meant. */
		sync(first ? &a : &b, POSTWRITE);
		drop(&b);
		end(&a);
	}
}

KERNEL_TEST(dma_check, neighbours_make_one_range)
{
	char *p = malloc(128, M_TEMP, M_WAITOK | M_ZERO);
	struct load a, b;
	char data[128];

	make(&a, 1);
	make(&b, 1);
	load_more(&a, p, 64);
	load_more(&b, p + 64, 64);
	sync(&a, PREWRITE);
	sync(&b, PREWRITE);
	T_TRUE(dmadev_read(a.pa, data, 128));
	drop(&a);
	drop(&b);
	free(p, M_TEMP);
}

KERNEL_TEST(dma_check, large_loads_are_known_to_their_end)
{
	struct load l;
	char data[8];
	char *p;

	make(&l, 1);
	p = contigmalloc(65536, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, PAGE_SIZE,
	    0);
	load_more(&l, p, 65536);
	T_EQ(l.nsegs, 1);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_read(l.pa + 65536 - 8, data, 8));
	T_TRUE(dmadev_read(l.pa + PAGE_SIZE - 4, data, 8));
	sync(&l, POSTWRITE);
	drop(&l);
	contigfree(p, 65536, M_TEMP);
}

/* The ring of a device: both sides use it at any time. */
static void
ring(int flags, int syncs)
{
	struct load l;
	void *p;
	char data[8];

	T_REQUIRE(
	    bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR,
		NULL, NULL, 4096, 1, 4096, 0, NULL, NULL, &l.tag) == 0);
	T_REQUIRE(bus_dmamem_alloc(l.tag, &p, flags, &l.map) == 0);
	load_more(&l, p, 4096);
	if (syncs != 0)
		sync(&l, syncs);
	T_TRUE(dmadev_read(l.pa, data, 8));
	sync(&l, POSTREAD | POSTWRITE);
	T_TRUE(dmadev_read(l.pa, data, 8));
	T_TRUE(dmadev_write(l.pa + 4000, data, 8));
	bus_dmamap_unload(l.tag, l.map);
	bus_dmamem_free(l.tag, p, l.map);
	(void)bus_dma_tag_destroy(l.tag);
}

KERNEL_TEST(dma_check, coherent_memory_needs_no_sync)
{
	ring(BUS_DMA_COHERENT, 0);
}

KERNEL_TEST(dma_check, other_memory_needs_one_sync)
{
	ring(0, PREREAD | PREWRITE);
}

KERNEL_TEST_MISUSE(dma_check, other_memory_needs_it_first,
    "dma0 reads 8 bytes at ")
{
	ring(0, PREREAD);
}

/*
 * --- synchronising ---
 */

KERNEL_TEST_MISUSE(dma_check, reads_need_a_prewrite,
    "of map 1 of tag 1, which was not synced with BUS_DMASYNC_PREWRITE since "
    "it was loaded")
{
	struct load l;
	char data[8];

	begin(&l, 64);
	sync(&l, PREREAD);
	/* Reported, once, and allowed. */
	T_TRUE(dmadev_read(l.pa, data, 8));
	T_TRUE(dmadev_read(l.pa, data, 8));
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, writes_need_a_preread,
    "DMA: dma0 writes 8 bytes at ")
{
	struct load l;
	char data[8] = "changed";

	begin(&l, 64);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_write(l.pa, data, 8));
	T_STR(l.memory, "changed");
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, a_post_ends_the_turn,
    "BUS_DMASYNC_PREWRITE since the driver's last POST")
{
	struct load l;
	char data[8];

	begin(&l, 64);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_read(l.pa, data, 8));
	sync(&l, POSTWRITE);
	T_TRUE(dmadev_read(l.pa, data, 8));
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, a_load_starts_anew, "since it was loaded")
{
	struct load l;
	char data[8];

	begin(&l, 64);
	sync(&l, PREWRITE);
	bus_dmamap_unload(l.tag, l.map);
	load_more(&l, l.memory, 64);
	T_TRUE(dmadev_read(l.pa, data, 8));
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, results_need_a_postread,
    "which a device has written and which was not synced with "
    "BUS_DMASYNC_POSTREAD since")
{
	struct load l;
	char data[8] = { 0 };

	begin(&l, 64);
	sync(&l, PREREAD | PREWRITE);
	T_TRUE(dmadev_write(l.pa, data, 8));
	sync(&l, POSTWRITE);
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, what_was_read_needs_a_postwrite,
    "which a device has read and which was not synced with "
    "BUS_DMASYNC_POSTWRITE since")
{
	struct load l;
	char data[8];

	begin(&l, 64);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_read(l.pa, data, 8));
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, post_comes_after_pre,
    "BUS_DMASYNC_POSTREAD of map 1 of tag 1, which was not synced with "
    "BUS_DMASYNC_PREREAD")
{
	struct load l;

	begin(&l, 64);
	sync(&l, PREWRITE);
	sync(&l, POSTREAD);
	end(&l);
}

/*
 * --- addresses ---
 */

KERNEL_TEST_MISUSE(dma_check, addresses_come_from_loads,
    "an address that no load has produced")
{
	char *p = malloc(64, M_TEMP, M_WAITOK | M_ZERO);
	char data[8] = "changed";

	/* The kernel does not count: only what it says to a device. */
	T_FALSE(dmadev_write(vtophys(p), data, 8));
	T_HAS(dmadev_why(), "no load of bus_dma(9)");
	T_EQ(p[0], 0);
	free(p, M_TEMP);
}

KERNEL_TEST_MISUSE(dma_check, loads_end_where_they_end, "reads 65 bytes at")
{
	struct load l;
	char data[65];

	begin(&l, 128);
	bus_dmamap_unload(l.tag, l.map);
	load_more(&l, l.memory, 64);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_read(l.pa, data, 64));
	T_FALSE(dmadev_read(l.pa, data, 65));
	sync(&l, POSTWRITE);
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, loads_end_with_the_unload,
    "an address that no load has produced")
{
	struct load l;
	char data[8];

	begin(&l, 64);
	sync(&l, PREWRITE);
	bus_dmamap_unload(l.tag, l.map);
	T_FALSE(dmadev_read(l.pa, data, 8));
	end(&l);
}

KERNEL_TEST_MISUSE(dma_check, bounced_memory_is_not_the_devices,
    "an address that no load has produced")
{
	char *p = malloc(2048, M_TEMP, M_WAITOK | M_ZERO);
	struct load l;
	char data[8];

	make(&l, 512);
	load_more(&l, p + 8, 64);
	sync(&l, PREWRITE);
	T_TRUE(dmadev_read(l.pa, data, 8));
	sync(&l, POSTWRITE);
	T_FALSE(dmadev_read(vtophys(p + 8), data, 8));
	drop(&l);
	free(p, M_TEMP);
}

/*
 * --- memory that goes back while it is loaded ---
 */

KERNEL_TEST_MISUSE(dma_check, free_comes_after_unload, "free: memory at 0x")
{
	struct load l;

	begin(&l, 64);
	free(l.memory, M_TEMP);
	drop(&l);
}

KERNEL_TEST_MISUSE(dma_check, free_of_pages_comes_after_unload,
    "is given back while it is loaded in map 1 of tag 1")
{
	struct load l;

	begin(&l, 3 * PAGE_SIZE);
	free(l.memory, M_TEMP);
	drop(&l);
}

KERNEL_TEST_MISUSE(dma_check, contigfree_comes_after_unload,
    "contigfree: memory at 0x")
{
	struct load l;
	char *p;

	make(&l, 1);
	p = contigmalloc(8192, M_TEMP, M_WAITOK, 0, ~(vm_paddr_t)0, PAGE_SIZE,
	    0);
	load_more(&l, p + 5000, 100);
	contigfree(p, 8192, M_TEMP);
	drop(&l);
}

KERNEL_TEST_MISUSE(dma_check, bounced_memory_lives_as_well,
    "free: memory at 0x")
{
	char *p = malloc(2048, M_TEMP, M_WAITOK | M_ZERO);
	struct load l;

	make(&l, 512);
	load_more(&l, p + 8, 64);
	free(p, M_TEMP);
	drop(&l);
}

KERNEL_TEST(dma_check, free_beside_a_load_is_fine)
{
	char *p = malloc(64, M_TEMP, M_WAITOK);
	char *q = malloc(64, M_TEMP, M_WAITOK);
	struct load l;

	make(&l, 1);
	load_more(&l, p, 64);
	free(q, M_TEMP);
	end(&l);
}
