/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A file in a folder of its own, for tests of backends.  One at a time.
 */
#ifndef RINGSIDE_TESTS_MODEL_TEMPFILE_H
#define RINGSIDE_TESTS_MODEL_TEMPFILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

extern char tempfile_folder[128];
extern char tempfile_path[160];

/* `size` bytes of hole, below `where` (NULL: /tmp). */
void tempfile_make(const char *where, off_t size);
void tempfile_remove(void);

/* Bytes of storage that it takes. */
uint64_t tempfile_storage(void);
/* Whether all of [offset, offset + length) is `byte`, as the host reads it. */
bool tempfile_is(uint8_t byte, off_t offset, off_t length);

/*
 * Runs a shell command, in which $1 is the file; the exit status, or -1 when
 * it did not exit.
 */
int tempfile_shell(const char *command);

#endif /* !RINGSIDE_TESTS_MODEL_TEMPFILE_H */
