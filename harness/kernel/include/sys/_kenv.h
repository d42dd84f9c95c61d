/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's environment, kern_getenv(9): what loader.conf(5) would set.
 */
#ifndef _SYS__KENV_H_
#define _SYS__KENV_H_

#include <sys/types.h>

/* A copy that freeenv() releases, or NULL. */
char *kern_getenv(const char *name);
void freeenv(char *env);
int kern_setenv(const char *name, const char *value);
int kern_unsetenv(const char *name);
int testenv(const char *name);

/* 1: the variable exists and is of that form; `*data` untouched otherwise. */
int getenv_int(const char *name, int *data);
int getenv_uint(const char *name, unsigned int *data);
int getenv_long(const char *name, long *data);
int getenv_ulong(const char *name, unsigned long *data);
int getenv_int64(const char *name, int64_t *data);
int getenv_uint64(const char *name, uint64_t *data);
int getenv_quad(const char *name, quad_t *data);
int getenv_bool(const char *name, bool *data);
int getenv_string(const char *name, char *data, int size);
bool getenv_is_true(const char *name);
bool getenv_is_false(const char *name);

#endif /* !_SYS__KENV_H_ */
