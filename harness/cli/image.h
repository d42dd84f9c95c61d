/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Image files as backends of disks.  Each function complains on standard
 * error when it returns false, or an exit status other than CLI_OK.
 */
#ifndef RINGSIDE_CLI_IMAGE_H
#define RINGSIDE_CLI_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/backend.h"

bool image_open(const char *path, bool read_only, struct backend **backend);
/* Read-only when the host does not let it be written to. */
bool image_open_as_allowed(const char *path, struct backend **backend);
/* The file stays as it is: writes are kept in memory. */
bool image_open_overlay(const char *path, struct backend **backend);
/* A disk in memory, all zeros. */
int image_memory(uint64_t size, bool read_only, struct backend **backend);
/* Creates a file of `size` bytes, sparse, unless something is there. */
int image_create(const char *path, uint64_t size);
/* An image to copy `source` to, as large as it; created or overwritten. */
int image_make(const char *path, const char *source, uint64_t size,
    struct backend **backend);

#endif /* !RINGSIDE_CLI_IMAGE_H */
