// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests vm_ioctl.c and caps.c with the vectors of tests/guest/conformance.c and with faults of real memory, and the modes for
 * each device tree and each hypervisor. TAP.
 */
#include <stdlib.h>

#define PAGE_SIZE page
#include "../guest/vectors.h"
#include "kernel.h"

#include <caps.c>
#include <vm_ioctl.c>

#define P9 KVM_PPC_COMPAT_CAP_POWER9
#define P10 KVM_PPC_COMPAT_CAP_POWER10
#define P11 KVM_PPC_COMPAT_CAP_POWER11

static int call_ioctl(int fd, unsigned long command, void *argp)
{
	unsigned int ioctl = command;
	long ret = vm_ioctl_is_ours(ioctl) ? vm_ioctl_get_compat_caps(ioctl, argp) : -ENOTTY;

	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

/* --- the device tree of tests/guest/vectors.h --- */

static void ofdt(const char *command, uint32_t phandle, const void *value, int length)
{
	struct device_node *node = &nodes[phandle];

	node->length = length;
	if (length > 0)
		memcpy(node->value, value, length);
	tree_changed(false);
}

static void set_version(uint32_t phandle, uint32_t version)
{
	version = __builtin_bswap32(version);
	ofdt("update_property", phandle, &version, sizeof(version));
}

static void add_cpu(uint32_t version)
{
	version = __builtin_bswap32(version);
	nodes[0].there = true;
	nodes[0].length = sizeof(version);
	memcpy(nodes[0].value, &version, sizeof(version));
	tree_changed(true);
}

static void remove_cpu(void)
{
	nodes[0].there = false;
	tree_changed(false);
}

/* --- the tests --- */

/* Nothing has been misused, and no lock and no reference remains. */
static void in_order(const char *name)
{
	int i, references = 0;

	for (i = 0; i < 3; i++)
		references += nodes[i].references;
	ok(!misuse && !locked && !user_access && !references, "%s: the kernel is used as it wants to be", name);
	if (misuse)
		printf("# %s\n", misuse);
	if (locked || user_access || references)
		printf("# left: %d references%s%s\n", references, locked ? ", a lock" : "", user_access ? ", user access" : "");
	misuse = NULL;
}

/* The modes that the ioctl reports; 0 for EINVAL, and ~0 for anything else that is wrong */
static u64 answer(void)
{
	struct kvm_ppc_compat_caps caps = { .size = sizeof(caps), .compat_capabilities = 0x5a };
	int err = call_ioctl(-1, KVM_PPC_GET_COMPAT_CAPS, &caps) ? errno : 0;

	if (err)
		return err == EINVAL && caps.compat_capabilities == 0x5a ? 0 : ~0ULL;
	return caps.compat_capabilities ? caps.compat_capabilities : ~0ULL;
}

static void answers(const char *name, u64 expected)
{
	u64 caps = answer();

	ok(caps == expected, "%s: %#llx", name, (unsigned long long)expected);
	if (caps != expected)
		printf("# it is %#llx\n", (unsigned long long)caps);
}

static void all_arguments(bool v1)
{
	for (abi = abis; abi < abis + ABIS; abi++) {
		host_caps = P9 | P10;
		host_errno = 0;
		arguments();
		cpu_versions(v1);
	}
}

/* A structure across the end of a process's addresses */
static void end_of_addresses(void)
{
	uintptr_t end = task_size;
	u64 words[3] = {};

	for (abi = abis; abi < abis + ABIS; abi++) {
		words[abi->size_at / 8] = sizeof(words);
		task_size = (uintptr_t)words + 16;
		ok(call_ioctl(-1, abi->command, words) && errno == EFAULT && !words[2],
		   "%s: across the end of a process's addresses: EFAULT", abi->name);
		task_size = end;
		words[abi->size_at / 8] = 0;
	}
}

/* Three of 65536 logical PVRs are known. No number that differs from these by one bit is known. */
static void every_version(void)
{
	static const u32 known[] = { 0x0f000005, 0x0f000006, 0x0f000007 };
	const u64 modes[] = { P9, P9 | P10, getenv("power11") ? 0 : P9 | P10 | P11 };
	unsigned int i, bit, wrong = 0;

	nodes[2].length = -1;
	for (i = 0; i <= 0xffff; i++) {
		set_version(1, 0x0f000000 | i);
		wrong += answer() != (i >= 5 && i <= 7 ? modes[i - 5] : 0);
	}
	for (i = 0; i < 3; i++) {
		for (bit = 2; bit < 32; bit++) {
			set_version(1, known[i] ^ 1U << bit);
			wrong += answer() != 0;
		}
	}
	ok(!wrong, "each version of 16 bits, and those that differ from a known one by a bit");
	set_version(1, 0x0f000006);
	set_version(2, 0x0f000006);
}

#ifndef OLD
/* The modes that the hypervisor offers and the kernel knows. */
static void negotiation(void)
{
	static const unsigned long others[] = { 0, 1UL << 63, 1UL << 59, 1, ~(7UL << 60) };
	unsigned int offered, features, i, wrong = 0;
	u64 expected;

	hypervisor_says = H_SUCCESS;
	kvmhv_nestedv2 = true;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		for (offered = 0; offered < 8; offered++) {
			for (features = 0; features < 8; features++) {
				hypervisor_offers = others[i] | (unsigned long)offered << 60;
				cpu_features = features;
				caps_negotiate();
				expected = (offered & 4 && features & 1 ? P9 : 0) |
					   (offered & 2 && features & 2 ? P10 : 0) |
					   (offered & 1 && features & 4 ? P11 : 0);
				wrong += answer() != expected;
			}
		}
	}
	ok(!wrong, "API v2: what is offered and known, and nothing else");
	hypervisor_offers = P9 | P10;
	caps_negotiate();
	hypervisor_offers = P9;
	answers("API v2: the host's offer has changed since", P9 | P10);
	hypervisor_says = H_FUNCTION;
	caps_negotiate();
	answers("API v2: the hypervisor has no answer", 0);
	hypervisor_says = H_SUCCESS;
	hypervisor_offers = P9 | P10;
	caps_negotiate();
}
#endif

int main(void)
{
	static const size_t pages[] = { 4096, 65536 };
	const uint32_t version = __builtin_bswap32(0x0f000006);
	size_t i;

#ifdef OLD
	putenv("power11=unknown");
#endif
	page = pages[0];
	cpu_phandle[0] = 1;
	cpu_phandle[1] = 2;
	memcpy(own_version, &version, sizeof(version));
	nodes[1].there = nodes[2].there = true;
	nodes[1].length = nodes[2].length = sizeof(version);
	memcpy(nodes[1].value, &version, sizeof(version));
	memcpy(nodes[2].value, &version, sizeof(version));

	notifier_error = -ENOMEM;
	ok(caps_init() == -ENOMEM, "caps_init(), the notifier cannot be registered: ENOMEM");
	in_order("caps_init()");
	notifier_error = 0;
	ok(!caps_init() && notifier, "caps_init()");
	caps_negotiate();
	answers("API v1: the device tree as it was at first", P9 | P10);
	every_version();
	set_version(1, 1);
	answers("a cpu-version that is no logical PVR", 0);
	set_version(1, 0x0f000006);
	end_of_addresses();
	for (i = 0; i < 2; i++) {
		if (!ok(make_arena(pages[i]), "memory for pages of %zu bytes", pages[i]))
			return tap_done();
		all_arguments(true);
#ifndef OLD
		negotiation();
		all_arguments(false);
		hypervisor_says = H_FUNCTION;
		kvmhv_nestedv2 = false;
		caps_negotiate();
		set_version(1, 0x0f000005);
		answers("API v1 again", P9);
		set_version(1, 0x0f000006);
#endif
	}
	in_order("all of this");
	caps_exit();
	ok(!notifier, "caps_exit()");
	in_order("caps_exit()");
	return tap_done();
}
