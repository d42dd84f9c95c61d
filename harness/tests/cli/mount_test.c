/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside mount` as users meet it: files, modes, data, and the tools that
 * people point at a disk.
 */
#include <stdio.h>

#include "tests/cli/mount_rig.h"
#include "tests/cli/program.h"
#include "tests/test.h"

TEST(mount, says_what_becomes_of_writes)
{
	mount_passes("",
	    "begin\ngrep -q 'd/vbd0 is a; writes change the "
	    "image' first\nend\n"
	    "begin --snapshot\ngrep -q 'kept in memory' first\n"
	    "end\n"
	    "begin --read-only\ngrep -q 'writes fail' first\n"
	    "end\n");
}

TEST(mount, disks_are_files)
{
	mount_passes("cmp",
	    "truncate -s 3M c\n"
	    "begin --disk c\n"
	    "[ \"$(ls d | tr '\\n' ' ')\" = 'stat vbd0 vbd1 ' ]\n"
	    "[ \"$(stat -c '%s %a' d/vbd0)\" = '1048576 644' ]\n"
	    "[ \"$(stat -c '%s %a' d/vbd1)\" = '3145728 644' ]\n"
	    "cmp a d/vbd0\ncmp c d/vbd1\n"
	    "! touch d/new 2>/dev/null\n"
	    "! mkdir d/new 2>/dev/null\n"
	    "! rm -f d/vbd0 2>/dev/null\n"
	    "! mv d/vbd0 d/vbd2 2>/dev/null\n"
	    "! chmod 600 d/vbd0 2>/dev/null\n"
	    "end\n");
}

/* Every size and place that is no sector's, beside a plain file. */
TEST(mount, odd_writes_are_whole)
{
	mount_passes("dd cmp",
	    "head -c 300000 /dev/urandom >r\n"
	    "begin\n"
	    "for w in '1 0' '1 511' '511 1' '512 3' '513 5' '1000 7' '4097 9' "
	    "'70001 2' '131071 1'; do\n"
	    "	set -- $w\n"
	    "	for f in b d/vbd0; do\n"
	    "		dd if=r of=$f bs=$1 seek=$2 count=2 conv=notrunc "
	    "status=none\n"
	    "	done\n"
	    "	cmp b d/vbd0\n"
	    "done\n"
	    "for w in '1 511' '700 11' '4097 3' '262143 1'; do\n"
	    "	set -- $w\n"
	    "	dd if=b of=x bs=$1 skip=$2 count=3 status=none\n"
	    "	dd if=d/vbd0 of=y bs=$1 skip=$2 count=3 status=none\n"
	    "	cmp x y\n"
	    "done\n"
	    "end\ncmp a b\n");
}

TEST(mount, ends_where_the_disk_ends)
{
	mount_passes("dd",
	    "begin\n"
	    "[ \"$(tail -c 10 d/vbd0 | wc -c)\" = 10 ]\n"
	    "! head -c 5 /dev/zero | dd of=d/vbd0 bs=1 seek=1048576 "
	    "conv=notrunc status=none 2>e\n"
	    "grep -q 'No space left' e\n"
	    "! head -c 1000 /dev/zero | dd of=d/vbd0 bs=1000 seek=1048 "
	    "conv=notrunc status=none 2>e\n"
	    "grep -q 'No space left' e\n"
	    "[ \"$(stat -c %s d/vbd0)\" = 1048576 ]\n"
	    "end\n"
	    "[ \"$(stat -c %s a)\" = 1048576 ]\n"
	    "dd if=/dev/zero of=b bs=1 seek=1048000 count=576 conv=notrunc "
	    "status=none\ncmp a b\n");
}

TEST(mount, truncation_leaves_the_size)
{
	mount_passes("truncate cmp",
	    "begin\n"
	    "truncate -s 0 d/vbd0\ntruncate -s 5M d/vbd0\n: >d/vbd0\n"
	    "dd if=/dev/zero of=d/vbd0 bs=1k count=1 status=none\n"
	    "dd if=/dev/zero of=b bs=1k count=1 conv=notrunc status=none\n"
	    "[ \"$(stat -c %s d/vbd0)\" = 1048576 ]\n"
	    "cmp b d/vbd0\n"
	    "end\ncmp a b\n");
}

/* Makes ranges zero and other bytes again, on the disk and on its twin. */
static const char zeroing[] =
    "zeroing() {\n"
    "	fallocate $3 -o $1 -l $2 d/vbd0\n"
    "	fallocate -z -o $1 -l $2 b\n"
    "	cmp b d/vbd0\n"
    "	cmp b a\n"
    "	head -c $2 /dev/urandom | dd of=d/vbd0 bs=$2 seek=$1 "
    "oflag=seek_bytes iflag=fullblock conv=notrunc status=none\n"
    "	cp d/vbd0 b\n"
    "}\n"
    "for how in -p -z; do\n"
    "	for r in '0 512' '513 100' '1000 5000' '65536 131072' "
    "'300001 99999' '511 2' '524288 524288'; do\n"
    "		zeroing $r $how\n"
    "	done\n"
    "done\n";

/* The script with all that between its beginning and its end. */
static void
zeroing_passes(const char *begin, const char *end)
{
	char script[4096];

	snprintf(script, sizeof(script), "%s%s%s", begin, zeroing, end);
	mount_passes("fallocate cmp", script);
}

/* Ragged ends, whole sectors, less than one, and across the end. */
TEST(mount, holes_and_zeros_read_as_zeros)
{
	zeroing_passes("begin\ngrep -q ' delete ' d/stat/disks\n",
	    "fallocate -p -o 1048000 -l 5000 d/vbd0\n"
	    "! fallocate -z -o 1048000 -l 5000 d/vbd0 2>e\n"
	    "grep -q 'No space left' e\n"
	    "fallocate -l 4096 d/vbd0\n"
	    "[ \"$(stat -c %s d/vbd0)\" = 1048576 ]\n"
	    "dd if=/dev/zero of=b bs=1 seek=1048000 count=576 conv=notrunc "
	    "status=none\n"
	    "cmp b d/vbd0\n"
	    "end\ncmp a b\n");
}

TEST(mount, zeros_are_written_where_nothing_is_deleted)
{
	zeroing_passes("begin --features -discard,-write_zeroes\n"
		       "! grep -q ' delete ' d/stat/disks\n",
	    "end\ncmp a b\n");
}

/* What is deleted needs no room, where the image's file system has holes. */
TEST(mount, holes_are_holes)
{
	mount_passes("fallocate",
	    "cp a x; fallocate -p -o 0 -l 1M x\n"
	    "[ \"$(stat -c %b x)\" = 0 ] || exit 0\n"
	    "begin\nfallocate -p -o 0 -l 1M d/vbd0\nend\n"
	    "[ \"$(stat -c %b a)\" = 0 ]\ncmp a x\n");
}

TEST(mount, file_systems_live_on_it)
{
	mount_passes("mke2fs e2fsck debugfs",
	    "truncate -s 16M a\nhead -c 3000000 /dev/urandom >r\n"
	    "begin\n"
	    "mke2fs -q -F d/vbd0 2>e\n"
	    "echo 'write r r' | debugfs -w d/vbd0 >e 2>&1\n"
	    "e2fsck -fn d/vbd0 >e 2>&1\n"
	    "echo 'dump r x' | debugfs d/vbd0 >e 2>&1\ncmp r x\n"
	    "end\n"
	    "e2fsck -fn a >e 2>&1\n"
	    "echo 'dump r y' | debugfs a >e 2>&1\ncmp r y\n");
}

TEST(mount, fio_verifies)
{
	mount_passes("fio",
	    "truncate -s 4M a\nbegin\n"
	    "for o in '--direct=1 --ioengine=psync' "
	    "'--direct=0 --ioengine=psync --fsync=16' "
	    "'--direct=1 --ioengine=libaio --iodepth=16'; do\n"
	    "	fio --name=v --filename=d/vbd0 --rw=randwrite "
	    "--bsrange=512-96k --bs_unaligned=0 --blockalign=512 --size=4M "
	    "--io_size=4M --verify=crc32c --do_verify=1 --verify_fatal=1 "
	    "--randseed=7 $o >e 2>&1 || { cat e >&2; exit 1; }\n"
	    "done\n"
	    "end\n");
}

/* Two at a time: neighbours inside of sectors, each his own bytes. */
TEST(mount, two_users_do_not_disturb_each_other)
{
	mount_passes("dd cmp",
	    "head -c 20000 /dev/urandom >r\n"
	    "head -c 20000 /dev/urandom >s\n"
	    "begin\n"
	    "w() { i=$2; while [ $i -lt 100 ]; do\n"
	    "	dd if=$1 of=$3 bs=200 seek=$i skip=$i count=1 conv=notrunc "
	    "status=none; i=$((i + 2)); done; }\n"
	    "w r 0 d/vbd0 & p=$!\nw s 1 d/vbd0\nwait $p\n"
	    "w r 0 b\nw s 1 b\n"
	    "cmp b d/vbd0\nend\ncmp a b\n");
}

/* Sixteen at a time, of which neighbours share sectors. */
TEST(mount, writes_inside_a_sector_wait_for_each_other)
{
	mount_passes("fio",
	    "begin\n"
	    "fio --name=v --filename=d/vbd0 --rw=write --bs=200 --size=200000 "
	    "--direct=1 --ioengine=libaio --iodepth=16 "
	    "--iodepth_batch_submit=16 --verify=crc32c --do_verify=1 "
	    "--verify_fatal=1 >e 2>&1 || { cat e >&2; exit 1; }\n"
	    "end\n");
}

TEST(mount, read_only)
{
	mount_passes("cmp",
	    "begin --read-only\n"
	    "[ \"$(stat -c %a d/vbd0)\" = 444 ]\n"
	    "! dd if=/dev/zero of=d/vbd0 bs=512 count=1 conv=notrunc "
	    "status=none 2>e\n"
	    "grep -q 'Read-only file system' e\n"
	    "! fallocate -p -o 0 -l 512 d/vbd0 2>e\n"
	    "! truncate -s 0 d/vbd0 2>e\n"
	    "cmp b d/vbd0\nend\ncmp a b\n");
}

TEST(mount, snapshot_leaves_the_image)
{
	mount_passes("dd cmp",
	    "begin --snapshot\n"
	    "dd if=/dev/urandom of=d/vbd0 bs=1000 count=99 conv=notrunc,fsync "
	    "status=none\n"
	    "! cmp -s b d/vbd0\nend\ncmp a b\n");
}

TEST(mount, seeks_find_data_up_to_the_end)
{
	mount_passes("python3",
	    "begin\n"
	    "cat >p <<'E'\n"
	    "import os\n"
	    "f = os.open('d/vbd0', os.O_RDONLY)\n"
	    "assert os.lseek(f, 5000, os.SEEK_DATA) == 5000\n"
	    "assert os.lseek(f, 5000, os.SEEK_HOLE) == 1048576\n"
	    "try:\n"
	    "    os.lseek(f, 1048576, os.SEEK_DATA)\n"
	    "    assert False\n"
	    "except OSError as e:\n"
	    "    assert e.errno == 6\n"
	    "assert os.lseek(f, 0, os.SEEK_END) == 1048576\n"
	    "E\n"
	    "python3 p\n"
	    "end\n");
}

/*
 * --- stat ---
 */

TEST(mount, stat_shows_what_it_cost)
{
	mount_passes("dd",
	    "begin\n"
	    "before=$(sed -n 's/^notifications //p' d/stat/exits)\n"
	    "dd if=d/vbd0 of=/dev/null bs=4k count=10 status=none\n"
	    "dd if=/dev/zero of=d/vbd0 bs=4k count=3 conv=notrunc,fsync "
	    "status=none\n"
	    "after=$(sed -n 's/^notifications //p' d/stat/exits)\n"
	    "[ $((after - before)) -ge 14 ]\n"
	    "for n in exits io_exits mmio_exits halt_exits irq_injections; "
	    "do grep -q \"^$n [0-9]\" d/stat/exits; done\n"
	    "grep -qx 'read_operations 10' d/stat/operations\n"
	    "grep -qx 'read_bytes 40960' d/stat/operations\n"
	    "grep -qx 'write_operations 3' d/stat/operations\n"
	    "grep -qx 'flush_operations 1' d/stat/operations\n"
	    "grep -q '^read_ns_p50 [1-9]' d/stat/operations\n"
	    "grep -q '^vioblk0: 1MB' d/stat/log\n"
	    "grep -q 'vbd0 bytes 1048576 sector 512' d/stat/disks\n"
	    "grep -q 'fuse  *running' d/stat/threads\n"
	    "[ ! -s d/stat/violations ]\n"
	    "grep -q '^bios 1[0-9]$' d/stat/kernel\n"
	    "end\n");
}

TEST(mount, sysctls_are_files)
{
	mount_passes("",
	    "begin --sysctl dev.vioblk.0.timeout=7\n"
	    "cd d/stat/sysctl\n"
	    "[ \"$(cat dev.vioblk.0.timeout)\" = 7 ]\n"
	    "[ \"$(cat dev.vioblk.0.%driver)\" = vioblk ]\n"
	    "for f in dev.vioblk.0.*; do [ ! -r $f ] || cat $f >/dev/null; "
	    "done\n"
	    "[ \"$(stat -c %a dev.vioblk.0.%driver)\" = 444 ]\n"
	    "[ \"$(stat -c %a debug.witness.kdb)\" = 644 ]\n"
	    "[ \"$(cat debug.witness.kdb)\" = 0 ]\n"
	    "echo 1 >debug.witness.kdb\n"
	    "[ \"$(cat debug.witness.kdb)\" = 1 ]\n"
	    "! echo nonsense >debug.witness.kdb 2>/dev/null\n"
	    "[ \"$(cat debug.witness.kdb)\" = 1 ]\n"
	    "[ ! -e no.such.thing ]\n"
	    "cd ../../..\nend\n");
}
