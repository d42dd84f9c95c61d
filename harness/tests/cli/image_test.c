/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Images that another process is using, as the command meets them.
 */
#include <fcntl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "model/backend/lock.h"
#include "tests/cli/program.h"
#include "tests/test.h"

#define LOCKED "is in use by another process, which has locked it"

static int
lock(const char *name, bool exclusive)
{
	char path[128];
	int fd;

	program_path(name, path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	T_REQUIRE(fd >= 0);
	T_EQ(backend_lock(fd, exclusive), 0);
	return (fd);
}

TEST(image, of_a_writer_is_refused)
{
	int fd;

	program_begin();
	program_image("disk.img", 65536);
	fd = lock("disk.img", true);
	program_complains("run --disk disk.img --ops 10", "disk.img: " LOCKED,
	    CLI_USAGE);
	program_complains("run --disk disk.img --ops 10 --write",
	    "disk.img: " LOCKED, CLI_USAGE);
	close(fd);
	T_EQ(program_run("run --disk disk.img --ops 10 --write"), CLI_OK);
	program_end();
}

TEST(image, of_a_reader_is_shared)
{
	int fd;

	program_begin();
	program_image("disk.img", 65536);
	fd = lock("disk.img", false);
	T_EQ(program_run("run --disk disk.img --ops 10"), CLI_OK);
	program_complains("run --disk disk.img --ops 10 --write",
	    "disk.img: " LOCKED, CLI_USAGE);
	close(fd);
	program_end();
}

/* Nor is one overwritten, or cut off, that somebody has. */
TEST(image, to_copy_to_is_left_alone)
{
	int fd;

	program_begin();
	program_image("disk.img", 65536);
	program_image("copy.img", 131072);
	program_image("same.img", 131072);
	fd = lock("copy.img", false);
	program_complains("run --disk disk.img --copy-to copy.img",
	    "copy.img: " LOCKED, CLI_USAGE);
	T_TRUE(program_same("copy.img", "same.img"));
	close(fd);
	T_EQ(program_run("run --disk disk.img --copy-to copy.img"), CLI_OK);
	T_TRUE(program_same("copy.img", "disk.img"));
	program_end();
}
