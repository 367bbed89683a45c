/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A system whose headers have what Linux 7.3 added, in the form in which that has it.
 */
#include <linux/kvm.h>

#ifndef KVM_CAP_PPC_COMPAT_CAPS
#define KVM_CAP_PPC_COMPAT_CAPS 250
#define KVM_PPC_GET_COMPAT_CAPS	_IO(KVMIO,  0xb8)

struct kvm_ppc_compat_caps {
	__u64	size;
	__u64	flags;
	__u64	compat_capabilities;
};

#define KVM_PPC_COMPAT_CAPS_SIZE_VER0	24
#define KVM_PPC_COMPAT_CAP_POWER9	(1ULL << 62)
#define KVM_PPC_COMPAT_CAP_POWER10	(1ULL << 61)
#define KVM_PPC_COMPAT_CAP_POWER11	(1ULL << 60)
#define KVM_PPC_COMPAT_BITMASK		(7ULL << 60)
#endif
