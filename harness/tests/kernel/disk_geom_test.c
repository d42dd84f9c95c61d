/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): what GEOM does around a driver: deletions, order, pages instead of
 * addresses, attributes, dumps.
 */
#include "tests/kernel/ramdisk.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <machine/bus.h>
#include <machine/cpu.h>
#include <vm/vm_page.h>

#include "sim/sim.h"
#include "tests/dmadev.h"
#include "tests/test.h"

/*
 * --- deletions ---
 */

KERNEL_TEST(disk_geom, deletes_in_parts_of_their_own_size)
{
	struct ram *ram =
	    ram_alloc(DISKFLAG_DIRECT_COMPLETION | DISKFLAG_CANDELETE);
	struct kernel_disk_info info;
	struct kernel_disk *disk;
	size_t residual;

	ram->disk->d_delmaxsize = 32768;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	kernel_disk_info(disk, &info);
	T_TRUE(info.can_delete);
	T_EQ(info.max_delete, 32768);
	memset(ram->data, 0x5a, sizeof(ram->data));
	T_EQ(rw(disk, KERNEL_DISK_DELETE, 512, 70 * 1024, NULL, &residual), 0);
	T_EQ(residual, 0);
	T_EQ(ram->requests, 3);
	T_EQ(ram->largest, 32768);
	T_EQ(ram->deleted, 70 * 1024);
	T_EQ(ram->data[511], 0x5a);
	T_EQ(ram->data[512], 0);
	T_EQ(ram->data[512 + 70 * 1024], 0x5a);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk_geom, deletes_only_where_it_is_offered)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	struct kernel_disk_info info;

	kernel_disk_info(disk, &info);
	T_FALSE(info.can_delete);
	/* As large as other requests when the driver does not say. */
	T_EQ(info.max_delete, 4096);
	T_EQ(rw(disk, KERNEL_DISK_DELETE, 0, 4096, NULL, NULL), EOPNOTSUPP);
	T_EQ(rw(disk, KERNEL_DISK_DELETE, 100, 4096, NULL, NULL), EINVAL);
	T_EQ(rw(disk, KERNEL_DISK_DELETE, SECTORS * 512, 4096, NULL, NULL), 0);
	ram->disk->d_flags |= DISKFLAG_WRITE_PROTECT;
	T_EQ(rw(disk, KERNEL_DISK_DELETE, 0, 4096, NULL, NULL), EROFS);
	T_EQ(ram->requests, 0);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST_MISUSE(disk_geom, deletions_are_of_sectors,
    "d_maxsize 4096 and d_delmaxsize 1000 of ram3 are not in sectors of 512")
{
	struct ram *ram = ram_alloc(DISKFLAG_CANDELETE);

	ram->disk->d_delmaxsize = 1000;
	disk_create(ram->disk, DISK_VERSION);
	ram_destroy(ram);
}

/*
 * --- order ---
 */

static void
counts(struct kernel_disk_io *io)
{
	++*(int *)io->arg;
}

KERNEL_TEST(disk_geom, all_parts_of_an_ordered_request_are)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	int done = 0, n = 0;
	struct kernel_disk_io io = { .op = KERNEL_DISK_WRITE,
		.length = 8192,
		.data = kernel_buffer_alloc(8192),
		.ordered = true,
		.done = counts,
		.arg = &done };
	struct bio *bp;

	ram->hold = true;
	kernel_disk_submit(disk, &io);
	while ((bp = bioq_takefirst(&ram->queue)) != NULL) {
		T_EQ(bp->bio_flags, BIO_ORDERED);
		T_EQ(done, 0);
		ram_finish(ram, bp);
		n++;
	}
	T_EQ(n, 2);
	T_EQ(done, 1);
	ram->hold = false;
	T_EQ(rw(disk, KERNEL_DISK_WRITE, 0, 512, io.data, NULL), 0);
	T_EQ(ram->flags, 0);
	kernel_disk_close(disk);
	kernel_buffer_free(io.data);
	ram_destroy(ram);
}

/*
 * --- pages instead of addresses ---
 */

/* What a driver makes of a bio with bus_dma(9). */
struct pages {
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	bus_dma_segment_t segs[8];
	int nsegs;
	u_int flags;
	int ma_n;
	bool was_unmapped;
};

static void
pages_loaded(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct pages *p = arg;

	T_EQ(error, 0);
	p->nsegs = nsegs;
	memcpy(p->segs, segs, nsegs * sizeof(*segs));
}

/* Lets the device read the whole bio, and writes down what it was like. */
static void
pages_strategy(struct bio *bp)
{
	struct pages *p = bp->bio_disk->d_drv1;
	char data[PAGE_SIZE];
	long seen = 0;
	int i;

	p->flags = bp->bio_flags;
	p->ma_n = bp->bio_ma_n;
	p->was_unmapped = bp->bio_data == unmapped_buf;
	T_EQ(bus_dmamap_load_bio(p->tag, p->map, bp, pages_loaded, p, 0), 0);
	bus_dmamap_sync(p->tag, p->map, BUS_DMASYNC_PREWRITE);
	for (i = 0; i < p->nsegs; i++) {
		T_TRUE(
		    dmadev_read(p->segs[i].ds_addr, data, p->segs[i].ds_len));
		T_EQ(data[0], 'x');
		T_EQ(data[p->segs[i].ds_len - 1], 'x');
		seen += p->segs[i].ds_len;
	}
	T_EQ(seen, bp->bio_bcount);
	bus_dmamap_sync(p->tag, p->map, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(p->tag, p->map);
	biodone(bp);
}

static void
write_pages(u_int flags, bus_size_t alignment, struct pages *p)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION | flags);
	struct kernel_disk_io io = { .op = KERNEL_DISK_WRITE,
		.length = 2 * PAGE_SIZE + 512,
		.unmapped = true };
	struct kernel_disk *disk;
	char *buffer = kernel_buffer_alloc(4 * PAGE_SIZE);

	T_REQUIRE(bus_dma_tag_create(NULL, alignment, 0, BUS_SPACE_MAXADDR,
		      BUS_SPACE_MAXADDR, NULL, NULL, 65536, 8, 65536, 0, NULL,
		      NULL, &p->tag) == 0);
	T_REQUIRE(bus_dmamap_create(p->tag, 0, &p->map) == 0);
	ram->disk->d_maxsize = 65536;
	ram->disk->d_strategy = pages_strategy;
	ram->disk->d_drv1 = p;
	ram->disk->d_open = NULL;
	ram->disk->d_close = NULL;
	ram->disk->d_gone = NULL;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	memset(buffer, 'y', 4 * PAGE_SIZE);
	memset(buffer + 512, 'x', io.length);
	io.data = buffer + 512;
	T_EQ(kernel_disk_rw(disk, &io), 0);
	T_EQ(io.residual, 0);
	kernel_disk_close(disk);
	ram_destroy(ram);
	kernel_buffer_free(buffer);
	T_EQ(bus_dmamap_destroy(p->tag, p->map), 0);
	T_EQ(bus_dma_tag_destroy(p->tag), 0);
}

KERNEL_TEST(disk_geom, pages_go_to_those_who_take_them)
{
	struct pages p = { .tag = NULL };

	write_pages(DISKFLAG_UNMAPPED_BIO, 1, &p);
	T_EQ(p.flags, BIO_UNMAPPED);
	T_TRUE(p.was_unmapped);
	T_EQ(p.ma_n, 3);
	T_EQ(p.nsegs, 3);
	T_EQ(p.segs[0].ds_len, PAGE_SIZE - 512);
	T_EQ(p.segs[2].ds_len, 1024);
}

KERNEL_TEST(disk_geom, pages_are_mapped_for_others)
{
	struct pages p = { .tag = NULL };

	write_pages(0, 1, &p);
	T_EQ(p.flags, 0);
	T_FALSE(p.was_unmapped);
	T_EQ(p.nsegs, 3);
}

KERNEL_TEST(disk_geom, pages_bounce)
{
	struct kernel_stats before, after;
	struct pages p = { .tag = NULL };

	kernel_stats(&before);
	write_pages(DISKFLAG_UNMAPPED_BIO, 2048, &p);
	kernel_stats(&after);
	/* The first one starts in the middle of nowhere. */
	T_EQ(after.bounced_pages - before.bounced_pages, 1);
}

/* A request of many pages is cut as one with an address is. */
KERNEL_TEST(disk_geom, pages_are_cut)
{
	struct ram *ram =
	    ram_alloc(DISKFLAG_DIRECT_COMPLETION | DISKFLAG_UNMAPPED_BIO);
	int done = 0;
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ,
		.length = 3 * PAGE_SIZE,
		.done = counts,
		.arg = &done,
		.unmapped = true };
	struct kernel_disk *disk;
	vm_paddr_t first, second;
	char *buffer = kernel_buffer_alloc(3 * PAGE_SIZE);
	struct bio *bp;

	first = vtophys(buffer + PAGE_SIZE);
	second = vtophys(buffer + 2 * PAGE_SIZE);
	ram->disk->d_maxsize = 6144;
	ram->hold = true;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	io.data = buffer;
	kernel_disk_submit(disk, &io);
	bp = bioq_takefirst(&ram->queue);
	T_EQ(bp->bio_ma_n, 2);
	T_EQ(bp->bio_ma_offset, 0);
	biodone(bp);
	bp = bioq_takefirst(&ram->queue);
	T_EQ(bp->bio_offset, 6144);
	T_EQ(bp->bio_length, 6144);
	T_EQ(bp->bio_ma_n, 2);
	T_EQ(bp->bio_ma_offset, 2048);
	T_EQ(VM_PAGE_TO_PHYS(bp->bio_ma[0]), first);
	T_EQ(VM_PAGE_TO_PHYS(bp->bio_ma[1]), second);
	T_TRUE(PHYS_TO_VM_PAGE(first + 100) == bp->bio_ma[0]);
	biodone(bp);
	T_EQ(done, 1);
	kernel_disk_close(disk);
	kernel_buffer_free(buffer);
	ram_destroy(ram);
}

KERNEL_TEST_PANICS(disk_geom, pages_are_of_memory, "0x1000 is not memory")
{
	(void)PHYS_TO_VM_PAGE(0x1000);
}

KERNEL_TEST_PANICS(disk_geom, pages_hold_the_bio, "in 1 pages")
{
	struct pages p = { .tag = NULL };
	struct vm_page *page =
	    PHYS_TO_VM_PAGE(vtophys(malloc(64, M_TEMP, M_WAITOK)));
	struct bio bio;

	memset(&bio, 0, sizeof(bio));
	bio.bio_flags = BIO_UNMAPPED;
	bio.bio_ma = &page;
	bio.bio_ma_n = 1;
	bio.bio_ma_offset = 512;
	bio.bio_bcount = PAGE_SIZE;
	T_REQUIRE(
	    bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR,
		NULL, NULL, 65536, 8, 65536, 0, NULL, NULL, &p.tag) == 0);
	T_REQUIRE(bus_dmamap_create(p.tag, 0, &p.map) == 0);
	(void)bus_dmamap_load_bio(p.tag, p.map, &bio, pages_loaded, &p, 0);
}

/*
 * --- attributes ---
 */

static int
own_getattr(struct bio *bp)
{
	if (strcmp(bp->bio_attribute, "GEOM::physpath") == 0) {
		strlcpy(bp->bio_data, "bay 7", bp->bio_length);
		return (0);
	}
	if (strcmp(bp->bio_attribute, "GEOM::ident") == 0)
		return (EBUSY);
	if (strcmp(bp->bio_attribute, "done") == 0)
		biodone(bp);
	return (-1);
}

KERNEL_TEST(disk_geom, attributes)
{
	struct ram *ram =
	    ram_alloc(DISKFLAG_DIRECT_COMPLETION | DISKFLAG_CANDELETE);
	struct disk *dp = ram->disk;
	struct kernel_disk_info info;
	struct kernel_disk *disk;
	uint16_t rate = 0;
	char text[64];
	off_t front = 1;
	int value = -1;

	dp->d_rotation_rate = DISK_RR_NON_ROTATING;
	dp->d_fwsectors = 63;
	dp->d_fwheads = 16;
	dp->d_hba_vendor = 0x1af4;
	dp->d_stripesize = 8192;
	dp->d_stripeoffset = 512;
	dp->d_flags |= DISKFLAG_WRITE_PROTECT;
	strlcpy(dp->d_descr, "a disk of memory", sizeof(dp->d_descr));
	disk_create(dp, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(kernel_disk_getattr(disk, "GEOM::ident", text, sizeof(text)), 0);
	T_STR(text, "serial");
	T_EQ(kernel_disk_getattr(disk, "GEOM::descr", text, sizeof(text)), 0);
	T_STR(text, "a disk of memory");
	T_EQ(kernel_disk_getattr(disk, "GEOM::descr", text, 16), EFAULT);
	T_EQ(kernel_disk_getattr(disk, "GEOM::candelete", &value, 4), 0);
	T_EQ(value, 1);
	T_EQ(kernel_disk_getattr(disk, "GEOM::candelete", &value, 2), EFAULT);
	T_EQ(kernel_disk_getattr(disk, "GEOM::fwsectors", &value, 4), 0);
	T_EQ(value, 63);
	T_EQ(kernel_disk_getattr(disk, "GEOM::fwheads", &value, 4), 0);
	T_EQ(value, 16);
	T_EQ(kernel_disk_getattr(disk, "GEOM::frontstuff", &front, 8), 0);
	T_EQ(front, 0);
	T_EQ(kernel_disk_getattr(disk, "GEOM::rotation_rate", &rate, 2), 0);
	T_EQ(rate, DISK_RR_NON_ROTATING);
	T_EQ(kernel_disk_getattr(disk, "GEOM::hba_vendor", &rate, 2), 0);
	T_EQ(rate, 0x1af4);
	T_EQ(kernel_disk_getattr(disk, "GEOM::physpath", text, 64), ENOIOCTL);
	kernel_disk_info(disk, &info);
	T_EQ(info.stripe_size, 8192);
	T_EQ(info.stripe_offset, 512);
	T_EQ(info.rotation_rate, DISK_RR_NON_ROTATING);
	T_TRUE(info.read_only);
	T_FALSE(info.can_flush);
	T_FALSE(info.can_unmapped);
	T_FALSE(info.can_dump);
	disk_gone(dp);
	T_EQ(kernel_disk_getattr(disk, "GEOM::ident", text, 64), ENXIO);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk_geom, drivers_answer_first)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk;
	char text[64];

	ram->disk->d_getattr = own_getattr;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(kernel_disk_getattr(disk, "GEOM::physpath", text, 64), 0);
	T_STR(text, "bay 7");
	T_EQ(kernel_disk_getattr(disk, "GEOM::ident", text, 64), EBUSY);
	T_EQ(kernel_disk_getattr(disk, "GEOM::descr", text, 64), 0);
	T_STR(text, "");
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST_MISUSE(disk_geom, drivers_only_answer,
    "d_getattr of ram3 has completed the bio")
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk;
	char text[64];

	ram->disk->d_getattr = own_getattr;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(kernel_disk_getattr(disk, "done", text, 64), ENOIOCTL);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

/*
 * --- dumps ---
 */

static struct {
	struct mtx mtx;
	bool held;     /* another thread has the mutex */
	bool wanted;   /* of the device */
	bool answered; /* by the device */
	int others;    /* steps of other threads */
	int others_before, others_after;
	int ended;
} dumping;

/* A device: what is wanted it does, some time later. */
static void
dump_device(void *arg)
{
	(void)arg;
	while (!dumping.wanted)
		sim_delay(1000);
	dumping.answered = true;
}

static void
dump_other(void *arg)
{
	(void)arg;
	mtx_lock(&dumping.mtx);
	dumping.held = true;
	while (dumping.ended == 0) {
		dumping.others++;
		DELAY(1);
	}
	mtx_unlock(&dumping.mtx);
}

static int
#if __FreeBSD_version >= 1400000
ram_dump(void *priv, void *virtual, off_t offset, size_t length)
#else
ram_dump(void *priv, void *virtual, vm_offset_t physical, off_t offset,
    size_t length)
#endif
{
	struct disk *dp = priv;
	struct ram *ram = dp->d_drv1;
	int i;

	if (length == 0) {
		dumping.ended++;
		return (0);
	}
	T_TRUE(SCHEDULER_STOPPED());
	dumping.others_before = dumping.others;
	mtx_lock(&dumping.mtx);
	mtx_assert(&dumping.mtx, MA_OWNED);
	dumping.wanted = true;
	for (i = 0; i < 100 && !dumping.answered; i++)
		cpu_spinwait();
	T_EQ(mtx_sleep(&i, &dumping.mtx, 0, "never", 0), 0);
	pause("dump", 1);
	mtx_unlock(&dumping.mtx);
	dumping.others_after = dumping.others;
	memcpy(ram->data + offset, virtual, length);
	return (dumping.answered ? 0 : ETIMEDOUT);
}

static void
finish_one(void *arg)
{
	*(volatile bool *)arg = true;
}

static volatile bool one_finished;

/* Looks for what was in flight without ever giving way. */
static int
#if __FreeBSD_version >= 1400000
ram_dump_finished(void *priv, void *virtual, off_t offset, size_t length)
#else
ram_dump_finished(void *priv, void *virtual, vm_offset_t physical, off_t offset,
    size_t length)
#endif
{
	return (one_finished ? 0 : EBUSY);
}

KERNEL_TEST(disk_geom, dumps_come_when_devices_are_done)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk;
	char page[512];

	one_finished = false;
	ram->disk->d_dump = ram_dump_finished;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	(void)sim_task_create(&(struct sim_task_options) {
	    .name = "device",
	    .side = SIM_DEVICE,
	    .fn = finish_one,
	    .arg = __DEVOLATILE(void *, &one_finished),
	});
	T_EQ(kernel_disk_dump(disk, page, 0, 512), 0);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk_geom, dumps_run_alone)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk;
	char page[512];

	memset(&dumping, 0, sizeof(dumping));
	memset(page, 'd', sizeof(page));
	mtx_init(&dumping.mtx, "dump", NULL, MTX_DEF);
	ram->disk->d_dump = ram_dump;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	kernel_spawn("other", dump_other, NULL);
	(void)sim_task_create(&(struct sim_task_options) {
	    .name = "device",
	    .side = SIM_DEVICE,
	    .fn = dump_device,
	});
	pause("other", 1);
	T_TRUE(dumping.held);
	T_EQ(kernel_disk_dump(disk, page, 1024, 512), 0);
	T_FALSE(SCHEDULER_STOPPED());
	T_TRUE(dumping.others_before > 0);
	T_EQ(dumping.others_after, dumping.others_before);
	T_EQ(ram->data[1024], 'd');
	T_EQ(ram->data[1024 + 512], 0);
	T_EQ(kernel_disk_dump(disk, NULL, 0, 0), 0);
	T_EQ(dumping.ended, 1);
	pause("other", 1);
	/* They go on. */
	mtx_lock(&dumping.mtx);
	mtx_unlock(&dumping.mtx);
	mtx_destroy(&dumping.mtx);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk_geom, dumps_are_checked)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	char page[512];

	T_EQ(kernel_disk_dump(disk, page, 0, 512), ENODEV);
	ram->disk->d_dump = ram_dump;
	T_EQ(kernel_disk_dump(disk, page, 100, 512), EINVAL);
	T_EQ(kernel_disk_dump(disk, page, 0, 100), EINVAL);
	T_EQ(kernel_disk_dump(disk, page, 0, 8192), EINVAL);
	T_EQ(kernel_disk_dump(disk, page, 0, 0), EINVAL);
	T_EQ(kernel_disk_dump(disk, page, SECTORS * 512, 512), ENXIO);
	T_EQ(kernel_disk_dump(disk, page, UINT64_C(1) << 63, 512), ENXIO);
	disk_gone(ram->disk);
	T_EQ(kernel_disk_dump(disk, page, 0, 512), ENXIO);
	kernel_disk_close(disk);
	ram_destroy(ram);
}
