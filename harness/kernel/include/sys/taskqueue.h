/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9).
 */
#ifndef _SYS_TASKQUEUE_H_
#define _SYS_TASKQUEUE_H_
#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/_task.h>

struct thread;
struct proc;

typedef void (*taskqueue_enqueue_fn)(void *context);
enum taskqueue_callback_type {
	TASKQUEUE_CALLBACK_TYPE_INIT,
	TASKQUEUE_CALLBACK_TYPE_SHUTDOWN,
};
typedef void (*taskqueue_callback_fn)(void *context);

struct taskqueue *taskqueue_create(const char *name, int mflags,
    taskqueue_enqueue_fn enqueue, void *context);
struct taskqueue *taskqueue_create_fast(const char *name, int mflags,
    taskqueue_enqueue_fn enqueue, void *context);
int taskqueue_start_threads(struct taskqueue **tqp, int count, int pri,
    const char *name, ...) __printflike(4, 5);
int taskqueue_enqueue(struct taskqueue *queue, struct task *task);
int taskqueue_cancel(struct taskqueue *queue, struct task *task, u_int *pendp);
void taskqueue_drain(struct taskqueue *queue, struct task *task);
void taskqueue_drain_all(struct taskqueue *queue);
void taskqueue_quiesce(struct taskqueue *queue);
void taskqueue_block(struct taskqueue *queue);
void taskqueue_unblock(struct taskqueue *queue);
void taskqueue_free(struct taskqueue *queue);
void taskqueue_run(struct taskqueue *queue);
int taskqueue_member(struct taskqueue *queue, struct thread *td);
void taskqueue_thread_enqueue(void *context);

#define TASK_INITIALIZER(priority, func, context)             \
	{                                                     \
		.ta_priority = (priority), .ta_func = (func), \
		.ta_context = (context)                       \
	}
#define TASK_INIT_FLAGS(task, priority, func, context, flags) \
	do {                                                  \
		(task)->ta_pending = 0;                       \
		(task)->ta_priority = (priority);             \
		(task)->ta_flags = (flags);                   \
		(task)->ta_func = (func);                     \
		(task)->ta_context = (context);               \
	} while (0)
#define TASK_INIT(t, p, f, c)	  TASK_INIT_FLAGS(t, p, f, c, 0)
#define NET_TASK_INIT(t, p, f, c) TASK_INIT_FLAGS(t, p, f, c, TASK_NETWORK)

/* The kernel's own queues. */
extern struct taskqueue *taskqueue_thread;
extern struct taskqueue *taskqueue_swi;
extern struct taskqueue *taskqueue_fast;

#endif /* !_SYS_TASKQUEUE_H_ */
