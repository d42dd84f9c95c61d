/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backtraces as text.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

static int
format_one(void *pc, char *text, size_t size)
{
	const char *call = (const char *)pc - 1, *name, *slash;
	size_t offset;
	Dl_info info;

	/* It is where the call returns to, perhaps behind its function. */
	name = host_symbol(call, &offset);
	if (name != NULL)
		return (snprintf(text, size, "%s+0x%zx", name, offset + 1));
	if (dladdr(call, &info) == 0)
		return (snprintf(text, size, "%p", pc));
	if (info.dli_sname != NULL)
		return (snprintf(text, size, "%s+0x%" PRIxPTR, info.dli_sname,
		    (uintptr_t)pc - (uintptr_t)info.dli_saddr));
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
