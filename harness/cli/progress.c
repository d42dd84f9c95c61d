/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The progress bar and Ctrl-C; see progress.h.
 *
 * The terminal's width is asked for each time that the bar is drawn, so that
 * a resized window needs no signal handler.
 */
#include <sys/ioctl.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"
#include "host/host.h"

#define INTERVAL UINT64_C(100000000) /* ns between two drawings */
#define COLUMNS	 80		     /* never wider */
#define BAR_MAX	 30

static struct {
	bool enabled;
	bool shown;
	const char *what;
	uint64_t total, bound;
	uint64_t start, next;

} bar;

/*
 * --- the text ---
 */

/* "12.3M" */
static void
format_rate(double rate, char *text, size_t size)
{
	static const char units[] = " kMG";
	unsigned i = 0;

	for (; rate >= 9999.5 && units[i + 1] != '\0'; i++)
		rate /= 1000;
	if (i == 0)
		snprintf(text, size, "%.0f", rate);
	else
		snprintf(text, size, "%.*f%c", rate < 100 ? 1 : 0, rate,
		    units[i]);
}

static void
format_bar(int part, unsigned width, char *text, size_t size)
{
	unsigned full = (unsigned)part * width / 1000, used = 0;

	if (size < width + 1)
		width = (unsigned)size - 1;
	for (; used < width; used++)
		text[used] = used < full ? '#' : '.';
	text[used] = '\0';
}

void
progress_format(const struct progress_state *state, char *text, size_t size,
    unsigned columns)
{
	char rate[16], figures[64], blocks[BAR_MAX + 1] = "";
	char percent[16] = "", seconds[32] = "";
	double s = (double)state->elapsed / 1e9;
	unsigned used, room;

	format_rate(s > 0 ? (double)state->done / s : 0, rate, sizeof(rate));
	if (state->total != 0)
		snprintf(figures, sizeof(figures),
		    "%" PRIu64 "/%" PRIu64 " ops  %s/s", state->done,
		    state->total, rate);
	else
		snprintf(figures, sizeof(figures), "%" PRIu64 " ops  %s/s",
		    state->done, rate);
	if (state->part >= 0)
		snprintf(percent, sizeof(percent), " %3d%%", state->part / 10);
	if (state->bound != 0)
		snprintf(seconds, sizeof(seconds), "  %.0f/%.0f s", s,
		    (double)state->bound / 1e9);
	used = (unsigned)(strlen(state->what) + strlen(percent) +
		   strlen(figures) + strlen(seconds)) +
	    2;
	/* " [" and "]" around it, and the last column stays free. */
	room = columns > used + 4 ? columns - used - 4 : 0;
	if (state->part >= 0 && room >= 5)
		format_bar(state->part, room < BAR_MAX ? room : BAR_MAX, blocks,
		    sizeof(blocks));
	snprintf(text, size < columns ? size : columns, "%s%s%s%s%s  %s%s",
	    state->what, percent, blocks[0] != '\0' ? " [" : "", blocks,
	    blocks[0] != '\0' ? "]" : "", figures, seconds);
}

/*
 * --- the terminal ---
 */

void
progress_enable(void)
{
	const char *term = getenv("TERM");

	bar.enabled = isatty(STDERR_FILENO) && term != NULL &&
	    term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void
progress_start(const char *what, uint64_t operations, uint64_t ns)
{
	if (!bar.enabled)
		return;
	bar.what = what;
	bar.total = operations;
	bar.bound = ns;
	bar.start = host_clock_ns();
	bar.next = bar.start + INTERVAL;
}

/* In thousandths; of two bounds, the nearer. */
static int
part_done(uint64_t done, uint64_t elapsed)
{
	int part = -1, other;

	if (bar.total != 0)
		part = (int)(1000 * (double)done / (double)bar.total);
	if (bar.bound != 0) {
		other = (int)(1000 * (double)elapsed / (double)bar.bound);
		part = other > part ? other : part;
	}
	return (part < 1000 ? part : 1000);
}

static unsigned
columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return (COLUMNS);
	return (size.ws_col < COLUMNS ? size.ws_col : COLUMNS);
}

void
progress_step(uint64_t done, uint64_t now)
{
	char text[COLUMNS + 1], line[COLUMNS + 8];
	struct progress_state state;
	int n;

	if (!bar.enabled || bar.what == NULL || now < bar.next)
		return;
	bar.next = now + INTERVAL;
	state = (struct progress_state) {
		.what = bar.what,
		.done = done,
		.total = bar.total,
		.elapsed = now - bar.start,
		.bound = bar.bound,
	};
	state.part = part_done(done, state.elapsed);
	progress_format(&state, text, sizeof(text), columns());
	/* What the kernel has said comes first. */
	fflush(stdout);
	n = snprintf(line, sizeof(line), "\r%s\033[K", text);
	host_write_err(line, (size_t)n);
	bar.shown = true;
}

void
progress_hide(void)
{
	if (bar.shown)
		host_write_err("\r\033[K", 4);
	bar.shown = false;
}

void
progress_end(void)
{
	progress_hide();
	bar.what = NULL;
}

/*
 * --- signals ---
 */

volatile sig_atomic_t progress_interrupted;

static void
caught(int signal)
{
	progress_interrupted = signal;
}

void
progress_catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = caught,
		.sa_flags = (int)(SA_RESETHAND | SA_RESTART | SA_ONSTACK) };
	struct sigaction old;

	progress_interrupted = 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* What the parent wants ignored stays ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &action, NULL);
	}
}

void
progress_die(void)
{
	(void)signal(progress_interrupted, SIG_DFL);
	(void)raise(progress_interrupted);
}
