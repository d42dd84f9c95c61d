/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifmedia(9): media words as text, as ifconfig(8) has it, and the speed that
 * a medium stands for.
 */
#include "kernel/ifnet_var.h"

#include <net/if_media.h>

static const struct medium {
	const char *name;
	int subtype;
	uint32_t mbps; /* 0: not known */
} media[] = {
	{ "autoselect", IFM_AUTO, 0 },
	{ "manual", IFM_MANUAL, 0 },
	{ "none", IFM_NONE, 0 },
	{ "10baseT/UTP", IFM_10_T, 10 },
	{ "10base2/BNC", IFM_10_2, 10 },
	{ "10base5/AUI", IFM_10_5, 10 },
	{ "100baseTX", IFM_100_TX, 100 },
	{ "100baseFX", IFM_100_FX, 100 },
	{ "100baseT4", IFM_100_T4, 100 },
	{ "100baseVG", IFM_100_VG, 100 },
	{ "100baseT2", IFM_100_T2, 100 },
	{ "10baseSTP", IFM_10_STP, 10 },
	{ "10baseFL", IFM_10_FL, 10 },
	{ "1000baseSX", IFM_1000_SX, 1000 },
	{ "1000baseLX", IFM_1000_LX, 1000 },
	{ "1000baseCX", IFM_1000_CX, 1000 },
	{ "1000baseT", IFM_1000_T, 1000 },
	{ "homePNA", IFM_HPNA_1, 1 },
	{ "10Gbase-LR", IFM_10G_LR, 10000 },
	{ "10Gbase-SR", IFM_10G_SR, 10000 },
	{ "10Gbase-CX4", IFM_10G_CX4, 10000 },
	{ "2500BaseSX", IFM_2500_SX, 2500 },
	{ "10Gbase-LRM", IFM_10G_LRM, 10000 },
	{ "10Gbase-Twinax", IFM_10G_TWINAX, 10000 },
	{ "10Gbase-Twinax-Long", IFM_10G_TWINAX_LONG, 10000 },
	{ "Unknown", IFM_UNKNOWN, 0 },
	{ "10Gbase-T", IFM_10G_T, 10000 },
	{ "40Gbase-CR4", IFM_40G_CR4, 40000 },
	{ "40Gbase-SR4", IFM_40G_SR4, 40000 },
	{ "40Gbase-LR4", IFM_40G_LR4, 40000 },
	{ "1000Base-KX", IFM_1000_KX, 1000 },
	{ "Other", IFM_OTHER, 0 },
	{ "10GBase-KX4", IFM_10G_KX4, 10000 },
	{ "10GBase-KR", IFM_10G_KR, 10000 },
	{ "10GBase-CR1", IFM_10G_CR1, 10000 },
	{ "20GBase-KR2", IFM_20G_KR2, 20000 },
	{ "2500Base-KX", IFM_2500_KX, 2500 },
	{ "2500Base-T", IFM_2500_T, 2500 },
	{ "5000Base-T", IFM_5000_T, 5000 },
	{ "PCIExpress-50G", IFM_50G_PCIE, 50000 },
	{ "PCIExpress-25G", IFM_25G_PCIE, 25000 },
	{ "1000Base-SGMII", IFM_1000_SGMII, 1000 },
	{ "10GBase-SFI", IFM_10G_SFI, 10000 },
	{ "40GBase-XLPPI", IFM_40G_XLPPI, 40000 },
	{ "1000Base-CX-SGMII", IFM_1000_CX_SGMII, 1000 },
	{ "40GBase-KR4", IFM_40G_KR4, 40000 },
	{ "10GBase-ER", IFM_10G_ER, 10000 },
	{ "100GBase-CR4", IFM_100G_CR4, 100000 },
	{ "100GBase-SR4", IFM_100G_SR4, 100000 },
	{ "100GBase-KR4", IFM_100G_KR4, 100000 },
	{ "100GBase-LR4", IFM_100G_LR4, 100000 },
	{ "56GBase-R4", IFM_56G_R4, 56000 },
	{ "100BaseT", IFM_100_T, 100 },
	{ "25GBase-CR", IFM_25G_CR, 25000 },
	{ "25GBase-KR", IFM_25G_KR, 25000 },
	{ "25GBase-SR", IFM_25G_SR, 25000 },
	{ "50GBase-CR2", IFM_50G_CR2, 50000 },
	{ "50GBase-KR2", IFM_50G_KR2, 50000 },
	{ "25GBase-LR", IFM_25G_LR, 25000 },
	{ "10GBase-AOC", IFM_10G_AOC, 10000 },
	{ "25GBase-ACC", IFM_25G_ACC, 25000 },
	{ "25GBase-AOC", IFM_25G_AOC, 25000 },
	{ "100M-SGMII", IFM_100_SGMII, 100 },
	{ "2500Base-X", IFM_2500_X, 2500 },
	{ "5000Base-KR", IFM_5000_KR, 5000 },
	{ "25GBase-T", IFM_25G_T, 25000 },
	{ "25GBase-CR-S", IFM_25G_CR_S, 25000 },
	{ "25GBase-CR1", IFM_25G_CR1, 25000 },
	{ "25GBase-KR-S", IFM_25G_KR_S, 25000 },
	{ "5000Base-KR-S", IFM_5000_KR_S, 5000 },
	{ "5000Base-KR1", IFM_5000_KR1, 5000 },
	{ "25G-AUI", IFM_25G_AUI, 25000 },
	{ "40G-XLAUI", IFM_40G_XLAUI, 40000 },
	{ "40G-XLAUI-AC", IFM_40G_XLAUI_AC, 40000 },
	{ "40GBase-ER4", IFM_40G_ER4, 40000 },
	{ "50GBase-SR2", IFM_50G_SR2, 50000 },
	{ "50GBase-LR2", IFM_50G_LR2, 50000 },
	{ "50G-LAUI2-AC", IFM_50G_LAUI2_AC, 50000 },
	{ "50G-LAUI2", IFM_50G_LAUI2, 50000 },
	{ "50G-AUI2-AC", IFM_50G_AUI2_AC, 50000 },
	{ "50G-AUI2", IFM_50G_AUI2, 50000 },
	{ "50GBase-CP", IFM_50G_CP, 50000 },
	{ "50GBase-SR", IFM_50G_SR, 50000 },
	{ "50GBase-LR", IFM_50G_LR, 50000 },
	{ "50GBase-FR", IFM_50G_FR, 50000 },
	{ "50GBase-KR-PAM4", IFM_50G_KR_PAM4, 50000 },
	{ "25GBase-KR1", IFM_25G_KR1, 25000 },
	{ "50G-AUI1-AC", IFM_50G_AUI1_AC, 50000 },
	{ "50G-AUI1", IFM_50G_AUI1, 50000 },
	{ "100G-CAUI4-AC", IFM_100G_CAUI4_AC, 100000 },
	{ "100G-CAUI4", IFM_100G_CAUI4, 100000 },
	{ "100G-AUI4-AC", IFM_100G_AUI4_AC, 100000 },
	{ "100G-AUI4", IFM_100G_AUI4, 100000 },
	{ "100GBase-CR-PAM4", IFM_100G_CR_PAM4, 100000 },
	{ "100GBase-KR-PAM4", IFM_100G_KR_PAM4, 100000 },
	{ "100GBase-CP2", IFM_100G_CP2, 100000 },
	{ "100GBase-SR2", IFM_100G_SR2, 100000 },
	{ "100GBase-DR", IFM_100G_DR, 100000 },
	{ "100GBase-KR2-PAM4", IFM_100G_KR2_PAM4, 100000 },
	{ "100G-CAUI2-AC", IFM_100G_CAUI2_AC, 100000 },
	{ "100G-CAUI2", IFM_100G_CAUI2, 100000 },
	{ "100G-AUI2-AC", IFM_100G_AUI2_AC, 100000 },
	{ "100G-AUI2", IFM_100G_AUI2, 100000 },
	{ "200GBase-CR4-PAM4", IFM_200G_CR4_PAM4, 200000 },
	{ "200GBase-SR4", IFM_200G_SR4, 200000 },
	{ "200GBase-FR4", IFM_200G_FR4, 200000 },
	{ "200GBase-LR4", IFM_200G_LR4, 200000 },
	{ "200GBase-DR4", IFM_200G_DR4, 200000 },
	{ "200GBase-KR4-PAM4", IFM_200G_KR4_PAM4, 200000 },
	{ "200G-AUI4-AC", IFM_200G_AUI4_AC, 200000 },
	{ "200G-AUI4", IFM_200G_AUI4, 200000 },
	{ "200G-AUI8-AC", IFM_200G_AUI8_AC, 200000 },
	{ "200G-AUI8", IFM_200G_AUI8, 200000 },
	{ "400GBase-FR8", IFM_400G_FR8, 400000 },
	{ "400GBase-LR8", IFM_400G_LR8, 400000 },
	{ "400GBase-DR4", IFM_400G_DR4, 400000 },
	{ "400G-AUI8-AC", IFM_400G_AUI8_AC, 400000 },
	{ "400G-AUI8", IFM_400G_AUI8, 400000 },
};

static const struct option {
	int bit;
	const char *name;
} options[] = {
	{ IFM_FDX, "full-duplex" },
	{ IFM_HDX, "half-duplex" },
	{ IFM_FLOW, "flowcontrol" },
	{ IFM_LOOP, "hw-loopback" },
	{ IFM_FLAG0, "flag0" },
	{ IFM_FLAG1, "flag1" },
	{ IFM_FLAG2, "flag2" },
	{ IFM_ETH_MASTER, "master" },
	{ IFM_ETH_RXPAUSE, "rxpause" },
	{ IFM_ETH_TXPAUSE, "txpause" },
};

uint64_t
ifmedia_baudrate(int mword)
{
	for (size_t i = 0; i < nitems(media); i++)
		if (IFM_TYPE_MATCH(mword, IFM_ETHER | media[i].subtype))
			return (IF_Mbps((uint64_t)media[i].mbps));
	return (0);
}

void
netif_media_name(int word, char *text, size_t size)
{
	const char *name = "<unknown subtype>", *before = " <";
	size_t used;

	if (size == 0)
		return;
	if (IFM_TYPE(word) != IFM_ETHER) {
		strlcpy(text, "<unknown type>", size);
		return;
	}
	for (size_t i = 0; i < nitems(media); i++)
		if (IFM_SUBTYPE(word) == media[i].subtype)
			name = media[i].name;
	used = (size_t)snprintf(text, size, "Ethernet %s", name);
	for (size_t i = 0; i < nitems(options); i++) {
		if ((word & options[i].bit) == 0 || used >= size)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    before, options[i].name);
		before = ",";
	}
	if (*before == ',' && used < size)
		strlcpy(text + used, ">", size - used);
}

/* A word of the text: letters in any case. */
static bool
same_word(const char *text, size_t length, const char *name)
{
	return (strlen(name) == length && strncasecmp(text, name, length) == 0);
}

static bool
parse_word(const char *text, size_t length, int *word)
{
	for (size_t i = 0; i < nitems(media); i++)
		if (same_word(text, length, media[i].name)) {
			*word = (*word & ~(IFM_TMASK | IFM_ETH_XTYPE)) |
			    media[i].subtype;
			return (true);
		}
	for (size_t i = 0; i < nitems(options); i++)
		if (same_word(text, length, options[i].name)) {
			*word |= options[i].bit;
			return (true);
		}
	return (same_word(text, length, "Ethernet"));
}

bool
netif_media_parse(const char *text, int *word)
{
	int result = IFM_ETHER | IFM_AUTO;
	bool any = false;
	size_t length;

	for (;;) {
		while (*text != '\0' && strchr(" ,<>", *text) != NULL)
			text++;
		if (*text == '\0')
			break;
		for (length = 0; text[length] != '\0' &&
		     strchr(" ,<>", text[length]) == NULL;
		     length++)
			;
		if (!parse_word(text, length, &result))
			return (false);
		any = true;
		text += length;
	}
	*word = result;
	return (any);
}
