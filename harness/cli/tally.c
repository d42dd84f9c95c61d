/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Counting, and the table; see tally.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/tally.h"
#include "host/host.h"

void
tally_start(struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	machine_ledger_read(&tally->ledger_start);
	kernel_stats(&tally->kernel_start);
	tally->start = host_clock_ns();
}

void
tally_stop(struct tally *tally)
{
	struct machine_ledger ledger;
	struct kernel_stats now;
	const struct kernel_stats *then = &tally->kernel_start;

	tally->elapsed = host_clock_ns() - tally->start;
	machine_ledger_read(&ledger);
	machine_ledger_delta(&tally->ledger_start, &ledger, &tally->ledger);
	kernel_stats(&now);
	tally->kernel = (struct kernel_stats) {
		.mallocs = now.mallocs - then->mallocs,
		.frees = now.frees - then->frees,
		.dmamap_loads = now.dmamap_loads - then->dmamap_loads,
		.dmamap_creates = now.dmamap_creates - then->dmamap_creates,
		.bounced_pages = now.bounced_pages - then->bounced_pages,
		.interrupts = now.interrupts - then->interrupts,
		.bios = now.bios - then->bios,
	};
}

/* Small values have a bucket each; above, the top five bits after the first. */
static unsigned
bucket(uint64_t ns)
{
	unsigned shift;

	if (ns < TALLY_STEPS)
		return ((unsigned)ns);
	shift = 63 - (unsigned)__builtin_clzll(ns) - 5;
	return (
	    TALLY_STEPS * (shift + 1) + (unsigned)(ns >> shift) % TALLY_STEPS);
}

/* The largest value of a bucket. */
static uint64_t
bucket_top(unsigned i)
{
	unsigned shift;

	if (i < TALLY_STEPS)
		return (i);
	shift = i / TALLY_STEPS - 1;
	return ((((uint64_t)TALLY_STEPS + i % TALLY_STEPS + 1) << shift) - 1);
}

void
tally_operation(struct tally *tally, enum kernel_disk_op op, uint64_t bytes,
    uint64_t ns)
{
	switch (op) {
	case KERNEL_DISK_READ:
		tally->reads++;
		tally->bytes_read += bytes;
		break;
	case KERNEL_DISK_WRITE:
		tally->writes++;
		tally->bytes_written += bytes;
		break;
	case KERNEL_DISK_FLUSH:
		tally->flushes++;
		break;
	case KERNEL_DISK_DELETE:
		/* No workload deletes. */
		break;
	}
	tally->latency[bucket(ns)]++;
	if (ns > tally->slowest)
		tally->slowest = ns;
}

uint64_t
tally_operations(const struct tally *tally)
{
	return (tally->reads + tally->writes + tally->flushes);
}

uint64_t
tally_percentile(const struct tally *tally, double percent)
{
	uint64_t seen = 0, total = tally_operations(tally);
	uint64_t wanted = (uint64_t)((double)total * percent / 100 + 0.5);

	if (wanted == 0)
		wanted = 1;
	for (unsigned i = 0; i < TALLY_BUCKETS; i++) {
		seen += tally->latency[i];
		if (seen >= wanted)
			return (bucket_top(i) < tally->slowest ?
				bucket_top(i) :
				tally->slowest);
	}
	return (tally->slowest);
}

static void
cost(const char *name, uint64_t count, uint64_t operations, const char *what)
{
	printf("  %-18s %12" PRIu64 " %10.3f  %s\n", name, count,
	    operations != 0 ? (double)count / (double)operations : 0, what);
}

void
tally_print(const struct tally *tally)
{
	uint64_t n = tally_operations(tally);
	double seconds = (double)tally->elapsed / 1e9;
	static const double percents[] = { 50, 90, 99, 99.9 };

	printf("operations  %" PRIu64 " (%" PRIu64 " reads, %" PRIu64
	       " writes, %" PRIu64 " flushes) in %.3f s\n",
	    n, tally->reads, tally->writes, tally->flushes, seconds);
	printf("bytes       %" PRIu64 " read, %" PRIu64 " written\n",
	    tally->bytes_read, tally->bytes_written);
	printf("rate        %.0f IOPS, %.1f MiB/s\n",
	    seconds > 0 ? (double)n / seconds : 0,
	    seconds > 0 ? (double)(tally->bytes_read + tally->bytes_written) /
		    seconds / (1 << 20) :
			  0);
	printf("latency us ");
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		printf(" p%g %.1f,", percents[i],
		    (double)tally_percentile(tally, percents[i]) / 1000);
	printf(" max %.1f\n", (double)tally->slowest / 1000);
	printf("\n  %-18s %12s %10s\n", "cost", "count", "per op");
	cost("exits", tally->ledger.exits, n, "all of the next three");
	cost("io_exits", tally->ledger.io_exits, n, "port accesses");
	cost("mmio_exits", tally->ledger.mmio_exits, n, "register accesses");
	cost("halt_exits", tally->ledger.halt_exits, n, "nothing to run");
	cost("irq_injections", tally->ledger.irq_injections, n, "interrupts");
	cost("notifications", tally->ledger.notifications, n,
	    "of the mmio_exits");
	cost("allocations", tally->kernel.mallocs, n, "malloc(9)");
	cost("dmamap_loads", tally->kernel.dmamap_loads, n, "bus_dma(9)");
	cost("dmamap_creates", tally->kernel.dmamap_creates, n, "");
	cost("bounced_pages", tally->kernel.bounced_pages, n, "");
}
