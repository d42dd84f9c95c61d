/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the switch share: addresses (switch_table.c), queues of
 * frames (switch_queue.c), and forwarding (switch.c).
 */
#ifndef RINGSIDE_MODEL_BACKEND_SWITCH_VAR_H
#define RINGSIDE_MODEL_BACKEND_SWITCH_VAR_H

#include "model/backend/ports.h"

/*
 * --- addresses ---
 */

#define SWTABLE_NONE UINT32_MAX

struct swtable_entry {
	uint64_t key; /* VLAN << 48 | address */
	uint64_t seen;
	uint32_t port;
	uint32_t chain; /* next of the same hash */
	uint32_t older; /* by the time they were seen */
	uint32_t newer;
};

/* Of a fixed size; made once. */
struct swtable {
	struct swtable_entry *entries;
	uint32_t *heads;
	uint32_t mask; /* of heads */
	uint32_t limit;
	uint32_t count;
	uint32_t free;
	uint32_t oldest;
	uint32_t newest;
	uint64_t age;
};

enum swtable_learned {
	SWTABLE_KNOWN,
	SWTABLE_NEW,
	SWTABLE_MOVED, /* from another port */
	SWTABLE_FULL,
};

bool swtable_init(struct swtable *table, uint32_t limit, uint64_t age);
void swtable_fini(struct swtable *table);
/* The address was seen as a source behind the port. */
enum swtable_learned swtable_learn(struct swtable *table, uint64_t key,
    uint32_t port, uint64_t now);
/* The port, or SWTABLE_NONE. */
uint32_t swtable_find(struct swtable *table, uint64_t key, uint64_t now);
/* Nobody is there any more. */
void swtable_forget_port(struct swtable *table, uint32_t port);

/*
 * --- queues ---
 */

/* Copies of frames, one after the other, in a ring of bytes. */
struct swqueue {
	uint8_t *bytes;
	uint32_t size;
	uint32_t head; /* the oldest */
	uint32_t tail; /* behind the newest */
	uint32_t used; /* bytes, what is left unused at the end included */
	struct net_frame frame; /* that swqueue_first() has given */
	struct iovec piece;
};

bool swqueue_init(struct swqueue *queue, uint32_t size);
void swqueue_fini(struct swqueue *queue);
/* false: there is no room. */
bool swqueue_add(struct swqueue *queue, const struct net_frame *frame);
/* The oldest, until it is removed; NULL: none. */
const struct net_frame *swqueue_first(struct swqueue *queue);
void swqueue_remove(struct swqueue *queue);

#endif /* !RINGSIDE_MODEL_BACKEND_SWITCH_VAR_H */
