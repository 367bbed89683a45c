/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between the supported kernels. The rest of the module reads as if written for
 * the newest one. Presence is tested for, by #ifdef or by Kbuild (HAVE_*), never the version.
 */
#ifndef KVM_PPC_COMPAT_COMPAT_H
#define KVM_PPC_COMPAT_COMPAT_H

#include <linux/kconfig.h>
#include <linux/kvm_ppc_compat.h>
#include <linux/uaccess.h>
#include <asm/cputable.h>
#include <asm/hvcall.h>
#include <asm/plpar_wrappers.h>
#include <asm/reg.h>

/* The names under which register_kprobe() finds the functions of kvm and kvm-hv */
#if IS_BUILTIN(CONFIG_KVM_BOOK3S_64)
#define KVM_SYMBOL(name) name
#else
#define KVM_SYMBOL(name) "kvm:" name
#endif
#if IS_BUILTIN(CONFIG_KVM_BOOK3S_64_HV)
#define KVM_HV_SYMBOL(name) name
#else
#define KVM_HV_SYMBOL(name) "kvm_hv:" name
#endif

/* "powerpc: Add Power11 architected and raw mode" (in v6.9) */
#ifndef PVR_ARCH_31_P11
#define PVR_ARCH_31_P11 0x0f000007
#endif

/* "KVM: PPC: Add support for nestedv2 guests" (in v6.7): before, kvm-hv knows nested API v1 only */
#ifndef H_GUEST_GET_CAPABILITIES
#define H_GUEST_CAP_POWER9 KVM_PPC_COMPAT_CAP_POWER9
#define H_GUEST_CAP_POWER10 KVM_PPC_COMPAT_CAP_POWER10
static inline long plpar_guest_get_capabilities(unsigned long flags, unsigned long *capabilities)
{
	return H_FUNCTION;
}
#endif

/* A kernel without these two does not negotiate POWER11 for its guests. */
#ifndef CPU_FTR_P11_PVR
#define CPU_FTR_P11_PVR 0
#endif
#ifndef H_GUEST_CAP_POWER11
#define H_GUEST_CAP_POWER11 0
#endif

#ifndef HAVE_COPY_STRUCT_TO_USER
/*
 * "uaccess: add copy_struct_to_user helper" (in v6.13). Order as there: the tail is cleared before
 * the structure is written, which a caller with a buffer that faults half way can tell.
 */
static inline int copy_struct_to_user(void __user *dst, size_t usize, const void *src,
				      size_t ksize, bool *ignored_trailing)
{
	size_t size = min(ksize, usize);

	if (usize > ksize && clear_user(dst + size, usize - size))
		return -EFAULT;
	if (ignored_trailing)
		*ignored_trailing = memchr_inv(src + size, 0, ksize - size);
	if (copy_to_user(dst, src, size))
		return -EFAULT;
	return 0;
}
#endif

#endif /* KVM_PPC_COMPAT_COMPAT_H */
