/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kobj(9): classes, and objects whose methods are found through them.
 *
 * An interface file (NAME_if.m) is compiled by kobj.awk into one descriptor a
 * method (NAME_method_desc), a type for its implementations (NAME_method_t)
 * and a caller (NAME_METHOD()).  A class lists the methods that it implements;
 * what it does not, its base classes do, left to right and depth first; what
 * none of them does, the descriptor's default does.
 */
#ifndef _SYS_KOBJ_H_
#define _SYS_KOBJ_H_

#include <sys/types.h>

struct malloc_type;

typedef struct kobj *kobj_t;
typedef struct kobj_class *kobj_class_t;
typedef const struct kobj_method kobj_method_t;
/*
 * Any method.  It has the one function type that compilers let be cast to and
 * from all others without a warning; only its true type may be called.
 */
typedef void (*kobjop_t)(void);
typedef struct kobj_ops *kobj_ops_t;
typedef struct kobjop_desc *kobjop_desc_t;

struct kobj_method {
	kobjop_desc_t desc;
	kobjop_t func;
};

#define KOBJ_CLASS_FIELDS                                         \
	const char *name;	   /* class name */               \
	kobj_method_t *methods;	   /* ends with KOBJMETHOD_END */ \
	size_t size;		   /* bytes of an object */       \
	kobj_class_t *baseclasses; /* ends with NULL, or NULL */  \
	u_int refs;		   /* objects and other users */  \
	kobj_ops_t ops		   /* compiled methods, or NULL */

struct kobj_class {
	KOBJ_CLASS_FIELDS;
};

#define KOBJ_FIELDS kobj_ops_t ops
struct kobj {
	KOBJ_FIELDS;
};

#define KOBJ_CACHE_SIZE 256
struct kobj_ops {
	kobj_method_t *cache[KOBJ_CACHE_SIZE];
	kobj_class_t cls;
};

struct kobjop_desc {
	unsigned int id;     /* given when a class with the method compiles */
	kobj_method_t deflt; /* what is called when no class has it */
};

/* The conditional checks the function's type against the method's. */
#define KOBJMETHOD(NAME, FUNC)                                        \
	{                                                             \
		&NAME##_desc, (kobjop_t)(1 ? FUNC : (NAME##_t *)NULL) \
	}
#define KOBJMETHOD_END     \
	{                  \
		NULL, NULL \
	}

#define DECLARE_CLASS(name) extern struct kobj_class name
#define DEFINE_CLASS(name, methods, size) \
	DEFINE_CLASS_0(name, name##_class, methods, size)
#define DEFINE_CLASS_0(name, classvar, methods, size) \
	struct kobj_class classvar = { #name, methods, size, NULL, 0, NULL }
#define DEFINE_CLASS_1(name, classvar, methods, size, base1)         \
	static kobj_class_t name##_baseclasses[] = { &base1, NULL }; \
	struct kobj_class classvar = { #name, methods, size,         \
		name##_baseclasses, 0, NULL }
#define DEFINE_CLASS_2(name, classvar, methods, size, base1, base2)          \
	static kobj_class_t name##_baseclasses[] = { &base1, &base2, NULL }; \
	struct kobj_class classvar = { #name, methods, size,                 \
		name##_baseclasses, 0, NULL }
#define DEFINE_CLASS_3(name, classvar, methods, size, base1, base2, base3)   \
	static kobj_class_t name##_baseclasses[] = { &base1, &base2, &base3, \
		NULL };                                                      \
	struct kobj_class classvar = { #name, methods, size,                 \
		name##_baseclasses, 0, NULL }

/* Builds a class's method table; done by the first kobj_init() as well. */
void kobj_class_compile(kobj_class_t cls);
/* The same with memory of the caller's. */
void kobj_class_compile_static(kobj_class_t cls, kobj_ops_t ops);
void kobj_class_free(kobj_class_t cls);

/* A zeroed object of malloc(9) memory, or NULL. */
kobj_t kobj_create(kobj_class_t cls, struct malloc_type *mtype, int mflags);
void kobj_init(kobj_t obj, kobj_class_t cls);
void kobj_init_static(kobj_t obj, kobj_class_t cls);
/* Frees the object's memory too, unless `mtype` is NULL. */
void kobj_delete(kobj_t obj, struct malloc_type *mtype);

/* For the generated callers: finds _m. */
#define KOBJOPLOOKUP(OPS, OP)                                            \
	do {                                                             \
		kobjop_desc_t _desc = &OP##_##desc;                      \
		kobj_method_t **_cep =                                   \
		    &OPS->cache[_desc->id & (KOBJ_CACHE_SIZE - 1)];      \
		kobj_method_t *_ce = *_cep;                              \
		if (_ce->desc != _desc)                                  \
			_ce = kobj_lookup_method(OPS->cls, _cep, _desc); \
		_m = _ce->func;                                          \
	} while (0)
kobj_method_t *kobj_lookup_method(kobj_class_t cls, kobj_method_t **cep,
    kobjop_desc_t desc);

/* The default of a method without one: ENXIO. */
int kobj_error_method(void);

#endif /* !_SYS_KOBJ_H_ */
