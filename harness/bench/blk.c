/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver's way, end to end: what a request costs in time, exits,
 * interrupts and allocations, with a memory backend and no checkers.
 */
#include <sys/wait.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "cli/session.h"
#include "host/host.h"
#include "machine/machine.h"
#include "model/wire/config.h"

#define BLOCK	  4096u
#define MEDIUM	  (4u << 20)
#define REQUESTS  400000u
#define DEPTH_MAX 64u

/* Ring features that the device does not offer. */
#define NO_EVENTS   VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX)
#define NO_INDIRECT VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC)

struct reads {
	unsigned depth;
	/* What was measured, of REQUESTS reads. */
	uint64_t ns;
	unsigned failed;
	struct machine_ledger cost;
	uint64_t allocations, maps;

	/* Private to the run. */
	struct kernel_disk *disk;
	struct kernel_disk_io io[DEPTH_MAX];
	uint64_t random;
	unsigned left; /* not yet submitted */
	unsigned done;
	struct kernel_sema finished;
};

static void
submit_one(struct reads *reads, struct kernel_disk_io *io)
{
	reads->random = reads->random * UINT64_C(6364136223846793005) + 1;
	io->offset = (reads->random >> 33) % (MEDIUM / BLOCK) * BLOCK;
	reads->left--;
	kernel_disk_submit(reads->disk, io);
}

/* In the interrupt thread: the next one follows at once. */
static void
read_done(struct kernel_disk_io *io)
{
	struct reads *reads = io->arg;

	if (io->error != 0 || io->residual != 0)
		reads->failed++;
	if (++reads->done == REQUESTS)
		kernel_sema_post(&reads->finished);
	else if (reads->left > 0)
		submit_one(reads, io);
}

static void
measure(struct reads *reads)
{
	struct machine_ledger start, end;
	struct kernel_stats before, after;
	uint64_t ns;

	reads->left = REQUESTS;
	machine_ledger_read(&start);
	kernel_stats(&before);
	ns = host_clock_ns();
	for (unsigned i = 0; i < reads->depth; i++)
		submit_one(reads, &reads->io[i]);
	kernel_sema_wait(&reads->finished, "reads");
	reads->ns = host_clock_ns() - ns;
	kernel_stats(&after);
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &reads->cost);
	reads->allocations = after.mallocs - before.mallocs;
	reads->maps = after.dmamap_creates - before.dmamap_creates;
}

static void
reads_main(void *arg)
{
	struct reads *reads = arg;
	uint8_t *buffer = kernel_buffer_alloc(reads->depth * BLOCK);

	reads->disk = kernel_disk_open("vbd0");
	if (reads->disk == NULL || buffer == NULL) {
		reads->failed = REQUESTS;
		return;
	}
	for (unsigned i = 0; i < reads->depth; i++)
		reads->io[i] = (struct kernel_disk_io) {
			.op = KERNEL_DISK_READ,
			.length = BLOCK,
			.data = buffer + i * BLOCK,
			.done = read_done,
			.arg = reads,
		};
	measure(reads);
	kernel_disk_close(reads->disk);
	kernel_buffer_free(buffer);
}

/* Runs the reads; false after saying why it could not. */
static bool
run_reads(struct reads *reads, unsigned depth, uint64_t without, bool referee)
{
	struct session_config config = { .ndisks = 1, .referee = referee };
	struct session *session;
	bool ok;
	int status;

	config.disks[0].blk.without = without;
	memset(reads, 0, sizeof(*reads));
	reads->depth = depth;
	if (backend_memory_new(MEDIUM, false, &config.disks[0].backend) != 0)
		return (false);
	session = session_open(&config, &status);
	if (session == NULL)
		return (false);
	ok = session_run(session, "bench", reads_main, reads);
	return (session_close(session) == 0 && ok && reads->failed == 0);
}

static double
reads_per_second(unsigned depth, uint64_t without, bool referee)
{
	static struct reads reads;

	if (!run_reads(&reads, depth, without, referee))
		return (bench_fail("%u reads failed", reads.failed));
	return ((double)REQUESTS * 1e9 / (double)reads.ns);
}

BENCH_AT_LEAST(read_4k, "blk: 4 KiB reads, depth 32", "1/s", 1e6)
{
	return (reads_per_second(32, 0, false));
}

BENCH_FIGURE(read_4k_single, "blk: 4 KiB reads, depth 1", "1/s")
{
	return (reads_per_second(1, 0, false));
}

BENCH_FIGURE(read_4k_watched, "blk: 4 KiB reads, depth 32, referee", "1/s")
{
	return (reads_per_second(32, 0, true));
}

/* What the two features of the ring cost and bring. */
BENCH_FIGURE(read_4k_flags, "blk: 4 KiB reads, 32, flags", "1/s")
{
	return (reads_per_second(32, NO_EVENTS, false));
}

BENCH_FIGURE(read_4k_direct, "blk: 4 KiB reads, 32, no tables", "1/s")
{
	return (reads_per_second(32, NO_INDIRECT, false));
}

BENCH_FIGURE(read_4k_single_flags, "blk: 4 KiB reads, 1, flags", "1/s")
{
	return (reads_per_second(1, NO_EVENTS, false));
}

BENCH_FIGURE(read_4k_single_direct, "blk: 4 KiB reads, 1, no tables", "1/s")
{
	return (reads_per_second(1, NO_INDIRECT, false));
}

BENCH_AT_MOST(allocations, "blk: allocations a request", "", 0)
{
	static struct reads reads;

	if (!run_reads(&reads, 32, 0, false))
		return (bench_fail("%u reads failed", reads.failed));
	return ((double)(reads.allocations + reads.maps) / REQUESTS);
}

static double
notifications(uint64_t without)
{
	static struct reads reads;

	if (!run_reads(&reads, 32, without, false))
		return (bench_fail("%u reads failed", reads.failed));
	return ((double)reads.cost.notifications / REQUESTS);
}

static double
interrupts(uint64_t without)
{
	static struct reads reads;

	if (!run_reads(&reads, 32, without, false))
		return (bench_fail("%u reads failed", reads.failed));
	return ((double)reads.cost.irq_injections / REQUESTS);
}

BENCH_AT_MOST(notifications, "blk: notifications, depth 32", "1/req", 0.1)
{
	return (notifications(0));
}

BENCH_AT_MOST(interrupts, "blk: interrupts, depth 32", "1/req", 0.1)
{
	return (interrupts(0));
}

BENCH_FIGURE(notifications_flags, "blk: notifications, 32, flags", "1/req")
{
	return (notifications(NO_EVENTS));
}

BENCH_FIGURE(interrupts_flags, "blk: interrupts, 32, flags", "1/req")
{
	return (interrupts(NO_EVENTS));
}

/*
 * The program is started on an image, does one operation and ends: all of
 * that is more than what it takes until the operation is done.
 */
static int
run_program(const char *image)
{
	const char *program = getenv("RINGSIDE");
	char *argv[] = { (char *)"ringside", (char *)"run", (char *)"--quiet",
		(char *)"--ops", (char *)"1", (char *)"--disk",
		(char *)(uintptr_t)image, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error, status;

	if (program == NULL)
		program = "build/ringside";
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
	    1 /* O_WRONLY */, 0);
	error = posix_spawn(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0 || waitpid(pid, &status, 0) != pid)
		return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

BENCH_AT_MOST(first_request, "blk: exec to first request done", "ms", 50)
{
	char image[] = "/tmp/ringside-bench-XXXXXX";
	uint64_t ns;
	int fd, status;

	fd = mkstemp(image);
	if (fd < 0 || ftruncate(fd, 1 << 20) != 0)
		return (bench_fail("no temporary file"));
	close(fd);
	ns = host_clock_ns();
	status = run_program(image);
	ns = host_clock_ns() - ns;
	unlink(image);
	if (status != 0)
		return (bench_fail("ringside run: exit status %d", status));
	return ((double)ns / 1e6);
}
