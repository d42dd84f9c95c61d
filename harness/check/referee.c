/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Passing events to the checkers, and keeping what they say.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/checker.h"

static const struct checker *const checkers[] = {
	&check_ownership,
	&check_dma,
	&check_leaks,
	&check_notify,
	&check_rules,
};
#define CHECKERS (sizeof(checkers) / sizeof(checkers[0]))

struct referee {
	struct referee_config config;
	void *states[CHECKERS];
	unsigned violations;
	struct referee_counts counts;
	char *kept[REFEREE_KEPT];
};

void *
check_alloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL) {
		fputs("ringside: out of memory for a checker\n", stderr);
		abort();
	}
	return (p);
}

struct referee *
referee_new(const struct referee_config *config)
{
	struct referee *referee = check_alloc(1, sizeof(*referee));

	referee->config = *config;
	for (size_t i = 0; i < CHECKERS; i++)
		referee->states[i] = checkers[i]->create(referee);
	return (referee);
}

void
referee_free(struct referee *referee)
{
	if (referee == NULL)
		return;
	for (size_t i = 0; i < CHECKERS; i++)
		checkers[i]->destroy(referee->states[i]);
	for (size_t i = 0; i < REFEREE_KEPT; i++)
		free(referee->kept[i]);
	free(referee);
}

void
referee_model_event(void *arg, const struct model_event *event)
{
	struct referee *referee = arg;

	for (size_t i = 0; i < CHECKERS; i++) {
		if (checkers[i]->model != NULL)
			checkers[i]->model(referee->states[i], event);
	}
}

void
referee_kernel_event(void *arg, const struct kernel_event *event)
{
	struct referee *referee = arg;

	for (size_t i = 0; i < CHECKERS; i++) {
		if (checkers[i]->kernel != NULL)
			checkers[i]->kernel(referee->states[i], event);
	}
}

void
referee_idle(struct referee *referee)
{
	for (size_t i = 0; i < CHECKERS; i++) {
		if (checkers[i]->idle != NULL)
			checkers[i]->idle(referee->states[i]);
	}
}

void
referee_quiet(struct referee *referee)
{
	for (size_t i = 0; i < CHECKERS; i++) {
		if (checkers[i]->quiet != NULL)
			checkers[i]->quiet(referee->states[i]);
	}
}

void
referee_finish(struct referee *referee)
{
	for (size_t i = 0; i < CHECKERS; i++) {
		if (checkers[i]->finish != NULL)
			checkers[i]->finish(referee->states[i]);
	}
}

void
referee_violation(struct referee *referee, const struct checker *checker,
    const char *fmt, ...)
{
	char text[640];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s: ", checker->name);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	if (referee->violations < REFEREE_KEPT)
		referee->kept[referee->violations] = strdup(text);
	referee->violations++;
	if (referee->config.violation != NULL)
		referee->config.violation(referee->config.violation_arg,
		    checker->name, text + n);
}

bool
referee_peek(struct referee *referee, uint64_t gpa, void *buffer, size_t length)
{
	return (referee->config.peek != NULL &&
	    referee->config.peek(referee->config.peek_arg, gpa, buffer,
		length));
}

unsigned
referee_violations(const struct referee *referee)
{
	return (referee->violations);
}

const char *
referee_text(const struct referee *referee, unsigned i)
{
	return (i < REFEREE_KEPT ? referee->kept[i] : NULL);
}

struct referee_counts *
check_counts(struct referee *referee)
{
	return (&referee->counts);
}

void
referee_counts(const struct referee *referee, struct referee_counts *counts)
{
	*counts = referee->counts;
}
