/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ithread(9): what happens between a vector and a driver's handler.
 *
 * The machine raises a vector in the context of whoever caused it, often the
 * device, so there it is only noted.  Handlers run in the vector's thread,
 * which sleeps in between.  Filters run in one kernel thread that stands for
 * the processor's interrupt context: the vectors with filters queue up for
 * it and, as on hardware, may interrupt their own threads.
 *
 * A vector is a flag, not a count, as in a local APIC: while it waits for its
 * handlers a second one is the same, but one that comes when they have begun
 * makes them run again.  So nothing is lost.
 */
#include "kernel/kern.h"

#include <sys/epoch.h>
#include <sys/interrupt.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <machine/intr_machdep.h>

#include "kernel/newbus.h"

struct intr_handler {
	TAILQ_ENTRY(intr_handler) link;
	struct intr_event *event;
	driver_filter_t *filter;
	driver_intr_t *handler;
	void *arg;
	device_t dev;
	const char *device_name;
	char descr[MAXCOMLEN + 1];
	enum intr_type flags;
	bool dead;		 /* is being removed: not called any more */
	bool suspended;		 /* passed over for now */
	struct sim_task *waiter; /* for this handler to end, or NULL */
};

struct intr_event {
	LIST_ENTRY(intr_event) link; /* among all */
	TAILQ_HEAD(, intr_handler) handlers;
	STAILQ_ENTRY(intr_event) queue_link;
	struct thread *td; /* NULL when all handlers are filters */
	u_int irq;
	u_int filters; /* handlers that have one */
	u_int storm;   /* times in a row that the level stayed high */
	bool queued;   /* for the filters' thread */
	bool need;     /* the handlers must run (again) */
	bool idle;     /* the thread sleeps and may be woken */
	bool dying;    /* it has no handlers any more; threads leave it */
	/*
	 * Who still looks at it: vector, thread, the filters' thread while it
	 * is at it, and everybody who removes a handler.  Waking somebody is
	 * a scheduling point, after which nothing else keeps it there.
	 */
	u_int refs;
	/* What the two threads are at; neither may be removed meanwhile. */
	struct intr_handler *running;
	struct intr_handler *filtering;
};

/* A handler that has done so much waiting and looking will never return. */
#define INTR_SPINS 1000000

/* So many runs on end without a pause are a storm; see intr_throttle(). */
#define INTR_STORM	 1000
#define INTR_STORM_PAUSE UINT64_C(1000000) /* nanoseconds */

static struct intr_event *intr_vectors[IRQ_COUNT];
static LIST_HEAD(, intr_event) intr_events = LIST_HEAD_INITIALIZER(intr_events);
static STAILQ_HEAD(, intr_event) intr_queue = STAILQ_HEAD_INITIALIZER(
    intr_queue);
static struct thread *intr_thread; /* runs filters */
static bool intr_thread_idle;
static bool intr_thread_dying;
static u_int intr_filters; /* of all vectors */
static u_long intr_stray_count;

CTASSERT(IRQ_COUNT == MACHINE_VECTORS);
CTASSERT(IRQ_INTX_FIRST == MACHINE_INTX_VECTOR(0));
CTASSERT(IRQ_MSI_FIRST == MACHINE_MSI_VECTOR_FIRST);

static bool
intr_is_level(const struct intr_event *ie)
{
	return (ie->irq >= IRQ_INTX_FIRST &&
	    ie->irq < IRQ_INTX_FIRST + IRQ_INTX_COUNT);
}

/*
 * --- from the machine ---
 */

static void
intr_schedule_thread(struct intr_event *ie)
{
	ie->need = true;
	if (ie->idle) {
		ie->idle = false;
		sim_wake(ie->td->td_task);
	}
}

static void
intr_queue_filters(struct intr_event *ie)
{
	if (ie->queued)
		return;
	ie->queued = true;
	STAILQ_INSERT_TAIL(&intr_queue, ie, queue_link);
	if (intr_thread_idle) {
		intr_thread_idle = false;
		sim_wake(intr_thread->td_task);
	}
}

static void
intr_vector(void *arg, unsigned vector)
{
	struct intr_event *ie;

	(void)arg;
	ie = vector < IRQ_COUNT ? intr_vectors[vector] : NULL;
	if (__predict_false(ie == NULL)) {
		intr_stray_count++;
		return;
	}
	if (ie->filters == 0)
		intr_schedule_thread(ie);
	else
		intr_queue_filters(ie);
}

u_long
intr_strays(void)
{
	return (intr_stray_count);
}

/*
 * --- the two kinds of threads ---
 */

static void
intr_event_free(struct intr_event *ie)
{
	struct intr_handler *ih;

	while ((ih = TAILQ_FIRST(&ie->handlers)) != NULL) {
		TAILQ_REMOVE(&ie->handlers, ih, link);
		host_free(ih);
	}
	LIST_REMOVE(ie, link);
	host_free(ie);
}

static void
intr_event_put(struct intr_event *ie)
{
	HOST_ASSERT(ie->refs > 0);
	if (--ie->refs == 0)
		intr_event_free(ie);
}

/* Tells whoever waits that a handler is not running any more. */
static void
intr_done(struct intr_handler *ih)
{
	struct sim_task *waiter = ih->waiter;

	if (waiter != NULL) {
		ih->waiter = NULL;
		sim_wake(waiter);
	}
}

void
kern_spin(void)
{
	struct thread *td = curthread;

	if (td == NULL ||
	    ((td->td_pflags & TDP_ITHREAD) == 0 &&
		td->td_intr_nesting_level == 0))
		return;
	if (++td->td_spins > INTR_SPINS)
		panic("interrupt handler of %s does not return: %d register "
		      "accesses and delays",
		    td->td_device_name, INTR_SPINS);
}

static void
intr_run_handler(struct intr_handler *ih)
{
	bool sleepable = (ih->flags & INTR_SLEEPABLE) != 0;
	bool giant = (ih->flags & INTR_MPSAFE) == 0;
#if __FreeBSD_version >= 1300000
	/* Those of network devices, since 13. */
	bool net = (ih->flags & INTR_TYPE_NET) != 0;
	struct epoch_tracker et;
#endif

	kern_stats.interrupts++;
	curthread->td_spins = 0;
	kern_set_device(ih->dev, ih->device_name);
	if (!sleepable)
		THREAD_NO_SLEEPING();
	if (giant)
		mtx_lock(&Giant);
#if __FreeBSD_version >= 1300000
	if (net)
		NET_EPOCH_ENTER(et);
#endif
	ih->handler(ih->arg);
#if __FreeBSD_version >= 1300000
	if (net)
		NET_EPOCH_EXIT(et);
#endif
	if (giant)
		mtx_unlock(&Giant);
	if (!sleepable)
		THREAD_SLEEPING_OK();
	kern_check_locks(0, "interrupt handler", ih->device_name);
	kern_set_device(NULL, NULL);
}

/*
 * All handlers of the vector, once.  `running` is moved on before anybody is
 * woken, so that the next one cannot go away under us.
 */
static void
intr_run_handlers(struct intr_event *ie)
{
	struct intr_handler *ih, *next;

	for (ih = TAILQ_FIRST(&ie->handlers); ih != NULL; ih = next) {
		ie->running = ih;
		if (ih->handler != NULL && !ih->dead && !ih->suspended)
			intr_run_handler(ih);
		next = TAILQ_NEXT(ih, link);
		ie->running = next;
		intr_done(ih);
	}
}

/*
 * A level that no handler brings down would keep the thread busy for ever,
 * and virtual time would stand still.  Others get their turn each time, and
 * after a while the vector has to wait, as FreeBSD does it.
 */
static void
intr_throttle(struct intr_event *ie)
{
	if (++ie->storm < INTR_STORM) {
		sim_yield();
		return;
	}
	if (ie->storm == INTR_STORM)
		printf("interrupt storm detected on irq%u; throttling "
		       "interrupt source\n",
		    ie->irq);
	(void)sim_block("istorm", sim_now() + INTR_STORM_PAUSE);
}

static void
intr_event_thread(void *arg)
{
	struct intr_event *ie = arg;

	curthread->td_pflags |= TDP_ITHREAD;
	for (;;) {
		while (ie->need && !ie->dying) {
			ie->need = false;
			intr_run_handlers(ie);
			if (!intr_is_level(ie) || ie->dying)
				continue;
			/* The line is unmasked: is it still high? */
			machine_intx_eoi(ie->irq - IRQ_INTX_FIRST);
			if (ie->need || ie->queued)
				intr_throttle(ie);
			else
				ie->storm = 0;
		}
		if (ie->dying)
			break;
		ie->idle = true;
		(void)sim_block("interrupt", SIM_NEVER);
		ie->idle = false;
	}
	intr_event_put(ie);
}

/* The filters of one vector; whether the thread is wanted afterwards. */
static bool
intr_run_filters(struct intr_event *ie)
{
	struct intr_handler *ih, *next;
	bool wanted = false;
	int result;

	for (ih = TAILQ_FIRST(&ie->handlers); ih != NULL; ih = next) {
		ie->filtering = ih;
		if (ih->filter == NULL)
			wanted = true;
		else if (!ih->dead && !ih->suspended) {
			kern_stats.interrupts++;
			curthread->td_spins = 0;
			kern_set_device(ih->dev, ih->device_name);
			result = ih->filter(ih->arg);
			kern_check_locks(0, "interrupt filter",
			    ih->device_name);
			KASSERT(result != 0 &&
				(result &
				    ~(FILTER_STRAY | FILTER_HANDLED |
					FILTER_SCHEDULE_THREAD)) == 0,
			    ("%s: filter of %s returned %#x", __func__,
				ih->device_name, result));
			if ((result & FILTER_SCHEDULE_THREAD) != 0) {
				KASSERT(ih->handler != NULL,
				    ("%s: filter of %s has no thread to "
				     "schedule",
					__func__, ih->device_name));
				wanted = true;
			}
			kern_set_device(NULL, NULL);
		}
		next = TAILQ_NEXT(ih, link);
		ie->filtering = next;
		intr_done(ih);
	}
	return (wanted);
}

/*
 * After the filters.  The last of them may have been removed by now, and with
 * it the thread; the line is nobody's then and stays masked.
 */
static void
intr_filters_done(struct intr_event *ie, bool wanted)
{
	if (ie->dying)
		return;
	if (wanted && ie->td != NULL)
		intr_schedule_thread(ie);
	else if (intr_is_level(ie)) {
		machine_intx_eoi(ie->irq - IRQ_INTX_FIRST);
		if (ie->queued)
			intr_throttle(ie);
		else
			ie->storm = 0;
	}
}

static void
intr_filter_thread(void *arg)
{
	struct intr_event *ie;

	(void)arg;
	curthread->td_intr_nesting_level++;
	while (!intr_thread_dying) {
		ie = STAILQ_FIRST(&intr_queue);
		if (ie == NULL) {
			intr_thread_idle = true;
			(void)sim_block("interrupt", SIM_NEVER);
			intr_thread_idle = false;
			continue;
		}
		STAILQ_REMOVE_HEAD(&intr_queue, queue_link);
		ie->queued = false;
		ie->refs++;
		intr_filters_done(ie, intr_run_filters(ie));
		intr_event_put(ie);
	}
	curthread->td_intr_nesting_level--;
	intr_thread = NULL;
	intr_thread_dying = false;
}

/*
 * --- handlers come and go ---
 */

u_char
intr_priority(enum intr_type flags)
{
	switch (flags &
	    (INTR_TYPE_TTY | INTR_TYPE_BIO | INTR_TYPE_NET | INTR_TYPE_CAM |
		INTR_TYPE_MISC | INTR_TYPE_CLK | INTR_TYPE_AV)) {
	case INTR_TYPE_CLK:
		return (PI_REALTIME);
	case INTR_TYPE_AV:
		return (PI_AV);
	case INTR_TYPE_NET:
		return (PI_NET);
	case INTR_TYPE_TTY:
		return (PI_TTY);
	case INTR_TYPE_BIO:
	case INTR_TYPE_CAM:
		return (PI_DISK);
	case INTR_TYPE_MISC:
		return (PI_DULL);
	default:
		panic("intr_priority: no interrupt type in flags %#x", flags);
	}
}

/* The threads belong to the kernel, not to the device that asks first. */
static struct thread *
intr_thread_create(const char *name, void (*fn)(void *), void *arg)
{
	struct device_context old;
	struct thread *td;

	old = device_enter(NULL);
	td = kern_thread_create(name, fn, arg);
	device_leave(old);
	return (td);
}

static struct intr_event *
intr_event_get(u_int irq)
{
	struct intr_event *ie = intr_vectors[irq];

	if (ie == NULL) {
		ie = host_alloc(sizeof(*ie));
		ie->irq = irq;
		ie->refs = 1; /* the vector's */
		TAILQ_INIT(&ie->handlers);
		LIST_INSERT_HEAD(&intr_events, ie, link);
		intr_vectors[irq] = ie;
	}
	return (ie);
}

/* Takes the vector from an event, once; its thread, if it has one, ends. */
static void
intr_event_end(struct intr_event *ie)
{
	if (ie->dying)
		return;
	ie->dying = true;
	intr_vectors[ie->irq] = NULL;
	if (ie->queued) {
		STAILQ_REMOVE(&intr_queue, ie, intr_event, queue_link);
		ie->queued = false;
	}
	if (ie->td != NULL)
		intr_schedule_thread(ie);
	intr_event_put(ie);
}

static void
intr_filter_thread_end(void)
{
	if (intr_thread == NULL)
		return;
	intr_thread_dying = true;
	if (intr_thread_idle) {
		intr_thread_idle = false;
		sim_wake(intr_thread->td_task);
	}
}

/* Makes the threads that the new handler needs; 0 or ENOMEM. */
static int
intr_event_threads(struct intr_event *ie, const struct intr_handler *ih)
{
	char name[MAXCOMLEN + 1];

	if (ih->handler != NULL && ie->td == NULL) {
		snprintf(name, sizeof(name), "irq%u: %s", ie->irq,
		    ih->device_name);
		ie->td = intr_thread_create(name, intr_event_thread, ie);
		if (ie->td == NULL)
			return (ENOMEM);
		ie->refs++;
		ie->td->td_priority = intr_priority(ih->flags);
	}
	if (ih->filter == NULL)
		return (0);
	if (intr_thread == NULL) {
		intr_thread =
		    intr_thread_create("intr", intr_filter_thread, NULL);
		if (intr_thread == NULL)
			return (ENOMEM);
	}
	/* It may have been told to end and not have come to it. */
	intr_thread_dying = false;
	return (0);
}

int
intr_add_handler(device_t dev, u_int irq, driver_filter_t *filter,
    driver_intr_t *handler, void *arg, enum intr_type flags, void **cookiep)
{
	struct intr_handler *ih, *first;
	struct intr_event *ie;
	int error;

	if (irq >= IRQ_COUNT || (filter == NULL && handler == NULL))
		return (EINVAL);
	ie = intr_event_get(irq);
	first = TAILQ_FIRST(&ie->handlers);
	if (first != NULL && ((flags | first->flags) & INTR_EXCL) != 0)
		return (EINVAL);

	ih = host_alloc(sizeof(*ih));
	ih->event = ie;
	ih->filter = filter;
	ih->handler = handler;
	ih->arg = arg;
	ih->flags = flags;
	ih->dev = dev;
	ih->device_name = device_get_nameunit(dev);
	error = intr_event_threads(ie, ih);
	if (error != 0) {
		host_free(ih);
		if (first == NULL)
			intr_event_end(ie);
		return (error);
	}
	TAILQ_INSERT_TAIL(&ie->handlers, ih, link);
	if (filter != NULL) {
		ie->filters++;
		intr_filters++;
	}
	*cookiep = ih;
	/* The first handler unmasks the line, which may be high already. */
	if (first == NULL && intr_is_level(ie))
		machine_intx_eoi(irq - IRQ_INTX_FIRST);
	return (0);
}

int
intr_event_remove_handler(void *cookie)
{
	struct intr_handler *ih = cookie;
	struct intr_event *ie;

	if (ih == NULL)
		return (EINVAL);
	ie = ih->event;
	kern_assert_can_sleep("bus_teardown_intr");
	KASSERT(!ih->dead,
	    ("%s: a handler of %s is removed twice", __func__,
		ih->device_name));
	/* FreeBSD would sleep for ever: the handler waits for itself. */
	KASSERT(curthread != ie->td || ie->running != ih,
	    ("%s: handler of %s removes itself", __func__, ih->device_name));
	ih->dead = true;
	ie->refs++;
	while (ie->running == ih || ie->filtering == ih) {
		ih->waiter = sim_self();
		(void)sim_block("iev_rmh", SIM_NEVER);
	}
	TAILQ_REMOVE(&ie->handlers, ih, link);
	if (ih->filter != NULL) {
		ie->filters--;
		if (--intr_filters == 0)
			intr_filter_thread_end();
	}
	host_free(ih);
	if (TAILQ_EMPTY(&ie->handlers))
		intr_event_end(ie);
	intr_event_put(ie);
	return (0);
}

int
intr_event_describe_handler(struct intr_event *ie, void *cookie,
    const char *descr)
{
	struct intr_handler *ih;

	TAILQ_FOREACH(ih, &ie->handlers, link) {
		if (ih != cookie)
			continue;
		strlcpy(ih->descr, descr, sizeof(ih->descr));
		return (0);
	}
	return (ENOENT);
}

struct intr_event *
intr_handler_event(void *cookie)
{
	return (((struct intr_handler *)cookie)->event);
}

/*
 * While they are suspended, the device's handlers are passed over.
 */
int
intr_irq_suspend(u_int irq, device_t dev, bool suspend)
{
	struct intr_handler *ih;
	int error = ENOENT;

	if (irq >= IRQ_COUNT || intr_vectors[irq] == NULL)
		return (EINVAL);
	TAILQ_FOREACH(ih, &intr_vectors[irq]->handlers, link) {
		if (ih->dev != dev)
			continue;
		ih->suspended = suspend;
		error = 0;
	}
	return (error);
}

/*
 * --- life ---
 */

/* No thread of ours runs again. */
void
intr_forget(void)
{
	struct intr_event *ie;

	machine_set_intr_handler(NULL, NULL);
	while ((ie = LIST_FIRST(&intr_events)) != NULL)
		intr_event_free(ie);
	bzero(intr_vectors, sizeof(intr_vectors));
	STAILQ_INIT(&intr_queue);
	intr_thread = NULL;
	intr_thread_idle = intr_thread_dying = false;
	intr_filters = 0;
}

void
intr_boot(void)
{
	intr_stray_count = 0;
	machine_set_intr_handler(intr_vector, NULL);
}

/* Ends the threads also of handlers that nobody has removed. */
void
intr_halt(void)
{
	int irq;

	machine_set_intr_handler(NULL, NULL);
	for (irq = 0; irq < IRQ_COUNT; irq++) {
		if (intr_vectors[irq] != NULL)
			intr_event_end(intr_vectors[irq]);
	}
	intr_filters = 0;
	intr_filter_thread_end();
}
