/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What witness.c (who holds what) and witness_order.c (in which order) share.
 */
#ifndef RINGSIDE_KERNEL_WITNESS_VAR_H
#define RINGSIDE_KERNEL_WITNESS_VAR_H

#include <sys/cdefs.h>
#include <stdbool.h>

struct lock_class;
struct witness;

extern int witness_kdb;	  /* a reversal panics */
extern int witness_trace; /* reports have backtraces */

void witness_order_boot(void);
void witness_order_halt(void);

/*
 * The type of that name, a new one when there is none; NULL when there are
 * too many.  Panics when there is one of another class.
 */
struct witness *witness_enroll(const char *type, struct lock_class *class);
const char *witness_name(const struct witness *w);
const struct lock_class *witness_class(const struct witness *w);

/* A report, put together piece by piece; one at a time. */
void witness_text_start(const char *fmt, ...) __printflike(1, 2);
void witness_text_add(const char *fmt, ...) __printflike(1, 2);
/* The text of return addresses. */
void witness_text_trace(void *const *pcs, size_t n);
/* Logs it and tells the checkers, or panics with its first line. */
void witness_text_report(bool panics);

#endif /* !RINGSIDE_KERNEL_WITNESS_VAR_H */
