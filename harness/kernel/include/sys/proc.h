/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel thread.  Members of FreeBSD's that drivers look at keep their
 * names; the rest is what this kernel needs.
 */
#ifndef _SYS_PROC_H_
#define _SYS_PROC_H_
#include <sys/types.h>
#include <sys/param.h>
#include <sys/queue.h>
#include <sys/lock.h>
#include <sys/_mutex.h>
#include <sys/pcpu.h>
#include <sys/priority.h>

struct lock_instance;
struct sim_task;

struct proc {
	pid_t p_pid;
	char p_comm[MAXCOMLEN + 1];
};

struct thread {
	struct proc *td_proc;
	struct ucred *td_ucred; /* NULL: drivers here act for the kernel */
	lwpid_t td_tid;
	char td_name[MAXCOMLEN + 1];
	u_char td_priority;
	u_int td_pflags;	   /* TDP_ below; the thread's own */
	int td_critnest;	   /* critical_enter() depth */
	int td_intr_nesting_level; /* filters running */
	u_int td_spins;		   /* of a handler, see kern_spin() */
	int td_no_sleeping;	   /* THREAD_NO_SLEEPING() depth */
	int td_locks;		   /* locks held, spin mutexes aside */
	int td_sleepable_locks;	   /* of these, that allow sleeping */
	int td_spinlocks;	   /* spin mutexes held */
	int td_rw_rlocks;	   /* rwlocks held for reading */
	int td_sx_slocks;	   /* sx locks held shared */
	const void *td_wchan;	   /* what it sleeps on, or NULL */
	const char *td_wmesg;
	struct lock_object *td_blocked; /* the lock that it waits for */
	TAILQ_ENTRY(thread) td_slpq;	/* sleepers */
	TAILQ_ENTRY(thread) td_lockq;	/* waiters for locks */
	TAILQ_ENTRY(thread) td_list;	/* all threads */
	uint64_t td_wait_order;		/* how many went to wait before it */
	int td_lock_queue; /* in which line it waits for td_blocked */
	bool td_woken;	   /* taken off the sleepers by a wakeup */
	struct lock_instance *td_held; /* what witness(4) knows it to hold */
	u_int td_nheld;
	u_int td_heldroom; /* entries that td_held has room for */

	/* The bench's. */
	struct sim_task *td_task;
	const void *td_device; /* on whose behalf it runs */
	const char *td_device_name;
	/* Before 13, if_maddr_rlock() has its struct epoch_tracker here. */
	uint64_t td_et[8];
	void *td_stack; /* guest memory; its first page is the guard */
	void (*td_fn)(void *);
	void *td_arg;
};

#define TDP_ITHREAD	     0x00000400
#define TDP_KTHREAD	     0x00200000

#define THREAD_NO_SLEEPING() (curthread->td_no_sleeping++)
#define THREAD_SLEEPING_OK() (curthread->td_no_sleeping--)
#define THREAD_CAN_SLEEP()   (curthread->td_no_sleeping == 0)

extern struct proc proc0;

#endif /* !_SYS_PROC_H_ */
