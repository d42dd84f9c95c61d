/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The switch that makes what may fail, fail: the n-th time, or where a name
 * says.  Each call of the kernel that section 9 of the manual allows to fail
 * passes a point here (compare fail(9) and memguard(9) of FreeBSD).
 *
 * Points count only between the first SYSINIT and the last module's unload:
 * what the kernel needs to come up is not a driver's affair.
 */
#include "kernel/kern.h"

#include <sys/malloc.h>

bool kern_fault_watch;

static struct {
	struct kernel_faults config;
	struct kernel_faults_seen seen;
	bool armed; /* between kernel_faults_set() and shutdown */
	bool live;  /* drivers run */
} fault;

static const char *const fault_names[KF_COUNT] = {
	[KF_MALLOC] = "malloc",
	[KF_CONTIG] = "contigmalloc",
	[KF_UMA] = "uma_zalloc",
	[KF_THREAD] = "kthread_add",
	[KF_DMA_TAG] = "bus_dma_tag_create",
	[KF_DMA_MAP] = "bus_dmamap_create",
	[KF_DMA_MEM] = "bus_dmamem_alloc",
	[KF_DMA_LOAD] = "bus_dmamap_load",
	[KF_RESOURCE] = "bus_alloc_resource",
	[KF_INTR] = "bus_setup_intr",
	[KF_MSIX] = "pci_alloc_msix",
};

const char *
kernel_fault_name(enum kernel_fault_kind kind)
{
	HOST_ASSERT((unsigned)kind < KF_COUNT);
	return (fault_names[kind]);
}

static void
fault_update(void)
{
	kern_fault_watch = fault.armed && fault.live;
}

void
fault_boot(void)
{
	fault.live = true;
	fault_update();
}

void
fault_halt(void)
{
	fault.live = false;
	fault_update();
}

void
fault_forget(void)
{
	fault.live = fault.armed = false;
	fault_update();
}

void
kernel_faults_set(const struct kernel_faults *faults)
{
	memset(&fault.config, 0, sizeof(fault.config));
	memset(&fault.seen, 0, sizeof(fault.seen));
	fault.armed = faults != NULL;
	if (faults != NULL)
		fault.config = *faults;
	if (fault.config.count == 0)
		fault.config.count = 1;
	fault_update();
}

void
kernel_faults_seen(struct kernel_faults_seen *seen)
{
	*seen = fault.seen;
}

/* "devbuf@vioblk_attach" */
static void
fault_site(char *site, size_t size, const char *name, const void *caller)
{
	const char *function;

	function = host_symbol((const char *)caller - 1, NULL);
	snprintf(site, size, "%s@%s", name != NULL ? name : "",
	    function != NULL ? function : "?");
}

bool
kern_fault_at(enum kernel_fault_kind kind, const char *name, const void *caller)
{
	const struct kernel_faults *config = &fault.config;
	struct kernel_faults_seen *seen = &fault.seen;
	char site[sizeof(seen->site)];

	seen->passed[kind]++;
	if (config->kinds != 0 && (config->kinds & (1u << kind)) == 0)
		return (false);
	if (config->site != NULL) {
		fault_site(site, sizeof(site), name, caller);
		if (strstr(site, config->site) == NULL)
			return (false);
	}
	seen->matched++;
	if (config->first == 0 || seen->matched < config->first ||
	    seen->matched - config->first >= config->count)
		return (false);
	seen->failed++;
	fault_site(seen->site, sizeof(seen->site), name, caller);
	seen->kind = kind;
	printf("fault: %s fails at %s (%ju)\n", fault_names[kind], seen->site,
	    (uintmax_t)seen->matched);
	return (true);
}
