/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A device that does nothing but read and write guest memory, through the
 * model's checked access: for tests of what the kernel says to that.
 * Usable from kernel-side and host-side tests, on a running machine.
 */
#ifndef RINGSIDE_TESTS_DMADEV_H
#define RINGSIDE_TESTS_DMADEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* false: the access was refused, and nothing was copied. */
bool dmadev_read(uint64_t gpa, void *buffer, size_t length);
bool dmadev_write(uint64_t gpa, const void *buffer, size_t length);
/* Why the last access was refused, or NULL. */
const char *dmadev_why(void);

/* Physically contiguous memory of the kernel; from a kernel thread. */
void *dmadev_contig_alloc(size_t size);
void dmadev_contig_free(void *p, size_t size);

#endif /* !RINGSIDE_TESTS_DMADEV_H */
