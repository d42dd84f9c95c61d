/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: DIR/stat, the bench's figures as files.  Their text is made
 * when somebody reads from the start, so each reader has one moment of it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mount_var.h"
#include "machine/machine.h"

/*
 * --- files of fixed names ---
 */

static void
write_exits(const struct mount *mount, FILE *out)
{
	struct machine_ledger ledger;

	(void)mount;
	machine_ledger_read(&ledger);
	fprintf(out,
	    "exits %" PRIu64 "\nio_exits %" PRIu64 "\nmmio_exits %" PRIu64
	    "\nhalt_exits %" PRIu64 "\nirq_injections %" PRIu64
	    "\nnotifications %" PRIu64 "\nmaster_aborts %" PRIu64 "\n",
	    ledger.exits, ledger.io_exits, ledger.mmio_exits, ledger.halt_exits,
	    ledger.irq_injections, ledger.notifications, ledger.master_aborts);
}

static void
write_kernel(const struct mount *mount, FILE *out)
{
	struct kernel_stats stats;

	(void)mount;
	kernel_stats(&stats);
	fprintf(out,
	    "allocations %" PRIu64 "\nfrees %" PRIu64 "\ndmamap_loads %" PRIu64
	    "\ndmamap_creates %" PRIu64 "\nbounced_pages %" PRIu64
	    "\ninterrupts %" PRIu64 "\nbios %" PRIu64 "\n",
	    stats.mallocs, stats.frees, stats.dmamap_loads,
	    stats.dmamap_creates, stats.bounced_pages, stats.interrupts,
	    stats.bios);
}

static void
write_operations(const struct mount *mount, FILE *out)
{
	const struct tally *tally = &mount->tally;
	const struct {
		const char *name;
		enum kernel_disk_op op;
		uint64_t bytes;
	} kinds[] = {
		{ "read", KERNEL_DISK_READ, tally->bytes_read },
		{ "write", KERNEL_DISK_WRITE, tally->bytes_written },
		{ "zero", KERNEL_DISK_DELETE, tally->bytes_deleted },
		{ "flush", KERNEL_DISK_FLUSH, 0 },
	};
	const struct tally_latency *latency;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		latency = &tally->kinds[kinds[i].op];
		fprintf(out, "%s_operations %" PRIu64 "\n", kinds[i].name,
		    latency->operations);
		if (kinds[i].op != KERNEL_DISK_FLUSH)
			fprintf(out, "%s_bytes %" PRIu64 "\n", kinds[i].name,
			    kinds[i].bytes);
		if (latency->operations > 0)
			fprintf(out,
			    "%s_ns_p50 %" PRIu64 "\n%s_ns_p99 %" PRIu64
			    "\n%s_ns_max %" PRIu64 "\n",
			    kinds[i].name, tally_percentile(latency, 50),
			    kinds[i].name, tally_percentile(latency, 99),
			    kinds[i].name, latency->slowest);
	}
	fprintf(out, "errors %" PRIu64 "\n", mount->errors);
}

static void
write_log(const struct mount *mount, FILE *out)
{
	(void)mount;
	fputs(kernel_log_text(), out);
}

static void
write_line(void *out, const char *text)
{
	fprintf(out, "%s\n", text);
}

static void
write_threads(const struct mount *mount, FILE *out)
{
	(void)mount;
	kernel_report(write_line, out);
}

static void
write_violations(const struct mount *mount, FILE *out)
{
	if (mount->violations != NULL)
		fputs(mount->violations, out);
}

static void
write_disks(const struct mount *mount, FILE *out)
{
	const struct kernel_disk_info *info;

	for (unsigned i = 0; i < mount->ndisks; i++) {
		info = &mount->disks[i].info;
		fprintf(out,
		    "%s bytes %" PRIu64 " sector %" PRIu32 " max_io %" PRIu32
		    " %s%s%s ident %s\n",
		    info->name, info->media_size, info->sector_size,
		    info->max_io, info->read_only ? "read-only" : "writable",
		    info->can_flush ? " flush" : "",
		    info->can_delete ? " delete" : "", info->ident);
	}
}

static const struct stat_file {
	const char *name;
	void (*write)(const struct mount *mount, FILE *out);
} files[] = {
	{ "disks", write_disks },
	{ "exits", write_exits },
	{ "kernel", write_kernel },
	{ "log", write_log },
	{ "operations", write_operations },
	{ "threads", write_threads },
	{ "violations", write_violations },
};
#define FILES (sizeof(files) / sizeof(files[0]))
_Static_assert(MOUNT_INO_FILES + FILES <= MOUNT_INO_DISKS, "inode numbers");

/*
 * --- sysctls ---
 */

/* Once seen, a node keeps its place, and so its inode. */
struct mount_node {
	char *path;
	bool there;
	bool readable;
	bool writable;
};

static void
see_node(void *arg, const struct kernel_sysctl *sysctl)
{
	struct mount *mount = arg;
	struct mount_node *node, *more;
	size_t i, room = 2 * mount->nodes_room + 64;

	for (i = 0; i < mount->nnodes; i++)
		if (strcmp(mount->nodes[i].path, sysctl->path) == 0)
			break;
	if (i == mount->nodes_room) {
		more = realloc(mount->nodes, room * sizeof(*more));
		if (more == NULL)
			return;
		mount->nodes = more;
		mount->nodes_room = room;
	}
	node = &mount->nodes[i];
	if (i == mount->nnodes) {
		node->path = strdup(sysctl->path);
		if (node->path == NULL)
			return;
		mount->nnodes++;
	}
	node->there = true;
	node->readable = sysctl->readable;
	node->writable = sysctl->writable;
}

/* The tree as it is now; a dead kernel's as it was. */
static void
see_nodes(struct mount *mount)
{
	if (mount->dead)
		return;
	for (size_t i = 0; i < mount->nnodes; i++)
		mount->nodes[i].there = false;
	kernel_sysctl_foreach(see_node, mount);
}

static struct mount_node *
node_of(struct mount *mount, fuse_ino_t ino)
{
	if (ino < MOUNT_INO_NODES || ino - MOUNT_INO_NODES >= mount->nnodes)
		return (NULL);
	return (&mount->nodes[ino - MOUNT_INO_NODES]);
}

/* A handler is the driver's code: it may be the last that is called. */
static char *
read_node(struct mount *mount, const struct mount_node *node, size_t *length,
    int *error)
{
	char *text = malloc(16 << 10);
	int e = ENOMEM;

	if (text != NULL)
		e = mount->dead ?
		    EIO :
		    kernel_sysctl_read(node->path, text, (16 << 10) - 1);
	if (e != 0) {
		free(text);
		*error = mount_errno(e);
		return (NULL);
	}
	*length = strlen(text);
	text[(*length)++] = '\n';
	return (text);
}

int
mount_stat_write(struct mount *mount, fuse_ino_t ino, const char *text,
    size_t length)
{
	struct mount_node *node = node_of(mount, ino);
	char value[4096];

	if (node == NULL)
		return (EACCES);
	if (mount->dead)
		return (EIO);
	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length >= sizeof(value))
		return (EINVAL);
	memcpy(value, text, length);
	value[length] = '\0';
	return (mount_errno(kernel_sysctl_write(node->path, value)));
}

/*
 * --- what FUSE asks ---
 */

int
mount_stat_attr(struct mount *mount, fuse_ino_t ino, struct stat *st)
{
	struct mount_node *node = node_of(mount, ino);

	if (ino == MOUNT_INO_STAT || ino == MOUNT_INO_SYSCTL) {
		st->st_mode = S_IFDIR | 0555;
		st->st_nlink = ino == MOUNT_INO_STAT ? 3 : 2;
		return (0);
	}
	if (ino >= MOUNT_INO_FILES && ino < MOUNT_INO_FILES + FILES) {
		st->st_mode = S_IFREG | 0444;
		return (0);
	}
	if (node == NULL)
		return (ENOENT);
	st->st_mode =
	    S_IFREG | (node->readable ? 0444 : 0) | (node->writable ? 0200 : 0);
	return (0);
}

fuse_ino_t
mount_stat_lookup(struct mount *mount, fuse_ino_t parent, const char *name)
{
	if (parent == MOUNT_INO_STAT) {
		if (strcmp(name, "sysctl") == 0)
			return (MOUNT_INO_SYSCTL);
		for (size_t i = 0; i < FILES; i++)
			if (strcmp(name, files[i].name) == 0)
				return (MOUNT_INO_FILES + i);
	}
	if (parent == MOUNT_INO_SYSCTL) {
		see_nodes(mount);
		for (size_t i = 0; i < mount->nnodes; i++)
			if (mount->nodes[i].there &&
			    strcmp(name, mount->nodes[i].path) == 0)
				return (MOUNT_INO_NODES + i);
	}
	return (0);
}

const char *
mount_stat_entry(struct mount *mount, fuse_ino_t parent, off_t *at,
    fuse_ino_t *ino)
{
	size_t i = (size_t)*at;

	if (parent == MOUNT_INO_STAT) {
		*at = (off_t)(i + 1);
		*ino = i < FILES ? MOUNT_INO_FILES + i : MOUNT_INO_SYSCTL;
		return (i < FILES  ? files[i].name :
			i == FILES ? "sysctl" :
				     NULL);
	}
	if (parent != MOUNT_INO_SYSCTL)
		return (NULL);
	if (i == 0)
		see_nodes(mount);
	while (i < mount->nnodes && !mount->nodes[i].there)
		i++;
	if (i >= mount->nnodes)
		return (NULL);
	*at = (off_t)(i + 1);
	*ino = MOUNT_INO_NODES + i;
	return (mount->nodes[i].path);
}

char *
mount_stat_text(struct mount *mount, fuse_ino_t ino, size_t *length, int *error)
{
	const struct mount_node *node = node_of(mount, ino);
	char *text = NULL;
	FILE *out;

	if (node != NULL)
		return (read_node(mount, node, length, error));
	*error = ENOMEM;
	out = open_memstream(&text, length);
	if (out == NULL)
		return (NULL);
	files[ino - MOUNT_INO_FILES].write(mount, out);
	if (fclose(out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}

void
mount_stat_free(struct mount *mount)
{
	struct mount_text *text;

	/* Those that nobody closed before the end. */
	while ((text = LIST_FIRST(&mount->texts)) != NULL) {
		LIST_REMOVE(text, link);
		free(text->text);
		free(text);
	}
	for (size_t i = 0; i < mount->nnodes; i++)
		free(mount->nodes[i].path);
	free(mount->nodes);
	free(mount->violations);
	mount->nodes = NULL;
	mount->violations = NULL;
	mount->nnodes = mount->nodes_room = 0;
}
