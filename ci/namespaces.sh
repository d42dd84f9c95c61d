#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The host's TCP/IP stack on both sides of `ringside tap`: two network
# namespaces, a and b, that reach each other through driver and device alone.
#
#	ci/namespaces.sh PROGRAM CASE
#
# All happens in namespaces of its own, so that nothing of the host changes
# and nothing is left.  Exit status 77, after a line that says why, when this
# host or user cannot do it.
#
# Bounded in packets and bytes; where something has to come, it is waited for.
set -eu

PATH=$PATH:/usr/sbin:/sbin

skip()
{
	echo "$1"
	exit 77
}

if [ -z "${RINGSIDE_INSIDE-}" ]; then
	for tool in unshare ip ping iperf3 tshark; do
		command -v $tool >/dev/null || skip "no $tool"
	done
	[ -c /dev/net/tun ] || skip "no /dev/net/tun"
	user=
	[ "$(id -u)" -eq 0 ] || user=-Ur
	# shellcheck disable=SC2086 # no user, no word
	unshare $user -n -m true 2>/dev/null ||
	    skip "this user may not make namespaces"
	RINGSIDE_INSIDE=1
	export RINGSIDE_INSIDE
	# shellcheck disable=SC2086
	exec unshare $user -n -m "$0" "$@"
fi

R=$1
name=$2
mount -t tmpfs tmpfs /run 2>/dev/null || skip "no mounts in a namespace"
dir=/run/e2e
mkdir $dir
cd $dir
pid=
servers=

finish()
{
	status=$?
	for p in $pid $servers; do
		kill "$p" 2>/dev/null || :
	done
	wait
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then
		cat "$dir"/said >&2 || :
	fi
	exit $status
}
trap finish EXIT

a() { ip netns exec a "$@"; }
b() { ip netns exec b "$@"; }
ifconfig() { "$R" ifconfig --control "$dir/c" vio0 "$@"; }

# until_true COMMAND...: tried for ten seconds at most.
until_true()
{
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "never: $*" >&2; return 1; }
		sleep 0.1
	done
}

# begin [OPTION]...
begin()
{
	ip netns add a || skip "no network namespaces"
	ip netns add b
	"$R" tap -f --guest ta --device tb --pcap cap --control c \
	    --pid-file p "$@" >said 2>&1 &
	pid=$!
	until_true test -s p || { cat said >&2; return 1; }
	ip link set ta netns a
	ip link set tb netns b
	for side in a b; do
		[ $side = a ] && host=1 || host=2
		ip -n $side link set lo up
		ip -n $side addr add "10.7.0.$host/24" dev t$side
		ip -n $side addr add "fd07::$host/64" dev t$side nodad
		ip -n $side link set t$side up
	done
	until_true a ping -c 1 -W 1 10.7.0.2
	until_true a ping -6 -c 1 -W 1 fd07::2
}

# Ends it; nothing may be wrong with what was captured.
end()
{
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	pid=
	[ $status -eq 0 ] || { echo "exit status $status" >&2; return 1; }
	bad='ip.checksum.status == 0 || tcp.checksum.status == 0 ||
	    udp.checksum.status == 0 || icmp.checksum.status == 0 ||
	    icmpv6.checksum.status == 0 || _ws.malformed'
	# ICMP has no status before Wireshark 4.
	tshark -r cap -Y 'icmp.checksum.status == 0' >/dev/null 2>&1 ||
	    bad='ip.checksum.status == 0 || tcp.checksum.status == 0 ||
		udp.checksum.status == 0 || _ws.malformed'
	# An error quotes what has arrived: with the sum of the pseudo header
	# alone, where the checksum was left to be done.
	# 0xffff is a 0: Linux, too, writes it for TCP where only UDP has to.
	bad="($bad) && !(icmp.type == 3) && !(icmpv6.type == 1) &&
	    !(tcp.checksum == 0xffff)"
	tshark -r cap -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
	    -o udp.check_checksum:TRUE -Y "$bad" \
	    >wrong 2>tshark.err ||
	    { cat tshark.err >&2; return 1; }
	[ ! -s wrong ] || { head -n 5 wrong >&2; return 1; }
	[ "$(tshark -r cap -c 2 2>/dev/null | wc -l)" -eq 2 ]
}

# mtu N: of all three.
mtu()
{
	ifconfig mtu "$1"
	ip -n a link set ta mtu "$1"
	ip -n b link set tb mtu "$1"
}

reaches()
{
	a ping -q -c 1 -W 5 "$@" >pinged || { cat pinged >&2; return 1; }
}

# A server for one test; it is there when its port is.
serve()
{
	b iperf3 -s -1 >server 2>&1 &
	servers=$!
	until_true b sh -c 'ss -Hltn "sport = :5201" | grep -q .'
}

# iperf [OPTION]...
iperf()
{
	serve
	a iperf3 "$@" >client 2>&1 || { cat client >&2; return 1; }
	wait "$servers" || { cat server >&2; return 1; }
	servers=
}

tcp()
{
	iperf -c 10.7.0.2 -n 2M
	iperf -c 10.7.0.2 -n 2M -R
	iperf -6 -c fd07::2 -n 2M
	iperf -6 -c fd07::2 -n 2M -R
}

udp()
{
	iperf -u -c 10.7.0.2 -n 1M -b 100M -l 1400
	iperf -u -c 10.7.0.2 -n 1M -b 100M -l 1400 -R
	iperf -u -6 -c fd07::2 -n 1M -b 100M -l 200
	iperf -u -6 -c fd07::2 -n 1M -b 100M -l 200 -R
}

case_ping()
{
	begin
	mtu 9000
	size=0
	while [ $size -le 9000 ]; do
		reaches -s $size 10.7.0.2
		reaches -6 -s $size fd07::2
		size=$((size < 64 ? size + 9 : size + 149))
	done
	reaches -M "do" -s 8972 10.7.0.2
	end
}

case_tcp() { begin; tcp; end; }
case_udp() { begin; udp; end; }

# without OFFLOAD...: each off, and on again.
without()
{
	begin
	for off in "$@"; do
		ifconfig "-$off"
		tcp
		iperf -u -c 10.7.0.2 -n 100K -b 100M -l 1400
		ifconfig "$off"
	done
	end
}

case_offloads_sent() { without txcsum txcsum6 tso4 tso6; }
case_offloads_received() { without rxcsum rxcsum6 lro vlanhwtag; }

case_offloads_none()
{
	begin
	ifconfig -txcsum -txcsum6 -rxcsum -rxcsum6 -lro
	tcp
	udp
	end
}

case_no_offloads() { begin --offloads none; tcp; udp; end; }

case_vlan()
{
	begin
	for side in a b; do
		[ $side = a ] && host=1 || host=2
		ip -n $side link add link t$side name v$side type vlan id 7 \
		    2>/dev/null || skip "this host's kernel has no VLANs"
		ip -n $side addr add "10.8.0.$host/24" dev v$side
		ip -n $side link set v$side up
	done
	until_true reaches 10.8.0.2
	reaches -s 1400 10.8.0.2
	iperf -c 10.8.0.2 -n 2M
	iperf -c 10.8.0.2 -n 2M -R
	ifconfig -vlanhwtag
	reaches -s 1400 10.8.0.2
	iperf -c 10.8.0.2 -n 2M
	end
}

case_multicast()
{
	begin
	b sysctl -q -w net.ipv4.icmp_echo_ignore_broadcasts=0
	reaches -I ta 224.0.0.1
	reaches -b 10.7.0.255
	reaches -6 -I ta ff02::1
	end
}

case_mtu()
{
	begin
	for size in 1280 1500 4000 9000 1400; do
		mtu $size
		reaches -M "do" -s $((size - 28)) 10.7.0.2
		iperf -c 10.7.0.2 -n 1M
	done
	ifconfig | grep -q 'mtu 1400'
	end
}

status() { ifconfig | grep -q "status: $1"; }

case_link()
{
	begin
	ip -n b link set tb down
	until_true status 'no carrier'
	ip -n b link set tb up
	until_true status active
	until_true reaches 10.7.0.2
	ifconfig down
	a ping -q -c 1 -W 1 10.7.0.2 >/dev/null && return 1
	ifconfig up
	until_true reaches 10.7.0.2
	iperf -c 10.7.0.2 -n 1M
	end
}

case_queues()
{
	begin --queues 4
	iperf -c 10.7.0.2 -n 16M -P 8
	iperf -c 10.7.0.2 -n 16M -P 8 -R
	udp
	end
}

# The driver leaves in the middle of it, and comes back.
case_detach()
{
	begin
	serve
	a iperf3 -c 10.7.0.2 -n 24M -b 60M >client 2>&1 &
	client=$!
	for round in 1 2 3; do
		"$R" devctl --control c detach vio_pci0
		[ "$("$R" ifconfig --control c -l)" = "" ] || return 1
		"$R" devctl --control c attach pci0:0:1:0
		until_true reaches 10.7.0.2
	done
	[ "$round" -eq 3 ]
	wait $client || { cat client >&2; return 1; }
	wait "$servers"
	servers=
	end
}

# A TAP that somebody removes: one line, and status 4.
case_vanish()
{
	begin
	ip -n b link del tb
	status=0
	wait "$pid" || status=$?
	pid=
	[ $status -eq 4 ]
	[ "$(grep -c vanished said)" -eq 1 ]
}

# SIGUSR1 prints the table, and changes nothing.
case_table()
{
	begin
	kill -USR1 "$pid"
	until_true grep -q notifications said
	reaches 10.7.0.2
	end
}

"case_$name"
