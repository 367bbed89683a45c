// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the inline client, built with headers whose structure has grown to 32 bytes: its calls, their order, and its
 * result for each answer of the kernel.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <kvm_ppc_compat.h>

#define KVM_FD 3
#define VM_FD 4

int __wrap_ioctl(int fd, unsigned long request, void *arg);

/* An expected call, its errno, and the size that the kernel writes back; 0: it writes none */
static void expect_call(unsigned long request, uint64_t size, int ret, int err)
{
	expect_value(__wrap_ioctl, request, request);
	will_return(__wrap_ioctl, size);
	will_return(__wrap_ioctl, err);
	will_return(__wrap_ioctl, ret);
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct kvm_ppc_compat_caps *caps = arg;
	uint64_t size;

	check_expected(request);
	size = mock_type(uint64_t);
	errno = mock_type(int);
	if (request == KVM_CHECK_EXTENSION) {
		assert_int_equal(fd, KVM_FD);
		assert_int_equal((uintptr_t)arg, 250);
		return mock_type(int);
	}
	assert_int_equal(fd, VM_FD);
	assert_int_equal(caps->flags, 0);
	assert_int_equal(caps->more, 0);
	if (size)
		caps->size = size;
	if (!errno)
		caps->compat_capabilities = 3ULL << 61;
	return mock_type(int);
}

static __u64 modes;

static int ask(void)
{
	modes = 0x123456789;
	return kvm_ppc_get_compat_caps(KVM_FD, VM_FD, &modes);
}

static void answer(void **state)
{
	expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 32, 0, 0);
	assert_int_equal(ask(), 0);
	assert_int_equal(modes, 3ULL << 61);
}

static void not_announced(void **state)
{
	expect_call(KVM_CHECK_EXTENSION, 0, 0, 0);
	assert_int_equal(ask(), -ENOTTY);
	expect_call(KVM_CHECK_EXTENSION, 0, -1, EBADF);
	assert_int_equal(ask(), -EBADF);
	assert_int_equal(modes, 0);
}

static void refused(void **state)
{
	static const int errors[] = { ENOTTY, EINVAL, EFAULT, ENOMEM };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
		expect_call(KVM_PPC_GET_COMPAT_CAPS, 0, -1, errors[i]);
		assert_int_equal(ask(), -errors[i]);
		assert_int_equal(modes, 0);
	}
}

/* The kernel returns its size, and the client repeats the call once. */
static void older_kernel(void **state)
{
	expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 24, -1, E2BIG);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 0, 0, 0);
	assert_int_equal(ask(), 0);
	assert_int_equal(modes, 3ULL << 61);

	expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 24, -1, E2BIG);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 24, -1, E2BIG);
	assert_int_equal(ask(), -E2BIG);
}

/* The client does not repeat the call with an invalid size, or one that is larger than its structure. */
static void absurd_size(void **state)
{
	expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 23, -1, E2BIG);
	assert_int_equal(ask(), -E2BIG);
	expect_call(KVM_CHECK_EXTENSION, 0, 1, 0);
	expect_call(KVM_PPC_GET_COMPAT_CAPS, 33, -1, E2BIG);
	assert_int_equal(ask(), -E2BIG);
}

static void newest_mode(void **state)
{
	assert_int_equal(kvm_ppc_newest_mode(0), 0);
	assert_int_equal(kvm_ppc_newest_mode(1ULL << 62), 0x0f000005);
	assert_int_equal(kvm_ppc_newest_mode(3ULL << 61), 0x0f000006);
	assert_int_equal(kvm_ppc_newest_mode(7ULL << 60), 0x0f000007);
	assert_int_equal(kvm_ppc_newest_mode(1ULL << 60), 0x0f000007);
	assert_int_equal(kvm_ppc_newest_mode(1ULL << 59), 0);
	assert_int_equal(kvm_ppc_newest_mode(1ULL << 63), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer),
		cmocka_unit_test(not_announced),
		cmocka_unit_test(refused),
		cmocka_unit_test(older_kernel),
		cmocka_unit_test(absurd_size),
		cmocka_unit_test(newest_mode),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
