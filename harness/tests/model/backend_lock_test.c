/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Locks on images: one writer, or any number of readers; and QEMU's tools
 * keep to them as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/backend/backend.h"
#include "model/backend/lock.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

#define LOCKED "is in use by another process, which has locked it"

static struct backend *
begin(bool read_only)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	tempfile_make(NULL, 1 << 20);
	T_REQUIRE(
	    backend_file_open(tempfile_path, read_only, &backend, why) == 0);
	return (backend);
}

static int
second(bool read_only)
{
	struct backend *backend;
	char why[BACKEND_WHY];
	int error;

	error = backend_file_open(tempfile_path, read_only, &backend, why);
	if (error == 0)
		backend_close(backend);
	else
		T_STR(why, LOCKED);
	return (error);
}

TEST(backend_lock, a_writer_is_alone)
{
	struct backend *backend = begin(false);

	T_EQ(second(false), EBUSY);
	T_EQ(second(true), EBUSY);
	backend_close(backend);
	T_EQ(second(false), 0);
	T_EQ(second(true), 0);
	tempfile_remove();
}

TEST(backend_lock, readers_share)
{
	struct backend *backend = begin(true);

	T_EQ(second(true), 0);
	T_EQ(second(false), EBUSY);
	/* Closing the second has not dropped the lock of the first. */
	T_EQ(second(true), 0);
	T_EQ(second(false), EBUSY);
	backend_close(backend);
	T_EQ(second(false), 0);
	tempfile_remove();
}

TEST(backend_lock, may_be_left_out)
{
	const struct backend_file_options options = { .unlocked = true };
	struct backend *backend = begin(false), *other;
	char why[BACKEND_WHY];

	T_EQ(backend_file_open_with(tempfile_path, &options, &other, why), 0);
	backend_close(other);
	T_EQ(second(false), EBUSY);
	backend_close(backend);
	tempfile_remove();
}

/* However the writer ends. */
TEST(backend_lock, dies_with_its_process)
{
	struct backend *backend;
	char why[BACKEND_WHY], byte = 0;
	int alive[2], ready[2], status;
	pid_t pid;

	tempfile_make(NULL, 1 << 20);
	T_REQUIRE(pipe(alive) == 0 && pipe(ready) == 0);
	pid = fork();
	T_REQUIRE(pid >= 0);
	if (pid == 0) {
		byte = backend_file_open(tempfile_path, false, &backend, why) ==
			0 ?
		    'y' :
		    'n';
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		/* Until it is killed, or the test has ended before. */
		(void)close(alive[1]);
		_exit(read(alive[0], &byte, 1) == 0 ? 2 : 1);
	}
	(void)close(ready[1]);
	T_EQ(read(ready[0], &byte, 1), 1);
	T_EQ(byte, 'y');
	T_EQ(second(true), EBUSY);
	T_EQ(kill(pid, SIGKILL), 0);
	T_EQ(waitpid(pid, &status, 0), pid);
	T_EQ(second(false), 0);
	T_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)close(ready[0]);
	(void)close(alive[0]);
	(void)close(alive[1]);
	tempfile_remove();
}

/* The bytes that QEMU locks, by hand. */
TEST(backend_lock, sees_what_qemu_locks)
{
	static const struct {
		off_t byte;
		bool stops_readers;
	} cases[] = {
		{ 100, false }, /* reads */
		{ 101, true },	/* writes */
		{ 103, true },	/* resizes */
		{ 200, true },	/* lets nobody read */
		{ 201, false }, /* lets nobody write */
		{ 203, false },
	};
	struct flock lock = { .l_type = F_RDLCK, .l_len = 1 };
	int fd;

	tempfile_make(NULL, 1 << 20);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = open(tempfile_path, O_RDWR | O_CLOEXEC);
		T_REQUIRE(fd >= 0);
		lock.l_start = cases[i].byte;
		lock.l_pid = 0;
		T_EQ(fcntl(fd, F_OFD_SETLK, &lock), 0);
		T_EQ(second(false), EBUSY);
		T_EQ(second(true), cases[i].stops_readers ? EBUSY : 0);
		(void)close(fd);
	}
	T_EQ(second(false), 0);
	tempfile_remove();
}

/* And the bytes that it looks at: just these are locked by a reader. */
TEST(backend_lock, shows_qemu_what_it_looks_for)
{
	struct backend *backend = begin(true);
	struct flock lock;
	bool taken;
	int fd;

	fd = open(tempfile_path, O_RDWR | O_CLOEXEC);
	T_REQUIRE(fd >= 0);
	for (off_t byte = 0; byte < 300; byte++) {
		lock = (struct flock) {
			.l_type = F_WRLCK,
			.l_start = byte,
			.l_len = 1,
		};
		T_EQ(fcntl(fd, F_OFD_GETLK, &lock), 0);
		taken = byte == 100 || byte == 201 || byte == 203;
		T_EQ(lock.l_type, taken ? F_RDLCK : F_UNLCK);
	}
	(void)close(fd);
	backend_close(backend);
	tempfile_remove();
}

/* And its tools, on images that are locked here. */
TEST(backend_lock, qemu_keeps_to_it)
{
	struct backend *backend;

	if (tempfile_shell("command -v qemu-io >/dev/null") != 0)
		test_skip("no qemu-io");
	backend = begin(false);
	T_TRUE(tempfile_shell("qemu-io -f raw -c 'write 0 512' \"$1\""
			      " >/dev/null 2>&1") != 0);
	T_TRUE(
	    tempfile_shell(
		"qemu-io -r -f raw -c 'read 0 512' \"$1\" >/dev/null 2>&1") !=
	    0);
	backend_close(backend);
	T_EQ(tempfile_shell(
		 "qemu-io -f raw -c 'write 0 512' \"$1\" >/dev/null 2>&1"),
	    0);
	tempfile_remove();
	backend = begin(true);
	T_TRUE(tempfile_shell("qemu-io -f raw -c 'write 0 512' \"$1\""
			      " >/dev/null 2>&1") != 0);
	T_EQ(tempfile_shell(
		 "qemu-io -r -f raw -c 'read 0 512' \"$1\" >/dev/null 2>&1"),
	    0);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend_lock, what_cannot_be_locked)
{
	int pipes[2];

	T_EQ(backend_lock(-1, true), EBADF);
	T_EQ(backend_lock(-1, false), EBADF);
	T_REQUIRE(pipe(pipes) == 0);
	/* Open for reading only: no lock for writers. */
	T_EQ(backend_lock(pipes[0], true), EBADF);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}
