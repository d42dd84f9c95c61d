#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The drivers against the kernel interface of each FreeBSD that they are for:
# they compile for all of them, and the tests named here pass with the oldest
# and the newest.  The last line is "N passed, N failed", all runs together.
# $MAKE is the make to use, with its options.
set -u
: "${MAKE:=make}"
suites='kpi newbus devclass bus_resource pci_bus pci_msi devctl'
suites="$suites vioblk vioblk_lie vioif vioif_rxoff vioif_txoff vioif_ctrl"
suites="$suites vioif_lie vioif_life vioif_intr"
passed=0
failed=0
log=build/kpi.log

for release in 12 13 14 15; do
	echo "==> drivers/ for FreeBSD $release"
	$MAKE KPI="$release" SAN= compile DIR=drivers || exit 1
done
for release in 12 15; do
	echo "==> tests with the interface of FreeBSD $release"
	{ $MAKE KPI="$release" SAN= check T="$suites" 2>&1; } | tee "$log"
	count=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	[ -n "$count" ] || exit 1
	passed=$((passed + ${count%% *}))
	bad=${count#*, }
	failed=$((failed + ${bad%% *}))
done
rm -f "$log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
