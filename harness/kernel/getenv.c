/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's environment, getenv(9), and the tunables that it sets.
 *
 * Variables live in the host's memory; kern_getenv() hands out a copy in
 * guest memory that freeenv() must release.  What was set before the boot
 * holds until the kernel halts; then tunables become again what the compiler
 * made of them, as for a kernel that is loaded anew.
 */
#include "kernel/kern.h"

#include <sys/malloc.h>
#include <sys/_tunable.h>

static MALLOC_DEFINE(M_KENV, "kenv", "kernel environment");

struct kenv {
	LIST_ENTRY(kenv) link;
	char *value; /* behind the name */
	char name[];
};

static LIST_HEAD(, kenv) kenv_all = LIST_HEAD_INITIALIZER(&kenv_all);

/* What a variable was before the environment could change it. */
struct tunable {
	SLIST_ENTRY(tunable) link;
	void *var;
	size_t size;
	char bytes[];
};

static SLIST_HEAD(, tunable) tunables = SLIST_HEAD_INITIALIZER(tunables);

void
kern_keep_tunable(void *var, size_t size)
{
	struct tunable *tunable = host_alloc(sizeof(*tunable) + size);

	tunable->var = var;
	tunable->size = size;
	memcpy(tunable->bytes, var, size);
	SLIST_INSERT_HEAD(&tunables, tunable, link);
}

void
kenv_halt(void)
{
	struct tunable *tunable;
	struct kenv *env;

	while ((env = LIST_FIRST(&kenv_all)) != NULL) {
		LIST_REMOVE(env, link);
		host_free(env);
	}
	/* The last first: the first of those with one variable saw it new. */
	while ((tunable = SLIST_FIRST(&tunables)) != NULL) {
		memcpy(tunable->var, tunable->bytes, tunable->size);
		SLIST_REMOVE_HEAD(&tunables, link);
		host_free(tunable);
	}
}

static struct kenv *
kenv_find(const char *name)
{
	struct kenv *env;

	LIST_FOREACH(env, &kenv_all, link)
		if (strcmp(env->name, name) == 0)
			return (env);
	return (NULL);
}

int
kern_unsetenv(const char *name)
{
	struct kenv *env = kenv_find(name);

	if (env == NULL)
		return (-1);
	LIST_REMOVE(env, link);
	host_free(env);
	return (0);
}

int
kern_setenv(const char *name, const char *value)
{
	size_t length = strlen(name) + 1;
	struct kenv *env;

	if (length == 1 || strchr(name, '=') != NULL)
		return (-1);
	env = host_alloc(sizeof(*env) + length + strlen(value) + 1);
	env->value = env->name + length;
	strcpy(env->name, name);
	strcpy(env->value, value);
	(void)kern_unsetenv(name);
	LIST_INSERT_HEAD(&kenv_all, env, link);
	return (0);
}

char *
kern_getenv(const char *name)
{
	struct kenv *env = kenv_find(name);
	char *copy;

	if (env == NULL)
		return (NULL);
	copy = malloc(strlen(env->value) + 1, M_KENV, M_WAITOK);
	strcpy(copy, env->value);
	return (copy);
}

void
freeenv(char *env)
{
	if (env != NULL)
		zfree(env, M_KENV);
}

int
testenv(const char *name)
{
	return (kenv_find(name) != NULL);
}

int
getenv_string(const char *name, char *data, int size)
{
	struct kenv *env = kenv_find(name);

	if (env == NULL)
		return (0);
	strlcpy(data, env->value, size);
	return (1);
}

/* The factor of a suffix k, m, g or t, in either case; 0: not one. */
static uint64_t
kenv_factor(const char *suffix)
{
	if (suffix[0] == '\0')
		return (1);
	if (suffix[1] != '\0')
		return (0);
	switch (tolower(suffix[0])) {
	case 'k':
		return (UINT64_C(1) << 10);
	case 'm':
		return (UINT64_C(1) << 20);
	case 'g':
		return (UINT64_C(1) << 30);
	case 't':
		return (UINT64_C(1) << 40);
	default:
		return (0);
	}
}

/* 1 and the value within [min, max], or 0. */
static int
kenv_signed(const char *name, int64_t min, int64_t max, int64_t *data)
{
	struct kenv *env = kenv_find(name);
	char *end;
	int64_t value;
	uint64_t factor;

	if (env == NULL)
		return (0);
	value = strtoq(env->value, &end, 0);
	factor = kenv_factor(end);
	if (end == env->value || factor == 0 ||
	    __builtin_mul_overflow(value, (int64_t)factor, &value) ||
	    value < min || value > max)
		return (0);
	*data = value;
	return (1);
}

static int
kenv_unsigned(const char *name, uint64_t max, uint64_t *data)
{
	struct kenv *env = kenv_find(name);
	char *end;
	uint64_t value, factor;

	if (env == NULL || env->value[0] == '-')
		return (0);
	value = strtouq(env->value, &end, 0);
	factor = kenv_factor(end);
	if (end == env->value || factor == 0 ||
	    __builtin_mul_overflow(value, factor, &value) || value > max)
		return (0);
	*data = value;
	return (1);
}

/* A value too large for its type leaves the variable alone. */
int
getenv_int(const char *name, int *data)
{
	int64_t value;

	if (!kenv_signed(name, INT_MIN, INT_MAX, &value))
		return (0);
	*data = value;
	return (1);
}

int
getenv_uint(const char *name, unsigned int *data)
{
	uint64_t value;

	if (!kenv_unsigned(name, UINT_MAX, &value))
		return (0);
	*data = value;
	return (1);
}

int
getenv_long(const char *name, long *data)
{
	return (getenv_int64(name, (int64_t *)data));
}

int
getenv_ulong(const char *name, unsigned long *data)
{
	return (getenv_uint64(name, (uint64_t *)data));
}

int
getenv_int64(const char *name, int64_t *data)
{
	return (kenv_signed(name, INT64_MIN, INT64_MAX, data));
}

int
getenv_uint64(const char *name, uint64_t *data)
{
	return (kenv_unsigned(name, UINT64_MAX, data));
}

int
getenv_quad(const char *name, quad_t *data)
{
	return (getenv_int64(name, (int64_t *)data));
}

bool
getenv_is_true(const char *name)
{
	struct kenv *env = kenv_find(name);

	return (env != NULL &&
	    (strcmp(env->value, "1") == 0 ||
		strcasecmp(env->value, "true") == 0 ||
		strcasecmp(env->value, "on") == 0 ||
		strcasecmp(env->value, "yes") == 0));
}

bool
getenv_is_false(const char *name)
{
	struct kenv *env = kenv_find(name);

	return (env != NULL &&
	    (strcmp(env->value, "0") == 0 ||
		strcasecmp(env->value, "false") == 0 ||
		strcasecmp(env->value, "off") == 0 ||
		strcasecmp(env->value, "no") == 0));
}

int
getenv_bool(const char *name, bool *data)
{
	if (!getenv_is_true(name) && !getenv_is_false(name))
		return (0);
	*data = getenv_is_true(name);
	return (1);
}

/* What TUNABLE_INT and its like leave to be called at boot. */
#define TUNABLE_TYPE(name)                                              \
	void tunable_##name##_init(void *data)                          \
	{                                                               \
		struct tunable_##name *tunable = data;                  \
                                                                        \
		kern_keep_tunable(tunable->var, sizeof(*tunable->var)); \
		(void)getenv_##name(tunable->path, tunable->var);       \
	}

TUNABLE_TYPE(int)
TUNABLE_TYPE(long)
TUNABLE_TYPE(ulong)
TUNABLE_TYPE(int64)
TUNABLE_TYPE(uint64)
TUNABLE_TYPE(quad)
TUNABLE_TYPE(bool)

void
tunable_str_init(void *data)
{
	struct tunable_str *tunable = data;

	kern_keep_tunable(tunable->var, tunable->size);
	(void)getenv_string(tunable->path, tunable->var, tunable->size);
}

void
kernel_setenv(const char *name, const char *value)
{
	if (kern_setenv(name, value) != 0)
		host_fatal("kernel_setenv: \"%s\" is not a name", name);
}
