/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logical PVR to compatibility modes: pure mapping, compiled by the unit tests as well. PVR_ARCH_*
 * come from whoever includes it.
 */
#ifndef KVM_PPC_COMPAT_PVR_H
#define KVM_PPC_COMPAT_PVR_H

#include <linux/errno.h>
#include <linux/kvm_ppc_compat.h>

/**
 * pvr_to_compat_caps() - the modes that guests of a host in a given mode can have
 * @cpu_version: logical PVR of the host's mode, as in the device tree's "cpu-version"
 * @caps: set to KVM_PPC_COMPAT_CAP_* bits, cumulative; untouched on error
 *
 * Same mapping as kvmppc_map_compat_capabilities() of Linux 7.3. Any context.
 *
 * Return: 0, or -EINVAL for anything that is not the logical PVR of POWER9 or a later, known mode
 * (raw PVRs are not logical ones).
 */
static inline int pvr_to_compat_caps(__u32 cpu_version, __u64 *caps)
{
	switch (cpu_version) {
	case PVR_ARCH_300:
		*caps = KVM_PPC_COMPAT_CAP_POWER9;
		return 0;
	case PVR_ARCH_31:
		*caps = KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10;
		return 0;
	case PVR_ARCH_31_P11:
		*caps = KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10 |
			KVM_PPC_COMPAT_CAP_POWER11;
		return 0;
	default:
		return -EINVAL;
	}
}

#endif /* KVM_PPC_COMPAT_PVR_H */
