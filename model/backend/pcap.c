/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A port that plays one capture file and records another: see ports.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "model/backend/ports.h"

struct pcap_port {
	struct netport port; /* first */
	pcap_t *in;	     /* NULL when there is nothing more to read */
	struct netcapture *out;
	bool out_failed; /* and that was said */
	uint64_t time;	 /* of the frame that was read last */
	/* A frame that was read and is with libpcap until the next one is. */
	bool pending;
	const u_char *bytes;
	uint32_t length; /* that the file has */
	uint32_t whole;	 /* that the frame had */
	netport_complain_fn *complain;
	void *complain_arg;
};

static struct pcap_port *
pcap_port_of(struct netport *port)
{
	return ((struct pcap_port *)(void *)port);
}

static void
pcap_port_complain(struct pcap_port *pcap, const char *what, int error,
    const char *text)
{
	char line[NETPORT_WHY + PCAP_ERRBUF_SIZE];

	pcap->port.error = error;
	pcap->port.error_what = what;
	(void)snprintf(line, sizeof(line), "%s: %s", what, text);
	if (pcap->complain != NULL)
		pcap->complain(pcap->complain_arg, &pcap->port, line);
}

/*
 * --- in ---
 */

static void
pcap_port_end(struct pcap_port *pcap)
{
	if (pcap->in != NULL)
		pcap_close(pcap->in);
	pcap->in = NULL;
}

/* Reads ahead by one frame; false at the end, or when the file is cut. */
static bool
pcap_port_read(struct pcap_port *pcap)
{
	struct pcap_pkthdr *header;
	int result;

	if (pcap->pending)
		return (true);
	if (pcap->in == NULL)
		return (false);
	result = pcap_next_ex(pcap->in, &header, &pcap->bytes);
	if (result != 1) {
		if (result != PCAP_ERROR_BREAK)
			pcap_port_complain(pcap, "read", EIO,
			    pcap_geterr(pcap->in));
		pcap_port_end(pcap);
		return (false);
	}
	pcap->time = (uint64_t)header->ts.tv_sec * 1000000000 +
	    (uint64_t)header->ts.tv_usec;
	pcap->length = header->caplen;
	pcap->whole = header->len;
	pcap->pending = true;
	return (true);
}

static bool
pcap_port_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct pcap_port *pcap = pcap_port_of(port);
	struct iovec iov;
	struct net_frame frame = { .iov = &iov, .iovcnt = 1 };

	for (; budget > 0; budget--) {
		if (!pcap_port_read(pcap))
			return (false);
		/* Not all of it was recorded, or it can be no frame. */
		if (pcap->length < NET_FRAME_MIN ||
		    pcap->length > NET_FRAME_MAX ||
		    pcap->length != pcap->whole) {
			port->stats.in_drops[NETPORT_DROP_SIZE]++;
			pcap->pending = false;
			continue;
		}
		iov.iov_base = (void *)(uintptr_t)pcap->bytes;
		iov.iov_len = frame.length = pcap->length;
		if (netport_deliver(port, NETPORT_QUEUE_ANY, &frame) !=
		    NETPORT_TAKEN)
			return (false);
		pcap->pending = false;
		if (pcap->out != NULL &&
		    netcapture_frame(pcap->out, &frame, true) != 0)
			netport_flush(port);
	}
	return (pcap->pending || pcap->in != NULL);
}

/*
 * --- out ---
 */

static bool
pcap_port_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct pcap_port *pcap = pcap_port_of(port);

	if (frame->length < NET_FRAME_MIN || frame->length > NET_FRAME_MAX) {
		port->stats.out_drops[NETPORT_DROP_SIZE]++;
		return (true);
	}
	if (pcap->out != NULL &&
	    netcapture_frame(pcap->out, frame, false) != 0) {
		port->stats.out_drops[NETPORT_DROP_HOST]++;
		netport_flush(port);
		return (true);
	}
	port->stats.out_frames++;
	port->stats.out_bytes += frame->length;
	return (true);
}

/* Finds out what the host has written, and says once that it has not. */
static void
pcap_port_flush(struct netport *port)
{
	struct pcap_port *pcap = pcap_port_of(port);
	int error;

	if (pcap->out == NULL || pcap->out_failed)
		return;
	error = netcapture_flush(pcap->out);
	if (error == 0)
		return;
	pcap->out_failed = true;
	pcap_port_complain(pcap, "write", error, strerror(error));
}

static void
pcap_port_close(struct netport *port)
{
	struct pcap_port *pcap = pcap_port_of(port);

	pcap_port_flush(port);
	(void)netcapture_close(pcap->out);
	pcap_port_end(pcap);
	free(pcap);
}

static const struct netport_ops pcap_port_ops = {
	.transmit = pcap_port_transmit,
	.flush = pcap_port_flush,
	.receive = pcap_port_receive,
	.close = pcap_port_close,
};

/*
 * --- opening ---
 */

static int
pcap_port_open_in(struct pcap_port *pcap, const char *path, char *why)
{
	char text[PCAP_ERRBUF_SIZE];
	const char *type;
	FILE *file;
	int link;

	/* Opened here: libpcap would take "-" for standard input. */
	file = fopen(path, "re");
	if (file == NULL) {
		int error = errno;

		(void)snprintf(why, NETPORT_WHY, "%s", strerror(error));
		return (error);
	}
	pcap->in = pcap_fopen_offline_with_tstamp_precision(file,
	    PCAP_TSTAMP_PRECISION_NANO, text);
	if (pcap->in == NULL) {
		(void)fclose(file);
		(void)snprintf(why, NETPORT_WHY, "%s", text);
		return (EINVAL);
	}
	link = pcap_datalink(pcap->in);
	if (link != DLT_EN10MB) {
		type = pcap_datalink_val_to_name(link);
		(void)snprintf(why, NETPORT_WHY,
		    "has link type %d (%s), not Ethernet", link,
		    type != NULL ? type : "unknown");
		return (EINVAL);
	}
	if (pcap_port_read(pcap))
		return (0);
	/* One that is cut in its first frame has none either. */
	(void)snprintf(why, NETPORT_WHY, "has no %spackets",
	    pcap->port.error != 0 ? "whole " : "");
	return (ENODATA);
}

int
netport_pcap_open(const struct netport_pcap_config *config,
    struct netport **port, char *why)
{
	const struct netcapture_config capture = {
		.path = config->out,
		.clock = config->clock,
		.clock_arg = config->clock_arg,
		.sent_only = config->sent_only,
	};
	struct pcap_port *pcap;
	int error = 0;

	pcap = calloc(1, sizeof(*pcap));
	if (pcap == NULL) {
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	netport_init(&pcap->port, &pcap_port_ops, config->name);
	if (config->in != NULL)
		error = pcap_port_open_in(pcap, config->in, why);
	if (error == 0 && config->out != NULL)
		error = netcapture_open(&capture, &pcap->out, why);
	if (error != 0) {
		pcap_port_close(&pcap->port);
		return (error);
	}
	pcap->complain = config->complain;
	pcap->complain_arg = config->complain_arg;
	*port = &pcap->port;
	return (0);
}

bool
netport_pcap_done(const struct netport *port)
{
	const struct pcap_port *pcap =
	    (const struct pcap_port *)(const void *)port;

	return (!pcap->pending && pcap->in == NULL);
}

uint64_t
netport_pcap_time(const struct netport *port)
{
	return (((const struct pcap_port *)(const void *)port)->time);
}
