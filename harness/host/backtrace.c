/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backtraces: taking them, and giving names to addresses.
 *
 * dladdr(3) knows only what is exported, and in a kernel nearly everything
 * is static.  So the program's own symbol table is read, once, when the first
 * name is asked for.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
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

/* The function that the address lies in, or NULL. */
static const struct symbol *
find(uintptr_t address)
{
	size_t low = 0, high = table.count, middle;
	const struct symbol *symbol;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (table.symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return (NULL);
	symbol = &table.symbols[low - 1];
	/* Code written in assembly may have no size. */
	if (symbol->size != 0 && address - symbol->address >= symbol->size)
		return (NULL);
	while (symbol > table.symbols && symbol[-1].address == symbol->address)
		symbol--;
	return (symbol);
}

/*
 * --- the interface ---
 */

/* Sanitizers know nothing of what lies between the locals. */
__attribute__((no_sanitize("address", "undefined", "thread"))) size_t
host_backtrace_capture(const void *frame, const void *stack, size_t size,
    void **pcs, size_t max)
{
	uintptr_t at = (uintptr_t)frame, low = (uintptr_t)stack;
	uintptr_t high = low + size - 2 * sizeof(void *), next;
	size_t n = 0;

	/* A frame begins with the caller's frame and the return address. */
	while (n < max && at >= low && at <= high && at % sizeof(void *) == 0) {
		if (((void *const *)at)[1] == NULL)
			break;
		pcs[n++] = ((void *const *)at)[1];
		next = ((const uintptr_t *)at)[0];
		if (next <= at)
			break;
		at = next;
	}
	return (n);
}

const char *
host_symbol(const void *address, size_t *offset)
{
	const struct symbol *symbol;
	Dl_info info;

	if (!table.loaded)
		load();
	symbol = find((uintptr_t)address);
	if (symbol != NULL) {
		if (offset != NULL)
			*offset = (uintptr_t)address - symbol->address;
		return (symbol->name);
	}
	if (dladdr(address, &info) == 0 || info.dli_sname == NULL)
		return (NULL);
	if (offset != NULL)
		*offset = (uintptr_t)address - (uintptr_t)info.dli_saddr;
	return (info.dli_sname);
}

static int
format_one(void *pc, char *text, size_t size)
{
	size_t offset = 0;
	/* It is where the call returns to: one byte before is the call. */
	const char *name = host_symbol((const char *)pc - 1, &offset);
	const char *slash;
	Dl_info info;

	if (name != NULL)
		return (snprintf(text, size, "%s+0x%zx", name, offset + 1));
	if (dladdr(pc, &info) == 0)
		return (snprintf(text, size, "%p", pc));
	slash = strrchr(info.dli_fname, '/');
	return (snprintf(text, size, "(%s)+0x%" PRIxPTR,
	    slash != NULL ? slash + 1 : info.dli_fname,
	    (uintptr_t)pc - (uintptr_t)info.dli_fbase));
}

size_t
host_backtrace_format(void *const *pcs, size_t n, char *text, size_t size)
{
	char name[256];
	size_t used = 0;

	if (size == 0)
		return (0);
	text[0] = '\0';
	for (size_t i = 0; i < n && used < size; i++) {
		(void)format_one(pcs[i], name, sizeof(name));
		used += (size_t)snprintf(text + used, size - used, "#%zu %s\n",
		    i, name);
	}
	return (used < size ? used : size - 1);
}

size_t
host_backtrace(char *text, size_t size)
{
	void *caller = __builtin_return_address(0);
	void *pcs[32];
	int i = 0, n;

	n = backtrace(pcs, 32);
	/* How many frames lie between depends on the sanitizers. */
	while (i < n && pcs[i] != caller)
		i++;
	if (i == n)
		i = 0;
	return (host_backtrace_format(pcs + i, (size_t)(n - i), text, size));
}
