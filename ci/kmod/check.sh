#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Whether kernel modules would load, as far as one can tell without a kernel.
#
#	ci/kmod/check.sh SYSDIR DIR 'NAME...'
#
# DIR has NAME.ko and, in obj/NAME, the objects that it was linked from.  Each
# rule that is broken is a line; the exit status is 1 if there was one.
# shellcheck disable=SC2016 # $1 and $2 of awk
set -eu

sysdir=$1
dir=$2
names=$3
: "${AWK:=awk}" "${NM:=nm}" "${READELF:=readelf}"
here=$(cd "$(dirname "$0")" && pwd)
work=$dir/obj/check
mkdir -p "$work"
bad=0

complain()
{
	echo "kmod: $1" >&2
	bad=1
}

# form NAME: what link_elf_obj.c takes: a relocatable object for amd64.
form()
{
	$READELF -h "$dir/$1.ko" >"$work/header"
	for line in 'Class:.*ELF64' 'Type:.*REL' 'Machine:.*[xX]86[-_]64'; do
		grep -q "$line" "$work/header" || complain \
		    "$1.ko: not a relocatable object for amd64 ($line)"
	done
	grep -q 'OS/ABI:.*FreeBSD' "$work/header" ||
	    complain "$1.ko: its ABI is not FreeBSD's"
	$READELF -S -W "$dir/$1.ko" | grep -q set_modmetadata_set ||
	    complain "$1.ko: no module in it (set_modmetadata_set)"
}

# relocations NAME: only those that the tree's kernel knows, and none against
# the ends of a linker set, which nobody defines.
relocations()
{
	$READELF -r -W "$dir/$1.ko" >"$work/relocations"
	known=$sysdir/amd64/amd64/elf_machdep.c
	if [ -f "$known" ]; then
		sed -n 's/.*case \(R_X86_64_[A-Z0-9_]*\):.*/\1/p' "$known" |
		    sort -u >"$work/known"
		grep -o 'R_X86_64_[A-Z0-9_]*' "$work/relocations" |
		    sort -u >"$work/used" || :
		for type in $(comm -13 "$work/known" "$work/used"); do
			complain "$1.ko: the kernel does not know $type"
		done
	fi
	grep -oE '__(start|stop)_set_[A-Za-z0-9_]+' "$work/relocations" |
	    sort -u >"$work/ends" || :
	while read -r end; do
		complain "$1.ko: $end is defined nowhere"
	done <"$work/ends"
}

# globals NAME: begin with `vio`, whether they are exported or not: all modules
# and the kernel share one name space.
globals()
{
	$NM -P -g "$dir/obj/$1"/*.o |
	    $AWK 'NF > 2 && $2 ~ /[A-TV-Z]/ && $1 !~ /^vio/ { print $1 }' |
	    sort -u >"$work/foreign"
	while read -r symbol; do
		complain "$1: global symbol $symbol does not begin with vio"
	done <"$work/foreign"
}

# exports NAME, undefined NAME: global symbols of a module.
exports()
{
	$NM -P -g "$dir/$1.ko" | $AWK '$2 ~ /[A-TV-Z]/ { print $1 }'
}
undefined()
{
	$NM -P -g "$dir/$1.ko" | $AWK '$2 ~ /[Uvw]/ { print $1 }' |
	    grep -vE '^__(start|stop)_set_' || :
}

# friends NAME: the modules that it depends on, for that is where the kernel
# looks.  MODULE_DEPEND() makes a structure that is named after both.
friends()
{
	$NM -P "$dir/$1.ko" |
	    sed -n 's/^_[A-Za-z0-9_]*_depend_on_\([a-z0-9_]*\) .*/\1/p' |
	    sort -u
}

for name in $names; do
	form "$name"
	relocations "$name"
	globals "$name"
	exports "$name" >"$work/$name.exports"
done

for name in $names; do
	for friend in $(friends "$name"); do
		[ ! -f "$work/$friend.exports" ] ||
		    cat "$work/$friend.exports"
	done | sort -u >"$work/offered"
	undefined "$name" | sort -u | comm -23 - "$work/offered"
done | sort -u >"$work/wanted"

"$here/defined.sh" "$sysdir" <"$work/wanted" >"$work/found"
for name in $names; do
	for friend in $(friends "$name"); do
		[ ! -f "$work/$friend.exports" ] ||
		    cat "$work/$friend.exports"
	done | sort -u - "$work/found" >"$work/offered"
	undefined "$name" | sort -u | comm -23 - "$work/offered" \
	    >"$work/missing"
	while read -r symbol; do
		complain "$name.ko: undefined symbol $symbol"
	done <"$work/missing"
done
exit $bad
