/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copying one disk onto another, and comparing them; see workload.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/control.h"
#include "cli/errname.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/workload.h"
#include "host/host.h"
#include "sim/sim.h"

enum step {
	STEP_IDLE,
	STEP_READ,
	STEP_WRITE,
};

/* One chunk on its way. */
struct mover {
	struct kernel_disk_io io;
	struct copy_run *run;
	struct mover *next; /* among the done */
	enum step step;
	void *buffer;
	uint64_t offset;
	size_t length;
	uint64_t start, end;
};

struct copy_run {
	struct copy *copy;
	struct kernel_disk *from, *to;
	uint64_t size;
	bool flushes;  /* the target can flush */
	uint64_t next; /* the first byte that nobody moves yet */
	struct mover movers[WORKLOAD_DEPTH_MAX];
	unsigned nmovers;
	struct mover *done;
	struct kernel_sema sema;
};

static void __attribute__((format(printf, 2, 3)))
fail(struct copy *copy, const char *fmt, ...)
{
	va_list ap;

	if (copy->failures++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(copy->failure, sizeof(copy->failure), fmt, ap);
	va_end(ap);
}

static void
done(struct kernel_disk_io *io)
{
	struct mover *mover = (struct mover *)(void *)io;
	struct copy_run *run = mover->run;

	mover->end = host_clock_ns();
	mover->next = run->done;
	run->done = mover;
	kernel_sema_post(&run->sema);
}

static void
submit(struct mover *mover, enum kernel_disk_op op)
{
	struct copy_run *run = mover->run;

	memset(&mover->io, 0, sizeof(mover->io));
	mover->io.op = op;
	mover->io.offset = mover->offset;
	mover->io.length = mover->length;
	mover->io.data = mover->buffer;
	mover->io.done = done;
	mover->start = host_clock_ns();
	kernel_disk_submit(op == KERNEL_DISK_READ ? run->from : run->to,
	    &mover->io);
}

/* Gives an idle mover the next chunk; false when there is none. */
static bool
begin(struct mover *mover)
{
	struct copy_run *run = mover->run;
	uint64_t left = run->size - run->next;

	if (left == 0 || run->copy->failures > 0 || progress_interrupted != 0)
		return (false);
	mover->offset = run->next;
	mover->length = left < run->copy->chunk ? left : run->copy->chunk;
	run->next += mover->length;
	mover->step = STEP_READ;
	submit(mover, KERNEL_DISK_READ);
	return (true);
}

/* What was read is written, what was written makes room for more. */
static bool
advance(struct mover *mover)
{
	struct copy *copy = mover->run->copy;
	const struct kernel_disk_io *io = &mover->io;

	if (io->error != 0 || io->residual != 0) {
		copy->errors++;
		fail(copy, "%s of %zu bytes at %" PRIu64 ": %s",
		    mover->step == STEP_READ ? "read from disk 0" :
					       "write to disk 1",
		    mover->length, mover->offset,
		    io->error != 0 ? errname(io->error) :
				     "not all was transferred");
		mover->step = STEP_IDLE;
		return (false);
	}
	tally_operation(&copy->tally, io->op, io->length,
	    mover->end - mover->start);
	progress_step(tally_operations(&copy->tally), mover->end);
	if (mover->step == STEP_READ) {
		mover->step = STEP_WRITE;
		submit(mover, KERNEL_DISK_WRITE);
		return (true);
	}
	mover->step = STEP_IDLE;
	return (begin(mover));
}

static void
flush(struct copy_run *run)
{
	struct kernel_disk_io io = { .op = KERNEL_DISK_FLUSH };
	uint64_t start = host_clock_ns();
	int error;

	error = kernel_disk_rw(run->to, &io);
	if (error != 0) {
		run->copy->errors++;
		fail(run->copy, "flush of disk 1: %s", errname(error));
	} else
		tally_operation(&run->copy->tally, KERNEL_DISK_FLUSH, 0,
		    host_clock_ns() - start);
}

static void
move_all(struct copy_run *run)
{
	struct mover *mover;
	unsigned moving = 0;

	progress_start("copy",
	    2 * ((run->size + run->copy->chunk - 1) / run->copy->chunk), 0);
	tally_start(&run->copy->tally);
	for (unsigned i = 0; i < run->nmovers; i++)
		moving += begin(&run->movers[i]);
	while (moving > 0) {
		kernel_sema_wait(&run->sema, "copy");
		sim_progress();
		control_point();
		mover = run->done;
		run->done = mover->next;
		if (!advance(mover))
			moving--;
	}
	if (run->flushes)
		flush(run);
	tally_stop(&run->copy->tally);
	progress_end();
}

/* Reads a chunk of each disk again; false when one cannot be read. */
static bool
read_both(struct copy_run *run, uint64_t at, size_t length)
{
	struct mover *a = &run->movers[0], *b = &run->movers[1];
	int error;

	a->io = (struct kernel_disk_io) { .op = KERNEL_DISK_READ,
		.offset = at,
		.length = length,
		.data = a->buffer };
	b->io = a->io;
	b->io.data = b->buffer;
	memset(b->buffer, 0xa5, length);
	error = kernel_disk_rw(run->from, &a->io);
	if (error == 0)
		error = kernel_disk_rw(run->to, &b->io);
	if (error == 0)
		return (true);
	run->copy->errors++;
	fail(run->copy, "reading back at %" PRIu64 ": %s", at, errname(error));
	return (false);
}

/* One mover's buffer for each disk. */
static void
compare(struct copy_run *run)
{
	const void *a = run->movers[0].buffer, *b = run->movers[1].buffer;
	const uint64_t chunk = run->copy->chunk;
	uint64_t left, n = 0;
	size_t length;

	progress_start("compare", (run->size + chunk - 1) / chunk, 0);
	for (uint64_t at = 0; at < run->size && run->copy->failures == 0 &&
	     progress_interrupted == 0;
	     at += length) {
		left = run->size - at;
		length = left < chunk ? left : chunk;
		if (read_both(run, at, length) && memcmp(a, b, length) != 0)
			fail(run->copy,
			    "disk 1 differs from disk 0 in the %zu bytes at "
			    "%" PRIu64,
			    length, at);
		progress_step(++n, host_clock_ns());
	}
	progress_end();
}

/* false after complaining. */
static bool
prepare(struct copy_run *run)
{
	struct copy *copy = run->copy;
	struct kernel_disk_info from, to;

	run->from = session_disk_open(0);
	run->to = session_disk_open(1);
	if (run->from == NULL || run->to == NULL) {
		fail(copy, "no disk %d: no driver has attached",
		    run->from == NULL ? 0 : 1);
		return (false);
	}
	kernel_disk_info(run->from, &from);
	kernel_disk_info(run->to, &to);
	run->size = from.media_size;
	run->flushes = to.can_flush;
	if (to.media_size != from.media_size) {
		fail(copy, "disk 1 has %" PRIu64 " bytes, disk 0 has %" PRIu64,
		    to.media_size, from.media_size);
		return (false);
	}
	/* Two buffers at least, for the comparison. */
	run->nmovers = copy->depth > 2 ? copy->depth : 2;
	for (unsigned i = 0; i < run->nmovers; i++) {
		run->movers[i].run = run;
		run->movers[i].buffer = kernel_buffer_alloc(copy->chunk);
		if (run->movers[i].buffer == NULL) {
			fail(copy, "no guest memory for buffers");
			return (false);
		}
	}
	return (true);
}

void
copy_main(void *arg)
{
	struct copy *copy = arg;
	struct copy_run *run = host_alloc(sizeof(*run));

	run->copy = copy;
	if (prepare(run)) {
		move_all(run);
		compare(run);
	}
	for (unsigned i = 0; i < run->nmovers; i++)
		kernel_buffer_free(run->movers[i].buffer);
	if (run->from != NULL)
		kernel_disk_close(run->from);
	if (run->to != NULL)
		kernel_disk_close(run->to);
	host_free(run);
}
