// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mapping of logical PVRs to compatibility modes. The numbers are those of PAPR+.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define PVR_ARCH_300	0x0f000005
#define PVR_ARCH_31	0x0f000006
#define PVR_ARCH_31_P11	0x0f000007
#include "pvr.h"

static void a_mode_brings_the_older_ones(void **state)
{
	__u64 caps = 0;

	(void)state;
	assert_int_equal(pvr_to_compat_caps(0x0f000005, &caps), 0);
	assert_int_equal(caps, 0x4000000000000000);
	assert_int_equal(pvr_to_compat_caps(0x0f000006, &caps), 0);
	assert_int_equal(caps, 0x6000000000000000);
	assert_int_equal(pvr_to_compat_caps(0x0f000007, &caps), 0);
	assert_int_equal(caps, 0x7000000000000000);
}

static void anything_else_is_refused_and_writes_nothing(void **state)
{
	static const __u32 others[] = {
		0, 1, 0x0f000000, 0x0f000001, 0x0f000002, 0x0f000003, 0x0f100003, 0x0f000004,
		0x0f000008, 0x0f0000ff, 0x0fffffff, 0x0e000006, 0x1f000006, 0x8f000006, 0xffffffff,
		0x004b0201, 0x004c0100, 0x004d0200, 0x004e1202, 0x00801200, 0x00820201, 0x0500000f,
	};
	__u64 caps = 0x5a5a5a5a5a5a5a5a;
	__u32 low;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(pvr_to_compat_caps(others[i], &caps), -EINVAL);
	/* every other value of the last 16 bits */
	for (low = 0; low <= 0xffff; low++)
		if (low < 5 || low > 7)
			assert_int_equal(pvr_to_compat_caps(0x0f000000 | low, &caps), -EINVAL);
	assert_int_equal(caps, 0x5a5a5a5a5a5a5a5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mode_brings_the_older_ones),
		cmocka_unit_test(anything_else_is_refused_and_writes_nothing),
	};

	return cmocka_run_group_tests_name("logical PVR to modes", tests, NULL, NULL);
}
