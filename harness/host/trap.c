/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Traps on Linux; see trap.h.
 *
 * The handler runs on a stack of its own, because the usual stack may be what
 * has overflowed.  It only decides.  A trap that is claimed is then handled
 * by changing the context to which the signal returns.
 */
#include <sys/time.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "host/host.h"
#include "host/trap.h"

#define HANDLER_STACK (128u << 10)
#define DIVERT_STACK  (512u << 10)
/* Times that the watchdog comes back, a millisecond later, before it bites. */
#define RETRIES 2000

/* There only when a sanitizer is linked in. */
extern void __sanitizer_set_death_callback(void (*fn)(void))
    __attribute__((weak));
/* Where this program's own code lies; the linker makes these. */
extern const char __executable_start[], etext[];

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
	SIGABRT };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static const struct host_trap_owner *owner;
static struct sigaction before[SIGNALS];
static char *divert_stack;
static struct host_trap trap_now;
static volatile sig_atomic_t diverted;
static unsigned retries;
static void (*death_fn)(void);
static int death_status;

static void
say(const char *text)
{
	host_write_err(text, strlen(text));
}

static void
die(void)
{
	if (death_fn == NULL)
		return;
	death_fn();
	_exit(death_status);
}

void
host_on_death(void (*fn)(void), int status)
{
	death_fn = fn;
	death_status = status;
	if (fn != NULL && __sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(die);
}

/*
 * --- what has happened ---
 */

static void
read_registers(struct host_trap *trap, const ucontext_t *uc)
{
#if defined(__x86_64__)
	const greg_t *regs = uc->uc_mcontext.gregs;

	trap->pc = (uintptr_t)regs[REG_RIP];
	trap->sp = (uintptr_t)regs[REG_RSP];
	trap->fp = (uintptr_t)regs[REG_RBP];
	trap->write = (regs[REG_ERR] & 2) != 0;
#elif defined(__aarch64__)
	trap->pc = uc->uc_mcontext.pc;
	trap->sp = uc->uc_mcontext.sp;
	trap->fp = uc->uc_mcontext.regs[29];
#else
#error "registers of a signal's context: x86-64 and AArch64 only"
#endif
}

static void
write_registers(ucontext_t *uc, uintptr_t pc, uintptr_t sp)
{
#if defined(__x86_64__)
	greg_t *regs = uc->uc_mcontext.gregs;

	/* As if called: the return address is there, and is nowhere. */
	sp -= sizeof(uintptr_t);
	*(uintptr_t *)sp = 0;
	regs[REG_RIP] = (greg_t)pc;
	regs[REG_RSP] = (greg_t)sp;
	regs[REG_RBP] = 0;
	regs[REG_EFL] &= ~(greg_t)0x400; /* the direction flag */
#elif defined(__aarch64__)
	uc->uc_mcontext.pc = pc;
	uc->uc_mcontext.sp = sp;
	uc->uc_mcontext.regs[29] = 0;
	uc->uc_mcontext.regs[30] = 0;
#endif
}

static enum host_trap_kind
kind_of(int signal, const siginfo_t *info)
{
	switch (signal) {
	case SIGSEGV:
		/* An address that cannot be is not told. */
		return (info->si_code == SI_KERNEL ? HOST_TRAP_PROTECTION :
						     HOST_TRAP_PAGE);
	case SIGBUS:
		return (info->si_code == BUS_ADRALN ? HOST_TRAP_ALIGNMENT :
						      HOST_TRAP_PAGE);
	case SIGFPE:
		return (info->si_code == FPE_INTDIV ? HOST_TRAP_DIVIDE :
						      HOST_TRAP_ARITHMETIC);
	case SIGILL:
		return (HOST_TRAP_INSTRUCTION);
	case SIGTRAP:
		return (HOST_TRAP_BREAKPOINT);
	case SIGVTALRM:
		return (HOST_TRAP_TIME);
	default:
		return (HOST_TRAP_ABORT);
	}
}

/*
 * --- handling it ---
 */

/* On the stack for it, the signal being over. */
static void
divert_entry(void)
{
	owner->divert(&trap_now, divert_stack, DIVERT_STACK);
	host_fatal("a trap's handler has returned");
}

static void
divert(const struct host_trap *trap, ucontext_t *uc)
{
	trap_now = *trap;
	diverted = 1;
	write_registers(uc, (uintptr_t)divert_entry,
	    (uintptr_t)divert_stack + DIVERT_STACK);
}

/* What would have happened without us. */
static void
pass_on(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *old = NULL;
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	/* The bench itself is broken; somebody will want to see it again. */
	if (death_fn != NULL) {
		death_fn();
		death_fn = NULL; /* a sanitizer would have it said again */
	}
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] == signal)
			old = &before[i];
	if (old != NULL && (old->sa_flags & SA_SIGINFO) != 0) {
		old->sa_sigaction(signal, info, context);
		return;
	}
	if (old != NULL && old->sa_handler != SIG_DFL &&
	    old->sa_handler != SIG_IGN) {
		old->sa_handler(signal);
		return;
	}
	/* A fault comes again when we return; what was sent is sent again. */
	sigaction(signal, &dfl, NULL);
	if (info->si_code <= 0)
		(void)raise(signal);
}

static void
fault(int signal, siginfo_t *info, void *context)
{
	struct host_trap trap = { .kind = kind_of(signal, info) };
	int error = errno;

	read_registers(&trap, context);
	if (trap.kind == HOST_TRAP_PAGE || trap.kind == HOST_TRAP_ALIGNMENT)
		trap.address = (uintptr_t)info->si_addr;
	if (diverted) {
		/* The bench has stumbled over what the driver left behind. */
		if (death_fn != NULL)
			say("ringside: another fault while one was "
			    "being reported\n");
		die();
	} else if (owner != NULL && !host_is_dying() && owner->claim(&trap)) {
		divert(&trap, context);
		errno = error;
		return;
	}
	pass_on(signal, info, context);
	errno = error;
}

static void
set_timer(uint64_t ns)
{
	struct timeval tv = { .tv_sec = (time_t)(ns / 1000000000),
		.tv_usec = (suseconds_t)(ns % 1000000000 / 1000) };
	struct itimerval timer = { .it_interval = tv, .it_value = tv };

	(void)setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/*
 * Time is up for a task.  Inside a shared library it may hold a lock of the
 * C library's, which its report would need: then look again soon.
 */
static void
tick(int signal, siginfo_t *info, void *context)
{
	struct host_trap trap = { .kind = HOST_TRAP_TIME };
	int error = errno;

	(void)signal;
	(void)info;
	read_registers(&trap, context);
	if (owner == NULL || diverted || !owner->claim(&trap))
		return;
	if (trap.pc >= (uintptr_t)__executable_start &&
	    trap.pc < (uintptr_t)etext) {
		divert(&trap, context);
	} else if (++retries < RETRIES) {
		set_timer(1000000);
	} else {
		say("ringside: the kernel never returns\n");
		die();
		abort();
	}
	errno = error;
}

/*
 * --- life ---
 */

/* Once a process; what was there before is kept for what is not claimed. */
static void
install(void)
{
	struct sigaction action = { .sa_sigaction = fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_size = HANDLER_STACK };
	char trace[256];

	/* The first backtrace may load a library: not in a handler. */
	(void)host_backtrace(trace, sizeof(trace));
	stack.ss_sp = host_stack_alloc(HANDLER_STACK);
	divert_stack = host_stack_alloc(DIVERT_STACK);
	if (sigaltstack(&stack, NULL) != 0)
		host_fatal("sigaltstack: errno %d", errno);
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGVTALRM);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &action, &before[i]);
	action.sa_sigaction = tick;
	action.sa_flags |= SA_RESTART;
	(void)sigaction(SIGVTALRM, &action, NULL);
}

void
host_trap_own(const struct host_trap_owner *new_owner)
{
	if (divert_stack == NULL && new_owner != NULL)
		install();
	owner = new_owner;
	diverted = 0;
}

void
host_watchdog(uint64_t period)
{
	retries = 0;
	set_timer(period);
}
