/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver with each kind of interrupts that there may be, and
 * without any: by polling, as debuggers and crash dumps do.
 */
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

static uint8_t bytes[1500];

static int
send_many(struct netif *netif, void *arg)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = 300 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 300,
		.flags = NETIF_FLOW,
		.hash_type = 0x81 };
	int error;

	memset(bytes, 0xff, sizeof(bytes));
	bytes[12] = 0x88;
	bytes[13] = 0xb5;
	for (unsigned i = 0; i < *(unsigned *)arg; i++) {
		frame.flow = i;
		if (netif_output(netif, &frame, 1, &error) != 1)
			return (error);
	}
	return (0);
}

static const struct {
	struct vpci_virtio_config pci;
	const char *text;
} kinds[] = {
	{ { .kind = VPCI_MODERN }, "MSI-X, a vector for each queue" },
	{ { .kind = VPCI_MODERN, .msix = 2 },
	    "MSI-X, a vector for all queues" },
	{ { .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX, .msi = 1 }, "MSI" },
	{ { .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX }, "INTx" },
	{ { .kind = VPCI_LEGACY }, "MSI-X, a vector for each queue" },
	{ { .kind = VPCI_LEGACY, .msix = VPCI_NO_MSIX }, "INTx" },
};

struct text {
	char value[64];
};

static void
read_interrupts(void *arg)
{
	struct text *text = arg;

	T_EQ(kernel_sysctl_read("dev.vio_pci.0.interrupts", text->value,
		 sizeof(text->value)),
	    0);
}

TEST(vioif_intr, all_kinds_serve)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct viorig rig = { .pci = kinds[i].pci,
			.nqueues = 2,
			.echo = true };
		struct text text = { "" };
		unsigned n = 1000;

		kernel_setenv("hw.vio.queues", "2");
		viorig_boot(&rig);
		fixture_run(read_interrupts, &text);
		T_STR(text.value, kinds[i].text);
		T_EQ(viorig_call(&rig, send_many, &n), 0);
		viorig_wait(100);
		T_EQ(rig.sent, n);
		T_EQ(rig.received, n);
		viorig_halt(&rig, true);
	}
}

/*
 * --- debugnet(4) ---
 */

static int
debug(struct netif *netif, void *arg)
{
	struct viorig *rig = arg;
	struct iovec iov = { .iov_base = bytes, .iov_len = 300 };
	int error;

	error = netif_debug_start(netif);
	if (error != 0)
		return (error);
	for (unsigned i = 0; i < 500; i++) {
		bytes[20] = (uint8_t)i;
		T_EQ(netif_debug_output(netif, &iov, 1), 0);
		for (unsigned turn = 0; rig->received <= i && turn < 1000;
		     turn++) {
			sim_delay(1000);
			T_EQ(netif_debug_poll(netif, 1), 0);
		}
		T_REQUIRE(rig->received == i + 1);
		T_EQ(rig->in[i % VIORIG_FRAMES].bytes[20], (uint8_t)i);
	}
	netif_debug_end(netif);
	return (0);
}

TEST(vioif_intr, polling_does_without)
{
	struct viorig rig = { .echo = true };
	unsigned n = 1;

	viorig_boot(&rig);
	T_EQ(viorig_call(&rig, send_many, &n), 0);
	viorig_wait(10);
	rig.received = 0;
	T_EQ(viorig_call(&rig, debug, &rig), 0);
	T_EQ(rig.received, 500);
	viorig_halt(&rig, true);
}

static int
debug_down(struct netif *netif, void *arg)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = 300 };
	int error;

	error = netif_debug_start(netif);
	if (error == 0) {
		error = netif_debug_output(netif, &iov, 1);
		netif_debug_end(netif);
	}
	return (error);
}

TEST(vioif_intr, polling_a_device_that_is_down_is_refused)
{
	struct viorig rig = { 0 };

	viorig_boot_down(&rig);
	T_TRUE(viorig_call(&rig, debug_down, NULL) != 0);
	viorig_halt(&rig, true);
}
