// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the inline client, built with headers whose structure has grown to 32 bytes: its calls, their order, and its
 * result for each answer of the kernel. TAP.
 */
#include <stdint.h>

#include <kvm_ppc_compat.h>

#include "../guest/tap.h"

#define KVM_FD 3
#define VM_FD 4
#define MODES (3ULL << 61)

static const struct exchange {
	const char *name;
	int capability;	/* what KVM_CHECK_EXTENSION returns; a negative errno if it fails */
	struct {
		int err;
		__u64 size; /* that the kernel writes back; 0: it writes none */
	} answers[2];
	int calls;	/* of ioctl(2) */
	int result;
} exchanges[] = {
	{ "an answer", 1, { { 0, 32 } }, 2, 0 },
	{ "not announced", 0, {}, 1, -ENOTTY },
	{ "/dev/kvm is not open", -EBADF, {}, 1, -EBADF },
	{ "refused with ENOTTY", 1, { { ENOTTY, 0 } }, 2, -ENOTTY },
	{ "refused with EINVAL", 1, { { EINVAL, 0 } }, 2, -EINVAL },
	{ "refused with EFAULT", 1, { { EFAULT, 0 } }, 2, -EFAULT },
	{ "refused with ENOMEM", 1, { { ENOMEM, 0 } }, 2, -ENOMEM },
	{ "an older kernel gets a second call with its size", 1, { { E2BIG, 24 }, { 0, 0 } }, 3, 0 },
	{ "an older kernel that refuses the second call, too", 1, { { E2BIG, 24 }, { E2BIG, 24 } }, 3, -E2BIG },
	{ "no second call with a size that is too small", 1, { { E2BIG, 23 } }, 2, -E2BIG },
	{ "no second call with a size larger than the structure", 1, { { E2BIG, 33 } }, 2, -E2BIG },
};

/* Not static: <sys/ioctl.h> promises the compiler that ioctl() does not call back into this file. */
const struct exchange *exchange;
int calls;
bool good;

int __wrap_ioctl(int fd, unsigned long request, void *arg);

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct kvm_ppc_compat_caps *caps = arg;
	int call = calls++;

	if (!call) {
		good = fd == KVM_FD && request == KVM_CHECK_EXTENSION && (uintptr_t)arg == 250;
		errno = -exchange->capability;
		return exchange->capability < 0 ? -1 : exchange->capability;
	}
	good &= call < 3 && fd == VM_FD && request == KVM_PPC_GET_COMPAT_CAPS && !caps->flags && !caps->more &&
		caps->size == (call == 1 ? 32 : exchange->answers[0].size);
	if (!good)
		return 0;
	if (exchange->answers[call - 1].size)
		caps->size = exchange->answers[call - 1].size;
	errno = exchange->answers[call - 1].err;
	if (errno)
		return -1;
	caps->compat_capabilities = MODES;
	return 0;
}

int main(void)
{
	static const struct {
		__u64 modes;
		__u32 newest;
	} modes[] = {
		{ 0, 0 }, { 1ULL << 62, 0x0f000005 }, { 3ULL << 61, 0x0f000006 }, { 7ULL << 60, 0x0f000007 },
		{ 1ULL << 60, 0x0f000007 }, { 1ULL << 59, 0 }, { 1ULL << 63, 0 },
	};
	__u64 got;
	size_t i;
	int ret;

	for (exchange = exchanges; exchange < exchanges + sizeof(exchanges) / sizeof(exchanges[0]); exchange++) {
		calls = 0;
		got = 0x123456789;
		ret = kvm_ppc_get_compat_caps(KVM_FD, VM_FD, &got);
		ok(good && calls == exchange->calls && ret == exchange->result && got == (ret ? 0 : MODES), "%s", exchange->name);
	}
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		ok(kvm_ppc_newest_mode(modes[i].modes) == modes[i].newest, "the newest mode of %#llx", modes[i].modes);
	return tap_done();
}
