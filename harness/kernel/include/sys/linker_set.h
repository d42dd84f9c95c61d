/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Linker sets: arrays that every object file can add a pointer to.
 *
 * The linker gathers the sections called set_NAME and marks their ends with
 * __start_set_NAME and __stop_set_NAME.  `retain` keeps an entry alive when
 * unreferenced sections are dropped.
 */
#ifndef _SYS_LINKER_SET_H_
#define _SYS_LINKER_SET_H_

#include <sys/cdefs.h>

#if defined(__has_attribute)
#if __has_attribute(__retain__)
#define __set_retain __attribute__((__retain__))
#endif
#endif
#ifndef __set_retain
#define __set_retain
#endif

/*
 * No red zone between the entries.  gcc never puts one into a section that
 * was named, and does not know the attribute for variables.
 */
#ifdef __clang__
#define __set_bare __attribute__((__no_sanitize_address__))
#else
#define __set_bare
#endif

#define __MAKE_SET_QV(set, sym, qv)                                          \
	static void const *qv __set_##set##_sym_##sym __section("set_" #set) \
	    __used __set_retain __set_bare = &(sym)
#define __MAKE_SET(set, sym) __MAKE_SET_QV(set, sym, const)

#define TEXT_SET(set, sym)   __MAKE_SET(set, sym)
#define DATA_SET(set, sym)   __MAKE_SET(set, sym)
#define DATA_WSET(set, sym)  __MAKE_SET_QV(set, sym, )
#define BSS_SET(set, sym)    __MAKE_SET(set, sym)
#define ABS_SET(set, sym)    __MAKE_SET(set, sym)
#define SET_ENTRY(set, sym)  __MAKE_SET(set, sym)

/* Weak, so that a set which nobody added to is empty. */
#define SET_DECLARE(set, ptype)                                    \
	extern ptype __weak_symbol *__CONCAT(__start_set_, set)[]; \
	extern ptype __weak_symbol *__CONCAT(__stop_set_, set)[]
#define SET_BEGIN(set) (__CONCAT(__start_set_, set))
#define SET_LIMIT(set) (__CONCAT(__stop_set_, set))
#define SET_FOREACH(pvar, set) \
	for (pvar = SET_BEGIN(set); pvar < SET_LIMIT(set); pvar++)
#define SET_ITEM(set, i) ((SET_BEGIN(set))[i])
#define SET_COUNT(set)	 (SET_LIMIT(set) - SET_BEGIN(set))

#endif /* !_SYS_LINKER_SET_H_ */
