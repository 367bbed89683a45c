/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping of logical PVRs to compatibility modes. The unit tests compile it, too: so the file
 * that includes this one provides PVR_ARCH_*.
 */
#ifndef KVM_PPC_COMPAT_PVR_H
#define KVM_PPC_COMPAT_PVR_H

#include <linux/kvm_ppc_compat.h>

/**
 * pvr_to_compat_caps() - the modes that guests of a host in a given mode can have
 * @cpu_version: logical PVR of the host's mode, as in the device tree's "cpu-version"
 *
 * Source of truth: kvmppc_map_compat_capabilities() of Linux 7.3. One case differs: a kernel that
 * does not know POWER11 (PVR_ARCH_31_P11) cannot give that mode to a guest.
 *
 * Context: any.
 *
 * Return: KVM_PPC_COMPAT_CAP_* bits of that mode and all older ones; 0 if @cpu_version is not the
 * logical PVR of a known mode from POWER9 on.
 */
static inline __u64 pvr_to_compat_caps(__u32 cpu_version)
{
	switch (cpu_version) {
	case PVR_ARCH_300:
		return KVM_PPC_COMPAT_CAP_POWER9;
	case PVR_ARCH_31:
		return KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10;
#ifdef PVR_ARCH_31_P11
	case PVR_ARCH_31_P11:
		return KVM_PPC_COMPAT_BITMASK;
#endif
	default:
		return 0;
	}
}

#endif /* KVM_PPC_COMPAT_PVR_H */
