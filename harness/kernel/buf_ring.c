/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * buf_ring(9): coming and going; the rest is in <sys/buf_ring.h>.
 */
#include "kernel/kern.h"

#include <sys/buf_ring.h>
#include <sys/proc.h>

struct buf_ring *
buf_ring_alloc(int count, struct malloc_type *type, int flags, struct mtx *lock)
{
	struct buf_ring *br;

	KASSERT(count > 0 && powerof2(count),
	    ("buf ring must be size power of 2"));
	br = malloc(sizeof(*br) + (size_t)count * sizeof(br->br_ring[0]), type,
	    flags | M_ZERO);
	if (br == NULL)
		return (NULL);
	br->br_prod_size = br->br_cons_size = count;
	br->br_prod_mask = br->br_cons_mask = count - 1;
	br->br_lock = lock;
	return (br);
}

void
buf_ring_free(struct buf_ring *br, struct malloc_type *type)
{
	/* FreeBSD leaves that to the caller, who has lost them now. */
	if (!buf_ring_empty(br))
		kern_misuse("buf_ring_free: %p still has %d entries", br,
		    buf_ring_count(br));
	free(br, type);
}
