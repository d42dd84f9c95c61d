/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tunables: variables that take their value from the kernel's environment,
 * at boot (TUNABLE_INT) or when asked (TUNABLE_INT_FETCH).
 */
#ifndef _SYS__TUNABLE_H_
#define _SYS__TUNABLE_H_

#include <sys/_kenv.h>

struct tunable_int {
	const char *path;
	int *var;
};
void tunable_int_init(void *data);
#define TUNABLE_INT(path, var)                                        \
	static struct tunable_int __CONCAT(__tunable_int_,            \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_int_init,                        \
	    &__CONCAT(__tunable_int_, __LINE__))
#define TUNABLE_INT_FETCH(path, var) getenv_int((path), (var))

struct tunable_long {
	const char *path;
	long *var;
};
void tunable_long_init(void *data);
#define TUNABLE_LONG(path, var)                                       \
	static struct tunable_long __CONCAT(__tunable_long_,          \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_long_init,                       \
	    &__CONCAT(__tunable_long_, __LINE__))
#define TUNABLE_LONG_FETCH(path, var) getenv_long((path), (var))

struct tunable_ulong {
	const char *path;
	unsigned long *var;
};
void tunable_ulong_init(void *data);
#define TUNABLE_ULONG(path, var)                                      \
	static struct tunable_ulong __CONCAT(__tunable_ulong_,        \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_ulong_init,                      \
	    &__CONCAT(__tunable_ulong_, __LINE__))
#define TUNABLE_ULONG_FETCH(path, var) getenv_ulong((path), (var))

struct tunable_int64 {
	const char *path;
	int64_t *var;
};
void tunable_int64_init(void *data);
#define TUNABLE_INT64(path, var)                                      \
	static struct tunable_int64 __CONCAT(__tunable_int64_,        \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_int64_init,                      \
	    &__CONCAT(__tunable_int64_, __LINE__))
#define TUNABLE_INT64_FETCH(path, var) getenv_int64((path), (var))

struct tunable_uint64 {
	const char *path;
	uint64_t *var;
};
void tunable_uint64_init(void *data);
#define TUNABLE_UINT64(path, var)                                     \
	static struct tunable_uint64 __CONCAT(__tunable_uint64_,      \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_uint64_init,                     \
	    &__CONCAT(__tunable_uint64_, __LINE__))
#define TUNABLE_UINT64_FETCH(path, var) getenv_uint64((path), (var))

struct tunable_quad {
	const char *path;
	quad_t *var;
};
void tunable_quad_init(void *data);
#define TUNABLE_QUAD(path, var)                                       \
	static struct tunable_quad __CONCAT(__tunable_quad_,          \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_quad_init,                       \
	    &__CONCAT(__tunable_quad_, __LINE__))
#define TUNABLE_QUAD_FETCH(path, var) getenv_quad((path), (var))

struct tunable_bool {
	const char *path;
	bool *var;
};
void tunable_bool_init(void *data);
#define TUNABLE_BOOL(path, var)                                       \
	static struct tunable_bool __CONCAT(__tunable_bool_,          \
	    __LINE__) = { (path), (var) };                            \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_bool_init,                       \
	    &__CONCAT(__tunable_bool_, __LINE__))
#define TUNABLE_BOOL_FETCH(path, var) getenv_bool((path), (var))

struct tunable_str {
	const char *path;
	char *var;
	int size;
};
void tunable_str_init(void *data);
#define TUNABLE_STR(path, var, size)                                  \
	static struct tunable_str __CONCAT(__tunable_str_,            \
	    __LINE__) = { (path), (var), (size) };                    \
	SYSINIT(__CONCAT(__Tunable_init_, __LINE__), SI_SUB_TUNABLES, \
	    SI_ORDER_MIDDLE, tunable_str_init,                        \
	    &__CONCAT(__tunable_str_, __LINE__))
#define TUNABLE_STR_FETCH(path, var, size) getenv_string((path), (var), (size))

#endif /* !_SYS__TUNABLE_H_ */
