/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * iperf3(1) between two network namespaces, through `ringside tap` and
 * through a plain relay (relay.h) that copies frames between the same two
 * TAPs.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/relay.h"

#define BYTES "400M"

static char dir[64];
static char a[24], b[24]; /* namespaces */

static int __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	status = system(command);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static const char *
missing(void)
{
	if (shell("command -v iperf3 >/dev/null") != 0)
		return ("no iperf3");
	if (access("/dev/net/tun", R_OK | W_OK) != 0)
		return ("no /dev/net/tun that can be used");
	if (geteuid() != 0)
		return ("only root may make network namespaces");
	return (NULL);
}

/* Two TAPs, one a namespace, with somebody between; his number, or -1. */
static pid_t
start(bool ringside)
{
	const char *program = getenv("RINGSIDE");
	char ready[96], ta[16], tb[16];
	struct stat st;
	pid_t pid;

	snprintf(ready, sizeof(ready), "%s/ready", dir);
	snprintf(ta, sizeof(ta), "rsa%ld", (long)getpid());
	snprintf(tb, sizeof(tb), "rsb%ld", (long)getpid());
	pid = fork();
	if (pid == 0 && !ringside)
		_exit(relay_serve(ta, tb, ready));
	if (pid == 0) {
		execlp(program != NULL ? program : "build/ringside", "ringside",
		    "tap", "-f", "-q", "--no-check", "--guest", ta, "--device",
		    tb, "--pid-file", ready, (char *)NULL);
		_exit(127);
	}
	while (stat(ready, &st) != 0) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return (-1);
		usleep(1000);
	}
	if (shell("ip netns add %s && ip netns add %s && "
		  "ip link set %s netns %s && ip link set %s netns %s && "
		  "ip -n %s addr add 10.6.0.1/24 dev %s && "
		  "ip -n %s addr add 10.6.0.2/24 dev %s && "
		  "ip -n %s link set %s up && ip -n %s link set %s up",
		a, b, ta, a, tb, b, a, ta, b, tb, a, ta, b, tb) == 0)
		return (pid);
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
	return (-1);
}

static void
stop(pid_t pid)
{
	if (pid > 0) {
		(void)kill(pid, SIGTERM);
		(void)waitpid(pid, NULL, 0);
	}
	(void)shell("ip netns del %s 2>/dev/null; ip netns del %s 2>/dev/null; "
		    "rm -f %s/*",
	    a, b, dir);
}

/* Bits a second that arrive; 0: it has failed. */
static double
iperf(void)
{
	char command[512], line[64];
	double bits = 0;
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "ip netns exec %s iperf3 -s -1 -D --pidfile %s/server && "
	    "for i in 1 2 3 4 5 6 7 8 9 10; do ip netns exec %s iperf3 "
	    "-c 10.6.0.2 -n " BYTES " -J >%s/json 2>/dev/null && break; "
	    "sleep 0.2; done; sed -n '/sum_received/,/}/s/.*bits_per_second"
	    "\":[^0-9]*\\([0-9]*\\).*/\\1/p' %s/json",
	    b, dir, a, dir, dir);
	pipe = popen(command, "re");
	if (pipe == NULL)
		return (0);
	if (fgets(line, sizeof(line), pipe) != NULL)
		bits = strtod(line, NULL);
	(void)pclose(pipe);
	return (bits);
}

static double
measure(bool ringside)
{
	pid_t pid;
	double bits = 0;

	strcpy(dir, "/tmp/ringside-bench-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (0);
	snprintf(a, sizeof(a), "ringside-a%ld", (long)getpid());
	snprintf(b, sizeof(b), "ringside-b%ld", (long)getpid());
	pid = start(ringside);
	if (pid > 0)
		bits = iperf();
	stop(pid);
	(void)rmdir(dir);
	return (bits);
}

BENCH_AT_LEAST(tap_tcp, "tap: TCP, of a plain relay's", "", 0.7)
{
	double ours, theirs;

	if (missing() != NULL)
		return (bench_skip("%s", missing()));
	theirs = measure(false);
	ours = measure(true);
	if (ours <= 0 || theirs <= 0)
		return (bench_fail("iperf3 failed"));
	return (ours / theirs);
}

BENCH_FIGURE(tap_tcp_gbit, "tap: TCP", "Gbit/s")
{
	double ours;

	if (missing() != NULL)
		return (bench_skip("%s", missing()));
	ours = measure(true);
	return (ours > 0 ? ours / 1e9 : bench_fail("iperf3 failed"));
}
