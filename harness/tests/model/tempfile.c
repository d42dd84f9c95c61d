/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See tempfile.h.
 */
#include "tests/model/tempfile.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

char tempfile_folder[128];
char tempfile_path[160];

void
tempfile_make(const char *where, off_t size)
{
	int fd;

	(void)snprintf(tempfile_folder, sizeof(tempfile_folder),
	    "%s/ringside-test-XXXXXX", where != NULL ? where : "/tmp");
	T_REQUIRE(mkdtemp(tempfile_folder) != NULL);
	(void)snprintf(tempfile_path, sizeof(tempfile_path), "%s/disk",
	    tempfile_folder);
	fd = open(tempfile_path, O_RDWR | O_CREAT | O_EXCL, 0600);
	T_REQUIRE(fd >= 0);
	T_TRUE(ftruncate(fd, size) == 0);
	(void)close(fd);
}

void
tempfile_remove(void)
{
	(void)unlink(tempfile_path);
	(void)rmdir(tempfile_folder);
}

uint64_t
tempfile_storage(void)
{
	struct stat st;

	T_REQUIRE(stat(tempfile_path, &st) == 0);
	return ((uint64_t)st.st_blocks * 512);
}

bool
tempfile_is(uint8_t byte, off_t offset, off_t length)
{
	uint8_t bytes[4096];
	size_t part;
	bool same;
	int fd;

	fd = open(tempfile_path, O_RDONLY);
	T_REQUIRE(fd >= 0);
	same = true;
	for (; length > 0 && same; offset += (off_t)part) {
		part = (size_t)length < sizeof(bytes) ? (size_t)length :
							sizeof(bytes);
		same = pread(fd, bytes, part, offset) == (ssize_t)part;
		for (size_t i = 0; i < part && same; i++)
			same = bytes[i] == byte;
		length -= (off_t)part;
	}
	(void)close(fd);
	return (same);
}

int
tempfile_shell(const char *command)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)(uintptr_t)command,
		(char *)"sh", tempfile_path, NULL };
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, "sh", NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		return (-1);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
