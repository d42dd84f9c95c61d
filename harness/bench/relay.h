/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What `ringside tap` is compared to: somebody who copies frames between the
 * same two TAPs, with the same offloads, and does nothing else.
 */
#ifndef RINGSIDE_BENCH_RELAY_H
#define RINGSIDE_BENCH_RELAY_H

/*
 * Relays between two TAPs, which are made, until killed; creates the file
 * `ready` when it begins.  Returns an exit status when that fails.
 */
int relay_serve(const char *a, const char *b, const char *ready);

#endif /* !RINGSIDE_BENCH_RELAY_H */
