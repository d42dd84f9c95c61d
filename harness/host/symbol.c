/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of functions from the program's own symbol table, which is read when
 * the first one is asked for.  dladdr(3) knows only what is exported, and in
 * a kernel nearly everything is static.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

struct symbol {
	uintptr_t address;
	size_t size;
	const char *name;
};

static struct {
	bool loaded;
	struct symbol *symbols; /* by address */
	size_t count;
} table;

/*
 * --- the program's symbols ---
 */

/* The first object is the program itself. */
static int
program_base(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uintptr_t *)arg = info->dlpi_addr;
	return (1);
}

static int
compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return (x->address < y->address ? -1 : 1);
	/* Of several names the same one each time. */
	return (strcmp(x->name, y->name));
}

/* Whether `n` bytes at `offset` lie within a file of `size` bytes. */
static bool
within(uint64_t offset, uint64_t n, uint64_t size)
{
	return (offset <= size && n <= size - offset);
}

/* `symtab` is a section of the image; its names are in another one. */
static void
load_symbols(const char *image, size_t size, const ElfW(Shdr) * symtab,
    const ElfW(Shdr) * strtab)
{
	const ElfW(Sym) *sym = (const void *)(image + symtab->sh_offset);
	const char *names = image + strtab->sh_offset;
	size_t n = symtab->sh_size / sizeof(*sym);
	uintptr_t base = 0;

	if (!within(symtab->sh_offset, symtab->sh_size, size) ||
	    !within(strtab->sh_offset, strtab->sh_size, size) ||
	    strtab->sh_size == 0 || names[strtab->sh_size - 1] != '\0')
		return;
	(void)dl_iterate_phdr(program_base, &base);
	table.symbols = host_alloc(n * sizeof(*table.symbols));
	for (size_t i = 0; i < n; i++) {
		if ((sym[i].st_info & 0xf) != STT_FUNC ||
		    sym[i].st_shndx == SHN_UNDEF ||
		    sym[i].st_name >= strtab->sh_size)
			continue;
		table.symbols[table.count++] = (struct symbol) {
			.address = base + sym[i].st_value,
			.size = sym[i].st_size,
			.name = names + sym[i].st_name,
		};
	}
	qsort(table.symbols, table.count, sizeof(*table.symbols), compare);
}

/* The image stays mapped: the names are in it. */
static void
load_image(const char *image, size_t size)
{
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Shdr) * section;

	if (size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
		return;
	if (head->e_shentsize != sizeof(*section) ||
	    !within(head->e_shoff, (uint64_t)head->e_shnum * sizeof(*section),
		size))
		return;
	section = (const void *)(image + head->e_shoff);
	for (unsigned i = 0; i < head->e_shnum; i++) {
		if (section[i].sh_type == SHT_SYMTAB &&
		    section[i].sh_link < head->e_shnum) {
			load_symbols(image, size, &section[i],
			    &section[section[i].sh_link]);
			return;
		}
	}
}

static void
load(void)
{
	struct stat st;
	void *image;
	int fd;

	table.loaded = true;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
		if (image != MAP_FAILED)
			load_image(image, (size_t)st.st_size);
	}
	close(fd);
}

const char *
host_symbol(const void *address, size_t *offset)
{
	uintptr_t at = (uintptr_t)address;
	size_t low = 0, high, middle;
	const struct symbol *symbol;

	if (!table.loaded)
		load();
	high = table.count;
	/* The last one that does not start behind it. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (table.symbols[middle].address <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return (NULL);
	symbol = &table.symbols[low - 1];
	/* Code written in assembly may have no size: up to the next one. */
	if (symbol->size == 0 ? low == table.count :
				at - symbol->address >= symbol->size)
		return (NULL);
	while (symbol > table.symbols && symbol[-1].address == symbol->address)
		symbol--;
	if (offset != NULL)
		*offset = at - symbol->address;
	return (symbol->name);
}
