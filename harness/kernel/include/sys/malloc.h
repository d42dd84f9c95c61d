/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc(9) and contigmalloc(9).
 *
 * Every byte comes from guest memory and every allocation is known to a
 * ledger that drivers cannot reach, so that freeing twice, freeing in the
 * middle, freeing under another type, and writing past the end are found
 * where they happen.  Unlike FreeBSD's, a type needs no SYSINIT: it enters
 * the ledger with its first allocation.
 */
#ifndef _SYS_MALLOC_H_
#define _SYS_MALLOC_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/queue.h>
#include <sys/_lock.h>
#include <sys/_mutex.h>

/* Exactly one of these two. */
#define M_NOWAIT 0x0001 /* may return NULL, never sleeps */
#define M_WAITOK 0x0002 /* may sleep, never returns NULL */
/* Any of these. */
#define M_ZERO	      0x0100 /* zeroed */
#define M_NOVM	      0x0200
#define M_USE_RESERVE 0x0400 /* may use the system's reserve */
#define M_NODUMP      0x0800 /* not in a crash dump */
#define M_FIRSTFIT    0x1000
#define M_BESTFIT     0x2000
#define M_EXEC	      0x4000 /* executable */
#define M_NEXTFIT     0x8000
#define M_NEVERFREED  0x10000 /* a hint */

#define M_VERSION     2020110501

/* What malloc.c keeps about a type while a kernel runs. */
struct malloc_type_internal {
	uint64_t mti_boot; /* the boot in which the rest was counted */
	uint64_t mti_inuse;
	uint64_t mti_bytes;
	uint64_t mti_requests;
	uint64_t mti_failures;
};

struct malloc_type {
	struct malloc_type *ks_next;
	u_long ks_version;
	const char *ks_shortdesc;
	struct malloc_type_internal ks_mti;
};

#define MALLOC_DEFINE(type, shortdesc, longdesc) \
	struct malloc_type type[1] = {           \
		{                                \
		    .ks_next = NULL,             \
		    .ks_version = M_VERSION,     \
		    .ks_shortdesc = (shortdesc), \
		},                               \
	}
#define MALLOC_DECLARE(type) extern struct malloc_type type[1]

MALLOC_DECLARE(M_CACHE);
MALLOC_DECLARE(M_DEVBUF);
MALLOC_DECLARE(M_TEMP);
MALLOC_DECLARE(M_IOV);

typedef void malloc_type_list_func_t(struct malloc_type *, void *);

void *malloc(size_t size, struct malloc_type *type, int flags)
    __attribute__((malloc, warn_unused_result, alloc_size(1)));
void *malloc_aligned(size_t size, size_t align, struct malloc_type *type,
    int flags) __attribute__((malloc, warn_unused_result, alloc_size(1)));
void *malloc_exec(size_t size, struct malloc_type *type, int flags)
    __attribute__((malloc, warn_unused_result, alloc_size(1)));
void *mallocarray(size_t nmemb, size_t size, struct malloc_type *type,
    int flags) __attribute__((malloc, warn_unused_result, alloc_size(1, 2)));
void *realloc(void *addr, size_t size, struct malloc_type *type, int flags)
    __attribute__((warn_unused_result, alloc_size(2)));
void *reallocf(void *addr, size_t size, struct malloc_type *type, int flags)
    __attribute__((warn_unused_result, alloc_size(2)));
void free(void *addr, struct malloc_type *type);
void zfree(void *addr, struct malloc_type *type);
size_t malloc_size(size_t size);
size_t malloc_usable_size(const void *addr);

void *contigmalloc(unsigned long size, struct malloc_type *type, int flags,
    vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    vm_paddr_t boundary)
    __attribute__((malloc, warn_unused_result, alloc_size(1)));
void contigfree(void *addr, unsigned long size, struct malloc_type *type);

/* There is one memory domain: policies are all the same. */
struct domainset;
#define malloc_domainset(size, type, ds, flags) \
	((void)(ds), malloc((size), (type), (flags)))
#define malloc_domainset_exec(size, type, ds, flags) \
	((void)(ds), malloc_exec((size), (type), (flags)))
#define malloc_domainset_aligned(size, align, type, ds, flags) \
	((void)(ds), malloc_aligned((size), (align), (type), (flags)))
#define mallocarray_domainset(n, size, type, ds, flags) \
	((void)(ds), mallocarray((n), (size), (type), (flags)))
#define contigmalloc_domainset(size, type, ds, flags, low, high, align, bound) \
	((void)(ds),                                                           \
	    contigmalloc((size), (type), (flags), (low), (high), (align),      \
		(bound)))
#define free_domain(addr, type) free((addr), (type))

struct malloc_type *malloc_desc2type(const char *desc);
void malloc_type_list(malloc_type_list_func_t *func, void *arg);

/* Whether nmemb * size does not fit a size_t. */
static inline bool
WOULD_OVERFLOW(size_t nmemb, size_t size)
{
	size_t product;

	return (__builtin_mul_overflow(nmemb, size, &product));
}

#endif /* !_SYS_MALLOC_H_ */
