/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Telling whoever listens what the kernel does; see event.h.
 */
#include "kernel/kern.h"

#include <sys/proc.h>

kernel_event_fn *kernel_event_hook;
struct kernel_stats kern_stats;

void *kernel_event_arg;

void
kernel_set_events(kernel_event_fn *fn, void *arg)
{
	kernel_event_hook = fn;
	kernel_event_arg = arg;
}

void
kernel_stats(struct kernel_stats *stats)
{
	*stats = kern_stats;
}

static void
emit(struct kernel_event *event)
{
	struct thread *td = curthread;

	if (kernel_event_hook == NULL)
		return;
	if (event->device == NULL && td != NULL) {
		event->device = td->td_device;
		event->device_name = td->td_device_name;
	}
	kernel_event_hook(kernel_event_arg, event);
}

void
kern_event_slow(enum kernel_event_type type, enum kernel_object object,
    const void *id, size_t size, const char *name)
{
	struct kernel_event event = {
		.type = type,
		.object = object,
		.id = id,
		.size = size,
		.name = name,
	};

	emit(&event);
}

void
kern_event_text(enum kernel_event_type type, const char *text)
{
	struct kernel_event event = { .type = type, .text = text };

	emit(&event);
}

void
kern_event_device(enum kernel_event_type type, const void *device,
    const char *name)
{
	struct kernel_event event = {
		.type = type,
		.device = device,
		.device_name = name,
	};

	emit(&event);
}

void
kern_event_load(enum kernel_event_type type, const void *map, size_t size,
    const struct kernel_segment *segments, size_t nsegments)
{
	struct kernel_event event = {
		.type = type,
		.object = KO_DMA_LOAD,
		.id = map,
		.size = size,
		.segments = segments,
		.nsegments = nsegments,
	};

	emit(&event);
}

void
kern_misuse_text(const char *text)
{
	printf("misuse: %s\n", text);
	kern_event_text(KE_MISUSE, text);
}

void
kern_misuse(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kern_misuse_text(text);
}

const void *
kern_set_device(const void *device, const char *name)
{
	struct thread *td = curthread;
	const void *old;

	if (td == NULL)
		return (NULL);
	old = td->td_device;
	td->td_device = device;
	td->td_device_name = name;
	return (old);
}

const char *
kernel_object_name(enum kernel_object object)
{
	static const char *const names[KO_COUNT] = {
		[KO_MALLOC] = "malloc(9) memory",
		[KO_CONTIG] = "contigmalloc(9) memory",
		[KO_DMA_TAG] = "DMA tag",
		[KO_DMA_MAP] = "DMA map",
		[KO_DMA_MEM] = "DMA memory",
		[KO_DMA_LOAD] = "loaded DMA map",
		[KO_RESOURCE] = "bus resource",
		[KO_INTR] = "interrupt handler",
		[KO_VECTOR] = "MSI or MSI-X message",
		[KO_MUTEX] = "mutex",
		[KO_RWLOCK] = "rwlock",
		[KO_SX] = "sx lock",
		[KO_RMLOCK] = "rmlock",
		[KO_CONDVAR] = "condition variable",
		[KO_MTX_POOL] = "mutex pool",
		[KO_TASKQUEUE] = "taskqueue",
		[KO_THREAD] = "kernel thread",
		[KO_DISK] = "disk",
		[KO_SYSCTL] = "sysctl node",
		[KO_CHILD] = "child device",
		[KO_CALLOUT] = "pending callout",
		[KO_EVENTHANDLER] = "event handler",
		[KO_UMA_ZONE] = "uma(9) zone",
		[KO_UMA_ITEM] = "uma(9) item",
		[KO_IFNET] = "network interface",
	};

	if ((u_int)object >= KO_COUNT || names[object] == NULL)
		return ("object of an unknown kind");
	return (names[object]);
}
