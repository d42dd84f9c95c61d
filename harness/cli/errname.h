/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The fake kernel's error numbers are FreeBSD's, not the host's.
 */
#ifndef RINGSIDE_CLI_ERRNAME_H
#define RINGSIDE_CLI_ERRNAME_H

/*
 * "EIO"; of a number without a name "error 1234", which the next call
 * overwrites.
 */
const char *errname(int error);

#endif /* !RINGSIDE_CLI_ERRNAME_H */
