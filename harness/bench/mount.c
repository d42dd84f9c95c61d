/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside mount` through fio(1), beside a FUSE file system that does
 * nothing and beside QEMU's storage daemon on the same image.  Clients and
 * servers share one processor, so that what is compared is work, and nobody
 * waits for the other processor to wake up.
 *
 * A file system that does nothing touches no data.  So that the host's memory
 * and the journal of its file system are not what is measured, the image fits
 * into a processor's cache and lies in memory; rows of 64 MiB show what the
 * host adds.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/nullfs.h"

#define IMAGE_SIZE (4u << 20)
#define LARGE_SIZE (64u << 20)

enum peer {
	PEER_NULL,
	PEER_QEMU,
	PEER_NONE,
};

/* A kind of transfer; `bytes` is how much fio(1) transfers a run. */
struct load {
	const char *rw;
	const char *bs;
	const char *bytes;
	unsigned size; /* of the image */
};

static const struct load reads_4k = { "randread", "4k", "100m", IMAGE_SIZE };
static const struct load writes_4k = { "randwrite", "4k", "100m", IMAGE_SIZE };
static const struct load reads_128k = { "read", "128k", "800m", IMAGE_SIZE };
static const struct load writes_128k = { "write", "128k", "800m", IMAGE_SIZE };
static const struct load large_reads = { "read", "128k", "800m", LARGE_SIZE };
static const struct load large_writes = { "write", "128k", "800m", LARGE_SIZE };

/* Everything lies in one folder; the process group of a shell runs it. */
static char dir[64];
static pid_t peer_pid;

static int __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
	char command[2048];
	va_list ap;
	int used, status;

	used = snprintf(command, sizeof(command), "cd %s && ", dir);
	va_start(ap, fmt);
	vsnprintf(command + used, sizeof(command) - (size_t)used, fmt, ap);
	va_end(ap);
	status = system(command);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* This process and those that it starts: one processor, or all again. */
static void
pin(bool on)
{
	static cpu_set_t all;
	cpu_set_t one;

	if (!on) {
		(void)sched_setaffinity(0, sizeof(all), &all);
		return;
	}
	(void)sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	for (int i = CPU_SETSIZE - 1; i >= 0; i--)
		if (CPU_ISSET(i, &all)) {
			CPU_SET(i, &one);
			break;
		}
	(void)sched_setaffinity(0, sizeof(one), &one);
}

/* Waits until a file is there that the peer makes; false: it has ended. */
static bool
wait_for(const char *name, uint64_t size)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	while (stat(path, &st) != 0 || (uint64_t)st.st_size != size) {
		if (waitpid(peer_pid, NULL, WNOHANG) != 0) {
			peer_pid = 0;
			return (false);
		}
		sched_yield();
	}
	return (true);
}

static bool
start_null(unsigned size)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/n", dir);
	peer_pid = fork();
	if (peer_pid == 0)
		_exit(nullfs_serve(path, size));
	return (peer_pid > 0 && wait_for("n/" NULLFS_FILE, size));
}

static bool
start_qemu(unsigned size)
{
	if (shell(": >q") != 0)
		return (false);
	peer_pid = fork();
	if (peer_pid == 0) {
		if (chdir(dir) == 0)
			execlp("qemu-storage-daemon", "qemu-storage-daemon",
			    "--blockdev",
			    "driver=file,node-name=f,filename=a2.img",
			    "--export",
			    "type=fuse,id=e,node-name=f,mountpoint=q,"
			    "writable=on",
			    (char *)NULL);
		_exit(127);
	}
	return (peer_pid > 0 && wait_for("q", size));
}

/* false after saying why. */
static bool
start(enum peer peer, const char *options, unsigned size)
{
	const char *program = getenv("RINGSIDE");
	char path[4096];

	if (realpath(program != NULL ? program : "build/ringside", path) ==
	    NULL) {
		(void)bench_fail("no program to mount with");
		return (false);
	}
	if (shell("mkdir n d && head -c %u /dev/urandom >a.img && "
		  "cp a.img a2.img",
		size) != 0 ||
	    shell("'%s' mount -q %s --disk a.img d", path, options) != 0) {
		(void)bench_fail("ringside mount does not mount");
		return (false);
	}
	if ((peer == PEER_NULL && !start_null(size)) ||
	    (peer == PEER_QEMU && !start_qemu(size))) {
		(void)bench_fail("the peer does not mount");
		return (false);
	}
	return (true);
}

static void
stop(enum peer peer)
{
	(void)shell("fusermount3 -u d 2>/dev/null || "
		    "fusermount3 -u -z d 2>/dev/null");
	if (peer_pid > 0) {
		if (peer == PEER_QEMU)
			(void)kill(peer_pid, SIGTERM);
		else
			(void)shell("fusermount3 -u n 2>/dev/null || "
				    "fusermount3 -u -z n 2>/dev/null");
		(void)waitpid(peer_pid, NULL, 0);
	}
	peer_pid = 0;
	(void)shell("rm -rf a.img a2.img q; rmdir d n");
	(void)rmdir(dir);
}

/* Transfers a second on `file`; 0: fio(1) failed. */
static double
fio(const char *file, const struct load *load)
{
	char command[1024], line[8192], *field, *rest = line;
	double sum = 0;
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "cd %s && fio --name=x --filename=%s --rw=%s --bs=%s --direct=1 "
	    "--ioengine=psync --size=%u --io_size=%s --randrepeat=1 "
	    "--output-format=terse --terse-version=3 2>/dev/null",
	    dir, file, load->rw, load->bs, load->size, load->bytes);
	pipe = popen(command, "re");
	if (pipe == NULL)
		return (0);
	if (fgets(line, sizeof(line), pipe) == NULL)
		rest = NULL;
	if (pclose(pipe) != 0 || rest == NULL)
		return (0);
	/* fio(1), "terse": requests a second, of reads and of writes. */
	for (int i = 1; (field = strsep(&rest, ";")) != NULL; i++)
		if (i == 8 || i == 49)
			sum += strtod(field, NULL);
	return (sum);
}

static const char *
missing(enum peer peer)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return ("no /dev/fuse that can be used");
	close(fd);
	if (system("command -v fio >/dev/null") != 0)
		return ("no fio");
	if (system("command -v fusermount3 >/dev/null") != 0)
		return ("no fusermount3");
	if (peer == PEER_QEMU &&
	    system("command -v qemu-storage-daemon >/dev/null") != 0)
		return ("no qemu-storage-daemon");
	return (NULL);
}

/* Ours, as a part of the peer's; without a peer, a second. */
static double
measure(enum peer peer, const char *options, const struct load *load)
{
	static const char *const files[] = { "n/" NULLFS_FILE, "q" };
	double ours = 0, theirs = 1;

	if (missing(peer) != NULL)
		return (bench_skip("%s", missing(peer)));
	strcpy(dir, "/dev/shm/ringside-bench-XXXXXX");
	if (mkdtemp(dir) == NULL)
		strcpy(dir, "/tmp/ringside-bench-XXXXXX");
	if (strstr(dir, "XXXXXX") != NULL && mkdtemp(dir) == NULL)
		return (bench_fail("no temporary folder"));
	pin(true);
	if (start(peer, options, load->size)) {
		if (peer != PEER_NONE)
			theirs = fio(files[peer], load);
		ours = fio("d/vbd0", load);
	}
	stop(peer);
	pin(false);
	if (ours <= 0 || theirs <= 0)
		return (bench_fail("fio failed"));
	return (ours / theirs);
}

BENCH_AT_LEAST(null_reads_4k, "mount: 4k reads, of a null FUSE's", "", 0.8)
{
	return (measure(PEER_NULL, "--no-check", &reads_4k));
}

BENCH_AT_LEAST(null_writes_4k, "mount: 4k writes, of a null FUSE's", "", 0.8)
{
	return (measure(PEER_NULL, "--no-check", &writes_4k));
}

BENCH_AT_LEAST(null_reads_128k, "mount: 128k reads, of a null FUSE's", "", 0.7)
{
	return (measure(PEER_NULL, "--no-check", &reads_128k));
}

BENCH_AT_LEAST(null_writes_128k, "mount: 128k writes, of a null's", "", 0.7)
{
	return (measure(PEER_NULL, "--no-check", &writes_128k));
}

BENCH_AT_LEAST(qemu_reads_4k, "mount: 4k reads, of QEMU's", "", 1.1)
{
	return (measure(PEER_QEMU, "--no-check", &reads_4k));
}

BENCH_AT_LEAST(qemu_writes_4k, "mount: 4k writes, of QEMU's", "", 1.1)
{
	return (measure(PEER_QEMU, "--no-check", &writes_4k));
}

BENCH_AT_LEAST(qemu_reads_128k, "mount: 128k reads, of QEMU's", "", 1.1)
{
	return (measure(PEER_QEMU, "--no-check", &reads_128k));
}

BENCH_AT_LEAST(qemu_writes_128k, "mount: 128k writes, of QEMU's", "", 1.1)
{
	return (measure(PEER_QEMU, "--no-check", &writes_128k));
}

BENCH_FIGURE(reads_4k, "mount: 4k reads", "1/s")
{
	return (measure(PEER_NONE, "--no-check", &reads_4k));
}

BENCH_FIGURE(reads_4k_watched, "mount: 4k reads, referee", "1/s")
{
	return (measure(PEER_NONE, "", &reads_4k));
}

BENCH_FIGURE(watched_null_reads_4k, "mount: 4k reads, null's, referee", "")
{
	return (measure(PEER_NULL, "", &reads_4k));
}

BENCH_FIGURE(large_reads_128k, "mount: 128k reads of 64 MiB, null's", "")
{
	return (measure(PEER_NULL, "--no-check", &large_reads));
}

BENCH_FIGURE(large_writes_128k, "mount: 128k writes to 64 MiB, null's", "")
{
	return (measure(PEER_NULL, "--no-check", &large_writes));
}
