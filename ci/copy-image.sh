#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The main job: an ext4 image of this project's own sources is copied, whole,
# through the driver and the device onto a second image.  It has worked only
# if the copy is the same byte for byte and e2fsck finds nothing wrong in it.
#
#	RINGSIDE=build/ringside ci/copy-image.sh [FOLDER]
#
# The images stay in FOLDER (build/run): src.img and dst.img.  Exit status:
# that of ringside, or 1 when the copy is not right.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
ringside=${RINGSIDE-build/ringside}
out=${1-build/run}
size=64M

say()
{
	printf '==> %s\n' "$*"
}
fail()
{
	printf 'copy-image: %s\n' "$*" >&2
	exit 1
}

rm -rf "$out"
mkdir -p "$out/tree"
ci/files.sh >"$out/files"
tar -cf - -T "$out/files" | tar -xf - -C "$out/tree"
say "mke2fs: $(wc -l <"$out/files") source files into $out/src.img ($size)"
truncate -s "$size" "$out/src.img"
mke2fs -q -F -t ext4 -L ringside -d "$out/tree" "$out/src.img"
rm -rf "$out/tree" "$out/files"

say "ringside: copy the image from disk vbd0 to disk vbd1"
status=0
"$ringside" run --disk "$out/src.img" --copy-to "$out/dst.img" || status=$?
[ $status -eq 0 ] || exit $status

say "e2fsck -fn $out/dst.img"
e2fsck -fn "$out/dst.img" || fail "e2fsck finds errors in the copy"
say "cmp $out/src.img $out/dst.img"
cmp "$out/src.img" "$out/dst.img" || fail "the copy differs"
say "the copy is whole: $(wc -c <"$out/dst.img") bytes are the same"
