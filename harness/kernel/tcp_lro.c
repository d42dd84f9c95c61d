/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Large receive offload (see <netinet/tcp_lro.h>).
 *
 * Only what cannot be told apart afterwards is merged: segments with data,
 * in sequence, with ACK and PSH as their only flags, no options but
 * timestamps, and the same kind of service.  Whatever else comes for a
 * connection first ends what was merged of it, so that the order stays.
 */
#include "kernel/ifnet_var.h"

#include <sys/endian.h>
#include <machine/in_cksum.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/tcp_lro.h>

static MALLOC_DEFINE(M_LRO, "LRO", "LRO control structures");

#define OPTION_LEN 12 /* two NOPs and a timestamp */
static const uint8_t option_start[4] = { TCPOPT_NOP, TCPOPT_NOP,
	TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP };

/* What two segments of one connection have in common. */
struct lro_key {
	uint32_t addresses[8];
	uint16_t ports[2];
	uint16_t vlan;
	uint8_t version;
	uint8_t service; /* TOS, traffic class */
};

struct lro_entry {
	LIST_ENTRY(lro_entry) next; /* active or free */
	struct mbuf *head;
	struct mbuf *tail; /* the last of the chain */
	struct lro_key key;
	uint32_t next_seq;
	uint32_t ack;
	uint32_t tsval;
	uint32_t tsecr;
	uint16_t window; /* network order, as it is */
	uint16_t l3;
	uint16_t l4;
	uint16_t payload; /* where it begins */
	uint32_t length;  /* bytes behind the Ethernet header */
	uint16_t segments;
	uint16_t appended;
	uint8_t flags;
	bool timestamp;
	sbintime_t since;
};

struct lro_mbuf_sort {
	uint64_t key; /* connection, then order */
	struct mbuf *m;
};

/* A segment, looked at. */
struct segment {
	struct lro_key key;
	struct tcphdr th;      /* a copy: it may lie anywhere */
	const uint8_t *option; /* of OPTION_LEN bytes, or NULL */
	uint16_t l3, l4, payload;
	uint32_t data; /* bytes */
	bool plain;    /* may be merged */
};

/*
 * --- coming and going ---
 */

int
tcp_lro_init_args(struct lro_ctrl *lc, struct ifnet *ifp, unsigned lro_entries,
    unsigned lro_mbufs)
{
	struct lro_entry *entries;
	size_t size;

	memset(lc, 0, sizeof(*lc));
	lc->ifp = ifp;
	lc->lro_cnt = lro_entries;
	lc->lro_mbuf_max = lro_mbufs;
	lc->lro_ackcnt_lim = TCP_LRO_ACKCNT_MAX;
	lc->lro_length_lim = TCP_LRO_LENGTH_MAX;
	LIST_INIT(&lc->lro_active);
	LIST_INIT(&lc->lro_free);
	size = lro_mbufs * sizeof(*lc->lro_mbuf_data) +
	    lro_entries * sizeof(*entries);
	lc->lro_mbuf_data = malloc(size, M_LRO, M_NOWAIT | M_ZERO);
	if (lc->lro_mbuf_data == NULL) {
		memset(lc, 0, sizeof(*lc));
		return (ENOMEM);
	}
	entries = (struct lro_entry *)(lc->lro_mbuf_data + lro_mbufs);
	for (unsigned i = 0; i < lro_entries; i++)
		LIST_INSERT_HEAD(&lc->lro_free, &entries[i], next);
	return (0);
}

int
tcp_lro_init(struct lro_ctrl *lc)
{
	return (tcp_lro_init_args(lc, NULL, TCP_LRO_ENTRIES, 0));
}

void
tcp_lro_free(struct lro_ctrl *lc)
{
	struct lro_entry *le;

	while ((le = LIST_FIRST(&lc->lro_active)) != NULL) {
		LIST_REMOVE(le, next);
		m_freem(le->head);
	}
	LIST_INIT(&lc->lro_free);
	for (unsigned i = 0; i < lc->lro_mbuf_count; i++)
		m_freem(lc->lro_mbuf_data[i].m);
	free(lc->lro_mbuf_data, M_LRO);
	lc->lro_mbuf_data = NULL;
	lc->lro_mbuf_count = 0;
	lc->lro_mbuf_max = 0;
}

/*
 * --- looking at a segment ---
 */

static uint16_t
fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)sum);
}

/* The sum of the pseudo header, in network order, not complemented. */
static uint16_t
pseudo(const struct segment *s, uint32_t tcp_length)
{
	uint16_t words[16];
	uint64_t sum = htons(IPPROTO_TCP);

	memcpy(words, s->key.addresses, sizeof(words));
	for (int i = 0; i < 16; i++)
		sum += words[i];
	sum += htons((uint16_t)(tcp_length >> 16));
	sum += htons((uint16_t)tcp_length);
	return (fold(sum));
}

static bool
look_at_ip4(struct mbuf *m, struct segment *s, uint32_t *length)
{
	struct ip ip;

	if (m->m_len < s->l3 + (int)sizeof(ip))
		return (false);
	memcpy(&ip, m->m_data + s->l3, sizeof(ip));
	if (ip.ip_v != 4 || ip.ip_hl != 5 || ip.ip_p != IPPROTO_TCP ||
	    (ntohs(ip.ip_off) & (IP_MF | IP_OFFMASK)) != 0)
		return (false);
	if ((m->m_pkthdr.csum_flags & (CSUM_IP_CHECKED | CSUM_IP_VALID)) !=
		(CSUM_IP_CHECKED | CSUM_IP_VALID) &&
	    in_cksum_hdr(&ip) != 0)
		return (false);
	*length = ntohs(ip.ip_len);
	if (*length < sizeof(ip))
		return (false);
	*length -= sizeof(ip);
	s->l4 = (uint16_t)(s->l3 + sizeof(ip));
	s->key.addresses[0] = ip.ip_src.s_addr;
	s->key.addresses[1] = ip.ip_dst.s_addr;
	s->key.version = 4;
	s->key.service = ip.ip_tos;
	return (true);
}

static bool
look_at_ip6(struct mbuf *m, struct segment *s, uint32_t *length)
{
	struct ip6_hdr ip6;

	if (m->m_len < s->l3 + (int)sizeof(ip6))
		return (false);
	memcpy(&ip6, m->m_data + s->l3, sizeof(ip6));
	if ((ip6.ip6_vfc & 0xf0) != 0x60 || ip6.ip6_nxt != IPPROTO_TCP)
		return (false);
	*length = ntohs(ip6.ip6_plen);
	s->l4 = (uint16_t)(s->l3 + sizeof(ip6));
	memcpy(s->key.addresses, &ip6.ip6_src, sizeof(ip6.ip6_src));
	memcpy(&s->key.addresses[4], &ip6.ip6_dst, sizeof(ip6.ip6_dst));
	s->key.version = 6;
	s->key.service = (uint8_t)(ntohl(ip6.ip6_flow) >> 20);
	return (true);
}

static void
look_at_tcp(struct segment *s, const uint8_t *option, int hlen)
{
	const int left = hlen - (int)sizeof(s->th);

	s->key.ports[0] = s->th.th_sport;
	s->key.ports[1] = s->th.th_dport;
	s->plain = (s->th.th_flags & ~TH_PUSH) == TH_ACK && s->th.th_x2 == 0 &&
	    s->data > 0;
	if (left == OPTION_LEN &&
	    memcmp(option, option_start, sizeof(option_start)) == 0)
		s->option = option;
	else if (left != 0)
		s->plain = false;
}

/* False: not one that is looked after here. */
static bool
look_at(struct mbuf *m, struct segment *s)
{
	struct ether_header eh;
	uint32_t length;
	int hlen;
	bool ok;

	memset(s, 0, sizeof(*s));
	if (m->m_len < ETHER_HDR_LEN)
		return (false);
	memcpy(&eh, m->m_data, sizeof(eh));
	s->l3 = ETHER_HDR_LEN;
	if ((m->m_flags & M_VLANTAG) != 0)
		s->key.vlan = m->m_pkthdr.ether_vtag;
	if (eh.ether_type == htons(ETHERTYPE_IP))
		ok = look_at_ip4(m, s, &length);
	else if (eh.ether_type == htons(ETHERTYPE_IPV6))
		ok = look_at_ip6(m, s, &length);
	else
		return (false);
	if (!ok || m->m_len < s->l4 + (int)sizeof(struct tcphdr) ||
	    (uint32_t)m->m_pkthdr.len < s->l4 + length)
		return (false);
	memcpy(&s->th, m->m_data + s->l4, sizeof(s->th));
	hlen = s->th.th_off * 4;
	if (hlen < (int)sizeof(struct tcphdr) || m->m_len < s->l4 + hlen ||
	    length < (uint32_t)hlen)
		return (false);
	s->payload = (uint16_t)(s->l4 + hlen);
	s->data = length - (uint32_t)hlen;
	look_at_tcp(s, (const uint8_t *)m->m_data + s->l4 + sizeof(s->th),
	    hlen);
	/* What Ethernet has filled it up with. */
	if ((uint32_t)m->m_pkthdr.len > s->l4 + length)
		m_adj(m, (int)(s->l4 + length) - m->m_pkthdr.len);
	return (true);
}

/* Whether TCP's checksum is right, by whoever has computed it. */
static bool
sum_is_right(struct mbuf *m, const struct segment *s, uint32_t csum)
{
	const uint32_t both = CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	const uint32_t length = s->data + s->payload - s->l4;

	if ((m->m_pkthdr.csum_flags & both) == both)
		return (m->m_pkthdr.csum_data == 0xffff);
	if (csum == 0)
		csum = (uint16_t)~in_cksum_skip(m, m->m_pkthdr.len, s->l4);
	return (fold((uint64_t)csum + pseudo(s, length)) == 0xffff);
}

/*
 * --- merging ---
 */

static uint32_t
option_word(const uint8_t *option, int at)
{
	uint32_t word;

	memcpy(&word, option + at, sizeof(word));
	return (ntohl(word));
}

static void
begin(struct lro_entry *le, struct mbuf *m, const struct segment *s)
{
	le->head = m;
	le->tail = m_last(m);
	le->key = s->key;
	le->next_seq = ntohl(s->th.th_seq) + s->data;
	le->ack = ntohl(s->th.th_ack);
	le->window = s->th.th_win;
	le->l3 = s->l3;
	le->l4 = s->l4;
	le->payload = s->payload;
	le->length = (uint32_t)m->m_pkthdr.len - s->l3;
	le->segments = MAX(m->m_pkthdr.lro_nsegs, 1);
	le->appended = 0;
	le->flags = s->th.th_flags;
	le->timestamp = s->option != NULL;
	if (s->option != NULL) {
		le->tsval = option_word(s->option, 4);
		le->tsecr = option_word(s->option, 8);
	}
	le->since = getsbinuptime();
}

/* Whether it follows what is there, in each respect. */
static bool
follows(const struct lro_ctrl *lc, const struct lro_entry *le,
    const struct segment *s)
{
	if (ntohl(s->th.th_seq) != le->next_seq ||
	    le->length + s->data > MIN(lc->lro_length_lim, IP_MAXPACKET) ||
	    le->timestamp != (s->option != NULL) ||
	    le->appended >= lc->lro_ackcnt_lim)
		return (false);
	/* Neither time nor acknowledgement goes back. */
	if (s->option != NULL &&
	    (int32_t)(option_word(s->option, 4) - le->tsval) < 0)
		return (false);
	return ((int32_t)(ntohl(s->th.th_ack) - le->ack) >= 0);
}

static void
append(struct lro_entry *le, struct mbuf *m, const struct segment *s)
{
	const uint16_t nsegs = MAX(m->m_pkthdr.lro_nsegs, 1);

	le->next_seq += s->data;
	le->ack = ntohl(s->th.th_ack);
	le->window = s->th.th_win;
	le->flags |= s->th.th_flags;
	le->length += s->data;
	le->segments = (uint16_t)MIN(le->segments + nsegs, UINT16_MAX);
	le->appended++;
	if (s->option != NULL) {
		le->tsval = option_word(s->option, 4);
		le->tsecr = option_word(s->option, 8);
	}
	le->head->m_pkthdr.len += (int)s->data;
	m_adj(m, s->payload);
	m_demote(m, 1, 0);
	le->tail->m_next = m;
	le->tail = m_last(m);
}

static void
finish_ip(struct lro_entry *le)
{
	struct mbuf *m = le->head;
	char *at = m->m_data + le->l3;
	struct ip ip;
	uint16_t plen;

	if (le->key.version == 4) {
		memcpy(&ip, at, sizeof(ip));
		ip.ip_len = htons((uint16_t)le->length);
		ip.ip_sum = 0;
		ip.ip_sum = (u_short)in_cksum_hdr(&ip);
		memcpy(at, &ip, sizeof(ip));
		m->m_pkthdr.csum_flags = CSUM_IP_CHECKED | CSUM_IP_VALID;
		return;
	}
	plen = htons((uint16_t)(le->length - sizeof(struct ip6_hdr)));
	memcpy(at + offsetof(struct ip6_hdr, ip6_plen), &plen, sizeof(plen));
	m->m_pkthdr.csum_flags = 0;
}

/* The headers of the first become those of all. */
static void
finish_headers(struct lro_entry *le)
{
	struct mbuf *m = le->head;
	char *at = m->m_data + le->l4;
	struct segment s = { .key = le->key };
	struct tcphdr th;
	uint32_t words[2];

	finish_ip(le);
	memcpy(&th, at, sizeof(th));
	th.th_ack = htonl(le->ack);
	th.th_win = le->window;
	th.th_flags = le->flags;
	th.th_sum = pseudo(&s, le->length - (uint32_t)(le->l4 - le->l3));
	memcpy(at, &th, sizeof(th));
	if (le->timestamp) {
		words[0] = htonl(le->tsval);
		words[1] = htonl(le->tsecr);
		memcpy(at + sizeof(th) + 4, words, sizeof(words));
	}
	m->m_pkthdr.csum_flags |= CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	m->m_pkthdr.csum_data = 0xffff;
	m->m_pkthdr.lro_nsegs = le->segments;
}

static void
flush(struct lro_ctrl *lc, struct lro_entry *le)
{
	struct mbuf *m = le->head;

	LIST_REMOVE(le, next);
	if (le->appended > 0)
		finish_headers(le);
	le->head = le->tail = NULL;
	LIST_INSERT_HEAD(&lc->lro_free, le, next);
	lc->lro_flushed++;
	lc->ifp->if_input(lc->ifp, m);
}

static struct lro_entry *
lookup(struct lro_ctrl *lc, const struct segment *s)
{
	struct lro_entry *le;

	LIST_FOREACH(le, &lc->lro_active, next)
		if (le->key.version == s->key.version &&
		    le->key.vlan == s->key.vlan &&
		    memcmp(le->key.ports, s->key.ports, sizeof(s->key.ports)) ==
			0 &&
		    memcmp(le->key.addresses, s->key.addresses,
			sizeof(s->key.addresses)) == 0)
			return (le);
	return (NULL);
}

int
tcp_lro_rx(struct lro_ctrl *lc, struct mbuf *m, uint32_t csum)
{
	struct lro_entry *le;
	struct segment s;

	if (!look_at(m, &s))
		return (TCP_LRO_NOT_SUPPORTED);
	if (!sum_is_right(m, &s, csum)) {
		lc->lro_bad_csum++;
		return (TCP_LRO_CANNOT);
	}
	le = lookup(lc, &s);
	if (le != NULL && s.plain && le->key.service == s.key.service &&
	    follows(lc, le, &s)) {
		append(le, m, &s);
		lc->lro_queued++;
		if (le->length >= lc->lro_length_lim)
			flush(lc, le);
		return (0);
	}
	if (le != NULL)
		flush(lc, le);
	if (!s.plain)
		return (TCP_LRO_CANNOT);
	le = LIST_FIRST(&lc->lro_free);
	if (le == NULL)
		return (TCP_LRO_NO_ENTRIES);
	LIST_REMOVE(le, next);
	begin(le, m, &s);
	LIST_INSERT_HEAD(&lc->lro_active, le, next);
	lc->lro_queued++;
	return (0);
}

/*
 * --- many at a time ---
 */

/* By connection; those of one stay in their order, which is in the key. */
static void
sort(struct lro_mbuf_sort *data, unsigned count)
{
	struct lro_mbuf_sort one;
	unsigned gap, i, j;

	for (gap = count / 2; gap > 0; gap /= 2)
		for (i = gap; i < count; i++) {
			one = data[i];
			for (j = i; j >= gap && data[j - gap].key > one.key;
			     j -= gap)
				data[j] = data[j - gap];
			data[j] = one;
		}
}

static void
flush_queue(struct lro_ctrl *lc)
{
	struct mbuf *m;

	sort(lc->lro_mbuf_data, lc->lro_mbuf_count);
	for (unsigned i = 0; i < lc->lro_mbuf_count; i++) {
		m = lc->lro_mbuf_data[i].m;
		if (tcp_lro_rx(lc, m, 0) != 0) {
			lc->lro_flushed++;
			lc->ifp->if_input(lc->ifp, m);
		}
	}
	lc->lro_mbuf_count = 0;
}

void
tcp_lro_queue_mbuf(struct lro_ctrl *lc, struct mbuf *mb)
{
	struct lro_mbuf_sort *slot;

	KASSERT(lc->ifp != NULL && lc->lro_mbuf_data != NULL,
	    ("tcp_lro_queue_mbuf: the control structure is not initialised"));
	if ((lc->ifp->if_capenable & IFCAP_LRO) == 0 ||
	    M_HASHTYPE_GET(mb) == M_HASHTYPE_NONE || lc->lro_mbuf_max == 0) {
		lc->ifp->if_input(lc->ifp, mb);
		return;
	}
	slot = &lc->lro_mbuf_data[lc->lro_mbuf_count];
	slot->m = mb;
	slot->key = (uint64_t)M_HASHTYPE_GET(mb) << 56 |
	    (uint64_t)mb->m_pkthdr.flowid << 24 | lc->lro_mbuf_count;
	if (++lc->lro_mbuf_count == lc->lro_mbuf_max)
		tcp_lro_flush_all(lc);
}

void
tcp_lro_flush_all(struct lro_ctrl *lc)
{
	struct lro_entry *le;

	if (lc->lro_mbuf_count > 0)
		flush_queue(lc);
	while ((le = LIST_FIRST(&lc->lro_active)) != NULL)
		flush(lc, le);
}

void
tcp_lro_flush_inactive(struct lro_ctrl *lc, const struct timeval *timeout)
{
	struct lro_entry *le, *next;
	const sbintime_t limit = getsbinuptime() - timeout->tv_sec * SBT_1S -
	    ustosbt(timeout->tv_usec);

	LIST_FOREACH_SAFE(le, &lc->lro_active, next, next) {
		if (le->since <= limit)
			flush(lc, le);
	}
}
