/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uma(9), called zone(9) before FreeBSD 13: items of one size.
 *
 * Items lie in guest memory, and what is known of them in the host's.  Free
 * items are poisoned under AddressSanitizer; where neither init nor fini nor
 * UMA_ZONE_ZINIT promises that an item keeps its contents, they are filled
 * with a pattern that must still be there when they are handed out again.
 */
#ifndef _VM_UMA_H_
#define _VM_UMA_H_
#include <sys/param.h>
#include <sys/malloc.h>

typedef struct uma_zone *uma_zone_t;

/* At each allocation and each free; ctor returns 0, or the item is not given.
 */
typedef int (*uma_ctor)(void *mem, int size, void *arg, int flags);
typedef void (*uma_dtor)(void *mem, int size, void *arg);
/* When an item's memory comes and goes. */
typedef int (*uma_init)(void *mem, int size, int flags);
typedef void (*uma_fini)(void *mem, int size);

/* Those that mean nothing here are accepted all the same. */
#define UMA_ZONE_ZINIT	    0x0002 /* fresh items are zero */
#define UMA_ZONE_CONTIG	    0x0004 /* items are physically contiguous */
#define UMA_ZONE_NOTOUCH    0x0008 /* free items are left alone */
#define UMA_ZONE_MALLOC	    0x0010
#define UMA_ZONE_NOFREE	    0x0020 /* memory stays until the zone goes */
#define UMA_ZONE_MTXCLASS   0x0040
#define UMA_ZONE_VM	    0x0080
#define UMA_ZONE_NOBUCKET   0x0400
#define UMA_ZONE_MAXBUCKET  0x0800
#define UMA_ZONE_NODUMP	    0x4000
#define UMA_ZONE_PCPU	    0x8000 /* one copy a processor: one */
#define UMA_ZONE_FIRSTTOUCH 0x10000
#define UMA_ZONE_ROUNDROBIN 0x20000

/* Masks: the alignment less one. */
#define UMA_ALIGN_PTR	  (sizeof(void *) - 1)
#define UMA_ALIGN_LONG	  (sizeof(long) - 1)
#define UMA_ALIGN_INT	  (sizeof(int) - 1)
#define UMA_ALIGN_SHORT	  (sizeof(short) - 1)
#define UMA_ALIGN_CHAR	  (sizeof(char) - 1)
#define UMA_ALIGN_CACHE	  (0 - 1)
#define UMA_ALIGNOF(type) (_Alignof(type) - 1)

/* The name is copied.  Sleeps. */
uma_zone_t uma_zcreate(const char *name, size_t size, uma_ctor ctor,
    uma_dtor dtor, uma_init uminit, uma_fini fini, int align, uint32_t flags);
/*
 * Items in the memory of another zone: zinit and zfini see each when it comes
 * from there and goes back, so that a free item may keep what it has.
 */
uma_zone_t uma_zsecond_create(const char *name, uma_ctor ctor, uma_dtor dtor,
    uma_init zinit, uma_fini zfini, uma_zone_t primary);
/* All items must have been given back. */
void uma_zdestroy(uma_zone_t zone);

/*
 * NULL with M_NOWAIT when there is no memory or the zone is full; with
 * M_WAITOK it waits for an item to come back.  Also NULL when ctor or init
 * says so.
 */
void *uma_zalloc_arg(uma_zone_t zone, void *arg, int flags);
void uma_zfree_arg(uma_zone_t zone, void *item, void *arg);

static __inline void *
uma_zalloc(uma_zone_t zone, int flags)
{
	return (uma_zalloc_arg(zone, NULL, flags));
}
static __inline void
uma_zfree(uma_zone_t zone, void *item)
{
	uma_zfree_arg(zone, item, NULL);
}

/* With one memory domain and one processor these are the same. */
#define uma_zalloc_domain(zone, arg, domain, flags) \
	uma_zalloc_arg((zone), (arg), (flags))
#define uma_zfree_domain(zone, item, arg) uma_zfree_arg((zone), (item), (arg))
#define uma_zalloc_pcpu_arg(zone, arg, flags) \
	uma_zalloc_arg((zone), (arg), (flags))
#define uma_zfree_pcpu_arg(zone, item, arg) uma_zfree_arg((zone), (item), (arg))
#define uma_zalloc_pcpu(zone, flags)	    uma_zalloc((zone), (flags))
#define uma_zfree_pcpu(zone, item)	    uma_zfree((zone), (item))

/* Makes memory for at least so many more items.  Sleeps. */
void uma_prealloc(uma_zone_t zone, int nitems);
/* So many free items are kept for M_USE_RESERVE. */
void uma_zone_reserve(uma_zone_t zone, int nitems);
/* At most so many items in use, 0: any number; returns the limit. */
int uma_zone_set_max(uma_zone_t zone, int nitems);
int uma_zone_get_max(uma_zone_t zone);
/* Items in use. */
int uma_zone_get_cur(uma_zone_t zone);
/* Whether the limit is reached. */
int uma_zone_exhausted(uma_zone_t zone);
/* Said when the zone is full, at most every five minutes. */
void uma_zone_set_warning(uma_zone_t zone, const char *warning);
/* Called from taskqueue_thread when the zone is full. */
typedef void (*uma_maxaction_t)(uma_zone_t, int);
void uma_zone_set_maxaction(uma_zone_t zone, uma_maxaction_t action);
/* Bytes of memory that the zone has. */
size_t uma_zone_memory(uma_zone_t zone);

#define UMA_RECLAIM_DRAIN     1
#define UMA_RECLAIM_DRAIN_CPU 2
#define UMA_RECLAIM_TRIM      3
/* Gives back the memory of items that are not in use. */
void uma_zone_reclaim(uma_zone_t zone, int how);

#endif /* !_VM_UMA_H_ */
