/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * struct bio, one I/O request on a disk, and the queues that drivers keep of
 * them; see g_bio(9).
 */
#ifndef _SYS_BIO_H_
#define _SYS_BIO_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <sys/disk_zone.h>

/* bio_cmd */
#define BIO_READ    0x01
#define BIO_WRITE   0x02
#define BIO_DELETE  0x03
#define BIO_GETATTR 0x04
#define BIO_FLUSH   0x05
#define BIO_CMD0    0x06
#define BIO_CMD1    0x07
#define BIO_CMD2    0x08
#define BIO_ZONE    0x09
#define BIO_SPEEDUP 0x0a

/* bio_flags */
#define BIO_ERROR	      0x01 /* bio_error says which */
#define BIO_DONE	      0x02 /* biodone() was called */
#define BIO_ONQUEUE	      0x04
#define BIO_ORDERED	      0x08 /* a barrier within a queue */
#define BIO_UNMAPPED	      0x10 /* bio_ma instead of bio_data */
#define BIO_TRANSIENT_MAPPING 0x20
#define BIO_VLIST	      0x40 /* bio_data is a list of segments */

#define PRINT_BIO_FLAGS                                    \
	"\20\7vlist\6transient_mapping\5unmapped\4ordered" \
	"\3onqueue\2done\1error"

struct cdev;
struct devstat;
struct disk;
struct g_consumer;
struct g_provider;
struct vm_page;

typedef void bio_task_t(void *);

struct bio {
	uint16_t bio_cmd;
	uint16_t bio_flags;
	uint16_t bio_cflags; /* the consumer's */
	uint16_t bio_pflags; /* the provider's */
	struct cdev *bio_dev;
	struct disk *bio_disk;
	off_t bio_offset; /* bytes from the start of the media */
	long bio_bcount;  /* bytes at bio_data */
	caddr_t bio_data;
	struct vm_page **bio_ma;
	int bio_ma_offset;
	int bio_ma_n;
	int bio_error;
	long bio_resid; /* bytes not transferred */
	void (*bio_done)(struct bio *);
	void *bio_driver1;
	void *bio_driver2;
	void *bio_caller1;
	void *bio_caller2;
	TAILQ_ENTRY(bio) bio_queue;
	const char *bio_attribute;
	struct disk_zone_args bio_zone;
	struct g_consumer *bio_from;
	struct g_provider *bio_to;
	off_t bio_length;
	off_t bio_completed;
	u_int bio_children;
	u_int bio_inbed;
	struct bio *bio_parent;
	struct bintime bio_t0;
	bio_task_t *bio_task;
	void *bio_task_arg;
	void *bio_spare1;
	void *bio_spare2;
	daddr_t bio_pblkno; /* bio_offset in sectors */
};

struct bio_queue_head {
	TAILQ_HEAD(bio_queue, bio) queue;
	off_t last_offset;
	struct bio *insert_point;
	int total;
	int batched;
};

/* What bio_data is where there is BIO_UNMAPPED: no memory at all. */
extern caddr_t unmapped_buf;

/* A bio is completed once: a second time panics. */
void biodone(struct bio *bp);
void biofinish(struct bio *bp, struct devstat *stat, int error);
int biowait(struct bio *bp, const char *wmesg);

void bioq_init(struct bio_queue_head *head);
void bioq_disksort(struct bio_queue_head *head, struct bio *bp);
struct bio *bioq_first(struct bio_queue_head *head);
struct bio *bioq_takefirst(struct bio_queue_head *head);
void bioq_flush(struct bio_queue_head *head, struct devstat *stat, int error);
void bioq_insert_head(struct bio_queue_head *head, struct bio *bp);
void bioq_insert_tail(struct bio_queue_head *head, struct bio *bp);
void bioq_remove(struct bio_queue_head *head, struct bio *bp);

#endif /* !_SYS_BIO_H_ */
