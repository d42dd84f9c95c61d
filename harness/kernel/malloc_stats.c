/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What malloc(9) and uma(9) have given out, for those outside and as text:
 * sysctl kern.malloc and vm.zone (compare vmstat(8), -m and -z).
 */
#include "kernel/malloc_var.h"

#include <sys/malloc.h>
#include <sys/sbuf.h>
#include <sys/sysctl.h>

struct visitor {
	void (*fn)(void *arg, const struct kernel_memory *memory);
	void *arg;
};

static void
visit_type(struct malloc_type *type, void *arg)
{
	const struct malloc_type_internal *mti = &type->ks_mti;
	const struct visitor *visitor = arg;

	visitor->fn(visitor->arg,
	    &(struct kernel_memory) {
		.name = type->ks_shortdesc,
		.inuse = mti->mti_inuse,
		.bytes = mti->mti_bytes,
		.requests = mti->mti_requests,
		.failures = mti->mti_failures,
	    });
}

void
kernel_memory_foreach(void (*fn)(void *arg, const struct kernel_memory *memory),
    void *arg)
{
	struct visitor visitor = { fn, arg };

	malloc_type_list(visit_type, &visitor);
	uma_foreach(fn, arg);
}

struct table {
	struct sbuf *sb;
	bool zones;
};

static void
print_line(void *arg, const struct kernel_memory *memory)
{
	const struct table *table = arg;

	if (memory->zone != table->zones)
		return;
	sbuf_printf(table->sb, "%20s %8ju %10ju %10ju %8ju", memory->name,
	    (uintmax_t)memory->inuse, (uintmax_t)memory->bytes,
	    (uintmax_t)memory->requests, (uintmax_t)memory->failures);
	if (table->zones)
		sbuf_printf(table->sb, " %8ju", (uintmax_t)memory->limit);
	sbuf_putc(table->sb, '\n');
}

static int
print_table(SYSCTL_HANDLER_ARGS)
{
	struct table table = { .zones = arg2 != 0 };
	int error;

	(void)oidp;
	(void)arg1;
	table.sb = sbuf_new_auto();
	sbuf_printf(table.sb, "%20s %8s %10s %10s %8s%s\n",
	    table.zones ? "Zone" : "Type", "InUse", "Bytes", "Requests", "Fail",
	    table.zones ? "    Limit" : "");
	kernel_memory_foreach(print_line, &table);
	error = sbuf_finish(table.sb);
	if (error == 0)
		error = SYSCTL_OUT(req, sbuf_data(table.sb),
		    sbuf_len(table.sb) + 1);
	sbuf_delete(table.sb);
	return (error);
}

SYSCTL_PROC(_kern, OID_AUTO, malloc,
    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, print_table, "A",
    "Memory of malloc(9), by type");
SYSCTL_PROC(_vm, OID_AUTO, zone, CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE,
    NULL, 1, print_table, "A", "Items of uma(9), by zone");
