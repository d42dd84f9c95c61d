/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The verified random mix; see workload.h.
 *
 * Each sector has a version: 0 is what the image held, and each write gives
 * the sectors it covers the next one.  The bytes of a sector are a function of
 * seed, sector and version, so a byte that is stale, misplaced or torn is
 * seen whichever way it came about.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/workload.h"
#include "host/host.h"
#include "sim/sim.h"

#define SECTOR	   512u
#define IO_SECTORS (WORKLOAD_IO_MAX / SECTOR)
/* Places drawn before a disk counts as full. */
#define PLACE_TRIES 1000
/* The mix plays on so much at either end of the disk. */
#define SPAN_SECTORS ((uint64_t)(128u << 20) / SECTOR)

struct slot {
	struct kernel_disk_io io;
	struct mix_run *run;
	void *buffer;
	struct slot *next; /* among the free, or the done */
	bool busy;
	uint64_t sector;
	uint32_t sectors;
	uint64_t start;
	uint64_t end;
};

struct mix_run {
	struct mix *mix;
	struct kernel_disk *disk;
	uint64_t disk_sectors;
	uint64_t span;	    /* sectors played on; the last half is the end */
	uint32_t *versions; /* by place in the span */
	uint64_t *sums;	    /* of what the image held, by place; or NULL */
	uint64_t random;
	struct slot slots[WORKLOAD_DEPTH_MAX];
	struct slot *idle;
	struct slot *done;
	struct kernel_sema sema;
	uint8_t *expect;
};

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

static uint64_t
draw(struct mix_run *run, uint64_t below)
{
	run->random += UINT64_C(0x9e3779b97f4a7c15);
	return (scramble(run->random) % below);
}

static void __attribute__((format(printf, 2, 3)))
fail(struct mix *mix, const char *fmt, ...)
{
	va_list ap;

	if (mix->failures++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(mix->failure, sizeof(mix->failure), fmt, ap);
	va_end(ap);
}

/*
 * --- contents ---
 */

/* The span's first half is the disk's beginning, its last the disk's end. */
static uint64_t
place_to_sector(const struct mix_run *run, uint64_t place)
{
	if (place < run->span / 2)
		return (place);
	return (run->disk_sectors - run->span + place);
}

static void
pattern(const struct mix_run *run, uint64_t sector, uint32_t version,
    uint8_t *bytes)
{
	uint64_t state = scramble(run->mix->seed ^ scramble(sector)) + version;
	uint64_t word;

	for (unsigned i = 0; i < SECTOR; i += sizeof(word)) {
		state += UINT64_C(0x9e3779b97f4a7c15);
		word = scramble(state);
		memcpy(bytes + i, &word, sizeof(word));
	}
}

/* What the image held; false after complaining. */
static bool
original(const struct mix_run *run, uint64_t sector, uint32_t count,
    uint8_t *bytes)
{
	size_t length = (size_t)count * SECTOR;
	ssize_t n;

	if (run->mix->image < 0) {
		memset(bytes, 0, length);
		return (true);
	}
	n = pread(run->mix->image, bytes, length, (off_t)(sector * SECTOR));
	if (n == (ssize_t)length)
		return (true);
	fail(run->mix, "the image cannot be read at %" PRIu64 ": %s",
	    sector * SECTOR, n < 0 ? strerror(errno) : "it has become shorter");
	return (false);
}

static uint64_t
checksum(const uint8_t *bytes)
{
	uint64_t sum = 0, word;

	for (unsigned i = 0; i < SECTOR; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		sum = scramble(sum + i + 1) ^ scramble(word + i);
	}
	return (sum);
}

/* The end of a piece that begins at `place` and stays in one half. */
static uint64_t
piece_end(const struct mix_run *run, uint64_t place)
{
	uint64_t limit = place < run->span / 2 ? run->span / 2 : run->span;

	return (place + IO_SECTORS < limit ? place + IO_SECTORS : limit);
}

/* Remembers what the image holds before anything is written to it. */
static bool
take_sums(struct mix_run *run)
{
	uint64_t next;

	run->sums = host_alloc(run->span * sizeof(*run->sums));
	for (uint64_t place = 0; place < run->span; place = next) {
		next = piece_end(run, place);
		if (!original(run, place_to_sector(run, place),
			(uint32_t)(next - place), run->expect))
			return (false);
		for (uint64_t i = place; i < next; i++)
			run->sums[i] =
			    checksum(run->expect + (i - place) * SECTOR);
	}
	return (true);
}

/* `expect` is what the image holds there now. */
static bool
sector_is_right(struct mix_run *run, uint64_t place, const uint8_t *got,
    uint8_t *expect)
{
	uint32_t version = run->versions[place];

	if (version == 0 && run->sums != NULL)
		return (checksum(got) == run->sums[place]);
	if (version != 0)
		pattern(run, place_to_sector(run, place), version, expect);
	return (memcmp(got, expect, SECTOR) == 0);
}

static void
verify(struct mix_run *run, const struct slot *slot)
{
	const uint8_t *got = slot->io.data;
	uint64_t place = (uint64_t)(uintptr_t)slot->io.arg;

	if (run->sums == NULL &&
	    !original(run, slot->sector, slot->sectors, run->expect))
		return;
	for (uint32_t i = 0; i < slot->sectors; i++) {
		if (sector_is_right(run, place + i, got + (size_t)i * SECTOR,
			run->expect + (size_t)i * SECTOR))
			continue;
		fail(run->mix,
		    "sector %" PRIu64 " (version %u) reads back wrong, in a "
		    "read of %u sectors at %" PRIu64,
		    slot->sector + i, run->versions[place + i], slot->sectors,
		    slot->sector);
		return;
	}
}

/*
 * --- operations ---
 */

static void
done(struct kernel_disk_io *io)
{
	struct slot *slot = (struct slot *)(void *)io;
	struct mix_run *run = slot->run;

	slot->end = host_clock_ns();
	slot->next = run->done;
	run->done = slot;
	kernel_sema_post(&run->sema);
}

static bool
overlaps(const struct mix_run *run, uint64_t sector, uint32_t sectors)
{
	const struct slot *slot;

	for (unsigned i = 0; i < run->mix->depth; i++) {
		slot = &run->slots[i];
		if (slot->busy && sector < slot->sector + slot->sectors &&
		    slot->sector < sector + sectors)
			return (true);
	}
	return (false);
}

/* Most transfers are of a page, some of a sector, some of anything. */
static uint32_t
draw_length(struct mix_run *run)
{
	uint64_t kind = draw(run, 10);

	if (kind < 6)
		return (4096 / SECTOR);
	if (kind < 8)
		return (1);
	return ((uint32_t)draw(run, IO_SECTORS) + 1);
}

/*
 * A range inside one half of the span that no other operation is on; false
 * when a small disk seems to be full of them.
 */
static bool
draw_place(struct mix_run *run, uint32_t *sectors, uint64_t *place)
{
	uint64_t half, base;

	for (int i = 0; i < PLACE_TRIES; i++) {
		half = run->span - run->span / 2;
		base = 0;
		if (draw(run, 2) == 0)
			base = run->span / 2;
		else if (run->span / 2 != 0)
			half = run->span / 2;
		if (*sectors > half)
			*sectors = (uint32_t)half;
		*place = base + draw(run, half - *sectors + 1);
		if (!overlaps(run, place_to_sector(run, *place), *sectors))
			return (true);
		*sectors = 1; /* a small one fits almost anywhere */
	}
	return (false);
}

/* false: there is no room for it just now. */
static bool
start(struct mix_run *run, struct slot *slot)
{
	uint64_t kind = draw(run, 100), place;
	uint32_t sectors = draw_length(run);

	if (!draw_place(run, &sectors, &place))
		return (false);
	memset(&slot->io, 0, sizeof(slot->io));
	slot->io.data = slot->buffer;
	slot->busy = true;
	slot->sector = place_to_sector(run, place);
	slot->sectors = sectors;
	slot->io.arg = (void *)(uintptr_t)place;
	slot->io.done = done;
	slot->io.offset = slot->sector * SECTOR;
	slot->io.length = (size_t)sectors * SECTOR;
	if (kind < 3) {
		slot->io.op = KERNEL_DISK_FLUSH;
		slot->io.offset = slot->io.length = 0;
	} else if (kind < 40 && !run->mix->read_only) {
		slot->io.op = KERNEL_DISK_WRITE;
		for (uint32_t i = 0; i < sectors; i++)
			pattern(run, slot->sector + i,
			    ++run->versions[place + i],
			    (uint8_t *)slot->io.data + (size_t)i * SECTOR);
	} else {
		slot->io.op = KERNEL_DISK_READ;
		/* What the device does not write must not pass for data. */
		memset(slot->io.data, 0xa5, slot->io.length);
	}
	run->idle = slot->next;
	slot->start = host_clock_ns();
	kernel_disk_submit(run->disk, &slot->io);
	return (true);
}

static void
finish(struct mix_run *run, struct slot *slot)
{
	static const char *const names[] = { "read", "write", "flush" };
	const struct kernel_disk_io *io = &slot->io;

	slot->busy = false;
	slot->next = run->idle;
	run->idle = slot;
	if (io->error != 0 || io->residual != 0) {
		fail(run->mix,
		    "%s of %zu bytes at %" PRIu64 ": errno %d (FreeBSD's), "
		    "%zu bytes not transferred",
		    names[io->op], io->length, io->offset, io->error,
		    io->residual);
		return;
	}
	if (io->op == KERNEL_DISK_READ)
		verify(run, slot);
	tally_operation(&run->mix->tally, io->op, io->length,
	    slot->end - slot->start);
}

static void
finish_one(struct mix_run *run)
{
	struct slot *slot;

	kernel_sema_wait(&run->sema, "mix");
	slot = run->done;
	run->done = slot->next;
	finish(run, slot);
}

/* When so many are done, and as many as can be are under way again. */
static bool
time_to_stop(const struct mix_run *run, uint64_t started, uint64_t inflight)
{
	const struct mix *mix = run->mix;

	return (started - inflight >= mix->stop_at &&
	    (run->idle == NULL || started == mix->operations ||
		mix->stop_at == 0));
}

static void
play(struct mix_run *run)
{
	struct mix *mix = run->mix;
	struct slot *slot;
	uint64_t started = 0, inflight = 0, operations = mix->operations;
	bool stop = mix->stop != NULL;

	tally_start(&mix->tally);
	while (started < operations || inflight > 0) {
		if (stop && time_to_stop(run, started, inflight)) {
			mix->stop(mix->stop_arg);
			stop = false;
			operations = started;
			continue;
		}
		slot = run->idle;
		if (started < operations && slot != NULL && start(run, slot)) {
			started++;
			inflight++;
		} else {
			finish_one(run);
			inflight--;
			sim_progress();
		}
	}
	if (stop)
		mix->stop(mix->stop_arg);
	tally_stop(&mix->tally);
}

/* At the end, all that the mix has played on is read once more. */
static void
read_back(struct mix_run *run)
{
	struct slot *slot = &run->slots[0];
	uint64_t place, next;

	for (place = 0; place < run->span && run->mix->failures == 0;
	     place = next) {
		next = piece_end(run, place);
		slot->sector = place_to_sector(run, place);
		slot->sectors = (uint32_t)(next - place);
		memset(&slot->io, 0, sizeof(slot->io));
		slot->io.data = slot->buffer;
		slot->io.op = KERNEL_DISK_READ;
		slot->io.arg = (void *)(uintptr_t)place;
		slot->io.offset = slot->sector * SECTOR;
		slot->io.length = (size_t)slot->sectors * SECTOR;
		memset(slot->io.data, 0xa5, slot->io.length);
		sim_progress();
		if (kernel_disk_rw(run->disk, &slot->io) != 0)
			fail(run->mix, "the last read at %" PRIu64 " failed",
			    slot->io.offset);
		else
			verify(run, slot);
	}
}

/* false after complaining. */
static bool
prepare(struct mix_run *run)
{
	struct mix *mix = run->mix;
	struct kernel_disk_info info;
	struct slot *slot;

	run->random = mix->seed;
	run->disk = kernel_disk_open("vbd0");
	if (run->disk == NULL) {
		fail(mix, "no disk vbd0: no driver has attached");
		return (false);
	}
	kernel_disk_info(run->disk, &info);
	run->disk_sectors = info.media_size / SECTOR;
	run->span = run->disk_sectors < 2 * SPAN_SECTORS ? run->disk_sectors :
							   2 * SPAN_SECTORS;
	run->versions = host_alloc(run->span * sizeof(*run->versions));
	run->expect = host_alloc(WORKLOAD_IO_MAX);
	for (unsigned i = 0; i < mix->depth; i++) {
		slot = &run->slots[i];
		slot->buffer = kernel_buffer_alloc(WORKLOAD_IO_MAX);
		if (slot->buffer == NULL) {
			fail(mix, "no guest memory for buffers");
			return (false);
		}
		slot->run = run;
		slot->next = run->idle;
		run->idle = slot;
	}
	return (!mix->image_changes || take_sums(run));
}

void
mix_main(void *arg)
{
	struct mix *mix = arg;
	struct mix_run *run = host_alloc(sizeof(*run));

	run->mix = mix;
	if (prepare(run)) {
		play(run);
		read_back(run);
	}
	for (unsigned i = 0; i < mix->depth; i++)
		kernel_buffer_free(run->slots[i].buffer);
	if (run->disk != NULL)
		kernel_disk_close(run->disk);
	host_free(run->sums);
	host_free(run->expect);
	host_free(run->versions);
	host_free(run);
}
