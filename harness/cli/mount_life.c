/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: where it may mount, and how signals end it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/control.h"
#include "cli/mount_var.h"

static bool
is_empty(DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			return (false);
	return (true);
}

static int
check_dir(const char *path)
{
	DIR *dir = opendir(path);
	bool empty;

	if (dir == NULL && errno == ENOTCONN) {
		cli_error("%s: whoever was mounted there is dead; try "
			  "`fusermount3 -u`",
		    path);
		return (CLI_USAGE);
	}
	if (dir == NULL) {
		cli_error("%s: %s", path, strerror(errno));
		return (CLI_USAGE);
	}
	empty = is_empty(dir);
	closedir(dir);
	if (empty)
		return (CLI_OK);
	cli_error("%s: not an empty folder", path);
	return (CLI_USAGE);
}

int
mount_check_host(const char *dir)
{
	int fd, status = check_dir(dir);

	if (status != CLI_OK)
		return (status);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return (CLI_OK);
	}
	/* Users without the right to it have fusermount3, which has. */
	if (errno == EACCES && geteuid() != 0)
		return (CLI_OK);
	cli_error("/dev/fuse: %s: this host has no FUSE", strerror(errno));
	return (CLI_HOST);
}

/*
 * --- signals ---
 */

static volatile sig_atomic_t caught;
static int caught_fd = -1; /* the one that reads go to */
static int ended_fd = -1;  /* reads end at once */

/*
 * A read that has begun is interrupted, one that is about to begin finds
 * nothing: there is no moment at which the signal could be lost.
 */
static void
end_reads(void)
{
	(void)dup2(ended_fd, caught_fd);
}

static void
on_signal(int sig)
{
	int saved = errno;

	caught = sig;
	end_reads();
	errno = saved;
}

void
mount_catch_signals(int fd)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };

	caught = 0;
	caught_fd = fd;
	ended_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	control_wake = end_reads;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* Who is started with nohup(1) goes on. */
		if (signals[i] == SIGHUP && signal(SIGHUP, SIG_DFL) == SIG_IGN)
			(void)signal(SIGHUP, SIG_IGN);
		else
			(void)sigaction(signals[i], &action, NULL);
	}
	(void)signal(SIGPIPE, SIG_IGN);
}

int
mount_signal(void)
{
	return (caught);
}
