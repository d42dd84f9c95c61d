/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the disk under the mix must hold; see mix_var.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/mix_var.h"
#include "host/host.h"

uint64_t
mix_scramble(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

uint64_t
mix_sector_of(const struct mix_run *run, uint64_t place)
{
	if (place < run->half)
		return (place);
	return (run->disk_sectors - run->span + place);
}

uint64_t
mix_piece_end(const struct mix_run *run, uint64_t place)
{
	uint64_t limit = place < run->half ? run->half : run->span;

	return (
	    place + MIX_IO_SECTORS < limit ? place + MIX_IO_SECTORS : limit);
}

static void
fill_sector(const struct mix_run *run, uint64_t sector, uint32_t version,
    uint8_t *bytes)
{
	uint64_t state, word;

	state = mix_scramble(run->mix->seed ^ mix_scramble(sector)) + version;
	for (unsigned i = 0; i < MIX_SECTOR; i += sizeof(word)) {
		state += UINT64_C(0x9e3779b97f4a7c15);
		word = mix_scramble(state);
		memcpy(bytes + i, &word, sizeof(word));
	}
}

void
mix_fill(struct mix_run *run, struct mix_slot *slot)
{
	uint32_t *version = &run->versions[slot->place];

	for (uint32_t i = 0; i < slot->sectors; i++) {
		version[i] = ((version[i] & MIX_VERSION) + 1) & MIX_VERSION;
		if (version[i] == 0)
			version[i] = 1;
		fill_sector(run, slot->sector + i, version[i],
		    (uint8_t *)slot->buffer + (size_t)i * MIX_SECTOR);
	}
}

void
mix_mark(struct mix_run *run, const struct mix_slot *slot, uint32_t flag)
{
	for (uint32_t i = 0; i < slot->sectors; i++)
		run->versions[slot->place + i] |= flag;
}

/* What the image holds; false after complaining. */
static bool
original(const struct mix_run *run, uint64_t sector, uint32_t count,
    uint8_t *bytes)
{
	size_t length = (size_t)count * MIX_SECTOR;
	ssize_t n;

	if (run->mix->image < 0) {
		memset(bytes, 0, length);
		return (true);
	}
	n = pread(run->mix->image, bytes, length, (off_t)(sector * MIX_SECTOR));
	if (n == (ssize_t)length)
		return (true);
	/* Nothing that a driver has done. */
	run->mix->errors++;
	mix_fail(run->mix, "the image cannot be read at %" PRIu64 ": %s",
	    sector * MIX_SECTOR,
	    n < 0 ? strerror(errno) : "it has become shorter");
	return (false);
}

static uint64_t
checksum(const uint8_t *bytes)
{
	uint64_t sum = 0, word;

	for (unsigned i = 0; i < MIX_SECTOR; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		sum = mix_scramble(sum + i + 1) ^ mix_scramble(word + i);
	}
	return (sum);
}

bool
mix_take_sums(struct mix_run *run)
{
	uint64_t next;

	run->sums = host_alloc(run->span * sizeof(*run->sums));
	for (uint64_t place = 0; place < run->span; place = next) {
		next = mix_piece_end(run, place);
		if (!original(run, mix_sector_of(run, place),
			(uint32_t)(next - place), run->expect))
			return (false);
		for (uint64_t i = place; i < next; i++)
			run->sums[i] =
			    checksum(run->expect + (i - place) * MIX_SECTOR);
	}
	return (true);
}

static bool
is_zero(const uint8_t *bytes)
{
	return (bytes[0] == 0 && memcmp(bytes, bytes + 1, MIX_SECTOR - 1) == 0);
}

/* `expect` is what the image holds there, where that matters. */
static bool
sector_is_right(struct mix_run *run, uint64_t place, const uint8_t *got,
    uint8_t *expect)
{
	uint32_t state = run->versions[place];
	uint32_t version = state & MIX_VERSION;

	if ((state & MIX_UNKNOWN) != 0)
		return (true);
	if ((state & MIX_DELETED) != 0 && is_zero(got))
		return (true);
	if (version == 0 && run->sums != NULL)
		return (checksum(got) == run->sums[place]);
	if (version != 0)
		fill_sector(run, mix_sector_of(run, place), version, expect);
	return (memcmp(got, expect, MIX_SECTOR) == 0);
}

/* Whether what the image holds matters for any of the slot's sectors. */
static bool
wants_original(const struct mix_run *run, const struct mix_slot *slot)
{
	if (run->sums != NULL)
		return (false);
	for (uint32_t i = 0; i < slot->sectors; i++) {
		if ((run->versions[slot->place + i] &
			(MIX_VERSION | MIX_UNKNOWN)) == 0)
			return (true);
	}
	return (false);
}

void
mix_verify(struct mix_run *run, const struct mix_slot *slot)
{
	const uint8_t *got = slot->io.data;

	if (wants_original(run, slot) &&
	    !original(run, slot->sector, slot->sectors, run->expect))
		return;
	for (uint32_t i = 0; i < slot->sectors; i++) {
		if (sector_is_right(run, slot->place + i,
			got + (size_t)i * MIX_SECTOR,
			run->expect + (size_t)i * MIX_SECTOR))
			continue;
		mix_fail(run->mix,
		    "sector %" PRIu64 " (version %u) reads back wrong, in a "
		    "read of %u sectors at %" PRIu64,
		    slot->sector + i,
		    run->versions[slot->place + i] & MIX_VERSION, slot->sectors,
		    slot->sector);
		return;
	}
}
