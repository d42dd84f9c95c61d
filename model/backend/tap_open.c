/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Opening a TAP, and its settings.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "model/backend/tap_var.h"

/* Linux 6.2 has them; its headers may be older. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

_Static_assert(sizeof(((struct ifreq *)0)->ifr_name) ==
	sizeof(((struct tap *)0)->name),
    "names of interfaces");

/*
 * --- settings ---
 */

int
tap_set_offloads(struct tap *tap, uint32_t offloads)
{
	unsigned flags = 0;

	offloads &= tap->allows;
	/* The host knows the rest only together with checksums. */
	if (offloads & NET_OFFLOAD_CSUM) {
		flags = TUN_F_CSUM;
		if (offloads & NET_OFFLOAD_TSO4)
			flags |= TUN_F_TSO4;
		if (offloads & NET_OFFLOAD_TSO6)
			flags |= TUN_F_TSO6;
		if (flags != TUN_F_CSUM && (offloads & NET_OFFLOAD_ECN) != 0)
			flags |= TUN_F_TSO_ECN;
		if (offloads & NET_OFFLOAD_UFO)
			flags |= TUN_F_UFO;
		/* It has both or none. */
		if ((~offloads & (NET_OFFLOAD_USO4 | NET_OFFLOAD_USO6)) == 0)
			flags |= TUN_F_USO4 | TUN_F_USO6;
	}
	return (ioctl(tap->queues[0].fd, TUNSETOFFLOAD, flags));
}

int
tap_queue_use(struct tap *tap, unsigned queue, bool use)
{
	struct ifreq request = {
		.ifr_flags = use ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE,
	};

	return (ioctl(tap->queues[queue].fd, TUNSETQUEUE, &request));
}

/* Asks the interface, by its name. */
static int
tap_ask(const struct tap *tap, unsigned long what, struct ifreq *request)
{
	memset(request, 0, sizeof(*request));
	memcpy(request->ifr_name, tap->name, sizeof(tap->name));
	return (ioctl(tap->socket, what, request) == 0 ? 0 : errno);
}

int
netport_tap_mac(struct netport *port, uint8_t mac[6])
{
	struct ifreq request;
	int error;

	error = tap_ask(tap_of(port), SIOCGIFHWADDR, &request);
	if (error == 0)
		memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return (error);
}

int
netport_tap_mtu(struct netport *port, uint32_t *mtu)
{
	struct ifreq request;
	int error;

	error = tap_ask(tap_of(port), SIOCGIFMTU, &request);
	if (error == 0)
		*mtu = (uint32_t)request.ifr_mtu;
	return (error);
}

uint32_t
netport_tap_offloads(const struct netport *port)
{
	return (((const struct tap *)(const void *)port)->knows);
}

/*
 * --- opening ---
 */

static void
tap_close_queue(struct tap_queue *queue)
{
	if (queue->fd >= 0)
		(void)close(queue->fd);
	free(queue->bytes);
	queue->fd = -1;
	queue->bytes = NULL;
}

void
tap_close(struct netport *port)
{
	struct tap *tap = tap_of(port);
	unsigned i;

	for (i = 0; i < NETPORT_QUEUES_MAX; i++)
		tap_close_queue(&tap->queues[i]);
	if (tap->socket >= 0)
		(void)close(tap->socket);
	free(tap->gathered);
	free(tap);
}

static const char *
tap_why(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return ("may not be used: that takes CAP_NET_ADMIN, or an "
			"interface made for this user");
	case EBUSY:
		return ("is in use by another process");
	case EINVAL:
		return ("is not a TAP, or not one of that many queues");
	case E2BIG:
		return ("does not have that many queues");
	default:
		return (strerror(error));
	}
}

/* One more descriptor of the interface: a queue. */
static int
tap_open_queue(struct tap *tap, struct tap_queue *queue, char *why)
{
	struct ifreq request = { 0 };
	int size = VIRTIO_NET_HDR_BYTES, error;

	queue->bytes = malloc(NET_FRAME_MAX + 1);
	if (queue->bytes == NULL) {
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	queue->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (queue->fd < 0) {
		error = errno;
		(void)snprintf(why, NETPORT_WHY, "/dev/net/tun: %s",
		    strerror(error));
		return (error);
	}
	memcpy(request.ifr_name, tap->name, sizeof(tap->name));
	request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
	    (tap->several ? IFF_MULTI_QUEUE : 0));
	if (ioctl(queue->fd, TUNSETIFF, &request) != 0 ||
	    ioctl(queue->fd, TUNSETVNETHDRSZ, &size) != 0) {
		error = errno;
		(void)snprintf(why, NETPORT_WHY, "%s", tap_why(error));
		return (error);
	}
	memcpy(tap->name, request.ifr_name, sizeof(tap->name));
	return (0);
}

static int
tap_open_queues(struct tap *tap, char *why)
{
	int error = 0;
	unsigned i;

	tap->several = tap->port.nqueues > 1;
	for (i = 0; i < tap->port.nqueues && error == 0; i++) {
		error = tap_open_queue(tap, &tap->queues[i], why);
		/* One queue of an interface that could have several. */
		if (error == EINVAL && !tap->several) {
			tap->several = true;
			tap_close_queue(&tap->queues[i]);
			error = tap_open_queue(tap, &tap->queues[i], why);
		}
	}
	tap->pairs = tap->port.nqueues;
	return (error);
}

/* What this host's kernel can leave undone, of what the caller allows. */
static void
tap_probe(struct tap *tap, uint32_t offloads)
{
	static const uint32_t all[] = {
		NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6 |
		    NET_OFFLOAD_ECN,
		NET_OFFLOAD_UFO,
		NET_OFFLOAD_USO4 | NET_OFFLOAD_USO6,
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tap->allows = tap->knows | all[i];
		if (tap_set_offloads(tap, tap->allows) == 0)
			tap->knows |= all[i];
	}
	tap->allows = tap->knows & offloads;
	/* Without checksums there are no others. */
	if ((tap->allows & NET_OFFLOAD_CSUM) == 0)
		tap->allows = 0;
	tap->port.takes = tap->allows;
	(void)tap_set_offloads(tap, 0);
}

static int
tap_look(struct tap *tap, char *why)
{
	struct ifreq request = { 0 };
	int error;

	tap->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	error = tap->socket < 0 ? errno : tap_ask(tap, SIOCGIFFLAGS, &request);
	if (error == 0) {
		tap_is_down(tap, (request.ifr_flags & IFF_UP) == 0);
		error = netport_tap_mtu(&tap->port, &tap->port.mtu);
	}
	if (error != 0)
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(error));
	return (error);
}

int
netport_tap_open(const struct netport_tap_config *config, struct netport **port,
    char *why)
{
	struct tap *tap;
	int error;
	unsigned i;

	if (strlen(config->name) >= sizeof(tap->name) ||
	    config->nqueues > NETPORT_QUEUES_MAX) {
		(void)snprintf(why, NETPORT_WHY, "%s",
		    config->nqueues > NETPORT_QUEUES_MAX ?
			"cannot have so many queues" :
			"is too long for a name");
		return (EINVAL);
	}
	tap = calloc(1, sizeof(*tap));
	if (tap == NULL) {
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	netport_init(&tap->port, &tap_ops, tap->name);
	(void)snprintf(tap->name, sizeof(tap->name), "%s", config->name);
	tap->port.nqueues = config->nqueues != 0 ? config->nqueues : 1;
	tap->complain = config->complain;
	tap->complain_arg = config->complain_arg;
	tap->socket = -1;
	for (i = 0; i < NETPORT_QUEUES_MAX; i++)
		tap->queues[i].fd = -1;
	tap->gathered = malloc(NET_FRAME_MAX);
	error = tap->gathered != NULL ? 0 : ENOMEM;
	if (error != 0)
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(error));
	else
		error = tap_open_queues(tap, why);
	if (error == 0)
		error = tap_look(tap, why);
	if (error != 0) {
		tap_close(&tap->port);
		return (error);
	}
	tap_probe(tap, config->offloads);
	*port = &tap->port;
	return (0);
}
