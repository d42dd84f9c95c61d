/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifmedia(9).
 */
#include "kernel/ifnet_var.h"

#include <net/if_media.h>

static MALLOC_DEFINE(M_IFMEDIA, "ifmedia", "interface media");

void
ifmedia_init(struct ifmedia *ifm, int dontcare_mask,
    ifm_change_cb_t change_callback, ifm_stat_cb_t status_callback)
{
	LIST_INIT(&ifm->ifm_list);
	ifm->ifm_cur = NULL;
	ifm->ifm_media = 0;
	ifm->ifm_mask = dontcare_mask;
	ifm->ifm_change = change_callback;
	ifm->ifm_status = status_callback;
}

void
ifmedia_removeall(struct ifmedia *ifm)
{
	struct ifmedia_entry *entry;

	while ((entry = LIST_FIRST(&ifm->ifm_list)) != NULL) {
		LIST_REMOVE(entry, ifm_list);
		free(entry, M_IFMEDIA);
	}
	ifm->ifm_cur = NULL;
}

void
ifmedia_add(struct ifmedia *ifm, int mword, int data, void *aux)
{
	struct ifmedia_entry *entry;

	entry = malloc(sizeof(*entry), M_IFMEDIA, M_NOWAIT);
	if (entry == NULL)
		panic("ifmedia_add: can't malloc entry");
	entry->ifm_media = mword;
	entry->ifm_data = data;
	entry->ifm_aux = aux;
	LIST_INSERT_HEAD(&ifm->ifm_list, entry, ifm_list);
}

void
ifmedia_list_add(struct ifmedia *mp, struct ifmedia_entry *lp, int count)
{
	for (int i = 0; i < count; i++)
		ifmedia_add(mp, lp[i].ifm_media, lp[i].ifm_data, lp[i].ifm_aux);
}

/* The one that was added first of those that are the same but for the mask. */
static struct ifmedia_entry *
match(const struct ifmedia *ifm, int mword)
{
	struct ifmedia_entry *entry, *found = NULL;

	LIST_FOREACH(entry, &ifm->ifm_list, ifm_list)
		if (((entry->ifm_media ^ mword) & ~ifm->ifm_mask) == 0)
			found = entry;
	return (found);
}

void
ifmedia_set(struct ifmedia *ifm, int mword)
{
	struct ifmedia_entry *entry = match(ifm, mword);

	if (entry == NULL) {
		printf("ifmedia_set: no match for 0x%x/0x%x\n", mword,
		    ~ifm->ifm_mask);
		panic("ifmedia_set");
	}
	ifm->ifm_cur = entry;
}

static int
change_media(struct ifnet *ifp, struct ifmedia *ifm, int mword)
{
	struct ifmedia_entry *entry = match(ifm, mword), *old = ifm->ifm_cur;
	int old_media = ifm->ifm_media, error;

	if (entry == NULL)
		return (ENXIO);
	/* Automatic selection starts anew even if it was selected before. */
	if (IFM_SUBTYPE(mword) != IFM_AUTO && mword == old_media &&
	    entry == old)
		return (0);
	ifm->ifm_cur = entry;
	ifm->ifm_media = mword;
	error = ifm->ifm_change(ifp);
	if (error != 0) {
		ifm->ifm_cur = old;
		ifm->ifm_media = old_media;
	}
	return (error);
}

/* To those who know only 5 bits of variants. */
static int
old_word(int mword)
{
	if (IFM_TYPE(mword) == IFM_ETHER && IFM_SUBTYPE(mword) > IFM_OTHER)
		return ((mword & ~(IFM_ETH_XTYPE | IFM_TMASK)) | IFM_OTHER);
	return (mword);
}

static int
get_media(struct ifnet *ifp, struct ifmedia *ifm, struct ifmediareq *ifmr,
    bool old)
{
	struct ifmedia_entry *entry;
	int current, room = ifmr->ifm_count, count = 0;

	if (room < 0)
		return (EINVAL);
	current = ifm->ifm_cur != NULL ? ifm->ifm_cur->ifm_media : IFM_NONE;
	ifmr->ifm_current = old ? old_word(current) : current;
	ifmr->ifm_active = ifmr->ifm_current;
	ifmr->ifm_mask = ifm->ifm_mask;
	ifmr->ifm_status = 0;
	ifm->ifm_status(ifp, ifmr);
	LIST_FOREACH(entry, &ifm->ifm_list, ifm_list) {
		if (count < room)
			ifmr->ifm_ulist[count] = entry->ifm_media;
		count++;
	}
	ifmr->ifm_count = count;
	return (count > room && room != 0 ? E2BIG : 0);
}

int
ifmedia_ioctl(struct ifnet *ifp, struct ifreq *ifr, struct ifmedia *ifm,
    u_long cmd)
{
	if (ifp == NULL || ifr == NULL || ifm == NULL)
		return (EINVAL);
	switch (cmd) {
	case SIOCSIFMEDIA:
		return (change_media(ifp, ifm, ifr->ifr_media));
	case SIOCGIFMEDIA:
	case SIOCGIFXMEDIA:
		return (get_media(ifp, ifm, (struct ifmediareq *)ifr,
		    cmd == SIOCGIFMEDIA));
	default:
		return (EINVAL);
	}
}
