/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Images that another process is using, as the command meets them.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "model/backend/lock.h"
#include "tests/cli/liar.h"
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

/*
 * --- images that change, and hosts that are full ---
 */

struct cut {
	char path[128];
	int before, beyond, across, within, write;
};

static int
transfer(struct kernel_disk *disk, enum kernel_disk_op op, uint64_t offset,
    void *data)
{
	struct kernel_disk_io io = {
		.op = op,
		.offset = offset,
		.length = 8192,
		.data = data,
	};

	(void)kernel_disk_rw(disk, &io);
	return (io.error);
}

static void
cut_main(void *arg)
{
	struct cut *cut = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	void *data = kernel_buffer_alloc(8192);

	if (disk == NULL || data == NULL)
		return;
	cut->before = transfer(disk, KERNEL_DISK_READ, 65536, data);
	if (truncate(cut->path, 36864) != 0)
		return;
	cut->beyond = transfer(disk, KERNEL_DISK_READ, 65536, data);
	cut->across = transfer(disk, KERNEL_DISK_READ, 32768, data);
	cut->write = transfer(disk, KERNEL_DISK_WRITE, 65536, data);
	cut->within = transfer(disk, KERNEL_DISK_READ, 8192, data);
	kernel_buffer_free(data);
	kernel_disk_close(disk);
}

/* EIO, and nothing else: the driver is not at fault, and goes on. */
TEST(image, cut_off_while_in_use)
{
	struct session_config config = { .ndisks = 1, .referee = true };
	struct cut cut = { .before = -1, .within = -1 };
	struct session *session;
	char why[BACKEND_WHY];
	int status;

	program_begin();
	program_image("disk.img", 131072);
	program_path("disk.img", cut.path, sizeof(cut.path));
	T_REQUIRE(backend_file_open(cut.path, false, &config.disks[0].backend,
		      why) == 0);
	liar_hush();
	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "cut", cut_main, &cut));
	T_EQ(session_close(session), CLI_OK);
	T_HAS(liar_heard(),
	    "/disk.img: read of 8192 bytes at 65536: "
	    "the file has become shorter\n");
	T_EQ(cut.before, 0);
	T_EQ(cut.beyond, EIO);
	T_EQ(cut.across, EIO);
	T_EQ(cut.write, EIO);
	T_EQ(cut.within, 0);
	program_end();
}

TEST(image, on_a_full_file_system)
{
	char small[128], path[160];
	int fd, status;

	program_begin();
	program_path("small", small, sizeof(small));
	T_REQUIRE(mkdir(small, 0700) == 0);
	if (mount("none", small, "tmpfs", 0, "size=1m") != 0) {
		program_end();
		test_skip("may not mount a small file system");
	}
	(void)snprintf(path, sizeof(path), "%s/disk.img", small);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	T_TRUE(fd >= 0 && ftruncate(fd, 8 << 20) == 0);
	close(fd);
	status = program_run("run --disk small/disk.img --ops 2000 --write");
	T_TRUE(umount2(small, MNT_DETACH) == 0);
	T_EQ(status, CLI_HOST);
	T_HAS(program.err, "ringside: small/disk.img: write of ");
	T_HAS(program.err, ": No space left on device\n");
	program_end();
}
