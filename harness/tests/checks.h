/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How the runner calls a test such that test_abandon() comes back.
 */
#ifndef RINGSIDE_TESTS_CHECKS_H
#define RINGSIDE_TESTS_CHECKS_H

#include "tests/test.h"

/* Calls fn(test); returns when it does or when the test was abandoned. */
void checks_run(void (*fn)(const struct test_case *),
    const struct test_case *test);

#endif /* !RINGSIDE_TESTS_CHECKS_H */
