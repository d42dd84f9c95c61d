/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of `ringside mount` share.
 *
 *	mount.c		the command: options, sessions, exit status
 *	mount_life.c	signals, mount point
 *	mount_loop.c	requests of FUSE come in
 *	mount_fuse.c	what they are about
 *	mount_disk.c	what they ask of a disk, as requests to disk(9)
 *	mount_stat.c	DIR/stat
 *
 * All runs on one thread.  Requests are received and answered by one kernel
 * thread, as a process in the guest would do it.  While that thread waits for
 * the host it runs, as far as the executive can see, so virtual time stands
 * still: no timer of the kernel comes nearer because nobody asks for
 * anything, and a request's timeout is measured in what the guest does.  It
 * waits for the host only when no request is under way and no other thread
 * or device can run.
 */
#ifndef RINGSIDE_CLI_MOUNT_VAR_H
#define RINGSIDE_CLI_MOUNT_VAR_H

#include <sys/queue.h>
#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define FUSE_USE_VERSION 34
#include <fuse3/fuse_lowlevel.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "cli/tally.h"
#include "kernel/kernel.h"

/* Data of one request of FUSE, at most. */
#define MOUNT_IO_MAX (1u << 20)
/* Requests under way. */
#define MOUNT_REQUESTS 32

/* Inode numbers. */
enum {
	MOUNT_INO_ROOT = FUSE_ROOT_ID,
	MOUNT_INO_STAT,
	MOUNT_INO_SYSCTL,
	MOUNT_INO_FILES = 16,  /* stat/exits and its like */
	MOUNT_INO_DISKS = 64,  /* vbd0, vbd1, ... */
	MOUNT_INO_NODES = 256, /* stat/sysctl/NAME */
};

struct mount;
struct mount_request;

TAILQ_HEAD(mount_requests, mount_request);

struct mount_disk {
	struct kernel_disk *disk;
	struct kernel_disk_info info;
	/* What BIO_DELETE has deleted reads as zeros, and need not be read. */
	bool deletes_zero;
	bool written; /* the last thing to do is a flush */
	struct timespec mtime;
	/* Those that change the disk, in order of arrival. */
	struct mount_requests changes;
};

enum mount_kind {
	MOUNT_READ,
	MOUNT_WRITE,
	MOUNT_FLUSH,
	MOUNT_ZERO, /* a range reads as zeros from now on */
	MOUNT_KINDS
};

/*
 * A request of FUSE, and the guest memory that it is received into: what is
 * written lies at `data`, on a page boundary, behind the headers; what is
 * read goes there.
 */
struct mount_request {
	TAILQ_ENTRY(mount_request) change; /* mount_disk.changes */
	TAILQ_ENTRY(mount_request) link;   /* free, or has to go on */
	struct mount *mount;
	struct mount_disk *disk;
	fuse_req_t req;
	enum mount_kind kind;
	uint64_t offset, end; /* bytes of the disk that it is about */
	uint64_t at, until;   /* whole sectors: what `io` is about */
	uint64_t start;	      /* when it came */
	unsigned step;
	unsigned pending; /* of io and edge[] */
	bool active;	  /* submitted, not answered */
	bool partial;	  /* a change that begins or ends inside a sector */
	bool waiting;	  /* for an earlier change */
	bool deleted;	  /* ZERO: what is whole reads as zeros now */
	int error;	  /* FreeBSD's errno */
	uint8_t *memory;  /* kernel_buffer_alloc() */
	uint8_t *data;
	uint8_t *edges; /* two sectors, for partial changes; or NULL */
	struct kernel_disk_io io;
	struct kernel_disk_io edge[2];
};

struct mount_node; /* a sysctl that was seen */

/* What one who has opened a file of stat/ has read of it. */
struct mount_text {
	LIST_ENTRY(mount_text) link;
	char *text;
	size_t length;
};

struct mount {
	struct session *session;
	struct mount_disk disks[SESSION_DISKS];
	unsigned ndisks;
	struct fuse_session *fuse;
	int fd;	   /* to receive from; a signal puts another in its place */
	bool dead; /* the kernel panicked or hangs: EIO for all that it did */
	bool ready;
	bool gone;   /* unmounted by somebody */
	bool failed; /* the last flush, or FUSE itself */
	/* Called once, when the first request can be answered. */
	void (*when_ready)(void *arg);
	void *when_ready_arg;
	struct timespec started;
	uid_t uid;
	gid_t gid;

	struct mount_request requests[MOUNT_REQUESTS];
	struct mount_requests free;
	struct mount_requests done; /* have to go on */
	struct kernel_sema sema;    /* counts the done */
	unsigned active;
	struct mount_request *current; /* being received */
	fuse_req_t calling;	       /* in a sysctl's handler, or NULL */
	size_t sector;		       /* the largest of any disk */

	struct tally tally; /* zeroing counts as deletion */
	uint64_t errors;    /* requests for a disk that failed */

	LIST_HEAD(, mount_text) texts; /* of open files */
	struct mount_node *nodes;
	size_t nnodes, nodes_room;
	char *violations; /* lines */
	size_t violations_length;
};

/*
 * --- mount_fuse.c ---
 */

extern const struct fuse_lowlevel_ops mount_ops;

/*
 * --- mount_loop.c ---
 */

/* Mounts on `dir`; CLI_OK or, after complaining, another exit status. */
int mount_fuse_open(struct mount *mount, const char *dir, const char *options);
/* Unmounts, if nobody has. */
void mount_fuse_close(struct mount *mount);
/*
 * Receives and answers until somebody unmounts or a signal says to end: a
 * kernel thread with struct mount as its argument.
 */
void mount_serve(void *mount);
/* The same for a kernel that is dead, outside of it. */
void mount_serve_dead(struct mount *mount);

/*
 * --- mount_disk.c ---
 */

/* Opens all disks; false after complaining.  In a kernel thread. */
bool mount_disks_open(struct mount *mount);
/* Flushes what was written, and closes. */
void mount_disks_close(struct mount *mount);
/* Memory for a request; false: there is none. */
bool mount_request_memory(struct mount_request *request);
/* Takes the request that is being received, and begins. */
void mount_disk_begin(struct mount *mount, fuse_req_t req,
    struct mount_disk *disk, enum mount_kind kind, uint64_t offset,
    uint64_t length);
/* One of its transfers has ended: goes on, or answers. */
void mount_disk_go_on(struct mount_request *request);
/* The host's errno for FreeBSD's. */
int mount_errno(int error);

/*
 * --- mount_stat.c ---
 */

/* 0, or ENOENT. */
int mount_stat_attr(struct mount *mount, fuse_ino_t ino, struct stat *st);
/* The inode of a name in stat/ or stat/sysctl/; 0: none. */
fuse_ino_t mount_stat_lookup(struct mount *mount, fuse_ino_t parent,
    const char *name);
/*
 * The next entry of a folder from place *at on; NULL: there is none.  Moves
 * *at behind it.
 */
const char *mount_stat_entry(struct mount *mount, fuse_ino_t parent, off_t *at,
    fuse_ino_t *ino);
/* The text, to be freed; or NULL with an errno of the host. */
char *mount_stat_text(struct mount *mount, fuse_ino_t ino, size_t *length,
    int *error);
/* 0 or an errno of the host. */
int mount_stat_write(struct mount *mount, fuse_ino_t ino, const char *text,
    size_t length);
void mount_stat_free(struct mount *mount);

/*
 * --- mount_life.c ---
 */

/* Whether DIR can be mounted on, and FUSE be used; else the exit status. */
int mount_check_host(const char *dir);
/*
 * SIGINT, SIGTERM and SIGHUP make reads of `fd` end from now on; so does one
 * who asks at the control socket.
 */
void mount_catch_signals(int fd);
/* The signal that came, or 0. */
int mount_signal(void);

#endif /* !RINGSIDE_CLI_MOUNT_VAR_H */
