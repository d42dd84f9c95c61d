/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A session's verdict: what it says and returns when kernel code leaks,
 * breaks a rule, panics or hangs.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/referee.h"
#include "cli/cli.h"
#include "cli/mount_var.h"
#include "cli/session.h"
#include "kernel/event.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "model/event.h"
#include "model/wire/pci.h"
#include "model/wire/virtq.h"
#include "tests/cli/liar.h"
#include "tests/kernel/misbehave.h"
#include "tests/test.h"

static struct liar media[2];
static char violations[2048];
static char console[4096];

static void
note_violation(void *arg, const char *checker, const char *text)
{
	size_t n = strlen(violations);

	(void)arg;
	snprintf(violations + n, sizeof(violations) - n, "%s: %s\n", checker,
	    text);
}

static void
note_line(void *arg, const char *line)
{
	size_t n = strlen(console);

	(void)arg;
	snprintf(console + n, sizeof(console) - n, "%s\n", line);
}

static struct session *
begin(enum misbehaviour what, bool referee, int *status)
{
	struct session_config config = {
		.ndisks = 2,
		.referee = referee,
		.violation = note_violation,
		.console = note_line,
	};
	struct session *session;

	misbehaviour = what;
	violations[0] = console[0] = '\0';
	memset(media, 0, sizeof(media));
	for (unsigned i = 0; i < 2; i++)
		config.disks[i].backend = liar_new(&media[i], 1 << 20, -1);
	liar_hush();
	session = session_open(&config, status);
	if (session == NULL)
		(void)liar_heard();
	return (session);
}

/* Closes `session`; nothing of it may be left. */
static int
end(struct session *session)
{
	int status = session_close(session);

	(void)liar_heard();
	misbehaviour = BEHAVE;
	T_TRUE(kernel_event_hook == NULL);
	T_TRUE(media[0].bytes == NULL && media[1].bytes == NULL);
	return (status);
}

/*
 * What is still open when the session ends is a violation: here a chain that
 * a device has taken, and that outlives even the driver's detach.
 */
static void
take_one(void *arg, const struct kernel_event *event)
{
	static const struct virtq_desc desc;
	static const uint16_t index = 1;

	if (event->type == KE_HALT) {
		referee_model_event(arg,
		    &(struct model_event) {
			.type = MODEL_QUEUE_ENABLE,
			.device = "ghost",
			.enable = { .size = 8 },
		    });
		referee_model_event(arg,
		    &(struct model_event) {
			.type = MODEL_TAKE,
			.device = "ghost",
			.take = { .head = 1,
			    .count = 1,
			    .descs = &desc,
			    .indices = &index },
		    });
	}
	referee_kernel_event(arg, event);
}

TEST(session, referee_looks_at_what_is_still_open)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	kernel_set_events(take_one, kernel_event_arg);
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations, "ghost queue 0: the device never gave back 1 chains");
}

TEST(session, clean_one_is_fine)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_HAS(console, "vioblk1: 1MB");
	T_EQ(end(session), CLI_OK);
	T_STR(violations, "");
	T_STR(liar_heard(), "");
}

TEST(session, leak_of_a_thread_is_a_violation)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "leaker", misbehave_leak, NULL));
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations,
	    "leaks: malloc(9) memory left behind by a driver "
	    "after all modules were unloaded: \"misbehave\"");
}

TEST(session, leak_of_a_driver_is_a_violation)
{
	struct session *session;
	int status;

	session = begin(LEAK_AT_DETACH, true, &status);
	T_REQUIRE(session != NULL);
	T_STR(violations, "");
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations,
	    "leaks: malloc(9) memory left behind by misbehave0 "
	    "at detach: \"misbehave\" (100 bytes)");
}

TEST(session, without_a_referee_nobody_looks)
{
	struct session *session;
	int status;

	session = begin(LEAK_AT_DETACH, false, &status);
	T_REQUIRE(session != NULL);
	T_EQ(end(session), CLI_OK);
	T_STR(violations, "");
}

TEST(session, misuse_is_a_violation)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "misuser", misbehave_misuse, NULL));
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations, "rules: kernel: bus_dma_tag_create: alignment 0x3");
	T_HAS(console, "misuse: bus_dma_tag_create: alignment 0x3");
}

TEST(session, panic_ends_it)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_FALSE(session_run(session, "panicker", misbehave_panic, NULL));
	/* Nothing runs after that. */
	T_FALSE(session_run(session, "leaker", misbehave_leak, NULL));
	T_EQ(end(session), CLI_PANIC);
	T_TRUE(
	    strncmp(liar_heard(),
		"ringside: the kernel panicked: misbehaving at 42\n", 49) == 0);
	T_STR(violations, "rules: panic: misbehaving at 42\n");
}

TEST(session, panic_is_worse_than_a_leak)
{
	struct session *session;
	int status;

	session = begin(LEAK_AT_DETACH, false, &status);
	T_REQUIRE(session != NULL);
	T_FALSE(session_run(session, "panicker", misbehave_panic, NULL));
	T_EQ(end(session), CLI_PANIC);
}

TEST(session, hang_ends_it)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_FALSE(session_run(session, "hanger", misbehave_hang, NULL));
	T_EQ(end(session), CLI_PANIC);
	T_HAS(liar_heard(), "ringside: the kernel hangs: ");
}

TEST(session, panic_at_attach_is_no_session)
{
	int status = CLI_OK;

	T_TRUE(begin(PANIC_AT_ATTACH, true, &status) == NULL);
	misbehaviour = BEHAVE;
	T_EQ(status, CLI_PANIC);
	T_HAS(liar_heard(),
	    "ringside: the kernel panicked: misbehave0 does not attach\n");
	T_TRUE(media[0].bytes == NULL && media[1].bytes == NULL);
}

TEST(session, panic_at_detach_is_seen)
{
	struct session *session;
	int status;

	session = begin(PANIC_AT_DETACH, true, &status);
	T_REQUIRE(session != NULL);
	T_EQ(end(session), CLI_PANIC);
	T_HAS(liar_heard(), "misbehave0 does not detach");
}

TEST(session, hang_at_detach_is_seen)
{
	struct session *session;
	int status;

	session = begin(HANG_AT_DETACH, true, &status);
	T_REQUIRE(session != NULL);
	T_EQ(end(session), CLI_PANIC);
	T_HAS(liar_heard(), "the kernel hangs");
}

static void
count_halts(void *arg)
{
	struct machine_ledger *ledger = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd1");
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ, .length = 512 };

	T_REQUIRE(disk != NULL);
	io.data = kernel_buffer_alloc(512);
	T_REQUIRE(io.data != NULL);
	T_EQ(kernel_disk_rw(disk, &io), 0);
	kernel_buffer_free(io.data);
	kernel_disk_close(disk);
	machine_ledger_read(ledger);
}

TEST(session, disks_are_in_order_and_waiting_is_counted)
{
	struct machine_ledger ledger = { 0 };
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "reader", count_halts, &ledger));
	T_EQ(media[0].reads, 0);
	T_EQ(media[1].reads, 1);
	T_TRUE(ledger.halt_exits >= 1);
	T_EQ(ledger.exits,
	    ledger.io_exits + ledger.mmio_exits + ledger.halt_exits);
	T_EQ(end(session), CLI_OK);
}

struct names {
	char first[32], second[32];
	bool third;
};

static void
disk_name(unsigned i, char *name, size_t size)
{
	struct kernel_disk *disk = session_disk_open(i);
	struct kernel_disk_info info;

	T_REQUIRE(disk != NULL);
	kernel_disk_info(disk, &info);
	snprintf(name, size, "%s", info.name);
	kernel_disk_close(disk);
}

/* Names are given in the order in which devices attach. */
static void
attach_backwards(void *arg)
{
	struct names *names = arg;

	T_EQ(kernel_devctl_detach("pci0:0:1:0", false), 0);
	T_TRUE(session_disk_open(0) == NULL);
	T_EQ(kernel_devctl_detach("pci0:0:2:0", false), 0);
	T_EQ(kernel_devctl_attach("pci0:0:2:0"), 0);
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), 0);
	disk_name(0, names->first, sizeof(names->first));
	disk_name(1, names->second, sizeof(names->second));
	names->third = session_disk_open(2) != NULL;
}

TEST(session, disks_are_found_whatever_they_are_called)
{
	struct names names = { .third = true };
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "names", attach_backwards, &names));
	T_STR(names.first, "vbd1");
	T_STR(names.second, "vbd0");
	T_FALSE(names.third);
	T_EQ(end(session), CLI_OK);
}

static void
open_mounted(void *arg)
{
	static struct mount mount;
	struct names *names = arg;

	attach_backwards(names);
	memset(&mount, 0, sizeof(mount));
	mount.ndisks = 2;
	T_REQUIRE(mount_disks_open(&mount));
	memcpy(names->first, mount.disks[0].info.name, sizeof(names->first));
	memcpy(names->second, mount.disks[1].info.name, sizeof(names->second));
	mount_disks_close(&mount);
}

/* Whoever mounts a and b finds a in vbd0 and b in vbd1. */
TEST(session, mounted_disks_are_called_by_their_place)
{
	struct names names = { .third = true };
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "names", open_mounted, &names));
	T_STR(names.first, "vbd0");
	T_STR(names.second, "vbd1");
	T_EQ(end(session), CLI_OK);
}

/*
 * --- what devices tell the referee ---
 */

/* A 32-bit register of disk 0's common configuration (4.1.4.3). */
static uint64_t
common_register(unsigned offset)
{
	unsigned cap = machine_pci_read(1, 0x34, 1);
	uint64_t bar;

	while (cap != 0 &&
	    (machine_pci_read(1, cap, 1) != 0x09 ||
		machine_pci_read(1, cap + 3, 1) != VIRTIO_PCI_CAP_COMMON_CFG))
		cap = machine_pci_read(1, cap + 1, 1);
	T_REQUIRE(cap != 0);
	bar =
	    machine_pci_read(1, 0x10 + 4 * machine_pci_read(1, cap + 4, 1), 4) &
	    ~UINT32_C(15);
	return (bar + machine_pci_read(1, cap + 8, 4) + offset);
}

/* As a driver that changes the descriptors of a request under way. */
static void
change_descriptors(void *arg)
{
	uint64_t desc;

	(void)arg;
	machine_mmio_write(common_register(22), 0, 2); /* queue_select */
	desc = machine_mmio_read(common_register(32), 4) |
	    machine_mmio_read(common_register(36), 4) << 32;
	T_REQUIRE(machine_is_gpa(desc, 4096));
	for (unsigned i = 0; i < 4096; i += 16)
		*(uint8_t *)(uintptr_t)(MACHINE_DEVICE_VIEW + desc -
		    MACHINE_RAM_BASE + i) ^= 1;
}

static void
read_once(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ, .length = 512 };

	(void)arg;
	T_REQUIRE(disk != NULL);
	io.data = kernel_buffer_alloc(512);
	T_REQUIRE(io.data != NULL);
	T_EQ(kernel_disk_rw(disk, &io), 0);
	kernel_buffer_free(io.data);
	kernel_disk_close(disk);
}

/* What the model tells arrives, and the referee sees guest memory. */
TEST(session, descriptor_changed_in_flight_is_a_violation)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	media[0].each = change_descriptors;
	T_TRUE(session_run(session, "reader", read_once, NULL));
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations, "ownership: blk0 queue 0: the driver changed ");
}

/* A driver must not write 0 to queue_enable (4.1.4.3.2). */
static void
disable_queue(void *arg)
{
	(void)arg;
	machine_mmio_write(common_register(22), 0, 2);
	machine_mmio_write(common_register(28), 0, 2);
}

TEST(session, report_of_the_model_is_a_violation)
{
	struct session *session;
	int status;

	session = begin(BEHAVE, true, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "rule breaker", disable_queue, NULL));
	T_EQ(end(session), CLI_VIOLATION);
	T_HAS(violations, "rules: blk0: virtio 1.3, ");
}

/*
 * --- what the kernel is told ---
 */

static struct session *
quick(uint64_t seed, bool verbose)
{
	struct session_config config = {
		.seed = seed,
		.verbose = verbose,
		.console = note_line,
	};
	int status;

	console[0] = '\0';
	return (session_open(&config, &status));
}

TEST(session, seed_and_verbosity_reach_the_kernel)
{
	static const uint64_t seeds[] = { 1, 1, 2 };
	uint32_t drawn[3];
	struct session *session;

	for (unsigned i = 0; i < 3; i++) {
		session = quick(seeds[i], i == 1);
		T_REQUIRE(session != NULL);
		T_TRUE(session_run(session, "random", misbehave_random,
		    &drawn[i]));
		T_TRUE(session_run(session, "log", misbehave_log, NULL));
		T_EQ(strstr(console, "misbehave_log") != NULL, i == 1);
		T_EQ(session_close(session), CLI_OK);
	}
	T_EQ(drawn[0], drawn[1]);
	T_TRUE(drawn[0] != drawn[2]);
}

TEST(session, stack_that_overflows_ends_the_kernel)
{
	struct session *session;
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	T_REQUIRE(child >= 0);
	if (child == 0) {
		close(STDERR_FILENO);
		close(STDOUT_FILENO);
		session = quick(1, false);
		(void)session_run(session, "deep", misbehave_overflow, NULL);
		_exit(session_close(session));
	}
	T_REQUIRE(waitpid(child, &status, 0) == child);
	T_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == CLI_PANIC);
}
