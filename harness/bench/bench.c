/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The benchmark program: runs the rows that the linker has put side by side,
 * prints a table, and writes the figures as JSON.
 *
 *	bench [--json FILE] [--repeat N] [NAME]...
 *	bench --list
 *
 * NAME selects rows that begin with it.  Exit status: 0 all bounds hold, 1 a
 * bound does not or a measurement failed, 2 usage, or nothing of that name.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "host/host.h"

/* The section's bounds; the linker makes these. */
extern const struct bench_row *const __start_ringside_bench[];
extern const struct bench_row *const __stop_ringside_bench[];

#define BENCH_REPEAT	 5
#define BENCH_REPEAT_MAX 1000

struct bench_result {
	const struct bench_row *row;
	double value; /* the median; NAN: a measurement failed */
	bool ok;
};

double
bench_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return (NAN);
}

/* Why the measurement that runs cannot be made here, or "". */
static char bench_skipped[128];

double
bench_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(bench_skipped, sizeof(bench_skipped), fmt, ap);
	va_end(ap);
	return (NAN);
}

static int
bench_compare_rows(const void *a, const void *b)
{
	const struct bench_row *x = *(const struct bench_row *const *)a;
	const struct bench_row *y = *(const struct bench_row *const *)b;

	return (strcmp(x->name, y->name));
}

static int
bench_compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

static double
bench_median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), bench_compare_doubles);
	if (n % 2 == 1)
		return (values[n / 2]);
	return ((values[n / 2 - 1] + values[n / 2]) / 2);
}

static void
bench_measure(struct bench_result *result, unsigned repeat)
{
	const struct bench_row *row = result->row;
	double *values = host_alloc(repeat * sizeof(*values));

	result->value = NAN;
	result->ok = false;
	bench_skipped[0] = '\0';
	for (unsigned i = 0; i < repeat; i++) {
		values[i] = row->fn();
		if (!isfinite(values[i]))
			goto done;
	}
	result->value = bench_median(values, repeat);
	result->ok = row->sense == BENCH_NO_BOUND ||
	    (row->sense == BENCH_LOWER_BOUND && result->value >= row->bound) ||
	    (row->sense == BENCH_UPPER_BOUND && result->value <= row->bound);
done:
	if (bench_skipped[0] != '\0')
		result->ok = true;
	host_free(values);
}

/*
 * --- the table ---
 */

/* "1,234,567", "12.3", "0.0123": four digits or all before the point. */
static const char *
bench_number(double value, char *text, size_t size)
{
	char digits[64];
	size_t n, used = 0;

	if (!isfinite(value) || fabs(value) >= 1e15) {
		snprintf(text, size, isfinite(value) ? "%.4g" : "failed",
		    value);
		return (text);
	}
	if (fabs(value) < 1000) {
		snprintf(text, size, "%.4g", value);
		return (text);
	}
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);
	for (size_t i = 0; i < n && used + 2 < size; i++) {
		if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return (text);
}

/* The machine that the figures belong to. */
static void
bench_print_host(void)
{
	char line[512], *model = NULL;
	FILE *file = fopen("/proc/cpuinfo", "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "model name", 10) == 0 &&
		    (model = strchr(line, ':')) != NULL) {
			model[strcspn(model, "\n")] = '\0';
			model += 2;
			break;
		}
	if (file != NULL)
		fclose(file);
	printf("%ld processors, %.60s\n", sysconf(_SC_NPROCESSORS_ONLN),
	    model != NULL ? model : "of an unknown model");
}

/* Of the names' column. */
static int bench_width = 24;

static void
bench_print(const struct bench_result *result)
{
	static const char *const signs[] = { ">=", "<=", "" };
	const struct bench_row *row = result->row;
	char value[64], bound[64];

	if (bench_skipped[0] != '\0') {
		printf("%-34s %12s %s\n", row->name, "skipped:", bench_skipped);
		return;
	}
	if (row->sense == BENCH_NO_BOUND)
		bound[0] = '\0';
	else
		bench_number(row->bound, bound, sizeof(bound));
	printf("%-*s %12s %-8s %2s %11s  %s\n", bench_width, row->name,
	    bench_number(result->value, value, sizeof(value)), row->unit,
	    signs[row->sense], bound, result->ok ? "ok" : "NOT OK");
}

/*
 * --- JSON ---
 */

static void
bench_json_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static void
bench_json_number(FILE *file, const char *key, double value, bool is_there)
{
	if (is_there && isfinite(value))
		fprintf(file, ", \"%s\": %.10g", key, value);
	else
		fprintf(file, ", \"%s\": null", key);
}

/* Returns 0 or an errno. */
static int
bench_write_json(const char *path, const struct bench_result *results, size_t n)
{
	FILE *file = fopen(path, "we");
	int error = 0;

	if (file == NULL)
		return (errno);
	fprintf(file, "[\n");
	for (size_t i = 0; i < n; i++) {
		const struct bench_row *row = results[i].row;

		fprintf(file, "  {\"name\": ");
		bench_json_string(file, row->name);
		bench_json_number(file, "value", results[i].value, true);
		fprintf(file, ", \"unit\": ");
		bench_json_string(file, row->unit);
		bench_json_number(file, "bound", row->bound,
		    row->sense != BENCH_NO_BOUND);
		fprintf(file, ", \"ok\": %s}%s\n",
		    results[i].ok ? "true" : "false", i + 1 < n ? "," : "");
	}
	fprintf(file, "]\n");
	if (ferror(file))
		error = EIO;
	if (fclose(file) != 0 && error == 0)
		error = errno;
	return (error);
}

/*
 * --- the command ---
 */

/* The rows of these names (none: all), sorted; 0 when a name fits nothing. */
static size_t
bench_select(struct bench_result *results, char **names, int nnames)
{
	size_t n = (size_t)(__stop_ringside_bench - __start_ringside_bench);
	const struct bench_row **all = host_alloc((n + 1) * sizeof(*all));
	bool *used = host_alloc((size_t)nnames * sizeof(*used));
	size_t count = 0;

	memcpy(all, __start_ringside_bench, n * sizeof(*all));
	qsort(all, n, sizeof(*all), bench_compare_rows);
	for (size_t i = 0; i < n; i++) {
		bool wanted = nnames == 0;

		for (int k = 0; k < nnames; k++)
			if (strncmp(all[i]->name, names[k], strlen(names[k])) ==
			    0)
				wanted = used[k] = true;
		if (wanted)
			results[count++].row = all[i];
	}
	for (int k = 0; k < nnames; k++)
		if (!used[k]) {
			fprintf(stderr, "bench: nothing is called \"%s\"\n",
			    names[k]);
			count = 0;
		}
	host_free(used);
	host_free(all);
	return (count);
}

static int
bench_run(struct bench_result *results, size_t n, unsigned repeat,
    const char *json)
{
	int error, status = 0, width;

	bench_print_host();
	/* Columns stay columns under the longest name. */
	for (size_t i = 0; i < n; i++) {
		width = (int)strlen(results[i].row->name);
		bench_width = width > bench_width ? width : bench_width;
	}
	printf("%-*s %12s %-8s %14s\n", bench_width, "benchmark", "median",
	    "unit", "bound");
	for (size_t i = 0; i < n; i++) {
		bench_measure(&results[i], repeat);
		bench_print(&results[i]);
		if (!results[i].ok)
			status = 1;
	}
	if (json != NULL && (error = bench_write_json(json, results, n)) != 0) {
		fprintf(stderr, "bench: %s: %s\n", json, strerror(error));
		status = 1;
	}
	return (status);
}

static int
bench_usage(void)
{
	fprintf(stderr,
	    "usage: bench [--json FILE] [--repeat N] [NAME]...\n"
	    "       bench --list [NAME]...\n");
	return (2);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", required_argument, NULL, 'j' },
		{ "list", no_argument, NULL, 'l' },
		{ "repeat", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	size_t n = (size_t)(__stop_ringside_bench - __start_ringside_bench);
	struct bench_result *results;
	const char *json = NULL;
	unsigned long repeat = BENCH_REPEAT;
	bool list = false;
	char *end;
	int c, status = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'j':
			json = optarg;
			break;
		case 'l':
			list = true;
			break;
		case 'r':
			repeat = strtoul(optarg, &end, 10);
			if (*end != '\0' || repeat < 1 ||
			    repeat > BENCH_REPEAT_MAX)
				return (bench_usage());
			break;
		default:
			return (bench_usage());
		}

	results = host_alloc(n * sizeof(*results));
	n = bench_select(results, argv + optind, argc - optind);
	if (n == 0)
		status = 2;
	else if (list)
		for (size_t i = 0; i < n; i++)
			printf("%s\n", results[i].row->name);
	else
		status = bench_run(results, n, (unsigned)repeat, json);
	host_free(results);
	return (status);
}
