/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The background; see background.h.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/background.h"
#include "cli/cli.h"

bool
background_absolute(const char *option, const char *file, char **path)
{
	char *folder = NULL;

	free(*path);
	*path = NULL;
	if (*file == '\0') {
		cli_error("%s wants a file", option);
		return (false);
	}
	if (*file == '/') {
		*path = strdup(file);
	} else {
		folder = getcwd(NULL, 0);
		if (folder == NULL || asprintf(path, "%s/%s", folder, file) < 0)
			*path = NULL;
		free(folder);
	}
	if (*path == NULL)
		cli_error("%s %s: no such folder, or no memory", option, file);
	return (*path != NULL);
}

int
background_fork(void)
{
	int ends[2], status;
	pid_t child;
	char byte = 0;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		cli_error("pipe: %s", strerror(errno));
		exit(CLI_HOST);
	}
	fflush(stdout);
	child = fork();
	if (child < 0) {
		cli_error("fork: %s", strerror(errno));
		exit(CLI_HOST);
	}
	if (child == 0) {
		close(ends[0]);
		return (ends[1]);
	}
	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	/* Nothing was written when it ended before it was ready. */
	if (byte == 'r')
		_exit(CLI_OK);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : CLI_PANIC);
}

void
background_go(int fd, const char *log)
{
	int out = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (log != NULL) {
		out =
		    open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (out < 0)
			cli_error("%s: %s", log, strerror(errno));
	}
	fflush(stdout);
	(void)setsid();
	if (chdir("/") != 0)
		cli_error("/: %s", strerror(errno));
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(out >= 0 ? out : null, STDOUT_FILENO);
		(void)dup2(out >= 0 ? out : null, STDERR_FILENO);
		close(null);
	}
	if (out >= 0)
		close(out);
	if (write(fd, "r", 1) != 1)
		cli_error("nobody waits any more");
	close(fd);
}

/*
 * --- the file with the process's number ---
 */

static const char *pid_file; /* NULL: not written */

void
background_write_pid(const char *path)
{
	FILE *file = fopen(path, "we");

	if (file != NULL) {
		fprintf(file, "%ld\n", (long)getpid());
		if (fclose(file) == 0) {
			pid_file = path;
			return;
		}
	}
	cli_error("%s: cannot be written", path);
}

void
background_end(void)
{
	if (pid_file != NULL)
		(void)unlink(pid_file);
	pid_file = NULL;
}
