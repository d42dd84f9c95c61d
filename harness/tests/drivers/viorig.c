/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See viorig.h.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"
#include "machine/memory.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define MSEC UINT64_C(1000000)

/* One a process, and one device a rig. */
static struct viorig *plugged;
static uint8_t store[3][VIORIG_FRAMES][VIORIG_BYTES];

/*
 * --- the port: what the driver sends is kept, what a test gives is sent ---
 */

static void
keep(struct viorig_frame *to, uint8_t *bytes, const struct iovec *iov,
    unsigned iovcnt)
{
	uint32_t at = 0;

	memset(to, 0, sizeof(*to));
	to->bytes = bytes;
	for (unsigned i = 0; i < iovcnt; i++) {
		T_REQUIRE(at + iov[i].iov_len <= VIORIG_BYTES);
		memcpy(bytes + at, iov[i].iov_base, iov[i].iov_len);
		at += (uint32_t)iov[i].iov_len;
	}
	to->length = at;
}

static bool
rig_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct viorig *rig = plugged;
	unsigned slot = rig->sent % VIORIG_FRAMES;
	struct viorig_frame *out = &rig->out[slot];

	if (rig->full)
		return (false);
	keep(out, store[0][slot], frame->iov, frame->iovcnt);
	out->queue = queue;
	out->flags = frame->flags;
	out->gso_type = frame->gso_type;
	out->hdr_len = frame->hdr_len;
	out->gso_size = frame->gso_size;
	out->csum_start = frame->csum_start;
	out->csum_offset = frame->csum_offset;
	/* What finds no buffer waits, and holds up what comes after it. */
	if (rig->echo &&
	    netport_deliver(port, queue, frame) == NETPORT_NO_BUFFER) {
		rig->held |= 1u << queue;
		return (false);
	}
	rig->sent++;
	port->stats.out_frames++;
	if (rig->sending != NULL)
		rig->sending(rig, frame);
	return (true);
}

static bool
rig_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct viorig *rig = plugged;
	const struct viorig_frame *in;
	struct net_frame frame;
	struct iovec iov;

	if ((rig->held & 1u << queue) != 0) {
		rig->held &= ~(1u << queue);
		netport_ready(port, queue);
	}
	while (rig->delivered < rig->injected && budget-- > 0) {
		in = &rig->inject[rig->delivered % VIORIG_FRAMES];
		iov.iov_base = in->bytes;
		iov.iov_len = in->length;
		frame = (struct net_frame) {
			.iov = &iov,
			.iovcnt = 1,
			.length = in->length,
			.flags = in->flags,
			.gso_type = in->gso_type,
			.hdr_len = in->hdr_len,
			.gso_size = in->gso_size,
			.csum_start = in->csum_start,
			.csum_offset = in->csum_offset,
		};
		if (netport_deliver(port, in->queue, &frame) ==
		    NETPORT_NO_BUFFER)
			return (false);
		rig->delivered++;
	}
	return (rig->delivered < rig->injected);
}

static const struct netport_ops rig_port_ops = {
	.transmit = rig_transmit,
	.receive = rig_receive,
};

/*
 * --- the device ---
 */

static void
rig_event(void *arg, const struct model_event *event)
{
	struct viorig *rig = arg;
	unsigned queue = event->queue;
	const struct virtq_desc *first;

	if (event->type == MODEL_REPORT) {
		rig->reports++;
		snprintf(rig->report, sizeof(rig->report), "%s: %s",
		    event->report.clause, event->report.text);
	}
	if (event->type == MODEL_RESET)
		rig->resets++;
	if (queue < sizeof(rig->taken) / sizeof(rig->taken[0])) {
		switch (event->type) {
		case MODEL_QUEUE_ENABLE:
			rig->enabled[queue] = *event;
			rig->taken[queue] = rig->given[queue] = 0;
			rig->taking[queue] = false;
			break;
		case MODEL_TAKE:
			first = event->take.table_count > 0 ?
			    event->take.table :
			    event->take.descs;
			if (!rig->taking[queue])
				rig->first_gpa[queue] = wire64(first->addr);
			rig->first_length[queue] = wire32(first->len);
			rig->taking[queue] = true;
			rig->taken[queue]++;
			break;
		case MODEL_UNTAKE:
			rig->taking[queue] = false;
			break;
		case MODEL_GIVE:
			rig->taking[queue] = false;
			rig->given[queue]++;
			break;
		default:
			break;
		}
	}
	if (rig->event != NULL)
		rig->event(rig, event);
}

static bool
rig_process(struct vdev *dev, unsigned queue)
{
	if (plugged->deaf ||
	    (plugged->deaf_to != 0 && queue >= plugged->deaf_to))
		return (false);
	return (plugged->real_ops->process(dev, queue));
}

static bool
rig_interrupt(void *arg, unsigned queue)
{
	if (plugged->silent)
		return (false);
	return (plugged->real_transport_ops->interrupt(arg, queue));
}

static void
rig_misbehave(struct viorig *rig)
{
	rig->real_ops = rig->dev->ops;
	rig->ops = *rig->real_ops;
	rig->ops.process = rig_process;
	rig->dev->ops = &rig->ops;
	rig->real_transport_ops = rig->dev->transport;
	rig->transport_ops = *rig->real_transport_ops;
	rig->transport_ops.interrupt = rig_interrupt;
	rig->dev->transport = &rig->transport_ops;
}

/* The legacy interface's first register holds the features. */
static uint64_t
rig_bar_read(struct pci_function *function, unsigned bar, uint64_t offset,
    unsigned width)
{
	uint64_t value;

	value = plugged->real_pci_ops->bar_read(function, bar, offset, width);
	if (bar == 0 && offset == 0 && width == 4)
		value &= ~VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT);
	return (value);
}

static void
rig_make_old(struct viorig *rig, struct pci_function *function)
{
	rig->real_pci_ops = function->ops;
	rig->pci_ops = *function->ops;
	rig->pci_ops.bar_read = rig_bar_read;
	function->ops = &rig->pci_ops;
}

static void
rig_plug(void *arg)
{
	struct viorig *rig = arg;
	struct vdev_host *host = machine_device_host(1, "net0");

	plugged = rig;
	if (rig->old)
		rig->pci.kind = VPCI_LEGACY;
	netport_init(&rig->port, &rig_port_ops, "rig");
	rig->port.takes = rig->takes;
	rig->port.mtu = rig->mtu;
	rig->port.nqueues = rig->nqueues != 0 ? rig->nqueues : 1;
	rig->dev = vnet_new(&rig->net, &rig->port);
	T_REQUIRE(rig->dev != NULL && host != NULL);
	host->event = rig_event;
	host->event_arg = rig;
	rig->transport = vpci_virtio_new(rig->dev, host, &rig->pci);
	T_REQUIRE(rig->transport != NULL);
	rig_misbehave(rig);
	if (rig->tune != NULL)
		rig->tune(rig);
	if (rig->old)
		rig_make_old(rig, vpci_virtio_function(rig->transport));
	machine_pci_plug(1, vpci_virtio_function(rig->transport));
}

static void
rig_destroy(void *arg)
{
	struct viorig *rig = arg;

	machine_pci_unplug(1);
	rig->dev->ops = rig->real_ops;
	vpci_virtio_free(rig->transport);
	vdev_free(rig->dev);
}

/*
 * --- the kernel's side ---
 */

static void
rig_input(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct viorig *rig = arg;
	unsigned slot = rig->received % VIORIG_FRAMES;
	struct viorig_frame *in = &rig->in[slot];

	keep(in, store[1][slot], frame->iov, frame->iovcnt);
	in->rx_flags = frame->flags;
	in->segments = frame->segments;
	in->vlan_tag = frame->vlan_tag;
	in->hash_type = frame->hash_type;
	in->flow = frame->flow;
	rig->received++;
}

static void
rig_tap(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct viorig *rig = arg;

	if ((frame->flags & NETIF_OUT) == 0)
		return;
	rig->tapped++;
	rig->tapped_length = frame->length;
}

void
viorig_open(struct viorig *rig)
{
	rig->netif = netif_open("vio0");
	if (rig->netif == NULL)
		return;
	netif_set_input(rig->netif, rig_input, rig);
	netif_set_tap(rig->netif, rig_tap, rig);
}

static void
open_it(void *arg)
{
	viorig_open(arg);
}

static void
close_it(void *arg)
{
	struct viorig *rig = arg;

	if (rig->netif != NULL)
		netif_close(rig->netif);
	rig->netif = NULL;
}

void
viorig_boot_down(struct viorig *rig)
{
	fixture_boot(&(struct fixture_config) {
	    .plug = rig_plug,
	    .destroy = rig_destroy,
	    .arg = rig,
	});
	fixture_run(open_it, rig);
}

void
viorig_boot(struct viorig *rig)
{
	viorig_boot_down(rig);
	T_REQUIRE(rig->netif != NULL);
	T_EQ(viorig_up(rig), 0);
	viorig_wait(10);
}

void
viorig_halt(struct viorig *rig, bool clean)
{
	fixture_run(close_it, rig);
	fixture_halt();
	if (clean && rig->reports != 0)
		test_check(false, rig->report, __FILE__, __LINE__);
}

bool
viorig_attached(struct viorig *rig)
{
	return (rig->netif != NULL);
}

static void
wait_a_while(void *arg)
{
	sim_delay(*(unsigned *)arg * MSEC);
}

void
viorig_wait(unsigned ms)
{
	fixture_run(wait_a_while, &ms);
}

struct call {
	struct viorig *rig;
	int (*fn)(struct netif *, void *);
	void *arg;
	int error;
};

static void
call(void *arg)
{
	struct call *c = arg;

	c->error = c->fn(c->rig->netif, c->arg);
}

int
viorig_call(struct viorig *rig, int (*fn)(struct netif *, void *), void *arg)
{
	struct call c = { .rig = rig, .fn = fn, .arg = arg, .error = -1 };

	T_REQUIRE(rig->netif != NULL);
	fixture_run(call, &c);
	return (c.error);
}

static int
do_up(struct netif *netif, void *arg)
{
	return (netif_up(netif));
}

static int
do_down(struct netif *netif, void *arg)
{
	return (netif_down(netif));
}

static int
do_mtu(struct netif *netif, void *arg)
{
	return (netif_set_mtu(netif, *(uint32_t *)arg));
}

static int
do_promisc(struct netif *netif, void *arg)
{
	return (netif_set_promisc(netif, *(bool *)arg));
}

static int
do_info(struct netif *netif, void *arg)
{
	return (netif_info(netif, arg));
}

static int
do_counters(struct netif *netif, void *arg)
{
	return (netif_counters(netif, arg));
}

static int
do_caps(struct netif *netif, void *arg)
{
	return (netif_set_capabilities(netif, *(uint32_t *)arg));
}

int
viorig_up(struct viorig *rig)
{
	return (viorig_call(rig, do_up, NULL));
}

int
viorig_down(struct viorig *rig)
{
	return (viorig_call(rig, do_down, NULL));
}

int
viorig_set_mtu(struct viorig *rig, uint32_t mtu)
{
	return (viorig_call(rig, do_mtu, &mtu));
}

int
viorig_set_promisc(struct viorig *rig, bool on)
{
	return (viorig_call(rig, do_promisc, &on));
}

int
viorig_set_caps(struct viorig *rig, uint32_t on, uint32_t off)
{
	struct netif_info info;
	uint32_t enabled;

	viorig_info(rig, &info);
	enabled = (info.enabled | on) & ~off;
	return (viorig_call(rig, do_caps, &enabled));
}

void
viorig_info(struct viorig *rig, struct netif_info *info)
{
	T_EQ(viorig_call(rig, do_info, info), 0);
}

void
viorig_counters(struct viorig *rig, struct netif_counters *counters)
{
	T_EQ(viorig_call(rig, do_counters, counters), 0);
}

/*
 * --- frames ---
 */

static int
do_send(struct netif *netif, void *arg)
{
	int error = 0;

	(void)netif_output(netif, arg, 1, &error);
	sim_delay(5 * MSEC);
	return (error);
}

int
viorig_send(struct viorig *rig, const void *bytes, uint32_t length,
    const struct netif_frame *wish)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes,
		.iov_len = length };
	struct netif_frame frame = { 0 };

	if (wish != NULL)
		frame = *wish;
	frame.iov = &iov;
	frame.iovcnt = 1;
	frame.length = length;
	return (viorig_call(rig, do_send, &frame));
}

void
viorig_queue(struct viorig *rig, const struct viorig_frame *frame)
{
	unsigned slot = rig->injected % VIORIG_FRAMES;

	T_REQUIRE(rig->injected - rig->delivered < VIORIG_FRAMES);
	rig->inject[slot] = *frame;
	rig->inject[slot].bytes = store[2][slot];
	memcpy(store[2][slot], frame->bytes, frame->length);
	rig->injected++;
}

static void
ready(void *arg)
{
	struct viorig *rig = arg;

	for (unsigned i = 0; i < rig->port.nqueues; i++)
		netport_ready(&rig->port, i);
	sim_delay(20 * MSEC);
}

void
viorig_give(struct viorig *rig, const struct viorig_frame *frame)
{
	if (frame != NULL)
		viorig_queue(rig, frame);
	fixture_run(ready, rig);
}

/*
 * --- the rest ---
 */

struct sysctl {
	char path[96];
	const char *value; /* to be written, or NULL */
	char text[64];
	int error;
};

static void
use_sysctl(void *arg)
{
	struct sysctl *s = arg;

	if (s->value != NULL)
		s->error = kernel_sysctl_write(s->path, s->value);
	else
		s->error =
		    kernel_sysctl_read(s->path, s->text, sizeof(s->text));
}

uint64_t
viorig_sysctl(const char *name)
{
	struct sysctl s = { .text = "" };

	snprintf(s.path, sizeof(s.path), "dev.vio.0.%s", name);
	fixture_run(use_sysctl, &s);
	T_EQ(s.error, 0);
	return (strtoull(s.text, NULL, 0));
}

int
viorig_set_sysctl(const char *name, const char *value)
{
	struct sysctl s = { .value = value };

	snprintf(s.path, sizeof(s.path), "dev.vio.0.%s", name);
	fixture_run(use_sysctl, &s);
	return (s.error);
}

void
viorig_poke(uint64_t gpa, const void *bytes, size_t length)
{
	T_REQUIRE(machine_is_gpa(gpa, length));
	memcpy(
	    (void *)(uintptr_t)(MACHINE_DEVICE_VIEW + gpa - MACHINE_RAM_BASE),
	    bytes, length);
}

uint64_t
viorig_used_element(const struct viorig *rig, unsigned queue)
{
	const struct model_event *enabled = &rig->enabled[queue];
	uint16_t slot =
	    (uint16_t)(rig->given[queue] - 1) % enabled->enable.size;

	return (enabled->enable.device + offsetof(struct virtq_used, ring) +
	    slot * sizeof(struct virtq_used_elem));
}
