/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The workloads of `ringside run` on network interfaces.  Each runs as a
 * kernel thread and does what a protocol stack would: sends by vio0 and its
 * like, and looks at what the driver hands up.
 */
#ifndef RINGSIDE_CLI_TRAFFIC_H
#define RINGSIDE_CLI_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/netopt.h"
#include "cli/netstat.h"
#include "cli/session.h"
#include "cli/tally.h"

#define TRAFFIC_DEPTH_MAX 64
#define TRAFFIC_FRAME_MIN 60
#define TRAFFIC_FRAME_MAX 9014

/*
 * Loop and switch: frames of many kinds and sizes are sent to where they come
 * back, or to another interface, and every byte of what arrives is compared;
 * none may be lost.  Pcap: what arrives is compared with the file, frame by
 * frame.  TAP: frames are sent to nobody, and counted.
 */
struct traffic {
	uint64_t seed;
	const struct netopt *net;
	const struct session *session;
	struct netport *const *ports; /* as the devices have them */
	struct netport *pcap;	      /* the port of that kind, or NULL */
	uint64_t frame;		      /* bytes of each; 0: many sizes */
	uint64_t operations;	      /* 0: no bound */
	uint64_t duration;	      /* ns of wall clock; 0: no bound */
	unsigned depth;		      /* frames under way */

	struct tally tally;
	struct netstat drops;
	uint64_t started; /* frames */
	bool time_is_up;  /* `duration` has ended it */
	bool unfit;	  /* it cannot be run on these; see `failure` */
	uint64_t failures;
	char failure[200]; /* the first one */
};
void traffic_main(void *traffic);

#endif /* !RINGSIDE_CLI_TRAFFIC_H */
