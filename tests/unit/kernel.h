/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of the kernel as src/module/vm_ioctl.c takes: user memory that ends at @user_end, for
 * reading and for writing.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>

#define __user
#define PAGE_SIZE 4096
#define IS_BUILTIN(option) 0
#define H_GUEST_GET_CAPABILITIES 0
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))

typedef __u8 u8;
typedef __u64 u64;

static const unsigned char *user_end;

/* Bytes that cannot be copied */
static inline size_t copy_user(const void *user, void *to, const void *from, size_t size)
{
	size_t room = (const unsigned char *)user < user_end ? user_end - (const unsigned char *)user : 0;
	size_t copied = min(size, room);

	memcpy(to, from, copied);
	return size - copied;
}

#define copy_from_user(to, from, size) copy_user(from, to, from, size)
#define copy_to_user(to, from, size) copy_user(to, to, from, size)
#define get_user(value, user) (copy_user(user, &(value), user, sizeof(value)) ? -EFAULT : 0)

static inline int put_user(u64 value, u64 *user)
{
	return copy_user(user, user, &value, sizeof(value)) ? -EFAULT : 0;
}

static inline size_t clear_user(void *user, size_t size)
{
	static const char zeros[2 * PAGE_SIZE];

	return copy_user(user, user, zeros, size);
}

static inline const void *memchr_inv(const void *start, int c, size_t size)
{
	const u8 *byte;

	for (byte = start; size--; byte++)
		if (*byte != c)
			return byte;
	return NULL;
}

static inline int copy_struct_from_user(void *dst, size_t ksize, const void *src, size_t usize)
{
	const u8 *tail = (const u8 *)src + ksize;

	for (; tail < (const u8 *)src + usize; tail++) {
		if (tail >= user_end)
			return -EFAULT;
		if (*tail)
			return -E2BIG;
	}
	if (usize < ksize)
		memset((u8 *)dst + usize, 0, ksize - usize);
	return copy_from_user(dst, src, min(ksize, usize)) ? -EFAULT : 0;
}
