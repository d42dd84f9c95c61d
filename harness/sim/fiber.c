/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The switch itself, for x86-64 (System V ABI) and AArch64 (AAPCS64).
 */
#include <stdint.h>
#include <string.h>

#include "host/host.h"
#include "sim/fiber.h"

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/*
 * fiber_jump(save, sp): pushes the registers that a callee keeps, stores the
 * stack pointer in *save, takes sp, pops and returns there.
 * fiber_start is where a new fiber's first jump returns to: it calls the
 * entry with its argument, both in kept registers.
 */
void fiber_jump(void **save, void *sp);
void fiber_start(void);

#if defined(__x86_64__)
__asm__(".text\n"
	".globl fiber_jump\n"
	".type fiber_jump, @function\n"
	"fiber_jump:\n"
	"	.cfi_startproc\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size fiber_jump, . - fiber_jump\n"
	".globl fiber_start\n"
	".type fiber_start, @function\n"
	"fiber_start:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined rip\n" /* the outermost frame */
	"	movq %r13, %rdi\n"
	"	xorl %ebp, %ebp\n"
	"	callq *%r12\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size fiber_start, . - fiber_start\n");

enum {
	FRAME_R15,
	FRAME_R14,
	FRAME_R13,
	FRAME_R12,
	FRAME_RBX,
	FRAME_RBP,
	FRAME_PC,
	FRAME_WORDS
};
#define FRAME_ENTRY FRAME_R12
#define FRAME_ARG   FRAME_R13
#define FRAME_FP    FRAME_RBP
#elif defined(__aarch64__)
__asm__(".text\n"
	".globl fiber_jump\n"
	".type fiber_jump, %function\n"
	"fiber_jump:\n"
	"	.cfi_startproc\n"
	"	stp x19, x20, [sp, #-160]!\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x19, x20, [sp], #160\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size fiber_jump, . - fiber_jump\n"
	".globl fiber_start\n"
	".type fiber_start, %function\n"
	"fiber_start:\n"
	"	.cfi_startproc\n"
	"	.cfi_undefined x30\n"
	"	mov x0, x20\n"
	"	mov x29, xzr\n"
	"	blr x19\n"
	"	brk #0\n"
	"	.cfi_endproc\n"
	".size fiber_start, . - fiber_start\n");

enum { FRAME_X19, FRAME_X20, FRAME_X29 = 10, FRAME_PC, FRAME_WORDS = 20 };
#define FRAME_ENTRY FRAME_X19
#define FRAME_ARG   FRAME_X20
#define FRAME_FP    FRAME_X29
#else
#error "fiber_jump is written for x86-64 and AArch64"
#endif

void
fiber_init_host(struct fiber *fiber)
{
	memset(fiber, 0, sizeof(*fiber));
	fiber->host = true;
#ifdef FIBER_TSAN
	fiber->tsan = __tsan_get_current_fiber();
#endif
}

void
fiber_init(struct fiber *fiber, void *stack, size_t size, void (*entry)(void *),
    void *arg)
{
	uintptr_t top;
	void **frame;

	memset(fiber, 0, sizeof(*fiber));
	fiber->stack = stack;
	fiber->stack_size = size;
	/* fiber_start finds the stack pointer at `top`: a multiple of 16. */
	top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	frame = (void **)top - FRAME_WORDS;
	memset(frame, 0, FRAME_WORDS * sizeof(void *));
	frame[FRAME_ENTRY] = (void *)(uintptr_t)entry;
	frame[FRAME_ARG] = arg;
	frame[FRAME_PC] = (void *)(uintptr_t)fiber_start;
	fiber->sp = frame;
#ifdef FIBER_TSAN
	fiber->tsan = __tsan_create_fiber(0);
#endif
}

void
fiber_fini(struct fiber *fiber)
{
#ifdef FIBER_TSAN
	if (!fiber->host)
		__tsan_destroy_fiber(fiber->tsan);
#endif
#ifdef FIBER_ASAN
	/* Frames that were never left have left their redzones behind. */
	if (!fiber->host)
		__asan_unpoison_memory_region(fiber->stack, fiber->stack_size);
#endif
	memset(fiber, 0, sizeof(*fiber));
}

#ifdef FIBER_ASAN
static _Thread_local struct fiber *fiber_left;
#endif

/* On the stack of `self`, after a switch to it. */
static void
fiber_landed(struct fiber *self)
{
	(void)self;
#ifdef FIBER_ASAN
	const void *stack;
	size_t size;

	__sanitizer_finish_switch_fiber(self->asan_fake, &stack, &size);
	/* The bounds of the host's own stack are learned on leaving it. */
	if (fiber_left->stack == NULL) {
		fiber_left->stack = stack;
		fiber_left->stack_size = size;
	}
#endif
}

void
fiber_entered(struct fiber *self)
{
	fiber_landed(self);
}

void
fiber_switch(struct fiber *from, struct fiber *to, bool last)
{
	void *sp = to->sp;

	(void)last;
	HOST_ASSERT(sp != NULL);
	to->sp = NULL;
#ifdef FIBER_ASAN
	fiber_left = from;
	__sanitizer_start_switch_fiber(last ? NULL : &from->asan_fake,
	    to->stack, to->stack_size);
#endif
#ifdef FIBER_TSAN
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	fiber_jump(&from->sp, sp);
	fiber_landed(from);
}

void
fiber_diverted(struct fiber *self, void *stack, size_t size, uintptr_t pc,
    uintptr_t sp, uintptr_t fp)
{
	self->trap_pc = pc;
	self->trap_sp = sp;
	self->trap_fp = fp;
	(void)stack;
	(void)size;
#ifdef FIBER_ASAN
	/* What an earlier trap has left there was never unwound. */
	__asan_unpoison_memory_region(stack, size);
	__sanitizer_start_switch_fiber(NULL, stack, size);
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
}

/*
 * --- looking back ---
 */

/* Where this program's own code lies; the linker makes these. */
extern const char __executable_start[], etext[];

static bool
is_own_code(uintptr_t pc)
{
	return (pc >= (uintptr_t)__executable_start && pc < (uintptr_t)etext);
}

/* Whether two words at `p` lie on the stack. */
static bool
is_frame(const struct fiber *fiber, uintptr_t p)
{
	uintptr_t low = (uintptr_t)fiber->stack;

	return (p % sizeof(void *) == 0 && p >= low &&
	    p <= low + fiber->stack_size - 2 * sizeof(void *));
}

/* A frame record is the caller's frame pointer and the return address. */
static unsigned __attribute__((no_sanitize("address")))
walk(const struct fiber *fiber, uintptr_t fp, void **pcs, unsigned n,
    unsigned max)
{
	const uintptr_t *record;

	while (n < max && is_frame(fiber, fp)) {
		record = (const uintptr_t *)fp;
		if (record[1] == 0)
			break;
		pcs[n++] = (void *)record[1];
		if (record[0] <= fp)
			break;
		fp = record[0];
	}
	return (n);
}

/*
 * Libraries, and code that was jumped to by mistake, have made no frames.
 * Their caller is what the first word that points into code of ours says,
 * and its own frame is the first pair behind that looks like one.
 */
static unsigned __attribute__((no_sanitize("address")))
walk_library(const struct fiber *fiber, uintptr_t sp, void **pcs, unsigned n,
    unsigned max)
{
	const uintptr_t *p = (const uintptr_t *)sp;

	while (is_frame(fiber, (uintptr_t)p) && !is_own_code(p[0]))
		p++;
	if (!is_frame(fiber, (uintptr_t)p) || n == max)
		return (n);
	pcs[n++] = (void *)p[0];
	for (p++; is_frame(fiber, (uintptr_t)p); p++) {
		if (is_own_code(p[1]) && is_frame(fiber, p[0]) &&
		    p[0] > (uintptr_t)p)
			break;
	}
	return (walk(fiber, (uintptr_t)p, pcs, n, max));
}

/* Where a trap has ended it.  Its pc is no return address. */
static unsigned
walk_trap(const struct fiber *fiber, void **pcs, unsigned max)
{
	pcs[0] = (void *)(fiber->trap_pc + 1);
	if (is_own_code(fiber->trap_pc))
		return (walk(fiber, fiber->trap_fp, pcs, 1, max));
	return (walk_library(fiber, fiber->trap_sp, pcs, 1, max));
}

unsigned
fiber_backtrace(const struct fiber *fiber, const void *here, void **pcs,
    unsigned max)
{
	void **frame;

	if (fiber->host || max == 0)
		return (0);
	if (fiber->trap_sp != 0)
		return (walk_trap(fiber, pcs, max));
	if (fiber->sp == NULL)
		return (walk(fiber, (uintptr_t)here, pcs, 0, max));
	frame = fiber->sp;
	pcs[0] = frame[FRAME_PC];
	return (walk(fiber, (uintptr_t)frame[FRAME_FP], pcs, 1, max));
}
