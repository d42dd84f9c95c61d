/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How `ringside mount` ends, and what it says to bad input.
 */
#include "cli/cli.h"
#include "tests/cli/mount_rig.h"
#include "tests/cli/program.h"
#include "tests/test.h"

#define WRITE_SOME                                        \
	"dd if=/dev/urandom of=d/vbd0 bs=1000 count=500 " \
	"conv=notrunc status=none\ncp d/vbd0 x\n"

TEST(mount_end, unmounting_ends_it)
{
	mount_passes("cmp",
	    "begin\n" WRITE_SOME "unmount\nended\n"
	    "cmp a x\n[ ! -e d/vbd0 ]\n[ ! -s complaints ]\n");
}

TEST(mount_end, signals_end_it)
{
	mount_passes("cmp",
	    "for s in INT TERM HUP; do\n"
	    "	begin\n" WRITE_SOME "	kill -$s $pid\n"
	    "	ended\n	cmp a x\n	[ ! -e d/vbd0 ]\n"
	    "done\n");
}

TEST(mount_end, background_is_ready_when_the_command_returns)
{
	mount_passes("cmp",
	    "\"$R\" mount --disk a --pid-file p --log l d >o\n"
	    "grep -q '^ready' o\ncmp a d/vbd0\npid=$(cat p)\n"
	    "kill -0 $pid\n"
	    "exec 9<p\n" WRITE_SOME "unmount\ngone $pid\npid=\n"
	    "[ ! -e p ]\n[ ! -s l ]\ncmp a x\n");
}

TEST(mount_end, what_was_flushed_survives_a_kill)
{
	mount_passes("cmp",
	    "begin\n"
	    "dd if=/dev/urandom of=d/vbd0 bs=1000 count=500 "
	    "conv=notrunc,fsync status=none\ncp d/vbd0 x\n"
	    "kill -9 $pid\n! ended 2>/dev/null\n"
	    "fusermount3 -u -z d\ncmp a x\n");
}

/* The driver is dead, the report is there, and the disk says EIO. */
TEST(mount_end, panic_gives_errors_until_it_is_unmounted)
{
	mount_passes("",
	    "begin\n"
	    "! echo 1 2>/dev/null >d/stat/sysctl/debug.kdb.panic\n"
	    "! cat d/vbd0 >/dev/null 2>e\ngrep -q 'Input/output error' e\n"
	    "! dd if=/dev/zero of=d/vbd0 bs=512 count=1 conv=notrunc "
	    "status=none 2>e\ngrep -q 'Input/output error' e\n"
	    "! cat d/stat/sysctl/dev.vioblk.0.%driver 2>e\n"
	    "grep -q '^exits' d/stat/exits\n"
	    "grep -q 'panic' d/stat/threads\n"
	    "grep -q 'the kernel panicked: kdb_sysctl_panic' complaints\n"
	    "grep -q '^Tracing thread' complaints\n"
	    "s=0; end || s=$?\n[ $s = 3 ]\n[ ! -e d/vbd0 ]\n");
}

TEST(mount_end, panic_and_a_signal)
{
	mount_passes("",
	    "begin\n"
	    "! echo 1 2>/dev/null >d/stat/sysctl/debug.kdb.trap\n"
	    "kill -TERM $pid\ns=0; ended || s=$?\n[ $s = 3 ]\n");
}

TEST(mount_end, image_cut_off_while_mounted)
{
	mount_passes("truncate cmp",
	    "begin\ntruncate -s 512K a\n"
	    "! dd if=d/vbd0 of=/dev/null bs=4k skip=128 count=1 "
	    "status=none 2>e\ngrep -q 'Input/output error' e\n"
	    "cmp -n 524288 b d/vbd0\n"
	    "dd if=/dev/zero of=d/vbd0 bs=4k count=1 conv=notrunc,fsync "
	    "status=none\n"
	    "end\n");
}

/* A file system of 640 KiB for an image of 1 MiB: sparse, until it is not. */
TEST(mount_end, no_space_left_for_the_image)
{
	mount_passes("mount dd cmp",
	    "[ $(id -u) = 0 ] || exit 77\n"
	    "mkdir t\nmount -t tmpfs -o size=640k none t || exit 77\n"
	    "undo='umount -l t'\n"
	    "truncate -s 1M t/a\nrm a\nln -s t/a a\n"
	    "begin\n"
	    "head -c 262144 b >half\n"
	    "dd if=half of=d/vbd0 bs=64k conv=notrunc,fsync status=none\n"
	    "! dd if=/dev/urandom of=d/vbd0 bs=64k seek=4 count=12 "
	    "conv=notrunc status=none 2>e\n"
	    "grep -q 'error' e\n"
	    "cmp -n 262144 half d/vbd0\n"
	    "end\ncmp -n 262144 half t/a\n"
	    "grep -q 'write of .*: No space left' complaints\n");
}

/* With a /dev/fuse of its own, as not every host lets everybody use it. */
TEST(mount_end, unprivileged_users_mount_too)
{
	mount_passes("setpriv unshare mount",
	    "[ $(id -u) = 0 ] && unshare -m true || exit 77\n"
	    "n='setpriv --reuid=65534 --regid=65534 --clear-groups'\n"
	    "chown -R 65534 .\nchmod 755 .\n"
	    "$n test -x \"$R\" || exit 77\n"
	    "pid=\n"
	    "cat >u <<E\n"
	    "set -e\npid=\n"
	    "trap '[ -z \"\\$pid\" ] || kill -9 \\$pid' EXIT\n"
	    "trap 'exit 1' HUP INT TERM\n"
	    "mknod f c 10 229 && chmod 666 f && mount --bind f /dev/fuse || "
	    "exit 77\n"
	    "$n '$R' mount --disk a --pid-file p d\n"
	    "read pid <p\n"
	    "$n cmp a d/vbd0\n"
	    "$n dd if=/dev/zero of=d/vbd0 bs=700 count=3 conv=notrunc "
	    "status=none\n"
	    "$n fusermount3 -u d\n"
	    "while [ -e p ]; do sleep 0.05; done\npid=\n"
	    "E\n"
	    "unshare -m sh ./u\n"
	    "dd if=/dev/zero of=b bs=700 count=3 conv=notrunc "
	    "status=none\ncmp a b\n");
}

/* It attaches, and says so; who asks for more is told. */
TEST(mount_end, image_that_is_read_only)
{
	mount_passes("cmp",
	    "if [ $(id -u) = 0 ]; then\n"
	    "	mkdir t; mount -t tmpfs none t || exit 77; undo='umount -l t'\n"
	    "	cp b t/a; mount -o remount,ro t; ln -sf t/a a\n"
	    "else\n"
	    "	chmod 444 a\n"
	    "fi\n"
	    "begin\n"
	    "grep -q 'd/vbd0 is a (read-only); writes fail' first\n"
	    "[ \"$(stat -c %a d/vbd0)\" = 444 ]\n"
	    "! dd if=/dev/zero of=d/vbd0 bs=512 count=1 conv=notrunc "
	    "status=none 2>e\ngrep -q 'Read-only file system' e\n"
	    "cmp b d/vbd0\nend\ns=0\n"
	    "\"$R\" mount --write --disk a d >o 2>m || s=$?\n"
	    "[ $s = 2 ]\n[ $(wc -l <m) = 1 ]\n"
	    "grep -q 'Read-only file system\\|may not be opened' m\n");
}

TEST(mount_end, one_writer_an_image)
{
	mount_passes("",
	    "begin\nmkdir e\ns=0\n\"$R\" mount -f --disk a e >o 2>m || s=$?\n"
	    "[ $s = 2 ]\n[ $(wc -l <m) = 1 ]\ngrep -q 'in use' m\nend\n");
}

TEST(mount_end, no_fuse_is_said)
{
	mount_passes("unshare mount",
	    "[ $(id -u) = 0 ] || exit 77\n"
	    "unshare -m true || exit 77\ns=0\n"
	    "unshare -m sh -c 'mount -t tmpfs none /dev && "
	    "exec \"$0\" mount --disk a d' \"$R\" >o 2>m || s=$?\n"
	    "[ $s = 4 ]\n[ $(wc -l <m) = 1 ]\n"
	    "grep -q '/dev/fuse: No such file' m\n");
}

TEST(mount_end, bad_input_is_one_line)
{
	mount_passes("",
	    "bad() { w=$1; shift; s=0; \"$R\" mount \"$@\" >o 2>m || s=$?\n"
	    "	[ $s = 2 ] && [ $(wc -l <m) = 1 ] && grep -q \"$w\" m || {\n"
	    "	echo \"$w: status $s\"; cat m; exit 1; } >&2; }\n"
	    "bad 'wants --disk FILE' d\n"
	    "bad 'wants a folder' --disk a\n"
	    "bad 'one word too many' --disk a d d\n"
	    "bad 'No such file' --disk a nowhere\n"
	    "bad 'Not a directory' --disk a b\n"
	    "bad 'not an empty folder' --disk a .\n"
	    "bad 'does not exist' --disk nothing d\n"
	    "bad 'only one of' --disk a --read-only --snapshot d\n"
	    "bad 'nonsense' --disk a -o nonsense d\n"
	    "bad 'power of two' --disk a --queue-size 5 d\n"
	    "bad 'does not offer' --disk a --features +zoned d\n"
	    "bad 'NAME=VALUE' --disk a --sysctl x d\n"
	    "bad 'No such file' --disk a --sysctl no.such=1 d\n"
	    "bad 'unrecognized' --disk a --bogus d\n"
	    "head -c 1000 a >odd\nbad 'multiple of' --disk odd d\n");
}

/* The mount waits for FUSE in a read, and is asked at its control socket. */
TEST(mount_end, is_asked_at_its_control_socket)
{
	mount_passes("cmp",
	    "begin\n"
	    "[ \"$(\"$R\" sysctl -n dev.vioblk.0.%driver)\" = vioblk "
	    "]\n" WRITE_SOME "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do\n"
	    "	\"$R\" sysctl -n dev.nexus.0.%driver >n$i & pids=\"${pids-} "
	    "$!\"\n"
	    "done\ncmp d/vbd0 x\nwait $pids\n"
	    "[ \"$(cat n* | grep -c nexus)\" = 12 ]\n"
	    "s=0; \"$R\" sysctl debug.kdb.panic=1 2>e || s=$?; [ $s = 3 ]\n"
	    "grep -q 'panicked or hangs' e\n"
	    "s=0; \"$R\" sysctl -a 2>e || s=$?; [ $s = 3 ]\n"
	    "kill -TERM $pid\ns=0; ended || s=$?\n[ $s = 3 ]\n");
}
