/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiled in, as in GENERIC.
 */
#define INET 1
