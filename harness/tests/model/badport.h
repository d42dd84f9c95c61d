/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports that behave badly: one that never has room, and one that loses some
 * of what it is given, in either direction, and echoes the rest.
 */
#ifndef RINGSIDE_TESTS_MODEL_BADPORT_H
#define RINGSIDE_TESTS_MODEL_BADPORT_H

#include "model/backend/port.h"

/* Refuses all; badport_relent() makes it take what it is given. */
struct netport *badport_full(void);
void badport_relent(struct netport *port);
/* Loses each `out`-th frame on its way out, each `in`-th on its way back. */
struct netport *badport_lossy(unsigned out, unsigned in);

#endif /* !RINGSIDE_TESTS_MODEL_BADPORT_H */
