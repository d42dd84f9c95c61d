/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control socket from inside: clients of every kind, and what becomes of
 * them and of the instance.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "tests/cli/program.h"
#include "tests/fixture.h"

static char path[CONTROL_PATH_MAX];

static void
begin(void)
{
	program_begin();
	program_path("c", path, sizeof(path));
	T_REQUIRE(control_open(path));
	fixture_boot(NULL);
}

static void
end(void)
{
	control_close();
	fixture_halt();
	program_end();
}

/* A client that has asked; `length` bytes that may hold NULs. */
static int
ask(const char *words, size_t length)
{
	int fd = control_connect(path);

	T_REQUIRE(fd >= 0);
	if (length > 0)
		T_EQ(send(fd, words, length, 0), (ssize_t)length);
	return (fd);
}
#define ASK(literal) ask(literal, sizeof(literal))

static void
serve_main(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 4; i++)
		control_serve();
}

static void
serve(void)
{
	T_TRUE(fixture_run(serve_main, NULL));
}

/* What has come: all 'o' and 'e' texts, and the status; '?': none yet. */
struct answer {
	char out[64 << 10];
	char error[512];
	char status;
	bool ended;
};

static struct answer answer;

static void
hear(int fd)
{
	char packet[CONTROL_PACKET_MAX];
	size_t used = 0;
	ssize_t n;

	answer.status = '?';
	answer.ended = false;
	answer.error[0] = '\0';
	while ((n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		if (packet[0] == 'o' && used + (size_t)n < sizeof(answer.out)) {
			memcpy(answer.out + used, packet + 1, (size_t)n - 1);
			used += (size_t)n - 1;
		} else if (packet[0] == 'e')
			snprintf(answer.error, sizeof(answer.error), "%.*s",
			    (int)n - 1, packet + 1);
		else if (packet[0] == 's')
			answer.status = packet[1];
	}
	answer.ended = n == 0;
	answer.out[used] = '\0';
}

static void
answers(int fd, char status, const char *part)
{
	serve();
	hear(fd);
	T_EQ(answer.status, status);
	T_HAS(status == '0' ? answer.out : answer.error, part);
	T_TRUE(answer.ended);
	close(fd);
}

TEST(control, answers_and_says_the_status)
{
	struct stat st;

	begin();
	T_EQ(stat(path, &st), 0);
	T_EQ(st.st_mode & 07777, 0600);
	answers(ASK("sysctl\0dev.nexus.0.%driver"), '0',
	    "dev.nexus.0.%driver: nexus\n");
	answers(ASK("sysctl\0-n\0dev.nexus.0.%driver"), '0', "nexus\n");
	answers(ASK("sysctl\0-N\0dev.nexus.0.%driver"), '0',
	    "dev.nexus.0.%driver\n");
	answers(ASK("sysctl\0debug.witness"), '0', "debug.witness.watch: ");
	answers(ASK("sysctl\0debug.witness.watch=0"), '0',
	    "debug.witness.watch: 1 -> 0\n");
	answers(ASK("sysctl\0-e\0no.such\0dev.nexus.0.%driver"), '0',
	    "nexus\n");
	end();
	T_EQ(stat(path, &st), -1);
}

TEST(control, says_what_the_kernel_refuses)
{
	begin();
	answers(ASK("sysctl\0dev.nexus.0.%driver=Other"), '2', "is read only");
	answers(ASK("sysctl\0dev.nexus.0.%drive"), '2',
	    "unknown oid 'dev.nexus.0.%drive'");
	answers(ASK("sysctl\0kern.nothing=1"), '2', "unknown oid");
	answers(ASK("sysctl\0debug.witness.watch=x"), '2', "EINVAL");
	answers(ASK("sysctl\0-z\0dev.nexus.0.%driver"), '2', "no -z");
	answers(ASK("sysctl\0=1"), '2', "unknown oid");
	answers(ASK("halt"), '2', "unknown request 'halt'");
	end();
}

/* What is no request must be answered, and touch nothing else. */
TEST(control, takes_no_packet_for_a_request_that_is_none)
{
	static char many[2 * (CONTROL_WORDS_MAX + 2)];
	static char large[CONTROL_REQUEST_MAX + 1];

	begin();
	answers(ask("sysctl", 6), '2', "no request");
	answers(ask("sysctl\0dev.nexus", 16), '2', "no request");
	answers(ask("", 1), '2', "unknown request ''");
	memset(many, 0, sizeof(many));
	memcpy(many, "sysctl", 7);
	answers(ask(many, sizeof(many)), '2', "no request");
	memset(large, 'a', sizeof(large));
	large[sizeof(large) - 1] = '\0';
	answers(ask(large, sizeof(large)), '2', "no request");
	/* As large as it may be. */
	answers(ask(large + 1, CONTROL_REQUEST_MAX), '2', "unknown request");
	memset(large, 'a', sizeof(large));
	memcpy(large, "sysctl", 7);
	large[CONTROL_REQUEST_MAX - 1] = '\0';
	answers(ask(large, CONTROL_REQUEST_MAX), '2', "unknown oid");
	end();
}

/* Whoever says nothing holds nobody up, and makes room for those who do. */
TEST(control, silent_clients_are_pushed_out)
{
	int silent[CONTROL_CLIENTS + 3], fd;
	char byte;

	begin();
	for (unsigned i = 0; i < CONTROL_CLIENTS + 3; i++) {
		silent[i] = control_connect(path);
		T_REQUIRE(silent[i] >= 0);
		serve();
	}
	fd = ASK("sysctl\0dev.nexus.0.%driver");
	answers(fd, '0', "nexus");
	/* Four had to go: the first ones. */
	for (unsigned i = 0; i < CONTROL_CLIENTS + 3; i++) {
		errno = 0;
		T_EQ(recv(silent[i], &byte, 1, MSG_DONTWAIT), i < 4 ? 0 : -1);
		close(silent[i]);
	}
	serve();
	end();
}

/* An answer that nobody reads waits, and others get theirs. */
TEST(control, slow_client_holds_nobody_up)
{
	static char request[CONTROL_REQUEST_MAX];
	int slow, small = 1;
	size_t used = 0, expected = 0;

	begin();
	/* More than a socket holds. */
	memcpy(request, "sysctl", 7);
	used = 7;
	for (unsigned i = 0; i < 60; i++) {
		memcpy(request + used, "debug", 6);
		used += 6;
	}
	slow = control_connect(path);
	T_REQUIRE(slow >= 0);
	(void)setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	T_EQ(send(slow, request, used, 0), (ssize_t)used);
	serve();
	answers(ASK("sysctl\0dev.nexus.0.%driver"), '0', "nexus");
	for (unsigned i = 0; i < 100; i++) {
		hear(slow);
		expected += strlen(answer.out);
		if (answer.ended)
			break;
		serve();
	}
	T_EQ(answer.status, '0');
	T_TRUE(answer.ended);
	T_TRUE(expected > 60 * strlen("debug.witness.watch: 1\n"));
	close(slow);
	end();
}

TEST(control, client_that_leaves_early_is_forgotten)
{
	begin();
	close(ASK("sysctl\0debug"));
	close(control_connect(path));
	serve();
	answers(ASK("sysctl\0dev.nexus.0.%driver"), '0', "nexus");
	end();
}

TEST(control, dead_kernel_says_so)
{
	int fd;

	begin();
	fixture_expect_panic("kdb_sysctl_panic");
	fd = ASK("sysctl\0debug.kdb.panic=1");
	T_FALSE(fixture_run(serve_main, NULL));
	control_serve_dead();
	control_serve_dead();
	hear(fd);
	T_EQ(answer.status, '3');
	T_HAS(answer.error, "panicked");
	close(fd);
	fd = ASK("sysctl\0dev.nexus.0.%driver");
	control_serve_dead();
	hear(fd);
	T_EQ(answer.status, '3');
	close(fd);
	end();
}

/*
 * --- places ---
 */

TEST(control, replaces_a_socket_that_nobody_listens_at)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat before, after;
	int fd;

	program_begin();
	program_path("c", path, sizeof(path));
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	T_EQ(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	T_EQ(stat(path, &before), 0);
	T_TRUE(control_open(path));
	T_EQ(stat(path, &after), 0);
	T_TRUE(before.st_ino != after.st_ino);
	control_close();
	program_end();
}

TEST(control, instance_has_a_place_of_its_own)
{
	char folder[80], stale[CONTROL_PATH_MAX];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	program_begin();
	T_TRUE(control_open(NULL));
	T_HAS(control_path(), program.dir);
	snprintf(folder, sizeof(folder), "%s/ringside", program.dir);
	T_EQ(stat(folder, &st), 0);
	T_EQ(st.st_mode & 07777, 0700);
	control_close();
	T_EQ(control_path(), NULL);
	/* What a crash has left behind goes away. */
	snprintf(stale, sizeof(stale), "%s/1.sock", folder);
	strcpy(address.sun_path, stale);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	T_EQ(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	T_TRUE(control_open(NULL));
	T_EQ(stat(stale, &st), -1);
	control_close();
	/* A folder that others can write to is nobody's place. */
	T_EQ(chmod(folder, 0777), 0);
	T_TRUE(control_open(NULL));
	T_EQ(strncmp(control_path(), folder, strlen(folder)) == 0, 0);
	control_close();
	program_end();
}

/*
 * --- the command ---
 */

TEST(control, command_wants_an_instance)
{
	program_begin();
	program_complains("sysctl", "wants a NAME", CLI_USAGE);
	program_complains("sysctl -a", "no instance of ringside runs",
	    CLI_USAGE);
	program_complains("sysctl --control nowhere -a", "No such file",
	    CLI_USAGE);
	program_complains("sysctl --bad", "unrecognized option", CLI_USAGE);
	T_EQ(program_run("sysctl --help"), CLI_OK);
	T_HAS(program.out, "usage: ringside sysctl");
	T_EQ(program_shell(": >file"), 0);
	program_complains("run --size 1M -q --control file", "no socket",
	    CLI_USAGE);
	program_complains("run --size 1M -q --control no/where", "No such file",
	    CLI_USAGE);
	program_end();
}

/* The run is as long as it takes to be asked, and ends by a signal. */
#define RUN_BEGINS                                                            \
	"exec 2>&1; set -e; $RINGSIDE_PROGRAM run -q --size 1M --seconds 60 " \
	"--control s >o & p=$!; trap 'kill -9 $p 2>/dev/null || :' EXIT; "    \
	"while [ ! -S s ]; do kill -0 $p; done; "

TEST(control, run_is_asked_while_it_works)
{
	program_begin();
	T_EQ(program_shell(RUN_BEGINS
		 "$RINGSIDE_PROGRAM sysctl --control s -n dev.nexus.0.%driver "
		 "dev.vioblk.0.%driver; "
		 "$RINGSIDE_PROGRAM sysctl --control s -a | grep -c . >n; "
		 "[ $(cat n) -gt 40 ]; "
		 "$RINGSIDE_PROGRAM run -q --size 1M --control s && exit 1; "
		 "kill -TERM $p; s=0; wait $p || s=$?; [ $s = 143 ]; "
		 "[ ! -e s ]"),
	    0);
	T_HAS(program.out, "nexus\nvioblk\n");
	T_HAS(program.out, "somebody listens there already");
	program_end();
}

TEST(control, panic_that_was_asked_for_is_told)
{
	program_begin();
	/* What the workload had allocated is lost with its stack. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	T_EQ(program_shell(RUN_BEGINS
		 "s=0; $RINGSIDE_PROGRAM sysctl --control s debug.kdb.panic=1 "
		 "2>e || s=$?; [ $s = 3 ]; grep -q 'not answered' e; "
		 "s=0; wait $p || s=$?; [ $s = 3 ]"),
	    0);
	unsetenv("ASAN_OPTIONS");
	program_end();
}
