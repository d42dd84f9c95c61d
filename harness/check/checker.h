/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a checker is.  Private to check/: each checker is a file that defines
 * one of these and a line in the referee's list.
 */
#ifndef RINGSIDE_CHECK_CHECKER_H
#define RINGSIDE_CHECK_CHECKER_H

#include "check/referee.h"

struct checker {
	const char *name;
	/* Makes and destroys the state of one referee. */
	void *(*create)(struct referee *referee);
	void (*destroy)(void *state);
	/* Events, or NULL where none are wanted. */
	void (*model)(void *state, const struct model_event *event);
	void (*kernel)(void *state, const struct kernel_event *event);
	/* See referee_idle(), _quiet() and _finish(); or NULL. */
	void (*idle)(void *state);
	void (*quiet)(void *state);
	void (*finish)(void *state);
};

extern const struct checker check_ownership;
extern const struct checker check_dma;
extern const struct checker check_leaks;
extern const struct checker check_notify;
extern const struct checker check_rules;

/* For checkers: a rule was broken. */
void referee_violation(struct referee *referee, const struct checker *checker,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool referee_peek(struct referee *referee, uint64_t gpa, void *buffer,
    size_t length);
struct referee_counts *check_counts(struct referee *referee);
/* Zeroed memory; ends the process when there is none. */
void *check_alloc(size_t count, size_t size);

#endif /* !RINGSIDE_CHECK_CHECKER_H */
