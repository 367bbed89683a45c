/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the documented behaviour of the ioctl.
 */
#ifndef MODEL_H
#define MODEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "abi.h"

#define PATTERN 0xa5
#define STRUCT_SIZE 24 /* of the first published structure */

static const struct abi *abi;

/* The expected modes, and the expected errno if the host has no such ioctl */
static bool stock;
static uint64_t host_caps;
static int host_errno;

static size_t page;

/*
 * The caller's structure is in an arena of some writable pages and a last one that can be made read-only or unmapped. These
 * are the size of a page, that of the writable part, and that of the arena.
 */
static size_t rw_size, arena_size;

enum last_page { RW, READ_ONLY, UNMAPPED };

struct vector {
	uint64_t size;
	uint64_t flags;
	uint64_t nonzero_at;	/* offset of a non-zero byte past the structure; 0: none */
	size_t offset;		/* of the structure in the arena */
	enum last_page last;
	bool all_read_only;
};

static bool readable(const struct vector *v, uint64_t offset)
{
	return offset < (v->last == UNMAPPED ? rw_size : arena_size);
}

static bool writable(const struct vector *v, uint64_t offset)
{
	return !v->all_read_only && offset < (v->last == RW ? arena_size : rw_size);
}

static bool all(bool (*access)(const struct vector *, uint64_t), const struct vector *v,
		uint64_t start, uint64_t size)
{
	/* access ends at a page boundary at most once */
	return !size || (access(v, v->offset + start) && access(v, v->offset + start + size - 1));
}

static void put64(unsigned char *bytes, uint64_t value)
{
	memcpy(bytes, &value, sizeof(value));
}

/*
 * The documented behaviour: returns the errno, and changes @memory, the arena before the call, to the expected contents
 * after it. *@torn is set if the kernel is allowed to write the structure in part.
 */
static int model(const struct vector *v, unsigned char *memory, bool *torn)
{
	unsigned char *s = memory + v->offset;
	uint64_t i;

	*torn = false;
	if (stock)
		return ENOTTY;
	if (!all(readable, v, abi->size_at, 8))
		return EFAULT;
	if (v->size > page)
		return E2BIG;
	if (v->size < STRUCT_SIZE)
		return EINVAL;
	for (i = abi->known; i < v->size; i++) {
		if (!readable(v, v->offset + i))
			return EFAULT;
		if (s[i]) {
			if (!all(writable, v, abi->size_at, 8))
				return EFAULT;
			put64(s + abi->size_at, abi->known);
			return E2BIG;
		}
	}
	if (!all(readable, v, 0, STRUCT_SIZE))
		return EFAULT;
	if (v->flags)
		return EINVAL;
	if (host_errno)
		return host_errno;
	if (!all(writable, v, STRUCT_SIZE, v->size - STRUCT_SIZE))
		return EFAULT;
	if (!all(writable, v, 0, STRUCT_SIZE)) {
		*torn = true;
		return EFAULT;
	}
	put64(s + abi->size_at, v->size < abi->known ? v->size : abi->known);
	put64(s + abi->flags_at, 0);
	put64(s + 16, host_caps);
	memset(s + STRUCT_SIZE, 0, v->size - STRUCT_SIZE);
	return 0;
}

#endif /* MODEL_H */
