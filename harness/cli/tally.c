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

static void
add(struct tally_latency *latency, uint64_t ns)
{
	if (latency->operations == 0 || ns < latency->fastest)
		latency->fastest = ns;
	if (ns > latency->slowest)
		latency->slowest = ns;
	latency->operations++;
	latency->sum += ns;
	latency->buckets[bucket(ns)]++;
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
		tally->deletes++;
		tally->bytes_deleted += bytes;
		break;
	}
	add(&tally->latency, ns);
	add(&tally->kinds[op], ns);
}

void
tally_packet(struct tally *tally, uint64_t bytes, uint64_t ns)
{
	tally->packets++;
	tally->bytes_carried += bytes;
	add(&tally->latency, ns);
}

uint64_t
tally_operations(const struct tally *tally)
{
	return (tally->latency.operations);
}

uint64_t
tally_percentile(const struct tally_latency *latency, double percent)
{
	uint64_t seen = 0;
	uint64_t wanted =
	    (uint64_t)((double)latency->operations * percent / 100 + 0.5);

	if (wanted == 0)
		wanted = 1;
	for (unsigned i = 0; i < TALLY_BUCKETS; i++) {
		seen += latency->buckets[i];
		if (seen >= wanted)
			return (bucket_top(i) < latency->slowest ?
				bucket_top(i) :
				latency->slowest);
	}
	return (latency->slowest);
}

void
tally_costs(const struct tally *tally, struct tally_cost *costs)
{
	const struct machine_ledger *l = &tally->ledger;
	const struct kernel_stats *k = &tally->kernel;
	const struct tally_cost rows[TALLY_COSTS] = {
		{ "exits", l->exits, "all of the next three" },
		{ "io_exits", l->io_exits, "port accesses" },
		{ "mmio_exits", l->mmio_exits, "register accesses" },
		{ "halt_exits", l->halt_exits, "nothing to run" },
		{ "irq_injections", l->irq_injections, "interrupts" },
		{ "notifications", l->notifications, "of the exits" },
		{ "allocations", k->mallocs, "malloc(9)" },
		{ "dmamap_loads", k->dmamap_loads, "bus_dma(9)" },
		{ "dmamap_creates", k->dmamap_creates, "" },
		{ "bounced_pages", k->bounced_pages, "" },
	};

	memcpy(costs, rows, sizeof(rows));
}

void
tally_print_costs(const struct tally *tally, uint64_t n, const char *unit,
    FILE *out)
{
	struct tally_cost costs[TALLY_COSTS];
	char per[16];

	tally_costs(tally, costs);
	snprintf(per, sizeof(per), "per %s", unit);
	fprintf(out, "\n  %-18s %12s %10s\n", "cost", "count", per);
	for (unsigned i = 0; i < TALLY_COSTS; i++)
		fprintf(out, "  %-18s %12" PRIu64 " %10.3f%s%s\n",
		    costs[i].name, costs[i].count,
		    n != 0 ? (double)costs[i].count / (double)n : 0,
		    costs[i].what[0] != '\0' ? "  " : "", costs[i].what);
}

void
tally_print_latency(const struct tally *tally, FILE *out)
{
	static const double percents[] = { 50, 90, 99, 99.9 };

	fprintf(out, "latency us ");
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		fprintf(out, " p%g %.1f,", percents[i],
		    (double)tally_percentile(&tally->latency, percents[i]) /
			1000);
	fprintf(out, " max %.1f\n", (double)tally->latency.slowest / 1000);
}

void
tally_print(const struct tally *tally, FILE *out)
{
	uint64_t n = tally_operations(tally);
	uint64_t bytes = tally->bytes_read + tally->bytes_written;
	double seconds = (double)tally->elapsed / 1e9;

	fprintf(out,
	    "operations  %" PRIu64 " (%" PRIu64 " reads, %" PRIu64
	    " writes, %" PRIu64 " flushes",
	    n, tally->reads, tally->writes, tally->flushes);
	if (tally->deletes != 0)
		fprintf(out, ", %" PRIu64 " deletions", tally->deletes);
	fprintf(out, ") in %.3f s\n", seconds);
	fprintf(out, "bytes       %" PRIu64 " read, %" PRIu64 " written",
	    tally->bytes_read, tally->bytes_written);
	if (tally->deletes != 0)
		fprintf(out, ", %" PRIu64 " deleted", tally->bytes_deleted);
	fprintf(out, "\nrate        %.0f IOPS, %.1f MiB/s\n",
	    seconds > 0 ? (double)n / seconds : 0,
	    seconds > 0 ? (double)bytes / seconds / (1 << 20) : 0);
	tally_print_latency(tally, out);
	tally_print_costs(tally, n, "op", out);
}
