/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: what FUSE asks, as methods of libfuse's low-level
 * interface.  Those for a disk's data only note what is wanted (see
 * mount_disk.c); all others answer.
 */
#include <sys/statvfs.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/falloc.h>

#include "cli/mount_var.h"

#define ATTR_SECONDS 1.0

static struct mount *
mount_of(fuse_req_t req)
{
	return (fuse_req_userdata(req));
}

static struct mount_disk *
disk_of(struct mount *mount, fuse_ino_t ino)
{
	if (ino < MOUNT_INO_DISKS || ino >= MOUNT_INO_DISKS + mount->ndisks)
		return (NULL);
	return (&mount->disks[ino - MOUNT_INO_DISKS]);
}

/*
 * --- names and attributes ---
 */

/* 0 or an errno. */
static int
attr_of(struct mount *mount, fuse_ino_t ino, struct stat *st)
{
	struct mount_disk *disk = disk_of(mount, ino);

	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_uid = mount->uid;
	st->st_gid = mount->gid;
	st->st_nlink = 1;
	st->st_mtim = st->st_atim = st->st_ctim = mount->started;
	if (disk != NULL) {
		/* It may have been resized. */
		if (!mount->dead)
			kernel_disk_info(disk->disk, &disk->info);
		st->st_mode = S_IFREG | (disk->info.read_only ? 0444 : 0644);
		st->st_size = (off_t)disk->info.media_size;
		st->st_blocks = st->st_size / 512;
		st->st_blksize = 128 << 10;
		st->st_mtim = st->st_ctim = disk->mtime;
		return (0);
	}
	if (ino != MOUNT_INO_ROOT)
		return (mount_stat_attr(mount, ino, st));
	st->st_mode = S_IFDIR | 0755;
	st->st_nlink = 3;
	return (0);
}

static void
op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mount *mount = userdata;

	conn->max_write = MOUNT_IO_MAX;
	/*
	 * O_TRUNC comes as a change of size, which is answered with the size
	 * that stays; else the kernel would take it for 0.
	 */
	conn->want &= ~(unsigned)(FUSE_CAP_ATOMIC_O_TRUNC |
	    FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
	    FUSE_CAP_SPLICE_MOVE | FUSE_CAP_AUTO_INVAL_DATA);
	mount->ready = true;
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct mount *mount = mount_of(req);
	struct fuse_entry_param entry = {
		.attr_timeout = ATTR_SECONDS,
		.entry_timeout = ATTR_SECONDS,
	};

	if (parent == MOUNT_INO_ROOT) {
		if (strcmp(name, "stat") == 0)
			entry.ino = MOUNT_INO_STAT;
		for (unsigned i = 0; i < mount->ndisks; i++)
			if (strcmp(name, mount->disks[i].info.name) == 0)
				entry.ino = MOUNT_INO_DISKS + i;
	} else {
		entry.ino = mount_stat_lookup(mount, parent, name);
	}
	if (entry.ino == 0 || attr_of(mount, entry.ino, &entry.attr) != 0)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &entry);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;
	int error = attr_of(mount_of(req), ino, &st);

	(void)fi;
	if (error != 0)
		fuse_reply_err(req, error);
	else
		fuse_reply_attr(req, &st, ATTR_SECONDS);
}

/*
 * A disk has the size that it has: truncation succeeds, as it does on a
 * device, and changes nothing.
 */
static void
op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
    struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);
	int error = 0;

	if ((to_set &
		(FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) !=
	    0)
		error = EPERM;
	else if (disk != NULL && disk->info.read_only)
		error = EROFS;
	if (error != 0) {
		fuse_reply_err(req, error);
		return;
	}
	if (disk != NULL && (to_set & FUSE_SET_ATTR_MTIME_NOW) != 0)
		clock_gettime(CLOCK_REALTIME, &disk->mtime);
	else if (disk != NULL && (to_set & FUSE_SET_ATTR_MTIME) != 0)
		disk->mtime = attr->st_mtim;
	op_getattr(req, ino, fi);
}

static void
op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	char *buffer = malloc(size);
	size_t used = 0, need;
	const char *name;
	struct stat st;
	fuse_ino_t child;

	(void)fi;
	if (buffer == NULL) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	for (;;) {
		if (ino != MOUNT_INO_ROOT) {
			name = mount_stat_entry(mount, ino, &off, &child);
		} else if (off == 0) {
			name = "stat";
			child = MOUNT_INO_STAT;
			off++;
		} else if (off <= mount->ndisks) {
			name = mount->disks[off - 1].info.name;
			child = MOUNT_INO_DISKS + (fuse_ino_t)(off - 1);
			off++;
		} else {
			name = NULL;
		}
		if (name == NULL || attr_of(mount, child, &st) != 0)
			break;
		need = fuse_add_direntry(req, buffer + used, size - used, name,
		    &st, off);
		if (need > size - used)
			break;
		used += need;
	}
	fuse_reply_buf(req, buffer, used);
	free(buffer);
}

static void
op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct mount *mount = mount_of(req);
	struct statvfs st = {
		.f_bsize = 4096,
		.f_frsize = 512,
		.f_files = mount->ndisks,
		.f_namemax = 255,
	};

	(void)ino;
	for (unsigned i = 0; i < mount->ndisks; i++)
		st.f_blocks += mount->disks[i].info.media_size / 512;
	fuse_reply_statfs(req, &st);
}

/*
 * --- names that cannot be made or removed ---
 */

static void
op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
    dev_t rdev)
{
	(void)parent, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, EPERM);
}

static void
op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	op_mknod(req, parent, name, mode, 0);
}

static void
op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	op_mknod(req, parent, name, 0, 0);
}

static void
op_symlink(fuse_req_t req, const char *to, fuse_ino_t parent, const char *name)
{
	(void)to;
	op_mknod(req, parent, name, 0, 0);
}

static void
op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
    fuse_ino_t newparent, const char *newname, unsigned flags)
{
	(void)newparent, (void)newname, (void)flags;
	op_mknod(req, parent, name, 0, 0);
}

static void
op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino;
	op_mknod(req, parent, name, 0, 0);
}

/*
 * --- files ---
 */

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);
	bool writes = (fi->flags & O_ACCMODE) != O_RDONLY;
	struct mount_text *text;
	struct stat st;
	int error = attr_of(mount, ino, &st);

	if (error == 0 && writes && (st.st_mode & 0200) == 0)
		error = disk != NULL ? EROFS : EACCES;
	if (error != 0) {
		fuse_reply_err(req, error);
		return;
	}
	/* Each read is the disk's, and each file of stat/ is new. */
	fi->direct_io = 1;
	fi->fh = 0;
	if (disk == NULL) {
		text = calloc(1, sizeof(*text));
		if (text == NULL) {
			fuse_reply_err(req, ENOMEM);
			return;
		}
		LIST_INSERT_HEAD(&mount->texts, text, link);
		fi->fh = (uintptr_t)text;
	}
	fuse_reply_open(req, fi);
}

static void
op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount_text *text = (struct mount_text *)(uintptr_t)fi->fh;

	(void)ino;
	if (text != NULL) {
		LIST_REMOVE(text, link);
		free(text->text);
		free(text);
	}
	fuse_reply_err(req, 0);
}

/* A read from the start makes the text anew, others go on with it. */
static void
read_text(fuse_req_t req, fuse_ino_t ino, size_t size, size_t off,
    struct mount_text *text)
{
	struct mount *mount = mount_of(req);
	int error;

	if (off == 0 || text->text == NULL) {
		free(text->text);
		mount->calling = req;
		text->text = mount_stat_text(mount, ino, &text->length, &error);
		mount->calling = NULL;
		if (text->text == NULL) {
			fuse_reply_err(req, error);
			return;
		}
	}
	if (off >= text->length) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (size > text->length - off)
		size = text->length - off;
	fuse_reply_buf(req, text->text + off, size);
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);
	uint64_t media, offset = (uint64_t)off;

	if (disk == NULL) {
		read_text(req, ino, size, (size_t)off,
		    (struct mount_text *)(uintptr_t)fi->fh);
		return;
	}
	media = disk->info.media_size;
	if (size > MOUNT_IO_MAX)
		size = MOUNT_IO_MAX;
	if (offset >= media)
		size = 0;
	else if (size > media - offset)
		size = (size_t)(media - offset);
	if (size == 0)
		fuse_reply_buf(req, NULL, 0);
	else
		mount_disk_begin(mount, req, disk, MOUNT_READ, offset, size);
}

static void
op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size,
    off_t off, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);
	uint64_t media, offset = (uint64_t)off;
	int error;

	(void)fi;
	if (disk == NULL) {
		mount->calling = req;
		error = off != 0 ? EINVAL :
				   mount_stat_write(mount, ino, data, size);
		mount->calling = NULL;
		if (error != 0)
			fuse_reply_err(req, error);
		else
			fuse_reply_write(req, size);
		return;
	}
	media = disk->info.media_size;
	if (offset < media && size > media - offset)
		size = (size_t)(media - offset);
	if (offset >= media && size > 0)
		fuse_reply_err(req, ENOSPC);
	else if (size == 0)
		fuse_reply_write(req, 0);
	/* It was received so that it lies right; nothing is copied. */
	else if ((const uint8_t *)data != mount->current->data)
		fuse_reply_err(req, EIO);
	else
		mount_disk_begin(mount, req, disk, MOUNT_WRITE, offset, size);
}

static void
op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
    struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);

	(void)datasync, (void)fi;
	/* Without a cache to flush, what is written is written. */
	if (disk == NULL || !disk->info.can_flush)
		fuse_reply_err(req, disk != NULL && mount->dead ? EIO : 0);
	else
		mount_disk_begin(mount, req, disk, MOUNT_FLUSH, 0, 0);
}

static void
op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
    off_t length, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct mount_disk *disk = disk_of(mount, ino);
	uint64_t from = (uint64_t)offset, to = from + (uint64_t)length;
	bool punch = (mode & FALLOC_FL_PUNCH_HOLE) != 0;
	int error = 0;

	(void)fi;
	if (disk == NULL ||
	    (mode &
		~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE |
		    FALLOC_FL_ZERO_RANGE)) != 0)
		error = EOPNOTSUPP;
	else if (disk->info.read_only)
		error = EROFS;
	else if (offset < 0 || length <= 0 || to < from)
		error = EINVAL;
	/* Nothing can be had behind the end; a hole there is no change. */
	else if (to > disk->info.media_size &&
	    (mode & FALLOC_FL_KEEP_SIZE) == 0)
		error = ENOSPC;
	else if (to > disk->info.media_size)
		to = disk->info.media_size;
	if (error == 0 && mount->dead)
		error = EIO;
	if (error != 0 || from >= to ||
	    (!punch && (mode & FALLOC_FL_ZERO_RANGE) == 0))
		fuse_reply_err(req, error);
	else
		mount_disk_begin(mount, req, disk, MOUNT_ZERO, from, to - from);
}

/* disk(9) knows no holes: all is data up to the end. */
static void
op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
    struct fuse_file_info *fi)
{
	struct mount_disk *disk = disk_of(mount_of(req), ino);

	(void)fi;
	if (disk == NULL || (whence != SEEK_DATA && whence != SEEK_HOLE))
		fuse_reply_err(req, EINVAL);
	else if (off < 0 || (uint64_t)off >= disk->info.media_size)
		fuse_reply_err(req, ENXIO);
	else
		fuse_reply_lseek(req,
		    whence == SEEK_DATA ? off : (off_t)disk->info.media_size);
}

const struct fuse_lowlevel_ops mount_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readdir = op_readdir,
	.statfs = op_statfs,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_unlink,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
};
