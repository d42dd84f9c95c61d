/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Included before everything else in each kernel-side file: kernel functions
 * whose names the host's C library has too get another name in the object
 * file, so that sources and macros stay FreeBSD's and both can be linked.
 * Functions with the same contract on both sides (memcpy, strlen, strcmp...)
 * keep their names.
 */
#ifndef RINGSIDE_KERNEL_NAMES_H
#define RINGSIDE_KERNEL_NAMES_H

#pragma redefine_extname malloc kernel_malloc
#pragma redefine_extname free kernel_free
#pragma redefine_extname realloc kernel_realloc
#pragma redefine_extname reallocf kernel_reallocf
#pragma redefine_extname strdup kernel_strdup
#pragma redefine_extname strndup kernel_strndup
#pragma redefine_extname asprintf kernel_asprintf
#pragma redefine_extname printf kernel_printf
#pragma redefine_extname vprintf kernel_vprintf
#pragma redefine_extname sprintf kernel_sprintf
#pragma redefine_extname vsprintf kernel_vsprintf
#pragma redefine_extname snprintf kernel_snprintf
#pragma redefine_extname vsnprintf kernel_vsnprintf
#pragma redefine_extname log kernel_log_priority
#pragma redefine_extname panic kernel_panic
#pragma redefine_extname random kernel_random
#pragma redefine_extname arc4random kernel_arc4random
#pragma redefine_extname arc4random_buf kernel_arc4random_buf
#pragma redefine_extname setenv kernel_environment_set
#pragma redefine_extname unsetenv kernel_environment_unset
#pragma redefine_extname getenv kernel_environment_get

#endif /* !RINGSIDE_KERNEL_NAMES_H */
