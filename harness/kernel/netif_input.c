/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netif.h: what comes in is shown to whoever has set a hook, as it is.
 */
#include "kernel/ifnet_var.h"

#include <sys/endian.h>

#include "kernel/netif_var.h"

void
netif_set_input(struct netif *netif, netif_input_fn *fn, void *arg)
{
	netif->input = fn;
	netif->input_arg = arg;
}

static u_int
pieces(const struct mbuf *m)
{
	u_int count = 0;

	for (; m != NULL; m = m->m_next)
		count += m->m_len != 0;
	return (count);
}

/* Room for as many pieces as there are: on the stack, or the interface's. */
struct view {
	struct iovec few[16];
	struct iovec *iov;
	struct iovec *own; /* to be freed: a hook was called from a hook */
};

static void
view_begin(struct netif *netif, const struct mbuf *m, u_int more,
    struct view *view)
{
	u_int need;

	view->own = NULL;
	view->iov = view->few;
	if (__predict_true(m->m_next == NULL))
		return;
	need = pieces(m) + more;
	if (need <= nitems(view->few))
		return;
	view->iov = view->own = host_alloc(need * sizeof(*view->iov));
}

static void
view_end(struct view *view)
{
	if (view->own != NULL)
		host_free(view->own);
}

static void
view_fill(struct view *view, const struct mbuf *m, void *data, u_int dlen,
    struct netif_frame *frame)
{
	u_int count = 0;
	uint32_t length = dlen;

	if (dlen != 0)
		view->iov[count++] = (struct iovec) { data, dlen };
	for (; m != NULL; m = m->m_next) {
		if (m->m_len == 0)
			continue;
		view->iov[count++] =
		    (struct iovec) { m->m_data, (size_t)m->m_len };
		length += (uint32_t)m->m_len;
	}
	frame->iov = view->iov;
	frame->iovcnt = count;
	frame->length = length;
}

/* FreeBSD's stack does not keep it: as large as it may have been. */
static uint16_t
segment_size(struct mbuf *m)
{
	struct netif_layout l;
	int payload;

	if (m->m_pkthdr.lro_nsegs < 2 || !netif_parse(m, &l))
		return (0);
	payload = m->m_pkthdr.len - l.payload;
	return (payload > 0 ?
		(uint16_t)howmany(payload, m->m_pkthdr.lro_nsegs) :
		0);
}

static void
meta_fill(struct mbuf *m, struct netif_frame *frame)
{
	const uint32_t csum = m->m_pkthdr.csum_flags;
	const uint32_t l4 = CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	uint32_t flags = 0;

	if ((csum & CSUM_L3_CALC) != 0)
		flags |= NETIF_RX_IP_CHECKED;
	if ((csum & CSUM_L3_VALID) != 0)
		flags |= NETIF_RX_IP_GOOD;
	if ((csum & l4) == l4 && m->m_pkthdr.csum_data == 0xffff)
		flags |= NETIF_RX_L4_GOOD;
	if ((m->m_flags & M_PROMISC) != 0)
		flags |= NETIF_RX_PROMISC;
	if ((m->m_flags & M_MCAST) != 0)
		flags |= NETIF_RX_MCAST;
	if ((m->m_flags & M_BCAST) != 0)
		flags |= NETIF_RX_BCAST;
	if ((m->m_flags & M_VLANTAG) != 0) {
		flags |= NETIF_VLAN;
		frame->vlan_tag = m->m_pkthdr.ether_vtag;
	}
	if (M_HASHTYPE_GET(m) != M_HASHTYPE_NONE) {
		flags |= NETIF_FLOW;
		frame->hash_type = (uint8_t)M_HASHTYPE_GET(m);
		frame->flow = m->m_pkthdr.flowid;
	}
	frame->segments = m->m_pkthdr.lro_nsegs;
	frame->checksum_data = m->m_pkthdr.csum_data;
	frame->flags = flags;
}

void
netif_hand_up(struct netif *netif, struct mbuf *m)
{
	struct netif_frame frame = { .packet = (struct netif_packet *)m };
	struct mbuf *outer = netif->shown;
	struct view view;

	if (netif->input == NULL) {
		m_freem(m);
		return;
	}
	view_begin(netif, m, 0, &view);
	view_fill(&view, m, NULL, 0, &frame);
	meta_fill(m, &frame);
	if (frame.segments > 1) {
		frame.flags |= NETIF_RX_MERGED;
		frame.segment_size = segment_size(m);
	}
	if ((frame.flags & NETIF_VLAN) != 0 &&
	    EVL_VLANOFTAG(frame.vlan_tag) != 0 &&
	    !vlan_known(netif, EVL_VLANOFTAG(frame.vlan_tag)))
		frame.flags |= NETIF_RX_NO_VLAN;
	netif->shown = m;
	netif->input(netif->input_arg, netif, &frame);
	if (netif->shown != NULL)
		m_freem(m);
	netif->shown = outer;
	view_end(&view);
}

struct netif_packet *
netif_keep(const struct netif_frame *frame)
{
	struct mbuf *m = (struct mbuf *)frame->packet;
	struct netif *netif;

	HOST_ASSERT(m != NULL);
	netif = m->m_pkthdr.rcvif->if_book;
	HOST_ASSERT(netif->shown == m);
	netif->shown = NULL;
	return (frame->packet);
}

void
netif_packet_drop(struct netif_packet *packet)
{
	m_freem((struct mbuf *)packet);
}

/* What is sent has no interface that it was received on. */
void
netif_show_tap(struct netif *netif, struct mbuf *m, void *data, u_int dlen)
{
	struct netif_frame frame = { .packet = NULL };
	struct view view;

	view_begin(netif, m, 1, &view);
	view_fill(&view, m, data, dlen, &frame);
	if (m->m_pkthdr.rcvif == NULL)
		frame.flags = NETIF_OUT;
	else
		meta_fill(m, &frame);
	netif->tap(netif->tap_arg, netif, &frame);
	view_end(&view);
}
