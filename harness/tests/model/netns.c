/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See netns.h.
 */
#include "tests/model/netns.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/sockios.h>

#include "tests/checks.h"
#include "tests/runner.h"
#include "tests/test.h"

/* What the child tells its parent. */
struct report {
	bool ended;
	char skipped[256];
	char failures[8192];
};

static void (*body)(void);
static int control = -1; /* a socket of the namespace */

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	(void)close(fd);
}

static void
enter(void)
{
	char map[64];
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWNET) != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
			test_skip("this host gives no network namespaces");
		write_file("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof(map), "0 %u 1", uid);
		write_file("/proc/self/uid_map", map);
		(void)snprintf(map, sizeof(map), "0 %u 1", gid);
		write_file("/proc/self/gid_map", map);
	}
	/* The host's stack shall say nothing of its own. */
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	T_REQUIRE(control >= 0);
}

static void
in_child(const struct test_case *test)
{
	(void)test;
	enter();
	/* Whoever opens TAPs in a test may take it that there are some. */
	(void)close(netns_tap("probe", 0));
	body();
}

static void
child(struct report *report)
{
	const struct test_result *result = test_current;

	checks_run(in_child, result->test);
	if (result->reason != NULL)
		(void)snprintf(report->skipped, sizeof(report->skipped), "%s",
		    result->reason);
	if (result->failures != NULL)
		(void)snprintf(report->failures, sizeof(report->failures), "%s",
		    result->failures);
	report->ended = true;
	fflush(NULL);
	_exit(0);
}

void
netns_run(void (*fn)(void))
{
	static char reason[256];
	struct report *report;
	pid_t pid;
	int status = -1;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	T_REQUIRE(report != MAP_FAILED);
	fflush(NULL);
	body = fn;
	pid = fork();
	T_REQUIRE(pid >= 0);
	if (pid == 0)
		child(report);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	T_EQ(status, 0);
	T_TRUE(report->ended);
	if (report->failures[0] != '\0')
		test_fail(__FILE__, 0, "in the namespace:\n%s",
		    report->failures);
	(void)snprintf(reason, sizeof(reason), "%s", report->skipped);
	(void)munmap(report, sizeof(*report));
	if (reason[0] != '\0')
		test_skip(reason);
}

/*
 * --- interfaces ---
 */

static struct ifreq
request_for(const char *name)
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return (request);
}

void
netns_up(const char *name, bool up)
{
	struct ifreq request = request_for(name);

	T_EQ(ioctl(control, SIOCGIFFLAGS, &request), 0);
	if (up)
		request.ifr_flags |= IFF_UP;
	else
		request.ifr_flags &= (short)~IFF_UP;
	T_EQ(ioctl(control, SIOCSIFFLAGS, &request), 0);
}

void
netns_mtu(const char *name, int mtu)
{
	struct ifreq request = request_for(name);

	request.ifr_mtu = mtu;
	T_EQ(ioctl(control, SIOCSIFMTU, &request), 0);
}

/* RTM_DELLINK, which has no other spelling for a TAP that is in use. */
void
netns_delete(const char *name)
{
	struct {
		uint32_t length;
		uint16_t type, flags;
		uint32_t seq, pid;
		uint8_t family, pad;
		uint16_t kind;
		int32_t index;
		uint32_t ifflags, change;
	} message = { .length = sizeof(message), .type = 17, .flags = 5 };
	int32_t answer[64] = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	T_REQUIRE(fd >= 0);
	message.index = (int32_t)if_nametoindex(name);
	T_TRUE(message.index > 0);
	T_EQ(send(fd, &message, sizeof(message), 0), sizeof(message));
	/* An acknowledgement: a header of 16 bytes, and the error. */
	T_TRUE(recv(fd, answer, sizeof(answer), 0) >= 20);
	T_EQ(answer[4], 0);
	(void)close(fd);
}

static void
bridge_add(const char *name, const char *member)
{
	struct ifreq request = request_for(name);

	request.ifr_ifindex = (int)if_nametoindex(member);
	T_EQ(ioctl(control, SIOCBRADDIF, &request), 0);
}

void
netns_bridge(const char *name, const char *a, const char *b)
{
	char buffer[IFNAMSIZ] = "";

	(void)snprintf(buffer, sizeof(buffer), "%s", name);
	if (ioctl(control, SIOCBRADDBR, buffer) != 0)
		test_skip("the host's kernel has no bridge");
	netns_up(a, true);
	netns_up(b, true);
	bridge_add(name, a);
	bridge_add(name, b);
	netns_up(name, true);
}

/*
 * --- TAPs ---
 */

int
netns_tap(const char *name, unsigned flags)
{
	struct ifreq request = request_for(name);
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), size = 12;

	if (fd < 0)
		test_skip("no /dev/net/tun that can be used");
	request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &request) != 0)
		test_skip("this user may not make a TAP");
	T_EQ(ioctl(fd, TUNSETVNETHDRSZ, &size), 0);
	T_EQ(ioctl(fd, TUNSETOFFLOAD, flags), 0);
	return (fd);
}

bool
netns_read(int tap, const uint8_t source[6], struct netns_frame *frame)
{
	struct iovec iov[2] = {
		{ &frame->header, VIRTIO_NET_HDR_BYTES },
		{ frame->bytes, sizeof(frame->bytes) },
	};
	struct pollfd pollfd = { .fd = tap, .events = POLLIN };
	unsigned others;
	ssize_t n;

	/* The host's stack has its own to say, but not much. */
	for (others = 0; others < 100; others++) {
		if (poll(&pollfd, 1, 1000) != 1)
			return (false);
		n = readv(tap, iov, 2);
		if (n < VIRTIO_NET_HDR_BYTES)
			return (false);
		frame->length = (uint32_t)n - VIRTIO_NET_HDR_BYTES;
		if (memcmp(frame->bytes + 6, source, 6) == 0)
			return (true);
	}
	return (false);
}
