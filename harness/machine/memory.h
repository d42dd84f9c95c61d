/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Guest memory: one memory, two views.
 *
 * A memfd is mapped twice at fixed addresses.  The kernel view is what the
 * fake kernel and the drivers use; in it, what is virtually contiguous is not
 * physically contiguous, so a driver that hands a device an address without
 * asking bus_dma(9), or that takes the first segment for the whole buffer,
 * fails at once.  The device view is linear in guest-physical addresses and
 * used by the model alone.
 *
 *	kernel view		guest-physical
 *	page window   8 MiB	permuted by 4 KiB pages: no two neighbours
 *				are neighbours
 *	chunk window  the rest	permuted by 2 MiB chunks, linear inside one
 *
 * Pages of the kernel view are mapped when they are first handed out, once a
 * process: both permutations are fixed, so translation is arithmetic.  What
 * varies from run to run is the order in which the kernel's allocator hands
 * out frames.
 *
 * The fixed addresses lie where AddressSanitizer and ThreadSanitizer expect
 * application memory and where no executable or library is loaded.
 */
#ifndef RINGSIDE_MACHINE_MEMORY_H
#define RINGSIDE_MACHINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_PAGE_SIZE   4096u
#define MACHINE_CHUNK_SIZE  (2u << 20)
#define MACHINE_PAGE_WINDOW (8u << 20)

#define MACHINE_KERNEL_VIEW UINT64_C(0x550000000000)
#define MACHINE_DEVICE_VIEW UINT64_C(0x552000000000)
/* Register windows: never mapped, so that only bus_space(9) works on them. */
#define MACHINE_MMIO_VIEW UINT64_C(0x554000000000)

/* Guest-physical address of the first byte of memory.  0 is never memory. */
#define MACHINE_RAM_BASE    UINT64_C(0x01000000)
#define MACHINE_RAM_DEFAULT ((size_t)256 << 20)
#define MACHINE_RAM_MAX	    ((size_t)16 << 30)

#define MACHINE_PAGES	    (MACHINE_PAGE_WINDOW / MACHINE_PAGE_SIZE)
/*
 * An odd multiplier permutes the pages of the window (a power of two of
 * them) and puts neighbours 1103 pages apart; its inverse modulo 2048 undoes
 * it.
 */
#define MACHINE_PAGE_MULTIPLIER 1103u
#define MACHINE_PAGE_INVERSE	687u
#define MACHINE_PAGE_OFFSET	331u
_Static_assert(MACHINE_PAGES == 2048, "the inverse is modulo 2048");
_Static_assert(
    (MACHINE_PAGE_MULTIPLIER * MACHINE_PAGE_INVERSE) % MACHINE_PAGES == 1,
    "not the inverse");

/* Bytes of guest memory; 0 before machine_memory_create(). */
extern size_t machine_ram_size;

/*
 * Creates the memory at the first call in the process; a later call with
 * the same size returns 0 as well, with another size EBUSY.  `size` is a
 * multiple of the chunk size, above the page window and at most
 * MACHINE_RAM_MAX (else EINVAL).  Other errors are the host's (errno).
 */
int machine_memory_create(size_t size);
/*
 * Makes [kva, kva + length) of the kernel view usable.  Idempotent.  Returns
 * 0, or the host's errno.
 */
int machine_memory_map(uintptr_t kva, size_t length);
/*
 * Makes whole pages of the kernel view, which are mapped, inaccessible to
 * kernel and drivers, or accessible again.  Devices are not concerned.
 * Returns 0, or the host's errno.
 */
int machine_memory_guard(uintptr_t kva, size_t length, bool on);
/* Gives the frames behind the range back to the host; they read as zero. */
void machine_memory_discard(uintptr_t kva, size_t length);

/* Whether [kva, kva + length) lies inside the kernel view. */
static inline bool
machine_is_kva(uintptr_t kva, size_t length)
{
	return (kva >= MACHINE_KERNEL_VIEW && length <= machine_ram_size &&
	    kva - MACHINE_KERNEL_VIEW <= machine_ram_size - length);
}

/*
 * Translation of one address; `kva` is in the kernel view (the caller has
 * checked).  Holds up to the end of its page, or chunk, only.
 */
static inline uint64_t
machine_kva_to_gpa(uintptr_t kva)
{
	uint64_t off = kva - MACHINE_KERNEL_VIEW;
	uint64_t page, chunk;

	if (off < MACHINE_PAGE_WINDOW) {
		page = (off / MACHINE_PAGE_SIZE * MACHINE_PAGE_MULTIPLIER +
			   MACHINE_PAGE_OFFSET) %
		    MACHINE_PAGES;
		return (MACHINE_RAM_BASE + page * MACHINE_PAGE_SIZE +
		    off % MACHINE_PAGE_SIZE);
	}
	/* Chunks run downwards: no chunk is followed by its neighbour. */
	chunk = (machine_ram_size - 1 - off) / MACHINE_CHUNK_SIZE;
	return (MACHINE_RAM_BASE + MACHINE_PAGE_WINDOW +
	    chunk * MACHINE_CHUNK_SIZE + off % MACHINE_CHUNK_SIZE);
}

/* Whether [gpa, gpa + length) is guest memory. */
static inline bool
machine_is_gpa(uint64_t gpa, uint64_t length)
{
	return (gpa >= MACHINE_RAM_BASE && length <= machine_ram_size &&
	    gpa - MACHINE_RAM_BASE <= machine_ram_size - length);
}

/* The inverse; `gpa` is guest memory (the caller has checked). */
static inline uintptr_t
machine_gpa_to_kva(uint64_t gpa)
{
	uint64_t off = gpa - MACHINE_RAM_BASE;
	uint64_t page, chunk;

	if (off < MACHINE_PAGE_WINDOW) {
		page = (off / MACHINE_PAGE_SIZE + MACHINE_PAGES -
			   MACHINE_PAGE_OFFSET) *
		    MACHINE_PAGE_INVERSE % MACHINE_PAGES;
		return (MACHINE_KERNEL_VIEW + page * MACHINE_PAGE_SIZE +
		    off % MACHINE_PAGE_SIZE);
	}
	chunk = (machine_ram_size - 1 - off) / MACHINE_CHUNK_SIZE;
	return (MACHINE_KERNEL_VIEW + MACHINE_PAGE_WINDOW +
	    chunk * MACHINE_CHUNK_SIZE + off % MACHINE_CHUNK_SIZE);
}

/*
 * How many bytes from `kva` on are physically contiguous, at most `length`.
 */
static inline size_t
machine_contiguous(uintptr_t kva, size_t length)
{
	uint64_t off = kva - MACHINE_KERNEL_VIEW;
	size_t run;

	if (off < MACHINE_PAGE_WINDOW)
		run = MACHINE_PAGE_SIZE - off % MACHINE_PAGE_SIZE;
	else
		run = MACHINE_CHUNK_SIZE - off % MACHINE_CHUNK_SIZE;
	return (run < length ? run : length);
}

#endif /* !RINGSIDE_MACHINE_MEMORY_H */
