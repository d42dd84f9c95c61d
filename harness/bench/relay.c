/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A plain relay between two TAPs; see relay.h.
 */
#include <sys/ioctl.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#include "bench/relay.h"

#define OFFLOADS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

static int
open_tap(const char *name)
{
	struct ifreq request = { .ifr_flags =
				     IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0 ||
	    ioctl(fd, TUNSETOFFLOAD, OFFLOADS) != 0)
		return (-1);
	return (fd);
}

int
relay_serve(const char *a, const char *b, const char *ready)
{
	struct pollfd fds[2] = { { open_tap(a), POLLIN, 0 },
		{ open_tap(b), POLLIN, 0 } };
	static char frame[128 << 10];
	ssize_t n;

	if (fds[0].fd < 0 || fds[1].fd < 0 || creat(ready, 0600) < 0)
		return (1);
	while (poll(fds, 2, -1) > 0)
		for (int i = 0; i < 2; i++)
			while ((n = read(fds[i].fd, frame, sizeof(frame))) > 0)
				if (write(fds[1 - i].fd, frame, (size_t)n) < 0)
					break; /* full, or down: lost */
	return (1);
}
