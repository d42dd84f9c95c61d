/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine that tests run on, and its judge.  It keeps its own list of
 * what lives, from the kernel's events, so that a leak is named by what it is
 * and not only counted.
 */
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "machine/machine.h"
#include "sim/sim.h"
#include "tests/fixture.h"
#include "tests/runner.h"

#define FIXTURE_STEPS UINT64_C(10000000)

/* Something that a driver has obtained and not yet given back. */
struct fixture_object {
	enum kernel_object object;
	const void *id;
	size_t size;
	char name[64];
};

static struct fixture {
	struct fixture_config config;
	bool up;     /* between boot and halt */
	bool dead;   /* panicked, hung or abandoned: nothing to judge */
	bool halted; /* all modules were unloaded */
	const char *expect_panic;
	const char *expect_misuse;
	bool panic_seen;
	bool misuse_seen;
	struct fixture_object *live;
	size_t nlive;
	size_t capacity;
	size_t log_length;
	char log[16 * 1024];
} fixture;

/* Where a failure that the fixture finds is said to be. */
static const char *
fixture_file(void)
{
	return (test_current->test->file);
}

/*
 * --- what the kernel tells ---
 */

static void
fixture_new(const struct kernel_event *event)
{
	struct fixture_object *object;

	if (fixture.nlive == fixture.capacity) {
		fixture.capacity = fixture.capacity * 2 + 64;
		fixture.live = host_realloc(fixture.live,
		    fixture.capacity * sizeof(*fixture.live));
	}
	object = &fixture.live[fixture.nlive++];
	object->object = event->object;
	object->id = event->id;
	object->size = event->size;
	snprintf(object->name, sizeof(object->name), "%s%s%s",
	    event->name != NULL ? event->name : "",
	    event->device_name != NULL ? ", of " : "",
	    event->device_name != NULL ? event->device_name : "");
}

static void
fixture_gone(const struct kernel_event *event)
{
	/* From the end: what came last mostly goes first. */
	for (size_t i = fixture.nlive; i-- > 0;) {
		struct fixture_object *object = &fixture.live[i];

		if (object->object == event->object &&
		    object->id == event->id) {
			memmove(object, object + 1,
			    (fixture.nlive - i - 1) * sizeof(*object));
			fixture.nlive--;
			return;
		}
	}
	test_fail(fixture_file(), 0, "given back but never obtained: %s %s",
	    kernel_object_name(event->object),
	    event->name != NULL ? event->name : "");
}

static void
fixture_left_over(void)
{
	for (size_t i = 0; i < fixture.nlive; i++) {
		const struct fixture_object *object = &fixture.live[i];

		test_fail(fixture_file(), 0, "left over: %s (%s), %zu bytes",
		    kernel_object_name(object->object), object->name,
		    object->size);
	}
}

static void
fixture_misuse(const char *text)
{
	if (fixture.expect_misuse != NULL &&
	    strstr(text, fixture.expect_misuse) != NULL)
		fixture.misuse_seen = true;
	else
		test_fail(fixture_file(), 0, "misuse: %s", text);
}

static void
fixture_event(void *arg, const struct kernel_event *event)
{
	(void)arg;
	switch (event->type) {
	case KE_NEW:
		fixture_new(event);
		break;
	case KE_GONE:
		fixture_gone(event);
		break;
	case KE_MISUSE:
		fixture_misuse(event->text);
		break;
	case KE_HALT:
		fixture.halted = true;
		if (!fixture.panic_seen && !fixture.misuse_seen &&
		    !test_abandoned())
			fixture_left_over();
		break;
	case KE_PANIC: /* seen by the end of the call that it ended */
	case KE_ATTACH:
	case KE_DETACHED:
		break;
	}
	if (fixture.config.event != NULL)
		fixture.config.event(fixture.config.arg, event);
}

/* Keeps the log's end. */
static void
fixture_console(void *arg, const char *line)
{
	size_t n = strlen(line), half = sizeof(fixture.log) / 2;

	(void)arg;
	if (n > half - 2)
		n = half - 2;
	if (fixture.log_length + n + 2 > sizeof(fixture.log)) {
		memmove(fixture.log, fixture.log + fixture.log_length - half,
		    half);
		fixture.log_length = half;
	}
	memcpy(fixture.log + fixture.log_length, line, n);
	fixture.log_length += n;
	if (n == 0 || line[n - 1] != '\n')
		fixture.log[fixture.log_length++] = '\n';
	fixture.log[fixture.log_length] = '\0';
}

const char *
fixture_log(void)
{
	return (fixture.log);
}

/*
 * --- judging how a call into the kernel ended ---
 */

static void
fixture_note(void *arg, const char *line)
{
	char text[256];

	(void)arg;
	snprintf(text, sizeof(text), "  %s", line);
	test_note(text);
}

/* A hang is never expected; of a panic the log tells. */
static void
fixture_died(void *arg)
{
	(void)arg;
	if (test_abandoned() || kernel_hang_text()[0] == '\0')
		return;
	test_fail(fixture_file(), 0, "the kernel hangs: %s",
	    kernel_hang_text());
	kernel_ps(true, fixture_note, NULL);
}

/* Returns true when the kernel can go on; records what went wrong. */
static bool
fixture_judge(enum kernel_end end, const char *what)
{
	const char *text;

	if (test_abandoned()) {
		fixture.dead = true;
		return (false);
	}
	switch (end) {
	case KERNEL_OK:
		return (true);
	case KERNEL_PANICKED:
		text = kernel_panic_text();
		if (fixture.expect_panic != NULL &&
		    strstr(text, fixture.expect_panic) != NULL)
			fixture.panic_seen = true;
		else
			test_fail(fixture_file(), 0, "%s: panic: %s", what,
			    text);
		break;
	case KERNEL_HUNG: /* fixture_died() has said so */
		break;
	case KERNEL_STOPPED:
		test_fail(fixture_file(), 0,
		    "%s: something has stopped the executive", what);
		break;
	}
	fixture.dead = true;
	return (false);
}

/*
 * --- life ---
 */

void
fixture_boot(const struct fixture_config *config)
{
	static const struct fixture_config defaults;
	struct kernel_config kernel = {
		.console = fixture_console,
		.died = fixture_died,
	};
	struct sim_config sim = { .guest_idle = machine_guest_idle };
	int error;

	HOST_ASSERT(!fixture.up);
	fixture = (struct fixture) {
		.config = config != NULL ? *config : defaults,
		.live = fixture.live,
		.capacity = fixture.capacity,
	};
	error = machine_init(&(struct machine_config) { 0 });
	if (error != 0) {
		test_fail(fixture_file(), 0, "machine_init: %s",
		    strerror(error));
		test_abandon();
	}
	sim.seed = fixture.config.seed;
	sim.max_steps = fixture.config.max_steps != 0 ?
	    fixture.config.max_steps :
	    FIXTURE_STEPS;
	sim_init(&sim);
	fixture.up = true;
	if (fixture.config.plug != NULL)
		fixture.config.plug(fixture.config.arg);
	kernel_set_events(fixture_event, NULL);
	kernel.seed = fixture.config.seed;
	kernel.dma = fixture.config.dma_physical ? KERNEL_DMA_PHYSICAL :
						   KERNEL_DMA_CHECKED;
	if (!fixture_judge(kernel_boot(&kernel), "boot"))
		test_abandon();
}

void
fixture_expect_panic(const char *part)
{
	HOST_ASSERT(fixture.up);
	fixture.expect_panic = part;
}

void
fixture_expect_misuse(const char *part)
{
	HOST_ASSERT(fixture.up);
	fixture.expect_misuse = part;
}

bool
fixture_run(kernel_fn *fn, void *arg)
{
	HOST_ASSERT(fixture.up && !fixture.dead);
	if (fixture_judge(kernel_run("test", fn, arg), "run"))
		return (true);
	if (!fixture.panic_seen)
		test_abandon();
	return (false);
}

/* The last lines of the log help whoever reads the failure. */
static void
fixture_show_log(void)
{
	char *p = fixture.log + fixture.log_length, *line;
	int lines = 8;

	while (p > fixture.log && (p[-1] != '\n' || lines-- > 0))
		p--;
	test_note("  the kernel's log ended with:");
	for (; *p != '\0'; p = line + 1) {
		char text[256];

		line = strchr(p, '\n');
		snprintf(text, sizeof(text), "    %.*s", (int)(line - p), p);
		test_note(text);
	}
}

void
fixture_halt(void)
{
	bool was_dead = fixture.dead;
	enum kernel_end end;

	if (!fixture.up)
		return;
	fixture.up = false;
	end = kernel_shutdown();
	/* What was dead is only forgotten; there is nothing to judge. */
	if (!was_dead && fixture_judge(end, "shutdown") && !fixture.halted)
		test_fail(fixture_file(), 0, "shutdown: no KE_HALT came");
	kernel_set_events(NULL, NULL);
	sim_fini();
	if (fixture.config.destroy != NULL)
		fixture.config.destroy(fixture.config.arg);
	machine_fini();
	host_free(fixture.live);
	fixture.live = NULL;
	fixture.nlive = fixture.capacity = 0;
	if (fixture.expect_panic != NULL && !test_abandoned())
		test_check(fixture.panic_seen,
		    "the expected panic has not come", fixture_file(), 0);
	if (fixture.expect_misuse != NULL && !test_abandoned())
		test_check(fixture.misuse_seen,
		    "the expected misuse was not reported", fixture_file(), 0);
	if (test_current->failures != NULL)
		fixture_show_log();
}

static void
fixture_call(void *arg)
{
	const struct test_case *test = arg;

	test->fn();
}

void
fixture_kernel_test(const struct test_case *test)
{
	if (test->kind == TEST_KERNEL_PANICS && !kernel_invariants)
		test_skip("INVARIANTS are off");
	fixture_boot(NULL);
	if (test->kind == TEST_KERNEL_PANICS ||
	    test->kind == TEST_KERNEL_ALWAYS_PANICS)
		fixture_expect_panic(test->expect);
	if (test->kind == TEST_KERNEL_MISUSE)
		fixture_expect_misuse(test->expect);
	fixture_run(fixture_call, (void *)(uintptr_t)test);
	fixture_halt();
}
