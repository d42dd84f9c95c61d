/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifmedia(9): media words as text, as ifconfig(8) has it, and the speed that
 * a medium stands for.
 */
#include "kernel/ifnet_var.h"

#include <net/if_media.h>

static const struct medium {
	int subtype;
	const char *name;
	uint32_t mbps; /* 0: not known */
} media[] = {
	{ IFM_AUTO, "autoselect", 0 },
	{ IFM_MANUAL, "manual", 0 },
	{ IFM_NONE, "none", 0 },
	{ IFM_10_T, "10baseT/UTP", 10 },
	{ IFM_10_2, "10base2/BNC", 10 },
	{ IFM_10_5, "10base5/AUI", 10 },
	{ IFM_100_TX, "100baseTX", 100 },
	{ IFM_100_FX, "100baseFX", 100 },
	{ IFM_100_T4, "100baseT4", 100 },
	{ IFM_100_VG, "100baseVG", 100 },
	{ IFM_100_T2, "100baseT2", 100 },
	{ IFM_10_STP, "10baseSTP", 10 },
	{ IFM_10_FL, "10baseFL", 10 },
	{ IFM_1000_SX, "1000baseSX", 1000 },
	{ IFM_1000_LX, "1000baseLX", 1000 },
	{ IFM_1000_CX, "1000baseCX", 1000 },
	{ IFM_1000_T, "1000baseT", 1000 },
	{ IFM_HPNA_1, "homePNA", 1 },
	{ IFM_10G_LR, "10Gbase-LR", 10000 },
	{ IFM_10G_SR, "10Gbase-SR", 10000 },
	{ IFM_10G_CX4, "10Gbase-CX4", 10000 },
	{ IFM_2500_SX, "2500BaseSX", 2500 },
	{ IFM_10G_LRM, "10Gbase-LRM", 10000 },
	{ IFM_10G_TWINAX, "10Gbase-Twinax", 10000 },
	{ IFM_10G_TWINAX_LONG, "10Gbase-Twinax-Long", 10000 },
	{ IFM_UNKNOWN, "Unknown", 0 },
	{ IFM_10G_T, "10Gbase-T", 10000 },
	{ IFM_40G_CR4, "40Gbase-CR4", 40000 },
	{ IFM_40G_SR4, "40Gbase-SR4", 40000 },
	{ IFM_40G_LR4, "40Gbase-LR4", 40000 },
	{ IFM_1000_KX, "1000Base-KX", 1000 },
	{ IFM_OTHER, "Other", 0 },
	{ IFM_10G_KX4, "10GBase-KX4", 10000 },
	{ IFM_10G_KR, "10GBase-KR", 10000 },
	{ IFM_10G_CR1, "10GBase-CR1", 10000 },
	{ IFM_20G_KR2, "20GBase-KR2", 20000 },
	{ IFM_2500_KX, "2500Base-KX", 2500 },
	{ IFM_2500_T, "2500Base-T", 2500 },
	{ IFM_5000_T, "5000Base-T", 5000 },
	{ IFM_50G_PCIE, "PCIExpress-50G", 50000 },
	{ IFM_25G_PCIE, "PCIExpress-25G", 25000 },
	{ IFM_1000_SGMII, "1000Base-SGMII", 1000 },
	{ IFM_10G_SFI, "10GBase-SFI", 10000 },
	{ IFM_40G_XLPPI, "40GBase-XLPPI", 40000 },
	{ IFM_1000_CX_SGMII, "1000Base-CX-SGMII", 1000 },
	{ IFM_40G_KR4, "40GBase-KR4", 40000 },
	{ IFM_10G_ER, "10GBase-ER", 10000 },
	{ IFM_100G_CR4, "100GBase-CR4", 100000 },
	{ IFM_100G_SR4, "100GBase-SR4", 100000 },
	{ IFM_100G_KR4, "100GBase-KR4", 100000 },
	{ IFM_100G_LR4, "100GBase-LR4", 100000 },
	{ IFM_56G_R4, "56GBase-R4", 56000 },
	{ IFM_100_T, "100BaseT", 100 },
	{ IFM_25G_CR, "25GBase-CR", 25000 },
	{ IFM_25G_KR, "25GBase-KR", 25000 },
	{ IFM_25G_SR, "25GBase-SR", 25000 },
	{ IFM_50G_CR2, "50GBase-CR2", 50000 },
	{ IFM_50G_KR2, "50GBase-KR2", 50000 },
	{ IFM_25G_LR, "25GBase-LR", 25000 },
	{ IFM_10G_AOC, "10GBase-AOC", 10000 },
	{ IFM_25G_ACC, "25GBase-ACC", 25000 },
	{ IFM_25G_AOC, "25GBase-AOC", 25000 },
	{ IFM_100_SGMII, "100M-SGMII", 100 },
	{ IFM_2500_X, "2500Base-X", 2500 },
	{ IFM_5000_KR, "5000Base-KR", 5000 },
	{ IFM_25G_T, "25GBase-T", 25000 },
	{ IFM_25G_CR_S, "25GBase-CR-S", 25000 },
	{ IFM_25G_CR1, "25GBase-CR1", 25000 },
	{ IFM_25G_KR_S, "25GBase-KR-S", 25000 },
	{ IFM_5000_KR_S, "5000Base-KR-S", 5000 },
	{ IFM_5000_KR1, "5000Base-KR1", 5000 },
	{ IFM_25G_AUI, "25G-AUI", 25000 },
	{ IFM_40G_XLAUI, "40G-XLAUI", 40000 },
	{ IFM_40G_XLAUI_AC, "40G-XLAUI-AC", 40000 },
	{ IFM_40G_ER4, "40GBase-ER4", 40000 },
	{ IFM_50G_SR2, "50GBase-SR2", 50000 },
	{ IFM_50G_LR2, "50GBase-LR2", 50000 },
	{ IFM_50G_LAUI2_AC, "50G-LAUI2-AC", 50000 },
	{ IFM_50G_LAUI2, "50G-LAUI2", 50000 },
	{ IFM_50G_AUI2_AC, "50G-AUI2-AC", 50000 },
	{ IFM_50G_AUI2, "50G-AUI2", 50000 },
	{ IFM_50G_CP, "50GBase-CP", 50000 },
	{ IFM_50G_SR, "50GBase-SR", 50000 },
	{ IFM_50G_LR, "50GBase-LR", 50000 },
	{ IFM_50G_FR, "50GBase-FR", 50000 },
	{ IFM_50G_KR_PAM4, "50GBase-KR-PAM4", 50000 },
	{ IFM_25G_KR1, "25GBase-KR1", 25000 },
	{ IFM_50G_AUI1_AC, "50G-AUI1-AC", 50000 },
	{ IFM_50G_AUI1, "50G-AUI1", 50000 },
	{ IFM_100G_CAUI4_AC, "100G-CAUI4-AC", 100000 },
	{ IFM_100G_CAUI4, "100G-CAUI4", 100000 },
	{ IFM_100G_AUI4_AC, "100G-AUI4-AC", 100000 },
	{ IFM_100G_AUI4, "100G-AUI4", 100000 },
	{ IFM_100G_CR_PAM4, "100GBase-CR-PAM4", 100000 },
	{ IFM_100G_KR_PAM4, "100GBase-KR-PAM4", 100000 },
	{ IFM_100G_CP2, "100GBase-CP2", 100000 },
	{ IFM_100G_SR2, "100GBase-SR2", 100000 },
	{ IFM_100G_DR, "100GBase-DR", 100000 },
	{ IFM_100G_KR2_PAM4, "100GBase-KR2-PAM4", 100000 },
	{ IFM_100G_CAUI2_AC, "100G-CAUI2-AC", 100000 },
	{ IFM_100G_CAUI2, "100G-CAUI2", 100000 },
	{ IFM_100G_AUI2_AC, "100G-AUI2-AC", 100000 },
	{ IFM_100G_AUI2, "100G-AUI2", 100000 },
	{ IFM_200G_CR4_PAM4, "200GBase-CR4-PAM4", 200000 },
	{ IFM_200G_SR4, "200GBase-SR4", 200000 },
	{ IFM_200G_FR4, "200GBase-FR4", 200000 },
	{ IFM_200G_LR4, "200GBase-LR4", 200000 },
	{ IFM_200G_DR4, "200GBase-DR4", 200000 },
	{ IFM_200G_KR4_PAM4, "200GBase-KR4-PAM4", 200000 },
	{ IFM_200G_AUI4_AC, "200G-AUI4-AC", 200000 },
	{ IFM_200G_AUI4, "200G-AUI4", 200000 },
	{ IFM_200G_AUI8_AC, "200G-AUI8-AC", 200000 },
	{ IFM_200G_AUI8, "200G-AUI8", 200000 },
	{ IFM_400G_FR8, "400GBase-FR8", 400000 },
	{ IFM_400G_LR8, "400GBase-LR8", 400000 },
	{ IFM_400G_DR4, "400GBase-DR4", 400000 },
	{ IFM_400G_AUI8_AC, "400G-AUI8-AC", 400000 },
	{ IFM_400G_AUI8, "400G-AUI8", 400000 },
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
