/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sysctl(9): the tree, its static and dynamic nodes, and contexts.
 *
 * Dynamic nodes live in the host's memory: a driver may follow pointers to
 * them but has no business doing DMA on them.  Reading and writing values is
 * in sysctl_handle.c.
 */
#include "kernel/sysctl_var.h"

#include <sys/kernel.h>
#include <sys/sysctl.h>

SET_DECLARE(sysctl_set, struct sysctl_oid);

struct sysctl_oid_list sysctl__children =
    SLIST_HEAD_INITIALIZER(&sysctl__children);

SYSCTL_ROOT_NODE(1, kern, CTLFLAG_RW, NULL, "High kernel, proc, limits");
SYSCTL_ROOT_NODE(2, vm, CTLFLAG_RW, NULL, "Virtual memory");
SYSCTL_ROOT_NODE(3, vfs, CTLFLAG_RW, NULL, "File system");
SYSCTL_ROOT_NODE(4, net, CTLFLAG_RW, NULL, "Network");
SYSCTL_ROOT_NODE(5, debug, CTLFLAG_RW, NULL, "Debugging");
SYSCTL_ROOT_NODE(6, hw, CTLFLAG_RW, NULL, "Hardware");
SYSCTL_ROOT_NODE(7, machdep, CTLFLAG_RW, NULL, "Machine dependent");
SYSCTL_ROOT_NODE(OID_AUTO, dev, CTLFLAG_RW, NULL, "Devices");
SYSCTL_ROOT_NODE(OID_AUTO, security, CTLFLAG_RW, NULL, "Security");
SYSCTL_NODE(_kern, OID_AUTO, features, CTLFLAG_RD, NULL, "Features");
SYSCTL_NODE(_hw, OID_AUTO, bus, CTLFLAG_RW, NULL, "Buses");

static int sysctl_next_number;

static struct sysctl_oid *
sysctl_find_name(const char *name, size_t length, struct sysctl_oid_list *list)
{
	struct sysctl_oid *oid;

	SLIST_FOREACH(oid, list, oid_link)
		if (strlen(oid->oid_name) == length &&
		    memcmp(oid->oid_name, name, length) == 0)
			return (oid);
	return (NULL);
}

struct sysctl_oid *
sysctl_find_path(const char *path)
{
	struct sysctl_oid_list *list = &sysctl__children;
	struct sysctl_oid *oid = NULL;
	const char *dot;
	size_t length;

	for (;;) {
		dot = strchr(path, '.');
		length = dot != NULL ? (size_t)(dot - path) : strlen(path);
		oid = sysctl_find_name(path, length, list);
		if (oid == NULL || dot == NULL)
			return (oid);
		if ((oid->oid_kind & CTLTYPE) != CTLTYPE_NODE)
			return (NULL);
		list = SYSCTL_CHILDREN(oid);
		path = dot + 1;
	}
}

/* "dev.vioblk.0.stats"; returns the length, cut at `size`. */
static size_t
sysctl_path(const struct sysctl_oid *oid, char *path, size_t size)
{
	const struct sysctl_oid *parent = SYSCTL_PARENT(oid);
	size_t length = 0;

	if (parent != NULL) {
		length = sysctl_path(parent, path, size);
		length += strlcpy(path + length, ".", size - length);
		length = MIN(length, size - 1);
	}
	length += strlcpy(path + length, oid->oid_name, size - length);
	return (MIN(length, size - 1));
}

static void
sysctl_visit(struct sysctl_oid_list *list,
    void (*fn)(void *arg, const struct kernel_sysctl *node), void *arg)
{
	struct kernel_sysctl node;
	struct sysctl_oid *oid;
	char path[160];

	SLIST_FOREACH(oid, list, oid_link) {
		if ((oid->oid_kind & CTLFLAG_SKIP) != 0)
			continue;
		if ((oid->oid_kind & CTLTYPE) == CTLTYPE_NODE) {
			sysctl_visit(SYSCTL_CHILDREN(oid), fn, arg);
			continue;
		}
		(void)sysctl_path(oid, path, sizeof(path));
		node = (struct kernel_sysctl) {
			.path = path,
			.descr = oid->oid_descr,
			.readable = (oid->oid_kind & CTLFLAG_RD) != 0,
			.writable = (oid->oid_kind & CTLFLAG_WR) != 0,
		};
		fn(arg, &node);
	}
}

void
kernel_sysctl_foreach(void (*fn)(void *arg, const struct kernel_sysctl *node),
    void *arg)
{
	sysctl_visit(&sysctl__children, fn, arg);
}

/* A tunable takes its first value from the environment. */
static void
sysctl_fetch_tunable(struct sysctl_oid *oid)
{
	char path[160], value[256];
	int error;

	if ((oid->oid_kind & (CTLFLAG_TUN | CTLFLAG_NOFETCH)) != CTLFLAG_TUN ||
	    (oid->oid_kind & CTLTYPE) == CTLTYPE_NODE)
		return;
	if ((oid->oid_kind & CTLFLAG_DYN) == 0)
		sysctl_keep_variable(oid);
	(void)sysctl_path(oid, path, sizeof(path));
	if (getenv_string(path, value, sizeof(value)) == 0)
		return;
	error = sysctl_write_text(oid, value);
	if (error != 0)
		printf("Setting sysctl %s failed: %d\n", path, error);
}

static bool
sysctl_is_child(const struct sysctl_oid *oid)
{
	const struct sysctl_oid *child;

	SLIST_FOREACH(child, oid->oid_parent, oid_link)
		if (child == oid)
			return (true);
	return (false);
}

static void
sysctl_insert(struct sysctl_oid *oid)
{
	struct sysctl_oid *other, *last;

	last = NULL;
	SLIST_FOREACH(other, oid->oid_parent, oid_link) {
		if (other->oid_number > oid->oid_number)
			break;
		last = other;
	}
	if (last == NULL)
		SLIST_INSERT_HEAD(oid->oid_parent, oid, oid_link);
	else
		SLIST_INSERT_AFTER(last, oid, oid_link);
}

void
sysctl_put_back(struct sysctl_oid *oid)
{
	/* The last reference took it off the tree. */
	if (oid->oid_refcnt++ == 0)
		sysctl_insert(oid);
}

void
sysctl_register_oid(struct sysctl_oid *oid)
{
	struct sysctl_oid *other;

	other = sysctl_find_name(oid->oid_name, strlen(oid->oid_name),
	    oid->oid_parent);
	if (other != NULL) {
		if ((other->oid_kind & CTLTYPE) == CTLTYPE_NODE)
			other->oid_refcnt++;
		else
			printf("can't re-use a leaf (%s)!\n", oid->oid_name);
		return;
	}
	if (oid->oid_number == OID_AUTO)
		oid->oid_number = sysctl_next_number++;
	sysctl_insert(oid);
	oid->oid_refcnt++;
	sysctl_fetch_tunable(oid);
}

void
sysctl_unregister_oid(struct sysctl_oid *oid)
{
	if (!sysctl_is_child(oid)) {
		printf("%s: failed to unregister sysctl %s\n", __func__,
		    oid->oid_name);
		return;
	}
	SLIST_REMOVE(oid->oid_parent, oid, sysctl_oid, oid_link);
}

/* Static nodes come back to what the compiler made of them. */
static void
sysctl_reset_static(void)
{
	struct sysctl_oid **oidp;

	SLIST_INIT(&sysctl__children);
	SET_FOREACH(oidp, sysctl_set) {
		SLIST_INIT(SYSCTL_CHILDREN(*oidp));
		(*oidp)->oid_refcnt = 0;
		(*oidp)->oid_running = 0;
		if ((*oidp)->oid_number >= CTL_AUTO_START)
			(*oidp)->oid_number = OID_AUTO;
	}
	sysctl_next_number = CTL_AUTO_START;
}

void
sysctl_boot(void)
{
	struct sysctl_oid **oidp;

	sysctl_reset_static();
	SET_FOREACH(oidp, sysctl_set)
		if (((*oidp)->oid_kind & CTLTYPE) == CTLTYPE_NODE)
			sysctl_register_oid(*oidp);
	/* A leaf's path, and so its tunable, needs its parents in place. */
	SET_FOREACH(oidp, sysctl_set)
		if (((*oidp)->oid_kind & CTLTYPE) != CTLTYPE_NODE)
			sysctl_register_oid(*oidp);
}

static void
sysctl_free_dynamic(struct sysctl_oid_list *list)
{
	struct sysctl_oid *oid, *next;

	SLIST_FOREACH_SAFE(oid, list, oid_link, next) {
		sysctl_free_dynamic(SYSCTL_CHILDREN(oid));
		if ((oid->oid_kind & CTLFLAG_DYN) != 0)
			host_free(oid);
	}
	SLIST_INIT(list);
}

void
sysctl_halt(void)
{
	sysctl_forget();
}

void
sysctl_forget(void)
{
	kenv_halt();
	sysctl_ctx_forget();
	sysctl_free_dynamic(&sysctl__children);
	sysctl_reset_static();
}

/*
 * --- dynamic nodes ---
 */

struct sysctl_oid *
sysctl_add_oid(struct sysctl_ctx_list *clist, struct sysctl_oid_list *parent,
    int nbr, const char *name, int kind, void *arg1, intmax_t arg2,
    int (*handler)(SYSCTL_HANDLER_ARGS), const char *fmt, const char *descr,
    const char *label)
{
	struct sysctl_oid *oid;
	size_t length = strlen(name);
	char *text;

	if (parent == NULL)
		return (NULL);
	if (length == 0 || strchr(name, '.') != NULL)
		kern_misuse("sysctl_add_oid: \"%s\" is not a component of a "
			    "name",
		    name);
	oid = sysctl_find_name(name, length, parent);
	if (oid != NULL) {
		if ((oid->oid_kind & CTLTYPE) != CTLTYPE_NODE) {
			printf("can't re-use a leaf (%s)!\n", name);
			return (NULL);
		}
		oid->oid_refcnt++;
		if (clist != NULL)
			sysctl_ctx_entry_add(clist, oid);
		return (oid);
	}
	if (descr == NULL)
		descr = "";
	oid = host_alloc(sizeof(*oid) + length + 1 + strlen(descr) + 1);
	text = (char *)(oid + 1);
	oid->oid_name = strcpy(text, name);
	oid->oid_descr = strcpy(text + length + 1, descr);
	SLIST_INIT(&oid->oid_children);
	oid->oid_parent = parent;
	oid->oid_number = nbr;
	oid->oid_kind = kind | CTLFLAG_DYN;
	oid->oid_arg1 = arg1;
	oid->oid_arg2 = arg2;
	oid->oid_handler = handler;
	oid->oid_fmt = fmt;
	oid->oid_label = label;
	if (clist != NULL)
		sysctl_ctx_entry_add(clist, oid);
	sysctl_register_oid(oid);
	kern_new(KO_SYSCTL, oid, 0, oid->oid_name);
	return (oid);
}

int
sysctl_remove_oid(struct sysctl_oid *oid, int del, int recurse)
{
	struct sysctl_oid *child, *next;
	int error;

	if (oid == NULL || (oid->oid_kind & CTLFLAG_DYN) == 0) {
		printf("Warning: can't remove non-dynamic nodes (%s)!\n",
		    oid == NULL ? "NULL" : oid->oid_name);
		return (EINVAL);
	}
	if ((oid->oid_kind & CTLTYPE) == CTLTYPE_NODE && oid->oid_refcnt == 1) {
		SLIST_FOREACH_SAFE(child, SYSCTL_CHILDREN(oid), oid_link,
		    next) {
			if (!recurse) {
				printf("Warning: failed attempt to remove oid "
				       "%s with child %s\n",
				    oid->oid_name, child->oid_name);
				return (ENOTEMPTY);
			}
			error = sysctl_remove_oid(child, del, recurse);
			if (error != 0)
				return (error);
		}
	}
	if (oid->oid_refcnt > 1) {
		oid->oid_refcnt--;
		return (0);
	}
	if (oid->oid_refcnt == 0) {
		printf("Warning: bad oid_refcnt=%u (%s)!\n", oid->oid_refcnt,
		    oid->oid_name);
		return (EINVAL);
	}
	sysctl_unregister_oid(oid);
	oid->oid_refcnt = 0;
	if (!del)
		return (0);
	/* Whoever is inside the handler must leave first. */
	oid->oid_kind |= CTLFLAG_DYING;
	while (oid->oid_running != 0)
		tsleep(&oid->oid_running, PWAIT | PNOLOCK, "oidrm", 0);
	kern_gone(KO_SYSCTL, oid, oid->oid_name);
	host_free(oid);
	return (0);
}

int
sysctl_remove_name(struct sysctl_oid *parent, const char *name, int del,
    int recurse)
{
	struct sysctl_oid *oid;

	oid = sysctl_find_name(name, strlen(name), SYSCTL_CHILDREN(parent));
	return (oid == NULL ? ENOENT : sysctl_remove_oid(oid, del, recurse));
}
