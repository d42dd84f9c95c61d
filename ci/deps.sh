#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs what a target of the makefile needs and the machine lacks.
#
#	ci/deps.sh [build | run | check | bench | kmod | lint | coverage | all]
#
# CC and SAN in the environment are those of the makefile.
#
# On Debian and Ubuntu: with apt-get, through sudo when not root, after saying
# so.  Elsewhere it names the packages and exits with status 2.  What is there
# is asked for by file and command, not by package: it costs milliseconds, and
# a compiler that came another way is as good.
set -eu

# Debian puts the ext4 tools where a user's PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

missing=
# need PACKAGE TEST...: the package is missing unless the test succeeds.
need()
{
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

# header PATH: is it in any of the places where compilers look?
header()
{
	for folder in /usr/include /usr/local/include \
	    /usr/include/"$(uname -m)"-linux-gnu; do
		[ -e "$folder/$1" ] && return 0
	done
	return 1
}

compiler()
{
	need gcc command -v cc
	need libc6-dev header stdio.h
	need linux-libc-dev header linux/virtio_blk.h
	need libfuse3-dev header fuse3/fuse_lowlevel.h
	need libjansson-dev header jansson.h
	need libpcap-dev header pcap/pcap.h
	sanitizers
}

# What the compiler that was chosen needs for the sanitizers that were.
sanitizers()
{
	cc=${CC-cc}
	cc=${cc%% *}
	case $cc in
	*clang*)	need "${cc##*/}" command -v "$cc" ;;
	*)		return 0 ;;
	esac
	if [ -z "${SAN-}" ] || ! command -v "$cc" >/dev/null; then
		return 0
	fi
	major=$("$cc" -dumpversion)
	major=${major%%.*}
	runtime=$("$cc" -print-file-name="libclang_rt.asan-$(uname -m).a")
	need "libclang-rt-$major-dev" [ -e "$runtime" ]
}

for_run()
{
	compiler
	need e2fsprogs command -v mke2fs
	need e2fsprogs command -v e2fsck
}

for_check()
{
	compiler
	need libcunit1-dev header CUnit/CUnit.h
	# It judges checksums and segments.
	need tshark command -v tshark
	# What the tests of `ringside mount` drive it with.
	need fuse3 command -v fusermount3
	need fio command -v fio
	need e2fsprogs command -v mke2fs
	# And those of `ringside tap`.
	need iproute2 command -v ip
	need iperf3 command -v iperf3
	need iputils-ping command -v ping
	need tshark command -v tshark
}

for_bench()
{
	for_run
	need fuse3 command -v fusermount3
	need fio command -v fio
	# Its storage daemon is what the mount is compared to.
	need qemu-system-common command -v qemu-storage-daemon
	need iproute2 command -v ip
	need iperf3 command -v iperf3
}

for_lint()
{
	for_check
	need gcc command -v gcc
	need clang command -v clang
	need clang-format command -v clang-format
	need clang-tidy command -v clang-tidy
	need shellcheck command -v shellcheck
	need mandoc command -v mandoc
}

for_kmod()
{
	need bmake command -v bmake
	need clang command -v clang
	need lld command -v ld.lld
	need llvm command -v llvm-objcopy
}

for_coverage()
{
	for_check
	need gcovr command -v gcovr
}

case ${1-all} in
build)		compiler ;;
run)		for_run ;;
bench)		for_bench ;;
check)		for_check ;;
kmod)		for_kmod ;;
lint)		for_lint ;;
coverage)	for_coverage ;;
all)		for_bench; for_lint; for_coverage; for_kmod ;;
*)
	echo "usage: ci/deps.sh" \
	    "[build|run|check|bench|kmod|lint|coverage|all]" >&2
	exit 2
	;;
esac
[ -n "$missing" ] || exit 0

# Each package once.
# shellcheck disable=SC2086 # one word a package
packages=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
packages=${packages% }

by_hand()
{
	echo "ci/deps.sh: $1; please install what Debian calls: $packages" >&2
	exit 2
}

command -v apt-get >/dev/null || by_hand "this is not Debian or Ubuntu"
sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || by_hand "neither root nor sudo"
	sudo=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt GOAL...: as root, asking nothing; what it says is of interest only when
# it fails.
apt()
{
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" \
	    >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2; return 1; }
}

# install: false when apt does not know a package or cannot fetch it.
install()
{
	# shellcheck disable=SC2086 # one word a package
	apt install --no-install-recommends $packages
}

echo "ci/deps.sh: installing with apt-get: $packages"
# Package lists are fetched only when there are none, or they are too old.
if ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then
	echo "ci/deps.sh: no package lists yet: apt-get update"
	apt update || by_hand "apt-get update failed"
	install || by_hand "apt-get install failed"
elif ! install; then
	echo "ci/deps.sh: the package lists may be old: apt-get update"
	apt update || by_hand "apt-get update failed"
	install || by_hand "apt-get install failed"
fi

# What a compiler needs can be asked of it only now that it is here.
case ${RINGSIDE_DEPS-}$packages in
clang*)
	rm -f "$log"
	RINGSIDE_DEPS=again exec "$0" "$@"
	;;
esac
