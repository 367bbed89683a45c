/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * KVM_PPC_GET_COMPAT_CAPS for systems whose <linux/kvm.h> is older than Linux 7.3.
 *
 * Each name is defined only where the system headers lack it, so that including this file is
 * harmless on a system that has them. The numbers are those of Linux 7.3.
 */
#ifndef _UAPI_LINUX_KVM_PPC_COMPAT_H
#define _UAPI_LINUX_KVM_PPC_COMPAT_H

#include <linux/kvm.h>

/*
 * KVM_CHECK_EXTENSION on /dev/kvm returns 1 if kvm-hv is loaded and the system is a pseries
 * partition; on a VM if, in addition, kvm-hv created the VM. Else it returns 0. With the module it
 * also returns 0 while a livepatch or disabled kprobes keep the module from working.
 */
#ifndef KVM_CAP_PPC_COMPAT_CAPS
#define KVM_CAP_PPC_COMPAT_CAPS 250
#endif

/*
 * VM ioctl; its parameter is a struct kvm_ppc_compat_caps (in/out).
 *
 * In: size is the size of the caller's structure in bytes, at least KVM_PPC_COMPAT_CAPS_SIZE_VER0;
 * flags is 0, and so is every byte past what the kernel knows.
 * Out, on success: size is the number of bytes that the kernel filled, flags is 0,
 * compat_capabilities holds KVM_PPC_COMPAT_CAP_* bits, the rest up to the caller's size is zeroed.
 *
 * Errors:
 *   E2BIG   size is larger than a page, or a byte past what the kernel knows is not zero; in the
 *           second case the kernel has written the size that it knows to size
 *   EFAULT  the structure cannot be read or written
 *   EINVAL  size is too small, flags is not 0, or the modes of this host are not known
 *   ENOTTY  this kernel, or this kind of VM, has no such ioctl
 */
#ifndef KVM_PPC_GET_COMPAT_CAPS
#define KVM_PPC_GET_COMPAT_CAPS _IO(KVMIO, 0xb8)
#endif

#ifndef KVM_PPC_COMPAT_CAPS_SIZE_VER0
struct kvm_ppc_compat_caps {
	__u64 size;
	__u64 flags;
	__u64 compat_capabilities;
};

#define KVM_PPC_COMPAT_CAPS_SIZE_VER0 24 /* frozen: the first published structure */

/*
 * Each reported mode comes with the older ones, from POWER9 on. A kernel can report fewer modes
 * than the host's mode includes.
 */
#define KVM_PPC_COMPAT_CAP_POWER9 (1ULL << 62)
#define KVM_PPC_COMPAT_CAP_POWER10 (1ULL << 61)
#define KVM_PPC_COMPAT_CAP_POWER11 (1ULL << 60)
#define KVM_PPC_COMPAT_BITMASK \
	(KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10 | KVM_PPC_COMPAT_CAP_POWER11)
#endif

/*
 * The draft ABI, from version 4 of the patches for the above. No released kernel implements it; the
 * module does, for programs that were built against those patches. Meaning, checks and errors are
 * the same as above; the layout, the command and the capability differ. The command was an _IOR
 * although the kernel reads the structure too; the correct _IOWR is accepted as well.
 *
 * The capability's number now belongs to another architecture: the module announces it only with
 * its parameter draft_cap=1.
 */
struct kvm_ppc_compat_caps_draft {
	__u64 flags;
	__u64 size;
	__u64 compat_capabilities;
};

#define KVM_CAP_PPC_COMPAT_CAPS_DRAFT 249
#define KVM_PPC_GET_COMPAT_CAPS_DRAFT _IOR(KVMIO, 0xe4, struct kvm_ppc_compat_caps_draft)
#define KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT _IOWR(KVMIO, 0xe4, struct kvm_ppc_compat_caps_draft)

/* Check the definitions, from <linux/kvm.h> or from here. For C99 this is an extension. */
#ifdef __cplusplus
#define _KVM_PPC_COMPAT_ASSERT(condition) static_assert(condition, #condition)
#else
#define _KVM_PPC_COMPAT_ASSERT(condition) __extension__ _Static_assert(condition, #condition)
#endif
_KVM_PPC_COMPAT_ASSERT(KVM_CAP_PPC_COMPAT_CAPS == 250);
_KVM_PPC_COMPAT_ASSERT(KVM_PPC_GET_COMPAT_CAPS == _IO(KVMIO, 0xb8));
_KVM_PPC_COMPAT_ASSERT(KVM_PPC_COMPAT_CAPS_SIZE_VER0 == 24);
_KVM_PPC_COMPAT_ASSERT(sizeof(struct kvm_ppc_compat_caps) >= KVM_PPC_COMPAT_CAPS_SIZE_VER0);
_KVM_PPC_COMPAT_ASSERT(__builtin_offsetof(struct kvm_ppc_compat_caps, size) == 0);
_KVM_PPC_COMPAT_ASSERT(__builtin_offsetof(struct kvm_ppc_compat_caps, flags) == 8);
_KVM_PPC_COMPAT_ASSERT(__builtin_offsetof(struct kvm_ppc_compat_caps, compat_capabilities) == 16);
_KVM_PPC_COMPAT_ASSERT(KVM_PPC_COMPAT_CAP_POWER9 == 1ULL << 62);
_KVM_PPC_COMPAT_ASSERT(KVM_PPC_COMPAT_CAP_POWER10 == 1ULL << 61);
_KVM_PPC_COMPAT_ASSERT(KVM_PPC_COMPAT_CAP_POWER11 == 1ULL << 60);
_KVM_PPC_COMPAT_ASSERT(sizeof(struct kvm_ppc_compat_caps_draft) == 24);
#undef _KVM_PPC_COMPAT_ASSERT

#endif /* _UAPI_LINUX_KVM_PPC_COMPAT_H */
