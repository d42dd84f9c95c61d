# SPDX-License-Identifier: BSD-2-Clause
#
# The rules of the house that a compiler does not know; ci/tidy runs this over
# all files.  Each finding is "file:line: what [rule]".
#
#	length	  a file has at most 700 lines
#	function  a function has at most 70 lines, braces included
#	width	  a line has at most 80 columns, tab stops every 8
#	license	  an SPDX line; C files explain themselves below it
#	arrow	  a room includes only from the rooms that it may know
#	private	  ...and of other rooms only their public headers
#	side	  kernel-side files see no C library, others no kernel headers
#	bench	  nothing in drivers/ is conditional on the bench
#	word	  nothing is put off with a note in the source

BEGIN {
	max_lines = 700
	max_function = 70
	max_width = 80
	findings = 0
	arrows()
	headers()
	words()
	for (i = 1; i < ARGC; i++)
		if (ARGV[i] ~ /^harness\/kernel\/include\//)
			kernel_header[substr(ARGV[i], 24)] = 1
	for (i = 1; i < ARGC; i++)
		look_at(ARGV[i])
	exit(findings > 0)
}

# --- the house ---

# arrow[room] lists the rooms, or single files, that it may include from.
function arrows(    all)
{
	all = "drivers model host sim machine kernel check cli tests " \
	    "bench fuzz"
	arrow["drivers"] = "drivers"
	arrow["model"] = "model"
	arrow["host"] = "host"
	arrow["sim"] = "sim host"
	arrow["machine"] = "machine model sim"
	arrow["kernel"] = "kernel sim machine host"
	arrow["check"] = "check model/wire model/event.h kernel/event.h"
	arrow["cli"] = arrow["tests"] = arrow["bench"] = arrow["fuzz"] = all
}

function headers(    n, list, k)
{
	# What a compiler brings even to a freestanding program.
	n = split("stdalign stdarg stdatomic stdbool stddef stdint", list, " ")
	for (k = 1; k <= n; k++)
		freestanding[list[k] ".h"] = 1
	# Names that both FreeBSD's kernel and a C library have.
	n = split("assert errno limits sys/cdefs sys/errno sys/param " \
	    "sys/queue sys/socket sys/stat sys/time sys/types sys/uio " \
	    "sys/syscall net/if netinet/in", list, " ")
	for (k = 1; k <= n; k++)
		library[list[k] ".h"] = 1
	# What the rooms below the commands show to others.
	n = split("host/host.h host/trap.h sim/sim.h machine/machine.h " \
	    "machine/memory.h kernel/kernel.h kernel/event.h " \
	    "kernel/netif.h", list, " ")
	for (k = 1; k <= n; k++)
		public[list[k]] = 1
}

# In pieces, so that this file does not contain them.
function words(    n, list, k)
{
	n = split("TO" "DO FIX" "ME XX" "X HA" "CK", list, " ")
	for (k = 1; k <= n; k++)
		banned = banned (k > 1 ? "|" : "") list[k]
	banned = "(^|[^A-Za-z0-9_])(" banned ")([^A-Za-z0-9_]|$)"
	banned_phrase = "not (yet )?" "implemented"
}

function room_of(path,    part)
{
	split(path, part, "/")
	if (part[1] == "harness")
		return part[2]
	return part[1]
}

# Which headers a file is compiled with; a shared one must do with none.
function side_of(path)
{
	if (path ~ /^drivers\// ||
	    path ~ /^harness\/(tests|bench)\/kernel\// ||
	    path ~ /^harness\/kernel\/.*\.c$/)
		return "kernel"
	if (path ~ /^harness\/kernel\/(kernel|event|names)\.h$/)
		return "shared"
	if (path ~ /^harness\/kernel\//)
		return "kernel"
	return "host"
}

# --- one file ---

function report(line, rule, what)
{
	printf "%s:%d: %s [%s]\n", file, line, what, rule
	findings++
}

function look_at(path,    text, n, is_c)
{
	file = path
	room = room_of(path)
	side = side_of(path)
	is_c = path ~ /\.[ch]$/
	licensed = explained = function_start = 0
	in_head = 1
	n = 0
	while ((getline text < path) > 0) {
		n++
		check_width(n, text)
		check_words(n, text)
		if (in_head)
			check_head(n, text)
		if (is_c)
			check_code(n, text)
	}
	close(path)
	if (n > max_lines)
		report(n, "length", n " lines, more than " max_lines)
	if (path ~ /\.md$/)
		return
	if (!licensed)
		report(1, "license", "no SPDX-License-Identifier: " \
		    "BSD-2-Clause in the first lines")
	else if (!explained)
		report(1, "license", "nothing says what the file is for")
}

function check_width(n, text,    i, c, column)
{
	if (length(text) <= max_width && text !~ /\t/)
		return
	# Tables and addresses of documents cannot be broken.
	if (file ~ /\.md$/ && (text ~ /^\|/ || text ~ /https?:\/\//))
		return
	# Of a character of UTF-8, only the first byte takes a column.
	gsub(/[\200-\277]/, "", text)
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		column = c == "\t" ? column + 8 - column % 8 : column + 1
	}
	if (column > max_width)
		report(n, "width", column " columns, more than " max_width)
}

function check_words(n, text)
{
	if (text ~ banned)
		report(n, "word", "a note of work put off")
	else if (tolower(text) ~ banned_phrase)
		report(n, "word", "says that something is missing")
}

# The first comment: the license's name, then what the file is for.
function check_head(n, text)
{
	if (text ~ /SPDX-License-Identifier: BSD-2-Clause( \*\/)?$/)
		licensed = 1
	else if (licensed && text ~ /[A-Za-z][a-z]/ && text ~ /^( \*|#) /)
		explained = 1
	if (n >= 12 || text ~ /\*\/$/)
		in_head = 0
}

function check_code(n, text)
{
	if (text ~ /^{/)
		function_start = n
	else if (text ~ /^}/ && function_start > 0) {
		if (n - function_start + 1 > max_function)
			report(function_start, "function",
			    n - function_start + 1 " lines, more than " \
			    max_function)
		function_start = 0
	}
	if (text ~ /^[ \t]*#[ \t]*include[ \t]/)
		check_include(n, text)
	if (room == "drivers" && text ~ /^[ \t]*#[ \t]*(el)?if/ &&
	    text ~ /RINGSIDE|HARNESS|BENCH|FAKE_|SIMULAT|linux|__GLIBC/)
		report(n, "bench", "a driver must not know where it runs")
}

function check_include(n, text,    name)
{
	name = text
	sub(/^[^"<]*["<]/, "", name)
	sub(/[">].*/, "", name)
	if (text ~ /</)
		check_system(n, name)
	else
		check_room(n, name)
}

# <header>
function check_system(n, name)
{
	if (name in freestanding && room != "drivers")
		return
	if (side == "kernel") {
		if (!(name in kernel_header) && name !~ /_if\.h$/)
			report(n, "side", "<" name "> is not a header of " \
			    "the kernel")
	} else if (side == "shared")
		report(n, "side", "<" name "> in a header for both sides")
	else if (((name in kernel_header) && !(name in library)) ||
	    name ~ /^(dev|geom|machine|vm)\//)
		report(n, "side", "<" name "> is the kernel's, and this " \
		    "file is not")
}

# "room/header.h"
function check_room(n, name,    part, k, count, to, whole)
{
	if (name ~ /(^|\/)\.\.\//) {
		report(n, "arrow", "\"" name "\" goes by way of ..")
		return
	}
	# Made from an interface, or a neighbour.
	if (name ~ /_if\.h$/ || name !~ /\//)
		return
	whole = name
	sub(/^harness\//, "", whole)
	split(whole, part, "/")
	to = part[1]
	if (room == "drivers" && !(to in arrow))
		return
	count = split(arrow[room], part, " ")
	for (k = 1; k <= count; k++)
		if (whole == part[k] || index(whole, part[k] "/") == 1)
			break
	if (k > count) {
		report(n, "arrow", room " must not include \"" name "\"")
		return
	}
	if (to != room && to ~ /^(host|sim|machine|kernel)$/ &&
	    !(whole in public))
		report(n, "private", "\"" name "\" is private to " to)
}
