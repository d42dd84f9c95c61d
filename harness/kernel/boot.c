/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's life, and its threads as seen from outside; see kernel.h.
 */
#include "kernel/kern.h"

#include <sys/proc.h>

int bootverbose;
int cold;
int mp_ncpus = 1;
int mp_maxid = 0;
u_int mp_cores = 1;
int maxusers = 384;
long physmem;
u_long maxphys = MAXPHYS;

#ifdef INVARIANTS
const bool kernel_invariants = true;
#else
const bool kernel_invariants = false;
#endif

static void (*died)(void *);
static void *died_arg;

static enum {
	KERNEL_OFF,
	KERNEL_UP,
	KERNEL_DEAD, /* panicked or hung: nothing may be asked of it */
} state = KERNEL_OFF;

/*
 * Pages that stand without threads; they come first and go last.
 */
static void
boot_base(const struct kernel_config *config)
{
	msgbuf_boot(config->console, config->console_arg);
	panic_boot();
	trap_boot();
	random_boot(config->seed);
	time_boot();
	witness_boot(!config->no_witness);
	lock_boot();
	mutex_boot();
	mtx_pool_boot();
	kmem_boot(config->seed);
	malloc_boot();
	uma_boot();
	thread_boot();
	sleep_boot();
	bzero(&kern_stats, sizeof(kern_stats));
	physmem = (long)(machine_ram_size / PAGE_SIZE);
}

static void
halt_base(void)
{
	sleep_halt();
	thread_halt();
	uma_halt();
	malloc_halt();
	kmem_halt();
	time_halt();
	mtx_pool_halt();
	lock_halt();
	witness_halt();
}

static void
boot_thread(void *arg)
{
	const struct kernel_config *config = arg;

	sysctl_boot();
	bus_dma_boot(config->dma);
	callout_boot();
	taskqueue_boot();
	mbuf_boot();
	epoch_boot();
	disk_boot();
	ifnet_boot();
	intr_boot();
	device_boot();
	eventhandler_boot();
	config_intrhook_boot();
	fault_boot();
	module_boot();
}

static void
halt_thread(void *arg)
{
	(void)arg;
	module_halt();
	fault_halt();
	config_intrhook_halt();
	eventhandler_halt();
	device_halt();
	intr_halt();
	ifnet_halt();
	disk_halt();
	epoch_halt();
	mbuf_halt();
	taskqueue_halt();
	callout_halt();
	bus_dma_halt();
	sysctl_halt();
	/* Threads that were told to end do so now; one may never. */
	for (int i = 0; i < hz && !kern_thread_is_last(); i++)
		pause("halt", 1);
}

/* What a dead kernel left behind; nothing of it runs again. */
static void
forget_all(void)
{
	module_forget();
	eventhandler_forget();
	device_forget();
	intr_forget();
	ifnet_forget();
	disk_forget();
	epoch_forget();
	callout_forget();
	bus_dma_forget();
	sysctl_forget();
}

enum kernel_end
kernel_boot(const struct kernel_config *config)
{
	HOST_ASSERT(state == KERNEL_OFF);
	bootverbose = config->verbose;
	died = config->died;
	died_arg = config->died_arg;
	boot_base(config);
	state = KERNEL_UP;
	return (kernel_run("swapper", boot_thread, (void *)(uintptr_t)config));
}

enum kernel_end
kernel_shutdown(void)
{
	enum kernel_end end = KERNEL_OK;

	HOST_ASSERT(state != KERNEL_OFF);
	if (state == KERNEL_UP)
		end = kernel_run("shutdown", halt_thread, NULL);
	if (state == KERNEL_UP)
		kern_event_text(KE_HALT, NULL);
	else
		forget_all();
	fault_forget();
	halt_base();
	state = KERNEL_OFF;
	return (end);
}

/*
 * --- threads for those outside ---
 */

struct call {
	kernel_fn *fn;
	void *arg;
};

static void
call_and_leave(void *arg)
{
	struct call *call = arg;

	call->fn(call->arg);
	sim_leave();
}

enum kernel_end
kernel_run(const char *name, kernel_fn *fn, void *arg)
{
	struct call call = { fn, arg };

	HOST_ASSERT(sim_self() == NULL);
	if (state != KERNEL_UP)
		return (KERNEL_STOPPED);
	if (kern_thread_create(name, call_and_leave, &call) == NULL)
		host_fatal("no guest memory for the stack of %s", name);
	switch (sim_run()) {
	case SIM_END_LEFT:
		return (KERNEL_OK);
	case SIM_END_STOPPED:
		break;
	case SIM_END_QUIET:
		kern_hang("every thread waits, and nothing will wake one");
		break;
	case SIM_END_STEPS:
		kern_hang("threads run, and nothing comes of it");
		break;
	}
	state = KERNEL_DEAD;
	if (panicstr == NULL && kernel_hang_text()[0] == '\0')
		return (KERNEL_STOPPED);
	if (died != NULL)
		died(died_arg);
	return (panicstr != NULL ? KERNEL_PANICKED : KERNEL_HUNG);
}

static void
spawned(void *arg)
{
	struct call call = *(struct call *)arg;

	host_free(arg);
	call.fn(call.arg);
}

void
kernel_spawn(const char *name, kernel_fn *fn, void *arg)
{
	struct call *call = host_alloc(sizeof(*call));

	*call = (struct call) { fn, arg };
	if (kern_thread_create(name, spawned, call) == NULL)
		host_fatal("no guest memory for the stack of %s", name);
}

/*
 * No scheduling point lies between looking at the count and sleeping, so a
 * post cannot come between them.
 */
void
kernel_sema_wait(struct kernel_sema *sema, const char *why)
{
	while (sema->count == 0)
		(void)tsleep(sema, PNOLOCK, why, 0);
	sema->count--;
}

void
kernel_sema_post(struct kernel_sema *sema)
{
	sema->count++;
	wakeup_one(sema);
}
