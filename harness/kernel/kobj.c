/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kobj(9): compiled classes, method lookup, objects.
 *
 * A compiled class has a cache of its methods, indexed by the low bits of
 * the method's number; a caller looks there first and comes here when the
 * entry is another method's.
 *
 * Classes are static data of drivers.  All that are compiled hang on a list,
 * so that a halt can leave them as a fresh process would find them, and the
 * next boot in this process starts from the same state.
 */
#include "kernel/newbus.h"

struct kobj_compiled {
	struct kobj_ops ops; /* first: what a class points to */
	LIST_ENTRY(kobj_compiled) link;
	kobj_class_t cls;
	bool is_static; /* `ops` is not used, the caller's are */
};

static LIST_HEAD(, kobj_compiled) kobj_classes = LIST_HEAD_INITIALIZER(
    kobj_classes);

/*
 * Method numbers are given once a process and stay: they only say which
 * cache entries collide.  0 is for those that no class has registered.
 */
static u_int kobj_next_id = 1;

/* What an empty cache entry holds: no caller asks for this method. */
static const struct kobj_method null_method = { NULL, NULL };

int
kobj_error_method(void)
{
	return (ENXIO);
}

static struct kobj_compiled *
kobj_compiled_find(kobj_class_t cls)
{
	struct kobj_compiled *kc;

	LIST_FOREACH(kc, &kobj_classes, link) {
		if (kc->cls == cls)
			return (kc);
	}
	return (NULL);
}

static void
kobj_compile(kobj_class_t cls, kobj_ops_t ops, struct kobj_compiled *kc)
{
	kobj_method_t *m;
	int i;

	for (m = cls->methods; m->desc != NULL; m++) {
		if (m->desc->id == 0)
			m->desc->id = kobj_next_id++;
	}
	for (i = 0; i < KOBJ_CACHE_SIZE; i++)
		ops->cache[i] = &null_method;
	ops->cls = cls;
	cls->ops = ops;
	kc->cls = cls;
	LIST_INSERT_HEAD(&kobj_classes, kc, link);
}

void
kobj_class_compile(kobj_class_t cls)
{
	struct kobj_compiled *kc;

	if (cls->ops != NULL)
		return;
	kc = book_alloc(sizeof(*kc));
	kobj_compile(cls, &kc->ops, kc);
}

void
kobj_class_compile_static(kobj_class_t cls, kobj_ops_t ops)
{
	struct kobj_compiled *kc;

	KASSERT(cls->ops == NULL,
	    ("%s: class %s is compiled already", __func__, cls->name));
	kc = book_alloc(sizeof(*kc));
	kc->is_static = true;
	/* Never freed by the last object's end. */
	cls->refs++;
	kobj_compile(cls, ops, kc);
}

void
kobj_class_free(kobj_class_t cls)
{
	struct kobj_compiled *kc;

	if (cls->ops == NULL)
		return;
	KASSERT(cls->refs == 0,
	    ("%s: class %s has %u references", __func__, cls->name, cls->refs));
	kc = kobj_compiled_find(cls);
	KASSERT(kc != NULL, ("%s: class %s is not known", __func__, cls->name));
	cls->ops = NULL;
	LIST_REMOVE(kc, link);
	book_free(kc);
}

void
kobj_forget(void)
{
	struct kobj_compiled *kc;

	while ((kc = LIST_FIRST(&kobj_classes)) != NULL) {
		kc->cls->ops = NULL;
		kc->cls->refs = 0;
		LIST_REMOVE(kc, link);
		book_free(kc);
	}
}

/*
 * --- lookup ---
 */

static kobj_method_t *
kobj_lookup_class(kobj_class_t cls, kobjop_desc_t desc)
{
	kobj_method_t *m;
	kobj_class_t *base;

	for (m = cls->methods; m != NULL && m->desc != NULL; m++) {
		if (m->desc == desc)
			return (m);
	}
	if (cls->baseclasses == NULL)
		return (NULL);
	for (base = cls->baseclasses; *base != NULL; base++) {
		m = kobj_lookup_class(*base, desc);
		if (m != NULL)
			return (m);
	}
	return (NULL);
}

kobj_method_t *
kobj_lookup_method(kobj_class_t cls, kobj_method_t **cep, kobjop_desc_t desc)
{
	kobj_method_t *m;

	m = kobj_lookup_class(cls, desc);
	if (m == NULL)
		m = &desc->deflt;
	if (cep != NULL)
		*cep = m;
	return (m);
}

/*
 * --- objects ---
 */

void
kobj_init(kobj_t obj, kobj_class_t cls)
{
	kobj_class_compile(cls);
	obj->ops = cls->ops;
	cls->refs++;
}

void
kobj_init_static(kobj_t obj, kobj_class_t cls)
{
	KASSERT(cls->ops != NULL,
	    ("%s: class %s is not compiled", __func__, cls->name));
	obj->ops = cls->ops;
	cls->refs++;
}

kobj_t
kobj_create(kobj_class_t cls, struct malloc_type *mtype, int mflags)
{
	kobj_t obj;

	obj = malloc(cls->size, mtype, mflags | M_ZERO);
	if (obj == NULL)
		return (NULL);
	kobj_init(obj, cls);
	return (obj);
}

void
kobj_delete(kobj_t obj, struct malloc_type *mtype)
{
	kobj_class_t cls = obj->ops->cls;

	KASSERT(cls->refs > 0,
	    ("%s: class %s has no references", __func__, cls->name));
	if (--cls->refs == 0)
		kobj_class_free(cls);
	obj->ops = NULL;
	if (mtype != NULL)
		free(obj, mtype);
}
