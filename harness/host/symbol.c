/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of functions from the program's own symbol table.  dladdr(3) knows
 * only what is exported, and nearly everything in a driver is static.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

struct symbol {
	uintptr_t start; /* where it is now */
	size_t size;
	const char *name; /* in the mapped file */
};

static struct {
	bool loaded; /* or tried to */
	struct symbol *table;
	size_t count;
} symbols;

/* The first object is the program itself. */
static int
find_base(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uintptr_t *)arg = info->dlpi_addr;
	return (1);
}

static int
by_start(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return ((x->start > y->start) - (x->start < y->start));
}

static void
take_table(const char *file, const ElfW(Shdr) * symtab, const char *strings)
{
	const ElfW(Sym) *sym = (const void *)(file + symtab->sh_offset);
	size_t n = symtab->sh_size / sizeof(*sym);
	uintptr_t base = 0;

	(void)dl_iterate_phdr(find_base, &base);
	symbols.table = host_alloc(n * sizeof(*symbols.table));
	for (size_t i = 0; i < n; i++) {
		/* The type is coded alike in both widths. */
		if (ELF64_ST_TYPE(sym[i].st_info) != STT_FUNC ||
		    sym[i].st_size == 0)
			continue;
		symbols.table[symbols.count++] = (struct symbol) {
			.start = base + sym[i].st_value,
			.size = sym[i].st_size,
			.name = strings + sym[i].st_name,
		};
	}
	qsort(symbols.table, symbols.count, sizeof(*symbols.table), by_start);
}

/* The mapping stays: names point into it. */
static void
load(void)
{
	const ElfW(Ehdr) * ehdr;
	const ElfW(Shdr) * shdr;
	const char *file;
	struct stat st;
	int fd;

	symbols.loaded = true;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	file = MAP_FAILED;
	if (fstat(fd, &st) == 0)
		file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return;
	ehdr = (const void *)file;
	shdr = (const void *)(file + ehdr->e_shoff);
	for (unsigned i = 0; i < ehdr->e_shnum; i++) {
		if (shdr[i].sh_type == SHT_SYMTAB) {
			take_table(file, &shdr[i],
			    file + shdr[shdr[i].sh_link].sh_offset);
			return;
		}
	}
}

const char *
host_symbol(const void *address, size_t *offset)
{
	uintptr_t at = (uintptr_t)address;
	size_t low = 0, high;

	if (!symbols.loaded)
		load();
	high = symbols.count;
	/* The last one that does not start behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols.table[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 ||
	    at - symbols.table[low - 1].start >= symbols.table[low - 1].size)
		return (NULL);
	if (offset != NULL)
		*offset = at - symbols.table[low - 1].start;
	return (symbols.table[low - 1].name);
}
