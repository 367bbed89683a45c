/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel of the future, whose structure has one member more than the first published one.
 */
#include <linux/types.h>

#define KVM_PPC_COMPAT_CAPS_SIZE_VER0 24

struct kvm_ppc_compat_caps {
	__u64 size;
	__u64 flags;
	__u64 compat_capabilities;
	__u64 more;
};

#define KVM_PPC_COMPAT_CAP_POWER9 (1ULL << 62)
#define KVM_PPC_COMPAT_CAP_POWER10 (1ULL << 61)
#define KVM_PPC_COMPAT_CAP_POWER11 (1ULL << 60)
#define KVM_PPC_COMPAT_BITMASK (7ULL << 60)
