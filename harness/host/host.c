/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's services, on Linux.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"

void *
host_alloc(size_t size)
{
	void *p;

	p = calloc(1, size != 0 ? size : 1);
	if (p == NULL)
		host_fatal("out of memory (%zu bytes)", size);
	return (p);
}

void *
host_realloc(void *p, size_t size)
{
	p = realloc(p, size != 0 ? size : 1);
	if (p == NULL)
		host_fatal("out of memory (%zu bytes)", size);
	return (p);
}

void
host_free(void *p)
{
	free(p);
}

static size_t
page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return ((size + page - 1) / page * page);
}

void *
host_stack_alloc(size_t size)
{
	size_t guard = page_round(1);
	char *p;

	size = page_round(size);
	p = mmap(NULL, size + guard, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED || mprotect(p, guard, PROT_NONE) != 0)
		host_fatal("no memory for a stack of %zu bytes: %s", size,
		    strerror(errno));
	return (p + guard);
}

void
host_stack_free(void *stack, size_t size)
{
	size_t guard = page_round(1);

	if (munmap((char *)stack - guard, page_round(size) + guard) != 0)
		host_fatal("munmap of a stack: %s", strerror(errno));
}

uint64_t
host_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static void
write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	while (length > 0) {
		n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody is left to be told */
		text += n;
		length -= (size_t)n;
	}
}

void
host_write_out(const char *text, size_t length)
{
	fflush(stdout);
	write_all(STDOUT_FILENO, text, length);
}

void
host_write_err(const char *text, size_t length)
{
	write_all(STDERR_FILENO, text, length);
}

/*
 * The system call looks before we would leap, and asks no sanitizer.
 */
bool
host_peek(const void *from, void *to, size_t size)
{
	static int fds[2] = { -1, -1 };
	bool ok;

	HOST_ASSERT(size <= 4096); /* a pipe takes that much at once */
	if (fds[0] < 0 && pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return (false);
	ok = syscall(SYS_write, fds[1], from, size) == (ssize_t)size;
	/* Also takes out what was written of an object that ends too early. */
	while (syscall(SYS_read, fds[0], to, size) > 0)
		;
	return (ok);
}

static bool dying;

bool
host_is_dying(void)
{
	return (dying);
}

void
host_fatal(const char *fmt, ...)
{
	char text[1024], trace[2048];
	va_list ap;
	int n;

	dying = true;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	fflush(stdout);
	host_write_err("ringside: internal error: ", 26);
	host_write_err(text, (size_t)n);
	host_write_err("\n", 1);
	host_write_err(trace, host_backtrace(trace, sizeof(trace)));
	abort();
}
