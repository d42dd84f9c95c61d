/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * module(9) and SYSINIT(9): what runs at boot, in which order, and the
 * modules that come and go with it.
 *
 * All is linked into one program, so a source file stands for FreeBSD's kld:
 * MODULE_DEPEND in a file says which files' modules come before its own.
 * Between initialisers of one subsystem and order, dependencies decide, then
 * the link order.
 */
#include "kernel/newbus.h"

#include <sys/module.h>

struct module {
	TAILQ_ENTRY(module) link; /* in order of loading */
	const moduledata_t *data;
	int id;
	int refs;
	modspecific_t specific;
	struct linker_file *file;
};

SET_DECLARE(sysinit_set, struct sysinit);
SET_DECLARE(sysuninit_set, struct sysinit);
SET_DECLARE(modmetadata_set, const struct mod_metadata);

static TAILQ_HEAD(module_list, module) modules = TAILQ_HEAD_INITIALIZER(
    modules);
static int last_id;

/*
 * --- dependencies ---
 */

/* The file that a module's MODULE_VERSION is in, or NULL. */
static const struct mod_metadata *
module_provider(const char *name)
{
	const struct mod_metadata **md;

	SET_FOREACH(md, modmetadata_set) {
		if ((*md)->md_type == MDT_VERSION &&
		    strcmp((*md)->md_cval, name) == 0)
			return (*md);
	}
	return (NULL);
}

static void
module_check_version(const struct mod_metadata *depend, int version)
{
	const struct mod_depend *range = depend->md_data;

	if (version < range->md_ver_minimum || version > range->md_ver_maximum)
		panic("%s depends on %s of version %d to %d, but it is %d",
		    depend->md_file, depend->md_cval, range->md_ver_minimum,
		    range->md_ver_maximum, version);
}

/*
 * How long the longest chain of dependencies below a file is; panics when
 * one is missing, of another version, or depends on itself.
 */
static int
module_depth(const char *file, int depth)
{
	const struct mod_metadata **md, *provider;
	int deepest = 0, below;

	if (depth > SET_COUNT(modmetadata_set))
		panic("the modules of %s depend on themselves", file);
	SET_FOREACH(md, modmetadata_set) {
		if ((*md)->md_type != MDT_DEPEND ||
		    strcmp((*md)->md_file, file) != 0)
			continue;
		if (strcmp((*md)->md_cval, "kernel") == 0) {
			module_check_version(*md, __FreeBSD_version);
			continue;
		}
		provider = module_provider((*md)->md_cval);
		if (provider == NULL)
			panic("%s depends on module %s, which is not there",
			    file, (*md)->md_cval);
		module_check_version(*md,
		    ((const struct mod_version *)provider->md_data)
			->mv_version);
		if (strcmp(provider->md_file, file) == 0)
			continue;
		below = module_depth(provider->md_file, depth + 1) + 1;
		deepest = MAX(deepest, below);
	}
	return (deepest);
}

/* The file that declares a module. */
static const char *
module_declared_in(const moduledata_t *data)
{
	const struct mod_metadata **md;

	SET_FOREACH(md, modmetadata_set) {
		if ((*md)->md_type == MDT_MODULE && (*md)->md_data == data)
			return ((*md)->md_file);
	}
	return (NULL);
}

/*
 * --- initialisers ---
 */

struct init_entry {
	const struct sysinit *init;
	int depth;
};

static bool
init_before(const struct init_entry *a, const struct init_entry *b)
{
	if (a->init->subsystem != b->init->subsystem)
		return (a->init->subsystem < b->init->subsystem);
	if (a->init->order != b->init->order)
		return (a->init->order < b->init->order);
	return (a->depth < b->depth);
}

/* The entries of a set in the order in which they run at boot. */
static struct init_entry *
init_sort(struct sysinit **begin, struct sysinit **end)
{
	size_t count = end - begin, i, j;
	struct init_entry *list, entry;
	const char *file;

	list = book_alloc((count + 1) * sizeof(*list));
	for (i = 0; i < count; i++) {
		entry = (struct init_entry) { begin[i], 0 };
		if (begin[i]->func == module_register_init) {
			file = module_declared_in(begin[i]->udata);
			if (file != NULL)
				entry.depth = module_depth(file, 0);
		}
		/* Insertion keeps the link order of equals. */
		for (j = i; j > 0 && init_before(&entry, &list[j - 1]); j--)
			list[j] = list[j - 1];
		list[j] = entry;
	}
	return (list);
}

/*
 * --- modules ---
 */

int
module_register(const moduledata_t *data, struct linker_file *file)
{
	module_t mod;

	if (module_lookupbyname(data->name) != NULL) {
		printf("module_register: cannot register %s; already loaded\n",
		    data->name);
		return (EEXIST);
	}
	mod = book_alloc(sizeof(*mod));
	mod->data = data;
	mod->id = ++last_id;
	mod->refs = 1;
	mod->file = file;
	TAILQ_INSERT_TAIL(&modules, mod, link);
	return (0);
}

static int
module_event(module_t mod, int what)
{
	if (mod->data->evhand == NULL)
		return (0);
	return (mod->data->evhand(mod, what, mod->data->priv));
}

static void
module_drop(module_t mod)
{
	TAILQ_REMOVE(&modules, mod, link);
	book_free(mod);
}

void
module_register_init(const void *arg)
{
	const moduledata_t *data = arg;
	module_t mod;
	int error;

	error = module_register(data, NULL);
	if (error != 0)
		return;
	mod = module_lookupbyname(data->name);
	error = module_event(mod, MOD_LOAD);
	if (error == 0)
		return;
	(void)module_event(mod, MOD_UNLOAD);
	module_drop(mod);
	printf("module_register_init: MOD_LOAD (%s) error %d\n", data->name,
	    error);
}

module_t
module_lookupbyname(const char *name)
{
	module_t mod;

	TAILQ_FOREACH(mod, &modules, link) {
		if (strcmp(mod->data->name, name) == 0)
			return (mod);
	}
	return (NULL);
}

module_t
module_lookupbyid(int id)
{
	module_t mod;

	TAILQ_FOREACH(mod, &modules, link) {
		if (mod->id == id)
			return (mod);
	}
	return (NULL);
}

/* 0 also from those who do not know the event. */
int
module_quiesce(module_t mod)
{
	int error;

	error = module_event(mod, MOD_QUIESCE);
	return (error == EOPNOTSUPP || error == EINVAL ? 0 : error);
}

int
module_unload(module_t mod)
{
	int error;

	error = module_event(mod, MOD_UNLOAD);
	if (error == 0)
		module_release(mod);
	return (error);
}

void
module_reference(module_t mod)
{
	mod->refs++;
}

void
module_release(module_t mod)
{
	KASSERT(mod->refs > 0,
	    ("%s: module %s has %d references", __func__, mod->data->name,
		mod->refs));
	if (--mod->refs == 0)
		module_drop(mod);
}

int
module_getid(module_t mod)
{
	return (mod->id);
}

module_t
module_getfnext(module_t mod)
{
	return (TAILQ_NEXT(mod, link));
}

const char *
module_getname(module_t mod)
{
	return (mod->data->name);
}

void
module_setspecific(module_t mod, modspecific_t *data)
{
	mod->specific = *data;
}

struct linker_file *
module_file(module_t mod)
{
	return (mod->file);
}

/*
 * --- life ---
 */

void
module_forget(void)
{
	TAILQ_INIT(&modules);
	last_id = 0;
}

void
module_boot(void)
{
	struct init_entry *list, *entry;

	list = init_sort(SET_BEGIN(sysinit_set), SET_LIMIT(sysinit_set));
	for (entry = list; entry->init != NULL; entry++) {
		if (entry->init->subsystem != SI_SUB_DUMMY)
			entry->init->func(entry->init->udata);
	}
	book_free(list);
}

/*
 * Unloads the youngest module first: what depends goes before what it
 * depends on.  One that refuses is asked again when others have gone (a
 * device may have kept it busy), then given up.
 */
static void
module_unload_all(void)
{
	module_t mod, prev;
	bool progress;
	int error;

	do {
		progress = false;
		TAILQ_FOREACH_REVERSE_SAFE(mod, &modules, module_list, link,
		    prev)
		{
			error = module_quiesce(mod);
			if (error == 0)
				error = module_unload(mod);
			if (error == 0 || error == EOPNOTSUPP) {
				if (error != 0)
					module_drop(mod);
				progress = true;
			}
		}
	} while (progress && !TAILQ_EMPTY(&modules));
	TAILQ_FOREACH(mod, &modules, link)
		kern_misuse("module %s cannot be unloaded", mod->data->name);
}

void
module_halt(void)
{
	struct init_entry *list;
	size_t i;

	module_unload_all();
	list = init_sort(SET_BEGIN(sysuninit_set), SET_LIMIT(sysuninit_set));
	for (i = SET_COUNT(sysuninit_set); i-- > 0;) {
		if (list[i].init->subsystem != SI_SUB_DUMMY)
			list[i].init->func(list[i].init->udata);
	}
	book_free(list);
	devclass_sysctl_fini();
	module_forget();
}
