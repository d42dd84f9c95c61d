/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memfd behind guest memory and its two mappings.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "machine/private.h"

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_ASAN 1
#endif
#endif
#ifdef MEMORY_ASAN
#include <sanitizer/asan_interface.h>
#endif

#define MMIO_VIEW_SIZE ((size_t)4 << 30)
#define MAX_CHUNKS     (MACHINE_RAM_MAX / MACHINE_CHUNK_SIZE)

size_t machine_ram_size;

static int memory_fd = -1;
/* What is mapped in the kernel view. */
static bool page_mapped[MACHINE_PAGES];
static bool chunk_mapped[MAX_CHUNKS];

/* Takes an address range so that nothing else is put there. */
static int
reserve(uint64_t address, size_t size)
{
	void *p;

	p = mmap((void *)(uintptr_t)address, size, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
	    -1, 0);
	return (p == MAP_FAILED ? errno : 0);
}

static int
map(uint64_t address, size_t size, uint64_t offset)
{
	void *p;

	p = mmap((void *)(uintptr_t)address, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED, memory_fd, (off_t)offset);
	return (p == MAP_FAILED ? errno : 0);
}

int
machine_memory_create(size_t size)
{
	int error;

	if (machine_ram_size != 0)
		return (size == machine_ram_size ? 0 : EBUSY);
	if (size % MACHINE_CHUNK_SIZE != 0 || size <= MACHINE_PAGE_WINDOW ||
	    size > MACHINE_RAM_MAX)
		return (EINVAL);
	memory_fd = memfd_create("ringside guest memory", MFD_CLOEXEC);
	if (memory_fd < 0)
		return (errno);
	error = ftruncate(memory_fd, (off_t)size) != 0 ? errno : 0;
	if (error == 0)
		error = reserve(MACHINE_KERNEL_VIEW, size);
	if (error == 0)
		error = reserve(MACHINE_DEVICE_VIEW, size);
	if (error == 0)
		error = reserve(MACHINE_MMIO_VIEW, MMIO_VIEW_SIZE);
	if (error == 0)
		error = map(MACHINE_DEVICE_VIEW, size, 0);
	if (error != 0) {
		close(memory_fd);
		memory_fd = -1;
		return (error);
	}
	machine_ram_size = size;
	return (0);
}

int
machine_memory_map(uintptr_t kva, size_t length)
{
	uint64_t off, end;
	size_t unit;
	bool *mapped;
	int error;

	if (!machine_is_kva(kva, length) || length == 0)
		return (EINVAL);
	end = kva + length;
	while (kva < end) {
		off = kva - MACHINE_KERNEL_VIEW;
		if (off < MACHINE_PAGE_WINDOW) {
			unit = MACHINE_PAGE_SIZE;
			mapped = &page_mapped[off / unit];
		} else {
			unit = MACHINE_CHUNK_SIZE;
			mapped = &chunk_mapped[off / unit];
		}
		kva -= off % unit;
		if (!*mapped) {
			error = map(kva, unit,
			    machine_kva_to_gpa(kva) - MACHINE_RAM_BASE);
			if (error != 0)
				return (error);
			*mapped = true;
		}
		kva += unit;
	}
	return (0);
}

int
machine_memory_guard(uintptr_t kva, size_t length, bool on)
{
	if (!machine_is_kva(kva, length) || kva % MACHINE_PAGE_SIZE != 0 ||
	    length % MACHINE_PAGE_SIZE != 0)
		return (EINVAL);
	return (mprotect((void *)kva, length,
		    on ? PROT_NONE : PROT_READ | PROT_WRITE) != 0 ?
		errno :
		0);
}

void
machine_memory_discard(uintptr_t kva, size_t length)
{
	size_t run;

	while (length > 0) {
		run = machine_contiguous(kva, length);
		/* A host that cannot punch holes keeps the memory: no harm. */
		(void)fallocate(memory_fd,
		    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)(machine_kva_to_gpa(kva) - MACHINE_RAM_BASE),
		    (off_t)run);
		kva += run;
		length -= run;
	}
}

const char *
machine_memory_probe(void *arg, uint64_t gpa, uint64_t length,
    enum gmem_access access)
{
	(void)arg;
	(void)gpa;
	(void)length;
	(void)access;
#ifdef MEMORY_ASAN
	uintptr_t kva;
	size_t run;

	/* The kernel's allocators poison by kernel view: ask there. */
	while (length > 0) {
		kva = machine_gpa_to_kva(gpa);
		run = machine_contiguous(kva, length);
		if (__asan_region_is_poisoned((void *)kva, run) != NULL)
			return ("not allocated, freed, or past the end of an "
				"allocation");
		gpa += run;
		length -= run;
	}
#endif
	return (NULL);
}
