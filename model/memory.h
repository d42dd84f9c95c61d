/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checked guest memory: the only way in which the model touches it.
 *
 * The model knows guest-physical addresses and nothing else.  A range is
 * turned into a host pointer by one function that checks it against the
 * regions that the machine (or a vhost-user peer) has announced, so a
 * pointer that exists is a pointer that may be used.  Values are copied out
 * once and checked once: a driver may change memory at any moment.
 */
#ifndef RINGSIDE_MODEL_MEMORY_H
#define RINGSIDE_MODEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GMEM_REGIONS 8

struct gmem_region {
	uint64_t gpa;
	uint64_t size;
	uint8_t *host; /* as aligned as gpa is, up to 16 bytes */
};

enum gmem_access {
	GMEM_READ,
	GMEM_WRITE,
};

struct gmem {
	struct gmem_region regions[GMEM_REGIONS];
	unsigned nregions;
	/*
	 * Asked for each range before it is used, or NULL.  Returns NULL when
	 * the range may be accessed, else a sentence saying why not ("freed
	 * memory").  The machine asks AddressSanitizer here.
	 */
	const char *(*probe)(void *arg, uint64_t gpa, uint64_t length,
	    enum gmem_access access);
	void *probe_arg;
};

/*
 * The host address of [gpa, gpa + length), or NULL when it is not wholly
 * inside one region or the probe refuses.  `why`, when not NULL, receives a
 * sentence for the report.  A length of 0 is refused.
 */
void *gmem_map(const struct gmem *mem, uint64_t gpa, uint64_t length,
    enum gmem_access access, const char **why);

/* Copies; false (and nothing copied) when the range is refused. */
bool gmem_read(const struct gmem *mem, uint64_t gpa, void *buffer,
    size_t length);
bool gmem_write(const struct gmem *mem, uint64_t gpa, const void *buffer,
    size_t length);

#endif /* !RINGSIDE_MODEL_MEMORY_H */
