/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * g_bio(9): where bios come from, how they are completed, and the queues
 * that drivers keep of them.
 *
 * Bios come from a pool in guest memory that keeps what it has, so that a
 * request allocates nothing once the pool has its size.  A bio that was given
 * back waits behind the others and, with AddressSanitizer, is poisoned but
 * for its command and flags, by which a second completion is noticed.
 */
#include "kernel/disk_var.h"

#include <sys/proc.h>
#include <geom/geom.h>
#include <vm/vm_page.h>

#define POOL_LIVE  0x62696f21u
#define POOL_FREE  0x66726565u

#define POOL_ITEMS (PAGE_SIZE / sizeof(struct disk_bio))

static struct {
	/* A ring of the free ones; its size is a power of two. */
	struct disk_bio **ring;
	size_t size;
	size_t head, tail;
	size_t total;
	SLIST_HEAD(, disk_pages) all_pages, free_pages;
} pool;

/* Where nothing is ever mapped: the end of the register windows' view. */
caddr_t unmapped_buf = (caddr_t)(MACHINE_MMIO_VIEW + 0xfff00000);

void
bio_pool_halt(void)
{
	struct disk_pages *pages;

	while ((pages = SLIST_FIRST(&pool.all_pages)) != NULL) {
		SLIST_REMOVE_HEAD(&pool.all_pages, all);
		host_free(pages);
	}
	/* The frames go with kmem_halt(). */
	host_free(pool.ring);
	memset(&pool, 0, sizeof(pool));
}

#define POOL_KEPT __offsetof(struct bio, bio_cflags)

static void
pool_put(struct disk_bio *p)
{
	if (p->pages != NULL) {
		SLIST_INSERT_HEAD(&pool.free_pages, p->pages, free);
		p->pages = NULL;
	}
	p->state = POOL_FREE;
	kern_poison((char *)p + roundup2(POOL_KEPT, 8),
	    sizeof(*p) - roundup2(POOL_KEPT, 8));
	pool.ring[pool.tail++ & (pool.size - 1)] = p;
}

static bool
pool_grow(void)
{
	struct disk_bio *page;
	size_t i, size;

	page = kmem_pages_alloc(KMEM_PAGES, PAGE_SIZE, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	if (page == NULL)
		return (false);
	/* The ring is empty now: it can be replaced. */
	HOST_ASSERT(pool.head == pool.tail);
	pool.total += POOL_ITEMS;
	for (size = 16; size < pool.total; size *= 2)
		;
	pool.ring = host_realloc(pool.ring, size * sizeof(*pool.ring));
	pool.size = size;
	pool.head = pool.tail = 0;
	for (i = 0; i < POOL_ITEMS; i++) {
		memset(&page[i], 0, sizeof(page[i]));
		pool_put(&page[i]);
	}
	return (true);
}

struct bio *
g_new_bio(void)
{
	struct disk_bio *p;

	if (pool.head == pool.tail && !pool_grow())
		return (NULL);
	p = pool.ring[pool.head++ & (pool.size - 1)];
	kern_unpoison(p, sizeof(*p));
	memset(p, 0, sizeof(*p));
	p->state = POOL_LIVE;
	return (&p->bio);
}

/* Room for n pages; what was used before is used again. */
static struct disk_pages *
pages_alloc(size_t n)
{
	struct disk_pages *pages;

	SLIST_FOREACH(pages, &pool.free_pages, free)
		if (pages->room >= n) {
			SLIST_REMOVE(&pool.free_pages, pages, disk_pages, free);
			return (pages);
		}
	pages = host_alloc(sizeof(*pages) + n * sizeof(pages->page[0]));
	pages->room = n;
	SLIST_INSERT_HEAD(&pool.all_pages, pages, all);
	return (pages);
}

void
disk_bio_unmap(struct disk_bio *db, const char *data, size_t length)
{
	size_t i, n, offset = (uintptr_t)data & PAGE_MASK;
	struct bio *bp = &db->bio;

	n = howmany(offset + length, PAGE_SIZE);
	db->pages = pages_alloc(n);
	for (i = 0; i < n; i++)
		db->pages->page[i] = PHYS_TO_VM_PAGE(machine_kva_to_gpa(
		    (uintptr_t)data - offset + i * PAGE_SIZE));
	bp->bio_flags |= BIO_UNMAPPED;
	bp->bio_data = unmapped_buf;
	bp->bio_ma = db->pages->page;
	bp->bio_ma_offset = offset;
	bp->bio_ma_n = n;
}

struct bio *
g_alloc_bio(void)
{
	struct bio *bp;

	kern_assert_can_sleep(__func__);
	bp = g_new_bio();
	if (bp == NULL)
		panic("g_alloc_bio: out of memory");
	return (bp);
}

void
g_destroy_bio(struct bio *bp)
{
	struct disk_bio *p = (struct disk_bio *)bp;

	kern_unpoison(&p->state, sizeof(p->state));
	if (p->state != POOL_LIVE)
		panic("g_destroy_bio: %p is not a bio from g_new_bio(), or is "
		      "destroyed twice",
		    bp);
	/* A late biodone() must find it done. */
	bp->bio_flags |= BIO_DONE;
	pool_put(p);
}

void
g_reset_bio(struct bio *bp)
{
	memset(bp, 0, sizeof(*bp));
}

static void
bio_inherit(struct bio *child, struct bio *bp)
{
	child->bio_parent = bp;
	child->bio_cmd = bp->bio_cmd;
	child->bio_flags =
	    bp->bio_flags & (BIO_ORDERED | BIO_UNMAPPED | BIO_VLIST);
	child->bio_length = bp->bio_length;
	child->bio_offset = bp->bio_offset;
	child->bio_data = bp->bio_data;
	child->bio_ma = bp->bio_ma;
	child->bio_ma_n = bp->bio_ma_n;
	child->bio_ma_offset = bp->bio_ma_offset;
	child->bio_attribute = bp->bio_attribute;
	bp->bio_children++;
}

struct bio *
g_clone_bio(struct bio *bp)
{
	struct bio *child;

	child = g_new_bio();
	if (child != NULL)
		bio_inherit(child, bp);
	return (child);
}

struct bio *
g_duplicate_bio(struct bio *bp)
{
	struct bio *child;

	child = g_alloc_bio();
	bio_inherit(child, bp);
	return (child);
}

/*
 * --- completion ---
 */

void
biodone(struct bio *bp)
{
	if ((bp->bio_flags & BIO_DONE) != 0)
		panic("biodone: bio %p (command %u) is completed twice", bp,
		    bp->bio_cmd);
	if ((bp->bio_flags & BIO_ONQUEUE) != 0)
		kern_misuse("biodone: bio %p (command %u) is still on a queue",
		    bp, bp->bio_cmd);
	bp->bio_flags |= BIO_DONE;
	if (bp->bio_done != NULL)
		bp->bio_done(bp);
	else
		wakeup(bp);
}

void
biofinish(struct bio *bp, struct devstat *stat, int error)
{
	if (stat != NULL)
		panic("biofinish: there is no devstat here, but %p", stat);
	if (error != 0) {
		bp->bio_error = error;
		bp->bio_flags |= BIO_ERROR;
	}
	biodone(bp);
}

/* For bios without a bio_done function. */
int
biowait(struct bio *bp, const char *wmesg)
{
	while ((bp->bio_flags & BIO_DONE) == 0)
		tsleep(bp, PRIBIO | PNOLOCK, wmesg, 0);
	if (bp->bio_error != 0)
		return (bp->bio_error);
	return ((bp->bio_flags & BIO_ERROR) != 0 ? EIO : 0);
}

/*
 * --- queues ---
 *
 * Behind insert_point, when there is one, bios are sorted in the direction
 * of a one-way elevator that starts at last_offset; up to it, the order is
 * fixed.
 */

static void
bioq_enter(struct bio_queue_head *head, struct bio *bp)
{
	if ((bp->bio_flags & BIO_ONQUEUE) != 0)
		panic("bioq: bio %p (command %u) is on a queue already", bp,
		    bp->bio_cmd);
	bp->bio_flags |= BIO_ONQUEUE;
	head->total++;
}

void
bioq_init(struct bio_queue_head *head)
{
	TAILQ_INIT(&head->queue);
	head->last_offset = 0;
	head->insert_point = NULL;
	head->total = 0;
	head->batched = 0;
}

void
bioq_remove(struct bio_queue_head *head, struct bio *bp)
{
	if ((bp->bio_flags & BIO_ONQUEUE) == 0)
		panic("bioq_remove: bio %p (command %u) is on no queue", bp,
		    bp->bio_cmd);
	bp->bio_flags &= ~BIO_ONQUEUE;
	if (head->insert_point == NULL)
		head->last_offset = bp->bio_offset + bp->bio_length;
	else if (bp == head->insert_point)
		head->insert_point = NULL;
	TAILQ_REMOVE(&head->queue, bp, bio_queue);
	if (TAILQ_EMPTY(&head->queue))
		head->batched = 0;
	head->total--;
}

void
bioq_flush(struct bio_queue_head *head, struct devstat *stat, int error)
{
	struct bio *bp;

	while ((bp = bioq_takefirst(head)) != NULL)
		biofinish(bp, stat, error);
}

void
bioq_insert_head(struct bio_queue_head *head, struct bio *bp)
{
	bioq_enter(head, bp);
	if (head->insert_point == NULL)
		head->last_offset = bp->bio_offset;
	TAILQ_INSERT_HEAD(&head->queue, bp, bio_queue);
	head->batched = 0;
}

void
bioq_insert_tail(struct bio_queue_head *head, struct bio *bp)
{
	bioq_enter(head, bp);
	TAILQ_INSERT_TAIL(&head->queue, bp, bio_queue);
	head->batched = 0;
	head->insert_point = bp;
	head->last_offset = bp->bio_offset;
}

struct bio *
bioq_first(struct bio_queue_head *head)
{
	return (TAILQ_FIRST(&head->queue));
}

struct bio *
bioq_takefirst(struct bio_queue_head *head)
{
	struct bio *bp;

	bp = TAILQ_FIRST(&head->queue);
	if (bp != NULL)
		bioq_remove(head, bp);
	return (bp);
}

/* How far the elevator has to go: what lies behind comes in the next round. */
static uint64_t
bioq_distance(const struct bio_queue_head *head, const struct bio *bp)
{
	return ((uint64_t)bp->bio_offset - (uint64_t)head->last_offset);
}

void
bioq_disksort(struct bio_queue_head *head, struct bio *bp)
{
	struct bio *cur, *prev;
	uint64_t distance;

	/* Only where there is an offset can there be another order. */
	if ((bp->bio_flags & BIO_ORDERED) != 0 ||
	    (bp->bio_cmd != BIO_READ && bp->bio_cmd != BIO_WRITE &&
		bp->bio_cmd != BIO_DELETE)) {
		bioq_insert_tail(head, bp);
		return;
	}
	bioq_enter(head, bp);
	prev = head->insert_point;
	cur = prev != NULL ? TAILQ_NEXT(prev, bio_queue) :
			     TAILQ_FIRST(&head->queue);
	distance = bioq_distance(head, bp);
	while (cur != NULL && distance >= bioq_distance(head, cur)) {
		prev = cur;
		cur = TAILQ_NEXT(cur, bio_queue);
	}
	if (prev == NULL)
		TAILQ_INSERT_HEAD(&head->queue, bp, bio_queue);
	else
		TAILQ_INSERT_AFTER(&head->queue, prev, bp, bio_queue);
	head->batched++;
}
