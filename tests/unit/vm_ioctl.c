// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ioctl in a kernel whose structure has grown: callers of every size get along with it (finding 1
 * of the review of the draft ABI). The draft's structure does not grow any more.
 */
#include "kernel.h"
#include "grown.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include <vm_ioctl.c>

#define GROWN 32
#define MODES 0x6000000000000000

u64 caps_get(void)
{
	return MODES;
}

static union {
	u8 bytes[2 * PAGE_SIZE];
	u64 words[2 * PAGE_SIZE / 8];
} user;

/* A structure of that size is passed, zero but for its size and, if not 0, the byte at @set. */
static long call(unsigned int ioctl, unsigned int size_index, u64 size, unsigned int set)
{
	memset(&user, 0xa5, sizeof(user));
	memset(&user, 0, min(size, PAGE_SIZE));
	user.words[size_index] = size;
	if (set)
		user.bytes[set] = 1;
	return vm_ioctl_get_compat_caps(ioctl, &user);
}

/* Bytes from @start to the end of the page are all @value. */
static void assert_rest(size_t start, size_t end, u8 value)
{
	for (; start < end; start++)
		assert_int_equal(user.bytes[start], value);
}

static void review_1_smaller_equal_and_larger_with_zero_tail(void **state)
{
	u64 size;

	for (size = 24; size <= PAGE_SIZE; size++) {
		assert_int_equal(call(KVM_PPC_GET_COMPAT_CAPS, 0, size, 0), 0);
		assert_int_equal(user.words[0], min(size, GROWN));
		assert_int_equal(user.words[1], 0);
		assert_int_equal(user.words[2], MODES);
		assert_rest(24, size, 0);
		assert_rest(size, PAGE_SIZE, 0xa5);
	}
}

static void review_1_larger_with_tail_learns_the_size(void **state)
{
	assert_int_equal(call(KVM_PPC_GET_COMPAT_CAPS, 0, GROWN + 1, GROWN), -E2BIG);
	assert_int_equal(user.words[0], GROWN);
	assert_int_equal(user.words[2], 0);
	assert_int_equal(call(KVM_PPC_GET_COMPAT_CAPS, 0, PAGE_SIZE, PAGE_SIZE - 1), -E2BIG);
	assert_int_equal(user.words[0], GROWN);
}

static void review_1_draft_has_its_own_size(void **state)
{
	static const unsigned int commands[] = {
		KVM_PPC_GET_COMPAT_CAPS_DRAFT, KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT,
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(call(commands[i], 1, 24, 0), 0);
		assert_int_equal(user.words[0], 0);
		assert_int_equal(user.words[1], 24);
		assert_int_equal(user.words[2], MODES);
		assert_rest(24, PAGE_SIZE, 0xa5);
		assert_int_equal(call(commands[i], 1, GROWN, 0), 0);
		assert_int_equal(user.words[1], 24);
		assert_int_equal(call(commands[i], 1, GROWN, 24), -E2BIG);
		assert_int_equal(user.words[1], 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(review_1_smaller_equal_and_larger_with_zero_tail),
		cmocka_unit_test(review_1_larger_with_tail_learns_the_size),
		cmocka_unit_test(review_1_draft_has_its_own_size),
	};

	return cmocka_run_group_tests_name("the ioctl with a grown structure", tests, NULL, NULL);
}
