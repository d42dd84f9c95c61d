/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * config_intrhook(9): what runs once interrupts work, and what the boot waits
 * for.  Hooks are the drivers' and are linked through their memory, as in
 * FreeBSD.
 */
#include "kernel/kern.h"

#include <sys/kernel.h>
#include <sys/malloc.h>

/* So often the boot complains, a minute of virtual time apart. */
#define WARNINGS       6
#define WARNING_PERIOD 60 /* seconds */

static TAILQ_HEAD(, intr_config_hook) hooks = TAILQ_HEAD_INITIALIZER(hooks);
static bool late;    /* past SI_SUB_INT_CONFIG_HOOKS: hooks run at once */
static bool running; /* somebody runs hooks, and will see new ones */

void
config_intrhook_boot(void)
{
	TAILQ_INIT(&hooks);
	late = running = false;
}

void
config_intrhook_halt(void)
{
	const struct intr_config_hook *hook;

	TAILQ_FOREACH(hook, &hooks, ich_links)
		kern_misuse("config_intrhook: %s was never disestablished",
		    host_symbol((const void *)(uintptr_t)hook->ich_func, NULL));
	TAILQ_INIT(&hooks);
}

static struct intr_config_hook *
next_queued(void)
{
	struct intr_config_hook *hook;

	TAILQ_FOREACH(hook, &hooks, ich_links)
		if (hook->ich_state == ICHS_QUEUED)
			return (hook);
	return (NULL);
}

static void
run_hooks(void)
{
	struct intr_config_hook *hook;

	if (running)
		return;
	running = true;
	while ((hook = next_queued()) != NULL) {
		hook->ich_state = ICHS_RUNNING;
		hook->ich_func(hook->ich_arg);
	}
	running = false;
}

static void
warn(int warned)
{
	const struct intr_config_hook *hook;
	const char *name;

	printf("run_interrupt_driven_hooks: still waiting after %d seconds for",
	    warned * WARNING_PERIOD);
	TAILQ_FOREACH(hook, &hooks, ich_links) {
		name =
		    host_symbol((const void *)(uintptr_t)hook->ich_func, NULL);
		printf(" %s", name != NULL ? name : "?");
	}
	printf("\n");
	if (warned >= WARNINGS)
		panic("run_interrupt_driven_config_hooks: waited too long");
}

/* The boot goes on when all hooks have been disestablished. */
static void
boot_run_hooks(void *arg)
{
	int warned = 0;

	(void)arg;
	run_hooks();
	late = true;
	while (!TAILQ_EMPTY(&hooks)) {
		run_hooks(); /* those of hooks */
		if (!TAILQ_EMPTY(&hooks) &&
		    tsleep(&hooks, 0, "conifhk", WARNING_PERIOD * hz) ==
			EWOULDBLOCK)
			warn(++warned);
	}
}
SYSINIT(intr_config_hooks, SI_SUB_INT_CONFIG_HOOKS, SI_ORDER_FIRST,
    boot_run_hooks, NULL);

static bool
is_established(const struct intr_config_hook *wanted)
{
	const struct intr_config_hook *hook;

	TAILQ_FOREACH(hook, &hooks, ich_links)
		if (hook == wanted)
			return (true);
	return (false);
}

int
config_intrhook_establish(struct intr_config_hook *hook)
{
	if (is_established(hook)) {
		printf("config_intrhook_establish: establishing an already "
		       "established hook.\n");
		return (1);
	}
	KASSERT(hook->ich_func != NULL,
	    ("config_intrhook_establish: hook %p has no function", hook));
	TAILQ_INSERT_TAIL(&hooks, hook, ich_links);
	hook->ich_state = ICHS_QUEUED;
	if (late)
		run_hooks();
	return (0);
}

void
config_intrhook_disestablish(struct intr_config_hook *hook)
{
	if (!is_established(hook))
		panic("config_intrhook_disestablish: disestablishing an "
		      "unestablished hook");
	TAILQ_REMOVE(&hooks, hook, ich_links);
	hook->ich_state = ICHS_DONE;
	wakeup(&hooks);
}

int
config_intrhook_drain(struct intr_config_hook *hook)
{
	if (!is_established(hook))
		return (ICHS_DONE);
	if (hook->ich_state == ICHS_QUEUED) {
		config_intrhook_disestablish(hook);
		return (ICHS_QUEUED);
	}
	while (is_established(hook))
		(void)tsleep(&hooks, PNOLOCK, "confhd", 0);
	return (ICHS_RUNNING);
}

/*
 * --- hooks that need no memory of the driver's ---
 */

struct oneshot {
	struct intr_config_hook hook;
	ich_func_t func;
	void *arg;
};

static void
run_oneshot(void *arg)
{
	struct oneshot *oneshot = arg;

	oneshot->func(oneshot->arg);
	config_intrhook_disestablish(&oneshot->hook);
	free(oneshot, M_DEVBUF);
}

void
config_intrhook_oneshot(ich_func_t func, void *arg)
{
	struct oneshot *oneshot;

	oneshot = malloc(sizeof(*oneshot), M_DEVBUF, M_WAITOK | M_ZERO);
	oneshot->func = func;
	oneshot->arg = arg;
	oneshot->hook.ich_func = run_oneshot;
	oneshot->hook.ich_arg = oneshot;
	(void)config_intrhook_establish(&oneshot->hook);
}
