/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI transport against a device that lies about what it is and where
 * its structures are: in its ids, BARs and capabilities.
 */
#include <string.h>

#include "model/transport/pci.h"
#include "tests/drivers/liepci.h"
#include "tests/test.h"

/* Where no capability of the model's is. */
#define SPARE	0xc0
#define BAR_REG (VPCI_BAR + 4 * VPCI_MODERN_BAR)

#define COMMON	VIRTIO_PCI_CAP_COMMON_CFG
#define NOTIFY	VIRTIO_PCI_CAP_NOTIFY_CFG
#define ISR	VIRTIO_PCI_CAP_ISR_CFG
#define DEVICE	VIRTIO_PCI_CAP_DEVICE_CFG

/* Fields of a capability. */
#define NEXT   1
#define LENGTH 2
#define BAR    4
#define OFFSET 8
#define SIZE   12

struct cap_case {
	const char *name;
	void (*prepare)(void);
	bool works;
	const char *log; /* what is said, or NULL */
};

static void
run_cases(const struct cap_case *cases, size_t n, enum vpci_kind kind)
{
	struct diskrig rig;

	for (size_t i = 0; i < n; i++) {
		rig = (struct diskrig) { .pci = { .kind = kind } };
		lie.prepare = cases[i].prepare;
		liepci_boot(&rig);
		if (!T_EQ(liepci_disk_works(), cases[i].works))
			T_STR(cases[i].name, "");
		if (cases[i].log != NULL)
			T_HAS(fixture_log(), cases[i].log);
		liepci_halt(&rig);
	}
}

#define RUN(cases, kind) \
	run_cases((cases), sizeof(cases) / sizeof((cases)[0]), (kind))

/*
 * --- the list ---
 */

static void
list_bites_its_tail(void)
{
	unsigned last = liepci_truth(VPCI_CAPABILITIES, 1), next;

	while ((next = liepci_truth(last + NEXT, 1)) != 0)
		last = next;
	liepci_config(last + NEXT, liepci_truth(VPCI_CAPABILITIES, 1), 1);
}

static void
first_names_itself(void)
{
	unsigned at = liepci_cap(COMMON);

	liepci_config(at + NEXT, at, 1);
}

static void
list_goes_into_the_header(void)
{
	liepci_config(liepci_cap(COMMON) + NEXT, 0x10, 1);
}

static void
pointers_have_reserved_bits(void)
{
	unsigned at = liepci_cap(COMMON);

	liepci_config(at + NEXT, liepci_truth(at + NEXT, 1) | 3, 1);
}

static void
no_list(void)
{
	liepci_config(VPCI_STATUS, 0, 2);
}

static void
list_ends_at_the_end(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 16,
		.cfg_type = COMMON,
		.bar = VPCI_MODERN_BAR };

	liepci_add_cap(0xfc, true, &cap);
}

static const struct cap_case lists[] = {
	{ "tail", list_bites_its_tail, true, "list does not end" },
	{ "itself", first_names_itself, false,
	    "no usable notification structure" },
	{ "header", list_goes_into_the_header, false,
	    "no usable notification structure" },
	{ "reserved", pointers_have_reserved_bits, true, NULL },
	{ "none", no_list, false, "no usable common configuration structure" },
	{ "at the end", list_ends_at_the_end, true, "capability too short" },
};

TEST(vio_pci_cap, lists)
{
	RUN(lists, VPCI_MODERN);
}

/*
 * --- structures ---
 */

static void
common_cap_short(void)
{
	liepci_config(liepci_cap(COMMON) + LENGTH, 15, 1);
}

static void
notify_cap_short(void)
{
	liepci_config(liepci_cap(NOTIFY) + LENGTH, 16, 1);
}

static void
common_short(void)
{
	liepci_config(liepci_cap(COMMON) + SIZE, 55, 4);
}

static void
common_misaligned(void)
{
	liepci_config(liepci_cap(COMMON) + OFFSET, 2, 4);
}

static void
common_outside(void)
{
	liepci_config(liepci_cap(COMMON) + OFFSET, VPCI_MODERN_BAR_SIZE, 4);
}

static void
common_reaches_out(void)
{
	liepci_config(liepci_cap(COMMON) + OFFSET, VPCI_MODERN_BAR_SIZE - 52,
	    4);
}

static void
isr_wraps_around(void)
{
	liepci_config(liepci_cap(ISR) + OFFSET, 0xfffff000, 4);
	liepci_config(liepci_cap(ISR) + SIZE, 0x2000, 4);
}

static void
isr_too_long(void)
{
	liepci_config(liepci_cap(ISR) + SIZE, 0x8000, 4);
}

static void
isr_empty(void)
{
	liepci_config(liepci_cap(ISR) + SIZE, 0, 4);
}

static void
notify_odd(void)
{
	liepci_config(liepci_cap(NOTIFY) + OFFSET,
	    VPCI_MODERN_NOTIFY_OFFSET + 1, 4);
}

static void
common_in_bar_6(void)
{
	liepci_config(liepci_cap(COMMON) + BAR, 6, 1);
}

static void
common_in_no_bar(void)
{
	liepci_config(liepci_cap(COMMON) + BAR, 2, 1);
}

static void
device_structure_missing(void)
{
	liepci_config(liepci_cap(DEVICE) + 3, 0x77, 1);
}

static void
device_structure_short(void)
{
	liepci_config(liepci_cap(DEVICE) + SIZE, 8, 4);
}

static const struct cap_case structures[] = {
	{ "cap_len", common_cap_short, false, "capability too short" },
	{ "cap_len of notify", notify_cap_short, false,
	    "no usable notification structure" },
	{ "length", common_short, false, "too short or misaligned" },
	{ "alignment", common_misaligned, false, "too short or misaligned" },
	{ "offset", common_outside, false, "not inside the BAR" },
	{ "reach", common_reaches_out, false, "not inside the BAR" },
	{ "wrap", isr_wraps_around, false, "not inside the BAR" },
	{ "too long", isr_too_long, false, "no usable ISR status structure" },
	{ "empty", isr_empty, false, "too short or misaligned" },
	{ "odd", notify_odd, false, "too short or misaligned" },
	{ "BAR 6", common_in_bar_6, false,
	    "no usable common configuration structure" },
	{ "no BAR", common_in_no_bar, false, "cannot map the BAR" },
	{ "no configuration", device_structure_missing, false,
	    "configuration cannot be read: 6" },
	{ "short configuration", device_structure_short, false,
	    "configuration cannot be read: 6" },
};

TEST(vio_pci_cap, structures)
{
	RUN(structures, VPCI_MODERN);
}

/*
 * --- more than one of a kind, and others ---
 */

static void
bad_one_first(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 16,
		.cfg_type = COMMON,
		.bar = VPCI_MODERN_BAR,
		.offset = wire32(VPCI_MODERN_BAR_SIZE),
		.length = wire32(56) };

	liepci_add_cap(SPARE, true, &cap);
}

static void
other_one_first(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 16,
		.cfg_type = COMMON,
		.bar = VPCI_MODERN_BAR,
		.offset = wire32(VPCI_MODERN_DEVICE_OFFSET),
		.length = wire32(56) };

	/* The device prefers it (4.1.4.1), so it is the one that counts. */
	liepci_add_cap(SPARE, true, &cap);
}

static void
other_one_last(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 16,
		.cfg_type = COMMON,
		.bar = VPCI_MODERN_BAR,
		.offset = wire32(VPCI_MODERN_DEVICE_OFFSET),
		.length = wire32(56) };

	liepci_add_cap(SPARE, false, &cap);
}

static void
unknown_type(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 16,
		.cfg_type = 0x77,
		.bar = 0xff,
		.offset = UINT32_MAX,
		.length = UINT32_MAX };

	liepci_add_cap(SPARE, true, &cap);
}

static void
type_0(void)
{
	const struct virtio_pci_cap cap = { .cap_vndr = VPCI_CAP_VENDOR,
		.cap_len = 3 };

	liepci_add_cap(SPARE, true, &cap);
}

static const struct cap_case more[] = {
	{ "bad one first", bad_one_first, true, "not inside the BAR" },
	{ "other one first", other_one_first, false, "does not reset" },
	{ "other one last", other_one_last, true, NULL },
	{ "unknown type", unknown_type, true, NULL },
	{ "type 0", type_0, true, NULL },
};

TEST(vio_pci_cap, more_than_one)
{
	RUN(more, VPCI_MODERN);
}

/*
 * --- BARs ---
 */

static void
bar_absent(void)
{
	liepci_config(BAR_REG, 0, 4);
}

/* A window of ports, says the register, where the device has none. */
static void
bar_of_other_type(void)
{
	liepci_config(BAR_REG, 1, 1);
}

static void
msix_bar_absent(void)
{
	liepci_config(VPCI_BAR + 4 * VPCI_MSIX_BAR, 0, 4);
}

static const struct cap_case bars[] = {
	{ "absent", bar_absent, false, "cannot map the BAR" },
	{ "of other type", bar_of_other_type, false, "vio_pci0: " },
	/* Without a table there are no messages, that is all. */
	{ "of MSI-X", msix_bar_absent, true, NULL },
};

TEST(vio_pci_cap, bars)
{
	RUN(bars, VPCI_MODERN);
}

/*
 * --- transitional and legacy ---
 */

static void
revision_1(void)
{
	liepci_config(VPCI_REVISION, 1, 1);
}

static void
no_list_revision_1(void)
{
	no_list();
	revision_1();
}

static void
no_list_no_bar(void)
{
	no_list();
	liepci_config(VPCI_BAR, 0, 4);
}

static void
no_list_memory_bar(void)
{
	no_list();
	liepci_config(VPCI_BAR, 0, 1);
}

static const struct cap_case transitional[] = {
	{ "broken structures", common_outside, true, "not inside the BAR" },
	{ "none", no_list, true, NULL },
	/* 4.1.2.2: any revision, by the modern interface. */
	{ "revision", revision_1, true, NULL },
	{ "revision without", no_list_revision_1, false,
	    "no legacy interface of revision 1" },
	{ "no BAR", no_list_no_bar, false, "no legacy registers in BAR 0" },
	{ "memory BAR", no_list_memory_bar, false,
	    "no legacy registers in BAR 0" },
};

TEST(vio_pci_cap, transitional_devices_have_two_chances)
{
	RUN(transitional, VPCI_TRANSITIONAL);
}

static void
hide_version_1(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	const unsigned at = VPCI_MODERN_COMMON_OFFSET +
	    offsetof(struct virtio_pci_common_cfg, device_feature_select);

	(void)width;
	if (bar == VPCI_MODERN_BAR &&
	    offset ==
		VPCI_MODERN_COMMON_OFFSET +
		    offsetof(struct virtio_pci_common_cfg, device_feature) &&
	    lie.real->ops->bar_read(lie.real, bar, at, 4) == 1)
		*value = 0;
}

static char interface[16];

static void
read_interface(void *arg)
{
	(void)arg;
	T_EQ(kernel_sysctl_read("dev.vio_pci.0.interface", interface,
		 sizeof(interface)),
	    0);
}

TEST(vio_pci_cap, version_1_makes_the_difference)
{
	struct diskrig rig = { .pci = { .kind = VPCI_TRANSITIONAL } };

	lie.read = hide_version_1;
	liepci_boot(&rig);
	T_HAS(fixture_log(),
	    "the device does not offer: 0x100000000 "
	    "<VERSION_1>");
	T_TRUE(liepci_disk_works());
	fixture_run(read_interface, NULL);
	T_STR(interface, "legacy");
	liepci_halt(&rig);
	/* A modern one has no other interface. */
	rig = (struct diskrig) { 0 };
	lie.read = hide_version_1;
	liepci_boot(&rig);
	T_HAS(fixture_log(), "<VERSION_1>");
	T_FALSE(liepci_disk_works());
	liepci_halt(&rig);
}

static void
type_beyond(void)
{
	liepci_config(VPCI_SUBSYSTEM_ID, 0x40, 2);
}

static void
type_none(void)
{
	liepci_config(VPCI_SUBSYSTEM_ID, 0, 2);
}

static void
other_vendor(void)
{
	liepci_config(VPCI_VENDOR_ID, 0x1af5, 2);
}

static void
other_type(void)
{
	liepci_config(VPCI_SUBSYSTEM_ID, 4, 2);
}

static void
unnamed_type(void)
{
	liepci_config(VPCI_SUBSYSTEM_ID, 0x3f, 2);
}

static const struct cap_case ids[] = {
	{ "type beyond", type_beyond, false, "(no driver attached)" },
	{ "no type", type_none, false, "(no driver attached)" },
	{ "vendor", other_vendor, false, "(no driver attached)" },
	{ "entropy", other_type, false,
	    "<VirtIO PCI (transitional) entropy adapter>" },
	{ "unnamed", unnamed_type, false,
	    "<VirtIO PCI (transitional) adapter, type 63>" },
};

TEST(vio_pci_cap, ids)
{
	RUN(ids, VPCI_TRANSITIONAL);
}
