/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: whole pages of the kernel view of guest memory.
 *
 * The page window, where neighbours are never physically contiguous, serves
 * single pages, stacks and moderate runs: everything small enough that a
 * driver might forget it has page boundaries.  It is managed in groups of 64
 * pages; single pages fill the groups from one end of the order, runs from
 * the other, so that they do not chop each other up.  The chunk window
 * serves what must be contiguous and what is large.
 *
 * The seed permutes the order of the groups, of the pages in a group and of
 * the chunks.  All bookkeeping is in the host's memory; booting and halting
 * touch what was used and nothing else.
 */
#include "kernel/kern.h"

#include <vm/vm_page.h>

#define GROUP_PAGES 64u
#define GROUPS	    (MACHINE_PAGES / GROUP_PAGES)
#define CHUNK_PAGES (MACHINE_CHUNK_SIZE / MACHINE_PAGE_SIZE)
#define CHUNK_WORDS (CHUNK_PAGES / 64)
#define CHUNKS_MAX  (MACHINE_RAM_MAX / MACHINE_CHUNK_SIZE)
/* Pages that runs leave in the page window for single pages. */
#define PAGE_RESERVE (MACHINE_PAGES / 4)

struct kmem_chunk {
	uint64_t used[CHUNK_WORDS];
	uint32_t nused;
	bool mapped; /* stays true: mapping is done once a process */
};

struct kmem_buffer {
	LIST_ENTRY(kmem_buffer) link;
	void *va;
	size_t size;
};

static struct {
	uint64_t random;
	uint64_t group_used[GROUPS];
	uint64_t group_mapped[GROUPS]; /* stays, as above */
	uint8_t group_order[GROUPS];
	uint8_t page_order[GROUP_PAGES];
	size_t window_used; /* pages of the page window */
	struct kmem_chunk *chunks;
	uint32_t *chunk_order;
	size_t nchunks;
	struct vm_page *pages; /* one a frame, filled in when asked for */
	LIST_HEAD(, kmem_buffer) buffers;
} kmem;

_Static_assert(PAGE_SIZE == MACHINE_PAGE_SIZE, "pages of two sizes");

/* splitmix64: small, and the same on every host. */
static uint64_t
kmem_random(void)
{
	uint64_t z;

	z = (kmem.random += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

static void
kmem_permute(uint64_t seed)
{
	size_t i, j;
	uint32_t t;

	for (i = 0; i < GROUPS; i++)
		kmem.group_order[i] = i;
	for (i = 0; i < GROUP_PAGES; i++)
		kmem.page_order[i] = i;
	for (i = 0; i < kmem.nchunks; i++)
		kmem.chunk_order[i] = i;
	if (seed == 0)
		return;
	kmem.random = seed;
	for (i = GROUPS - 1; i > 0; i--) {
		j = kmem_random() % (i + 1);
		t = kmem.group_order[i];
		kmem.group_order[i] = kmem.group_order[j];
		kmem.group_order[j] = t;
	}
	for (i = GROUP_PAGES - 1; i > 0; i--) {
		j = kmem_random() % (i + 1);
		t = kmem.page_order[i];
		kmem.page_order[i] = kmem.page_order[j];
		kmem.page_order[j] = t;
	}
	for (i = kmem.nchunks - 1; i > 0; i--) {
		j = kmem_random() % (i + 1);
		t = kmem.chunk_order[i];
		kmem.chunk_order[i] = kmem.chunk_order[j];
		kmem.chunk_order[j] = t;
	}
}

void
kmem_boot(uint64_t seed)
{
	HOST_ASSERT(machine_ram_size > MACHINE_PAGE_WINDOW);
	if (kmem.chunks == NULL) {
		kmem.nchunks = (machine_ram_size - MACHINE_PAGE_WINDOW) /
		    MACHINE_CHUNK_SIZE;
		HOST_ASSERT(kmem.nchunks > 0 && kmem.nchunks <= CHUNKS_MAX);
		kmem.chunks = host_alloc(kmem.nchunks * sizeof(*kmem.chunks));
		kmem.chunk_order =
		    host_alloc(kmem.nchunks * sizeof(*kmem.chunk_order));
		/* The device's view must refuse what nobody has handed out. */
		kern_poison((void *)MACHINE_KERNEL_VIEW, machine_ram_size);
	}
	HOST_ASSERT(kmem.window_used == 0);
	LIST_INIT(&kmem.buffers);
	kmem_permute(seed);
}

static char *
kmem_page_va(size_t page)
{
	return ((char *)MACHINE_KERNEL_VIEW + page * PAGE_SIZE);
}

static char *
kmem_chunk_va(size_t chunk, size_t page)
{
	return ((char *)MACHINE_KERNEL_VIEW + MACHINE_PAGE_WINDOW +
	    chunk * MACHINE_CHUNK_SIZE + page * PAGE_SIZE);
}

void
kmem_halt(void)
{
	struct kmem_buffer *buffer;
	size_t i;

	while ((buffer = LIST_FIRST(&kmem.buffers)) != NULL) {
		LIST_REMOVE(buffer, link);
		host_free(buffer);
	}
	for (i = 0; i < GROUPS; i++) {
		if (kmem.group_used[i] == 0)
			continue;
		kern_poison(kmem_page_va(i * GROUP_PAGES),
		    GROUP_PAGES * PAGE_SIZE);
		kmem.group_used[i] = 0;
	}
	for (i = 0; i < kmem.nchunks; i++) {
		if (kmem.chunks[i].nused == 0)
			continue;
		kern_poison(kmem_chunk_va(i, 0), MACHINE_CHUNK_SIZE);
		memset(kmem.chunks[i].used, 0, sizeof(kmem.chunks[i].used));
		kmem.chunks[i].nused = 0;
	}
	kmem.window_used = 0;
}

/* n ones from bit `first` on; n <= 64. */
static uint64_t
kmem_mask(size_t first, size_t n)
{
	return ((n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1) << first);
}

/*
 * --- the page window ---
 */

/* Takes pages that are free; false when the host has no memory for them. */
static bool
window_take(size_t group, size_t first, size_t n)
{
	uint64_t mask = kmem_mask(first, n);
	char *va = kmem_page_va(group * GROUP_PAGES + first);

	if ((kmem.group_mapped[group] & mask) != mask) {
		if (machine_memory_map((uintptr_t)va, n * PAGE_SIZE) != 0)
			return (false);
		kmem.group_mapped[group] |= mask;
	}
	kmem.group_used[group] |= mask;
	kmem.window_used += n;
	return (true);
}

static bool
window_page_fits(const char *va, vm_paddr_t low, vm_paddr_t high, u_long align)
{
	vm_paddr_t pa = machine_kva_to_gpa((uintptr_t)va);

	return (pa >= low && pa + (PAGE_SIZE - 1) <= high &&
	    (pa & (align - 1)) == 0);
}

static char *
window_alloc_page(vm_paddr_t low, vm_paddr_t high, u_long align)
{
	size_t g, p, group, page;
	char *va;

	for (g = 0; g < GROUPS; g++) {
		group = kmem.group_order[g];
		if (~kmem.group_used[group] == 0)
			continue;
		for (p = 0; p < GROUP_PAGES; p++) {
			page = kmem.page_order[p];
			if ((kmem.group_used[group] >> page & 1) != 0)
				continue;
			va = kmem_page_va(group * GROUP_PAGES + page);
			if (!window_page_fits(va, low, high, align))
				continue;
			return (window_take(group, page, 1) ? va : NULL);
		}
	}
	return (NULL);
}

static char *
window_alloc_run(size_t n)
{
	size_t g, group, first;

	for (g = GROUPS; g-- > 0;) {
		group = kmem.group_order[g];
		for (first = 0; first + n <= GROUP_PAGES; first++) {
			if ((kmem.group_used[group] & kmem_mask(first, n)) != 0)
				continue;
			if (!window_take(group, first, n))
				return (NULL);
			return (kmem_page_va(group * GROUP_PAGES + first));
		}
	}
	return (NULL);
}

/*
 * --- the chunk window ---
 */

static bool
chunk_is_free(const struct kmem_chunk *chunk, size_t first, size_t n)
{
	size_t word, bit, part;

	for (; n > 0; first += part, n -= part) {
		word = first / 64;
		bit = first % 64;
		part = MIN(n, 64 - bit);
		if ((chunk->used[word] & kmem_mask(bit, part)) != 0)
			return (false);
	}
	return (true);
}

static void
chunk_mark(struct kmem_chunk *chunk, size_t first, size_t n, bool used)
{
	size_t word, bit, part;
	uint64_t mask;

	chunk->nused = used ? chunk->nused + n : chunk->nused - n;
	for (; n > 0; first += part, n -= part) {
		word = first / 64;
		bit = first % 64;
		part = MIN(n, 64 - bit);
		mask = kmem_mask(bit, part);
		/* Whoever frees has been checked by malloc(9) before. */
		HOST_ASSERT((chunk->used[word] & mask) == (used ? 0 : mask));
		chunk->used[word] ^= mask;
	}
}

static bool
chunk_map(size_t index)
{
	if (!kmem.chunks[index].mapped &&
	    machine_memory_map((uintptr_t)kmem_chunk_va(index, 0),
		MACHINE_CHUNK_SIZE) != 0)
		return (false);
	kmem.chunks[index].mapped = true;
	return (true);
}

/* A run inside one chunk; the limits are of guest-physical addresses. */
static char *
chunk_alloc_in(size_t index, size_t n, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary)
{
	struct kmem_chunk *chunk = &kmem.chunks[index];
	size_t page, step, size = n * PAGE_SIZE;
	vm_paddr_t base, pa;

	if (chunk->nused + n > CHUNK_PAGES)
		return (NULL);
	base = machine_kva_to_gpa((uintptr_t)kmem_chunk_va(index, 0));
	step = MAX(MIN(align, MACHINE_CHUNK_SIZE), PAGE_SIZE) / PAGE_SIZE;
	for (page = 0; page + n <= CHUNK_PAGES; page += step) {
		pa = base + page * PAGE_SIZE;
		if ((pa & (align - 1)) != 0 || pa < low || pa + size - 1 > high)
			continue;
		if (boundary != 0 && ((pa ^ (pa + size - 1)) & -boundary) != 0)
			continue;
		if (!chunk_is_free(chunk, page, n))
			continue;
		if (!chunk_map(index))
			return (NULL);
		chunk_mark(chunk, page, n, true);
		return (kmem_chunk_va(index, page));
	}
	return (NULL);
}

static char *
chunk_alloc(size_t n, vm_paddr_t low, vm_paddr_t high, u_long align,
    vm_paddr_t boundary)
{
	size_t i;
	char *va;

	for (i = 0; i < kmem.nchunks; i++) {
		va = chunk_alloc_in(kmem.chunk_order[i], n, low, high, align,
		    boundary);
		if (va != NULL)
			return (va);
	}
	return (NULL);
}

/* More than a chunk, virtually contiguous: the rest of the last stays free. */
static char *
chunk_alloc_many(size_t n)
{
	size_t i, j, left, count = howmany(n, CHUNK_PAGES);

	for (i = 0; i + count <= kmem.nchunks; i += j + 1) {
		for (j = 0; j < count; j++)
			if (kmem.chunks[i + j].nused != 0)
				break;
		if (j < count)
			continue;
		for (j = 0; j < count; j++)
			if (!chunk_map(i + j))
				return (NULL);
		for (j = 0, left = n; j < count; j++) {
			chunk_mark(&kmem.chunks[i + j], 0,
			    MIN(left, CHUNK_PAGES), true);
			left -= MIN(left, CHUNK_PAGES);
		}
		return (kmem_chunk_va(i, 0));
	}
	return (NULL);
}

/*
 * --- both ---
 */

static char *
kmem_alloc_any(size_t n)
{
	char *va = NULL;

	if (n == 1)
		va = window_alloc_page(0, ~(vm_paddr_t)0, PAGE_SIZE);
	else if (n <= GROUP_PAGES &&
	    kmem.window_used + n + PAGE_RESERVE <= MACHINE_PAGES)
		va = window_alloc_run(n);
	if (va != NULL)
		return (va);
	if (n <= CHUNK_PAGES)
		va = chunk_alloc(n, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0);
	else
		va = chunk_alloc_many(n);
	if (va == NULL && n > 1 && n <= GROUP_PAGES)
		va = window_alloc_run(n);
	return (va);
}

static char *
kmem_alloc_contig(size_t n, vm_paddr_t low, vm_paddr_t high, u_long align,
    vm_paddr_t boundary)
{
	char *va;

	HOST_ASSERT(powerof2(align) && powerof2(boundary));
	if (align < PAGE_SIZE)
		align = PAGE_SIZE;
	if (n > CHUNK_PAGES || (boundary != 0 && boundary < n * PAGE_SIZE))
		return (NULL);
	va = chunk_alloc(n, low, high, align, boundary);
	/* One page is contiguous wherever it lies. */
	if (va == NULL && n == 1)
		va = window_alloc_page(low, high, align);
	return (va);
}

void *
kmem_pages_alloc(enum kmem_kind kind, size_t size, vm_paddr_t low,
    vm_paddr_t high, u_long align, vm_paddr_t boundary)
{
	size_t n;
	char *va;

	if (size == 0 || size > machine_ram_size)
		return (NULL);
	n = howmany(size, PAGE_SIZE);
	if (kind == KMEM_CONTIG)
		va = kmem_alloc_contig(n, low, high, align, boundary);
	else
		va = kmem_alloc_any(n);
	if (va != NULL)
		kern_unpoison(va, n * PAGE_SIZE);
	return (va);
}

void
kmem_pages_free(void *va, size_t size)
{
	size_t n = howmany(size, PAGE_SIZE), off, page, part;
	uint64_t mask;

	HOST_ASSERT(machine_is_kva((uintptr_t)va, n * PAGE_SIZE));
	HOST_ASSERT(((uintptr_t)va & PAGE_MASK) == 0);
	kern_dma_freed(va, n * PAGE_SIZE, __func__);
	kern_poison(va, n * PAGE_SIZE);
	off = (uintptr_t)va - MACHINE_KERNEL_VIEW;
	if (off < MACHINE_PAGE_WINDOW) {
		page = off / PAGE_SIZE;
		mask = kmem_mask(page % GROUP_PAGES, n);
		HOST_ASSERT(
		    (kmem.group_used[page / GROUP_PAGES] & mask) == mask);
		kmem.group_used[page / GROUP_PAGES] &= ~mask;
		kmem.window_used -= n;
		return;
	}
	off -= MACHINE_PAGE_WINDOW;
	for (; n > 0; n -= part, off += part * PAGE_SIZE) {
		page = off % MACHINE_CHUNK_SIZE / PAGE_SIZE;
		part = MIN(n, CHUNK_PAGES - page);
		chunk_mark(&kmem.chunks[off / MACHINE_CHUNK_SIZE], page, part,
		    false);
	}
}

vm_paddr_t
pmap_kextract(vm_offset_t va)
{
	if (__predict_false(!machine_is_kva(va, 1)))
		panic("pmap_kextract: %p is not kernel memory that a device "
		      "can reach",
		    (void *)va);
	kern_dma_told((void *)va);
	return (machine_kva_to_gpa(va));
}

vm_page_t
PHYS_TO_VM_PAGE(vm_paddr_t pa)
{
	struct vm_page *page;

	if (__predict_false(!machine_is_gpa(pa, 1)))
		panic("PHYS_TO_VM_PAGE: %#jx is not memory", (uintmax_t)pa);
	if (kmem.pages == NULL)
		kmem.pages = host_alloc(
		    machine_ram_size / PAGE_SIZE * sizeof(*kmem.pages));
	page = &kmem.pages[(pa - MACHINE_RAM_BASE) / PAGE_SIZE];
	page->phys_addr = trunc_page(pa);
	kern_dma_told((void *)machine_gpa_to_kva(pa));
	return (page);
}

/*
 * --- what processes would own (kernel.h) ---
 */

void *
kernel_buffer_alloc(size_t size)
{
	struct kmem_buffer *buffer;
	uint32_t *word;
	void *va;

	va =
	    kmem_pages_alloc(KMEM_PAGES, size, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0);
	if (va == NULL)
		return (NULL);
	/* The same bytes in every run, whatever lay here before. */
	for (word = va; word < (uint32_t *)((char *)va + round_page(size));)
		*word++ = 0xdeadc0de;
	buffer = host_alloc(sizeof(*buffer));
	buffer->va = va;
	buffer->size = size;
	LIST_INSERT_HEAD(&kmem.buffers, buffer, link);
	/* The rest of the last page belongs to nobody. */
	kern_poison((char *)va + size, round_page(size) - size);
	return (va);
}

void
kernel_buffer_free(void *va)
{
	struct kmem_buffer *buffer;

	if (va == NULL)
		return;
	LIST_FOREACH(buffer, &kmem.buffers, link)
		if (buffer->va == va)
			break;
	if (buffer == NULL)
		host_fatal("kernel_buffer_free: %p is not a buffer", va);
	LIST_REMOVE(buffer, link);
	kmem_pages_free(va, buffer->size);
	host_free(buffer);
}
