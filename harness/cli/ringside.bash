# SPDX-License-Identifier: BSD-2-Clause
#
# Completion of the `ringside` command for bash.  It asks the command itself
# for subcommands and options, so that it knows what --help knows.

# The words of --help that begin with "--", of "ringside" or a subcommand.
_ringside_options()
{
	"$1" "$2" --help 2>/dev/null |
	    sed -n 's/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

_ringside_commands()
{
	"$1" --help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# Whether the option $3 of the subcommand $2 is listed with a value.
_ringside_has_value()
{
	"$1" "$2" --help 2>/dev/null | grep -Eq "^  (-., )?$3 [A-Z]"
}

# Candidates out of the words in $1; the last word after a comma if $2 is ','.
_ringside_words()
{
	local done='' word=$cur reply
	case $2$cur in
	,*,*)	done=${cur%,*}, word=${cur##*,} ;;
	esac
	reply=$(compgen -W "$1" -- "$word") || return 0
	while IFS= read -r word; do
		COMPREPLY+=("$done$word")
	done <<<"$reply"
}

_ringside_files()
{
	local file
	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$cur")
}

_ringside_features()
{
	local names='size_max seg_max geometry ro blk_size flush topology
	    config_wce mq discard write_zeroes lifetime secure_erase zoned
	    notify_on_empty any_layout indirect_desc event_idx version_1
	    access_platform ring_packed in_order order_platform
	    notification_data notif_config_data ring_reset
	    csum guest_csum ctrl_guest_offloads mtu mac gso guest_tso4
	    guest_tso6 guest_ecn guest_ufo host_tso4 host_tso6 host_ecn
	    host_ufo mrg_rxbuf status ctrl_vq ctrl_rx ctrl_vlan
	    ctrl_rx_extra guest_announce ctrl_mac_addr guest_rsc4
	    guest_rsc6 device_stats hash_tunnel vq_notf_coal notf_coal
	    guest_uso4 guest_uso6 host_uso hash_report guest_hdrlen rss
	    rsc_ext standby speed_duplex'
	local words=-all name

	for name in $names; do
		words="$words -$name +$name"
	done
	compopt -o nospace 2>/dev/null
	_ringside_words "$words" ,
}

_ringside_value()
{
	case $1 in
	--disk|--copy-to|--json|--log|--pid-file|--control|--pcap)
		_ringside_files
		;;
	--guest|--device)
		_ringside_words "$(cd /sys/class/net 2>/dev/null && echo *)"
		;;
	--net)
		compopt -o nospace 2>/dev/null
		_ringside_words 'loop switch: tap: pcap:'
		;;
	--offloads)	_ringside_words 'csum tso4 tso6 ecn uso all none' , ;;
	--transport)	_ringside_words 'modern transitional legacy' ;;
	--interrupts)	_ringside_words 'msix msix-shared msi intx' ;;
	--features)	_ringside_features ;;
	--queue-size)	_ringside_words '4 16 64 128 256 512 1024 32768' ;;
	--block-size)	_ringside_words '512 1024 2048 4096' ;;
	--options)	_ringside_words 'allow_other allow_root auto_unmount' , ;;
	--pattern)
		_ringside_words 'mix read write rw trim randread randwrite
		    randrw randtrim trimmix'
		;;
	esac
}

# What stands behind the options of ifconfig, sysctl and devctl.
_ringside_parameters()
{
	local name words

	case $2 in
	ifconfig)
		words='up down mtu promisc allmulti ether media'
		for name in rxcsum txcsum rxcsum6 txcsum6 tso tso4 tso6 lro \
		    vlanmtu vlanhwtag vlanhwfilter vlanhwcsum vlanhwtso; do
			words="$words $name -$name"
		done
		[ "$COMP_CWORD" -gt 2 ] || words=$("$1" ifconfig -l 2>/dev/null)
		_ringside_words "$words -promisc -allmulti"
		;;
	sysctl)	_ringside_words "$("$1" sysctl -aN 2>/dev/null)" ;;
	devctl)
		_ringside_words 'attach detach disable enable suspend resume'
		;;
	mount)	_ringside_files ;;
	esac
}

_ringside()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_ringside_words "$(_ringside_commands "$program") --help"
		return
	fi
	# bash takes "--option=value" for three words.
	if [ "$cur" = = ]; then
		cur=
		_ringside_value "$prev"
		return
	fi
	if [ "$prev" = = ]; then
		_ringside_value "${COMP_WORDS[COMP_CWORD - 2]}"
		return
	fi
	case $prev in
	--*)
		if _ringside_has_value "$program" "$command" "$prev"; then
			_ringside_value "$prev"
			return
		fi
		;;
	esac
	case $cur in
	-*)	_ringside_words "$(_ringside_options "$program" "$command")" ;;
	*)	_ringside_parameters "$program" "$command" ;;
	esac
}

complete -F _ringside ringside
