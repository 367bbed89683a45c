// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the header for userspace: it has the numbers and the layout of Linux 7.3.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <linux/kvm_ppc_compat.h>
#include <linux/kvm_ppc_compat.h> /* twice does no harm */
#include <linux/kvm.h>

static void numbers(void **state)
{
	assert_int_equal(KVM_CAP_PPC_COMPAT_CAPS, 250);
	assert_int_equal(_IOC_TYPE(KVM_PPC_GET_COMPAT_CAPS), 0xae);
	assert_int_equal(_IOC_NR(KVM_PPC_GET_COMPAT_CAPS), 0xb8);
	assert_int_equal(_IOC_SIZE(KVM_PPC_GET_COMPAT_CAPS), 0);
	assert_int_equal(_IOC_DIR(KVM_PPC_GET_COMPAT_CAPS), _IOC_NONE);
	assert_int_equal(KVM_PPC_COMPAT_CAP_POWER9, 0x4000000000000000);
	assert_int_equal(KVM_PPC_COMPAT_CAP_POWER10, 0x2000000000000000);
	assert_int_equal(KVM_PPC_COMPAT_CAP_POWER11, 0x1000000000000000);
	assert_int_equal(KVM_PPC_COMPAT_BITMASK, 0x7000000000000000);
}

static void layout(void **state)
{
	assert_int_equal(KVM_PPC_COMPAT_CAPS_SIZE_VER0, 24);
	assert_int_equal(sizeof(struct kvm_ppc_compat_caps), 24);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps, size), 0);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps, flags), 8);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps, compat_capabilities), 16);
}

/* The draft's names differ from the others, so that a program can use both. */
static void draft(void **state)
{
	assert_int_equal(KVM_CAP_PPC_COMPAT_CAPS_DRAFT, 249);
	assert_int_equal(_IOC_TYPE(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 0xae);
	assert_int_equal(_IOC_NR(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 0xe4);
	assert_int_equal(_IOC_SIZE(KVM_PPC_GET_COMPAT_CAPS_DRAFT), 24);
	assert_int_equal(_IOC_DIR(KVM_PPC_GET_COMPAT_CAPS_DRAFT), _IOC_READ);
	assert_int_equal(KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT ^ KVM_PPC_GET_COMPAT_CAPS_DRAFT,
			 _IOC(_IOC_WRITE, 0, 0, 0));
	assert_int_equal(sizeof(struct kvm_ppc_compat_caps_draft), 24);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps_draft, flags), 0);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps_draft, size), 8);
	assert_int_equal(offsetof(struct kvm_ppc_compat_caps_draft, compat_capabilities), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(layout),
		cmocka_unit_test(draft),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
