# SPDX-License-Identifier: BSD-2-Clause
#
# Prints those of the symbols in the file `words` that a line of the input
# defines.  Input: lines of C, assembler and kobj interfaces.

BEGIN {
	while ((getline word < words) > 0)
		wanted[word]
}

function define(symbol)
{
	if (symbol in wanted)
		print symbol
}

# What a kobj interface defines for each of its methods.
/^INTERFACE[ \t]/ {
	interface = $2
	sub(/;.*/, "", interface)
	next
}
/^(STATIC)?METHOD[ \t]/ {
	method = $0
	sub(/[ \t]*[{].*/, "", method)
	sub(/.*[ \t*]/, "", method)
	define(interface "_" method "_desc")
	next
}

# SYSCTL_NODE(_hw, OID_AUTO, bus, ...) defines sysctl___hw_bus.
/^SYSCTL_[A-Z_]*NODE\(/ {
	text = $0
	sub(/^[^(]*\(/, "", text)
	count = split(text, part, /[ \t]*,[ \t]*/)
	if ($0 ~ /^SYSCTL_ROOT_NODE/)
		define("sysctl___" part[2])
	else if (count > 2)
		define("sysctl__" part[1] "_" part[3])
	next
}

# TASKQUEUE_DEFINE_THREAD(thread) defines taskqueue_thread.
/^TASKQUEUE_[A-Z_]*\(/ {
	text = $0
	sub(/^[^(]*\(/, "", text)
	sub(/[^A-Za-z0-9_].*/, "", text)
	define("taskqueue_" text)
	next
}

# Macros that define what they name first, or, an ifunc, third.
/^(ENTRY|ALTENTRY|NON_GPROF_ENTRY|MALLOC_DEFINE|DEFINE_IFUNC)\(/ {
	text = $0
	gsub(/[^A-Za-z0-9_]+/, " ", text)
	count = split(text, part, " ")
	for (i = 2; i <= count && i < 5; i++)
		define(part[i])
	next
}

# (malloc)(size_t size, ...): the parentheses keep a macro away.
/^\([A-Za-z_0-9]+\)\(/ {
	text = substr($0, 2)
	sub(/\).*/, "", text)
	define(text)
	next
}

/^[A-Za-z_]/ && !/^(extern|static|typedef|return|case|else)[^A-Za-z0-9_]/ {
	text = $0
	# A variable that points to a function: void (*hook)(struct ifnet *);
	if (match(text, /^[A-Za-z_0-9 \t*]*\(\*[A-Za-z_0-9]+\)\(/)) {
		text = substr(text, 1, RLENGTH)
		gsub(/[^A-Za-z0-9_]+/, " ", text)
		count = split(text, part, " ")
		define(part[count])
		next
	}
	# A prototype ends where a definition's body has not begun yet.
	if (text ~ /\).*;[ \t]*$/ && text !~ /=/)
		next
	sub(/[ \t]*[(=].*/, "", text)
	gsub(/\[[^]]*\]/, "", text)
	count = split(text, part, /[^A-Za-z0-9_]+/)
	for (i = 1; i <= count; i++)
		define(part[i])
}
