/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The verified workload on one disk; see workload.h and mix_var.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/control.h"
#include "cli/errname.h"
#include "cli/mix_var.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "host/host.h"
#include "sim/sim.h"

/* Places drawn before a disk counts as full. */
#define PLACE_TRIES 100
/* So much is played on at either end of the disk. */
#define SPAN_SECTORS ((uint64_t)(128u << 20) / MIX_SECTOR)

static const char *const names[] = { "read", "write", "flush", "deletion" };

static uint64_t
draw(struct mix_run *run, uint64_t below)
{
	run->random += UINT64_C(0x9e3779b97f4a7c15);
	return (mix_scramble(run->random) % below);
}

void
mix_fail(struct mix *mix, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (mix->failures++ == 0)
		vsnprintf(mix->failure, sizeof(mix->failure), fmt, ap);
	va_end(ap);
}

/*
 * --- what is done next ---
 */

static bool
overlaps(const struct mix_run *run, uint64_t sector, uint32_t sectors)
{
	const struct mix_slot *slot;

	for (unsigned i = 0; i < run->mix->depth; i++) {
		slot = &run->slots[i];
		if (slot->busy && sector < slot->sector + slot->sectors &&
		    slot->sector < sector + sectors)
			return (true);
	}
	return (false);
}

/* Most transfers are of a page, some of a block, some of anything. */
static uint32_t
draw_length(struct mix_run *run)
{
	const uint32_t unit = run->unit;
	uint64_t kind;

	if (run->mix->block != 0)
		return ((uint32_t)(run->mix->block / MIX_SECTOR));
	if (!run->pattern.mixed_sizes)
		return (PATTERN_BLOCK / MIX_SECTOR);
	kind = draw(run, 10);
	if (kind < 6)
		return (unit > 8 ? unit : 8);
	if (kind < 8)
		return (unit);
	return ((uint32_t)(draw(run, MIX_IO_SECTORS / unit) + 1) * unit);
}

/*
 * A range inside one half of the span that no other operation is on; false
 * when a small disk seems to be full of them.  Transfers of one size begin at
 * multiples of it, as fio's do.
 */
static bool
draw_place(struct mix_run *run, uint32_t *sectors, uint64_t *place)
{
	const bool one_size = run->mix->block != 0 || !run->pattern.mixed_sizes;
	uint64_t base, room, step;

	for (int i = 0; i < PLACE_TRIES; i++) {
		base = run->half;
		room = run->span - run->half;
		if (run->half > 0 && draw(run, 2) != 0) {
			base = 0;
			room = run->half;
		}
		if (*sectors > room)
			*sectors = (uint32_t)room;
		step = one_size ? *sectors : run->unit;
		*place = base + draw(run, (room - *sectors) / step + 1) * step;
		if (!overlaps(run, mix_sector_of(run, *place), *sectors))
			return (true);
		/* A small one fits almost anywhere. */
		if (!one_size)
			*sectors = run->unit;
	}
	return (false);
}

/* The range after the last one; from the end on to the beginning. */
static bool
next_place(struct mix_run *run, uint32_t *sectors, uint64_t *place)
{
	uint64_t end;

	if (run->cursor >= run->span)
		run->cursor = 0;
	end = mix_piece_end(run, run->cursor);
	if (*sectors > end - run->cursor)
		*sectors = (uint32_t)(end - run->cursor);
	*place = run->cursor;
	if (overlaps(run, mix_sector_of(run, *place), *sectors))
		return (false);
	run->cursor += *sectors;
	return (true);
}

static enum kernel_disk_op
draw_op(struct mix_run *run)
{
	const struct pattern *p = &run->pattern;
	uint64_t kind = draw(run, 100);

	if (kind < p->flushes)
		return (KERNEL_DISK_FLUSH);
	if (run->mix->read_only)
		return (KERNEL_DISK_READ);
	if (kind < p->flushes + p->writes)
		return (KERNEL_DISK_WRITE);
	if (kind < p->flushes + p->writes + p->deletes)
		return (KERNEL_DISK_DELETE);
	return (KERNEL_DISK_READ);
}

/*
 * --- operations ---
 */

static void
done(struct kernel_disk_io *io)
{
	struct mix_slot *slot = (struct mix_slot *)(void *)io;
	struct mix_run *run = slot->run;

	slot->end = host_clock_ns();
	slot->next = run->done;
	run->done = slot;
	kernel_sema_post(&run->sema);
}

/* The slot's operation on so many sectors at `place`. */
static void
aim(struct mix_slot *slot, enum kernel_disk_op op, uint64_t place,
    uint32_t sectors)
{
	struct kernel_disk_io *io = &slot->io;

	slot->place = place;
	slot->sector = mix_sector_of(slot->run, place);
	slot->sectors = sectors;
	memset(io, 0, sizeof(*io));
	io->op = op;
	io->data = slot->buffer;
	io->offset = slot->sector * MIX_SECTOR;
	io->length = (size_t)sectors * MIX_SECTOR;
	if (op == KERNEL_DISK_FLUSH)
		io->offset = io->length = 0;
	if (op == KERNEL_DISK_FLUSH || op == KERNEL_DISK_DELETE)
		io->data = NULL;
	/* What the device does not write must not pass for data. */
	if (op == KERNEL_DISK_READ)
		memset(io->data, 0xa5, io->length);
}

/* false: there is no room for it just now. */
static bool
start(struct mix_run *run, struct mix_slot *slot)
{
	uint32_t sectors = draw_length(run);
	uint64_t place;

	if (!(run->pattern.random ? draw_place(run, &sectors, &place) :
				    next_place(run, &sectors, &place)))
		return (false);
	aim(slot, draw_op(run), place, sectors);
	if (slot->io.op == KERNEL_DISK_WRITE)
		mix_fill(run, slot);
	else if (slot->io.op == KERNEL_DISK_DELETE)
		mix_mark(run, slot, MIX_DELETED);
	slot->busy = true;
	slot->io.done = done;
	run->idle = slot->next;
	slot->start = host_clock_ns();
	kernel_disk_submit(run->disk, &slot->io);
	return (true);
}

/* The driver has returned an error: the host's perhaps, or a lie. */
static void
failed(struct mix_run *run, const struct mix_slot *slot, const char *what)
{
	const struct kernel_disk_io *io = &slot->io;
	struct mix *mix = run->mix;

	if (io->op == KERNEL_DISK_WRITE)
		mix_mark(run, slot, MIX_UNKNOWN);
	mix->errors++;
	if (io->op == KERNEL_DISK_FLUSH)
		mix_fail(mix, "%s: %s", what, errname(io->error));
	else if (io->error != 0)
		mix_fail(mix, "%s of %zu bytes at %" PRIu64 ": %s", what,
		    io->length, io->offset, errname(io->error));
	else
		mix_fail(mix,
		    "%s of %zu bytes at %" PRIu64 ": %zu bytes not "
		    "transferred",
		    what, io->length, io->offset, io->residual);
}

static void
finish_one(struct mix_run *run)
{
	struct mix_slot *slot;

	kernel_sema_wait(&run->sema, "mix");
	slot = run->done;
	run->done = slot->next;
	slot->busy = false;
	slot->next = run->idle;
	run->idle = slot;
	if (slot->io.error != 0 || slot->io.residual != 0) {
		failed(run, slot, names[slot->io.op]);
		return;
	}
	if (slot->io.op == KERNEL_DISK_READ)
		mix_verify(run, slot);
	tally_operation(&run->mix->tally, slot->io.op, slot->io.length,
	    slot->end - slot->start);
	progress_step(tally_operations(&run->mix->tally), slot->end);
	if (run->mix->duration != 0 &&
	    slot->end - run->begin >= run->mix->duration)
		run->mix->time_is_up = true;
}

/*
 * --- the run ---
 */

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
	uint64_t inflight = 0;
	bool stop = mix->stop != NULL, more = true;

	progress_start(run->pattern.name, mix->operations, mix->duration);
	tally_start(&mix->tally);
	run->begin = mix->tally.start;
	while (more || inflight > 0) {
		if (stop && time_to_stop(run, mix->started, inflight)) {
			mix->stop(mix->stop_arg);
			stop = more = false;
			continue;
		}
		more = more && !mix->time_is_up && progress_interrupted == 0 &&
		    (mix->operations == 0 || mix->started < mix->operations);
		if (more && run->idle != NULL && start(run, run->idle)) {
			mix->started++;
			inflight++;
		} else if (inflight > 0) {
			finish_one(run);
			inflight--;
			sim_progress();
			control_point();
		}
	}
	if (stop)
		mix->stop(mix->stop_arg);
	tally_stop(&mix->tally);
	progress_end();
}

/* At the end, all that the mix has played on is read once more. */
static void
read_back(struct mix_run *run)
{
	struct mix_slot *slot = &run->slots[0];
	uint64_t place, next, n = 0;

	progress_start("read back", run->span / MIX_IO_SECTORS, 0);
	for (place = 0; place < run->span && progress_interrupted == 0;
	     place = next) {
		/* One lie is enough; of errors, there may be lies beside. */
		if (run->mix->failures > run->mix->errors)
			break;
		next = mix_piece_end(run, place);
		aim(slot, KERNEL_DISK_READ, place, (uint32_t)(next - place));
		sim_progress();
		if (kernel_disk_rw(run->disk, &slot->io) != 0)
			failed(run, slot, "the last read");
		else
			mix_verify(run, slot);
		progress_step(++n, host_clock_ns());
	}
	progress_end();
}

/* What the disk is like; false after complaining. */
static bool
measure(struct mix_run *run)
{
	struct mix *mix = run->mix;
	struct kernel_disk_info info;

	run->disk = session_disk_open(0);
	if (run->disk == NULL) {
		mix_fail(mix, "no disk 0: no driver has attached");
		return (false);
	}
	kernel_disk_info(run->disk, &info);
	run->disk_sectors = info.media_size / MIX_SECTOR;
	run->unit = info.sector_size / MIX_SECTOR;
	run->span = run->disk_sectors < 2 * SPAN_SECTORS ? run->disk_sectors :
							   2 * SPAN_SECTORS;
	run->half = run->span / 2 / run->unit * run->unit;
	/*
	 * Without a flush, the device has no cache of which it tells; and what
	 * is only read has nothing in it.
	 */
	if (!info.can_flush || mix->read_only)
		run->pattern.flushes = 0;
	if (run->unit > MIX_IO_SECTORS || mix->block % info.sector_size != 0) {
		mix->unfit = true;
		mix_fail(mix, "%s has sectors of %u bytes", info.name,
		    info.sector_size);
		return (false);
	}
	if (run->pattern.deletes > 0 && !info.can_delete) {
		mix->unfit = true;
		mix_fail(mix,
		    "--pattern %s: %s cannot delete: the device offers "
		    "neither discard nor write_zeroes",
		    run->pattern.name, info.name);
		return (false);
	}
	return (true);
}

/* false after complaining. */
static bool
prepare(struct mix_run *run)
{
	struct mix *mix = run->mix;
	struct mix_slot *slot;

	run->pattern =
	    *(mix->pattern != NULL ? mix->pattern : pattern_find("mix"));
	run->random = mix->seed;
	if (!measure(run))
		return (false);
	run->versions = host_alloc(run->span * sizeof(*run->versions));
	run->expect = host_alloc(WORKLOAD_IO_MAX);
	for (unsigned i = 0; i < mix->depth; i++) {
		slot = &run->slots[i];
		slot->buffer = kernel_buffer_alloc(WORKLOAD_IO_MAX);
		if (slot->buffer == NULL) {
			mix_fail(mix, "no guest memory for buffers");
			return (false);
		}
		slot->run = run;
		slot->next = run->idle;
		run->idle = slot;
	}
	return (!mix->image_changes || mix_take_sums(run));
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
