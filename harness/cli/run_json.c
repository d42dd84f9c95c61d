/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The results of `ringside run` as JSON: docs/json.md says what is where.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/run_result.h"

#define SCHEMA 1

void
run_result_violation(struct run_result *result, const char *checker,
    const char *text)
{
	if (result->nviolations < RESULT_VIOLATIONS)
		result->violations[result->nviolations] =
		    (struct result_text) { .name = strdup(checker),
			    .text = strdup(text) };
	result->nviolations++;
}

void
run_result_sysctl(struct run_result *result, const char *path,
    const char *value)
{
	if (result->nsysctls < RESULT_SYSCTLS)
		result->sysctls[result->nsysctls++] =
		    (struct result_text) { .name = strdup(path),
			    .text = strdup(value) };
}

void
run_result_free(struct run_result *result)
{
	for (unsigned i = 0; i < result->nsysctls; i++) {
		free(result->sysctls[i].name);
		free(result->sysctls[i].text);
	}
	for (uint64_t i = 0; i < result->nviolations && i < RESULT_VIOLATIONS;
	     i++) {
		free(result->violations[i].name);
		free(result->violations[i].text);
	}
}

/* Text that may hold anything; null when there is none. */
static json_t *
text(const char *value)
{
	json_t *string;

	if (value == NULL || *value == '\0')
		return (json_null());
	string = json_string(value);
	/* Not UTF-8: a byte a character. */
	if (string == NULL) {
		char copy[512];
		size_t n = 0;

		for (; *value != '\0' && n < sizeof(copy) - 2; value++) {
			unsigned char c = (unsigned char)*value;

			if (c >= 0x80)
				copy[n++] = (char)(0xc0 | c >> 6);
			copy[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
		}
		copy[n] = '\0';
		string = json_string(copy);
	}
	return (string);
}

static json_t *
integer(uint64_t value)
{
	return (json_integer((json_int_t)value));
}

/* An option that may not have been given. */
static json_t *
given(uint64_t value)
{
	return (value != 0 ? integer(value) : json_null());
}

static json_t *
feature_names(uint64_t features, const char *(*name_of)(unsigned))
{
	json_t *names = json_array();
	const char *name;
	char number[8];

	for (unsigned bit = 0; bit < 64; bit++) {
		if (((features >> bit) & 1) == 0)
			continue;
		name = name_of(bit);
		snprintf(number, sizeof(number), "%u", bit);
		json_array_append_new(names,
		    json_string(name != NULL ? name : number));
	}
	return (names);
}

/* Names of features of the devices that there are, each once. */
static json_t *
of_both(const struct run_options *o, uint64_t disk, uint64_t net)
{
	json_t *names, *more, *name;
	size_t i, j;

	names = feature_names(run_has_disk(o) ? disk : 0, diskopt_feature_name);
	more = feature_names(o->net.kind != NETOPT_NONE ? net : 0,
	    diskopt_net_feature_name);
	json_array_foreach(more, i, name)
	{
		for (j = 0; j < json_array_size(names); j++)
			if (json_equal(json_array_get(names, j), name))
				break;
		if (j == json_array_size(names))
			json_array_append(names, name);
	}
	json_decref(more);
	return (names);
}

static json_t *
options(const struct run_options *o)
{
	json_t *all = json_object(), *sysctls = json_array();
	char seed[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, o->seed);
	for (unsigned i = 0; i < o->nsysctls; i++)
		json_array_append_new(sysctls, text(o->sysctls[i]));
	json_object_set_new(all, "disk", text(o->disk));
	json_object_set_new(all, "size", given(o->size));
	json_object_set_new(all, "copy_to", text(o->copy_to));
	json_object_set_new(all, "net", text(o->net.text));
	json_object_set_new(all, "pcap", text(o->pcap));
	json_object_set_new(all, "pattern",
	    o->copy_to != NULL ? json_null() : text(o->pattern->name));
	json_object_set_new(all, "bs",
	    given(o->block != 0 ? o->block : o->frame));
	json_object_set_new(all, "ops", given(o->operations));
	json_object_set_new(all, "seconds", given(o->seconds));
	json_object_set_new(all, "depth", integer(o->depth));
	json_object_set_new(all, "seed", json_string(seed));
	json_object_set_new(all, "write", json_boolean(o->write));
	json_object_set_new(all, "read_only", json_boolean(o->read_only));
	json_object_set_new(all, "check", json_boolean(!o->no_check));
	json_object_set_new(all, "transport",
	    text(diskopt_transport_name(&o->device)));
	json_object_set_new(all, "interrupts",
	    text(diskopt_interrupts_name(&o->device)));
	json_object_set_new(all, "without",
	    of_both(o, o->device.without, o->device.net_without));
	json_object_set_new(all, "demanded",
	    of_both(o, o->device.demanded, o->device.net_demanded));
	json_object_set_new(all, "queues", given(o->device.nqueues));
	json_object_set_new(all, "queue_size", given(o->device.queue_size));
	json_object_set_new(all, "block_size", given(o->device.block_size));
	json_object_set_new(all, "reorder", given(o->device.reorder));
	json_object_set_new(all, "sysctls", sysctls);
	return (all);
}

static json_t *
latency(const struct tally_latency *l)
{
	static const struct {
		const char *name;
		double percent;
	} percents[] = { { "p50", 50 }, { "p90", 90 }, { "p99", 99 },
		{ "p99_9", 99.9 } };
	json_t *all;

	if (l->operations == 0)
		return (json_null());
	all = json_object();
	json_object_set_new(all, "min", integer(l->fastest));
	json_object_set_new(all, "mean",
	    json_real((double)l->sum / (double)l->operations));
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		json_object_set_new(all, percents[i].name,
		    integer(tally_percentile(l, percents[i].percent)));
	json_object_set_new(all, "max", integer(l->slowest));
	return (all);
}

static json_t *
operation(const struct tally_latency *l, uint64_t bytes)
{
	json_t *all = json_object();

	json_object_set_new(all, "count", integer(l->operations));
	json_object_set_new(all, "bytes", integer(bytes));
	json_object_set_new(all, "latency_ns", latency(l));
	return (all);
}

static json_t *
costs_of(const struct tally *t, double n, const char *per)
{
	json_t *costs = json_object(), *row;
	struct tally_cost cost[TALLY_COSTS];

	tally_costs(t, cost);
	for (unsigned i = 0; i < TALLY_COSTS; i++) {
		row = json_object();
		json_object_set_new(row, "count", integer(cost[i].count));
		json_object_set_new(row, per,
		    n > 0 ? json_real((double)cost[i].count / n) : json_null());
		json_object_set_new(costs, cost[i].name, row);
	}
	return (costs);
}

/* The network's, with features by the names of its device. */
static json_t *
network(const struct run_result *r)
{
	const struct tally *t = &r->traffic->tally;
	const struct netstat *drops = &r->traffic->drops;
	json_t *all = json_object(), *features = json_object();
	json_t *dropped = json_object();
	const double n = (double)t->packets, seconds = (double)t->elapsed / 1e9;

	json_object_set_new(features, "offered",
	    feature_names(r->net_offered, diskopt_net_feature_name));
	json_object_set_new(features, "negotiated",
	    feature_names(r->net_negotiated, diskopt_net_feature_name));
	json_object_set_new(all, "features", features);
	json_object_set_new(all, "seconds", json_real(seconds));
	json_object_set_new(all, "packets", integer(t->packets));
	json_object_set_new(all, "bytes", integer(t->bytes_carried));
	json_object_set_new(all, "packets_per_second",
	    json_real(seconds > 0 ? n / seconds : 0));
	json_object_set_new(all, "bytes_per_second",
	    json_real(seconds > 0 ? (double)t->bytes_carried / seconds : 0));
	json_object_set_new(all, "latency_ns",
	    r->traffic->net->kind != NETOPT_PCAP ? latency(&t->latency) :
						   json_null());
	json_object_set_new(all, "cost", costs_of(t, n, "per_packet"));
	for (unsigned i = 0; i < drops->ndrops; i++)
		json_object_set_new(dropped, drops->drops[i].why,
		    integer(drops->drops[i].count));
	json_object_set_new(all, "drops", dropped);
	return (all);
}

/* Counts, latencies and costs. */
static void
add_tally(json_t *all, const struct tally *t)
{
	json_t *kinds = json_object();
	uint64_t bytes = t->bytes_read + t->bytes_written;
	double n = (double)tally_operations(t);
	double seconds = (double)t->elapsed / 1e9;

	json_object_set_new(all, "seconds", json_real(seconds));
	json_object_set_new(all, "iops",
	    json_real(seconds > 0 ? n / seconds : 0));
	json_object_set_new(all, "bytes_per_second",
	    json_real(seconds > 0 ? (double)bytes / seconds : 0));
	json_object_set_new(kinds, "all",
	    operation(&t->latency, bytes + t->bytes_deleted));
	json_object_set_new(kinds, "read",
	    operation(&t->kinds[KERNEL_DISK_READ], t->bytes_read));
	json_object_set_new(kinds, "write",
	    operation(&t->kinds[KERNEL_DISK_WRITE], t->bytes_written));
	json_object_set_new(kinds, "flush",
	    operation(&t->kinds[KERNEL_DISK_FLUSH], 0));
	json_object_set_new(kinds, "delete",
	    operation(&t->kinds[KERNEL_DISK_DELETE], t->bytes_deleted));
	json_object_set_new(all, "operations", kinds);
	json_object_set_new(all, "cost", costs_of(t, n, "per_operation"));
}

static json_t *
violations(const struct run_result *r)
{
	json_t *list = json_array(), *row;

	for (uint64_t i = 0; i < r->nviolations && i < RESULT_VIOLATIONS; i++) {
		row = json_object();
		json_object_set_new(row, "checker",
		    text(r->violations[i].name));
		json_object_set_new(row, "text", text(r->violations[i].text));
		json_array_append_new(list, row);
	}
	return (list);
}

/* How it ended. */
static void
add_end(json_t *all, const struct run_result *r)
{
	json_t *failures = json_object();

	json_object_set_new(failures, "count", integer(r->failures));
	json_object_set_new(failures, "first",
	    r->failures > 0 ? text(r->failure) : json_null());
	json_object_set_new(all, "failures", failures);
	json_object_set_new(all, "violation_count", integer(r->nviolations));
	json_object_set_new(all, "violations", violations(r));
	json_object_set_new(all, "host_error", text(r->host_error));
	json_object_set_new(all, "panic", text(r->panic));
	json_object_set_new(all, "hang", text(r->hang));
	json_object_set_new(all, "signal", given((uint64_t)r->signal));
	json_object_set_new(all, "replay", text(r->replay));
	json_object_set_new(all, "exit_status", json_integer(r->status));
}

static json_t *
whole(const struct run_result *r)
{
	json_t *all = json_object(), *features = json_object();
	json_t *sysctls = json_object();

	json_object_set_new(all, "schema", json_integer(SCHEMA));
	json_object_set_new(all, "command", json_string("run"));
	json_object_set_new(all, "options", options(r->options));
	json_object_set_new(all, "disk_bytes", given(r->disk_bytes));
	json_object_set_new(features, "offered",
	    feature_names(r->offered, diskopt_feature_name));
	json_object_set_new(features, "negotiated",
	    feature_names(r->negotiated, diskopt_feature_name));
	json_object_set_new(all, "features", features);
	if (r->tally != NULL)
		add_tally(all, r->tally);
	json_object_set_new(all, "net",
	    r->traffic != NULL ? network(r) : json_null());
	for (unsigned i = 0; i < r->nsysctls; i++)
		json_object_set_new(sysctls, r->sysctls[i].name,
		    text(r->sysctls[i].text));
	json_object_set_new(all, "sysctls", sysctls);
	add_end(all, r);
	return (all);
}

FILE *
run_json_open(const char *path)
{
	FILE *file;
	int fd;

	if (strcmp(path, "-") == 0)
		return (stdout);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file != NULL)
		return (file);
	cli_error("--json %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return (NULL);
}

int
run_json_write(const struct run_result *result, FILE *file)
{
	json_t *all = whole(result);
	int error = 0;

	/* Of what is no file, nothing can be cut off. */
	if (file != stdout && ftruncate(fileno(file), 0) != 0 &&
	    errno != EINVAL && errno != EPERM)
		error = errno;
	errno = 0;
	if (json_dumpf(all, file,
		JSON_INDENT(2) | JSON_PRESERVE_ORDER |
		    JSON_REAL_PRECISION(9)) != 0 ||
	    fputc('\n', file) == EOF || fflush(file) != 0)
		error = errno != 0 ? errno : EIO;
	json_decref(all);
	if (file != stdout && fclose(file) != 0 && error == 0)
		error = errno;
	return (error);
}
