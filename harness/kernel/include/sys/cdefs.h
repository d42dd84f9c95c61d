/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiler vocabulary of FreeBSD sources (style(9), <sys/cdefs.h>).
 */
#ifndef _SYS_CDEFS_H_
#define _SYS_CDEFS_H_
#if defined(__cplusplus)
#error "kernel sources are C"
#endif

#define __BEGIN_DECLS
#define __END_DECLS

#define __CONCAT1(x, y)	    x##y
#define __CONCAT(x, y)	    __CONCAT1(x, y)
#define __STRING(x)	    #x
#define __XSTRING(x)	    __STRING(x)

#define __dead2		    __attribute__((__noreturn__))
#define __pure2		    __attribute__((__const__))
#define __pure		    __attribute__((__pure__))
#define __unused	    __attribute__((__unused__))
#define __used		    __attribute__((__used__))
#define __packed	    __attribute__((__packed__))
#define __aligned(x)	    __attribute__((__aligned__(x)))
#define __section(x)	    __attribute__((__section__(x)))
#define __always_inline	    inline __attribute__((__always_inline__))
#define __noinline	    __attribute__((__noinline__))
#define __malloc_like	    __attribute__((__malloc__))
#define __alloc_size(x)	    __attribute__((__alloc_size__(x)))
#define __alloc_size2(n, x) __attribute__((__alloc_size__(n, x)))
#define __result_use_check  __attribute__((__warn_unused_result__))
#define __returns_twice	    __attribute__((__returns_twice__))
#define __nonnull(x)	    __attribute__((__nonnull__ x))
#define __weak_symbol	    __attribute__((__weak__))
#define __fallthrough	    __attribute__((__fallthrough__))
#define __predict_true(e)   __builtin_expect((e), 1)
#define __predict_false(e)  __builtin_expect((e), 0)
/* Memory is read and written anew behind it, as far as the compiler goes. */
#define __compiler_membar()	__asm__ __volatile__("" : : : "memory")
#define __printflike(f, a)	__attribute__((__format__(__printf__, f, a)))
#define __format_arg(f)		__attribute__((__format_arg__(f)))
#define __offsetof(type, field) __builtin_offsetof(type, field)
#define __containerof(x, s, m)                                   \
	({                                                       \
		const volatile __typeof(((s *)0)->m) *__x = (x); \
		((s *)(__uintptr_t)((const volatile char *)__x - \
		    __offsetof(s, m)));                          \
	})
#define __DECONST(type, v)    ((type)(__UINTPTR_TYPE__)(const void *)(v))
#define __DEVOLATILE(type, v) ((type)(__UINTPTR_TYPE__)(volatile void *)(v))
#define __DEQUALIFY(type, v) \
	((type)(__UINTPTR_TYPE__)(const volatile void *)(v))
#define __volatile volatile
#define __restrict restrict
#define __exported
#define __hidden __attribute__((__visibility__("hidden")))

/* Variables that only assertions, or only assertions and dumps, use. */
#ifdef INVARIANTS
#define __diagused
#define __invariants_used
#else
#define __diagused	  __unused
#define __invariants_used __unused
#endif
#define __witness_used __unused

/* Identification strings of old sources: nothing keeps them. */
#define __FBSDID(s)	    struct __hack
#define __RCSID(s)	    struct __hack
#define __IDSTRING(name, s) struct __hack
#define __COPYRIGHT(s)	    struct __hack

#define __GLOBL(sym)	    __asm__(".globl " #sym)
#define __WEAK(sym)	    __asm__(".weak " #sym)
#define __strong_reference(sym, aliassym) \
	extern __typeof(sym) aliassym __attribute__((__alias__(#sym)))
#define __weak_reference(sym, alias) \
	__asm__(".weak " #alias);    \
	__asm__(".equ " #alias ", " #sym)

/* Lock annotations of clang's thread analysis: not used here. */
#define __lock_annotate(x)
#define __locks_exclusive(...)
#define __unlocks(...)
#define __requires_exclusive(...)
#define __guarded_by(x)

#endif /* !_SYS_CDEFS_H_ */
