/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of `ringside tap` share.
 *
 *	tap.c		the command: options, session, exit status
 *	tap_loop.c	who is served when: both TAPs, signals, control socket
 *	tap_relay.c	frames between the guest's TAP and vio0
 *	tap_table.c	what it says of itself
 *
 *	host's stack -> guest TAP -> vio0 -> device -> device TAP -> host
 *
 * All runs on one thread.  One kernel thread stands where a protocol stack
 * would: it takes frames from the guest's TAP and has vio0 send them.  What
 * vio0 receives is written to that TAP in the driver's own context.  When
 * nothing is under way the thread waits for the host in poll(2).
 *
 * Virtual time follows the clock while there is work, so that timers of the
 * driver mean what they say; while nothing happens it hardly moves.
 */
#ifndef RINGSIDE_CLI_TAP_VAR_H
#define RINGSIDE_CLI_TAP_VAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/session.h"
#include "cli/tally.h"
#include "kernel/netif.h"
#include "model/backend/ports.h"
#include "model/net_csum.h"

/* Why a frame came no further between guest TAP and vio0. */
enum tap_drop {
	TAP_DROP_OFFLOAD, /* wishes that nobody can fulfil */
	TAP_DROP_FULL,	  /* the guest's TAP has no room */
	TAP_DROP_REFUSED, /* vio0 has said no */
	TAP_DROP_ABSENT,  /* there is no vio0 now */
	TAP_DROPS
};
extern const char *const tap_drop_names[TAP_DROPS];

struct tap_relay {
	struct session *session;
	struct netport *guest;	/* ours */
	struct netport *device; /* the session's */
	struct netport_device holder;
	struct netif *netif;	/* NULL: vio0 is not there */
	struct netif_info info; /* as it was looked at last */
	uint64_t pending; /* bit n: queue n of the guest may have frames */
	bool stuck;	  /* vio0 had no room for one */
	bool failed;	  /* a TAP has vanished, or no memory */
	/* Sets up a vio0 that has just come; false after complaining. */
	bool (*configure)(struct tap_relay *relay);

	struct tally tally;		 /* its costs; `start` */
	uint64_t out_packets, out_bytes; /* taken by vio0 */
	uint64_t in_packets, in_bytes;	 /* written to the guest's TAP */
	uint64_t drops[TAP_DROPS];
};

/*
 * --- tap_relay.c ---
 */

/* Holds the guest's port from now on, until tap_relay_fini(). */
void tap_relay_init(struct tap_relay *relay);
void tap_relay_fini(struct tap_relay *relay);
/*
 * In a kernel thread: looks whether vio0 is there and what it can do, and
 * has the host do the rest.
 */
void tap_relay_refresh(struct tap_relay *relay);
/* Moves what the guest's TAP has, as far as it goes; true: there is more. */
bool tap_relay_work(struct tap_relay *relay);

/*
 * --- tap_loop.c ---
 */

/* SIGINT, SIGTERM and SIGHUP end the loop, SIGUSR1 prints the table. */
bool tap_catch_signals(void);
/* A kernel thread with struct tap_relay as its argument. */
void tap_serve(void *relay);

/*
 * --- tap_table.c ---
 */

void tap_print(struct tap_relay *relay, FILE *out);

#endif /* !RINGSIDE_CLI_TAP_VAR_H */
