/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logical PVR to compatibility modes: pure mapping, compiled by the unit tests as well. PVR_ARCH_*
 * come from whoever includes it.
 */
#ifndef KVM_PPC_COMPAT_PVR_H
#define KVM_PPC_COMPAT_PVR_H

#include <linux/kvm_ppc_compat.h>

/**
 * pvr_to_compat_caps() - the modes that guests of a host in a given mode can have
 * @cpu_version: logical PVR of the host's mode, as in the device tree's "cpu-version"
 *
 * Same mapping as kvmppc_map_compat_capabilities() of Linux 7.3, but that a kernel which does not
 * know POWER11 (PVR_ARCH_31_P11) cannot give that mode to a guest. Any context.
 *
 * Return: KVM_PPC_COMPAT_CAP_* bits, cumulative; 0 for anything that is not the logical PVR of
 * POWER9 or a later, known mode (raw PVRs are not logical ones).
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
