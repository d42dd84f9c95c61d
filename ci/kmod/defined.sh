#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Which symbols a kernel has, by the text of its sources.
#
#	ci/kmod/defined.sh SYSDIR <SYMBOLS
#
# Reads symbols, one a line, and prints those that some file of the kernel
# proper defines, sorted.  It reads style(9): a function's name begins a line,
# or the line begins with its type; a variable's line begins with its type.
set -eu

sysdir=$1
here=$(cd "$(dirname "$0")" && pwd)
words=$(mktemp)
trap 'rm -f "$words"' EXIT
sort -u >"$words"

# Not dev/: what is there may be a module of its own.
folders=
for folder in kern libkern vm amd64 x86 geom net netinet netinet6 cam ddb \
    dev/pci; do
	[ ! -d "$sysdir/$folder" ] || folders="$folders $sysdir/$folder"
done
[ -n "$folders" ] || exit 0

{
	# shellcheck disable=SC2086 # one word a folder
	grep -RhwF -f "$words" --include='*.[cS]' $folders || :
	# shellcheck disable=SC2086
	grep -REh '^(SYSCTL_[A-Z_]*NODE|TASKQUEUE_[A-Z_]*DEFINE[A-Z_]*)[(]' \
	    --include='*.c' $folders || :
	# shellcheck disable=SC2086
	find -L $folders -name '*_if.m' -exec cat {} +
} | ${AWK:-awk} -v words="$words" -f "$here/defined.awk" | sort -u
