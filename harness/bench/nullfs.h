/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A FUSE file system with one file, of which all reads are zeros and writes
 * go nowhere: what FUSE costs by itself.
 */
#ifndef RINGSIDE_BENCH_NULLFS_H
#define RINGSIDE_BENCH_NULLFS_H

#include <stdint.h>

#define NULLFS_FILE "null"

/*
 * Mounts on `dir` and serves until it is unmounted, on this thread.  Returns
 * an exit status: 0, or 1 when it cannot be mounted.
 */
int nullfs_serve(const char *dir, uint64_t size);

#endif /* !RINGSIDE_BENCH_NULLFS_H */
