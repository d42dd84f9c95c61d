/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The sysctls of kdb(4) that break a kernel on purpose, to see what happens
 * to whoever watches:
 *
 *	debug.kdb.panic		 panics
 *	debug.kdb.trap		 page fault, by an access to data
 *	debug.kdb.trap_code	 page fault, by a jump
 *	debug.kdb.stack_overflow recurses until the stack ends
 */
#include "kernel/kern.h"

#include <sys/kernel.h>
#include <sys/sysctl.h>

SYSCTL_DECL(_debug);
static SYSCTL_NODE(_debug, OID_AUTO, kdb, CTLFLAG_RW, NULL, "KDB nodes");

/* Whether somebody has written what is not 0; else the error. */
static bool
is_wanted(struct sysctl_oid *oidp, struct sysctl_req *req, int *error)
{
	int value = 0;

	*error = sysctl_handle_int(oidp, &value, 0, req);
	return (*error == 0 && req->newptr != NULL && value != 0);
}

static int
kdb_sysctl_panic(SYSCTL_HANDLER_ARGS)
{
	int error;

	if (is_wanted(oidp, req, &error))
		panic("kdb_sysctl_panic");
	return (error);
}

static int
kdb_sysctl_trap(SYSCTL_HANDLER_ARGS)
{
	int *volatile nowhere = (int *)16;
	int error;

	if (is_wanted(oidp, req, &error))
		return (*(volatile int *)nowhere);
	return (error);
}

static int
kdb_sysctl_trap_code(SYSCTL_HANDLER_ARGS)
{
	void (*volatile nowhere)(void) = (void (*)(void))0xdec0dc;
	int error;

	if (is_wanted(oidp, req, &error))
		nowhere();
	return (error);
}

/* Deeper than any stack. */
static int __attribute__((noinline)) recurse(unsigned depth)
{
	volatile char frame[256];

	frame[depth % sizeof(frame)] = 1;
	if (depth == 0)
		return (0);
	/* Not a tail call: the frame is still looked at. */
	return (recurse(depth - 1) + frame[depth % sizeof(frame)]);
}

static int
kdb_sysctl_stack_overflow(SYSCTL_HANDLER_ARGS)
{
	int error;

	if (is_wanted(oidp, req, &error))
		return (recurse(100000000));
	return (error);
}

#define KDB_SYSCTL(name, descr)                                 \
	SYSCTL_PROC(_debug_kdb, OID_AUTO, name,                 \
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0, \
	    kdb_sysctl_##name, "I", descr)
KDB_SYSCTL(panic, "set to panic the kernel");
KDB_SYSCTL(trap, "set to cause a page fault via data access");
KDB_SYSCTL(trap_code, "set to cause a page fault via code access");
KDB_SYSCTL(stack_overflow, "set to cause a stack overflow");
