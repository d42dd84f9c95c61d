/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SCTP's headers (RFC 9260).
 */
#ifndef _NETINET_SCTP_H_
#define _NETINET_SCTP_H_
#include <sys/types.h>

#define SCTP_PACKED __attribute__((packed))

struct sctphdr {
	uint16_t src_port;
	uint16_t dest_port;
	uint32_t v_tag;
	uint32_t checksum; /* CRC32C */
} SCTP_PACKED;

struct sctp_chunkhdr {
	uint8_t chunk_type;
	uint8_t chunk_flags;
	uint16_t chunk_length;
} SCTP_PACKED;

struct sctp_paramhdr {
	uint16_t param_type;
	uint16_t param_length;
} SCTP_PACKED;

#endif /* !_NETINET_SCTP_H_ */
