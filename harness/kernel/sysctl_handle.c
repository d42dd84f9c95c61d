/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sysctl(9): the handlers of the common types, and the way in from outside,
 * which turns values into text and back as sysctl(8) does.
 */
#include "kernel/sysctl_var.h"

#include <sys/sysctl.h>

#define VALUE_MAX 4096 /* bytes of a value read from outside */

/*
 * --- one request ---
 */

static int
sysctl_old(struct sysctl_req *req, const void *p, size_t length)
{
	size_t room;

	room = req->oldidx < req->oldlen ? req->oldlen - req->oldidx : 0;
	if (req->oldptr != NULL)
		memcpy((char *)req->oldptr + MIN(req->oldidx, req->oldlen), p,
		    MIN(room, length));
	req->oldidx += length;
	return (req->oldptr != NULL && length > room ? ENOMEM : 0);
}

static int
sysctl_new(struct sysctl_req *req, void *p, size_t length)
{
	if (req->newptr == NULL)
		return (0);
	if (req->newlen - req->newidx < length)
		return (EINVAL);
	memcpy(p, (const char *)req->newptr + req->newidx, length);
	req->newidx += length;
	return (0);
}

static int
sysctl_call(struct sysctl_oid *oid, struct sysctl_req *req)
{
	int error;

	if (oid->oid_handler == NULL)
		return ((oid->oid_kind & CTLTYPE) == CTLTYPE_NODE ? EISDIR :
								    EINVAL);
	oid->oid_running++;
	error = oid->oid_handler(oid, oid->oid_arg1, oid->oid_arg2, req);
	if (--oid->oid_running == 0 && (oid->oid_kind & CTLFLAG_DYING) != 0)
		wakeup(&oid->oid_running);
	return (error);
}

static void
sysctl_req_init(struct sysctl_req *req)
{
	memset(req, 0, sizeof(*req));
	req->lock = REQ_WIRED;
	req->oldfunc = sysctl_old;
	req->newfunc = sysctl_new;
}

/*
 * --- handlers ---
 */

/*
 * An integer of any size at arg1, or the constant arg2.  Copied out in one
 * piece first, so that the reader sees one value.
 */
static int
sysctl_handle_number(void *arg1, intmax_t arg2, size_t size,
    struct sysctl_req *req)
{
	uint64_t value = 0;
	int error;

	if (arg1 != NULL)
		memcpy(&value, arg1, size);
	else
		value = arg2;
	error = SYSCTL_OUT(req, &value, size);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (arg1 == NULL)
		return (EPERM);
	error = SYSCTL_IN(req, &value, size);
	if (error == 0)
		memcpy(arg1, &value, size);
	return (error);
}

int
sysctl_handle_bool(SYSCTL_HANDLER_ARGS)
{
	uint8_t value;
	int error;

	value = arg1 != NULL ? *(bool *)arg1 : arg2 != 0;
	error = SYSCTL_OUT(req, &value, sizeof(value));
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (arg1 == NULL)
		return (EPERM);
	error = SYSCTL_IN(req, &value, sizeof(value));
	if (error == 0)
		*(bool *)arg1 = value != 0;
	return (error);
}

int
sysctl_handle_8(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(uint8_t), req));
}

int
sysctl_handle_16(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(uint16_t), req));
}

int
sysctl_handle_32(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(uint32_t), req));
}

int
sysctl_handle_64(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(uint64_t), req));
}

int
sysctl_handle_int(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(int), req));
}

int
sysctl_handle_long(SYSCTL_HANDLER_ARGS)
{
	return (sysctl_handle_number(arg1, arg2, sizeof(long), req));
}

int
sysctl_handle_string(SYSCTL_HANDLER_ARGS)
{
	size_t length;
	int error;

	/* A buffer of length 0 is a constant. */
	length = arg2 == 0 ? strlen(arg1) : strnlen(arg1, arg2 - 1);
	error = SYSCTL_OUT(req, arg1, length);
	if (error == 0)
		error = SYSCTL_OUT(req, "", 1);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (req->newlen - req->newidx >= (size_t)arg2)
		return (EINVAL);
	length = req->newlen - req->newidx;
	error = SYSCTL_IN(req, arg1, length);
	if (error == 0)
		((char *)arg1)[length] = '\0';
	return (error);
}

int
sysctl_handle_opaque(SYSCTL_HANDLER_ARGS)
{
	int error;

	error = SYSCTL_OUT(req, arg1, arg2);
	if (error == 0 && req->newptr != NULL)
		error = SYSCTL_IN(req, arg1, arg2);
	return (error);
}

/*
 * --- text ---
 */

struct sysctl_type {
	uint8_t size; /* 0: not an integer */
	bool is_signed;
};

static struct sysctl_type
sysctl_type(u_int kind)
{
	static const struct sysctl_type types[CTLTYPE + 1] = {
		[CTLTYPE_INT] = { sizeof(int), true },
		[CTLTYPE_UINT] = { sizeof(int), false },
		[CTLTYPE_LONG] = { sizeof(long), true },
		[CTLTYPE_ULONG] = { sizeof(long), false },
		[CTLTYPE_S64] = { 8, true },
		[CTLTYPE_U64] = { 8, false },
		[CTLTYPE_S32] = { 4, true },
		[CTLTYPE_U32] = { 4, false },
		[CTLTYPE_S16] = { 2, true },
		[CTLTYPE_U16] = { 2, false },
		[CTLTYPE_S8] = { 1, true },
		[CTLTYPE_U8] = { 1, false },
	};

	return (types[kind & CTLTYPE]);
}

/* Appends one integer; returns whether it fitted. */
static bool
render_number(const void *p, struct sysctl_type type, char *text, size_t size)
{
	size_t length = strlen(text);
	uint64_t value = 0;
	unsigned shift = 64 - 8 * type.size;
	int n;

	memcpy(&value, p, type.size);
	if (type.is_signed)
		n = snprintf(text + length, size - length, "%s%ld",
		    length == 0 ? "" : " ",
		    (long)((int64_t)(value << shift) >> shift));
	else
		n = snprintf(text + length, size - length, "%s%lu",
		    length == 0 ? "" : " ", (u_long)value);
	return (n >= 0 && (size_t)n < size - length);
}

static int
sysctl_render(struct sysctl_oid *oid, const char *value, size_t length,
    char *text, size_t size)
{
	struct sysctl_type type = sysctl_type(oid->oid_kind);
	size_t i;

	text[0] = '\0';
	if ((oid->oid_kind & CTLTYPE) == CTLTYPE_STRING) {
		length = strnlen(value, length);
		memcpy(text, value, MIN(length, size - 1));
		text[MIN(length, size - 1)] = '\0';
		return (length < size ? 0 : ENOMEM);
	}
	if (type.size == 0) {
		for (i = 0; i < length; i++) {
			if (2 * i + 3 > size)
				return (ENOMEM);
			snprintf(text + 2 * i, size - 2 * i, "%02x",
			    (uint8_t)value[i]);
		}
		return (0);
	}
	for (i = 0; i + type.size <= length; i += type.size)
		if (!render_number(value + i, type, text, size))
			return (ENOMEM);
	return (0);
}

int
kernel_sysctl_read(const char *path, char *text, size_t size)
{
	struct sysctl_oid *oid = sysctl_find_path(path);
	struct sysctl_req req;
	int error;

	HOST_ASSERT(size > 0);
	text[0] = '\0';
	if (oid == NULL)
		return (ENOENT);
	if ((oid->oid_kind & CTLTYPE) == CTLTYPE_NODE &&
	    oid->oid_handler == NULL)
		return (EISDIR);
	if ((oid->oid_kind & CTLFLAG_RD) == 0)
		return (EPERM);
	sysctl_req_init(&req);
	req.oldptr = host_alloc(VALUE_MAX);
	req.oldlen = VALUE_MAX;
	/* The handler may sleep, and the node go: it is not used after. */
	oid->oid_running++;
	error = sysctl_call(oid, &req);
	if (error == 0)
		error = sysctl_render(oid, req.oldptr, req.oldidx, text, size);
	if (--oid->oid_running == 0 && (oid->oid_kind & CTLFLAG_DYING) != 0)
		wakeup(&oid->oid_running);
	host_free(req.oldptr);
	return (error);
}

/* Parses an integer of the type; false when there is none or it is too big. */
static bool
parse_number(const char *text, struct sysctl_type type, uint64_t *value)
{
	unsigned bits = 8 * type.size;
	char *end;
	int64_t s;

	if (type.is_signed) {
		s = strtoq(text, &end, 0);
		*value = s;
		if (bits < 64 &&
		    (s < -((int64_t)1 << (bits - 1)) ||
			s >= (int64_t)1 << (bits - 1)))
			return (false);
	} else {
		while (isspace(*text))
			text++;
		*value = strtouq(text, &end, 0);
		if (*text == '-' || (bits < 64 && *value >> bits != 0))
			return (false);
	}
	return (end != text && *end == '\0');
}

/* Other handlers know best what their arguments point to. */
void
sysctl_keep_variable(struct sysctl_oid *oid)
{
	size_t size = sysctl_type(oid->oid_kind).size;

	if (oid->oid_arg1 == NULL)
		return;
	if (oid->oid_handler == sysctl_handle_string)
		size = oid->oid_arg2;
	else if (oid->oid_handler != sysctl_handle_bool &&
	    oid->oid_handler != sysctl_handle_8 &&
	    oid->oid_handler != sysctl_handle_16 &&
	    oid->oid_handler != sysctl_handle_32 &&
	    oid->oid_handler != sysctl_handle_64 &&
	    oid->oid_handler != sysctl_handle_int &&
	    oid->oid_handler != sysctl_handle_long)
		return;
	kern_keep_tunable(oid->oid_arg1, size);
}

int
sysctl_write_text(struct sysctl_oid *oid, const char *text)
{
	struct sysctl_type type = sysctl_type(oid->oid_kind);
	struct sysctl_req req;
	uint64_t value;

	sysctl_req_init(&req);
	if (type.size != 0) {
		if (!parse_number(text, type, &value))
			return (EINVAL);
		req.newptr = &value;
		req.newlen = type.size;
	} else if ((oid->oid_kind & CTLTYPE) == CTLTYPE_STRING) {
		req.newptr = text;
		req.newlen = strlen(text);
	} else
		return (EINVAL);
	return (sysctl_call(oid, &req));
}

int
kernel_sysctl_write(const char *path, const char *text)
{
	struct sysctl_oid *oid = sysctl_find_path(path);

	if (oid == NULL)
		return (ENOENT);
	if ((oid->oid_kind & CTLFLAG_WR) == 0)
		return (EPERM);
	return (sysctl_write_text(oid, text));
}
