/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checked guest memory: ranges are looked up in the regions that were
 * announced, and never beyond one of them.
 */
#include "model/memory.h"

#include <string.h>

static const char gmem_why_empty[] = "a range of no bytes";
static const char gmem_why_outside[] = "outside guest memory";

/* All comparisons are of differences, so that no sum can wrap around. */
static bool
gmem_inside(const struct gmem_region *region, uint64_t gpa, uint64_t length)
{
	return (gpa >= region->gpa && length <= region->size &&
	    gpa - region->gpa <= region->size - length);
}

void *
gmem_map(const struct gmem *mem, uint64_t gpa, uint64_t length,
    enum gmem_access access, const char **why)
{
	const struct gmem_region *region;
	const char *refused;
	unsigned i;

	refused = gmem_why_outside;
	if (length == 0) {
		refused = gmem_why_empty;
		goto refuse;
	}
	for (i = 0; i < mem->nregions; i++) {
		region = &mem->regions[i];
		if (gmem_inside(region, gpa, length))
			goto found;
	}
	goto refuse;
found:
	if (mem->probe != NULL) {
		refused = mem->probe(mem->probe_arg, gpa, length, access);
		if (refused != NULL)
			goto refuse;
	}
	return (region->host + (gpa - region->gpa));
refuse:
	if (why != NULL)
		*why = refused;
	return (NULL);
}

bool
gmem_read(const struct gmem *mem, uint64_t gpa, void *buffer, size_t length)
{
	const void *from;

	from = gmem_map(mem, gpa, length, GMEM_READ, NULL);
	if (from == NULL)
		return (false);
	memcpy(buffer, from, length);
	/* The copy is what gets checked: it must not be fetched again. */
	__asm__ volatile("" ::: "memory");
	return (true);
}

bool
gmem_write(const struct gmem *mem, uint64_t gpa, const void *buffer,
    size_t length)
{
	void *to;

	to = gmem_map(mem, gpa, length, GMEM_WRITE, NULL);
	if (to == NULL)
		return (false);
	memcpy(to, buffer, length);
	return (true);
}
