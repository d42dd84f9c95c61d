/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A FUSE file system that does nothing; see nullfs.h.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUSE_USE_VERSION 34
#include <fuse3/fuse_lowlevel.h>

#include "bench/nullfs.h"

#define FILE_INO 2
#define IO_MAX	 (1u << 20)

static uint64_t file_size;
/*
 * Pages of their own, as data have them: what was never written would be one
 * page of the host's over and over.
 */
static char *zeros;

static bool
attributes(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	st->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644;
	st->st_size = ino == FILE_INO ? (off_t)file_size : 0;
	return (ino == FUSE_ROOT_ID || ino == FILE_INO);
}

static void
op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->max_write = IO_MAX;
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {
		.ino = FILE_INO,
		.attr_timeout = 1,
		.entry_timeout = 1,
	};

	(void)parent;
	if (strcmp(name, NULLFS_FILE) != 0) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	(void)attributes(FILE_INO, &entry.attr);
	fuse_reply_entry(req, &entry);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	if (attributes(ino, &st))
		fuse_reply_attr(req, &st, 1);
	else
		fuse_reply_err(req, ENOENT);
}

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	(void)ino, (void)off, (void)fi;
	fuse_reply_buf(req, zeros, size);
}

static void
op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
    off_t off, struct fuse_file_info *fi)
{
	(void)ino, (void)data, (void)off, (void)fi;
	fuse_reply_write(req, size);
}

static void
op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
    struct fuse_file_info *fi)
{
	(void)ino, (void)datasync, (void)fi;
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
};

int
nullfs_serve(const char *dir, uint64_t size)
{
	char *argv[] = { (char *)"nullfs", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *fuse;

	file_size = size;
	zeros = aligned_alloc(4096, IO_MAX);
	if (zeros == NULL)
		return (1);
	memset(zeros, 0, IO_MAX);
	fuse = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (fuse == NULL)
		return (1);
	if (fuse_session_mount(fuse, dir) != 0) {
		fuse_session_destroy(fuse);
		return (1);
	}
	(void)fuse_session_loop(fuse);
	fuse_session_unmount(fuse);
	fuse_session_destroy(fuse);
	return (0);
}
