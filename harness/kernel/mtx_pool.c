/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mtx_pool(9): mutexes for things that are too small to have their own.
 */
#include "kernel/lock_var.h"

#include <sys/malloc.h>

static MALLOC_DEFINE(M_MTXPOOL, "mtx_pool", "mutex pool");

#define POOL_SLEEP 256 /* mutexes of mtxpool_sleep */

struct mtx_pool {
	int size; /* a power of two */
	int next; /* for mtx_pool_alloc() */
	const char *name;
	struct mtx ary[];
};

struct mtx_pool *mtxpool_sleep;

static size_t
pool_size(int size)
{
	KASSERT(size > 0 && powerof2(size),
	    ("mtx_pool_create: the size %d is not a power of two", size));
	return (sizeof(struct mtx_pool) + (size_t)size * sizeof(struct mtx));
}

/* Its mutexes are many and of one type: only the pool is reported. */
static struct mtx_pool *
fill(struct mtx_pool *pool, const char *name, int size, int opts)
{
	pool->size = size;
	pool->name = name;
	for (int i = 0; i < size; i++)
		mutex_init(&pool->ary[i], name, NULL, opts);
	return (pool);
}

struct mtx_pool *
mtx_pool_create(const char *mtx_name, int size, int opts)
{
	struct mtx_pool *pool;

	pool = malloc(pool_size(size), M_MTXPOOL, M_WAITOK | M_ZERO);
	kern_new(KO_MTX_POOL, pool, (size_t)size, mtx_name);
	return (fill(pool, mtx_name, size, opts));
}

void
mtx_pool_destroy(struct mtx_pool **poolp)
{
	struct mtx_pool *pool = *poolp;

	for (int i = 0; i < pool->size; i++)
		mutex_fini(&pool->ary[i]);
	kern_gone(KO_MTX_POOL, pool, pool->name);
	free(pool, M_MTXPOOL);
	*poolp = NULL;
}

/* Neighbours in memory get different mutexes; Fibonacci hashing. */
struct mtx *
mtx_pool_find(struct mtx_pool *pool, void *ptr)
{
	uint64_t h = (uint64_t)(uintptr_t)ptr * UINT64_C(0x9e3779b97f4a7c15);

	return (&pool->ary[(h >> 32) * (uint64_t)pool->size >> 32]);
}

struct mtx *
mtx_pool_alloc(struct mtx_pool *pool)
{
	int i = pool->next;

	pool->next = (i + 1) & (pool->size - 1);
	return (&pool->ary[i]);
}

/* The kernel's own; no driver can give it back. */
void
mtx_pool_boot(void)
{
	mtxpool_sleep = fill(host_alloc(pool_size(POOL_SLEEP)), "sleep mtxpool",
	    POOL_SLEEP, MTX_DEF);
}

void
mtx_pool_halt(void)
{
	host_free(mtxpool_sleep);
	mtxpool_sleep = NULL;
}
