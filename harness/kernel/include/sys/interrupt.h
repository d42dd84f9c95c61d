/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupt events: the handlers of one vector and the thread that runs them
 * (ithread(9)).
 */
#ifndef _SYS_INTERRUPT_H_
#define _SYS_INTERRUPT_H_

#include <sys/param.h>
#include <sys/bus.h>

struct intr_event;

/* The priority of a handler's thread, from its INTR_TYPE_* flags. */
u_char intr_priority(enum intr_type flags);

/*
 * Adds a handler to the event of `irq`, which comes into being with its first
 * handler.  Either `filter` or `handler` may be NULL.  EINVAL: both are, or
 * there is no such vector, or an exclusive handler would not be alone.
 */
int intr_add_handler(device_t dev, u_int irq, driver_filter_t *filter,
    driver_intr_t *handler, void *arg, enum intr_type flags, void **cookiep);
/*
 * Returns when the handler is not running and never will again; the event
 * goes with its last handler.  Sleeps.
 */
int intr_event_remove_handler(void *cookie);
int intr_event_describe_handler(struct intr_event *ie, void *cookie,
    const char *descr);
struct intr_event *intr_handler_event(void *cookie);
/* While suspended, a device's handlers are passed over. */
int intr_irq_suspend(u_int irq, device_t dev, bool suspend);

/* Vectors that came for an event without handlers. */
u_long intr_strays(void);

#endif /* !_SYS_INTERRUPT_H_ */
