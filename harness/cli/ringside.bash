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
	    notification_data notif_config_data ring_reset'
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
	--disk|--copy-to|--json|--log|--pid-file)	_ringside_files ;;
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
	*)	[ "$command" != mount ] || _ringside_files ;;
	esac
}

complete -F _ringside ringside
