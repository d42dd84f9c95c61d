/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Faults of kernel code, as the trap.c of FreeBSD for amd64 has them: what a
 * processor would have trapped on becomes a panic under the trap's name, and
 * the bench goes on.
 *
 * Runs in the place of the thread that had the fault, on another stack.
 */
#include "kernel/kern.h"

#include <sys/proc.h>

#include "host/trap.h"

/* Numbers and names are those of the amd64 port, on every host. */
#define T_PRIVINFLT 1
#define T_BPTFLT    3
#define T_ARITHTRAP 6
#define T_PROTFLT   9
#define T_PAGEFLT   12
#define T_ALIGNFLT  14
#define T_DIVIDE    18
#define T_DOUBLEFLT 23

static const struct {
	int number;
	const char *name;
} traps[] = {
	[HOST_TRAP_PAGE] = { T_PAGEFLT, "page fault" },
	[HOST_TRAP_PROTECTION] = { T_PROTFLT, "general protection fault" },
	[HOST_TRAP_ALIGNMENT] = { T_ALIGNFLT, "alignment fault" },
	[HOST_TRAP_DIVIDE] = { T_DIVIDE, "integer divide fault" },
	[HOST_TRAP_ARITHMETIC] = { T_ARITHTRAP, "arithmetic trap" },
	[HOST_TRAP_INSTRUCTION] = { T_PRIVINFLT,
	    "privileged instruction fault" },
	[HOST_TRAP_BREAKPOINT] = { T_BPTFLT, "breakpoint instruction fault" },
};

static void
trap_hang(void)
{
	kern_hang("%s (%s %d) runs and never comes back",
	    sim_task_name(sim_self()),
	    curthread != NULL ? "thread" : "device task",
	    curthread != NULL ? curthread->td_tid : 0);
	sim_stop();
}

static const char *
access_name(const struct host_trap *trap)
{
	if (trap->address == trap->pc)
		return ("read instruction");
	return (trap->write ? "write data" : "read data");
}

/* The lines before the panic, as FreeBSD prints them. */
static void
trap_describe(const struct host_trap *trap, int number, const char *name)
{
	char text[128];
	void *pc = (void *)(trap->pc + 1);

	(void)host_backtrace_format(&pc, 1, text, sizeof(text));
	printf("\n\nFatal trap %d: %s while in kernel mode\n", number, name);
	printf("cpuid = 0; apic id = 00\n");
	if (number == T_PAGEFLT || number == T_DOUBLEFLT ||
	    number == T_ALIGNFLT) {
		printf("fault virtual address\t= 0x%lx\n",
		    (u_long)trap->address);
		printf("fault code\t\t= supervisor %s\n", access_name(trap));
	}
	/* Behind "#0 ", when there is code at all. */
	if (trap->address != trap->pc)
		printf("instruction pointer\t= %s", text + 3);
	printf("current process\t\t= %d (%s)\n", curthread->td_proc->p_pid,
	    curthread->td_name);
	printf("trap number\t\t= %d\n", number);
}

static void
trap(const struct host_trap *trap)
{
	int number;
	const char *name;

	if (trap->kind == HOST_TRAP_TIME) {
		trap_hang();
		return;
	}
	if (trap->kind == HOST_TRAP_ABORT)
		panic("aborted: the lines above say why");
	number = traps[trap->kind].number;
	name = traps[trap->kind].name;
	if (trap->kind == HOST_TRAP_PAGE &&
	    kern_is_stack_guard(curthread, trap->address)) {
		trap_describe(trap, T_DOUBLEFLT, "double fault");
		panic("double fault (trap %d): the kernel stack of %s has "
		      "overflowed at 0x%lx",
		    T_DOUBLEFLT, curthread->td_name, (u_long)trap->address);
	}
	trap_describe(trap, number, name);
	if (trap->kind == HOST_TRAP_PAGE)
		panic("page fault (trap %d), %s at 0x%lx", number,
		    access_name(trap), (u_long)trap->address);
	panic("%s (trap %d)", name, number);
}

void
trap_boot(void)
{
	sim_on_trap(trap);
}
