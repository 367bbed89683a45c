/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between the supported kernels. The rest of the module reads as if written for
 * the newest one. The tests are for presence, by #ifdef or by Kbuild (HAVE_*), never for a version.
 */
#ifndef KVM_PPC_COMPAT_COMPAT_H
#define KVM_PPC_COMPAT_COMPAT_H

#include <linux/kconfig.h>
#include <linux/kvm_ppc_compat.h>
#include <linux/module.h>
#include <asm/cputable.h>
#include <asm/hvcall.h>
#include <asm/plpar_wrappers.h>
#include <asm/reg.h>

/* The names by which register_kprobe() finds functions of kvm and kvm-hv */
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

/* "KVM: PPC: Add support for nestedv2 guests" (in v6.7). Older kernels have nested API v1 only. */
#ifndef H_GUEST_GET_CAPABILITIES
#define H_GUEST_CAP_POWER9 KVM_PPC_COMPAT_CAP_POWER9
#define H_GUEST_CAP_POWER10 KVM_PPC_COMPAT_CAP_POWER10
#define kvmhv_is_nestedv2() false
static inline long plpar_guest_get_capabilities(unsigned long flags, unsigned long *capabilities)
{
	return H_FUNCTION;
}
#endif

/* "powerpc: Add Power11 architected and raw mode" (in v6.9). Older kernels do not know POWER11. */
#ifndef PVR_ARCH_31_P11
#define PVR_ARCH_31_P11 0
#endif

/*
 * "KVM: PPC: Book3S HV: Add Power11 capability support for Nested PAPR guests" (in v6.13). Older
 * kernels do not negotiate POWER11 for their guests.
 */
#ifndef H_GUEST_CAP_POWER11
#define CPU_FTR_P11_PVR 0
#define H_GUEST_CAP_POWER11 0
#endif

/* "module: Constify 'struct module_attribute'" (in v6.14) */
#ifdef HAVE_CONST_MODULE_ATTRIBUTE
#define module_attribute_t const struct module_attribute
#else
#define module_attribute_t struct module_attribute
#endif

#endif /* KVM_PPC_COMPAT_COMPAT_H */
