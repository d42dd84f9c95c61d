#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Builds the drivers as kernel modules for FreeBSD on amd64 and checks them.
#
#	ci/kmod.sh [-m MODULES] [-o OUT] SYSDIR
#
# SYSDIR is the `sys` folder of FreeBSD's sources, release 12 or later; nothing
# else of them is needed.  MODULES is a folder with a bsd.subdir.mk Makefile
# (default drivers/modules).  The modules lie in OUT/RELEASE (default
# build/kmod/12.1 and so on).  On FreeBSD make(1) builds them with the base
# system's tools and the tree's own kmod.mk, elsewhere bmake, clang and lld with
# ci/kmod/bsd.kmod.mk.  KERNBUILDDIR may name the folder that a kernel was
# built in; without it, options have their defaults.  V=1 shows the commands.
#
# Exit status: 0, 1 when a module does not compile or fails a check, 2 when
# SYSDIR is not what it should be or a tool is missing.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
modules=$top/drivers/modules
out=$top/build/kmod

fail()
{
	echo "kmod: $1" >&2
	exit 2
}

while getopts m:o: option; do
	case $option in
	m)	modules=$(cd "$OPTARG" && pwd) ;;
	o)	out=$OPTARG ;;
	*)	fail "usage: ci/kmod.sh [-m MODULES] [-o OUT] SYSDIR" ;;
	esac
done
shift $((OPTIND - 1))

#
# --- what was named ---
#

sysdir=${1-}
sysdir=${sysdir%/}
[ -n "$sysdir" ] || fail "which kernel sources? make kmod SYSDIR=/usr/src/sys"
[ -e "$sysdir" ] || fail "SYSDIR=$sysdir: does not exist"
[ -d "$sysdir" ] || fail "SYSDIR=$sysdir: not a directory"
if [ ! -f "$sysdir/sys/param.h" ]; then
	[ ! -f "$sysdir/sys/sys/param.h" ] ||
	    fail "SYSDIR=$sysdir: no sys/param.h; SYSDIR=$sysdir/sys has it"
	fail "SYSDIR=$sysdir: not FreeBSD's sys folder (no sys/param.h)"
fi
sysdir=$(cd "$sysdir" && pwd)
version=$(awk '$1 == "#define" && $2 == "__FreeBSD_version" {
	if ($3 ~ /^[0-9]+$/) print $3; exit }' "$sysdir/sys/param.h")
[ -n "$version" ] ||
    fail "SYSDIR=$sysdir: sys/param.h states no __FreeBSD_version"
release=$((version / 100000)).$((version / 1000 % 100))
[ "$version" -ge 1200000 ] ||
    fail "SYSDIR=$sysdir: FreeBSD $release; the drivers are for 12 and later"
# Absolute, since each module is built in its own folder; or not there at all.
if [ -n "${KERNBUILDDIR-}" ]; then
	[ -f "$KERNBUILDDIR/opt_global.h" ] ||
	    fail "KERNBUILDDIR=$KERNBUILDDIR: has no opt_global.h"
	KERNBUILDDIR=$(cd "$KERNBUILDDIR" && pwd)
	export KERNBUILDDIR
else
	unset KERNBUILDDIR
fi

# Both kinds of make understand this much of a Makefile.
names=$(sed -n 's/^SUBDIR=[[:blank:]]*//p' "$modules/Makefile")
[ -n "$names" ] || fail "$modules/Makefile: no SUBDIR"

# Other systems carry parts of FreeBSD's sys along.
missing()
{
	fail "SYSDIR=$sysdir: not all of FreeBSD $release's sys folder (no $1)"
}
[ -d "$sysdir/amd64/include" ] || missing amd64/include
for name in $names; do
	sed -n 's/^SRCS+*=[[:blank:]]*//p' "$modules/$name/Makefile"
done | tr '[:blank:]' '\n' | sed -n 's/_if\.[ch]$/_if.m/p' | sort -u |
    while read -r file; do
	[ -n "$(find -L "$sysdir/kern" "$sysdir/dev" "$top/drivers" \
	    -name "$file" 2>/dev/null | sed q)" ] || missing "$file"
    done || exit 2

#
# --- tools ---
#

# What make(1) of another kind has put there would confuse bmake.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES 2>/dev/null || :
quiet=
[ -n "${V-}" ] || quiet=yes
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
case $(uname -s) in
FreeBSD)
	AWK=${AWK:-awk} NM=${NM:-nm} READELF=${READELF:-readelf}
	bsdmake()
	{
		env MAKEOBJDIRPREFIX= MAKEOBJDIR="$obj" make -j "$jobs" "$@"
	}
	;;
*)
	"$top/ci/deps.sh" kmod
	AWK=${AWK:-awk} NM=${NM:-llvm-nm} READELF=${READELF:-llvm-readelf}
	bsdmake()
	{
		env MAKEOBJDIR="$obj" bmake -r -m "$top/ci/kmod" \
		    -j "$jobs" "$@"
	}
	;;
esac
export AWK NM READELF

#
# --- building and checking ---
#

dir=$out/$release
rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# One after the other, each from nothing: they are small.
build()
{
	obj=$dir/obj/$1
	mkdir -p "$obj"
	printf '  %-7s %s\n' KMOD "$1"
	(
		cd "$modules/$1"
		bsdmake ${quiet:+-s} SYSDIR="$sysdir" all
	) >"$dir/obj/$1.log" 2>&1 || {
		cat "$dir/obj/$1.log" >&2
		echo "kmod: $1 does not compile for FreeBSD $release" >&2
		exit 1
	}
	[ -z "${V-}" ] || cat "$dir/obj/$1.log"
	cp "$obj/$1.ko" "$dir/$1.ko"
}

for name in $names; do
	build "$name"
done
"$top/ci/kmod/check.sh" "$sysdir" "$dir" "$names"
for name in $names; do
	echo "$dir/$name.ko"
done
