/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the pages of the fake kernel share with each other and with nobody
 * else.  Kernel-side; drivers never see it.
 *
 * Memory: what FreeBSD's kernel would hand to a driver (malloc(9), softcs,
 * stacks, DMA memory) comes from guest memory through malloc(9) and
 * kmem_pages_alloc().  What only the bench keeps about it (ledgers, tables)
 * comes from host_alloc(), so that a driver which scribbles cannot damage the
 * bookkeeping that convicts it.
 */
#ifndef RINGSIDE_KERNEL_KERN_H
#define RINGSIDE_KERNEL_KERN_H

#include <sys/param.h>
#include <sys/systm.h>

#include "host/host.h"
#include "kernel/event.h"
#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "sim/sim.h"

struct thread;
struct malloc_type;

/* Whether or not the release in question shows it to drivers. */
extern u_long maxphys;

/*
 * --- life ---
 *
 * Each page with state has a boot and a halt, called by boot.c (halts in the
 * opposite order).  After a panic or a hang no thread runs any more, and
 * instead of its halt a page's forget is called, outside of any thread: it
 * frees the bookkeeping and judges nothing.
 */
void msgbuf_boot(void (*console)(void *, const char *), void *arg);
void panic_boot(void);
void trap_boot(void); /* trap.c: faults of kernel code */
void random_boot(uint64_t seed);
void time_boot(void);
void time_halt(void);
void witness_boot(bool on); /* witness.c: before any lock */
void witness_halt(void);
void lock_boot(void);	  /* lock.c */
void lock_halt(void);	  /* also of a kernel that panicked */
void mutex_boot(void);	  /* mutex.c */
void mtx_pool_boot(void); /* mtx_pool.c */
void mtx_pool_halt(void);
void kmem_boot(uint64_t seed); /* kmem.c: frames */
void kmem_halt(void);
void malloc_boot(void); /* malloc.c */
void malloc_halt(void);
void uma_boot(void); /* uma.c */
void uma_halt(void);
void mbuf_boot(void); /* mbuf.c: the zones */
void mbuf_halt(void);
void epoch_boot(void); /* epoch.c: the network's, and callbacks */
void epoch_halt(void);
void epoch_forget(void);
void thread_boot(void); /* kthread.c */
void thread_halt(void);
void sleep_boot(void); /* sleep.c */
void sleep_halt(void);
void sysctl_boot(void); /* sysctl.c */
void sysctl_halt(void);
void sysctl_forget(void);
void kenv_halt(void); /* getenv.c: forgets all variables */
/* The variable of a module will be at halt what it is now. */
void kern_keep_tunable(void *var, size_t size);
void bus_dma_boot(enum kernel_dma dma); /* bus_dma.c */
void bus_dma_halt(void);
void bus_dma_forget(void);
void callout_boot(void); /* callout.c: softclock */
void callout_halt(void);
void callout_forget(void);
/* Memory that `func` frees: reports callouts in it, and calls them off. */
void callout_check_free(const void *p, size_t size, const char *func);
void taskqueue_boot(void); /* taskqueue.c */
void taskqueue_halt(void);
/* Memory that `func` frees: reports tasks in it that wait or run. */
void taskqueue_check_free(const void *p, size_t size, const char *func);
void disk_boot(void); /* disk.c */
void disk_halt(void);
void disk_forget(void);
void ifnet_boot(void); /* ifnet.c */
void ifnet_halt(void);
void ifnet_forget(void);
void intr_boot(void); /* ithread.c: vectors and their threads */
void intr_halt(void);
void intr_forget(void);
void device_boot(void); /* device.c: the root of the device tree */
void device_halt(void);
void device_forget(void);
void config_intrhook_boot(void); /* config_intrhook.c */
void config_intrhook_halt(void);
void eventhandler_boot(void); /* eventhandler.c */
void eventhandler_halt(void);
void eventhandler_forget(void);
void fault_boot(void); /* fault.c: from here on, points count */
void fault_halt(void);
void fault_forget(void);
void module_boot(void); /* module.c: SYSINITs and modules, in order */
void module_halt(void); /* unloads all modules, in the opposite order */
void module_forget(void);

/*
 * --- events and misuse ---
 */

/* The emitters cost a load and a branch when nobody listens. */
void kern_event_slow(enum kernel_event_type type, enum kernel_object object,
    const void *id, size_t size, const char *name);
/* Misuse, panic, halt. */
void kern_event_text(enum kernel_event_type type, const char *text);
/* A device attaches or has detached. */
void kern_event_device(enum kernel_event_type type, const void *device,
    const char *name);
/* A map is loaded or unloaded, with its segments. */
void kern_event_load(enum kernel_event_type type, const void *map, size_t size,
    const struct kernel_segment *segments, size_t nsegments);
static inline void
kern_new(enum kernel_object object, const void *id, size_t size,
    const char *name)
{
	if (__builtin_expect(kernel_event_hook != NULL, 0))
		kern_event_slow(KE_NEW, object, id, size, name);
}
static inline void
kern_gone(enum kernel_object object, const void *id, const char *name)
{
	if (__builtin_expect(kernel_event_hook != NULL, 0))
		kern_event_slow(KE_GONE, object, id, 0, name);
}

/*
 * A driver has broken a rule that FreeBSD would not have noticed: logs it
 * and tells the checkers; the caller then does what the hardware would.
 * What FreeBSD's INVARIANTS would notice panics instead.
 */
void kern_misuse(const char *fmt, ...) __printflike(1, 2);

/* The same with a text of any length, its lines separated by newlines. */
void kern_misuse_text(const char *text);

extern struct kernel_stats kern_stats;

/*
 * A point where a call may be made to fail; see kernel_faults_set().  `name`
 * says what is wanted (a malloc(9) type, a device), `caller` by whom: an
 * address in the function.  A load and a branch when nobody has asked.
 */
extern bool kern_fault_watch;
bool kern_fault_at(enum kernel_fault_kind kind, const char *name,
    const void *caller);
#define kern_fault(kind, name)                    \
	(__builtin_expect(kern_fault_watch, 0) && \
	    kern_fault_at((kind), (name), __builtin_return_address(0)))

/*
 * --- ends (panic.c, trap.c) ---
 */

/* Writes a backtrace of the running thread to the log, as KDB does. */
void kern_backtrace(void);
/*
 * The kernel hangs, and `text` says how; noted and logged.  Afterwards it is
 * as dead as after a panic.
 */
void kern_hang(const char *fmt, ...) __printflike(1, 2);

/* One line of the kernel's log; printf(9) ends here. */
void kern_log(const char *text, size_t length);

/*
 * --- threads ---
 */

/*
 * Creates a kernel thread on a stack in guest memory; it runs when the
 * executive gets to it and ends when `fn` returns.  NULL: no memory.
 */
struct thread *kern_thread_create(const char *name, void (*fn)(void *),
    void *arg);
/* Whether no other thread is left. */
bool kern_thread_is_last(void);
/* Whether that is a thread; `td` may point anywhere. */
bool kern_is_thread(const struct thread *td);
/* Whether the address is in the page behind the thread's stack. */
bool kern_is_stack_guard(const struct thread *td, uintptr_t address);
/* Panics when the running thread may not sleep now (`what` says what for). */
void kern_assert_can_sleep(const char *what);

/*
 * Whatever a handler can do in a loop that never ends, and which it does not
 * do very often else, passes here: a delay, a register access.  Panics when
 * it does not return.
 */
void kern_spin(void);

/*
 * --- locks (lock.c) ---
 */

/* How many the running thread holds, of all kinds. */
u_int kern_locks_held(void);
/*
 * Panics when the running thread does not hold as many as `before`, or is in
 * a critical section and held none before: a driver's `what` ("interrupt
 * handler") of `who` ("vioblk0", or NULL) has just returned.
 */
void kern_check_locks(u_int before, const char *what, const char *who);
#define kern_check_no_locks(what) kern_check_locks(0, (what), NULL)
/*
 * Memory is about to be freed: reports locks in it that the running thread
 * holds, and forgets that it holds them.
 */
void kern_check_freed(const void *memory, size_t size);
/*
 * What a thread holds as text, one lock a line, in witness(4)'s words:
 * "exclusive sleep mutex vioblk0 (vioblk) r = 0 locked @ vioblk.c:12".
 * Returns the length, cut at `size`.
 */
size_t kern_thread_locks(const struct thread *td, char *text, size_t size);
/*
 * Copies a string that may be anywhere, up to the first odd character; for
 * reports on what a driver may have overwritten or freed.  Returns `to`.
 */
const char *kern_peek_string(const char *from, char *to, size_t size);

/* The device on whose behalf the thread runs; returns the previous one. */
const void *kern_set_device(const void *device, const char *name);

/*
 * --- frames (kmem.c) ---
 */

enum kmem_kind {
	KMEM_PAGES,  /* any frames; neighbours are not contiguous */
	KMEM_CONTIG, /* physically contiguous: at most one chunk */
};
/*
 * Whole pages of the kernel view, mapped and accessible, contents undefined;
 * NULL when there are none.  `align` and `boundary` (powers of two or 0) are
 * of guest-physical addresses and need KMEM_CONTIG; so do low and high, the
 * inclusive range of guest-physical addresses.
 */
void *kmem_pages_alloc(enum kmem_kind kind, size_t size, vm_paddr_t low,
    vm_paddr_t high, u_long align, vm_paddr_t boundary);
void kmem_pages_free(void *va, size_t size);

/*
 * What the checks of bus_dma(9) want to know: memory goes back to an
 * allocator (`how` is the function that the driver called), or its physical
 * address was asked for.  Both cost a load and a branch without checks.
 */
extern bool kern_dma_checked;
void kern_dma_freed_slow(const void *va, size_t size, const char *how);
void kern_dma_told_slow(const void *va);
static inline void
kern_dma_freed(const void *va, size_t size, const char *how)
{
	if (__builtin_expect(kern_dma_checked, 0))
		kern_dma_freed_slow(va, size, how);
}
static inline void
kern_dma_told(const void *va)
{
	if (__builtin_expect(kern_dma_checked, 0))
		kern_dma_told_slow(va);
}

/*
 * For AddressSanitizer: nothing in builds without it.  Ranges are of the
 * kernel view.
 */
#if defined(__SANITIZE_ADDRESS__)
#define KERN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KERN_ASAN 1
#endif
#endif
#ifdef KERN_ASAN
void __asan_poison_memory_region(const volatile void *p, size_t n);
void __asan_unpoison_memory_region(const volatile void *p, size_t n);
#define kern_poison(p, n)   __asan_poison_memory_region((p), (n))
#define kern_unpoison(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define kern_poison(p, n)   ((void)0)
#define kern_unpoison(p, n) ((void)0)
#endif

#endif /* !RINGSIDE_KERNEL_KERN_H */
