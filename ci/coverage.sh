#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Turns what `make coverage` has counted into a table, one line a folder, and
# a page for each file.
#
#	ci/coverage.sh OUTPUT-FOLDER
set -eu
cd "$(dirname "$0")/.."
out=${1-build/coverage}
mkdir -p "$out"

gcovr --root . --filter 'drivers/' --filter 'model/' --filter 'harness/' \
    --exclude 'harness/tests/' --exclude 'harness/bench/' \
    --csv "$out/files.csv" --html-details "$out/index.html" build/obj

awk -F, '
NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
{
	folder = $1
	sub(/\/[^\/]*$/, "", folder)
	add(folder)
	add("total")
}
function add(name)
{
	if (!(name in total) && name != "total")
		order[++n] = name
	total[name] += $column["line_total"]
	hit[name] += $column["line_covered"]
	btotal[name] += $column["branch_total"]
	bhit[name] += $column["branch_covered"]
}
function line(name)
{
	printf "%-32s %6d of %6d %5.1f%%   %6d of %6d %5.1f%%\n", name,
	    hit[name], total[name], percent(hit[name], total[name]),
	    bhit[name], btotal[name], percent(bhit[name], btotal[name])
}
function percent(a, b)
{
	return b ? 100 * a / b : 100
}
END {
	printf "%-32s %s%25s\n", "folder", "lines covered",
	    "branches covered"
	for (i = 1; i <= n; i++)
		line(order[i])
	line("total")
}' "$out/files.csv"
echo "details: $out/index.html"
