/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABIs: that of Linux 7.3, and the draft with each of its two commands.
 */
#ifndef ABI_H
#define ABI_H

#include <stddef.h>

#include <linux/kvm_ppc_compat.h>

/* What the header does not check itself */
_Static_assert(KVM_PPC_COMPAT_BITMASK == 0x7000000000000000, "all modes");
_Static_assert(KVM_PPC_GET_COMPAT_CAPS == 0x2000aeb8, "the command as powerpc encodes it");
_Static_assert(KVM_PPC_GET_COMPAT_CAPS_DRAFT == 0x4018aee4, "24 bytes to read");
_Static_assert(KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT == 0xc018aee4, "24 bytes to write and read");
_Static_assert(KVM_CAP_PPC_COMPAT_CAPS_DRAFT == 249, "the capability of the draft");
_Static_assert(offsetof(struct kvm_ppc_compat_caps_draft, flags) == 0, "the first two members in the draft's order");
_Static_assert(offsetof(struct kvm_ppc_compat_caps_draft, size) == 8, "the first two members in the draft's order");
_Static_assert(offsetof(struct kvm_ppc_compat_caps_draft, compat_capabilities) == 16, "the last member");

/* The size of the structure that the kernel knows. The draft does not grow. */
#ifndef KNOWN
#define KNOWN 24
#endif

static const struct abi {
	const char *name;
	unsigned long command;
	size_t size_at, flags_at; /* where the members are; the capabilities are at 16 */
	size_t known;
} abis[] = {
	{ "mainline", KVM_PPC_GET_COMPAT_CAPS, 0, 8, KNOWN },
	{ "draft", KVM_PPC_GET_COMPAT_CAPS_DRAFT, 8, 0, 24 },
	{ "draft-iowr", KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT, 8, 0, 24 },
};

#define ABIS (sizeof(abis) / sizeof(abis[0]))

#endif /* ABI_H */
