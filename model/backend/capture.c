/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Capture files: see ports.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "model/backend/ports.h"
#include "model/net_gso.h"

struct netcapture {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	netport_clock_fn *clock;
	void *clock_arg;
	bool sent_only;
	int error;
	struct net_gso gso;
	uint8_t bytes[NET_FRAME_MAX];
};

int
netcapture_close(struct netcapture *capture)
{
	int error;

	if (capture == NULL)
		return (0);
	error = capture->dumper != NULL ? netcapture_flush(capture) : 0;
	if (capture->dumper != NULL)
		pcap_dump_close(capture->dumper);
	if (capture->pcap != NULL)
		pcap_close(capture->pcap);
	free(capture);
	return (error);
}

static int
netcapture_failed(struct netcapture *capture, int error, char *why)
{
	(void)snprintf(why, NETPORT_WHY, "%s", strerror(error));
	(void)netcapture_close(capture);
	return (error);
}

int
netcapture_open(const struct netcapture_config *config,
    struct netcapture **made, char *why)
{
	struct netcapture *capture;
	FILE *file;

	capture = calloc(1, sizeof(*capture));
	if (capture == NULL)
		return (netcapture_failed(NULL, ENOMEM, why));
	capture->clock = config->clock;
	capture->clock_arg = config->clock_arg;
	capture->sent_only = config->sent_only;
	capture->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB,
	    NET_FRAME_MAX, PCAP_TSTAMP_PRECISION_NANO);
	if (capture->pcap == NULL)
		return (netcapture_failed(capture, ENOMEM, why));
	/* Opened here: libpcap would take "-" for standard output. */
	file = fopen(config->path, "we");
	if (file == NULL)
		return (netcapture_failed(capture, errno, why));
	/* It closes the file, but not when it fails. */
	capture->dumper = pcap_dump_fopen(capture->pcap, file);
	if (capture->dumper == NULL) {
		(void)fclose(file);
		return (netcapture_failed(capture, EIO, why));
	}
	*made = capture;
	return (0);
}

static void
netcapture_write(struct netcapture *capture, const struct net_frame *frame,
    uint64_t now)
{
	struct pcap_pkthdr header = {
		/* Of nanoseconds, in a file that says so. */
		.ts.tv_sec = (time_t)(now / 1000000000),
		.ts.tv_usec = (suseconds_t)(now % 1000000000),
		.caplen = frame->length,
		.len = frame->length,
	};

	if (capture->error != 0 ||
	    !net_iov_read(frame->iov, frame->iovcnt, 0, capture->bytes,
		frame->length))
		return;
	errno = 0;
	pcap_dump((u_char *)capture->dumper, &header, capture->bytes);
	if (ferror(pcap_dump_file(capture->dumper)))
		capture->error = errno != 0 ? errno : EIO;
}

int
netcapture_frame(struct netcapture *capture, const struct net_frame *frame,
    bool received)
{
	struct net_frame segment;
	uint64_t now;

	if (capture->error != 0 || (received && capture->sent_only))
		return (capture->error);
	if (frame->length > NET_FRAME_MAX)
		return (0);
	now = capture->clock != NULL ? capture->clock(capture->clock_arg) : 0;
	if (net_gso_begin(&capture->gso, frame, 0) != 0) {
		/* What makes no sense is shown as it is. */
		netcapture_write(capture, frame, now);
		return (capture->error);
	}
	while (net_gso_next(&capture->gso, &segment))
		netcapture_write(capture, &segment, now);
	return (capture->error);
}

int
netcapture_flush(struct netcapture *capture)
{
	if (capture->error == 0 && pcap_dump_flush(capture->dumper) != 0)
		capture->error = errno != 0 ? errno : EIO;
	return (capture->error);
}
